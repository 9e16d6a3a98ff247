"""How a score moves: against the person's own past and its noise, and by which events.

A month in which a person was not of the track's ages is no part of their past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from kithkin.policy.themes import Scoring, TrackName
from kithkin.scoring.explained import Contribution, Person, contributions_of
from kithkin.scoring.plan import Plan
from kithkin.scoring.tables import TRENDS

Why = Literal["new", "still counts", "no longer counts"]


def trends(score: Any, eligible: Any, emerging: Any, scoring: Scoring) -> Any:
    """Say where each person's latest score stands against their own past, by place in TRENDS.

    Emerging comes before all; movement before level: who is high and rising is rising, and the
    score itself says that it is high.

    Parameters
    ----------
    score : (date, person), monthly, ascending; the last is the one that is judged.
    eligible : (date, person), who was of the track's ages.
    emerging : (person), on the last date.

    """
    past = score[-1 - scoring.trend_months : -1]
    counted = eligible[-1 - scoring.trend_months : -1]
    months = counted.sum(axis=0)
    mean = np.where(counted, past, 0.0).sum(axis=0) / np.maximum(months, 1)
    spread = np.where(counted, (past - mean) ** 2, 0.0).sum(axis=0) / np.maximum(months, 1)
    least = np.maximum(scoring.trend_points, scoring.trend_swings * np.sqrt(spread))
    moved = np.where((months > 0) & eligible[-1], score[-1] - mean, 0.0)
    told = {
        "emerging": emerging,
        "rising": moved > least,
        "falling": moved < -least,
        "high": score[-1] >= scoring.high_from,
    }
    places = [TRENDS.index(word) for word in told]
    return np.select(list(told.values()), places, TRENDS.index("steady")).astype(np.int8)


@dataclass(frozen=True)
class Moved:
    """What one event gave to an index on two dates."""

    component: str
    event_no: int
    kind: str
    before: float  # points
    after: float
    why: Why

    @property
    def change(self) -> float:
        """Points gained since the first date."""
        return self.after - self.before


def changes(
    person: Person, plan: Plan, theme: str, track: TrackName, before: date, after: date
) -> list[Moved]:
    """Say which events made an index what it is since an earlier date; the greatest move first.

    What they gained and lost adds up to the change of the index. What still counts gains or
    loses by its age, and by how much else there is.
    """
    was, now = (
        {(one.component, one.event_no): one for one in contributions_of(person, plan, theme, track, on)}
        for on in (before, after)
    )  # fmt: skip
    moved = [_moved(was.get(key), now.get(key)) for key in was.keys() | now.keys()]
    return sorted(moved, key=lambda one: (-abs(one.change), one.component, one.event_no))


def _moved(was: Contribution | None, now: Contribution | None) -> Moved:
    one = now or was
    if one is None:
        raise ValueError("an event that counted on neither date")
    why: Why = "new" if was is None else "no longer counts" if now is None else "still counts"
    before, after = (0.0 if each is None else each.points for each in (was, now))
    return Moved(one.component, one.event_no, one.kind, before, after, why)
