"""Everybody's names, by the customs of several communities.

Surnames run down the lines of descent; then each community's custom is applied: Kaur and Singh,
fathers' and grandfathers' names, two surnames, women's endings, names taken at marriage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from kithkin.simulation.calendar import Calendar, Days
from kithkin.simulation.population.drawing import Flags, Ints, pick, pick_by_row
from kithkin.simulation.population.folk import Folk, nobodies
from kithkin.simulation.population.forenames import (
    by_rank,
    draw_forenames,
    draw_known_as,
    name_sons_after_fathers,
    part_namesakes,
    pool,
    year_of,
)
from kithkin.simulation.population.ledger import Ledger
from kithkin.simulation.population.lists import heritages, name_lists
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.world import ETHNICITIES, NOBODY

HUSBANDS_NAME = ("british", "irish", "traveller", "polish", "romanian", "nigerian", "ghanaian",
                 "caribbean")  # fmt: skip
"""Communities in which many wives take the husband's surname."""
MARRIES_AFTER = 400
"""Mean days from living together to a wedding; our proposal."""


@dataclass
class Names:
    """A row a person, positions in `texts`."""

    texts: list[str]
    heritage: Ints
    forename: Ints
    middle: Ints
    surname: Ints
    former_surname: Ints
    known_as: Ints
    renamed: Days
    """First day of the present surname."""

    def listed(self) -> pa.StringArray:
        """Give all names as one array."""
        return pa.array(self.texts)


