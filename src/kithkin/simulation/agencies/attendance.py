"""Sessions missed, week by week: the one source of all that is said of attendance.

`attendance` gives the same weeks each time that it is asked, so the school census's termly sums and
the weekly rows agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, gammaln

from kithkin.simulation.agencies.homes import Spells
from kithkin.simulation.agencies.pupils import Circumstances, Pupils, care_status
from kithkin.simulation.agencies.school_year import (
    SESSIONS,
    WEEKS_A_YEAR,
    SchoolWeek,
    first_of_week,
    reference_day,
    school_weeks,
)
from kithkin.simulation.agencies.seeing import parties
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.settings.services import EducationSettings
from kithkin.simulation.world import NOBODY, Float, Index, Small

LOWEST, HIGHEST, LEVELS = -7.0, -0.03, 256
"""Log of the share of sessions missed that the table of draws spans."""
DRAWS = 4096
SUSPENSION_SESSIONS = np.array([1, 2, 2, 2, 3, 4, 4, 6, 6, 10], dtype=np.int8)
"""Lengths of suspensions, each as likely; their mean is 4, as published."""
AGES = (4, 15)
"""Years of age at the school year's start of those whose sessions are counted."""


@dataclass(frozen=True)
class Suspensions:
    """Suspensions of one week, a row each."""

    pupil: Index
    start: Days
    sessions: Small


@dataclass(frozen=True)
class Week:
    """One school week of those of school age on roll; a row a pupil."""

    week: SchoolWeek
    pupil: Index
    """Position in `Pupils`."""
    possible: Small
    authorised: Small
    unauthorised: Small
    suspended: Small
    """Sessions of the authorised ones for which the pupil was suspended."""
    suspensions: Suspensions


def attendance(county: County, settings: EducationSettings, pupils: Pupils) -> Iterator[Week]:
    """Give each school week in order; the same for the same county and settings."""
    weeks = school_weeks(county.calendar, settings.holidays)
    absence, suspension = _drives(county, settings, pupils)
    incidents = _incidents(county, settings, pupils)
    share = _unauthorised_share(county, settings, pupils)
    year, of_age = 0, np.empty(0, dtype=np.bool_)
    months = groupby(weeks, key=lambda week: _month(county, week))
    for month, within in months:
        group = tuple(within)
        status = care_status(county, group[0].monday)
        usual = absence.in_month(month, status)
        usual += np.float32(
            settings.absence_by_month[county.calendar.day(group[0].monday).month - 1]
        )
        level = ((usual - LOWEST) * ((LEVELS - 1) / (HIGHEST - LOWEST)) + 0.5).astype(np.int32)
        level = np.clip(level, 0, LEVELS - 1) * DRAWS
        yearly = np.exp(suspension.in_month(month, status))
        chance = (yearly / WEEKS_A_YEAR).astype(np.float32)
        if group[0].academic_year != year:
            year = group[0].academic_year
            of_age = _of_age(county, pupils, year)
        for week in group:
            on_roll = of_age & (pupils.start <= week.monday + 4) & (pupils.end >= week.monday)
            rows = np.flatnonzero(on_roll).astype(np.int32)
            rng = county.streams.of("education", "attendance", week.monday)
            suspended = _suspended(week, rows, chance[rows], incidents, rng)
            table = draws_table(settings.clumping)
            draw = rng.integers(0, DRAWS, len(rows), dtype=np.uint16)
            unexcused = rng.integers(0, 255, len(rows), dtype=np.uint8) < share[rows]
            yield _week(week, pupils, rows, table[level[rows] + draw], unexcused, suspended)


def _month(county: County, week: SchoolWeek) -> int:
    at = int(county.calendar.month_of(np.array([week.monday], dtype=np.int32))[0])
    return min(max(at, 0), county.calendar.months - 1)


def _drives(
    county: County, settings: EducationSettings, pupils: Pupils
) -> tuple[Circumstances, Circumstances]:
    rng = county.streams.of("education", "frailty")
    luck = rng.standard_normal(len(county.world.people), dtype=np.float32)[pupils.person]
    usual = np.float32(np.log(settings.absence)) + np.float32(settings.absence_spread) * luck
    low = np.full(len(pupils), np.log(settings.suspension), dtype=np.float32) + luck * 0.5
    return (
        Circumstances(county, pupils, settings.absence_effects, settings.absence_states, usual),
        Circumstances(
            county,
            pupils,
            settings.suspension_effects,
            settings.suspension_states,
            low.astype(np.float32),
        ),
    )


def _unauthorised_share(
    county: County, settings: EducationSettings, pupils: Pupils
) -> npt.NDArray[np.uint8]:
    """Give the share (of 255) of each pupil's absent weeks that no reason excuses."""
    rng = county.streams.of("education", "unauthorised")
    luck = rng.standard_normal(len(county.world.people), dtype=np.float32)[pupils.person]
    odds = np.log(settings.unauthorised / (1 - settings.unauthorised)) - 0.6
    odds = odds + 0.9 * luck + 1.6 * pupils.poor + 0.15 * pupils.deprivation + 0.3 * pupils.hidden
    return (255 / (1 + np.exp(-odds))).astype(np.uint8)


