"""Everybody as rows: heads, partners, children, former partners; who is whose mother and father.

Grown children of the county's women are found among its adults of the same age, sex and broad
group, so that there are grandmothers, three generations and fathers' sons with families.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.population.drawing import LONG_AGO, YEAR, Flags, Ints, rank_in_run
from kithkin.simulation.population.ethnicity import CHILD
from kithkin.simulation.population.units import Offspring, Units
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.world import ETHNICITIES, NOBODY, Small

BROAD = np.array([0, 0, 0, 0, 1, 2, 2, 2, 2, 3, 4, 4, 3, 5, 5, 5, 3, 6], dtype=np.int8)
"""By ethnic group: the broad group within which parents are looked for."""

ROOTED, ROOTLESS = 0.9, 0.2
"""Share of grown children still in the county, of families that stay near each other or do not."""


@dataclass
class Folk:
    """A row a person: units' heads first, then partners, then children, then others."""

    born: Days
    died: Days
    arrived: Days
    left: Days
    sex: Small
    ethnicity: Small
    mother: Ints
    father: Ints
    twin: Ints
    unit: Ints
    """The unit to which the person belongs at first, or NOBODY."""
    leaves_home: Days
    """When grown children leave their parents' home."""
    former: Flags
    """Children whose father is not the unit's partner."""

    def joined(self, other: Folk) -> Folk:
        """Put other rows below these."""
        names = [field.name for field in fields(self)]
        return Folk(**{n: np.concatenate([getattr(self, n), getattr(other, n)]) for n in names})


@dataclass
class Rows:
    """Where the kinds of people are among the rows."""

    heads: Ints
    partners: Ints
    partner_of: Ints
    """Shape (units,): row of the unit's partner, or NOBODY."""
    children: Ints


