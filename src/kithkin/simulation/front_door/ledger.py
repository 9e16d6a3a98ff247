"""The books of the service: rows are written as months pass, and made tables at the end.

When a case closes may change as long as it is open, so referrals' closing days are kept apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.front_door.pathways import Paths
from kithkin.simulation.world import NOBODY, Index, Small

Rows = npt.NDArray[np.int64]


class Book:
    """Chunks of rows with the same columns, joined at the end."""

    def __init__(self, **columns: Any) -> None:
        """Name the columns, each with its type."""
        self._types = columns
        self._chunks: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in columns}
        self.size = 0

    def add(self, **columns: npt.NDArray[Any]) -> None:
        """Write rows; every column must be given."""
        for name, chunks in self._chunks.items():
            chunks.append(columns[name].astype(self._types[name]))
        self.size += len(next(iter(columns.values())))

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Give all rows by column."""
        return {
            name: np.concatenate([*chunks, np.empty(0, dtype=self._types[name])])
            for name, chunks in self._chunks.items()
        }


class Ledger:
    """The books of one county's service."""

    def __init__(self, capacity: int) -> None:
        """Leave room for `capacity` referrals' closing days."""
        day, number, code, yes = np.int32, np.int32, np.int8, np.bool_
        self.referrals = Book(
            child=number, day=day, source=code, contact=number, no_further_action=yes, need=code,
            worker=number,
        )  # fmt: skip
        self.assessments = Book(
            referral=number, start=day, end=day, ended_as=code, worker=number, child=number
        )
        self.enquiries = Book(
            referral=number, start=day, end=day, conference=day, ended_as=code, substantiated=yes
        )
        self.plans = Book(
            referral=number, start=day, end=day, protection=yes, category=code,
            latest_category=code, worker=number, child=number,
        )  # fmt: skip
        self.care = Book(
            child=number, referral=number, start=day, end=day, ended_as=code, need=code,
            unaccompanied=yes,
        )  # fmt: skip
        self.early_help = Book(
            child=number, household=number, start=day, end=day, ended_as=code, declined=yes,
            worker=number,
        )  # fmt: skip
        self.closed = np.full(capacity, NEVER, dtype=np.int32)
        self.reason = np.full(capacity, -1, dtype=np.int8)

    def open_cases(
        self,
        child: Index,
        day: Days,
        source: Small,
        contact: Index,
        need: Small,
        worker: Index,
        paths: Paths,
        unaccompanied: npt.NDArray[np.bool_] | None = None,
    ) -> Index:
        """Write new referrals and all that follows from them; give their numbers."""
        first = self.referrals.size
        number = np.arange(first, first + len(child), dtype=np.int32)
        self.referrals.add(
            child=child, day=day, source=source, contact=contact,
            no_further_action=paths.no_further_action, need=need, worker=worker,
        )  # fmt: skip
        self.closed[number] = paths.closed
        self.reason[number] = paths.reason
        self.follow(number, child, day, need, worker, paths, unaccompanied)
        return number

    def follow(
        self,
        referral: Index,
        child: Index,
        day: Days,
        need: Small,
        worker: Index,
        paths: Paths,
        unaccompanied: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Write assessments, enquiries, plans and care of cases."""
        at = np.flatnonzero(paths.assessed != NEVER)
        self.assessments.add(
            referral=referral[at], start=day[at], end=paths.assessed[at],
            ended_as=paths.ended_as[at], worker=worker[at], child=child[at],
        )  # fmt: skip
        at = np.flatnonzero(paths.enquiry != NEVER)
        met = paths.conference[at] != NEVER
        self.enquiries.add(
            referral=referral[at], start=paths.enquiry[at], end=paths.enquiry_end[at],
            conference=paths.conference[at],
            ended_as=np.where(met, np.where(paths.plan[at] != NEVER, 1, 0), -1),
            substantiated=paths.substantiated[at],
        )  # fmt: skip
        self._plans(referral, child, worker, paths)
        at = np.flatnonzero(paths.care != NEVER)
        alone = np.zeros(len(child), dtype=np.bool_) if unaccompanied is None else unaccompanied
        self.care.add(
            child=child[at], referral=referral[at], start=paths.care[at], end=paths.care_end[at],
            ended_as=paths.care_ended_as[at], need=need[at], unaccompanied=alone[at],
        )  # fmt: skip

    def _plans(self, referral: Index, child: Index, worker: Index, paths: Paths) -> None:
        at = np.flatnonzero(paths.plan != NEVER)
        self.plans.add(
            referral=referral[at], start=paths.plan[at], end=paths.plan_end[at],
            protection=np.ones(len(at)), category=paths.category[at],
            latest_category=paths.latest_category[at], worker=worker[at], child=child[at],
        )  # fmt: skip
        at = np.flatnonzero(paths.in_need != NEVER)
        none = np.full(len(at), NOBODY)
        self.plans.add(
            referral=referral[at], start=paths.in_need[at], end=paths.in_need_end[at],
            protection=np.zeros(len(at)), category=none, latest_category=none,
            worker=worker[at], child=child[at],
        )  # fmt: skip
