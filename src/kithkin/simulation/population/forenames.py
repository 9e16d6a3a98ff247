"""Forenames, middle names and the names friends use, drawn by community, sex and year of birth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from kithkin.simulation.calendar import Days
from kithkin.simulation.population.drawing import Floats, Ints, pick
from kithkin.simulation.population.folk import Folk, nobodies
from kithkin.simulation.population.lists import heritages, name_lists, words
from kithkin.simulation.world import NOBODY

SEX_KEYS = ("F", "M")


@dataclass(frozen=True)
class Pool:
    """All listed names once each, and which of them each list holds, by position."""

    names: tuple[str, ...]
    position: dict[str, int]

    def of(self, text: str) -> Ints:
        """Give the positions of a list's names."""
        return np.array([self.position[word] for word in words(text)])


@cache
def pool() -> Pool:
    """Gather every name of the lists."""
    found: dict[str, int] = {}

    def add(value: object) -> None:
        if isinstance(value, str):
            for word in words(value):
                found.setdefault(word, len(found))
        if isinstance(value, dict):
            for part in value.values():
                add(part)

    for heritage in heritages():
        add(name_lists()[heritage])
    for prefix in ("bin", "bint"):
        for word in words(name_lists()["arabic"]["M"]["1900"]):
            found.setdefault(f"{prefix} {word}", len(found))
    for word in list(found):
        if word.endswith("ski"):
            found.setdefault(word[:-1] + "a", len(found))
    return Pool(tuple(found), found)


def by_rank(size: int, shift: float, slope: float) -> Floats:
    """Weights of names by their rank, as common names thin out."""
    return (np.arange(size) + shift) ** -slope


def year_of(born: Days) -> Ints:
    """Give the calendar year of a day of birth."""
    return born.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def draw_forenames(folk: Folk, heritage: Ints, years: Ints, rng: np.random.Generator) -> Ints:
    """Draw a forename for everybody; `years` are the years whose fashion holds."""
    result = nobodies(len(heritage))
    group = heritage * 2 + folk.sex
    order = np.argsort(group, kind="stable")
    cuts = np.searchsorted(group[order], np.arange(2 * len(heritages()) + 1))
    for number, name in enumerate(heritages()):
        for sex, key in enumerate(SEX_KEYS):
            rows = order[cuts[number * 2 + sex] : cuts[number * 2 + sex + 1]]
            result[rows] = _of_era(name_lists()[name][key], years[rows], rng)
    return result


def _of_era(lists: dict[str, str], years: Ints, rng: np.random.Generator) -> Ints:
    starts = np.array([int(start) for start in lists])
    era = np.maximum(np.searchsorted(starts, years, side="right") - 1, 0)
    result = np.zeros(len(years), dtype=np.int64)
    for number, text in enumerate(lists.values()):
        rows = np.flatnonzero(era == number)
        names = pool().of(text)
        result[rows] = names[pick(rng, by_rank(len(names), 4, 0.8), len(rows))]
    return result


def part_namesakes(
    folk: Folk, forename: Ints, heritage: Ints, years: Ints, rng: np.random.Generator
) -> None:
    """Draw again for brothers and sisters of one name; three times, which leaves next to none."""
    for _ in range(3):
        rows = np.flatnonzero(folk.mother >= 0)
        rows = rows[np.lexsort((forename[rows], folk.mother[rows]))]
        same = (folk.mother[rows[1:]] == folk.mother[rows[:-1]]) & (
            forename[rows[1:]] == forename[rows[:-1]]
        )
        again = rows[1:][same]
        if len(again):
            forename[again] = draw_forenames(_some(folk, again), heritage[again], years[again], rng)


def _some(folk: Folk, rows: Ints) -> Folk:
    return Folk(**{name: values[rows] for name, values in vars(folk).items()})


def name_sons_after_fathers(
    folk: Folk, forename: Ints, heritage: Ints, rng: np.random.Generator
) -> None:
    """Give some eldest sons their father's forename."""
    share = np.array([name_lists()[name]["son_as_father"] for name in heritages()])
    sons = np.flatnonzero((folk.sex == 1) & (folk.father >= 0))
    sons = sons[np.lexsort((folk.born[sons], folk.father[sons]))]
    eldest = np.ones(len(sons), dtype=np.bool_)
    eldest[1:] = folk.father[sons[1:]] != folk.father[sons[:-1]]
    sons = sons[eldest]
    chance = share[heritage[sons]] * (heritage[sons] == heritage[folk.father[sons]])
    sons = sons[rng.random(len(sons)) < 1.8 * chance]
    for _ in range(2):  # twice, for grandfathers
        forename[sons] = forename[folk.father[sons]]


def draw_known_as(
    folk: Folk, forename: Ints, middle: Ints, heritage: Ints, rng: np.random.Generator
) -> Ints:
    """Give the names that friends use, where they are not the forename; else NOBODY."""
    result = nobodies(len(forename))
    nicknames = name_lists()["british"]["nicknames"]
    for sex, key in enumerate(SEX_KEYS):
        short = np.full(len(pool().names), NOBODY)
        for name, nick in nicknames[key].items():
            if name in pool().position:
                short[pool().position[name]] = pool().position[nick]
        rows = np.flatnonzero((folk.sex == sex) & (rng.random(len(forename)) < 0.25))
        result[rows] = short[forename[rows]]
    chance = np.array([name_lists()[name].get("english_known_as", 0.0) for name in heritages()])
    rows = np.flatnonzero(rng.random(len(forename)) < chance[heritage])
    british = np.full(len(rows), heritages().index("british"))
    result[rows] = draw_forenames(_some(folk, rows), british, year_of(folk.born[rows]), rng)
    muslim = heritages().index("south_asian_muslim")
    title = pool().position[name_lists()["south_asian_muslim"]["title_M"]]
    titled = (heritage == muslim) & (folk.sex == 1) & (forename == title) & (middle >= 0)
    result[titled] = middle[titled]
    return result
