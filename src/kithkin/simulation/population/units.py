"""Adults and their couples as they are on the day when the window opens, and their children.

A unit is a woman with or without a partner, or a man without a partner, with the children born to
the woman until the calendar's end. Women are given a whole life's births, so that ages of siblings,
births in the window and grown children follow from one draw.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from statistics import NormalDist

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.population.drawing import (
    LONG_AGO,
    YEAR,
    Flags,
    Floats,
    Ints,
    logistic,
    pick,
    uniform_days,
)
from kithkin.simulation.population.ethnicity import draw_groups
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.world import ETHNICITIES, Float, Small

PARTNERED_AGES = (18, 22, 26, 30, 35, 45, 55, 65, 75, 82, 90, 100)
PARTNERED = (0.12, 0.34, 0.62, 0.76, 0.8, 0.79, 0.79, 0.78, 0.69, 0.49, 0.25, 0.12)
"""Share of women with a partner at home, by age (census 2021 living arrangements, rounded)."""

SINGLE_MEN = 0.195
"""Share of units that are men without a partner, which evens out the numbers of men and women."""

POORER_ALONE = 1.35
"""Lone parents fall short by this much more; our proposal after households below average income."""
MOST_BIRTHS = 6
LATER_BIRTHS = 0.53
"""Share of children who are not their mother's first; second twins are drawn among them."""
YOUNG_ARRIVALS = (18.2, 27.0)
"""Ages at which young people come from elsewhere to study or work."""
OLDEST_CHILD = 50


