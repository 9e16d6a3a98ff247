"""Homelessness: applications and duties, the household in them, and temporary accommodation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kithkin.simulation.agencies import kin, tables
from kithkin.simulation.agencies.homes import Company, Homes
from kithkin.simulation.agencies.seeing import (
    YEAR,
    Mask,
    Watch,
    child_state,
    household_state,
    living,
)
from kithkin.simulation.agencies.tenancies import (
    ADULT_DAYS,
    Held,
    homes_held,
    social_tenancies,
)
from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.services import HousingSettings
from kithkin.simulation.world import ADDRESS_KINDS, NOBODY, Index, Table

FEED = "housing"
MEMBER_WORDS = (
    "mother", "father", "child", "sibling", "partner", "grandparent", "grandchild", "other",
)  # fmt: skip
ROLES = ("applicant", "household member")
STATES = ("domestic_abuse", "alcohol_or_drugs", "going_without")
RELIEF_DAYS = 56
"""Days of the relief duty before a main duty is owed (Housing Act 1996, section 189B)."""


@dataclass(frozen=True)
class _Applications(Table):
    """A row an application; duties that were not owed are NEVER."""

    person: Index
    household: Index
    applied: Days
    placed: Days
    """Day of the move into temporary accommodation, or NEVER."""
    prevention: Days
    relief: Days
    main: Days
    young: Mask


def homelessness_files(
    county: County, settings: HousingSettings, watch: Watch
) -> Iterator[AgencyFile]:
    """Give applications, their members, and temporary accommodation."""
    temporary = homes_held(county, kind="temporary")
    made = _applications(county, settings, watch, temporary)
    known = watch.recorded(
        made.applied, settings.recording_delay, county.streams.of(FEED, "applications recorded")
    )
    number = tables.numbers(known, county, FEED, "application")
    columns = [
        tables.ident("application_id", number, "H"),
        tables.person("person_id", made.person),
        tables.day("applied_on", made.applied),
        tables.day("prevention_duty_on", made.prevention),
        tables.day("relief_duty_on", made.relief),
        tables.day("main_duty_on", made.main),
        tables.yes_no("aged_16_or_17", made.young),
    ]
    yield tables.make_file(county, FEED, "homelessness", known, columns)
    row, person = _household(county, made)
    partner = kin.partners(county.world, county.calendar.ends)
    relation = kin.relation(county.world, made.person[row], person, partner)
    columns = [
        tables.ident("application_id", number[row], "H"),
        tables.person("person_id", person),
        tables.word("relationship", relation, MEMBER_WORDS),
    ]
    yield tables.make_file(county, FEED, "application_member", known[row], columns)
    yield _temporary(county, settings, watch, _placements(county, settings, temporary, made))


def _applications(
    county: County, settings: HousingSettings, watch: Watch, temporary: Held
) -> _Applications:
    """Give those placed, those at risk who were not, and 16 and 17 year olds on their own."""
    calendar, rng = county.calendar, county.streams.of(FEED, "homeless")
    placed = (temporary.start >= calendar.opens) & (temporary.start <= calendar.ends)
    person, household = temporary.lead[placed], temporary.household[placed]
    moved = temporary.start[placed]
    at_risk, their_home, their_day = _at_risk(county, settings, watch)
    young, young_day = _young(county, settings)
    applied = np.concatenate(
        [moved - rng.integers(0, 40, len(moved)), their_day, young_day]
    ).astype(np.int32)
    applied = np.maximum(applied, calendar.opens).astype(np.int32)
    everyone = np.concatenate([person, at_risk, young]).astype(np.int32)
    moves = np.full(len(everyone), NEVER, dtype=np.int32)
    moves[: len(moved)] = moved
    is_young = whole_years(county.world.people.born[everyone], applied) < 18
    alone = np.full(len(young), NOBODY, dtype=np.int32)
    prevented = rng.random(len(everyone)) < settings.prevention_share
    prevented &= (moves == NEVER) & ~is_young
    relief = np.where(prevented, NEVER, np.minimum(moves, applied + 7))
    owed = ~prevented & ~is_young & (rng.random(len(everyone)) < settings.main_duty_share)
    return _Applications(
        person=everyone,
        household=np.concatenate([household, their_home, alone]).astype(np.int32),
        applied=applied,
        placed=moves,
        prevention=np.where(prevented, applied + 5, NEVER).astype(np.int32),
        relief=relief.astype(np.int32),
        main=np.where(owed, applied + RELIEF_DAYS, NEVER).astype(np.int32),
        young=is_young,
    )


def _at_risk(county: County, settings: HousingSettings, watch: Watch) -> tuple[Index, Index, Days]:
    """Draw households that apply without being placed; by poverty and trouble, as noticed."""
    calendar, households = county.calendar, county.world.households
    rng = county.streams.of(FEED, "at risk")
    most = np.exp(3 * settings.homeless_state)
    poor = np.exp(settings.homeless_poor * (households.poor - 0.3))
    span = calendar.ends - calendar.opens + 1
    count = rng.poisson(settings.homeless * most * poor * (span / YEAR))
    row = np.repeat(np.arange(len(households), dtype=np.int32), count)
    day = (calendar.opens + rng.integers(0, span, len(row))).astype(np.int32)
    worst = np.max([household_state(county, name, row, day) for name in STATES], axis=0)
    person = households.reference[row]
    kept = rng.random(len(row)) < np.exp(settings.homeless_state * worst) / most
    kept &= (person != NOBODY) & living(county, np.maximum(person, 0), day)
    kept &= county.world.people.born[person] + ADULT_DAYS + 2 * 366 <= day
    row, person, day = row[kept], person[kept], day[kept]
    lives_there = Homes(county.world).household(person, day) == row
    shown = np.exp(np.clip(watch.odds(person, day), -2, 2))
    lives_there &= rng.random(len(row)) < shown / (0.5 + shown)
    return person[lives_there], row[lives_there], day[lives_there]


def _young(county: County, settings: HousingSettings) -> tuple[Index, Days]:
    calendar, rng = county.calendar, county.streams.of(FEED, "young")
    children = county.lives.children
    span = calendar.ends - calendar.opens + 1
    most = np.exp(3 * settings.aged_16_17_trouble)
    rate = settings.aged_16_17 * most * span / YEAR
    person = children[rng.random(len(children)) < min(rate, 1.0)]
    day = (calendar.opens + rng.integers(0, span, len(person))).astype(np.int32)
    age = whole_years(county.world.people.born[person], day)
    states = [child_state(county, name, person, day) for name in ("missing", "out_of_school")]
    worst = np.max(states, axis=0)
    kept = rng.random(len(person)) < np.exp(settings.aged_16_17_trouble * worst) / most
    kept &= ((age == 16) | (age == 17)) & living(county, person, day)
    return person[kept], day[kept]


def _household(county: County, made: _Applications) -> tuple[Index, Index]:
    """Give the pairs of an application and a person who lived with the applicant then."""
    day = np.where(made.placed == NEVER, made.applied, made.placed).astype(np.int32)
    row, person = Company(county.world).of(made.household, day)
    other = (person != made.person[row]) & (made.household[row] != NOBODY)
    return row[other], person[other]


@dataclass(frozen=True)
class _Placed(Table):
    """A row a person in temporary accommodation."""

    placement: Index
    person: Index
    member: Mask
    """Whether of the applicant's household."""
    start: Days
    end: Days
    address: Index