def gather(
    calendar: Calendar,
    units: Units,
    offspring: Offspring,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> tuple[Folk, Rows]:
    """Make the rows of heads, partners and children, with grown children joined to mothers."""
    adults, partner_of = _adults(calendar, units, rng, settings)
    first = np.full(len(units.age), NEVER, dtype=np.int64)
    np.minimum.at(first, offspring.unit, offspring.born)
    heads = len(units.age)
    adults.leaves_home[:heads] = np.minimum(adults.leaves_home[:heads], first - 60)
    grown = _match_grown(calendar, units, offspring, adults, partner_of, settings, rng)
    kept = (offspring.leaves_home > calendar.begins) & ~grown
    children = _children(calendar, units, offspring.take(kept), partner_of)
    base = len(adults.born)
    children.twin[children.twin >= 0] += base
    folk = adults.joined(children)
    rows = Rows(
        np.arange(heads), np.arange(heads, base), partner_of, np.arange(base, len(folk.born))
    )
    return folk, rows


def nobodies(size: int) -> Ints:
    """Give an array that points nowhere."""
    return np.full(size, NOBODY, dtype=np.int64)


def _adults(
    calendar: Calendar, units: Units, rng: np.random.Generator, settings: PopulationSettings
) -> tuple[Folk, Ints]:
    heads = len(units.age)
    coupled = np.flatnonzero(units.partnered)
    unit = np.concatenate([np.arange(heads), coupled])
    age = np.concatenate([units.age, units.partner_age[coupled]])
    born = (calendar.opens - age * YEAR).astype(np.int32)
    same_sex = rng.random(len(coupled)) < settings.families.same_sex_couples
    same_sex &= ~np.isin(coupled, np.flatnonzero(units.lone | units.blended))
    drawn = 18 + rng.gamma(2, settings.leaving_home_years / 2, len(coupled))
    leaves = np.concatenate([units.leaves_home, np.minimum(drawn, age[heads:] - 0.2)])
    ethnicity = np.concatenate([units.ethnicity, units.partner_ethnicity[coupled]])
    partner_of = nobodies(heads)
    partner_of[coupled] = heads + np.arange(len(coupled))
    ends = units.leaves[unit]
    dies = units.dies[unit]
    size = len(unit)
    folk = Folk(
        born=born,
        died=np.where(dies, ends, NEVER).astype(np.int32),
        arrived=units.arrives[unit],
        left=np.where(dies, NEVER, ends).astype(np.int32),
        sex=np.concatenate([~units.woman, ~same_sex]).astype(np.int8),
        ethnicity=ethnicity,
        mother=nobodies(size),
        father=nobodies(size),
        twin=nobodies(size),
        unit=unit,
        leaves_home=(born + leaves * YEAR).astype(np.int32),
        former=np.zeros(size, dtype=np.bool_),
    )
    return folk, partner_of


def plain_units(units: Units) -> Flags:
    """Units that neither come nor go within the calendar."""
    return (units.arrives == LONG_AGO) & (units.leaves == NEVER)


def _match_grown(
    calendar: Calendar,
    units: Units,
    offspring: Offspring,
    adults: Folk,
    partner_of: Ints,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> Flags:
    """Join grown children to adults of their age; gives which children were joined."""
    plain = plain_units(units)
    gone = offspring.leaves_home <= calendar.opens
    lately = offspring.leaves_home > calendar.begins
    known = settings.families.known_grandmother
    rooted = rng.random(len(plain)) < (known - ROOTLESS) / (ROOTED - ROOTLESS)
    chance = np.where(rooted, ROOTED, ROOTLESS)[offspring.unit]
    chance = np.where(lately, 0.85, chance)
    slots = np.flatnonzero(
        gone & (~lately | plain[offspring.unit]) & (rng.random(len(gone)) < chance)
    )
    people = rng.permutation(np.flatnonzero(plain[adults.unit]))
    sex = rng.integers(0, 2, len(slots))
    of = offspring.unit[slots]
    with_partner = units.partnered[of] & ~offspring.former[slots]
    other = np.where(with_partner, units.partner_ethnicity[of], units.ethnicity[of])
    slot_key = _key(offspring.born[slots], sex, CHILD[units.ethnicity[of], other])
    adult_key = _key(adults.born[people], adults.sex[people], adults.ethnicity[people])
    slot_at, adult_at = _pair(slot_key, adult_key)
    slots, people = slots[slot_at], people[adult_at]
    apart = offspring.unit[slots] != adults.unit[people]
    slots, people = slots[apart], people[apart]
    mothers = offspring.unit[slots]
    adults.born[people] = offspring.born[slots]
    adults.mother[people] = mothers
    adults.father[people] = np.where(offspring.former[slots], NOBODY, partner_of[mothers])
    _drop_impossible(adults, people)
    leaves = np.minimum(adults.leaves_home[people], offspring.leaves_home[slots])
    adults.leaves_home[people] = np.where(lately[slots], leaves, LONG_AGO)
    joined = np.zeros(len(gone), dtype=np.bool_)
    joined[slots] = True
    return joined


def _drop_impossible(adults: Folk, people: Ints) -> None:
    """Forget fathers who are women or too young by the days that matching moved."""
    father = adults.father[people]
    wrong = (father >= 0) & (
        (adults.sex[father] == 0) | (adults.born[father] > adults.born[people] - 15 * YEAR)
    )
    adults.father[people[wrong]] = NOBODY


def _key(born: Days, sex: Ints | Small, ethnicity: Small) -> Ints:
    year = born.astype(np.int64) // 365
    return (year + 1000) * 2 * len(ETHNICITIES) + sex * len(ETHNICITIES) + ethnicity


def _pair(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Pair elements of equal keys one to one, in their order; gives positions in both."""
    left_order, right_order = np.argsort(left, kind="stable"), np.argsort(right, kind="stable")
    one = left[left_order] * 2**32 + rank_in_run(left[left_order])
    two = right[right_order] * 2**32 + rank_in_run(right[right_order])
    _, at_left, at_right = np.intersect1d(one, two, assume_unique=True, return_indices=True)
    return left_order[at_left], right_order[at_right]


def _children(calendar: Calendar, units: Units, offspring: Offspring, partner_of: Ints) -> Folk:
    unit = offspring.unit
    size = len(unit)
    ends = units.leaves[unit]
    away = (offspring.leaves_home <= calendar.opens) & (offspring.leaves_home <= ends)
    left = np.where(away, offspring.leaves_home - 1, ends)
    twin = nobodies(size)
    later = np.flatnonzero(offspring.twin)
    later = later[(later > 0) & (unit[later] == unit[later - 1])]
    later = later[offspring.born[later] == offspring.born[later - 1]]
    twin[later], twin[later - 1] = later - 1, later
    return Folk(
        born=offspring.born,
        died=np.full(size, NEVER, dtype=np.int32),
        arrived=np.where(units.arrives[unit] == LONG_AGO, LONG_AGO, units.arrives[unit]),
        left=left.astype(np.int32),
        sex=np.zeros(size, dtype=np.int8),
        ethnicity=units.ethnicity[unit].copy(),
        mother=unit.copy(),
        father=np.where(offspring.former, NOBODY, partner_of[unit]),
        twin=twin,
        unit=unit.copy(),
        leaves_home=offspring.leaves_home,
        former=offspring.former.copy(),
    )
