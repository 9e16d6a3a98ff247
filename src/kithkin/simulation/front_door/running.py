"""From lives to care: draw what could be reported, settle the norms, let the months pass."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import Calendar, Days
from kithkin.simulation.care import Care
from kithkin.simulation.front_door.candidates import Candidates, make_candidates
from kithkin.simulation.front_door.door import Door, work_through
from kithkin.simulation.front_door.draws import Draws, make_draws
from kithkin.simulation.front_door.ledger import Ledger
from kithkin.simulation.front_door.outcomes import judge
from kithkin.simulation.front_door.pathways import (
    Cases,
    gravity,
    settle_offsets,
)
from kithkin.simulation.front_door.reports import (
    Surroundings,
    last_year,
    potential_reports,
    surroundings,
)
from kithkin.simulation.front_door.state import State
from kithkin.simulation.front_door.stock import open_stock
from kithkin.simulation.front_door.tables import care_tables, steps_taken
from kithkin.simulation.front_door.unaccompanied import take_in
from kithkin.simulation.front_door.workers import scores, settle_thresholds, staff
from kithkin.simulation.life import Happenings, Lives, Participants
from kithkin.simulation.settings.front_door import FrontDoorSettings, Pathway
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import World

DAYS_TO_EIGHTEEN = 6574
DAYS_A_YEAR = 365


def run_front_door(
    world: World,
    lives: Lives,
    happenings: Happenings,
    participants: Participants,
    calendar: Calendar,
    settings: FrontDoorSettings,
    knobs: Knobs,
    streams: Streams,
) -> Care:
    """Simulate contacts, decisions, help, protection and care over the whole calendar.

    Raises `KeyError` when a setting names a kind, source, code or condition that does not exist.
    """
    around = surroundings(world)
    reports = potential_reports(
        world, lives, happenings, participants, calendar, around, settings.reporting, knobs, streams
    )
    candidates = make_candidates(
        world, lives, happenings, reports, calendar, around, settings, knobs, streams
    )
    until = last_days(world, lives)
    door = _settle(
        world, lives, happenings, candidates, until, calendar, around, settings, knobs, streams
    )
    state, ledger = State(len(lives.children)), _ledger(lives, candidates)
    take_in(world, lives, calendar, until, settings, streams, state, ledger, door.workers)
    open_stock(
        world, door, until, streams, state, ledger
    )  # fmt: skip
    passed = work_through(door, state, ledger)
    steps = steps_taken(ledger)
    outcomes = judge(door, passed, steps, calendar)
    return care_tables(world, door, passed, ledger, steps, outcomes, streams)


def last_days(world: World, lives: Lives) -> Days:
    """Give the last day on which each child can be helped: eighteen, dead, or gone."""
    grown = world.people.born[lives.children].astype(np.int64) + DAYS_TO_EIGHTEEN
    return np.minimum(grown, gone_days(world, lives)).astype(np.int32)


def gone_days(world: World, lives: Lives) -> Days:
    """Give the day on which each child dies or moves away, however old; NEVER for the others."""
    people, who = world.people, lives.children
    return np.minimum(people.died[who], people.left[who]).astype(np.int32)


def _ledger(lives: Lives, candidates: Candidates) -> Ledger:
    return Ledger(len(candidates) + 2 * len(lives.children) + 100)


def _settle(
    world: World,
    lives: Lives,
    happenings: Happenings,
    candidates: Candidates,
    until: Days,
    calendar: Calendar,
    around: Surroundings,
    settings: FrontDoorSettings,
    knobs: Knobs,
    streams: Streams,
) -> Door:
    """Hire workers and settle thresholds and offsets, before the first month."""
    people = lives.children[candidates.child]
    minority, decile = around.minority[people], around.decile[people]
    workers = staff(world, candidates, calendar, settings.deciding, knobs, streams)
    baby = candidates.day - world.people.born[people] < DAYS_A_YEAR
    base = scores(candidates, workers, minority, decile, baby, settings.deciding, knobs)
    fair = (base - knobs.worker_bias * minority).astype(np.float32)
    year = last_year(calendar, candidates.day)
    thresholds = settle_thresholds(settings.deciding, fair[year])
    draws = make_draws(streams, "pathway", len(candidates))
    cases = _cases(world, lives, candidates, until, draws, settings.pathway)
    likely = year.start + np.flatnonzero(fair[year] >= thresholds.referral)
    return Door(
        lives=lives,
        happenings=happenings,
        calendar=calendar,
        candidates=candidates,
        workers=workers,
        base=base,
        thresholds=thresholds,
        offsets=settle_offsets(cases.gravity[likely], candidates.need[likely], settings.pathway),
        draws=draws,
        cases=cases,
        settings=settings,
        knobs=knobs,
        households=len(world.households),
    )


def _cases(
    world: World,
    lives: Lives,
    candidates: Candidates,
    until: Days,
    draws: Draws,
    settings: Pathway,
) -> Cases:
    people = lives.children[candidates.child]
    age = candidates.day - world.people.born[people]
    light = draws.normal["light"]
    c = candidates
    return Cases(
        day=c.day,
        until=until[c.child],
        gravity=gravity(c.need, c.hidden, c.severity, age, light, settings),
        need=c.need,
        disabled=world.people.disabled[people],
        age_days=age,
        gone=gone_days(world, lives)[c.child],
    )
