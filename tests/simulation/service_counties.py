"""A county whose lives and care are drawn at random, for tests of what the services see of it."""

from __future__ import annotations

from datetime import date

import numpy as np

from kithkin.simulation import care, life
from kithkin.simulation.calendar import NEVER, Calendar, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.population import build_world
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, World


def drawn_county(people: int = 3000, seed: int = 5, **knobs: float) -> County:
    """Make a world and random lives in it; three years to 31 March 2026."""
    calendar, streams = Calendar.ending(date(2026, 3, 31), 3, 24), Streams(seed)
    world = build_world(calendar, people, read_section(PopulationSettings), streams)
    lives = _lives(world, calendar, streams)
    happenings, participants = _happenings(world, lives, calendar, streams)
    return County(
        calendar=calendar,
        knobs=read_section(Knobs, changes=knobs),
        streams=streams,
        world=world,
        lives=lives,
        happenings=happenings,
        participants=participants,
        care=_care(world, lives, happenings, calendar, streams),
    )


def _lives(world: World, calendar: Calendar, streams: Streams) -> life.Lives:
    rng, people = streams.of("test", "lives"), world.people
    children = np.flatnonzero(whole_years(people.born, calendar.begins) < 18).astype(np.int32)
    child_of = np.full(len(people), NOBODY, dtype=np.int32)
    child_of[children] = np.arange(len(children))
    home = np.full(len(people), NOBODY, dtype=np.int32)
    home[world.stays.person] = world.stays.household
    months, homes = calendar.months, len(world.households)

    def states(count: int) -> np.ndarray:
        drawn = rng.random((1, count)) < 0.06
        return np.repeat((drawn * rng.integers(1, 4, (1, count))).astype(np.uint8), months, axis=0)

    strength = rng.random((months, len(children))).astype(np.float16)
    return life.Lives(
        children=children,
        child_of=child_of,
        home=np.repeat(home[children][None, :], months, axis=0),
        household={name: states(homes) for name in life.HOUSEHOLD_CONDITIONS},
        child={name: states(len(children)) for name in life.CHILD_CONDITIONS},
        hidden_household=rng.normal(0, 0.5, homes).astype(np.float32),
        hidden_child=rng.normal(0, 0.5, len(children)).astype(np.float32),
        strength=strength,
        exposure_kin=strength,
        exposure_kith=strength,
    )


def _happenings(
    world: World, lives: life.Lives, calendar: Calendar, streams: Streams
) -> tuple[life.Happenings, life.Participants]:
    rng, count = streams.of("test", "happenings"), len(world.people)
    child = rng.choice(lives.children, count)
    day = np.sort(rng.integers(calendar.begins, calendar.ends + 1, count)).astype(np.int32)
    nobody = np.full(count, NOBODY, dtype=np.int32)
    happenings = life.Happenings(
        kind=rng.integers(0, len(life.HAPPENINGS), count).astype(np.int8),
        day=day,
        child=child,
        household=lives.home[0, lives.child_of[child]],
        place=nobody,
        group=nobody,
        severity=rng.integers(1, 6, count).astype(np.int8),
        cause=nobody.astype(np.int8),
        mark=rng.random(count).astype(np.float32),
    )
    mother = world.people.mother[child]
    person = np.stack([child, np.where(mother >= 0, mother, child)], axis=1).ravel()
    participants = life.Participants(
        happening=np.repeat(np.arange(count, dtype=np.int32), 2),
        person=person.astype(np.int32),
        part=rng.integers(0, len(life.PARTS), 2 * count).astype(np.int8),
    )
    return happenings, participants


def _care(
    world: World,
    lives: life.Lives,
    happenings: life.Happenings,
    calendar: Calendar,
    streams: Streams,
) -> care.Care:
    rng = streams.of("test", "care")
    count = max(len(lives.children) // 10, 4)
    child = rng.choice(lives.children, count, replace=False).astype(np.int32)
    start = np.sort(rng.integers(calendar.begins, calendar.ends - 400, count)).astype(np.int32)
    end = (start + rng.integers(60, 400, count)).astype(np.int32)
    whole, small = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int8)
    no = np.zeros(count, dtype=np.bool_)
    rows = np.arange(count, dtype=np.int32)
    third = rows % 3 == 0

    def empty(table: type) -> object:
        return table(**{name: np.empty(0, np.int32) for name in table.__dataclass_fields__})

    worker = rng.integers(0, 5, count).astype(np.int32)
    household = lives.home[0, lives.child_of[child]]
    ended = rng.integers(0, len(care.EARLY_HELP_ENDS), count).astype(np.int8)
    return care.Care(
        contacts=empty(care.Contacts),
        referrals=care.Referrals(
            child, start, small, whole, no, end, small, small, worker, no
        ),
        assessments=empty(care.Assessments),
        enquiries=empty(care.Enquiries),
        plans=care.Plans(
            rows[third], start[third], end[third], third[third], small[third], small[third],
            small[third], worker[third],
        ),
        care_periods=care.CarePeriods(
            child[:4], rows[:4], start[:4], np.full(4, NEVER, np.int32), small[:4], small[:4],
            no[:4],
        ),
        placements=empty(care.Placements),
        early_help=care.EarlyHelp(
            child, household, start, end, np.where(end > calendar.ends, -1, ended).astype(np.int8),
            rng.random(count) < 0.2, worker,
        ),
        outcomes=empty(care.Outcomes),
        survives=happenings.mark > 0.2,
        worker_forename=np.arange(5, dtype=np.int32),
        worker_surname=np.arange(16, 21, dtype=np.int32),
        worker_team=np.zeros(5, dtype=np.int8),
    )  # fmt: skip
