"""Cases already open on the first day: earlier years' referrals that have not been closed.

Referrals of earlier years are sent down the same pathways; those still open on the first day are
kept. So durations are right from the start (they are those of a stock, not of an inflow).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days
from kithkin.simulation.front_door.door import FADES, Door
from kithkin.simulation.front_door.draws import make_draws
from kithkin.simulation.front_door.ledger import Ledger
from kithkin.simulation.front_door.need import need_sums
from kithkin.simulation.front_door.pathways import Cases, follow, some
from kithkin.simulation.front_door.state import State
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, Index, World

WEIGHT_OF_NEED = 0.7
"""Log rate of an earlier referral for each unit of the sum of need at the start."""
DAYS_A_YEAR = 365
BANDS = (4, 5, 10, 16)
"""Ages at which those who tell of a child, and what befalls it, change."""


def open_stock(
    world: World,
    door: Door,
    until: Days,
    streams: Streams,
    state: State,
    ledger: Ledger,
) -> None:
    """Write the cases open at the start into the books, and into the children's state.

    Each takes the way of one of the last year's likely referrals (position in the candidates), so
    that the stock has the same mix of gravity as the inflow.
    """
    draw = streams.of("front_door", "stock")
    child, day = _earlier_referrals(world, door, draw)
    _remember(door, child, day, state)
    likely = np.flatnonzero(door.base >= door.thresholds.referral)
    if len(likely) == 0 or len(child) == 0:
        return
    age = day - world.people.born[door.lives.children[child]]
    alike = _of_like_age(door.cases.age_days[likely], age, draw.random(len(child)))
    alike = likely[alike]
    cases = _cases(world, door, child, day, until, alike)
    draws = make_draws(streams, "stock", len(child))
    paths = follow(cases, draws, door.offsets, door.settings.pathway)
    kept = _last_of_each(child, paths.closed, door.calendar.begins - DAYS_A_YEAR)
    kept = kept[state.referral[child[kept]] == NOBODY]
    source = door.candidates.source[alike[kept]]
    worker = door.workers.of_candidate[alike[kept]]
    none = np.full(len(kept), NOBODY, dtype=np.int32)
    paths = some(paths, kept)
    number = ledger.open_cases(
        child[kept], day[kept], source, none, cases.need[kept], worker, paths
    )
    state.opened(child[kept], day[kept], number, paths)


def _remember(door: Door, child: Index, day: Days, state: State) -> None:
    """Let each earlier referral stand for as many contacts as there are to a referral."""
    settings = door.settings
    each = settings.reporting.contacts_per_10000 / settings.pathway.referrals_per_10000
    months = (door.calendar.begins - day) / DAYS_A_YEAR * 12
    np.add.at(state.history, child, (each * FADES**months).astype(np.float32))


def _of_like_age(
    known: Index, asked: Index, uniform: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Give for each asked age (in days) a row of `known`, of the same band of age where there is one."""
    band, wanted = (
        np.searchsorted(BANDS, age // DAYS_A_YEAR, side="right") for age in (known, asked)
    )
    found = (uniform * len(known)).astype(np.int64)
    for at in np.unique(wanted):
        rows, pool = np.flatnonzero(wanted == at), np.flatnonzero(band == at)
        if len(pool):
            found[rows] = pool[(uniform[rows] * len(pool)).astype(np.int64)]
    return found


def _earlier_referrals(world: World, door: Door, draw: np.random.Generator) -> tuple[Index, Days]:
    """Draw who was referred in earlier years, and when; more often who is in need now."""
    here = np.flatnonzero(door.lives.home[0] != NOBODY).astype(np.int32)
    settings = door.settings
    years = settings.pathway.years_before
    rate = settings.pathway.referrals_per_10000 / 10_000
    month = np.zeros(len(here), dtype=np.int16)
    sums = need_sums(world, door.lives, settings.need, month, here)
    size = int(draw.poisson(rate * len(here) * years))
    child = here[pick_rows(np.exp(WEIGHT_OF_NEED * np.clip(sums, 0, 4)), draw.random(size))]
    ago = draw.random(len(child)) * years * DAYS_A_YEAR
    day = (door.calendar.begins - 1 - ago).astype(np.int32)
    born = day >= world.people.born[door.lives.children[child]]
    return child[born], day[born]


def _cases(
    world: World, door: Door, child: Index, day: Days, until: Days, alike: npt.NDArray[np.int64]
) -> Cases:
    people = door.lives.children[child]
    return Cases(
        day=day,
        until=until[child],
        gravity=door.cases.gravity[alike],
        need=door.cases.need[alike],
        disabled=world.people.disabled[people],
        age_days=day - world.people.born[people],
        gone=np.minimum(world.people.died[people], world.people.left[people]),
    )


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
