"""On which day of a month things happen: the week's and the year's shape of each season."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar, Days
from kithkin.simulation.settings.lives import Season
from kithkin.simulation.world import Float

Months = npt.NDArray[np.int64]

MONDAY = 4
"""1 January 1970 was a Thursday: day number 4 was the first Monday."""


class Rhythm:
    """The shape of one season over a calendar."""

    def __init__(self, season: Season, calendar: Calendar) -> None:
        days = np.arange(calendar.begins, calendar.ends + 1, dtype=np.int32)
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
        weights = np.array(season.week)[(days - MONDAY) % 7] * np.array(season.year)[months]
        self._sums = np.concatenate([[0.0], np.cumsum(weights)])
        self._starts = calendar.month_starts - calendar.begins
        self._begins, self._last = calendar.begins, len(days) - 1
        monthly = np.diff(self._sums[self._starts])
        self.of_month: Float = (monthly / monthly.mean()).astype(np.float32)
        """Shape (months,): how much happens in each, mean 1."""

    def days(self, month: Months, chance: Float) -> Days:
        """Give a day of each month, by `chance` in [0, 1)."""
        low, high = self._sums[self._starts[month]], self._sums[self._starts[month + 1]]
        at = np.searchsorted(self._sums, low + chance * (high - low), side="right") - 1
        first, after = self._starts[month], self._starts[month + 1]
        return (np.clip(at, first, after - 1) + self._begins).astype(np.int32)
