"""Who stays at the top of a list when constants are drawn, and which constants move it most.

Who ties with the last on the list is on it too, today and in every draw. Draws come from the
policy's seed alone, so that the same release gives the same page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kithkin.policy.varying import Sensitivity
from kithkin.scoring.sensitivity.constants import Constant
from kithkin.scoring.sensitivity.scorer import Scorer

Array = npt.NDArray[Any]
DECIMALS = 9  # of a score; a lesser difference is what rounding leaves
NINE_OF_TEN = (0.05, 0.95)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Spread:
    """A figure over all draws: its middle one, and between what nine draws of ten lie."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Moved:
    """What one constant does by itself, at the least and at the most that it may be.

    leave_low, leave_high : how many of today's list leave it. ranks_low, ranks_high : how alike
    the order is to today's, 1 when it is the same (Spearman).
    """

    constant: Constant
    leave_low: int
    leave_high: int
    ranks_low: float
    ranks_high: float

    @property
    def most(self) -> int:
        """How many leave at whichever of the two ends moves the list more."""
        return max(self.leave_low, self.leave_high)


@dataclass(frozen=True)
class RankRange:
    """Where one person of today's list stands in the draws.

    number : their place on this page, and nothing else. rank : today; who ties has one rank.
    share : of draws in which they are on the list.
    """

    number: int
    rank: int
    best: int
    ranks: Spread
    worst: int
    share: float


@dataclass(frozen=True)
class Sensitive:
    """How a list moves.

    Parameters
    ----------
    asked : how many people the list is for. listed : how many are on it, with who ties; fewer when
        fewer have a score. scored : how many have a score today.
    always, mostly, sometimes : of these, how many are on it in every draw and whichever constant is
        moved by itself; in at least the share of draws that the policy says; and in fewer.
    newcomers : people who are not on it today, but mostly in the draws.
    kept : how many of today's list are on it in a draw. ranks : how alike the order is.
    moved : by constant, what moves the list most first. people : of today's list, by rank.

    """

    asked: int
    listed: int
    scored: int
    draws: int
    always: int
    mostly: int
    sometimes: int
    newcomers: int
    kept: Spread
    ranks: Spread
    moved: tuple[Moved, ...]
    people: tuple[RankRange, ...]


def vary(
    scorer: Scorer, constants: Sequence[Constant], ranges: Sensitivity, step: Progress | None = None
) -> Sensitive:
    """Draw constants, move each by itself, and say how the list moves.

    Parameters
    ----------
    constants : those that bear on the list (`constants_of`).
    step : told how many of how many sets of constants are done.

    """
    whole = ranges.draws + 2 * len(constants)
    done = 0

    def ranked(values: dict[Constant, float]) -> Array:
        nonlocal done
        found = ranks_of(scorer.scores(values))
        done += 1
        if step is not None:
            step(done, whole)
        return found

    tally = _Tally(ranks_of(scorer.scores()), ranges)
    for values in draw(constants, ranges):
        tally.add(ranked(values))
    moved = [
        _moved(one, tally, [ranked({one: end}) for end in (one.low, one.high)]) for one in constants
    ]
    return tally.told(sorted(moved, key=_most_first))


def draw(constants: Sequence[Constant], ranges: Sensitivity) -> list[dict[Constant, float]]:
    """Draw sets of values, each constant evenly on the logarithm of its range."""
    random = np.random.default_rng(ranges.seed).random((ranges.draws, len(constants)))
    low, high = (np.array([getattr(one, end) for one in constants]) for end in ("low", "high"))
    values = low * (high / low) ** random
    return [
        {one: one.held(float(value)) for one, value in zip(constants, row, strict=True)}
        for row in values
    ]


def ranks_of(scores: Array) -> Array:
    """Give ranks from 1, who ties having one; 0 for who has no score. int32 (person)."""
    told = np.round(scores, DECIMALS)
    ascending = np.sort(told[told > 0])
    above = len(ascending) - np.searchsorted(ascending, told, "right")
    return np.where(told > 0, above + 1, 0).astype(np.int32)


