"""Which ties hold a group together.

First those whose loss would split it, by how many it would cut off; then by strength times
betweenness: the share of all shortest ways between members, counted in steps, that go over the tie
(Brandes 2001). Ties, not persons: what is pointed to is something that can be looked into.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Holding:
    """What each tie inside a group does for it, by tie.

    Parameters
    ----------
    betweenness : share of the shortest ways between members that go over it, 0 to 1.
    cut_off : members of the smaller part if the tie were gone; 0 when the group stays whole.
    order : places of the ties, those that hold it together most first.

    """

    betweenness: npt.NDArray[np.float64]
    cut_off: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]


def what_holds(one: Array, other: Array, strength: Array, members: int) -> Holding:
    """Say what each tie does for a group.

    Parameters
    ----------
    one, other : members from 0, of each tie inside the group; in order of pair.

    """
    rows, near, by = _neighbours(one, other, members)
    between = _betweenness(rows, near, by, members, len(one))
    cut = _cut_off(rows, near, by, one, other, members)
    order = np.lexsort((np.arange(len(one)), -strength * between, -cut))
    return Holding(between, cut, order)


def _neighbours(one: Array, other: Array, members: int) -> tuple[Array, Array, Array]:
    ends = np.concatenate([one, other])
    order = np.argsort(ends, kind="stable")
    rows = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=members))])
    return rows, np.concatenate([other, one])[order], np.tile(np.arange(len(one)), 2)[order]


@numba.njit(nogil=True, cache=True)
def _betweenness(rows, near, by, members, ties):  # type: ignore[no-untyped-def]
    total = np.zeros(ties)
    queue = np.empty(members, np.int64)
    for source in range(members):
        steps = np.full(members, -1, np.int64)
        ways, owed = np.zeros(members), np.zeros(members)
        steps[source], ways[source], queue[0] = 0, 1.0, source
        at, end = 0, 1
        while at < end:
            here = queue[at]
            at += 1
            for i in range(rows[here], rows[here + 1]):
                there = near[i]
                if steps[there] < 0:
                    steps[there] = steps[here] + 1
                    queue[end] = there
                    end += 1
                if steps[there] == steps[here] + 1:
                    ways[there] += ways[here]
        for back in range(end - 1, 0, -1):
            here = queue[back]
            for i in range(rows[here], rows[here + 1]):
                there = near[i]
                if steps[there] == steps[here] - 1:
                    share = ways[there] / ways[here] * (1.0 + owed[here])
                    owed[there] += share
                    total[by[i]] += share
    # Each pair was counted from both of its ends.
    return total / (members * (members - 1))


@numba.njit(nogil=True, cache=True)
def _cut_off(rows, near, by, one, other, members):  # type: ignore[no-untyped-def]
    cut = np.zeros(len(one), np.int64)
    queue = np.empty(members, np.int64)
    for tie in range(len(one)):
        seen = np.zeros(members, np.bool_)
        seen[one[tie]], queue[0] = True, one[tie]
        at, end = 0, 1
        while at < end and not seen[other[tie]]:
            here = queue[at]
            at += 1
            for i in range(rows[here], rows[here + 1]):
                if by[i] != tie and not seen[near[i]]:
                    seen[near[i]] = True
                    queue[end] = near[i]
                    end += 1
        if not seen[other[tie]]:
            cut[tie] = min(end, members - end)
    return cut
