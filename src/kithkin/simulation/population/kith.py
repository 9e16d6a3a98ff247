"""Peer groups: friends at school, street groups, online groups, and organised groups of adults.

Who joins depends on age, school and neighbourhood alone: never on ethnic group, nor on harm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.population.drawing import (
    YEAR,
    Flags,
    Floats,
    Ints,
    chunks,
    pick_by_row,
    runs_within,
    until,
)
from kithkin.simulation.population.folk import nobodies
from kithkin.simulation.population.schooling import reception_year
from kithkin.simulation.settings.population import Kith
from kithkin.simulation.world import (
    GROUP_KINDS,
    NOBODY,
    Enrolments,
    Groups,
    Haunts,
    Memberships,
)


@dataclass
class Lot:
    """Groups of one kind: memberships by the group's number within the lot, and its place."""

    kind: str
    group: Ints
    person: Ints
    start: Days
    end: Days
    place: Ints


@dataclass
class Neighbours:
    """What groups are made of: people's birth, end of life in the county, and area (or NOBODY)."""

    born: Days
    since: Days
    gone: Days
    area: Ints
    near: Ints
    draw: Floats


def make_groups(
    calendar: Calendar,
    people: int,
    who: Neighbours,
    enrolments: Enrolments,
    settings: Kith,
    rng: np.random.Generator,
) -> tuple[Groups, Memberships]:
    """Make all groups and memberships that the calendar can see."""
    lots = [
        _school_friends(who, enrolments, rng),
        _street(calendar, who, settings, rng),
        _online(calendar, who, settings, rng),
        _organised(calendar, people, who, settings, rng),
    ]
    sizes = [len(lot.place) for lot in lots]
    base = np.concatenate([[0], np.cumsum(sizes)])
    group = np.concatenate([lot.group + at for lot, at in zip(lots, base, strict=False)])
    person = np.concatenate([lot.person for lot in lots])
    start = np.maximum(np.concatenate([lot.start for lot in lots]), who.since[person])
    end = np.minimum(np.concatenate([lot.end for lot in lots]), who.gone[person])
    kept = (start <= end) & (start <= calendar.ends) & (end >= calendar.begins)
    kinds = np.repeat([GROUP_KINDS.index(lot.kind) for lot in lots], sizes)
    groups = Groups(
        kind=kinds.astype(np.int8),
        place=np.concatenate([lot.place for lot in lots]).astype(np.int32),
        organised_by=_drawn_on(kinds, settings, rng).astype(np.int32),
    )
    return groups, Memberships(
        group=group[kept].astype(np.int32),
        person=person[kept].astype(np.int32),
        start=start[kept].astype(np.int32),
        end=until(end[kept], calendar.ends),
    )


def _school_friends(who: Neighbours, enrolments: Enrolments, rng: np.random.Generator) -> Lot:
    """Friends of a year group: three to seven, mostly of one form."""
    year = reception_year(who.born[enrolments.person]) - 1980
    form = enrolments.form.astype(np.int64)
    key = (enrolments.school.astype(np.int64) * 80 + year) * 32 + form
    order = np.lexsort((rng.random(len(key)), key))
    cohort = key[order] // 32
    run = runs_within(cohort, chunks(rng, len(key), 3, 7))
    return Lot(
        "school_friends", run, enrolments.person[order].astype(np.int64), enrolments.start[order],
        enrolments.end[order], nobodies(int(run.max(initial=-1)) + 1),
    )  # fmt: skip


def _young(
    calendar: Calendar, who: Neighbours, share: float, lowest: int, rng: np.random.Generator
) -> Ints:
    """Draw people of the county who are between `lowest` and 19 on some day of the calendar."""
    oldest, youngest = calendar.begins - 19 * YEAR, calendar.ends - lowest * YEAR
    fits = (who.born > oldest) & (who.born < youngest) & (who.area >= 0)
    return np.flatnonzero(fits & (rng.random(len(fits)) < share))


def _street(calendar: Calendar, who: Neighbours, settings: Kith, rng: np.random.Generator) -> Lot:
    """Groups of a neighbourhood across years and schools: five to twelve, aged 11 to 19."""
    person = _young(calendar, who, settings.street_members, 11, rng)
    joins = 11 + 4 * rng.random(len(person))
    ends = np.minimum(joins + 1 + rng.gamma(2, 1.2, len(person)), 19.5)
    seen = _seen(calendar, who, person, joins, ends)
    person, joins, ends = person[seen], joins[seen], ends[seen]
    near_age = who.born[person] + rng.normal(0, 400, len(person))
    order = np.lexsort((near_age, who.area[person]))
    person, joins, ends = person[order], joins[order], ends[order]
    area = who.area[person]
    run = runs_within(area, chunks(rng, len(person), 5, 12))
    first = np.searchsorted(run, np.arange(int(run.max(initial=-1)) + 1))
    place = who.near[area[first], pick_by_row(rng, who.draw, area[first])]
    return _aged("street", run, person, who, joins, ends, place)


