"""Where each child stands with the services as months pass, and how far help reaches it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.front_door.arithmetic import weights_of
from kithkin.simulation.front_door.pathways import Paths
from kithkin.simulation.life import HAPPENINGS, Happenings, Lives
from kithkin.simulation.settings.front_door import Support
from kithkin.simulation.world import NOBODY, Float, Index

Rows = npt.NDArray[np.int64]

LONG_AGO = -(10**6)
MOST = 0.98
"""No help prevents more than this share of harm."""
DAYS_UNDER_ASSESSMENT = 50
AT_HOME = HAPPENINGS.index("order_breached") + 1
"""Kinds of happening before this one happen in the household."""


class State:
    """Of each child: the case open now, and until when each kind of help lasts."""

    def __init__(self, children: int) -> None:
        """Nobody has a case yet."""
        self.referral = np.full(children, NOBODY, dtype=np.int32)
        self.open_from = np.full(children, LONG_AGO, dtype=np.int32)
        self.open_until = np.full(children, LONG_AGO, dtype=np.int32)
        self.plan_from = np.full(children, NEVER, dtype=np.int32)
        self.plan_until = np.full(children, LONG_AGO, dtype=np.int32)
        self.care_from = np.full(children, NEVER, dtype=np.int32)
        self.care_until = np.full(children, LONG_AGO, dtype=np.int32)
        self.early_from = np.full(children, NEVER, dtype=np.int32)
        self.early_until = np.full(children, LONG_AGO, dtype=np.int32)
        self.alone = np.zeros(children, dtype=np.bool_)
        self.history = np.zeros(children, dtype=np.float32)

    def opened(self, child: Index, day: Days, referral: Index, paths: Paths) -> None:
        """Note new cases."""
        self.referral[child] = referral
        self.open_from[child] = day
        self.open_until[child] = paths.closed
        self.stepped_up(child, paths)

    def stepped_up(self, child: Index, paths: Paths) -> None:
        """Note plans and care of cases, and that they stay open as long."""
        for start, end, mine, until in (
            (paths.plan, paths.plan_end, self.plan_from, self.plan_until),
            (paths.care, paths.care_end, self.care_from, self.care_until),
        ):
            at = start != NEVER
            mine[child[at]] = start[at]
            until[child[at]] = end[at]
            self.open_until[child[at]] = np.maximum(self.open_until[child[at]], end[at])

    def is_open(self, child: Index, day: Days) -> npt.NDArray[np.bool_]:
        """Say whether each child's case is open that day (also on the day of its closing)."""
        return (self.open_from[child] <= day) & (self.open_until[child] > day)

    def is_abroad(self, child: Index, day: Days) -> npt.NDArray[np.bool_]:
        """Say which children came alone to the country and have not yet been found."""
        return self.alone[child] & (day < self.open_from[child])

    def in_care(self, child: Index, day: Days | int) -> npt.NDArray[np.bool_]:
        """Say whether each child is looked after that day."""
        return (self.care_from[child] <= day) & (self.care_until[child] > day)

    def reach(self, day: int, settings: Support) -> Float:
        """Give how far help in force that day reaches each child, without care."""
        open_now = (self.open_from < day) & (self.open_until >= day)
        recent = day - self.open_from <= DAYS_UNDER_ASSESSMENT
        reach = np.where(
            open_now, np.where(recent, settings.assessment, settings.in_need), 0.0
        ).astype(np.float32)
        early = (self.early_from < day) & (self.early_until >= day)
        reach = np.maximum(reach, np.where(early, settings.early_help, 0))
        plan = (self.plan_from < day) & (self.plan_until >= day)
        return np.maximum(reach, np.where(plan, settings.protection, 0)).astype(np.float32)


def reach_by_kind(settings: Support) -> Float:
    """Give how far help reaches each kind of happening."""
    return weights_of(settings.kinds, HAPPENINGS).astype(np.float32)


def what_survives(
    state: State,
    lives: Lives,
    happenings: Happenings,
    rows: slice,
    month: int,
    day: int,
    effect: float,
    settings: Support,
    households: int,
) -> npt.NDArray[np.bool_]:
    """Say which happenings of a month come about, given the help in force on its first day.

    A child's help counts for it and for its household. Care counts for the child alone: what
    happens in a home that the child has left goes on, except what would have happened to it.
    """
    child = lives.child_of[happenings.child[rows]]
    child = np.where(happenings.child[rows] == NOBODY, NOBODY, child)
    household = happenings.household[rows]
    kind = happenings.kind[rows]
    reach = state.reach(day, settings)
    helped = np.flatnonzero(reach > 0)
    home = lives.home[month, helped]
    of_household = np.zeros(households + 1, dtype=np.float32)
    np.maximum.at(of_household, home, reach[helped])
    of_household[households] = 0  # NOBODY's
    cared = np.flatnonzero((state.care_from < day) & (state.care_until >= day))
    reach[cared] = np.maximum(reach[cared], settings.care)
    own = np.where(child == NOBODY, 0, reach[np.maximum(child, 0)])
    theirs = np.where(kind < AT_HOME, of_household[household], 0)
    share = effect * np.maximum(own, theirs) * reach_by_kind(settings)[kind]
    return np.asarray(happenings.mark[rows] >= np.minimum(share, MOST))
