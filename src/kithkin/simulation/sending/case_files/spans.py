"""Which spell of a person's holds a day, and days that come back at intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.world import NOBODY, Index

_SPAN = 1 << 21  # more days than any calendar has, so that a key is a person and a day
_ORIGIN = 1 << 20  # days before 1970 stay positive in a key


@dataclass(frozen=True)
class Spells:
    """Spells of people, to be looked up by person and day."""

    order: Index
    keys: npt.NDArray[np.int64]
    person: Index
    end: Days

    @classmethod
    def of(cls, person: Index, start: Days, end: Days) -> Spells:
        """Prepare spells; of those that overlap, the one that began last is found."""
        keys = _keys(person, start)
        order = np.argsort(keys, kind="stable").astype(np.int32)
        return cls(order, keys[order], person[order], end[order])

    def at(self, person: Index, day: Days) -> Index:
        """Give the position of the spell that each person is in on a day, or NOBODY."""
        if len(self.order) == 0:
            return np.full(len(person), NOBODY, dtype=np.int32)
        found = np.searchsorted(self.keys, _keys(person, day), side="right") - 1
        at = np.maximum(found, 0)
        holds = (found >= 0) & (self.person[at] == person) & (self.end[at] >= day)
        return np.where(holds, self.order[at], NOBODY).astype(np.int32)


def _keys(person: Index, day: Days) -> npt.NDArray[np.int64]:
    bounded = np.minimum(day.astype(np.int64), _ORIGIN - 1)
    keys: npt.NDArray[np.int64] = person.astype(np.int64) * _SPAN + bounded + _ORIGIN
    return keys


def recurring(start: Days, stop: Days, gaps: tuple[int, ...]) -> tuple[Index, Days, Index]:
    """Give days that come back after `gaps`, the last gap again and again, until `stop`.

    Returns, a row each time: the position of its spell, the day, and how many came before.
    """
    lead = np.cumsum(gaps)
    length = np.minimum(stop, NEVER - 1).astype(np.int64) - start
    early = (length[:, None] >= lead[None, :]).sum(axis=1)
    more = np.where(early == len(gaps), np.maximum(length - lead[-1], 0) // gaps[-1], 0)
    count = early + more
    of = np.repeat(np.arange(len(start), dtype=np.int32), count)
    turn = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    after = lead[np.minimum(turn, len(gaps) - 1)] + np.maximum(turn - len(gaps) + 1, 0) * gaps[-1]
    return of, (start[of] + after).astype(np.int32), turn.astype(np.int32)


def months_after(values: Days, months: int | npt.NDArray[np.integer]) -> Days:
    """Step whole months; the 31st becomes a shorter month's last day, as in `model.dates`.

    A vectorised `kithkin.model.dates.add_months`, defended by tests/simulation/test_returns.py.
    """
    day = np.where(values == NEVER, 0, values).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    of_month = (day - month).astype(np.int64)
    first = (month + months).astype("datetime64[D]").astype(np.int64)
    following = (month + months + 1).astype("datetime64[D]").astype(np.int64)
    moved = first + np.minimum(of_month, following - first - 1)
    return np.where(values == NEVER, NEVER, moved).astype(np.int32)
