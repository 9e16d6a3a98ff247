"""Looking up in the county's tables: what held of whom on a day, for many at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days
from kithkin.simulation.world import NOBODY, Index

Mask = npt.NDArray[np.bool_]


def _key(first: Index, second: Index | Days) -> npt.NDArray[np.int64]:
    return (first.astype(np.int64) << 32) | (second.astype(np.int64) + 2**31 - 1)


def latest(owner: Index, start: Days, end: Days, rows: Index, who: Index, on: Days) -> Index:
    """Give, for each of `who`, the last begun of `rows` that holds `on` the day, or NOBODY.

    `owner`, `start` and `end` are columns of the table; `rows` are those of its rows to consider.
    """
    keys = _key(owner[rows], start[rows])
    order = np.argsort(keys, kind="stable")
    at = np.searchsorted(keys[order], _key(who, on), side="right") - 1
    found = np.full(len(who), NOBODY, dtype=np.int32)
    ok = (at >= 0) & (who >= 0)
    row = rows[order[at[ok]]] if len(rows) else np.empty(0, np.int32)
    good = (owner[row] == who[ok]) & (end[row] >= on[ok]) if len(row) else np.empty(0, bool)
    found[np.flatnonzero(ok)[good]] = row[good]
    return found


def ragged(starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give the positions of many runs, one after another."""
    total = int(lengths.sum())
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(total)


def members(owner: Index, who: Index) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pair each of `who` with each row of that owner: positions in `who`, and rows."""
    order = np.argsort(owner, kind="stable")
    ordered = owner[order]
    low = np.searchsorted(ordered, who, side="left").astype(np.int64)
    many = np.searchsorted(ordered, who, side="right") - low
    many = np.where(who >= 0, many, 0).astype(np.int64)
    return np.repeat(np.arange(len(who)), many), order[ragged(low, many)]


def first_for(many: int, at: npt.NDArray[np.int64] | Index, what: Index) -> Index:
    """Give the first of `what` for each of `many` places, or NOBODY."""
    found = np.full(many, NOBODY, dtype=np.int32)
    places, first = np.unique(at, return_index=True)
    found[places] = what[first]
    return found


def of(values: npt.NDArray[np.int32], rows: Index, otherwise: int = NOBODY) -> Index:
    """Take `values` at `rows`, and `otherwise` where there is no row."""
    if len(values) == 0:
        return np.full(len(rows), otherwise, dtype=np.int32)
    return np.where(rows >= 0, values[np.maximum(rows, 0)], otherwise).astype(np.int32)


def mixed(seed: int, *parts: npt.NDArray[np.int64] | int) -> npt.NDArray[np.float64]:
    """Give numbers in [0, 1) that follow from the parts alone (splitmix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        value = np.asarray(seed & (2**64 - 1), dtype=np.uint64)
        for part in parts:
            value = _splitmix(value ^ np.asarray(part).astype(np.uint64))
    return (value >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _splitmix(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
