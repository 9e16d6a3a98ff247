"""How sure a measure is: a bootstrap of human beings, seeded.

Records of one human being are right or wrong together, so human beings are drawn, not records
and not pairs: each counts a number of times that is Poisson with mean 1 (Hanley and MacGibbon
2006, "Creating non-parametric bootstrap samples using Poisson frequencies"). People whose sums
are the same are drawn as one kind, whose number is then Poisson with mean their count: the same
distribution, and a million people take no longer than a hundred kinds. The persons that linkage
made stay as they are: it is not run again for each draw.

Where no error (or nothing right) was met, every draw says the same. There the interval ends where
so clean a sample would be met one time in twenty: 1 - 0.05 ** (1 / people), about 3 / people
(Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all right?").
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kithkin.evaluation.linkage.metrics import Metric, Sums, pair_number

ONE_IN_TWENTY = 0.05
MIDDLE_95 = (2.5, 97.5)
"""Percentiles between which 95% of draws lie."""


@dataclass(frozen=True)
class Value:
    """A measure with its 95% interval; all null when there is nothing to measure."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Kinds:
    """The people of one group, those with equal sums together: the sums, and how many they are."""

    sums: Sums
    count: np.ndarray

    @property
    def people(self) -> int:
        """Count the human beings."""
        return int(self.count.sum())

    def total(self) -> Sums:
        """Give the group's sums."""
        return {name: np.asarray(self.count @ each) for name, each in self.sums.items()}

    def people_with(self, name: str) -> int:
        """Count the human beings who add to a sum."""
        return int(self.count[self.sums[name] > 0].sum())


@dataclass(frozen=True)
class Draws:
    """A group's sums, in each draw of its people."""

    kinds: Kinds
    drawn: Sums


def kinds_by_group(true: np.ndarray, group: np.ndarray, groups: int, sums: Sums) -> list[Kinds]:
    """Add the sums of each human being up within each group, and count equal ones.

    Parameters
    ----------
    true, group : each row's human being and group, as numbers; a row may be a record.
    groups : how many groups there are.
    sums : for each name a value a row.

    """
    number, count = pair_number(group, true)
    first = np.empty(len(count), np.int64)
    first[number] = group
    added = {name: np.bincount(number, each, len(count)) for name, each in sums.items()}
    table = pa.table({"group": first, **added})
    kinds = table.group_by(table.schema.names, use_threads=False).aggregate([([], "count_all")])
    of_group = kinds.column("group").to_numpy()
    columns = {name: kinds.column(name).to_numpy() for name in sums}
    how_many = kinds.column("count_all").to_numpy()
    return [
        Kinds(
            {name: each[of_group == g] for name, each in columns.items()}, how_many[of_group == g]
        )
        for g in range(groups)
    ]


def draw(kinds: Kinds, *, seed: int, replicates: int, name: str) -> Draws:
    """Draw the people of a group again and again; `name` gives each group its own stream."""
    stream = np.random.default_rng([seed, zlib.crc32(name.encode())])
    counts = stream.poisson(kinds.count, (replicates, len(kinds.count)))
    return Draws(kinds, {name: counts @ each for name, each in kinds.sums.items()})


def value_of(metric: Metric, draws: Draws) -> Value:
    """Give a group's measure with its interval."""
    value = float(metric.work_out(draws.kinds.total()))
    if np.isnan(value):
        return Value()
    room = metric.scale * (1 - ONE_IN_TWENTY ** (1 / max(draws.kinds.people_with(metric.over), 1)))
    if value == 0:
        return Value(0.0, 0.0, room)
    if value == metric.scale:
        return Value(value, metric.scale - room, value)
    low, high = np.nanpercentile(metric.work_out(draws.drawn), MIDDLE_95)
    return Value(value, float(low), float(high))


def difference(metric: Metric, one: Draws, other: Draws) -> Value:
    """Give one group's measure less another's, the two drawn independently.

    Where a group met no error its own interval is wider than its draws, and so is this one: the
    two intervals' ends are put together where that is the wider (squares added).
    """
    first, second = value_of(metric, one), value_of(metric, other)
    if first.value is None or second.value is None:
        return Value()
    down = np.hypot(first.value - _end(first.low), _end(second.high) - second.value)
    up = np.hypot(_end(first.high) - first.value, second.value - _end(second.low))
    gap = first.value - second.value
    apart = metric.work_out(one.drawn) - metric.work_out(other.drawn)
    low, high = np.nanpercentile(apart, MIDDLE_95)
    return Value(gap, float(min(low, gap - down)), float(max(high, gap + up)))


def _end(bound: float | None) -> float:
    assert bound is not None  # noqa: S101  # a value has both its ends
    return bound
