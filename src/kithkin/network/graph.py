"""What reaches each person through their ties: attention of one and of two steps.

Of what a person j carries, the share `M[i, j] = s_ij / (kept + sum_k s_kj)` reaches i: the more
and the stronger the ties of j, the less each gets, and together less than all. Attention is
`T = M x + onward * (M M x - diag(M M) x)`: what comes by one step and, weaker, by two, where
nobody gets back what they sent themselves.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numba
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kithkin.network.near import Near, find_near
from kithkin.network.paths import TiePath, find_paths

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Graph:
    """Ties between persons with their strengths on one day.

    upper : strengths as a sparse matrix (person, person), of pairs whose first is the lower; a
        tie of strength 0 may stand there and counts as none.
    """

    upper: sp.csr_array

    @classmethod
    def of(
        cls, pairs: tuple[Array, Array], strength: Array, persons: int, among: Array | None = None
    ) -> Self:
        """Make a graph of pairs in order.

        Parameters
        ----------
        pairs : person_keys of each pair, the lower first, sorted (`Evidence.pairs`).
        strength : of each pair, 0 for none (`Strengths.of`).
        persons : how many there are.
        among : (persons,) bool; a tie counts only when both are among them. All without it.

        """
        one, other = pairs
        counts = strength > 0.0
        if among is not None:
            counts &= among[one] & among[other]
        one, other, strength = one[counts], other[counts], strength[counts]
        rows = np.zeros(persons + 1, np.int64)
        np.cumsum(np.bincount(one, minlength=persons), out=rows[1:])
        return cls(sp.csr_array((strength, other, rows), shape=(persons, persons)))

    @property
    def persons(self) -> int:
        """How many persons there are, tied or not."""
        return int(self.upper.shape[0])

    @cached_property
    def totals(self) -> Array:
        """Give each person's tie strength in all, (persons,)."""
        return np.asarray(self.upper.sum(axis=0) + self.upper.sum(axis=1), np.float64).ravel()

    @cached_property
    def neighbours(self) -> sp.csr_array:
        """Give the strengths in both directions, each person's ties in order of the other."""
        return sp.csr_array(_both_ways(self.upper), shape=self.upper.shape)

    def attention(self, seeds: Array, kept: float, onward: float, *, threads: int = 2) -> Array:
        """Give what reaches each person, in points of index.

        Parameters
        ----------
        seeds : (persons, k) or (persons,), what each person carries, for k themes at once.
        kept : tie strength that stands for attention which a person does not pass on.
        onward : share of the attention of one step that goes on to the second.

        """
        carried = (seeds if seeds.ndim > 1 else seeds[:, None]).astype(np.float64)
        held = kept + self.totals
        ties = (self.upper.indptr, self.upper.indices, self.upper.data)
        # Columns side by side are told in one go over the ties; on several threads, some each.
        parts = np.array_split(carried, min(threads, carried.shape[1]), axis=1)
        with ThreadPoolExecutor(threads) as pool:
            reached = list(pool.map(lambda part: _reached(*ties, held, part, onward), parts))
        return np.hstack(reached).reshape(seeds.shape)

    def near(self, carriers: Array, adult: Array, scores: Array) -> Near:
        """Count the distinct persons at one and at exactly two steps who carry each theme.

        Parameters
        ----------
        carriers : (persons, k) bool, who carries each of k themes.
        adult : (persons,) bool.
        scores : (persons, k), of which sums over those found are given.

        """
        return find_near(self.neighbours, carriers, adult, scores)

    def paths(self, person: int, seeds: Array, kept: float, onward: float) -> list[TiePath]:
        """Give the terms of one person's attention, the largest first; they sum to it.

        seeds : (persons,), what each person carries of one theme.
        """
        return find_paths(self.neighbours, self.totals, person, seeds, kept, onward)


def _reached(
    rows: Array, columns: Array, strength: Array, held: Array, carried: Array, onward: float
) -> Array:
    sent = np.ascontiguousarray(carried / held[:, None])
    one = np.zeros_like(sent)
    _first_step(rows, columns, strength, sent, one)
    if onward:
        two = np.zeros_like(sent)
        _second_step(rows, columns, strength, held, sent, one, two)
        one += onward * two
    return one


@numba.njit(nogil=True, cache=True)
def _first_step(rows, columns, strength, sent, out):  # type: ignore[no-untyped-def]
    """Tell each person what their neighbours send: (persons, k)."""
    for one in range(len(rows) - 1):
        for at in range(rows[one], rows[one + 1]):
            other, s = columns[at], strength[at]
            for c in range(sent.shape[1]):
                out[one, c] += s * sent[other, c]
                out[other, c] += s * sent[one, c]


@numba.njit(nogil=True, cache=True)
def _second_step(rows, columns, strength, held, sent, reached, out):  # type: ignore[no-untyped-def]
    """Tell each person what reached their neighbours, without what came from that person.

    What came from them is taken off as it was put on, tie by tie, so that of nothing else nothing
    is left; where rounding leaves less, that is nothing.
    """
    for one in range(len(rows) - 1):
        for at in range(rows[one], rows[one + 1]):
            other, s = columns[at], strength[at]
            to_one, to_other = s / held[other], s / held[one]
            for c in range(sent.shape[1]):
                out[one, c] += to_one * max(reached[other, c] - s * sent[one, c], 0.0)
                out[other, c] += to_other * max(reached[one, c] - s * sent[other, c], 0.0)


def _both_ways(upper: sp.csr_array) -> tuple[Array, Array, Array]:
    persons = upper.shape[0]
    degree = np.diff(upper.indptr) + np.bincount(upper.indices, minlength=persons)
    rows = np.zeros(persons + 1, np.int64)
    np.cumsum(degree, out=rows[1:])
    columns = np.empty(rows[-1], np.int32)
    strength = np.empty(rows[-1])
    _place(upper.indptr, upper.indices, upper.data, rows[:-1].copy(), columns, strength)
    return strength, columns, rows


@numba.njit(nogil=True, cache=True)
def _place(rows, columns, strength, free, to_columns, to_strength):  # type: ignore[no-untyped-def]
    """Write each tie to both its persons.

    Lower neighbours come first, in order, since pairs are in order of their lower person.
    """
    for one in range(len(rows) - 1):
        for at in range(rows[one], rows[one + 1]):
            other = columns[at]
            to_columns[free[other]] = one
            to_strength[free[other]] = strength[at]
            free[other] += 1
    for one in range(len(rows) - 1):
        for at in range(rows[one], rows[one + 1]):
            to_columns[free[one]] = columns[at]
            to_strength[free[one]] = strength[at]
            free[one] += 1