@dataclass
class Units:
    """A row a unit."""

    area: Ints
    poor: Float
    woman: Flags
    age: Floats
    """Years on the day when the window opens."""
    leaves_home: Floats
    """Age at which the head left the parents' home."""
    ethnicity: Small
    partnered: Flags
    partner_age: Floats
    partner_ethnicity: Small
    lone: Flags
    """With dependent children and no partner."""
    blended: Flags
    """With a partner who is not the father of all the children."""
    arrives: Days
    leaves: Days
    dies: Flags
    """Whether a unit that leaves before the window opens does so by death."""

    def take(self, rows: Ints | Flags) -> Units:
        """Keep some units."""
        return Units(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass
class Offspring:
    """A row a child of a unit's woman, in order of units and births."""

    unit: Ints
    born: Days
    order: Ints
    twin: Flags
    """Whether born on the same day as the row before."""
    leaves_home: Days
    former: Flags
    """Whether the father is someone other than the present partner."""

    def take(self, rows: Ints | Flags) -> Offspring:
        """Keep some children."""
        return Offspring(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def draw_units(
    calendar: Calendar,
    people: int,
    poor_of_area: Floats,
    groups: Floats,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> tuple[Units, Offspring]:
    """Draw units until `people` live in the county on the day when the window opens."""
    size = int(people / 1.55) + 100
    units = _heads(calendar, size, poor_of_area, groups, settings, rng)
    children = _births(calendar, units, settings, rng)
    _couples(calendar, units, children, groups, settings, rng)
    return _trim(calendar, people, units, children)


def _heads(
    calendar: Calendar,
    size: int,
    poor_of_area: Floats,
    groups: Floats,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> Units:
    area = rng.integers(0, len(poor_of_area), size)
    woman = rng.random(size) >= SINGLE_MEN
    age, leaves_home = _ages(woman, settings, rng)
    arrives, leaves, dies, young = _comings(calendar, age, settings, rng)
    woman = np.where(young, rng.random(size) < 0.5, woman)
    came_at = rng.uniform(*YOUNG_ARRIVALS, size) - (arrives - calendar.opens) / YEAR
    age = np.where(young, came_at, age)
    chance = np.clip(poor_of_area[area], 0.01, 0.95)
    poor = logistic(np.log(chance / (1 - chance)) + rng.normal(0, 1, size))
    age = np.where(dies, np.maximum(age, 62 + 30 * rng.beta(2, 1.4, size)), age)
    ethnicity = draw_groups(rng, groups, area, age)
    no = np.zeros(size, dtype=np.bool_)
    return Units(
        area, poor.astype(np.float32), woman, age, leaves_home, ethnicity, no.copy(),
        np.zeros(size), ethnicity.copy(), no.copy(), no.copy(), arrives, leaves, dies,
    )  # fmt: skip


def _ages(
    woman: Flags, settings: PopulationSettings, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw ages of women, and of men without a partner, who have left their parents' home."""
    edges = np.array(settings.age_edges)
    years = np.arange(edges[0], edges[-1])
    band = np.searchsorted(edges, years, side="right") - 1
    middle, width = years + 0.5, np.diff(edges)[band]
    single = 1 - np.interp(middle - 2, PARTNERED_AGES, PARTNERED)
    gone = left_home(middle, settings)
    age = np.zeros(len(woman))
    for wanted, weights in (
        (woman, np.array(settings.women_by_age)[band] / width * gone),
        (~woman, np.array(settings.men_by_age)[band] / width * single * gone),
    ):
        rows = np.flatnonzero(wanted)
        age[rows] = years[pick(rng, weights, len(rows))] + rng.random(len(rows))
    drawn = 18 + rng.gamma(2, settings.leaving_home_years / 2, len(woman))
    room = np.maximum(age - 18, 0.05)
    return age, np.where(drawn < age, drawn, 18 + room * rng.random(len(woman)))


def left_home(age: Floats, settings: PopulationSettings) -> Floats:
    """Give the share of people of an age who have left their parents' home (gamma, shape 2)."""
    since = np.maximum(age - 18, 0) / (settings.leaving_home_years / 2)
    return 1 - (1 + since) * np.exp(-since)


def _comings(
    calendar: Calendar, age: Floats, settings: PopulationSettings, rng: np.random.Generator
) -> tuple[Days, Days, Flags, Flags]:
    """Draw days of arrival and departure; some units leave before the window, some come after.

    Gives the days, who dies rather than leaves, and which are young people from elsewhere.
    """
    size = len(age)
    before = (calendar.opens - calendar.begins) / YEAR * settings.change.arrivals
    after = (calendar.ends - calendar.opens) / YEAR * settings.change.arrivals
    deaths = 0.35 * before
    young = (calendar.ends - calendar.opens) / YEAR * settings.young_arrivals
    fate = pick(rng, [before, after, deaths, 1.0, young], size)
    stays = fate == 3
    early = uniform_days(rng, calendar.begins + 30, calendar.opens - 1, size)
    late = uniform_days(rng, calendar.opens + 1, calendar.ends - 30, size)
    comes_early = stays & (rng.random(size) < before)
    goes_late = stays & (rng.random(size) < after)
    other = uniform_days(rng, calendar.begins + 30, calendar.opens - 1, size)
    arrives = np.where((fate == 1) | (fate == 4), late, np.where(comes_early, other, LONG_AGO))
    leaves = np.where((fate == 0) | (fate == 2), early, np.where(goes_late, late, NEVER))
    return arrives.astype(np.int32), leaves.astype(np.int32), fate == 2, fate == 4


def _births(
    calendar: Calendar, units: Units, settings: PopulationSettings, rng: np.random.Generator
) -> Offspring:
    """Draw every birth of every woman, and keep those that the calendar can see."""
    wishes = settings.families
    size = len(units.age)
    wanted = pick(rng, wishes.completed_children, size)
    more = np.array([wishes.more_children.get(code, 0.0) for code in ETHNICITIES])
    wanted += (rng.random(size) < more[units.ethnicity]) & (wanted > 0)
    wanted[~units.woman | units.dies] = 0
    first = wishes.first_birth_age + wishes.first_birth_poor * (units.poor - 0.2)
    first += wishes.first_birth_spread * _early_first(calendar, units, settings, rng)
    first = np.clip(first, 16, 44)
    gaps = 1.0 + rng.gamma(2, (wishes.birth_gap_years - 1.0) / 2, (size, MOST_BIRTHS))
    twins = rng.random((size, MOST_BIRTHS)) < wishes.twin_births / LATER_BIRTHS
    twins[:, 0] = False
    gaps[:, 0] = 0
    gaps[twins] = 0
    ages = first[:, None] + np.cumsum(gaps, axis=1)
    seen = (np.arange(MOST_BIRTHS) < wanted[:, None]) & (ages < 47)
    day = calendar.opens - ((units.age[:, None] - ages) * YEAR)
    seen &= (day <= calendar.ends) & (day > calendar.opens - OLDEST_CHILD * YEAR)
    unit, order = np.nonzero(seen)
    born = day[unit, order].astype(np.int32)
    leaves = 18 + rng.gamma(2, settings.leaving_home_years / 2, len(unit))
    twin = twins[unit, order] & (np.diff(born, prepend=LONG_AGO) == 0)
    return Offspring(
        unit, born, order, twin, (born + leaves * YEAR).astype(np.int32),
        np.zeros(len(unit), dtype=np.bool_),
    )  # fmt: skip


def _early_first(
    calendar: Calendar, units: Units, settings: PopulationSettings, rng: np.random.Generator
) -> Floats:
    """Draw how early first births are, in standard deviations, of women who have left home.

    Who has children young leaves home young: the heads of an age at which few have left are those
    whose first births come earliest.
    """
    local = units.arrives <= calendar.opens
    share = np.where(local, np.maximum(left_home(units.age + 2, settings), 0.1), 1.0)
    places = np.arange(1, 400) / 400
    table = [NormalDist().inv_cdf(place) for place in places.tolist()]
    return np.interp(rng.random(len(share)) * share, places, table)


def _couples(
    calendar: Calendar,
    units: Units,
    children: Offspring,
    groups: Floats,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> None:
    """Decide who has a partner, and which children are a former partner's."""
    size = len(units.age)
    home = children.leaves_home > calendar.opens
    born = children.born <= calendar.opens
    dependent = home & born & (children.born > calendar.opens - 18 * YEAR)
    with_children = _any(children.unit[dependent], size)
    expecting = _any(children.unit[home & ~born], size) & ~with_children
    chance = np.interp(units.age, PARTNERED_AGES, PARTNERED)
    chance = np.where(expecting, 0.93, chance)
    chance = np.where(with_children, 1 - _lone_chance(units, settings), chance)
    units.partnered[:] = units.woman & ~units.dies & (rng.random(size) < chance)
    units.lone[:] = with_children & ~units.partnered
    units.poor[units.lone] = np.minimum(units.poor[units.lone] * POORER_ALONE, 1)
    units.blended[:] = (
        with_children & units.partnered & (rng.random(size) < settings.families.blended)
    )
    children.former[:] = _former(units, children, rng)
    _partners(calendar, units, children, groups, settings, rng)


def _lone_chance(units: Units, settings: PopulationSettings) -> Floats:
    share = settings.families.lone_parents
    young = np.clip((27 - units.age) / 9, 0, 1)
    slope = settings.families.lone_parents_poor * (units.poor - 0.27)
    return logistic(np.log(share / (1 - share)) + slope + 0.8 * young)


def _former(units: Units, children: Offspring, rng: np.random.Generator) -> Flags:
    """Children of lone parents, and the elder ones of blended families."""
    elder = (children.order == 0) | (rng.random(len(children.unit)) < 0.45)
    elder = np.where(children.twin, np.roll(elder, 1), elder)
    later = np.zeros(len(elder), dtype=np.bool_)
    for _ in range(MOST_BIRTHS):
        later[1:] = (children.unit[1:] == children.unit[:-1]) & (~elder[:-1] | later[:-1])
    gone = ~units.partnered[children.unit]
    return gone | (units.blended[children.unit] & elder & ~later)


def _partners(
    calendar: Calendar,
    units: Units,
    children: Offspring,
    groups: Floats,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> None:
    size = len(units.age)
    own = ~children.former
    eldest = np.zeros(size)
    np.maximum.at(eldest, children.unit[own], (calendar.opens - children.born[own]) / YEAR)
    drawn = units.age + rng.normal(2, 3.5, size)
    units.partner_age[:] = np.maximum(np.maximum(drawn, 18.3), eldest + 16.5)
    same = rng.random(size) < settings.ethnicity.same_group
    other = draw_groups(rng, groups, units.area, units.partner_age)
    units.partner_ethnicity[:] = np.where(same, units.ethnicity, other)


def _any(rows: Ints, size: int) -> Flags:
    return np.bincount(rows, minlength=size) > 0


def _trim(
    calendar: Calendar, people: int, units: Units, children: Offspring
) -> tuple[Units, Offspring]:
    """Keep as many units as make up the number of people."""
    here = (units.arrives <= calendar.opens) & (units.leaves > calendar.opens)
    young = (children.born <= calendar.opens) & (children.leaves_home > calendar.opens)
    count = 1 + units.partnered + np.bincount(children.unit[young], minlength=len(here))
    kept = int(np.searchsorted(np.cumsum(count * here), people)) + 1
    return units.take(np.arange(min(kept, len(here)))), children.take(children.unit < kept)
