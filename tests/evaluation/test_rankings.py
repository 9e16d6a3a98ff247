"""Rankings are judged as their measures are defined, on rows worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from kithkin.evaluation.matching import matched_risk
from kithkin.evaluation.ranking import (
    Interval,
    Ranked,
    differences,
    draws_of_persons,
    weighted_median,
)

NO = float("nan")


def ranked(lead, value, person=None, on=None, on_days=()) -> Ranked:
    size = len(lead)
    return Ranked(
        np.arange(size) if person is None else np.array(person),
        np.zeros(size, np.int64) if on is None else np.array(on),
        np.array(lead, float),
        np.array(value, float),
        np.array(on_days, np.int64),
    )


def test_average_precision_of_five_by_hand():
    # best first: hit, no, hit, no, no: (1/1 + 2/3) / 2
    one = ranked([30, NO, 60, NO, NO], [9, 8, 7, 6, 5])
    assert one.average_precision() == pytest.approx((1 + 2 / 3) / 2)


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=20
    )
)
@settings(max_examples=60, deadline=None)
def test_average_precision_is_the_usual_one_with_ties_and_weights(rows):
    hit, value, times = (np.array(column) for column in zip(*rows, strict=True))
    if not (hit * times).any():
        return
    one = ranked(np.where(hit, 10.0, NO), value)
    expected = average_precision_score(hit, value, sample_weight=times.astype(float))
    assert one.average_precision(times.astype(float)) == pytest.approx(expected)


def test_recall_counts_a_tie_over_the_lists_edge_in_part():
    # a list of half of four is two; the first has one place, three tie for the other
    one = ranked([NO, 20, 40, NO], [9, 5, 5, 5])
    assert one.recall(0.5) == pytest.approx(1 / 3)


def test_each_date_has_its_own_list():
    one = ranked([10, NO, 10, NO], [9, 8, 1, 2], person=[1, 2, 1, 2], on=[0, 0, 1, 1])
    assert one.recall(0.5) == pytest.approx(0.5)
    assert one.lead_days(0.5) == 10


def test_lead_is_the_median_of_those_who_were_found():
    one = ranked([10, 100, 200, 300, NO], [9, 8, 7, 1, 2])
    assert one.lead_days(0.6) == 100


def test_the_weighted_median_halves_the_weight():
    assert weighted_median(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 2.0])) == 2.5
    assert weighted_median(np.array([3.0, 1.0]), np.array([1.0, 2.0])) == 1
    assert np.isnan(weighted_median(np.zeros(0), np.zeros(0)))


def test_an_outcome_counts_once_and_is_early_if_any_list_held_its_person_long_enough_before():
    # dates 0, 90, 180 (days); A's outcome on 200 is told on every date, B's on 210
    one = ranked(
        [200, 110, 20, 210, 120, 30, NO, NO, NO],
        [5, 9, 9, 1, 1, 9, 7, 7, 7],
        person=[1, 1, 1, 2, 2, 2, 3, 3, 3],
        on=[0, 1, 2, 0, 1, 2, 0, 1, 2],
        on_days=[0, 90, 180],
    )
    # the list is of one: A is first on day 90, 110 days before; B only on day 180, 30 before
    assert one.early(1 / 3, days=90, window=100) == pytest.approx(0.5)
    # a list of two on day 0 holds A as well, 200 days before; nobody else but B's last date
    assert one.early(1 / 3, days=150, window=100) == 0


def test_outcomes_without_a_whole_window_of_dates_are_not_asked_for():
    one = ranked([50, NO], [9, 1], on_days=[0])
    assert np.isnan(one.early(0.5, days=10, window=100))


def test_draws_are_of_persons_with_all_their_dates():
    person = np.array([4, 4, 9, 9, 9])
    for times in draws_of_persons(person, 20, seed=1):
        assert len(set(times[:2])) == len(set(times[2:])) == 1
        assert times[0] + times[2] == 2


def test_differences_are_drawn_in_pairs():
    told = {"a": [0.5, 0.9, 0.1], "b": [0.4, 0.8, 0.0]}
    difference = differences(told, [("a", "b")])["a", "b"]
    assert (difference.low, difference.value, difference.high) == pytest.approx((0.1, 0.1, 0.1))


def test_an_interval_without_a_value_is_a_dash():
    assert Interval.of(NO, []).told() == "-"
    assert Interval.of(0.25, [0.25, 0.25]).told(2) == "0.25 (0.25 to 0.25)"


def test_those_matched_are_compared_with_the_others_of_their_cell_alone():
    # cell 0: two of the group, one met with it; four others, one did: expected 2 x 1/4
    # cell 1: one of the group and nobody else: unmatched
    cell = np.array([0, 0, 0, 0, 0, 0, 1])
    grouped = np.array([1, 1, 0, 0, 0, 0, 1], bool)
    happened = np.array([1, 0, 1, 0, 0, 0, 1], bool)
    found = matched_risk(np.arange(7), cell, grouped, happened, draws=5, seed=1)
    assert (found.group, found.unmatched) == (2, 1)
    assert (found.observed, found.expected) == (1, 0.5)
    assert found.ratio.value == 2
