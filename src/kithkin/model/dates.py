"""The only date arithmetic in the project: what a window, an age and a day number mean.

Every engine conforms to what stands here; `tests/model/test_dates.py` pins each choice down.
A lint rule bans `timedelta` and `dateutil` everywhere else.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, datetime, timedelta

EPOCH = date(1970, 1, 1)
EXCEL_EPOCH = date(1899, 12, 30)


def day_number(day: date) -> int:
    """Count the days from 1 January 1970 to `day`; negative before it. Arrow's date32."""
    return (day - EPOCH).days


def from_day_number(number: int) -> date:
    """Give the date that is `number` days after 1 January 1970."""
    return EPOCH + timedelta(days=number)


def from_excel_serial(serial: float) -> date:
    """Give the date an Excel serial number stands for, in the 1900 date system.

    Serials below 61 fall on either side of Excel's false 29 February 1900 and are refused
    with `ValueError`, as are serials past the year 9999.
    """
    if not 61 <= serial < 2_958_466:
        raise ValueError(f"{serial} is not an Excel date")
    return EXCEL_EPOCH + timedelta(days=int(serial))


def days_between(earlier: date, later: date) -> int:
    """Count the days from `earlier` to `later`; negative when they are the other way round."""
    return (later - earlier).days


def add_days(day: date, days: int) -> date:
    """Give the date `days` after `day` (before it, when negative)."""
    return day + timedelta(days=days)


def add_months(day: date, months: int) -> date:
    """Step whole months; the 31st becomes the last day of a shorter month."""
    month_index = day.year * 12 + day.month - 1 + months
    year, month = divmod(month_index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def age_in_years(born: date, on: date) -> int:
    """Count completed years of life; someone born on 29 February has birthdays on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def window_start(as_of: date, window_days: int) -> date:
    """Give the first day inside a window that ends on and includes `as_of`.

    A window of one day holds the as-of date alone; of 365 days, the as-of date and the
    364 before it.
    """
    return as_of - timedelta(days=window_days - 1)


def month_ends(first: date, last: date) -> Iterator[date]:
    """Yield the last day of each month from `first`'s month on, none later than `last`."""
    year, month = first.year, first.month
    while (end := date(year, month, calendar.monthrange(year, month)[1])) <= last:
        yield end
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def parse_iso(text: str) -> date:
    """Read `2026-03-31`, with or without a time after it; `ValueError` when it is neither."""
    return datetime.fromisoformat(text).date()


def hours_between(earlier: datetime, later: datetime) -> float:
    """Count the hours from `earlier` to `later`, both by the same clock; negative if reversed."""
    return (later - earlier).total_seconds() / 3600
