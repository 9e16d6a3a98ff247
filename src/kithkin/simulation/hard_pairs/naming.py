"""Names by community, from the county's own lists and customs, one person at a time."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from kithkin.simulation.population.forenames import SEX_KEYS, by_rank
from kithkin.simulation.population.lists import name_lists, words


@dataclass(frozen=True)
class Name:
    """How someone is called; None is no such name."""

    forename: str | None
    middle: str | None
    surname: str | None
    known_as: str | None = None
    former_surname: str | None = None


def draw(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    """Draw a key by its weight."""
    total = np.cumsum(list(weights.values()))
    return list(weights)[bisect(total[:-1], rng.random() * total[-1])]


def one_of(rng: np.random.Generator, words: Sequence[str]) -> str:
    """Draw one word, all alike."""
    return words[int(rng.integers(len(words)))]


def forename(rng: np.random.Generator, heritage: str, sex: int, year: int) -> str:
    """Draw a forename by the fashion of a year of birth."""
    eras = name_lists()[heritage][SEX_KEYS[sex]]
    start = max((era for era in eras if int(era) <= year), default=min(eras))
    return _ranked(rng, eras[start], 4, 0.8)


def surname(rng: np.random.Generator, heritage: str) -> str:
    """Draw a surname; Somali ones are a grandfather's forename."""
    lists = name_lists()[heritage]
    if heritage == "somali":
        return _ranked(rng, lists["M"]["1900"], 4, 0.8)
    return _ranked(rng, lists["surnames"], 8, 0.85)


def family_name(rng: np.random.Generator, heritage: str) -> Name:
    """Draw what brothers and sisters share: a surname, and the father's name where that is told."""
    lists, last = name_lists()[heritage], surname(rng, heritage)
    middle = None
    if heritage == "somali":
        middle = _ranked(rng, lists["M"]["1900"], 4, 0.8)
    if heritage == "iberian":
        last = f"{last} {surname(rng, heritage)}"
    if heritage == "sikh" and rng.random() < lists["sole_surname"]:
        last = ""
    return Name(None, middle, last)


def given(rng: np.random.Generator, heritage: str, sex: int, year: int, family: Name) -> Name:
    """Draw a person's own names beside the family's, by the community's custom."""
    lists = name_lists()[heritage]
    name = replace(family, forename=forename(rng, heritage, sex, year))
    if family.middle is None and rng.random() < lists["middle"]:
        name = replace(name, middle=forename(rng, heritage, sex, year - 28))
    if name.middle == name.forename and heritage != "somali":
        name = replace(name, middle=None)
    if heritage == "sikh":
        name = _sikh(name, lists["middle_F" if sex == 0 else "middle_M"])
    if heritage == "south_asian_muslim" and sex == 1 and rng.random() < lists["title_M_share"]:
        name = _titled(name, lists["title_M"])
    if heritage == "polish" and sex == 0 and name.surname and name.surname.endswith("ski"):
        name = replace(name, surname=name.surname[:-1] + "a")
    return name


def _sikh(name: Name, last: str) -> Name:
    if name.surname:
        return replace(name, middle=last)
    return replace(name, middle=None, surname=last)


def _titled(name: Name, title: str) -> Name:
    if name.forename == title:
        return name
    return replace(name, forename=title, middle=name.forename, known_as=name.forename)


def _ranked(rng: np.random.Generator, text: str, shift: float, slope: float) -> str:
    names, total = _totals(text, shift, slope)
    return names[bisect(total, rng.random() * total[-1], hi=len(total) - 1)]


@cache
def _totals(text: str, shift: float, slope: float) -> tuple[list[str], list[float]]:
    names = words(text)
    return names, np.cumsum(by_rank(len(names), shift, slope)).tolist()