def _of_age(county: County, pupils: Pupils, academic_year: int) -> npt.NDArray[np.bool_]:
    age = whole_years(county.world.people.born[pupils.person], reference_day(academic_year))
    counted: npt.NDArray[np.bool_] = (age >= AGES[0]) & (age <= AGES[1])
    return counted


@lru_cache(maxsize=8)
def draws_table(clumping: float) -> npt.NDArray[np.int8]:
    """Give how many of ten sessions are missed, by level of log share and one of DRAWS draws.

    Beta-binomial with correlation `clumping` between sessions of a week; flat, level first.
    """
    share = np.exp(np.linspace(LOWEST, HIGHEST, LEVELS))[:, None]
    more = 1 / max(clumping, 1e-3) - 1
    a, b, k = share * more, (1 - share) * more, np.arange(SESSIONS + 1)[None, :]
    choose = gammaln(SESSIONS + 1) - gammaln(k + 1) - gammaln(SESSIONS - k + 1)
    chance = np.exp(choose + betaln(k + a, SESSIONS - k + b) - betaln(a, b))
    upto = np.round(np.cumsum(chance, axis=1) * DRAWS).astype(np.int64)
    upto[:, -1] = DRAWS
    drawn = np.diff(upto, axis=1, prepend=0)
    return np.repeat(np.tile(np.arange(SESSIONS + 1, dtype=np.int8), LEVELS), drawn.ravel())


def _week(
    week: SchoolWeek,
    pupils: Pupils,
    rows: Index,
    missed: Small,
    unexcused: npt.NDArray[np.bool_],
    suspended: Suspensions,
) -> Week:
    """Fit what was missed of ten sessions into the week, beside suspensions."""
    possible = _possible(pupils, rows, week)
    missed = ((missed.astype(np.int16) * possible + SESSIONS // 2) // SESSIONS).astype(np.int8)
    out, suspended = _placed(suspended, rows, possible)
    unauthorised = np.minimum(np.where(unexcused, missed, 0), possible - out).astype(np.int8)
    authorised = np.where(unexcused, 0, missed).astype(np.int8)
    authorised = np.maximum(out, np.minimum(authorised, possible - unauthorised)).astype(np.int8)
    return Week(week, rows, possible, authorised, unauthorised, out, suspended)


def _possible(pupils: Pupils, rows: Index, week: SchoolWeek) -> Small:
    """Give the sessions that each pupil could attend: fewer in a week of joining or leaving."""
    last = week.monday + week.sessions // 2 - 1
    first = np.maximum(pupils.start[rows], week.monday)
    days = np.minimum(pupils.end[rows], last) - first + 1
    return np.clip(2 * days, 0, week.sessions).astype(np.int8)


def _placed(given: Suspensions, rows: Index, possible: Small) -> tuple[Small, Suspensions]:
    """Keep one suspension a pupil and week, of those who could have come for all of it."""
    out = np.zeros(len(rows), dtype=np.int8)
    _, once = np.unique(given.pupil, return_index=True)
    pupil, start, sessions = given.pupil[once], given.start[once], given.sessions[once]
    at = np.searchsorted(rows, pupil)
    if not len(rows):
        return out, Suspensions(pupil[:0], start[:0], sessions[:0])
    at = np.minimum(at, len(rows) - 1)
    kept = (rows[at] == pupil) & (possible[at] >= sessions)
    out[at[kept]] = sessions[kept]
    return out, Suspensions(pupil[kept], start[kept], sessions[kept])


@dataclass(frozen=True)
class _Incidents:
    """Incidents in school that led to a suspension, in order of weeks."""

    monday: Days
    pupil: Index


def _incidents(county: County, settings: EducationSettings, pupils: Pupils) -> _Incidents:
    seen = parties(county)
    rows = np.concatenate([seen.of("school_incident", p) for p in ("subject", "suspect")])
    rng = county.streams.of("education", "incidents")
    odds = settings.suspension_after_incident * (0.4 + 0.3 * seen.severity[rows])
    rows = rows[rng.random(len(rows)) < odds]
    pupil = Spells(pupils.person, pupils.start, pupils.end).on(seen.person[rows], seen.day[rows])
    monday = first_of_week(seen.day[rows])
    order = np.argsort(monday, kind="stable")
    order = order[pupil[order] != NOBODY]
    return _Incidents(monday[order], pupil[order])


def _suspended(
    week: SchoolWeek,
    rows: Index,
    chance: Float,
    incidents: _Incidents,
    rng: np.random.Generator,
) -> Suspensions:
    """Draw the suspensions of a week; each ends by the week's last day."""
    usual = rows[rng.random(len(rows), dtype=np.float32) < chance]
    low, high = np.searchsorted(incidents.monday, [week.monday, week.monday + 1])
    pupil = np.concatenate([incidents.pupil[low:high], usual]).astype(np.int32)
    sessions = SUSPENSION_SESSIONS[rng.integers(0, len(SUSPENSION_SESSIONS), len(pupil))]
    sessions = np.minimum(sessions, week.sessions).astype(np.int8)
    spare = week.sessions // 2 - (sessions + 1) // 2
    later = (rng.random(len(pupil)) * (spare + 1)).astype(np.int32)
    return Suspensions(pupil, (week.monday + later).astype(np.int32), sessions)
