"""Who carries a theme near a person: distinct people at one step and at exactly two, exactly.

Counted from those who carry it outwards, since they are few. A person is never near themself.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

CHILD, ADULT = 0, 1


@dataclass(frozen=True)
class Near:
    """Carriers near each person, by theme.

    count : int32 (persons, k, step, age): at 0 one step, 1 exactly two; of 0 children, 1 adults.
    total : float64, the same shape: the sum of their scores.
    """

    count: npt.NDArray[np.int32]
    total: npt.NDArray[np.float64]

    @property
    def nearest(self) -> npt.NDArray[np.int8]:
        """Give the step at which the nearest carrier is: 1, 2, or 0 for none; (persons, k)."""
        steps = self.count.sum(axis=3) > 0
        return np.where(steps[:, :, 0], 1, np.where(steps[:, :, 1], 2, 0)).astype(np.int8)


def find_near(
    neighbours: Any, carriers: Array, adult: Array, scores: Array, *, threads: int = 2
) -> Near:
    """Count; see `Graph.near`. Ties of strength 0 do not count."""
    persons, themes = carriers.shape
    count = np.zeros((persons, themes, 2, 2), np.int32)
    total = np.zeros((persons, themes, 2, 2))
    rows, columns = neighbours.indptr, neighbours.indices
    ages = adult.astype(np.int8)

    def one(theme: int) -> None:
        who = np.flatnonzero(carriers[:, theme])
        value = np.ascontiguousarray(scores[:, theme], np.float64)
        mine, sums = np.zeros((persons, 2, 2), np.int32), np.zeros((persons, 2, 2))
        _outwards(rows, columns, who, ages, value, mine, sums)
        count[:, theme], total[:, theme] = mine, sums

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, range(themes)))
    return Near(count, total)


@numba.njit(nogil=True, cache=True)
def _outwards(rows, columns, who, ages, value, count, total):  # type: ignore[no-untyped-def]
    """Tell everyone within two steps of each carrier; each of them once."""
    stamp = np.full(len(rows) - 1, -1, np.int32)
    for turn in range(len(who)):
        carrier = who[turn]
        age, score = ages[carrier], value[carrier]
        stamp[carrier] = turn
        for at in range(rows[carrier], rows[carrier + 1]):
            other = columns[at]
            stamp[other] = turn
            count[other, 0, age] += 1
            total[other, 0, age] += score
        for at in range(rows[carrier], rows[carrier + 1]):
            through = columns[at]
            for then in range(rows[through], rows[through + 1]):
                other = columns[then]
                if stamp[other] != turn:
                    stamp[other] = turn
                    count[other, 1, age] += 1
                    total[other, 1, age] += score
