"""The school year: its weeks, and the censuses with the sessions that each collects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from kithkin.model.dates import day_number, from_day_number
from kithkin.model.school_terms import Term
from kithkin.simulation.calendar import Calendar
from kithkin.simulation.settings.services import Holiday

SESSIONS, SHORT_WEEK = 10, 8
WEEKS_A_YEAR = 39
TERMS = ("spring", "summer", "autumn")

# First month and day of each period whose sessions a census collects: the census's term, how many
# years later it is held, and whether the sessions stand in its second half. Easter lies about the
# 7th of April.
PERIODS = (
    ((1, 1), "summer", 0, False),
    ((4, 7), "autumn", 0, False),
    ((6, 1), "autumn", 0, True),
    ((8, 1), "spring", 1, False),
)


@dataclass(frozen=True)
class SchoolWeek:
    """A week in which schools are open: its Monday, how many sessions, and its period."""

    monday: int
    sessions: int
    period: tuple[int, str, bool]
    """Year and term of the census that collects it, and whether as the second half of summer."""

    @property
    def academic_year(self) -> int:
        """Give the year in which the school year began."""
        day = from_day_number(self.monday)
        return day.year if day.month >= 8 else day.year - 1


@dataclass(frozen=True)
class Census:
    """One census: its day, and when the authority has it."""

    year: int
    term: str
    day: int
    known: int


def censuses(calendar: Calendar, delay: int) -> tuple[Census, ...]:
    """Give the censuses held and received within the window, in order."""
    years = range(calendar.day(calendar.opens).year, calendar.day(calendar.ends).year + 1)
    held = [(Term(year, term), year, term) for year in years for term in TERMS]
    found = (
        Census(year, term, day_number(each.census_day), day_number(each.census_day) + delay)
        for each, year, term in held
    )
    return tuple(c for c in found if c.day >= calendar.opens and c.known <= calendar.ends)


def school_weeks(calendar: Calendar, holidays: tuple[Holiday, ...]) -> tuple[SchoolWeek, ...]:
    """Give the school weeks of the window, and of the term before that its first census collects."""
    first = day_number(date(calendar.day(calendar.opens).year, 1, 1))
    begin = max(calendar.begins, min(first, calendar.opens))
    weeks, after_holiday = [], False
    # 1 January 1970 was a Thursday.
    for monday in range(begin + (-begin - 3) % 7, calendar.ends + 1, 7):
        day = from_day_number(monday)
        at = f"{day:%m-%d}"
        if any(_within(at, holiday) for holiday in holidays):
            after_holiday = True
            continue
        sessions = SHORT_WEEK if after_holiday else SESSIONS
        weeks.append(SchoolWeek(monday, sessions, _period(day)))
        after_holiday = False
    return tuple(weeks)


def _within(at: str, holiday: Holiday) -> bool:
    if holiday.first <= holiday.last:
        return holiday.first <= at <= holiday.last
    return at >= holiday.first or at <= holiday.last


def _period(day: date) -> tuple[int, str, bool]:
    begun = [period for period in PERIODS if period[0] <= (day.month, day.day)]
    _, term, later, second = begun[-1]
    return day.year + later, term, second


def reference_day(academic_year: int) -> int:
    """Give the 31st of August by which a year group's ages are reckoned."""
    return day_number(date(academic_year, 8, 31))


def first_of_week(
    day: np.ndarray[tuple[int, ...], np.dtype[np.int32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """Give the Monday of each day's week."""
    return (day - (day + 3) % 7).astype(np.int32)
