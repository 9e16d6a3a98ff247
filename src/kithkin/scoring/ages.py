"""Whole years of many persons on many dates at once, as `model.dates.age_in_years` counts them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from kithkin.model import dates

Whole = np.ndarray[Any, np.dtype[np.int64]]
NO_BIRTHDAY = -(10**8)  # a day of birth below this one stands for none


def ages_on(born: Whole, on: Sequence[date]) -> Whole:
    """Give whole years, a row a person, a column a date; -1 for who has no birthday.

    `born` holds day numbers. Before birth the years are negative.
    """
    year, month_day = _calendar(born)
    columns = [day.year - year - (day.month * 100 + day.day < month_day) for day in on]
    return np.where(year[:, None] > 0, np.stack(columns, axis=1), -1).astype(np.int64)


def _calendar(days: Whole) -> tuple[Whole, Whole]:
    """Give the year, and month * 100 + day, of day numbers; year 0 where there is none."""
    told = days > NO_BIRTHDAY
    stamps = np.where(told, days, 0).astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(np.int64) + dates.EPOCH.year
    month = months.astype(np.int64) % 12 + 1
    day = (stamps - months).astype(np.int64) + 1
    return np.where(told, year, 0), month * 100 + day
