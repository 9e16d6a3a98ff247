"""Prisons, care homes and student halls: who lives there for a while, and when.

Who is away is taken out of home for the spell; the home goes on with those who stay, and takes the
person back afterwards. Nobody goes whose going would leave children with no adult. Ethnic group
plays no part in who goes.
"""

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
    matches,
    pick,
)
from kithkin.simulation.population.folk import Folk
from kithkin.simulation.population.ledger import SECOND_HOME
from kithkin.simulation.population.moving import Residence
from kithkin.simulation.settings.population import Institutions
from kithkin.simulation.world import (
    ADDRESS_KINDS,
    HOUSEHOLD_KINDS,
    NOBODY,
    STAY_KINDS,
    Addresses,
    Households,
    Stays,
)

KINDS = ("prison", "care_home", "student_halls")
"""Kinds of address that take people in for a spell."""
STAYS = tuple(STAY_KINDS.index("prison" if kind == "prison" else "residential") for kind in KINDS)
EIGHTEEN = int(18 * YEAR) + 1
PRISON_AGES = (16, 20, 25, 35, 45, 55, 75)
PRISON_BY_AGE = (0.5, 1.0, 1.2, 1.1, 0.7, 0.3, 0.0)
"""Relative chance of custody by age (Offender Management Statistics: most are 21 to 49)."""
LONGEST_SENTENCE = 7
"""Years of custody before the calendar from which somebody may still be there."""
ERA = 2.0
"""Years within which the ages of who goes to prison are taken as of the middle."""
CARE_AGES = (78, 82, 85, 90, 95, 100)


@dataclass
class Away:
    """A row a spell in an institution."""

    person: Ints
    start: Days
    end: Days
    kind: Ints
    """Position in `KINDS`."""

    def take(self, rows: Ints | Flags) -> Away:
        """Keep some spells."""
        return Away(self.person[rows], self.start[rows], self.end[rows], self.kind[rows])


def draw_away(
    calendar: Calendar,
    folk: Folk,
    poor: Floats,
    residence: Residence,
    settings: Institutions,
    rng: np.random.Generator,
) -> Away:
    """Draw spells that the calendar sees; `poor` is everybody's shortfall of income."""
    parts = [
        _in_prison(calendar, folk, poor, settings, rng),
        _in_care_homes(folk, settings, rng),
        _in_halls(calendar, folk, settings, rng),
    ]
    kind = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    person, start, end = (np.concatenate([part[at] for part in parts]) for at in range(3))
    gone = np.minimum(folk.died, folk.left)[person]
    # A sentence that somebody does not live to see the end of, or leaves the county in, is left out.
    seen = (kind != KINDS.index("prison")) | (end <= gone)
    end = np.minimum(end, gone)
    seen &= (start >= np.maximum(folk.arrived, folk.born)[person]) & (start < end)
    seen &= (start <= calendar.ends) & (end >= calendar.begins)
    away = Away(person, start.astype(np.int32), end.astype(np.int32), kind)
    away = _one_at_a_time(away.take(seen))
    return away.take(~_leave_children_alone(away, folk, residence))


