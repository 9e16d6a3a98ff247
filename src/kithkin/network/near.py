"""Who carries a theme near a person: distinct people at one step and at exactly two, exactly.

Each person looks round: at those they are tied to, and at those of their ties who carry anything.
A person is never near themself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from kithkin.network.both_ways import Neighbours
from kithkin.network.reaching import in_stretches

Array = npt.NDArray[Any]

CHILD, ADULT = 0, 1
NOBODY = -1


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
    ties: Neighbours, carriers: Array, adult: Array, scores: Array, wanted: Array, *, threads: int
) -> Near:
    """Count, for those who want to know of each theme; see `Graph.near`."""
    persons, themes = carriers.shape
    found = np.zeros((persons, themes, 2, 2), np.int32), np.zeros((persons, themes, 2, 2))
    for mine, who in _alike(wanted):
        them = _Carriers.of(ties, carriers & mine, adult, scores)

        def part(some: slice, who: Array = who, them: _Carriers = them) -> None:
            _look_round(ties.rows, ties.columns, *them.arrays, who[some], *found)

        in_stretches(part, who, threads)
    return Near(*found)


def _alike(wanted: Array) -> Iterator[tuple[Array, Array]]:
    """Bring together who wants to know of the same themes: which, (k,) bool, and the persons."""
    bits = np.packbits(wanted, axis=1)
    kinds, kind = np.unique(bits.view(f"V{bits.shape[1]}"), return_inverse=True)
    for number, one in enumerate(kinds):
        mine = np.unpackbits(np.frombuffer(one.tobytes(), np.uint8), count=wanted.shape[1])
        if mine.any():
            yield mine.astype(np.bool_), np.flatnonzero(kind.ravel() == number)


@dataclass(frozen=True)
class _Carriers:
    """Who carries anything, by a number of their own: children first, then adults.

    number : by person, NOBODY of others. starts, met : each person's ties to them.
    children : how many are children. bits : uint8 (k / 4, carriers), which of four themes.
    scores : (k / 4, carriers, 4), 0 of themes that they do not carry.
    """

    number: Array
    starts: Array
    met: Array
    children: int
    bits: Array
    scores: Array

    @classmethod
    def of(cls, ties: Neighbours, carriers: Array, adult: Array, scores: Array) -> _Carriers:
        any_of = carriers.any(axis=1)
        who = np.concatenate([np.flatnonzero(any_of & ~adult), np.flatnonzero(any_of & adult)])
        number = np.full(len(adult), NOBODY, np.int32)
        number[who] = np.arange(len(who))
        carries, theirs = _by_four(carriers[who]), _by_four(scores[who].astype(np.float64))
        starts, met = _those_who(ties.rows, ties.columns, number)
        return cls(
            number,
            starts,
            met,
            int((any_of & ~adult).sum()),
            np.packbits(carries, axis=2, bitorder="little")[:, :, 0].copy(),
            np.ascontiguousarray(np.where(carries, theirs, 0.0)),
        )

    @property
    def arrays(self) -> tuple[Any, ...]:
        """Give all in the order in which the compiled loop takes them."""
        return self.number, self.starts, self.met, self.children, self.bits, self.scores


def _by_four(columns: Array) -> Array:
    """Put columns in fours, the last filled up: (persons, k) becomes (k / 4, persons, 4)."""
    rows, count = columns.shape
    fours = -(-count // 4)
    filled = np.pad(columns, ((0, 0), (0, 4 * fours - count)))
    return filled.reshape(rows, fours, 4).swapaxes(0, 1)


@numba.njit(nogil=True, cache=True)
def _those_who(rows, columns, number):  # type: ignore[no-untyped-def]
    """Give of each person's ties those to carriers, by their numbers."""
    starts, found = np.zeros(len(rows), np.int64), np.empty(len(columns) + 1, np.int32)
    count = 0
    for one in range(len(rows) - 1):
        for at in range(rows[one], rows[one + 1]):
            found[count] = number[columns[at]]
            count += found[count] != NOBODY
        starts[one + 1] = count
    return starts, found[:count]


# In the loops below nothing asks `if` of a carrier: so the processor need not wait for the one
# before it fetches the next, which is most of the time.


@numba.njit(nogil=True, cache=True)
def _look_round(  # type: ignore[no-untyped-def]
    rows, columns, number, starts, found, children, bits, scores, who, count, total
):
    """Tell persons who is near: list whom they meet, each once, then look at these."""
    # One more than there are carriers: there it is written when nobody new is met.
    met = np.empty(bits.shape[1] + 1, np.int32)
    met_by = np.full(bits.shape[1] + 1, NOBODY, np.int32)
    some = np.empty((2, len(met)), np.int32)
    for one in who:
        met_by[number[one]] = one
        first = 0
        for at in range(starts[one], starts[one + 1]):
            met[first], met_by[found[at]] = found[at], one
            first += 1
        end = first
        for at in range(rows[one], rows[one + 1]):
            through = columns[at]
            for then in range(starts[through], starts[through + 1]):
                other = found[then]
                met[end] = other
                end += met_by[other] != one
                met_by[other] = one
        _tell(met[:first], children, some, bits, scores, count[one, :, 0], total[one, :, 0])
        _tell(met[first:end], children, some, bits, scores, count[one, :, 1], total[one, :, 1])


@numba.njit(nogil=True, cache=True)
def _tell(met, children, some, bits, scores, count, total):  # type: ignore[no-untyped-def]
    """Count and add up (k, age), children and adults apart."""
    young, old = 0, 0
    for other in met:
        some[CHILD, young], some[ADULT, old] = other, other
        young += other < children
        old += other >= children
    for age, many in enumerate((young, old)):
        for four in range(len(bits)):
            _tell_four(some[age, :many], age, 4 * four, bits[four], scores[four], count, total)


@numba.njit(nogil=True, cache=True)
def _tell_four(some, age, first, bits, scores, count, total):  # type: ignore[no-untyped-def]
    """Count and add up four themes at once, of which the last may be none."""
    n0 = n1 = n2 = n3 = np.int64(0)
    t0 = t1 = t2 = t3 = 0.0
    for other in some:
        which, theirs = np.int64(bits[other]), scores[other]
        n0, n1 = n0 + (which & 1), n1 + (which >> 1 & 1)
        n2, n3 = n2 + (which >> 2 & 1), n3 + (which >> 3)
        t0, t1 = t0 + theirs[0], t1 + theirs[1]
        t2, t3 = t2 + theirs[2], t3 + theirs[3]
    for place, (n, t) in enumerate(((n0, t0), (n1, t1), (n2, t2), (n3, t3))):
        # Adding and not setting, as of themes that are not told the number is 0.
        if first + place < len(count):
            count[first + place, age] += n
            total[first + place, age] += t
