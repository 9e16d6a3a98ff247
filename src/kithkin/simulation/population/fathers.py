"""Fathers who live elsewhere: in the county, outside it, or not known to anybody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.population.drawing import (
    LONG_AGO,
    YEAR,
    Flags,
    Floats,
    Ints,
    pick,
    uniform_days,
)
from kithkin.simulation.population.ethnicity import CHILD
from kithkin.simulation.population.folk import BROAD, Folk, Rows, nobodies, plain_units
from kithkin.simulation.population.units import Units
from kithkin.simulation.settings.population import Families
from kithkin.simulation.world import NOBODY


@dataclass
class Partings:
    """A row a couple with children who no longer live together when the window opens."""

    woman: Ints
    man: Ints
    began: Days
    parted: Days
    near: Flags
    """Whether he lives in the county."""


def find_fathers(
    calendar: Calendar,
    folk: Folk,
    rows: Rows,
    units: Units,
    district: Ints,
    settings: Families,
    rng: np.random.Generator,
) -> tuple[Folk, Partings]:
    """Give children of former partners a father, and all children a sex and an ethnic group.

    Fathers outside the county become rows of their own, who never arrive.
    """
    children = rows.children[folk.former[rows.children]]
    bonds, bond_of = np.unique(_bonds(folk, children, rng), return_inverse=True)
    woman = bonds // 2
    kind = pick(
        rng,
        [settings.father_in_county, settings.father_outside,
         1 - settings.father_in_county - settings.father_outside],
        len(bonds),
    )  # fmt: skip
    eldest, youngest = _span(folk, children, bond_of, len(bonds))
    man = nobodies(len(bonds))
    near = np.flatnonzero(kind == 0)
    man[near] = _in_county(folk, rows, units, woman[near], eldest[near], district, settings, rng)
    outside = np.flatnonzero((kind == 1) | ((kind == 0) & (man < 0)))
    man[outside] = len(folk.born) + np.arange(len(outside))
    folk = folk.joined(_outsiders(folk, woman[outside], eldest[outside], rng))
    folk.father[children] = man[bond_of]
    _settle_children(folk, rows, rng)
    parted = uniform_days(
        rng,
        np.minimum(youngest - 180, calendar.opens - 60),
        np.minimum(calendar.opens - 30, youngest + int(9 * YEAR)),
        len(bonds),
    )
    known = np.flatnonzero(man >= 0)
    began = (eldest - 365 - rng.integers(0, 1500, len(bonds))).astype(np.int32)
    return folk, Partings(
        woman[known], man[known], began[known], parted[known], ~np.isin(known, outside)
    )


def _bonds(folk: Folk, children: Ints, rng: np.random.Generator) -> Ints:
    """Number each child's parents' couple: some eldest children have a father of their own."""
    unit = folk.unit[children]
    eldest = np.ones(len(children), dtype=np.bool_)
    eldest[1:] = unit[1:] != unit[:-1]
    other = eldest & (rng.random(len(children)) < 0.15) & (folk.twin[children] < 0)
    return unit * 2 + other


def _span(folk: Folk, children: Ints, bond: Ints, size: int) -> tuple[Days, Days]:
    eldest = np.full(size, NEVER, dtype=np.int32)
    youngest = np.full(size, LONG_AGO, dtype=np.int32)
    np.minimum.at(eldest, bond, folk.born[children])
    np.maximum.at(youngest, bond, folk.born[children])
    return eldest, youngest


def _in_county(
    folk: Folk,
    rows: Rows,
    units: Units,
    woman: Ints,
    eldest: Days,
    district: Ints,
    settings: Families,
    rng: np.random.Generator,
) -> Ints:
    """Find a man of the woman's district and broad group for each, near her in rank of age."""
    plain = plain_units(units)
    single = rows.heads[~units.woman & plain]
    coupled = rows.partners[plain[folk.unit[rows.partners]] & (folk.sex[rows.partners] == 1)]
    some = rng.random(len(coupled)) < settings.father_in_couple * len(single) / len(coupled)
    men = np.concatenate([single, coupled[some]])
    age = -folk.born[men] / YEAR
    men = men[(age < age.min() + 45) & (folk.leaves_home[men] < eldest.max(initial=0))]
    group = BROAD[folk.ethnicity[woman]].copy()
    group[rng.random(len(woman)) < 0.15] = 0
    her_key = district[units.area[folk.unit[woman]]] * 10 + group
    his_key = district[units.area[folk.unit[men]]] * 10 + BROAD[folk.ethnicity[men]]
    result = nobodies(len(woman))
    for key in np.unique(her_key):
        hers, his = np.flatnonzero(her_key == key), men[his_key == key]
        if len(his):
            result[hers] = _by_rank(folk, woman[hers], his, rng)
    old = np.where(result >= 0, folk.born[result], NEVER) <= eldest - 16 * YEAR
    own = folk.unit[np.maximum(result, 0)] == folk.unit[woman]
    return np.where(old & ~own, result, NOBODY)


def _by_rank(folk: Folk, women: Ints, men: Ints, rng: np.random.Generator) -> Ints:
    """Pair by rank of age: the youngest women with the youngest men."""
    men = men[np.argsort(-folk.born[men], kind="stable")]
    rank = np.argsort(np.argsort(-folk.born[women], kind="stable"), kind="stable")
    at = (rank + rng.random(len(women))) / len(women) * len(men)
    return men[np.minimum(at.astype(np.int64), len(men) - 1)]


def _outsiders(folk: Folk, woman: Ints, eldest: Days, rng: np.random.Generator) -> Folk:
    size = len(woman)
    older: Floats = rng.normal(2, 4, size) * YEAR
    born = np.minimum(folk.born[woman] - older, eldest - 17 * YEAR).astype(np.int32)
    never = np.full(size, NEVER, dtype=np.int32)
    other = folk.ethnicity[rng.permutation(woman)] if size else folk.ethnicity[woman]
    same = rng.random(size) < 0.85
    return Folk(
        born=born,
        died=never,
        arrived=never.copy(),
        left=never.copy(),
        sex=np.ones(size, dtype=np.int8),
        ethnicity=np.where(same, folk.ethnicity[woman], other).astype(np.int8),
        mother=nobodies(size),
        father=nobodies(size),
        twin=nobodies(size),
        unit=nobodies(size),
        leaves_home=np.full(size, LONG_AGO, dtype=np.int32),
        former=np.zeros(size, dtype=np.bool_),
    )


def _settle_children(folk: Folk, rows: Rows, rng: np.random.Generator) -> None:
    """Draw children's sexes, and their groups from their parents'."""
    children = rows.children
    sex = (rng.random(len(children)) < 0.5125).astype(np.int8)
    pair = folk.twin[children]
    alike = (pair >= 0) & (pair < children) & (rng.random(len(children)) < 0.33)
    folk.sex[children] = sex
    folk.sex[children[alike]] = folk.sex[pair[alike]]
    women = folk.sex[folk.father[children]] == 0
    folk.father[children[(folk.father[children] >= 0) & women]] = NOBODY
    mother, father = folk.mother[children], folk.father[children]
    by = np.where(father >= 0, folk.ethnicity[father], folk.ethnicity[mother])
    folk.ethnicity[children] = CHILD[folk.ethnicity[mother], by]