def _seen(calendar: Calendar, who: Neighbours, person: Ints, joins: Floats, ends: Floats) -> Flags:
    """Whether the calendar sees a membership between two ages, while the person is here."""
    start = np.maximum(who.born[person] + joins * YEAR, who.since[person])
    end = np.minimum(who.born[person] + ends * YEAR, who.gone[person])
    return (start <= end) & (start <= calendar.ends) & (end >= calendar.begins)


def _aged(
    kind: str, run: Ints, person: Ints, who: Neighbours, joins: Floats, ends: Floats, place: Ints
) -> Lot:
    start = (who.born[person] + joins * YEAR).astype(np.int32)
    end = (who.born[person] + ends * YEAR).astype(np.int32)
    return Lot(kind, run, person, start, end, place)


def _online(calendar: Calendar, who: Neighbours, settings: Kith, rng: np.random.Generator) -> Lot:
    """Groups from anywhere in the county who know each other through their telephones."""
    person = rng.permutation(_young(calendar, who, settings.online_members, 10, rng))
    person = person[np.argsort(who.born[person] // 800, kind="stable")]
    joins = 10 + 5 * rng.random(len(person))
    ends = np.minimum(joins + 1 + rng.gamma(2, 1.2, len(person)), 19)
    seen = _seen(calendar, who, person, joins, ends)
    person, joins, ends = person[seen], joins[seen], ends[seen]
    run = chunks(rng, len(person), 5, 15)
    return _aged("online", run, person, who, joins, ends, nobodies(int(run.max(initial=-1)) + 1))


def _organised(
    calendar: Calendar, people: int, who: Neighbours, settings: Kith, rng: np.random.Generator
) -> Lot:
    """Adults of 18 to 35, and a few older teenagers, who use street groups."""
    count = max(2, round(people / 10_000 * settings.organised_per_10000))
    run = np.repeat(np.arange(count), rng.integers(4, 10, count))
    age = (calendar.opens - who.born) / YEAR
    here = (who.area >= 0) & (who.since <= calendar.opens) & (who.gone == NEVER)
    adults = np.flatnonzero(here & (age >= 18) & (age < 35))
    teens = np.flatnonzero(here & (age >= 16) & (age < 18))
    mixed = np.append(rng.permutation(adults)[: len(run)], rng.permutation(teens)[: len(run) // 6])
    person = rng.permutation(mixed)[: len(run)]
    run = run[: len(person)]
    start = np.full(len(person), calendar.begins - 400) + rng.integers(0, 1000, len(person))
    area = who.area[person[np.searchsorted(run, np.arange(int(run.max()) + 1))]]
    place = who.near[area, pick_by_row(rng, who.draw, area)]
    never = np.full(len(person), NEVER, dtype=np.int32)
    start = np.maximum(start, who.born[person] + int(15.5 * YEAR))
    return Lot("organised", run, person, start.astype(np.int32), never, place)


def _drawn_on(kinds: Ints, settings: Kith, rng: np.random.Generator) -> Ints:
    """Give each street group the organised group that draws on it, or NOBODY."""
    street = np.flatnonzero(kinds == GROUP_KINDS.index("street"))
    organised = np.flatnonzero(kinds == GROUP_KINDS.index("organised"))
    result = np.full(len(kinds), NOBODY)
    drawn = street[rng.random(len(street)) < settings.organised_draws_on]
    result[drawn] = organised[rng.integers(0, len(organised), len(drawn))]
    return result


def make_haunts(
    calendar: Calendar, who: Neighbours, settings: Kith, rng: np.random.Generator
) -> Haunts:
    """Give young people of ten and more the places that they visit, by pull and nearness."""
    person = _young(calendar, who, 1.0, 10, rng)
    person = np.repeat(person, 1 + rng.poisson(settings.haunts - 1, len(person)))
    area = who.area[person]
    place = who.near[area, pick_by_row(rng, who.draw, area)]
    pairs = np.unique(person * 2**32 + place)
    return Haunts((pairs // 2**32).astype(np.int32), (pairs % 2**32).astype(np.int32))