def name_everybody(
    calendar: Calendar,
    folk: Folk,
    ledger: Ledger,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> Names:
    """Draw names, and apply the customs."""
    heritage = _heritages(folk, rng)
    years = year_of(folk.born)
    forename = draw_forenames(folk, heritage, years, rng)
    part_namesakes(folk, forename, heritage, years, rng)
    name_sons_after_fathers(folk, forename, heritage, rng)
    middle = draw_forenames(folk, heritage, years - 28, rng)
    chance = np.array([name_lists()[name]["middle"] for name in heritages()])
    middle[rng.random(len(middle)) >= chance[heritage]] = NOBODY
    root = _roots(folk, rng)
    own = _draw_surnames(heritage, rng)
    names = Names(
        list(pool().names), heritage, forename, middle, own[root], nobodies(len(root)),
        nobodies(len(root)), folk.born.copy(),
    )  # fmt: skip
    _barrel(names, folk, rng)
    _customs(names, folk, root, own, rng)
    _drop_repeated(names)
    names.known_as = draw_known_as(folk, names.forename, names.middle, heritage, rng)
    _marry(names, folk, calendar, ledger, settings, rng)
    _women_endings(names, folk)
    return names


def _is(names: Names, community: str) -> Flags:
    return names.heritage == heritages().index(community)


def _heritages(folk: Folk, rng: np.random.Generator) -> Ints:
    """Draw communities of adults by ethnic group; children have one parent's, the same for all."""
    table = name_lists()["communities"]
    weights = np.array(
        [[table[code].get(name, 0.0) for name in heritages()] for code in ETHNICITIES]
    )
    drawn = pick_by_row(rng, weights, folk.ethnicity.astype(np.int64))
    fathers = rng.random(len(drawn)) < 0.6
    for _ in range(3):
        by_father = (folk.father >= 0) & fathers[np.maximum(folk.mother, 0)]
        by_mother = (folk.mother >= 0) & ~by_father
        drawn[by_father] = drawn[folk.father[by_father]]
        drawn[by_mother] = drawn[folk.mother[by_mother]]
    return drawn


def _roots(folk: Folk, rng: np.random.Generator) -> Ints:
    """Follow each person's line to the parent, grandparent… whose surname it has."""
    fathers = rng.random(len(folk.born))[np.maximum(folk.mother, 0)] < 0.65
    by_father = (folk.father >= 0) & (~folk.former | fathers)
    line = np.where(by_father, folk.father, folk.mother)
    line = np.where(line >= 0, line, np.arange(len(line)))
    while not np.array_equal(line[line], line):
        line = line[line]
    return line


def _draw_surnames(heritage: Ints, rng: np.random.Generator) -> Ints:
    result = nobodies(len(heritage))
    for number, name in enumerate(heritages()):
        rows = np.flatnonzero(heritage == number)
        listed = pool().of(name_lists()[name]["surnames"])
        result[rows] = listed[pick(rng, by_rank(len(listed), 8, 0.85), len(rows))]
    return result


def _compound(names: Names, rows: Ints, first: Ints, second: Ints, between: str) -> None:
    """Give rows a surname made of two, adding it to the texts when it is new."""
    pairs, back = np.unique(first * 2**32 + second, return_inverse=True)
    base = len(names.texts)
    one, two = pairs // 2**32, pairs % 2**32
    names.texts += [
        f"{names.texts[a]}{between}{names.texts[b]}"
        for a, b in zip(one.tolist(), two.tolist(), strict=True)
    ]
    names.surname[rows] = base + back


def _barrel(names: Names, folk: Folk, rng: np.random.Generator) -> None:
    """Double the surnames of some children with both parents' names."""
    share = np.array([name_lists()[name]["barrelled"] for name in heritages()])
    luck = rng.random(len(folk.born))
    rows = np.flatnonzero((folk.father >= 0) & (folk.mother >= 0))
    rows = rows[luck[folk.mother[rows]] < share[names.heritage[rows]]]
    mother, father = names.surname[folk.mother[rows]], names.surname[folk.father[rows]]
    unlike = mother != father
    _compound(names, rows[unlike], mother[unlike], father[unlike], "-")


def _customs(names: Names, folk: Folk, root: Ints, own: Ints, rng: np.random.Generator) -> None:
    lists = name_lists()
    _sikh(names, folk, root, lists["sikh"], rng)
    _muslim(names, folk, lists["south_asian_muslim"], rng)
    _fathers_as_middle(names, folk, lists["hindu"], rng)
    _arabic(names, folk, lists["arabic"], rng)
    _somali(names, folk, lists["somali"], rng)
    rows = np.flatnonzero(_is(names, "iberian"))
    parent = np.where(folk.mother[rows] >= 0, folk.mother[rows], rows)
    first = names.surname[rows]
    _compound(names, rows, first, _second(first, own, parent), " ")


def _drop_repeated(names: Names) -> None:
    """Leave out middle names that repeat the forename; Somali names are of one's forebears."""
    repeated = (names.middle == names.forename) & ~_is(names, "somali")
    names.middle[repeated] = NOBODY


def _second(first: Ints, own: Ints, parent: Ints) -> Ints:
    """The second of two surnames: the mother's first, or one of one's own."""
    listed = pool().of(name_lists()["iberian"]["surnames"])
    inherited = np.isin(own[parent], listed) & (own[parent] != first)
    drawn = listed[parent * 7 % len(listed)]
    drawn = np.where(drawn == first, listed[(parent * 7 + 1) % len(listed)], drawn)
    return np.where(inherited, own[parent], drawn)


def _sikh(
    names: Names, folk: Folk, root: Ints, custom: dict[str, Any], rng: np.random.Generator
) -> None:
    rows = np.flatnonzero(_is(names, "sikh"))
    woman, man = (pool().position[custom[key]] for key in ("middle_F", "middle_M"))
    name = np.where(folk.sex[rows] == 0, woman, man)
    sole = (rng.random(len(folk.born)) < custom["sole_surname"])[root[rows]]
    names.surname[rows[sole]] = name[sole]
    names.middle[rows] = np.where(sole, NOBODY, name)


def _muslim(names: Names, folk: Folk, custom: dict[str, Any], rng: np.random.Generator) -> None:
    """Women's own last names, and Mohammed before the name by which a man is called."""
    of = _is(names, "south_asian_muslim")
    listed = pool().of(custom["female_surnames"])
    women = np.flatnonzero(
        of & (folk.sex == 0) & (rng.random(len(of)) < custom["female_surname_share"])
    )
    names.surname[women] = listed[pick(rng, by_rank(len(listed), 2, 1.0), len(women))]
    title = pool().position[custom["title_M"]]
    men = np.flatnonzero(of & (folk.sex == 1) & (rng.random(len(of)) < custom["title_M_share"]))
    men = men[names.forename[men] != title]
    names.middle[men] = names.forename[men]
    names.forename[men] = title


def _fathers_as_middle(
    names: Names, folk: Folk, custom: dict[str, Any], rng: np.random.Generator
) -> None:
    of = _is(names, "hindu") & (folk.father >= 0)
    rows = np.flatnonzero(of & (rng.random(len(of)) < custom["father_as_middle"]))
    names.middle[rows] = names.forename[folk.father[rows]]


def _arabic(names: Names, folk: Folk, custom: dict[str, Any], rng: np.random.Generator) -> None:
    """Call some bin or bint, and the father's name."""
    of = _is(names, "arabic") & (folk.father >= 0)
    rows = np.flatnonzero(of & (rng.random(len(of)) < custom["son_of"]))
    fathers = [names.texts[name] for name in names.forename[folk.father[rows]].tolist()]
    prefix = np.where(folk.sex[rows] == 1, "bin", "bint").tolist()
    known = [
        pool().position.get(f"{before} {father}", NOBODY)
        for before, father in zip(prefix, fathers, strict=True)
    ]
    names.middle[rows] = np.array(known, dtype=np.int64)


def _somali(names: Names, folk: Folk, custom: dict[str, Any], rng: np.random.Generator) -> None:
    """Own name, father's name, grandfather's name; brothers and sisters share the last two.

    Children of other naming customs have the Somali father's last name.
    """
    of = _is(names, "somali")
    men = pool().of(custom["M"]["1900"])
    family = np.where(folk.mother >= 0, folk.mother, np.arange(len(of)))
    names.middle[of] = men[pick(rng, by_rank(len(men), 4, 0.8), len(of))][family[of]]
    names.surname[of] = men[pick(rng, by_rank(len(men), 4, 0.8), len(of))][family[of]]
    rows = np.flatnonzero(of & (folk.father >= 0))
    rows = rows[of[folk.father[rows]]]
    for _ in range(2):
        names.middle[rows] = names.forename[folk.father[rows]]
        names.surname[rows] = names.middle[folk.father[rows]]
    others = np.flatnonzero(~of & (folk.father >= 0) & ~folk.former)
    others = others[of[folk.father[others]]]
    names.surname[others] = names.surname[folk.father[others]]


def _marry(
    names: Names,
    folk: Folk,
    calendar: Calendar,
    ledger: Ledger,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> None:
    """Let wives take the husband's surname; after a parting some keep it."""
    one, other, start, end = ledger.couples()
    order = np.argsort(start, kind="stable")
    one, other, start, end = one[order], other[order], start[order], end[order]
    married = rng.random(len(one)) < settings.change.married * np.where(
        start > calendar.begins, 0.5, 1.15
    )
    custom = np.isin(names.heritage[other], [heritages().index(name) for name in HUSBANDS_NAME])
    takes = married & custom & (rng.random(len(one)) < settings.change.takes_name)
    takes &= (folk.sex[one] == 0) & (folk.sex[other] == 1)
    takes &= (end >= calendar.opens) | (rng.random(len(one)) < 0.4)
    later = rng.exponential(MARRIES_AFTER, len(one)).astype(np.int64)
    wedding = start + np.where(start > calendar.begins, later, 0)
    takes &= (wedding <= calendar.ends) & (wedding <= end)
    birth = names.surname.copy()
    rows = np.flatnonzero(takes)
    _, last = np.unique(one[rows][::-1], return_index=True)
    rows = rows[len(rows) - 1 - last]
    wives, husbands = one[rows], other[rows]
    changed = birth[wives] != birth[husbands]
    names.former_surname[wives[changed]] = birth[wives[changed]]
    names.surname[wives] = birth[husbands]
    names.renamed[wives[changed]] = wedding[rows[changed]]


def _women_endings(names: Names, folk: Folk) -> None:
    """Turn -ski into -ska in the names of Polish women."""
    ending = np.arange(len(names.texts))
    for text, place in pool().position.items():
        if text.endswith("ski"):
            ending[place] = pool().position[text[:-1] + "a"]
    rows = np.flatnonzero(_is(names, "polish") & (folk.sex == 0))
    names.surname[rows] = ending[names.surname[rows]]
    born = rows[names.former_surname[rows] >= 0]
    names.former_surname[born] = ending[names.former_surname[born]]