def _on_list(ranks: Array, size: int) -> Array:
    return (ranks > 0) & (ranks <= size)


def alike(one: Array, other: Array) -> float:
    """Say how alike two orders are: Spearman's correlation of those whom either ranks."""
    either = (one > 0) | (other > 0)
    if np.array_equal(one, other):
        return 1.0
    first, second = (_middle_ranks(each[either]) for each in (one, other))
    if first.std() == 0 or second.std() == 0:
        return 0.0  # all tie in the one, and nothing says how the other would be like it
    return float(np.corrcoef(first, second)[0, 1])


def _middle_ranks(ranks: Array) -> Array:
    """Give who ties the middle of their places; who has no score is last."""
    last = np.where(ranks == 0, len(ranks) + 1, ranks)
    _, place, count = np.unique(last, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return (ends - (count - 1) / 2)[place]


def _moved(constant: Constant, tally: _Tally, ends: Sequence[Array]) -> Moved:
    low, high = (tally.leaving(ranks) for ranks in ends)
    return Moved(constant, low, high, *(alike(tally.today, ranks) for ranks in ends))


def _most_first(one: Moved) -> tuple[Any, ...]:
    least_alike = min(one.ranks_low, one.ranks_high)
    return (-one.most, least_alike, one.constant.group, one.constant.place)


class _Tally:
    """What is kept of each draw: who was on the list, and where those of today's list stood."""

    def __init__(self, today: Array, ranges: Sensitivity) -> None:
        self.today, self.ranges = today, ranges
        self.listed = _on_list(today, ranges.list_size)
        who = np.flatnonzero(self.listed)
        self._who = who[np.lexsort((who, today[who]))]
        self._times = np.zeros(len(today), np.int32)
        self._places: list[Array] = []
        self._left: list[int] = []
        self._alike: list[float] = []
        self._never_left = self.listed.copy()

    def add(self, ranks: Array) -> None:
        """Take in a draw; who has no score in it stands behind all who have."""
        self._times += _on_list(ranks, self.ranges.list_size)
        mine, last = ranks[self._who], int((ranks > 0).sum()) + 1
        self._places.append(np.where(mine == 0, last, mine))
        self._left.append(self.leaving(ranks))
        self._alike.append(alike(self.today, ranks))

    def leaving(self, ranks: Array) -> int:
        """Count who of today's list is not on it with some set of constants."""
        on = _on_list(ranks, self.ranges.list_size)
        self._never_left &= on
        return int((self.listed & ~on).sum())

    def told(self, moved: Sequence[Moved]) -> Sensitive:
        """Bring all draws together."""
        ranges, listed = self.ranges, len(self._who)
        share = self._times / ranges.draws
        mine = share[self.listed]
        always = self._never_left[self.listed]
        mostly = ~always & (mine >= ranges.mostly)
        return Sensitive(
            asked=ranges.list_size,
            listed=listed,
            scored=int((self.today > 0).sum()),
            draws=ranges.draws,
            always=int(always.sum()),
            mostly=int(mostly.sum()),
            sometimes=int((~always & ~mostly).sum()),
            newcomers=int((~self.listed & (share >= ranges.mostly)).sum()),
            kept=_spread([listed - left for left in self._left]),
            ranks=_spread(self._alike),
            moved=tuple(moved),
            people=self._people(share),
        )

    def _people(self, share: Array) -> tuple[RankRange, ...]:
        places = np.array(self._places, np.int64).reshape(self.ranges.draws, len(self._who))
        return tuple(
            RankRange(
                number=place + 1,
                rank=int(self.today[person]),
                best=int(places[:, place].min()),
                ranks=_spread(places[:, place]),
                worst=int(places[:, place].max()),
                share=float(share[person]),
            )
            for place, person in enumerate(self._who)
        )


def _spread(values: Sequence[float] | Array) -> Spread:
    low, high = NINE_OF_TEN
    at = np.quantile(values, [low, 0.5, high], method="inverted_cdf")
    return Spread(*(float(one) for one in at))