def _placements(
    county: County, settings: HousingSettings, temporary: Held, made: _Applications
) -> _Placed:
    """Give who moved into temporary accommodation, and some of those relieved with their families.

    Those are put up while their home is still the last that other agencies have heard of. Nobody
    who holds or shares a social tenancy is.
    """
    lodgers = temporary.lodgers
    row, person = _household(county, made)
    order = np.argsort(row, kind="stable")
    row, person = row[order], person[order]
    case, start, end, address = _put_up(county, settings, made)
    low = np.searchsorted(row, case, side="left")
    others = np.searchsorted(row, case, side="right") - low
    of = np.repeat(np.arange(len(case)), others)
    within = np.arange(len(of)) - np.repeat(np.cumsum(others) - others, others)
    which = np.concatenate([np.arange(len(case)), of])
    who = np.concatenate([made.person[case], person[low[of] + within]]).astype(np.int32)
    here = living(county, who, start[which])
    which, who, member = which[here], who[here], (np.arange(len(which)) >= len(case))[here]
    return _Placed(
        np.concatenate([lodgers.home, len(temporary) + which]).astype(np.int32),
        np.concatenate([lodgers.person, who]),
        np.concatenate([lodgers.person != temporary.lead[lodgers.home], member]),
        np.concatenate([lodgers.start, start[which]]),
        np.concatenate([lodgers.end, end[which]]),
        np.concatenate([temporary.address[lodgers.home], address[which]]).astype(np.int32),
    )


def _put_up(
    county: County, settings: HousingSettings, made: _Applications
) -> tuple[Index, Days, Days, Index]:
    """Give the applications of those put up, with the first and last day and where."""
    rng = county.streams.of(FEED, "put up")
    luck, wait = rng.random(len(made)), rng.integers(0, 28, len(made))
    lasts = 7 + rng.exponential(settings.placed_days, len(made))
    tenant = social_tenancies(county).of(made.person, made.applied) != NOBODY
    chosen = (made.relief != NEVER) & (made.placed == NEVER) & ~tenant & (luck < settings.placed)
    case = np.flatnonzero(chosen).astype(np.int32)
    start = (made.relief[case] + wait[case]).astype(np.int32)
    end = (start + lasts[case]).astype(np.int32)
    homes = np.flatnonzero(county.world.addresses.kind == ADDRESS_KINDS.index("temporary"))
    where = np.full(len(case), NOBODY, dtype=np.int32)
    if len(homes):
        where = homes[rng.integers(0, len(homes), len(case))].astype(np.int32)
    return case, start, end, where


def _temporary(
    county: County, settings: HousingSettings, watch: Watch, placed: _Placed
) -> AgencyFile:
    """Give a row each for all who are placed, with the number of their household's placement."""
    placements = int(placed.placement.max(initial=-1)) + 1
    mixed = county.streams.of(FEED, "placements").permutation(placements)
    number = (tables.FIRST_NUMBER + mixed).astype(np.int64)
    rng = county.streams.of(FEED, "placements recorded")
    known = watch.recorded(placed.start, settings.recording_delay, rng)
    columns = [
        tables.ident("placement_id", number[placed.placement], "TA"),
        tables.person("person_id", placed.person),
        tables.word("role", placed.member.astype(np.int8), ROLES),
        tables.day("placed_from", placed.start),
        tables.day("placed_to", placed.end),
        tables.address(placed.address),
    ]
    return tables.make_file(county, FEED, "temporary_accommodation", known, columns)
