"""A county with hand-made happenings, for tests of what police, youth justice and panels see."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import numpy as np

from kithkin.simulation import care, life
from kithkin.simulation.calendar import Calendar, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS, PARTS
from kithkin.simulation.population import build_world
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import ETHNICITIES, NOBODY, World


def justice_county(
    people: int = 4000,
    kinds: tuple[str, ...] = HAPPENINGS,
    each: int = 3,
    seed: int = 3,
    **knobs: float,
) -> County:
    """Make a county in which every child has `each` happenings, of these kinds in turn."""
    calendar, streams = Calendar.ending(date(2026, 3, 31), 2, 12), Streams(seed)
    world = build_world(calendar, people, read_section(PopulationSettings), streams)
    fifth = np.arange(len(world.people)) % 5 == 0
    ethnicity = np.where(fifth, ETHNICITIES.index("BCRB"), ETHNICITIES.index("WBRI"))
    world = replace(world, people=replace(world.people, ethnicity=ethnicity.astype(np.int8)))
    lives = _lives(world, calendar)
    happenings, participants = _happenings(world, lives, calendar, kinds, each)
    return County(
        calendar=calendar,
        knobs=read_section(Knobs, changes=knobs),
        streams=streams,
        world=world,
        lives=lives,
        happenings=happenings,
        participants=participants,
        care=_no_care(len(happenings)),
    )


def with_police_contacts(county: County, happenings: list[int], days_later: int) -> County:
    """Have police make contact about the child of each of these happenings."""
    of = np.array(happenings, dtype=np.int32)
    blank = np.zeros(len(of), dtype=np.int32)
    contacts = care.Contacts(**{field.name: blank for field in fields(care.Contacts)})
    contacts = replace(
        contacts,
        child=county.happenings.child[of],
        day=county.happenings.day[of] + days_later,
        source=np.full(len(of), care.SOURCES.index("police"), dtype=np.int8),
        happening=of,
    )
    return replace(county, care=replace(county.care, contacts=contacts))


def _lives(world: World, calendar: Calendar) -> life.Lives:
    people, months = world.people, calendar.months
    young = (whole_years(people.born, calendar.begins) < 18) & (people.born <= calendar.begins)
    children = np.flatnonzero(young).astype(np.int32)
    child_of = np.full(len(people), NOBODY, dtype=np.int32)
    child_of[children] = np.arange(len(children))
    home = np.full(len(people), NOBODY, dtype=np.int32)
    home[world.stays.person] = world.stays.household
    # every seventh child is exploited or in violence, in one way each, and severely
    turn = np.arange(len(children))
    states = {
        name: np.repeat(((turn % 49 == 7 * i) * 3).astype(np.uint8)[None], months, axis=0)
        for i, name in enumerate(life.CHILD_CONDITIONS)
    }
    level = np.zeros((months, len(children)), dtype=np.float16)
    return life.Lives(
        children=children,
        child_of=child_of,
        home=np.repeat(home[children][None], months, axis=0),
        household={
            name: np.zeros((months, len(world.households)), dtype=np.uint8)
            for name in life.HOUSEHOLD_CONDITIONS
        },
        child=states,
        hidden_household=np.zeros(len(world.households), dtype=np.float32),
        hidden_child=np.zeros(len(children), dtype=np.float32),
        strength=level,
        exposure_kin=level,
        exposure_kith=level,
    )


def _happenings(
    world: World, lives: life.Lives, calendar: Calendar, kinds: tuple[str, ...], each: int
) -> tuple[life.Happenings, life.Participants]:
    """Give happenings in which a parent is the suspect, or the child where it is the subject."""
    count = each * len(lives.children)
    rng = np.random.default_rng(1)
    child = rng.permutation(np.tile(lives.children, each)).astype(np.int32)
    day = np.sort(rng.integers(calendar.begins, calendar.ends + 1, count)).astype(np.int32)
    kind = np.array([HAPPENINGS.index(name) for name in kinds])[np.arange(count) % len(kinds)]
    none = np.full(count, NOBODY, dtype=np.int32)
    some_place = rng.random(count) < 0.3
    at = rng.integers(0, max(len(world.places), 1), count) if len(world.places) else none
    happenings = life.Happenings(
        kind=kind.astype(np.int8),
        day=day,
        child=child,
        household=lives.home[0, lives.child_of[child]],
        place=np.where(some_place, at, NOBODY).astype(np.int32),
        group=none,
        severity=(1 + np.arange(count) % 5).astype(np.int8),
        cause=none.astype(np.int8),
        mark=rng.random(count).astype(np.float32),
    )
    mother, father = world.people.mother[child], world.people.father[child]
    trio = np.stack([child, mother, father], axis=1)
    part = np.tile([PARTS.index("subject"), PARTS.index("victim"), PARTS.index("suspect")], count)
    of = np.repeat(np.arange(count, dtype=np.int32), 3)
    there = trio.ravel() >= 0
    participants = life.Participants(
        happening=of[there], person=trio.ravel()[there].astype(np.int32),
        part=part[there].astype(np.int8),
    )  # fmt: skip
    return happenings, participants


def _no_care(happenings: int) -> care.Care:
    def empty(table: type) -> object:
        return table(**{field.name: np.empty(0, np.int32) for field in fields(table)})

    names = ("contacts", "referrals", "assessments", "enquiries", "plans", "care_periods",
             "placements", "early_help", "outcomes")  # fmt: skip
    tables = (care.Contacts, care.Referrals, care.Assessments, care.Enquiries, care.Plans,
              care.CarePeriods, care.Placements, care.EarlyHelp, care.Outcomes)  # fmt: skip
    nobody = np.empty(0, dtype=np.int32)
    return care.Care(
        **{name: empty(table) for name, table in zip(names, tables, strict=True)},
        survives=np.ones(happenings, dtype=np.bool_),
        worker_forename=nobody,
        worker_surname=nobody,
        worker_team=nobody.astype(np.int8),
    )
