"""Cases already open on the first day: earlier years' referrals that have not been closed.

Referrals of earlier years are sent down the same pathways; those still open on the first day are
kept. So durations are right from the start (they are those of a stock, not of an inflow).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar, Days
from kithkin.simulation.care import SOURCES
from kithkin.simulation.front_door.arithmetic import pick, weights_of
from kithkin.simulation.front_door.ledger import Ledger
from kithkin.simulation.front_door.need import hidden_difference, levels, need_sums
from kithkin.simulation.front_door.pathways import (
    Cases,
    Draws,
    Offsets,
    follow,
    gravity,
    make_draws,
    some,
)
from kithkin.simulation.front_door.state import State
from kithkin.simulation.life import Lives
from kithkin.simulation.settings.front_door import FrontDoorSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, Index, World

DAYS_A_YEAR = 365


def open_stock(
    world: World,
    lives: Lives,
    calendar: Calendar,
    until: Days,
    offsets: Offsets,
    settings: FrontDoorSettings,
    streams: Streams,
    workers: int,
    state: State,
    ledger: Ledger,
) -> None:
    """Write the cases open at the start into the books, and into the children's state."""
    here = np.flatnonzero(lives.home[0] != NOBODY).astype(np.int32)
    draw = streams.of("front_door", "stock")
    years = settings.pathway.years_before
    rate = settings.pathway.referrals_per_10000 / 10_000
    sums = need_sums(world, lives, settings.need, np.zeros(len(here), dtype=np.int16), here)
    weight = np.exp(0.7 * np.clip(sums, 0, 4))
    size = int(draw.poisson(rate * len(here) * years))
    chosen = here[pick_rows(weight, draw.random(size))]
    day = (calendar.begins - 1 - draw.random(size) * years * DAYS_A_YEAR).astype(np.int32)
    alive = day >= world.people.born[lives.children[chosen]]
    child, day = chosen[alive], day[alive]
    cases, draws = _cases(world, lives, child, day, until, settings, streams)
    paths = follow(cases, draws, offsets, settings.pathway)
    kept = _last_of_each(child, paths.closed, calendar.begins - DAYS_A_YEAR)
    source = pick(weights_of(settings.reporting.source_share, SOURCES), draw.random(len(kept)))
    worker = draw.integers(workers, size=len(kept)).astype(np.int32)
    none = np.full(len(kept), NOBODY, dtype=np.int32)
    paths = some(paths, kept)
    number = ledger.open_cases(
        child[kept], day[kept], source, none, cases.need[kept], worker, paths
    )
    state.opened(child[kept], day[kept], number, paths)


def _cases(
    world: World,
    lives: Lives,
    child: Index,
    day: Days,
    until: Days,
    settings: FrontDoorSettings,
    streams: Streams,
) -> tuple[Cases, Draws]:
    draws = make_draws(streams, "stock", len(child))
    month = np.zeros(len(child), dtype=np.int16)
    need = levels(need_sums(world, lives, settings.need, month, child), settings.need)
    hidden = hidden_difference(lives, lives.home[0, child], child)
    people = lives.children[child]
    age = day - world.people.born[people]
    slight = np.full(len(child), 2, dtype=np.int8)
    grave = gravity(need, hidden, slight, age, draws.normal["light"], settings.pathway)
    return Cases(day, until[child], grave, need, world.people.disabled[people], age), draws


def _last_of_each(child: Index, closed: Days, since: int) -> npt.NDArray[np.int64]:
    """Give one row a child, that which closes last, if it closes on or after `since`."""
    order = np.lexsort((closed, child))
    last = np.flatnonzero(np.diff(child[order], append=-1))
    rows = order[last]
    return np.sort(rows[closed[rows] >= since])


def pick_rows(weight: npt.NDArray[np.float32], uniform: npt.NDArray[np.float64]) -> Index:
    """Pick rows in proportion to their weights."""
    edges = np.cumsum(weight, dtype=np.float64)
    if len(edges) == 0:
        return np.empty(0, dtype=np.int32)
    found = np.searchsorted(edges, uniform * edges[-1], side="right")
    return np.minimum(found, len(edges) - 1).astype(np.int32)
