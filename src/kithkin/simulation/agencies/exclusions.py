"""Suspensions and permanent exclusions of all weeks, by the census that collects them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.attendance import Suspensions
from kithkin.simulation.agencies.pupils import UNIT, Pupils
from kithkin.simulation.agencies.school_year import school_weeks
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.settings.services import EducationSettings
from kithkin.simulation.world import Float, Index, Small

Period = tuple[int, str, bool]
SHORT_GAP = 60
"""Days between leaving a school and joining a referral unit that make one move of the two."""


@dataclass(frozen=True)
class Exclusions:
    """A row a suspension or permanent exclusion."""

    periods: tuple[Period, ...]
    period: Index
    """Position in `periods`."""
    pupil: Index
    start: Days
    sessions: Float
    """NaN for a permanent exclusion."""
    reason: Small
    permanent: npt.NDArray[np.bool_]

    def in_period(self, period: Period) -> npt.NDArray[np.bool_]:
        """Say which were in one census period."""
        at = self.periods.index(period) if period in self.periods else -1
        chosen: npt.NDArray[np.bool_] = self.period == at
        return chosen


def excluded_for_good(
    county: County, settings: EducationSettings, pupils: Pupils
) -> tuple[Index, Days]:
    """Give those excluded for good (rows of `pupils`) and when.

    Of those whom the world moves into a referral unit, a share were excluded.
    """
    order = np.lexsort((pupils.start, pupils.person))
    here, there = order[:-1], order[1:]
    moved = (pupils.person[here] == pupils.person[there]) & (pupils.phase[there] == UNIT)
    moved &= (pupils.phase[here] != UNIT) & (pupils.start[there] - pupils.end[here] <= SHORT_GAP)
    moved &= pupils.end[here] <= county.calendar.ends
    left = here[moved & (pupils.excluded[here] == NEVER)]
    rng = county.streams.of("education", "moved to units")
    left = left[rng.random(len(left)) < settings.exclusion_on_move]
    told = np.flatnonzero(pupils.excluded != NEVER)
    day = np.concatenate([pupils.excluded[told], pupils.end[left]])
    return np.concatenate([told, left]).astype(np.int32), day.astype(np.int32)


def of_weeks(
    county: County,
    settings: EducationSettings,
    weeks: list[tuple[Period, Suspensions]],
    moved: tuple[Index, Days],
) -> Exclusions:
    """Gather the weeks' suspensions, and the permanent exclusions among school weeks."""
    periods = tuple(dict.fromkeys(period for period, _ in weeks))
    gone, days = moved
    mondays = [week.monday for week in school_weeks(county.calendar, settings.holidays)]
    week_of = np.searchsorted(np.array(mondays), days, side="right") - 1
    gone, days, week_of = gone[week_of >= 0], days[week_of >= 0], week_of[week_of >= 0]
    by_week = np.array([periods.index(period) for period, _ in weeks], dtype=np.int32)
    counts = [len(each.pupil) for _, each in weeks]
    pupil = np.concatenate([*(each.pupil for _, each in weeks), gone]).astype(np.int32)
    sessions = [each.sessions.astype(np.float32) for _, each in weeks]
    shares = np.cumsum(list(settings.reasons.values()))
    draw = county.streams.of("education", "reasons").random(len(pupil), dtype=np.float32)
    return Exclusions(
        periods=periods,
        period=np.concatenate([np.repeat(by_week, counts), by_week[week_of]]).astype(np.int32),
        pupil=pupil,
        start=np.concatenate([*(each.start for _, each in weeks), days]).astype(np.int32),
        sessions=np.concatenate([*sessions, np.full(len(gone), np.nan, dtype=np.float32)]),
        reason=np.searchsorted(shares[:-1] / shares[-1], draw, side="right").astype(np.int8),
        permanent=np.arange(len(pupil)) >= len(pupil) - len(gone),
    )
