"""The index of every person on every theme and track, at one date or at many at once.

Stored contributions are read file by file, several at once, each on a thread. Where no event
counts, for whoever is not of the track's ages on the date, and for the dead from when that is
known, the index is 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from kithkin.model import dates
from kithkin.scoring import kernel
from kithkin.scoring.plan import Plan
from kithkin.scoring.stored import Rows, StoredContributions

VARIANTS = ("all", "without_poverty_proxies", "without_unproven")
NEVER_BORN = np.int32(-(2**31))  # no date of birth: of no track's ages


def born_days(person: pa.Table) -> Any:
    """Give the day of birth of every person, int32 by person_key; NEVER_BORN where not known.

    Parameters
    ----------
    person : needs `person_key` 0 to n-1, each once, and `date_of_birth`.

    """
    born = np.full(person.num_rows, NEVER_BORN, np.int32)
    days = person["date_of_birth"].cast(pa.int32()).fill_null(int(NEVER_BORN)).to_numpy()
    born[person["person_key"].to_numpy()] = days
    return born


def adults_on(born: Any, on: date, adult: int) -> Any:
    """Say of each person whether they are of the age `adult` on a date; birth unknown: not."""
    last = dates.day_number(dates.add_months(on, -12 * adult))
    return (born <= last) & (born > NEVER_BORN)


def eligible_on(plan: Plan, born: Any, on: date) -> Any:
    """Say who is of each track's ages on a date: (track, person)."""
    first, last = plan.births(on)
    return (born >= first[:, None]) & (born <= last[:, None])


def index_on(
    stored: StoredContributions,
    plan: Plan,
    born: Any,
    on: Sequence[date],
    *,
    variants: int = len(VARIANTS),
    threads: int = 2,
) -> Any:
    """Give every index on the dates: float64 (variant, date, track, person).

    Parameters
    ----------
    born : day of birth by person, as `born_days` gives it.
    on : in ascending order.
    variants : how many of VARIANTS, from the first.

    Raises
    ------
    ValueError : when dates are not in ascending order, or there is none.

    """
    out = np.zeros((variants, len(on), len(plan.tracks), stored.persons))
    sweepers = list(_sweepers(plan, stored.sets, on))

    def one(first: int) -> None:
        rows = stored.rows(first)
        for places, sweeper in sweepers:
            stop = rows.stop
            sweeper(rows, born[first:stop], out[:, places, :, first:stop])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, stored.firsts()))
    return out


def index_of(
    rows: Rows, sets: Sequence[Sequence[int]], plan: Plan, born: int, on: Sequence[date]
) -> Any:
    """Give one person's index, to the last bit as `index_on`: float64 (variant, date, track)."""
    out = np.zeros((len(VARIANTS), len(on), len(plan.tracks), 1))
    for places, sweeper in _sweepers(plan, sets, on):
        sweeper(rows, np.array([born], np.int32), out[:, places])
    return out[..., 0]


def _sweepers(
    plan: Plan, sets: Sequence[Sequence[int]], on: Sequence[date]
) -> Iterator[tuple[slice, Any]]:
    """Give for each run of dates that share an anchor where they stand, and what sweeps them."""
    days = [dates.day_number(day) for day in on]
    if not days or any(a >= b for a, b in pairwise(days)):
        raise ValueError("as-of dates must be in ascending order, and at least one")
    begin = 0
    for block, run in groupby(days, lambda day: day // plan.block_days):
        mine = np.array(list(run), np.int32)
        places = slice(begin, begin + len(mine))
        births = np.array([plan.births(day) for day in on[places]], np.int32)
        anchor = block * plan.block_days
        yield places, _Sweeper(plan, sets, mine, births.transpose(1, 0, 2), anchor)
        begin += len(mine)


class _Sweeper:
    """The arrays that the kernel needs for one run of dates."""

    def __init__(
        self, plan: Plan, sets: Sequence[Sequence[int]], days: Any, births: Any, anchor: int
    ) -> None:
        self.days, self.births = days, np.ascontiguousarray(births)
        half_lives = np.array(plan.half_lives, float)
        oldest = int(days[0]) - plan.longest_window + 1
        counted = np.arange(oldest, days[-1] + 1)
        self.drop = np.exp2(-(days - anchor) / half_lives[:, None])
        places = np.searchsorted(days, np.arange(days[0], days[-1] + 2)).astype(np.int32)
        lift = np.exp2((counted[:, None] - anchor) / half_lives)
        self.calendar = (np.int32(days[0]), places, lift, np.int32(oldest))
        self.uses = _uses(plan, sets)
        self.kinds = (plan.gravity, plan.marks)
        self.tracks = _tracks(plan)
        self.once = _once(plan, sets)

    def __call__(self, rows: Rows, born: Any, out: Any) -> None:
        """Fill `out` (variant, date, track, person)."""
        columns = (rows.occasion, rows.event_no, rows.occurred, rows.known, rows.superseded, rows.fades_from,
                   rows.kind, rows.counts_for)  # fmt: skip
        drop = np.repeat(self.drop, len(out), axis=1)
        kernel.sweep(
            rows.starts, columns, self.days, self.calendar, self.births, born, self.uses,
            self.kinds, self.tracks, self.once, drop, out,
        )  # fmt: skip
        for place, day in enumerate(self.days):
            out[:, place, :, rows.gone <= day] = 0.0


def _uses(plan: Plan, sets: Sequence[Sequence[int]]) -> tuple[Any, ...]:
    """Lay the sets out: offsets and components; weight, window and half-life of each of these."""
    lengths = [len(chosen) for chosen in sets]
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
    positions = [position for chosen in sets for position in chosen]
    components = [plan.components[position].component for position in positions]
    return (
        offsets,
        np.array(positions, np.int32),
        np.array([c.weight for c in components], float),
        np.array([c.window_days for c in components], np.int32),
        np.array([plan.half_lives.index(c.half_life_days) for c in components], np.int32),
    )


def _once(plan: Plan, sets: Sequence[Sequence[int]]) -> tuple[Any, ...]:
    """Give the list of each component, -1 for none; the track of each list; how many of each set."""
    of_component = np.full(len(plan.components), -1, np.int32)
    for number, together in enumerate(plan.once):
        of_component[list(together)] = number
    tracks = [plan.components[together[0]].track for together in plan.once]
    begins = np.searchsorted(tracks, np.arange(len(plan.tracks) + 1)).astype(np.int64)
    listed = [int((of_component[list(chosen)] >= 0).sum()) for chosen in sets]
    return of_component, begins, np.array(listed, np.int32)


def _tracks(plan: Plan) -> tuple[Any, ...]:
    """Give halfway and first component by track; half-life and at_most by component."""
    of_track = [planned.track for planned in plan.components]
    begins = np.searchsorted(of_track, np.arange(len(plan.tracks) + 1)).astype(np.int64)
    components = [planned.component for planned in plan.components]
    return (
        np.array([planned.track.halfway for planned in plan.tracks], float),
        begins,
        np.array([plan.half_lives.index(c.half_life_days) for c in components], np.int32),
        np.array([c.at_most for c in components], float),
    )