def _in_prison(
    calendar: Calendar, folk: Folk, poor: Floats, settings: Institutions, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    women = settings.prison_women
    weight = np.where(folk.sex == 1, 1 - women, women) * np.exp(settings.prison_poor * poor)
    alive = (folk.arrived <= calendar.opens) & (folk.left > calendar.opens)
    alive &= (folk.died > calendar.opens) & (folk.born <= calendar.opens)
    mean = settings.prison_years * np.exp(settings.prison_spread**2 / 2)
    rate = settings.prison * np.count_nonzero(alive) * ERA / mean
    people, days = [], []
    first = calendar.begins - LONGEST_SENTENCE * YEAR
    for era in np.arange(first, calendar.ends, ERA * YEAR):
        age = (era + ERA * YEAR / 2 - folk.born) / YEAR
        by_age = np.interp(age, PRISON_AGES, PRISON_BY_AGE, left=0)
        by_age[(folk.arrived > era) | (folk.left < era) | (folk.died < era)] = 0
        people.append(pick(rng, weight * by_age, rng.poisson(rate)))
        days.append(era + rng.random(len(people[-1])) * ERA * YEAR)
    person, start = np.concatenate(people), np.concatenate(days).astype(np.int64)
    lasts = settings.prison_years * np.exp(settings.prison_spread * rng.normal(0, 1, len(person)))
    end = start + np.clip(lasts * YEAR, 10, LONGEST_SENTENCE * YEAR).astype(np.int64)
    adult = start > folk.born[person] + EIGHTEEN
    return person[adult], start[adult], end[adult]


def _in_care_homes(
    folk: Folk, settings: Institutions, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Let people enter a home for good at the age at which their share of that age lives there."""
    luck = rng.random(len(folk.born))
    age = np.interp(luck, settings.care_homes, CARE_AGES, right=np.inf)
    person = np.flatnonzero(np.isfinite(age) & (folk.arrived < NEVER))
    start = folk.born[person] + ((age[person] + rng.random(len(person))) * YEAR).astype(np.int64)
    end = np.minimum(folk.died, folk.left)[person].astype(np.int64)
    return person, start, end


def _in_halls(
    calendar: Calendar, folk: Folk, settings: Institutions, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Let some of the young without children spend their first academic year away from home."""
    came = (folk.arrived > calendar.begins) & (folk.arrived < NEVER)
    day = np.where(came, folk.arrived, folk.leaves_home).astype(np.int64)
    age = (day - folk.born) / YEAR
    parents = np.zeros(len(age), dtype=np.bool_)
    for line in (folk.mother, folk.father):
        parents[line[line >= 0]] = True
    chance = np.where(came, settings.halls_from_elsewhere, settings.halls)
    fits = (age > 18.02) & (age < 21) & ~parents & (rng.random(len(age)) < chance)
    person = np.flatnonzero(fits)
    return person, day[person], day[person] + rng.integers(250, 330, len(person))


def _one_at_a_time(away: Away) -> Away:
    """Sort by person and day, and drop spells that begin before another is a month over."""
    away = away.take(np.lexsort((away.start, away.person)))
    clear = np.ones(len(away.person), dtype=np.bool_)
    same = away.person[1:] == away.person[:-1]
    latest = np.maximum.accumulate(away.person * 2**32 + away.end) % 2**32
    clear[1:] = ~same | (away.start[1:] > latest[:-1] + 30)
    return away.take(clear)


def _leave_children_alone(away: Away, folk: Folk, residence: Residence) -> Flags:
    """Whether children live with the person in the spell, and no other adult does throughout."""
    person, household, start, end, kind = residence
    going = np.zeros(len(folk.born), dtype=np.bool_)
    going[away.person] = True
    own = np.flatnonzero(going[person])
    own = own[np.argsort(person[own], kind="stable")]
    spell, at = matches(away.person, person[own])
    row = own[at]
    low, high = np.maximum(away.start[spell], start[row]), np.minimum(away.end[spell], end[row])
    met = low <= high
    spell, row, low, high = spell[met], row[met], low[met], high[met]
    theirs = np.zeros(int(household.max(initial=0)) + 1, dtype=np.bool_)
    theirs[household[own]] = True
    others = np.flatnonzero(theirs[household] & ~going[person] & (kind != SECOND_HOME))
    others = others[np.argsort(household[others], kind="stable")]
    part, at = matches(household[row], household[others])
    other = others[at]
    overlap = (start[other] <= high[part]) & (end[other] >= low[part])
    grown = folk.born[person[other]] + EIGHTEEN <= low[part]
    child = folk.born[person[other]] + EIGHTEEN > low[part]
    stays = grown & (start[other] <= low[part]) & (end[other] >= high[part])
    with_child = np.bincount(part[overlap & child], minlength=len(spell)) > 0
    with_adult = np.bincount(part[stays], minlength=len(spell)) > 0
    alone = np.zeros(len(away.person), dtype=np.bool_)
    alone[spell[with_child & ~with_adult]] = True
    return alone


def without_away(calendar: Calendar, folk: Folk, residence: Residence, away: Away) -> Residence:
    """Take the spells out of people's time at home, and out of their children's visits to them."""
    person, household, start, end, kind = residence
    visits = kind == SECOND_HOME
    whose = np.where(visits, np.maximum(folk.father[person], 0), person)
    going = np.zeros(len(folk.born), dtype=np.bool_)
    going[away.person] = True
    cut = np.flatnonzero(going[whose])
    of, since, until_day = _at_home(away)
    row, at = matches(whose[cut], of)
    row = cut[row]
    low, high = np.maximum(start[row], since[at]), np.minimum(end[row], until_day[at])
    kept = np.flatnonzero((low <= high) & (low <= calendar.ends) & (high >= calendar.begins))
    row, low, high = row[kept], low[kept].astype(np.int32), high[kept].astype(np.int32)
    whole = np.flatnonzero(~going[whose])
    rows = np.concatenate([whole, row])
    return (
        person[rows], household[rows], np.concatenate([start[whole], low]),
        np.concatenate([end[whole], high]), kind[rows],
    )  # fmt: skip


def _at_home(away: Away) -> tuple[Ints, Ints, Ints]:
    """Give the days before, between and after each person's spells, in order of persons."""
    who = np.unique(away.person)
    person = np.concatenate([who, away.person])
    start = np.concatenate([np.full(len(who), LONG_AGO), away.end.astype(np.int64) + 1])
    end = np.concatenate([away.start.astype(np.int64) - 1, np.full(len(who), NEVER)])
    people_of_end = np.concatenate([away.person, who])
    order = np.lexsort((start, person))
    return person[order], start[order], end[np.lexsort((end, people_of_end))]


def add_stays(stays: Stays, away: Away, addresses: Addresses, households: int,
              last: int, rng: np.random.Generator) -> Stays:  # fmt: skip
    """Add the spells, each in an institution of its kind, whose households follow the others."""
    where = np.full(len(away.person), NOBODY, dtype=np.int64)
    places = institutions(addresses)
    kind = addresses.kind[places]
    for number, name in enumerate(KINDS):
        rows = np.flatnonzero(away.kind == number)
        fits = np.flatnonzero(kind == ADDRESS_KINDS.index(name))
        where[rows] = fits[rng.integers(0, len(fits), len(rows))]
    key = stays.person.astype(np.int64) * 2**32 + stays.start
    at = np.searchsorted(key, away.person.astype(np.int64) * 2**32 + away.start)
    added = {
        "person": away.person,
        "household": households + where,
        "address": places[where],
        "start": away.start,
        "end": np.where(away.end > last, NEVER, away.end),
        "kind": np.array(STAYS)[away.kind],
    }
    return Stays(
        **{
            name: np.insert(values, at, added[name]).astype(values.dtype)
            for name, values in vars(stays).items()
        }
    )


def institutions(addresses: Addresses) -> Ints:
    """Give the addresses of institutions that take people in, in order."""
    return np.flatnonzero(np.isin(addresses.kind, [ADDRESS_KINDS.index(kind) for kind in KINDS]))


def add_households(households: Households, addresses: Addresses) -> Households:
    """Add a household for each institution; nobody holds it."""
    size = len(institutions(addresses))
    kind = np.full(size, HOUSEHOLD_KINDS.index("institution"), dtype=np.int8)
    return Households(
        kind=np.concatenate([households.kind, kind]),
        reference=np.concatenate([households.reference, np.full(size, NOBODY, dtype=np.int32)]),
        poor=np.concatenate([households.poor, np.zeros(size, dtype=np.float32)]),
    )
