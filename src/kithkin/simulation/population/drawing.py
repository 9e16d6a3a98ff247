"""Small ways of drawing and sorting that the population's steps share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import NEVER, Days

Ints = npt.NDArray[np.signedinteger[Any]]
Floats = npt.NDArray[np.floating[Any]]
Flags = npt.NDArray[np.bool_]

LONG_AGO = -60_000
"""A day before anybody was born: what has always been so."""

YEAR = 365.25
"""Mean days of a year, for turning drawn ages into days of birth."""


def logistic(x: Floats) -> Floats:
    """Turn log odds into chances."""
    return 1 / (1 + np.exp(-x))


def pick(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """Draw positions by weight."""
    total = np.cumsum(np.asarray(weights, dtype=float))
    drawn = np.searchsorted(total, rng.random(size) * total[-1], side="right")
    return np.minimum(drawn, len(total) - 1)


def pick_by_row(rng: np.random.Generator, weights: Floats, rows: Ints) -> Ints:
    """Draw a column for each element of `rows`, by the weights in that row of the matrix."""
    total = np.cumsum(weights, axis=1)
    steps = total / total[:, -1:] + np.arange(len(weights))[:, None]
    drawn = np.searchsorted(steps.ravel(), rng.random(len(rows)) + rows, side="right")
    return np.clip(drawn - rows * weights.shape[1], 0, weights.shape[1] - 1)


def chunks(rng: np.random.Generator, size: int, low: int, high: int) -> Ints:
    """Part a row of `size` into runs of `low` to `high`; gives each element its run's number."""
    lengths = rng.integers(low, high + 1, size // low + 1)
    return np.repeat(np.arange(len(lengths)), lengths)[:size]


def runs_within(key: Ints, run: Ints) -> Ints:
    """Number the runs, starting a new one where the sorted `key` changes as well."""
    if len(key) == 0:
        return run
    fresh = np.ones(len(key), dtype=np.int64)
    fresh[1:] = (key[1:] != key[:-1]) | (run[1:] != run[:-1])
    return np.cumsum(fresh) - 1


def matches(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Give the positions of all pairs of equal elements; `right` is sorted."""
    low = np.searchsorted(right, left)
    count = np.searchsorted(right, left, side="right") - low
    row = np.repeat(np.arange(len(left)), count)
    return row, low[row] + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)


def rank_in_run(key: Ints) -> Ints:
    """Give each element of a sorted key its rank among equals, from 0."""
    first = np.searchsorted(key, key)
    return np.arange(len(key)) - first


def uniform_days(rng: np.random.Generator, low: Days | int, high: Days | int, size: int) -> Days:
    """Draw a day from `low` to `high`, both inclusive; `low` where there is no room."""
    room = np.maximum(np.asarray(high, dtype=np.int64) - low + 1, 1)
    return (np.asarray(low) + (rng.random(size) * room).astype(np.int64)).astype(np.int32)


def until(end: Days, last: int) -> Days:
    """Replace what ends after the last day by NEVER, as nobody knows of it yet."""
    return np.where(end > last, NEVER, end).astype(np.int32)
