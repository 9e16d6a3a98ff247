"""Pairs laid out as each person's ties, once for all dates; strengths are filled in for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Neighbours:
    """Each person's ties that have any strength.

    Parameters
    ----------
    rows : (persons + 1,), where each person's ties begin.
    columns : the other person of each, in order. strength : of each.

    """

    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32]
    strength: npt.NDArray[np.float64]

    @property
    def persons(self) -> int:
        """How many persons there are, tied or not."""
        return len(self.rows) - 1

    @property
    def arrays(self) -> tuple[Array, Array, Array]:
        """Give all in the order in which compiled loops take them."""
        return self.rows, self.columns, self.strength

    def of(self, person: int) -> tuple[Array, Array]:
        """Give one person's neighbours and the strengths of the ties with them."""
        mine = slice(self.rows[person], self.rows[person + 1])
        return self.columns[mine], self.strength[mine]


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

    def strengths(self, strength: Array, among: Array | None = None) -> Neighbours:
        """Give each person's ties with strengths, of pairs that have any.

        Parameters
        ----------
        strength : of each pair, 0 for none.
        among : (persons,) bool; a tie counts only when both are among them. All without it.

        """
        everybody = np.ones(len(self.rows) - 1, np.bool_)
        counted = everybody if among is None else among
        return self.several(strength[None, :], counted, np.array([among is not None]))[0]

    def several(self, strength: Array, among: Array, only: Array) -> list[Neighbours]:
        """Give the same for each of several strengths, in one pass over the pairs.

        Parameters
        ----------
        strength : (several, pairs), quickest when the strengths of a pair lie side by side.
        among : (persons,) bool. only : of each strength, whether it is of ties among them alone.

        """
        persons, several = len(self.rows) - 1, len(strength)
        kept = np.zeros((several, persons + 1), np.int64)
        columns = np.empty((several, len(self.columns)), np.int32)
        data = np.empty(columns.shape)
        _keep(self.rows, self.columns, self.pair, strength, among, only, kept, columns, data)
        # Without a copy: only the pages that were written are in memory.
        return [
            Neighbours(last, columns[one, : last[-1]], data[one, : last[-1]])
            for one, last in enumerate(kept)
        ]


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
def _keep(rows, columns, pair, strength, among, only, kept, to_columns, data):  # type: ignore[no-untyped-def]
    count = np.zeros(len(strength), np.int64)
    for person in range(len(rows) - 1):
        for at in range(rows[person], rows[person + 1]):
            other = columns[at]
            both = among[person] and among[other]
            for one in range(len(strength)):
                s = strength[one, pair[at]]
                if s > 0.0 and (both or not only[one]):
                    to_columns[one, count[one]], data[one, count[one]] = other, s
                    count[one] += 1
        kept[:, person + 1] = count
