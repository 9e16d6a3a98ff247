"""What came before a first red event is counted as the measures say, worked by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from kithkin.evaluation.alarms import (
    by_counting,
    by_detector,
    count_for,
    first_red,
    in_a_year,
    small_before,
    usual_events,
)
from kithkin.model import dates
from kithkin.scoring.accumulation import SmallEvents
from kithkin.scoring.accumulation.usual import Usual
from kithkin.scoring.accumulation.watch import Alarms

MONTHS = tuple(dates.month_ends(date(2023, 1, 1), date(2024, 12, 31)))
ENDS = np.array([dates.day_number(day) for day in MONTHS])
NEVER = int(ENDS[-1]) * 2


def alarms(counts, raised=None, each=None) -> Alarms:
    counts = np.array(counts)
    size = counts.shape
    usual = np.full((1, *size), 0.1) if each is None else each
    return Alarms(
        MONTHS[: size[1]], np.arange(size[0]), np.zeros(size), 1.0, np.zeros(size, np.int64),
        usual.sum(axis=0), counts, np.zeros(size, bool) if raised is None else np.array(raised),
        Usual(np.zeros((1, 1, 1)), 0.0, np.zeros((1, 1), np.int64)), np.ones(size, bool), usual,
    )  # fmt: skip


def small(child, day, red_child=(), red_day=()) -> SmallEvents:
    many, none = np.zeros(len(child), np.int64), np.zeros(0, np.int64)
    return SmallEvents(
        np.array(child), np.array(day), many, many, many, many, np.array(red_child, np.int64),
        np.array(red_day, np.int64), none, none, none, none,
    )  # fmt: skip


def test_an_alarm_is_early_when_it_stood_at_a_months_end_within_the_days_before() -> None:
    raised = np.zeros((3, 24), bool)
    raised[0, 3] = raised[1, 11] = True
    red = np.array([ENDS[3] + 90, ENDS[11] + 89, NEVER])
    found = by_detector(alarms(np.zeros((3, 24), int), raised), red, (90, 365))
    assert found.early.tolist() == [1, 0, 0]
    assert found.ever.tolist() == [1, 1, 0]


def test_a_year_is_twelve_months() -> None:
    counts = np.ones((1, 24), int)
    assert in_a_year(counts, np.ones((1, 24), bool))[0].tolist() == [*range(1, 13), *[12] * 12]


def test_counting_between_two_numbers_finds_in_part() -> None:
    counts = np.zeros((2, 24), int)
    counts[0, 2], counts[1, 2] = 3, 2
    red = np.full(2, ENDS[6])
    found = by_counting(alarms(counts), red, (90, 365), 2.25)
    assert found.early.tolist() == [1, 0.75]
    assert by_counting(alarms(counts), red, (90, 365), 3.0).early.tolist() == [1, 0]


def test_the_count_from_which_just_so_many_are_found() -> None:
    most = np.array([5, 4, 4, 1])
    # 5 finds one, 4 finds three
    assert count_for(most, 3) == 2  # as 3 and 4 do
    assert count_for(most, 1) == 5
    assert count_for(most, 2) == 4.5
    assert count_for(most, 0) == 6


def test_small_events_count_until_the_first_red_event() -> None:
    told = small([0, 0, 0, 1], [10, 95, 100, 50], [0, 0], [100, 300])
    of = alarms(np.zeros((2, 24), int))
    red = first_red(told, of, NEVER)
    assert red.tolist() == [100, NEVER]
    assert small_before(told, of, red, 50).tolist() == [1, 0]


def test_events_drawn_as_usual_come_as_often_as_usual_and_in_their_months() -> None:
    each = np.full((1, 2000, 12), 0.2)
    each[0, :, 6:] = 0.0
    of = alarms(np.zeros((2000, 12), int), each=each)
    drawn = usual_events(small([0], [1]), of, seed=3)
    assert len(drawn.child) == pytest.approx(0.2 * 6 * 2000, abs=3 * np.sqrt(2400))
    assert drawn.day.max() <= ENDS[5]
    assert drawn.day.min() > ENDS[0] - 32
    assert (np.diff(drawn.child) >= 0).all()
