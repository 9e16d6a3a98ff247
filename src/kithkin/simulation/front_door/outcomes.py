"""What followed each contact or referral that was closed, as it came about and in two other worlds.

As it came about: read from the tables. With help always, and never, in force in the twelve months
after: from the same potential contacts, the same happenings' marks, and the same draws of worker
and escalation. Two approximations: a worker's knowledge of earlier contacts is that of the world
as it came about, and cases that would have opened and closed within the year do not hide later
referrals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.care import Outcomes
from kithkin.simulation.front_door.arithmetic import chance, looked_up
from kithkin.simulation.front_door.door import ADVICE, NO_ACTION, Door, Passed
from kithkin.simulation.front_door.state import MOST, reach_by_kind
from kithkin.simulation.world import Index

A_YEAR = 365
SPAN = 1 << 20
"""More than any span of days: keys order by child first, then by day."""
Keys = npt.NDArray[np.int64]
Yes = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Steps:
    """Referrals and escalations as they came about, by child (position in `children`) and day."""

    referral_child: Index
    referral_day: Days
    closed: Days
    grave_child: Index
    grave_day: Days


def judge(door: Door, passed: Passed, steps: Steps, calendar: Calendar) -> Outcomes:
    """Make a row for each contact ended without help and each referral closed, by day."""
    c = door.candidates
    ended = np.flatnonzero(passed.came & np.isin(passed.decision, [NO_ACTION, ADVICE]))
    shut = np.flatnonzero((steps.closed <= calendar.ends) & (steps.closed >= calendar.begins))
    child = np.concatenate([c.child[ended], steps.referral_child[shut]])
    day = np.concatenate([c.day[ended], steps.closed[shut]])
    order = np.lexsort((child, day))
    child, day = child[order], day[order]
    returned, escalated = _as_it_came(child, day, steps)
    survives = _regimes(door)
    return Outcomes(
        child=door.lives.children[child],
        day=day,
        mature=day + A_YEAR <= calendar.ends,
        returned=returned,
        escalated=escalated,
        escalated_unsupported=_would_escalate(door, passed, child, day, survives[0]),
        escalated_supported=_would_escalate(door, passed, child, day, survives[1]),
    )


def _key(child: Index, day: Days) -> Keys:
    return child.astype(np.int64) * SPAN + day


def _next_within(keys: Keys, child: Index, after: Days, last: Days) -> tuple[Yes, Days]:
    """Say whether a key of the child lies in (after, last], and give its day, or NEVER."""
    padded = np.append(keys, np.iinfo(np.int64).max)
    found = padded[np.searchsorted(keys, _key(child, after), side="right")]
    inside = found <= _key(child, last)
    day = np.where(inside, found - child.astype(np.int64) * SPAN, NEVER)
    return inside, day.astype(np.int32)


def _both(first: Keys, then: Keys, child: Index, day: Days) -> tuple[Yes, Yes]:
    """Say whether a first step follows within the year, and then a second on or after it."""
    returned, when = _next_within(first, child, day, day + A_YEAR)
    at = np.where(returned, when - 1, day + A_YEAR).astype(np.int32)
    escalated, _ = _next_within(then, child, at, day + A_YEAR)
    return returned, returned & escalated


def _as_it_came(child: Index, day: Days, steps: Steps) -> tuple[Yes, Yes]:
    referrals = np.sort(_key(steps.referral_child, steps.referral_day))
    graves = np.sort(_key(steps.grave_child, steps.grave_day))
    return _both(referrals, graves, child, day)


def _regimes(door: Door) -> tuple[Yes, Yes]:
    """Say which candidates come about without help, and with that of a case in need."""
    c = door.candidates
    kind = looked_up(door.happenings.kind, c.happening, 0)
    mark = looked_up(door.happenings.mark, c.happening, 1)
    reach = door.settings.support.in_need * reach_by_kind(door.settings.support)
    share = np.minimum(door.knobs.support_effect * reach[kind], MOST)
    supported = mark >= share
    return np.ones(len(c), dtype=np.bool_), supported


def _would_escalate(door: Door, passed: Passed, child: Index, day: Days, comes: Yes) -> Yes:
    c = door.candidates
    grave = _grave(door)
    referred = comes & (passed.score >= door.thresholds.referral)
    opened = _key(c.child[referred], c.day[referred])
    first = np.sort(opened)
    then = np.sort(_key(c.child[comes & grave], c.day[comes & grave]))
    return _both(first, then, child, day)[1]


def _grave(door: Door) -> Yes:
    """Say which candidates would lead to an enquiry or care, as a referral."""
    u = door.draws.uniform
    enquiry = u["enquiry"] < chance(door.cases.gravity + door.offsets.enquiry)
    return np.asarray(enquiry | (u["care"] < chance(door.cases.gravity + door.offsets.care)))
