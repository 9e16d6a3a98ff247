"""Pairs laid out as each person's ties, once for all dates; strengths are filled in for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numba
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class BothWays:
    """Every pair from both its sides.

    Parameters
    ----------
    rows : (persons + 1,), where each person's ties begin.
    columns : the other person of each, in order. pair : of which pair it is a side.

    """

    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32]
    pair: npt.NDArray[np.int32]

    @classmethod
    def of(cls, pairs: tuple[Array, Array], persons: int) -> Self:
        """Lay out pairs in order.

        Parameters
        ----------
        pairs : person_keys of each pair, the lower first, sorted (`Evidence.pairs`).

        """
        one, other = pairs
        ties = np.bincount(one, minlength=persons) + np.bincount(other, minlength=persons)
        rows = np.append(0, np.cumsum(ties)).astype(np.int64)
        columns, pair = np.empty(rows[-1], np.int32), np.empty(rows[-1], np.int32)
        _place(one, other, rows[:-1].copy(), columns, pair)
        return cls(rows, columns, pair)

    def strengths(self, strength: Array, among: Array | None = None) -> sp.csr_array:
        """Give the strengths as a sparse matrix (person, person), of pairs that have any.

        Parameters
        ----------
        strength : of each pair, 0 for none.
        among : (persons,) bool; a tie counts only when both are among them. All without it.

        """
        persons = len(self.rows) - 1
        if among is None:
            among = np.ones(persons, np.bool_)
        kept = np.zeros(persons + 1, np.int64)
        columns, data = np.empty_like(self.columns), np.empty(len(self.columns))
        _keep(self.rows, self.columns, self.pair, strength, among, kept, columns, data)
        shape = (persons, persons)
        # Without a copy: of a large county only the pages that were written are in memory.
        return sp.csr_array((data[: kept[-1]], columns[: kept[-1]], kept), shape=shape)


@numba.njit(nogil=True, cache=True)
def _place(one, other, free, columns, pair):  # type: ignore[no-untyped-def]
    """Write each pair to both its persons.

    Lower neighbours come first, in order, since pairs are in order of their lower person.
    """
    for at in range(len(one)):
        place = free[other[at]]
        columns[place], pair[place] = one[at], at
        free[other[at]] += 1
    for at in range(len(one)):
        place = free[one[at]]
        columns[place], pair[place] = other[at], at
        free[one[at]] += 1


@numba.njit(nogil=True, cache=True)
def _keep(rows, columns, pair, strength, among, kept, to_columns, data):  # type: ignore[no-untyped-def]
    count = 0
    for person in range(len(rows) - 1):
        if among[person]:
            for at in range(rows[person], rows[person + 1]):
                s = strength[pair[at]]
                if s > 0.0 and among[columns[at]]:
                    to_columns[count], data[count] = columns[at], s
                    count += 1
        kept[person + 1] = count
