"""Each choice that dates.py makes: ages, windows, month ends, Excel's serial numbers."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kithkin.model import dates

LEAP_DAY = date(2008, 2, 29)


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2010, 6, 15), date(2026, 6, 14), 15),
        (date(2010, 6, 15), date(2026, 6, 15), 16),
        (LEAP_DAY, date(2026, 2, 28), 17),
        (LEAP_DAY, date(2026, 3, 1), 18),
        (LEAP_DAY, date(2024, 2, 28), 15),
        (LEAP_DAY, date(2024, 2, 29), 16),
        (date(2026, 1, 5), date(2026, 1, 5), 0),
        (date(2026, 1, 5), date(2026, 1, 4), -1),
    ],
)
def test_age_is_completed_years_and_a_leap_day_birthday_falls_on_1_march(born, on, age):
    assert dates.age_in_years(born, on) == age


def test_day_numbers_start_at_1970_and_run_both_ways():
    assert dates.day_number(date(1970, 1, 1)) == 0
    assert dates.day_number(date(1969, 12, 31)) == -1
    # 56 years with 14 leap days between them: 56 * 365 + 14.
    assert dates.day_number(date(2026, 1, 1)) == 20_454


@given(st.dates())
def test_a_day_number_leads_back_to_its_day(day):
    assert dates.from_day_number(dates.day_number(day)) == day


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        (61, date(1900, 3, 1)),
        (25_569, date(1970, 1, 1)),
        (45_292, date(2024, 1, 1)),
        (45_292.99, date(2024, 1, 1)),
        (2_958_465, date(9999, 12, 31)),
    ],
)
def test_an_excel_serial_gives_the_day_that_excel_shows(serial, day):
    assert dates.from_excel_serial(serial) == day


@pytest.mark.parametrize("serial", [60, 0, -1, 2_958_466, float("nan")])
def test_a_serial_that_excel_dates_wrongly_or_not_at_all_is_refused(serial):
    with pytest.raises(ValueError, match="is not an Excel date"):
        dates.from_excel_serial(serial)


def test_days_between_are_signed():
    assert dates.days_between(date(2024, 2, 28), date(2024, 3, 1)) == 2
    assert dates.days_between(date(2024, 3, 1), date(2024, 2, 28)) == -2
    assert dates.days_between(LEAP_DAY, LEAP_DAY) == 0


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-10_000, 10_000))
def test_adding_days_and_counting_them_agree(day, days):
    assert dates.days_between(day, dates.add_days(day, days)) == days


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
        (date(2024, 1, 15), -1, date(2023, 12, 15)),
        (date(2024, 12, 31), 1, date(2025, 1, 31)),
        (date(2024, 5, 31), 1, date(2024, 6, 30)),
        (date(2024, 6, 30), 0, date(2024, 6, 30)),
        (date(2024, 6, 30), 18, date(2025, 12, 30)),
    ],
)
def test_months_are_whole_and_the_31st_becomes_the_last_day(day, months, expected):
    assert dates.add_months(day, months) == expected


def test_a_window_counts_its_as_of_date():
    as_of = date(2026, 3, 31)
    assert dates.window_start(as_of, 1) == as_of
    assert dates.window_start(as_of, 365) == date(2025, 4, 1)


def test_a_year_long_window_over_a_leap_day_still_has_365_days():
    assert dates.window_start(date(2024, 3, 31), 365) == date(2023, 4, 2)


def test_month_ends_run_over_the_year_and_know_leap_years():
    assert list(dates.month_ends(date(2023, 11, 15), date(2024, 3, 30))) == [
        date(2023, 11, 30),
        date(2023, 12, 31),
        date(2024, 1, 31),
        date(2024, 2, 29),
    ]


def test_a_month_end_on_the_last_day_is_given_and_a_later_one_is_not():
    assert list(dates.month_ends(date(2024, 4, 30), date(2024, 4, 30))) == [date(2024, 4, 30)]
    assert list(dates.month_ends(date(2024, 4, 1), date(2024, 4, 29))) == []


@pytest.mark.parametrize("text", ["2026-03-31", "2026-03-31 23:59:59", "2026-03-31T00:00:00"])
def test_an_iso_day_is_read_with_or_without_a_time(text):
    assert dates.parse_iso(text) == date(2026, 3, 31)


@pytest.mark.parametrize("text", ["31/03/2026", "2026-02-30", ""])
def test_text_that_is_no_iso_day_is_refused(text):
    with pytest.raises(ValueError, match=r"isoformat|day is out of range|day"):
        dates.parse_iso(text)


def test_hours_are_counted_over_midnight_and_a_leap_day_and_are_signed():
    evening = datetime(2024, 2, 28, 22, 30, tzinfo=UTC)
    morning = datetime(2024, 3, 1, 7, 0, tzinfo=UTC)
    assert dates.hours_between(evening, morning) == 32.5
    assert dates.hours_between(morning, evening) == -32.5
