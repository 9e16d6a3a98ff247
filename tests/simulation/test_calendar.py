"""The county's time: months, ages, and streams of random numbers with names."""

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kithkin.model.dates import age_in_years, day_number
from kithkin.simulation.calendar import Calendar, whole_years
from kithkin.simulation.streams import Streams

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@given(born=DAYS, on=DAYS)
def test_ages_are_those_of_the_model(born: date, on: date) -> None:
    age = whole_years(np.array([day_number(born)], dtype=np.int32), day_number(on))
    assert age[0] == age_in_years(born, on)


def test_the_window_opens_after_the_warm_up_and_ends_on_the_last_day() -> None:
    calendar = Calendar.ending(date(2025, 3, 31), years=3, warm_up_months=24)
    assert calendar.day(calendar.begins) == date(2020, 4, 1)
    assert calendar.day(calendar.opens) == date(2022, 4, 1)
    assert calendar.day(calendar.ends) == date(2025, 3, 31)
    assert (calendar.months, calendar.first_month) == (60, 24)


def test_every_day_lies_in_its_month() -> None:
    calendar = Calendar.ending(date(2025, 3, 31), years=1, warm_up_months=12)
    days = np.arange(calendar.begins, calendar.ends + 1, dtype=np.int32)
    months = calendar.month_of(days)
    for number in (0, 10, 23):
        here = {calendar.day(int(day)).strftime("%Y-%m") for day in days[months == number]}
        assert len(here) == 1
    assert calendar.month_of(np.array([calendar.begins - 1], dtype=np.int32))[0] == -1


def test_a_stream_depends_on_its_name_and_the_seed_alone() -> None:
    one = Streams(7).of("police", "missing").random(3)
    Streams(7).of("health").random(100)
    assert np.array_equal(one, Streams(7).of("police", "missing").random(3))
    assert not np.array_equal(one, Streams(8).of("police", "missing").random(3))
    assert not np.array_equal(one, Streams(7).of("police", "missin", "g").random(3))


@pytest.mark.parametrize("born", [datetime(2008, 2, 29)])  # noqa: DTZ001 - a day, no clock
def test_someone_born_on_29_february_has_birthdays_on_1_march(born: datetime) -> None:
    day = np.array([day_number(born.date())], dtype=np.int32)
    assert whole_years(day, day_number(date(2026, 2, 28)))[0] == 17
    assert whole_years(day, day_number(date(2026, 3, 1)))[0] == 18
