"""The compiled loops of attention: each person asks their neighbours what those pass on.

Persons are asked in stretches, several at once. What one is told depends neither on who else is
asked nor on the number of threads, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from kithkin.network.both_ways import Neighbours

Array = npt.NDArray[Any]

PERSONS_AT_ONCE = 1 << 13


def reached(
    ties: Neighbours,
    total: Array,
    seeds: Array,
    kept: float,
    onward: float,
    wanted: Array,
    threads: int,
) -> Array:
    """Give the attention of those who want it, (persons, k), of others 0; see `Graph.attention`.

    Parameters
    ----------
    total : each person's tie strength in all, (persons,).
    seeds : (persons, k). wanted : (persons,) bool.

    """
    graph, held = ties.arrays, kept + total
    sent = np.ascontiguousarray(seeds / held[:, None])
    sends = seeds.any(axis=1)
    # Of the second step everybody may be the one between.
    asked = np.flatnonzero(np.ones_like(wanted) if onward else wanted)
    one = np.zeros_like(sent)
    in_stretches(lambda part: _first_step(*graph, asked[part], sent, sends, one), asked, threads)
    if not onward:
        return one
    told, out = np.flatnonzero(wanted), np.zeros_like(one)
    in_stretches(
        lambda part: _second_step(*graph, told[part], held, sent, one, onward, out), told, threads
    )
    return out


def in_stretches(part: Callable[[slice], None], persons: Array, threads: int) -> None:
    """Call `part` with each stretch of persons, on several threads."""
    firsts = range(0, len(persons), PERSONS_AT_ONCE)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda first: part(slice(first, first + PERSONS_AT_ONCE)), firsts))


@numba.njit(nogil=True, cache=True)
def totals(rows, strength):  # type: ignore[no-untyped-def]
    """Add up each person's tie strength, (persons,)."""
    out = np.zeros(len(rows) - 1)
    for one in range(len(out)):
        for at in range(rows[one], rows[one + 1]):
            out[one] += strength[at]
    return out


@numba.njit(nogil=True, cache=True)
def _first_step(rows, columns, strength, asked, sent, sends, out):  # type: ignore[no-untyped-def]
    """Tell persons what their neighbours send: (persons, k)."""
    for one in asked:
        mine = out[one]
        for at in range(rows[one], rows[one + 1]):
            other = columns[at]
            if sends[other]:
                s = strength[at]
                for c in range(len(mine)):
                    mine[c] += s * sent[other, c]


@numba.njit(nogil=True, cache=True)
def _second_step(rows, columns, strength, asked, held, sent, reached, onward, out):  # type: ignore[no-untyped-def]
    """Tell persons what reached them, and what reached their neighbours without their own.

    Their own is taken off as it was put on, tie by tie, so that of nothing else nothing is left;
    where rounding leaves less, that is nothing.
    """
    two = np.empty(sent.shape[1])
    for one in asked:
        own = sent[one]
        two[:] = 0.0
        for at in range(rows[one], rows[one + 1]):
            other, s = columns[at], strength[at]
            share, there = s / held[other], reached[other]
            for c in range(len(two)):
                two[c] += share * max(there[c] - s * own[c], 0.0)
        for c in range(len(two)):
            out[one, c] = reached[one, c] + onward * two[c]
