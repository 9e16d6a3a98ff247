"""How many small events are usual in a month, by age and by how many agencies see the child."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from kithkin.policy.watching import Accumulation

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Whole = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Usual:
    """What is usual.

    Parameters
    ----------
    rate : events a child and month (stream, age band, band of agencies).
    spread : variance of a month's count beyond Poisson's, as a share of the squared rate (1/r of
        the negative binomial); nought when counts are no more uneven than chance.
    months : child-months from which each rate was learnt (age band, band of agencies).

    """

    rate: Numbers
    spread: float
    months: Whole


def banded(values: Whole, first: Sequence[int]) -> Whole:
    """Give the band of each value: the last whose first value it reaches; below all, the first."""
    places = np.searchsorted(np.asarray(first), values, side="right") - 1
    return np.maximum(places, 0).astype(np.int64)


@numba.njit(nogil=True, cache=True)
def agencies_seeing(children, ends, child, agency, first, last):  # type: ignore[no-untyped-def]
    """Count the agencies that see each child at each month's end.

    `child` numbers the watched children from 0; the spans need no order. At most 63 agencies.
    """
    masks = np.zeros((children, len(ends)), np.int64)
    for i in range(len(child)):
        for month in range(len(ends)):
            if first[i] <= ends[month] <= last[i]:
                masks[child[i], month] |= np.int64(1) << agency[i]
    found = np.zeros((children, len(ends)), np.int64)
    for one in range(children):
        for month in range(len(ends)):
            mask = masks[one, month]
            while mask:
                mask &= mask - 1
                found[one, month] += 1
    return found


def learn_usual(
    streams: Whole, cells: tuple[Whole, Whole], watched: Any, rules: Accumulation
) -> Usual:
    """Learn what is usual from the county itself.

    Parameters
    ----------
    streams : small events (stream, child, month).
    cells : of each child and month, the band of age and the band of agencies.
    watched : whether the child was watched in that month.

    """
    shape = (len(rules.age_bands), len(rules.seen_bands))
    cell = (cells[0] * shape[1] + cells[1])[watched]
    months = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    rate = [_rates(counts[watched], cell, months, rules.cell) for counts in streams]
    return Usual(np.array(rate), learn_spread(streams.sum(axis=0), watched), months)


def _rates(counts: Whole, cell: Whole, months: Whole, weight: float) -> Numbers:
    """Give the rate of each cell, drawn towards that of its age band by `weight` child-months."""
    events = np.bincount(cell, counts, minlength=months.size).reshape(months.shape)
    overall = events.sum() / max(months.sum(), 1)
    in_band = months.sum(1, keepdims=True)
    prior = (events.sum(1, keepdims=True) + overall * weight) / (in_band + weight)
    return np.maximum((events + prior * weight) / (months + weight), 1e-9)


def learn_spread(counts: Whole, watched: Any) -> float:
    """Learn how uneven the counts of one child and month are beyond chance.

    Pairs of events in one month against pairs in neighbouring months: were events of a month
    independent, a child's rate would make both as many, whatever it is and however children differ.
    (E[n(n-1)] = m²(1 + spread), E[n n'] = m m'.)
    """
    both = watched[:, 1:] & watched[:, :-1]
    now, before = counts[:, 1:], counts[:, :-1]
    neighbours = float(np.sum((now * before)[both]))
    within = float(np.sum((now * (now - 1) + before * (before - 1))[both])) / 2
    return max(0.0, within / neighbours - 1) if neighbours else 0.0
