"""A small county whose care was made by hand: every kind of case, at dates that are known."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar
from kithkin.simulation.care import (
    Assessments,
    Care,
    CarePeriods,
    Contacts,
    EarlyHelp,
    Enquiries,
    Outcomes,
    Placements,
    Plans,
    Referrals,
)
from kithkin.simulation.county import County
from kithkin.simulation.life import Lives
from kithkin.simulation.lives import live
from kithkin.simulation.population import build_world
from kithkin.simulation.records import Register
from kithkin.simulation.sending.registers import make_register
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.lives import LifeSettings
from kithkin.simulation.settings.mistakes import MistakeSettings
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import World

ENDS = date(2026, 3, 31)
WORKERS = 12


def ints(values: object) -> np.ndarray:
    """Give whole numbers of the width that the tables have."""
    return np.asarray(values, dtype=np.int32)


def small(values: object) -> np.ndarray:
    """Give codes."""
    return np.asarray(values, dtype=np.int8)


@cache
def hand_made_county(people: int = 2000, cases: int = 96) -> County:
    """Make a county in which child number i has the i-th case; see `_care`."""
    calendar = Calendar.ending(ENDS, 3, 24)
    knobs, streams = read_section(Knobs), Streams(11)
    world = build_world(calendar, people, read_section(PopulationSettings), streams)
    lives, happenings, participants = live(
        world, calendar, read_section(LifeSettings), knobs, streams
    )
    care = _care(world, lives, calendar, cases, len(happenings))
    return County(calendar, knobs, streams, world, lives, happenings, participants, care)


def register_of(county: County, feed: str = "social_care") -> Register:
    """Register every child of a case and their parents, known from the first contact."""
    contacts, people = county.care.contacts, county.world.people
    first = np.full(len(people), NEVER, dtype=np.int32)
    for who in (contacts.child, people.mother[contacts.child], people.father[contacts.child]):
        np.minimum.at(first, who[who >= 0], contacts.day[who >= 0])
    known = np.flatnonzero(first != NEVER).astype(np.int32)
    settings = read_section(MistakeSettings)
    return make_register(feed, known, first[known], county, settings)  # type: ignore[arg-type]


def _children(world: World, lives: Lives, calendar: Calendar, cases: int) -> np.ndarray:
    """Give children who live in the county from 2018 to the end, spread over their ages."""
    people = world.people
    born = people.born[lives.children]
    stays = (people.arrived[lives.children] < calendar.begins) & (
        people.left[lives.children] == NEVER
    )
    fits = (born < calendar.begins - 300) & (born > calendar.ends - 6400) & stays
    fits &= people.died[lives.children] == NEVER
    chosen = lives.children[fits]
    return np.sort(chosen[:: max(1, len(chosen) // cases)][:cases])


def _care(world: World, lives: Lives, calendar: Calendar, cases: int, happenings: int) -> Care:
    """Give every child one case, days apart, from 20 months before the end of the window.

    Case i: i % 6 == 0 no further action; 1 closed after assessment; 2 a plan for a child in need;
    3 an enquiry, a conference and a protection plan; 4 the same, ended; 5 care.
    """
    child = _children(world, lives, calendar, cases)
    n = len(child)
    case = np.arange(n)
    day = ints(calendar.ends - 600 + case * 4 % 500)
    kind = case % 6
    at = {name: np.flatnonzero(kind == number) for name, number in (
        ("nfa", 0), ("assessed", 1), ("need", 2), ("protect", 3), ("protected", 4), ("care", 5)
    )}  # fmt: skip
    closed = np.full(n, NEVER, dtype=np.int32)
    closed[at["nfa"]] = day[at["nfa"]]
    closed[at["assessed"]] = day[at["assessed"]] + 45
    closed[at["protected"]] = day[at["protected"]] + 190
    reason = np.where(closed == NEVER, -1, 6)
    reason[at["assessed"]] = 7
    further = np.flatnonzero(kind > 0)
    planned = np.concatenate([at["need"], at["protect"], at["protected"]])
    enquired = np.concatenate([at["protect"], at["protected"]])
    plan_end = np.full(len(planned), NEVER, dtype=np.int32)
    plan_end[np.isin(planned, at["protected"])] = day[at["protected"]] + 180
    held = day[enquired] + 16
    held += ints([{5: 2, 6: 1}.get(each, 0) for each in (held + 3) % 7])
    protecting = np.isin(planned, enquired)
    plan_start = ints(day[planned] + 50)
    plan_start[protecting] = held
    return Care(
        contacts=Contacts(
            child, day, small(case % 16), ints([-1] * n), _household(world, child),
            small(case % 4 + 1), np.zeros(n, dtype=np.float32), ints(case % WORKERS),
            small([3] * n), day + 1, ints(case),
        ),
        referrals=Referrals(
            child, day, small(case % 16), ints(case), kind == 0, closed, small(reason),
            small(case % 8), ints(case % WORKERS), kind > 2,
        ),
        assessments=Assessments(
            ints(further), ints(day[further] + 1), ints(day[further] + 40),
            small(np.where(kind[further] == 1, 0, 3)),
            np.where(further % 2, 1 << 7, (1 << 30) + (1 << 2)).astype(np.int64),
            ints(further % WORKERS),
        ),
        enquiries=Enquiries(
            ints(enquired), ints(day[enquired] + 2), ints(day[enquired] + 10), ints(held),
            small([1] * len(enquired)), np.ones(len(enquired), dtype=bool),
        ),
        plans=Plans(
            ints(planned), plan_start, plan_end, protecting,
            small(np.where(protecting, planned % 4, -1)),
            small(np.where(protecting, (planned + planned % 2) % 4, -1)),
            small([0] * len(planned)), ints(planned % WORKERS),
        ),
        care_periods=_care_periods(child, day, at["care"], calendar),
        placements=_placements(world, day, at["care"]),
        early_help=EarlyHelp(
            child[at["nfa"]], _household(world, child[at["nfa"]]), ints(day[at["nfa"]] + 5),
            ints(day[at["nfa"]] + 100), small([0] * len(at["nfa"])),
            np.zeros(len(at["nfa"]), dtype=bool), ints(at["nfa"] % WORKERS),
        ),
        outcomes=Outcomes(ints([]), ints([]), *[np.zeros(0, dtype=bool)] * 5),
        survives=np.ones(happenings, dtype=bool),
        worker_forename=ints(np.arange(WORKERS)),
        worker_surname=ints(np.arange(WORKERS)[::-1]),
        worker_team=small(np.arange(WORKERS) % 3),
    )  # fmt: skip


def _care_periods(
    child: np.ndarray, day: np.ndarray, cases: np.ndarray, calendar: Calendar
) -> CarePeriods:
    """Give a period of care to each case, from three weeks on; every third child has gone home."""
    start, end = _cared_for(day, cases)
    place = np.arange(len(cases))
    return CarePeriods(
        child[cases], ints(cases), start, end,
        small(np.where(end <= calendar.ends, 0, -1)), small(cases % 8), place % 7 == 6,
    )  # fmt: skip


def _cared_for(day: np.ndarray, cases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    start = ints(day[cases] + 20)
    return start, ints(np.where(np.arange(len(cases)) % 3 == 2, start + 300, NEVER))


def _placements(world: World, day: np.ndarray, cases: np.ndarray) -> Placements:
    """Give two placements a period, the first under an interim order, the second a full one."""
    start, end = _cared_for(day, cases)
    care = ints(np.repeat(np.arange(len(cases)), 2))
    first = np.tile([True, False], len(cases))
    houses = np.flatnonzero(world.addresses.kind == 0)
    return Placements(
        care, ints(np.where(first, start[care], start[care] + 130)),
        ints(np.where(first, start[care] + 130, end[care])), small(np.where(first, 3, 2)),
        small(np.where(first, 0, 1)), ints(houses[(care * 7 + first) % len(houses)]),
        ints([-1] * len(care)), np.ones(len(care), dtype=bool),
    )  # fmt: skip


def _household(world: World, child: np.ndarray) -> np.ndarray:
    latest = np.full(len(world.people), -1, dtype=np.int32)
    latest[world.stays.person] = world.stays.household
    return ints(latest[child])
