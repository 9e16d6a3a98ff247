"""Children who came to the country alone: looked after from the day on which they are found."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.care import ASSESSMENT_ENDS, CARE_ENDS, SOURCES
from kithkin.simulation.front_door.ledger import Ledger
from kithkin.simulation.front_door.pathways import DAYS_TO_TWENTY_ONE, Paths
from kithkin.simulation.front_door.state import State
from kithkin.simulation.front_door.workers import Workers
from kithkin.simulation.life import Lives
from kithkin.simulation.settings.front_door import FrontDoorSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, SEXES, Index, World

DAYS_TO_FIFTEEN, DAYS_A_YEAR, DAYS_OF_ASSESSMENT = 5479, 365, 35
BOYS = 0.96
"""Most are boys of fifteen and over (DfE, looked after children, 2024: 96% and 87%)."""


def take_in(
    world: World,
    lives: Lives,
    calendar: Calendar,
    until: Days,
    settings: FrontDoorSettings,
    streams: Streams,
    state: State,
    ledger: Ledger,
    workers: Workers,
) -> None:
    """Write unaccompanied children's referrals and care.

    They are children of the county without a home there, or else a few older ones whose stays in
    `World` are, as for all children in care, those that they would have had.
    """
    draw = streams.of("front_door", "unaccompanied")
    age = calendar.ends - world.people.born[lives.children]
    fit = (age > DAYS_TO_FIFTEEN) & (age < 23 * DAYS_A_YEAR)
    fit &= until >= calendar.begins
    weight = np.where(world.people.sex[lives.children] == SEXES.index("M"), BOYS, 1 - BOYS)
    pool = np.flatnonzero(fit & (draw.random(len(fit)) < weight))
    yearly = settings.pathway.unaccompanied_per_10000 / 10_000 * (lives.home != NOBODY).sum()
    count = min(int(draw.poisson(yearly / 12 * 1.25)), len(pool))
    child = np.sort(draw.choice(pool, count, replace=False)).astype(np.int32)
    born = world.people.born[lives.children[child]]
    day = (born + DAYS_TO_FIFTEEN + draw.integers(3 * DAYS_A_YEAR - 90, size=count)).astype(
        np.int32
    )
    kept = (day < until[child]) & (day <= calendar.ends) & (until[child] >= calendar.begins)
    child, day = child[kept], day[kept]
    people = world.people
    gone = np.minimum(people.died, people.left)[lives.children[child]]
    # until 21 a care leaver is owed an adviser; all of them take it up
    closed = np.minimum(people.born[lives.children[child]] + DAYS_TO_TWENTY_ONE, gone)
    _write(child, day, until, np.maximum(closed, until[child]), draw, state, ledger, workers)


def _write(
    child: Index,
    day: Days,
    until: Days,
    closed: Days,
    draw: np.random.Generator,
    state: State,
    ledger: Ledger,
    workers: Workers,
) -> None:
    size = len(child)
    paths = _paths(day, until[child], closed)
    source = np.full(size, SOURCES.index("other_legal"), dtype=np.int8)
    source[draw.random(size) < 0.6] = SOURCES.index("police")
    none = np.full(size, NOBODY, dtype=np.int32)
    need = np.full(size, 4, dtype=np.int8)
    worker = draw.integers(len(workers.team), size=size).astype(np.int32)
    number = ledger.open_cases(
        child, day, source, none, need, worker, paths, np.ones(size, dtype=np.bool_)
    )
    state.opened(child, day, number, paths)
    state.alone[child] = True


def _paths(day: Days, until: Days, closed: Days) -> Paths:
    size = len(day)
    never = np.full(size, NEVER, dtype=np.int32)
    code = np.zeros(size, dtype=np.int8)
    no = np.zeros(size, dtype=np.bool_)
    return Paths(
        no_further_action=no,
        assessed=np.minimum(day + DAYS_OF_ASSESSMENT, until).astype(np.int32),
        ended_as=code + np.int8(ASSESSMENT_ENDS.index("in_need")),
        enquiry=never, enquiry_end=never, conference=never, plan=never, plan_end=never,
        category=code, latest_category=code, in_need=never, in_need_end=never,
        care=day,
        care_end=until,
        care_ended_as=code + np.int8(CARE_ENDS.index("E8")),
        closed=closed.astype(np.int32),
        reason=code + np.int8(6),
        substantiated=no,
    )  # fmt: skip
