"""Lists of unequal length in one array: the members of each group, the haunts of each child.

Owner i's items lie between `starts[i]` and `starts[i + 1]` of `items`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.world import NOBODY, Index

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lists:
    """For each owner a list of row numbers of some table, in the table's order."""

    starts: Whole
    rows: Whole

    @classmethod
    def of(cls, owner: Index, owners: int) -> Lists:
        """Sort a table's rows by the owner of each; rows of `NOBODY` are left out."""
        rows = np.argsort(owner, kind="stable")
        rows = rows[np.searchsorted(owner[rows], 0) :]
        return cls(np.searchsorted(owner[rows], np.arange(owners + 1)), rows)

    def counts(self, owner: Index | Whole) -> Whole:
        """Count the rows of each owner asked for."""
        return self.starts[owner + 1] - self.starts[owner]

    def all_of(self, owner: Index | Whole) -> tuple[Whole, Whole]:
        """Give every row of each owner: position in `owner`, and row; in order of `owner`."""
        counts = self.counts(owner)
        asked = np.repeat(np.arange(len(owner)), counts)
        first = np.repeat(self.starts[owner] - np.cumsum(counts) + counts, counts)
        return asked, self.rows[first + np.arange(len(asked))]

    def pick(self, owner: Index | Whole, chance: npt.NDArray[np.float32]) -> Whole:
        """Give one row of each owner, evenly by `chance` in [0, 1); `NOBODY` of an empty list."""
        if not len(self.rows):
            return np.full(len(owner), NOBODY, dtype=np.int64)
        counts = np.where(owner >= 0, self.counts(owner), 0)
        at = self.starts[owner] + (chance * counts).astype(np.int64)
        return np.where(counts > 0, self.rows[np.minimum(at, len(self.rows) - 1)], NOBODY)


def first_of_each(asked: Whole, race: npt.NDArray[np.float32], many: int) -> Whole:
    """Give for each of `many` the position with the smallest `race`; `NOBODY` where all are infinite.

    `asked` is ascending and says whose each entry is.
    """
    winner = np.full(many, NOBODY, dtype=np.int64)
    if len(asked):
        first = np.flatnonzero(np.diff(asked, prepend=-1))
        least = np.full(many, np.inf, dtype=np.float32)
        least[asked[first]] = np.minimum.reduceat(race, first)
        best = np.flatnonzero((race == least[asked]) & np.isfinite(race))[::-1]
        winner[asked[best]] = best
    return winner
