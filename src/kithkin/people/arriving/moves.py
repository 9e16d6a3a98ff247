"""Where the records of the run before stand among those of now, and which of now are new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.people.arriving.index import Rids, Truths


@dataclass(frozen=True)
class Moves:
    """Where each record of before is now, and which of now are not as before.

    Both runs have their records in (source, record_id) order, so records that stay keep theirs.
    """

    now: Rids  # by rid of before; -1 when it is gone or changed
    fresh: Truths  # by rid of now: new or changed

    @classmethod
    def of(cls, came_from: Rids, before: int) -> Moves:
        """Make it of the rid of before of each record of now, -1 of a fresh one."""
        fresh = came_from < 0
        now = np.full(before, -1, np.int32)
        now[came_from[~fresh]] = np.flatnonzero(~fresh)
        return cls(now, fresh)
