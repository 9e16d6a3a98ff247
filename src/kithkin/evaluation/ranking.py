"""How well a ranking puts those first of whom an outcome then came about, with bands by bootstrap.

Rows are persons on dates. Draws are of persons, all their dates together, and are the same for
every ranking, so that differences between rankings are drawn in pairs. Rows of one value stand at
one place: each is in a list for the share of its places that the list still has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Whole = np.ndarray[Any, np.dtype[np.int64]]
MIDDLE = (2.5, 97.5)


@dataclass(frozen=True)
class Interval:
    """A value and the middle 95% of its draws."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, draws: Sequence[float]) -> Interval:
        """Take the value of what was seen and those of the draws; draws without one do not count."""
        told = np.asarray(draws, float)
        told = told[np.isfinite(told)]
        low, high = np.percentile(told, MIDDLE) if len(told) else (np.nan, np.nan)
        return cls(float(value), float(low), float(high))

    def told(self, digits: int = 3) -> str:
        """Give it as `0.114 (0.036 to 0.238)`; a dash where there is no value."""
        if not np.isfinite(self.value):
            return "-"
        return f"{self.value:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


@dataclass(frozen=True)
class Ranked:
    """Persons on dates, what came of them, and one value of each by which they are ranked.

    Parameters
    ----------
    person : any whole number a person. on : place of the date.
    lead : days from the date to the outcome; NaN where none came.
    value : the highest ranks first.
    on_days : day number of each date, ascending.

    """

    person: Whole
    on: Whole
    lead: Numbers
    value: Numbers
    on_days: Whole

    @property
    def happened(self) -> Any:
        """Say of which rows the outcome came about."""
        return np.isfinite(self.lead)

    def average_precision(self, times: Numbers | None = None) -> float:
        """Give average precision over all dates together; `times` says how often a row counts."""
        order, ends = self._order
        weight = self._times(times)[order]
        hits = np.cumsum(weight * self.happened[order])[ends]
        all_ = np.cumsum(weight)[ends]
        if not len(hits) or hits[-1] == 0:
            return float("nan")
        gained = np.diff(hits, prepend=0.0)
        return float(np.sum(gained * hits / np.maximum(all_, 1e-300)) / hits[-1])

    def listed(self, share: float, times: Numbers | None = None) -> Numbers:
        """Give of each row how far it is in the list of the first `share` of its date, 0 to 1."""
        weight, found = self._times(times), np.zeros(len(self.person))
        for order, group in self._by_date:
            mine = weight[order]
            size = np.bincount(group, mine)
            room = share * mine.sum() - (np.cumsum(size) - size)
            part = np.clip(room / np.where(size > 0, size, 1.0), 0.0, 1.0)
            found[order] = part[group]
        return found

    def recall(self, share: float, times: Numbers | None = None) -> float:
        """Give the share of outcomes of those who are in the list of their date."""
        weight = self._times(times) * self.happened
        total = weight.sum()
        return float((weight * self.listed(share, times)).sum() / total) if total else float("nan")

    def lead_days(self, share: float, times: Numbers | None = None) -> float:
        """Give the median number of days from the date to the outcome of those found in the list."""
        weight = self._times(times) * self.listed(share, times)
        rows = np.flatnonzero(self.happened & (weight > 0))
        return weighted_median(self.lead[rows], weight[rows])

    def early(self, share: float, days: int, window: int, times: Numbers | None = None) -> float:
        """Give the share of outcomes whose person was in a list at least `days` before.

        Of outcomes for whom every date within `window` days before is among the rows: those later
        than `window` days after the first date and no later than `days` after the last.
        """
        dates = self.on_days
        when = dates[self.on] + self.lead
        inside = self.happened & (when > dates[0] + window) & (when <= dates[-1] + days)
        rows = np.flatnonzero(inside)
        part = self.listed(share, times)[rows] * (self.lead[rows] >= days)
        outcome = np.stack([self.person[rows], when[rows].astype(np.int64)], axis=1)
        _, first, place = np.unique(outcome, axis=0, return_index=True, return_inverse=True)
        best = np.zeros(len(first))
        np.maximum.at(best, place.reshape(-1), part)
        weight = self._times(times)[rows][first]
        return float((weight * best).sum() / weight.sum()) if weight.sum() else float("nan")

    def _times(self, times: Numbers | None) -> Numbers:
        return np.ones(len(self.person)) if times is None else times

    @cached_property
    def _order(self) -> tuple[Whole, Whole]:
        order = np.argsort(-self.value, kind="stable")
        held = self.value[order]
        ends = np.flatnonzero(np.append(held[1:] != held[:-1], True)) if len(held) else order
        return order, ends

    @cached_property
    def _by_date(self) -> list[tuple[Whole, Whole]]:
        """Give for each date its rows, best first, and the number of each one's tie."""
        found = []
        for day in np.unique(self.on):
            rows = np.flatnonzero(self.on == day)
            order = rows[np.argsort(-self.value[rows], kind="stable")]
            held = self.value[order]
            found.append((order, np.cumsum(np.append(False, held[1:] != held[:-1]))))
        return found


def weighted_median(values: Numbers, weight: Numbers) -> float:
    """Give the value below and above which half of the weight lies; NaN of nothing."""
    if not len(values):
        return float("nan")
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    half = reached[-1] / 2
    low = int(np.searchsorted(reached, half))
    exact = np.isclose(reached[low], half) and low + 1 < len(order)
    return float(values[order[[low, low + 1]]].mean() if exact else values[order[low]])


def draws_of_persons(person: Whole, draws: int, seed: int) -> Iterator[Numbers]:
    """Draw persons with replacement: how often each row counts, once a draw."""
    draw = np.random.default_rng(seed)
    persons, place = np.unique(person, return_inverse=True)
    for _ in range(draws):
        chosen = draw.integers(0, len(persons), len(persons))
        yield np.bincount(chosen, minlength=len(persons))[place].astype(float)


def differences(
    one: Mapping[str, Sequence[float]], pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Interval]:
    """Give the difference of each pair of rankings, drawn in pairs.

    Parameters
    ----------
    one : by ranking, one measure: of what was seen first, then of each draw.

    """
    found = {}
    for more, less in pairs:
        apart = np.subtract(one[more], one[less])
        found[more, less] = Interval.of(float(apart[0]), apart[1:].tolist())
    return found
