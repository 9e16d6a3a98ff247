"""What the accumulation detector says: by hand, against chance, and as known on each day."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kithkin.model import dates
from kithkin.policy.watching import Accumulation
from kithkin.scoring.accumulation import SmallEvents, watch
from kithkin.scoring.accumulation.detector import evidence, sums, threshold
from kithkin.scoring.accumulation.small_events import NEVER, counting
from kithkin.scoring.accumulation.usual import agencies_seeing, banded, learn_spread

MONTHS = tuple(dates.month_ends(date(2023, 1, 1), date(2025, 12, 31)))
BORN = dates.day_number(date(2013, 6, 15))  # 9 at the first month's end, 12 at the last


def rules(**changed: object) -> Accumulation:
    said = {
        "ages": (0, 17), "kinds": ("small",), "red": ("red",), "red_days": 365, "once_in_days": 7,
        "seen_by": ("roll",), "seen_days": 365, "age_bands": (0, 5, 11), "seen_bands": (0, 2),
        "cell": 100.0, "rate_ratio": 3.0, "agencies": 2, "events": 4, "false_alarms": 5.0,
        "simulated": 4000, "basis": "test",
    }  # fmt: skip
    return Accumulation.model_validate({**said, **changed})


def told(events: list[tuple[int, date, int]], red: dict[int, date] | None = None) -> SmallEvents:
    """Events as (child, day, agency)."""
    rows = sorted((child, dates.day_number(day), agency) for child, day, agency in events)
    child, day, agency = np.array(rows, np.int64).reshape(-1, 3).T
    reds = sorted((person, dates.day_number(on)) for person, on in (red or {}).items())
    red_child, red_day = np.array(reds, np.int64).reshape(-1, 2).T
    none, nought = np.zeros(0, np.int64), np.zeros(len(rows), np.int64)
    return SmallEvents(
        child, day, agency, nought, nought, np.arange(len(rows)),
        red_child, red_day, none, none, none, none,
    )  # fmt: skip


def background(persons: int, rate: float, seed: int) -> list[tuple[int, date, int]]:
    """Events of each person that come by chance, at `rate` a month, of three agencies."""
    draw = np.random.default_rng(seed)
    found = []
    for before, end in pairwise((date(2022, 12, 31), *MONTHS)):
        first, last = dates.day_number(before) + 1, dates.day_number(end)
        for child in np.repeat(np.arange(persons), draw.poisson(rate, persons)):
            day = dates.from_day_number(int(draw.integers(first, last + 1)))
            found.append((int(child), day, int(draw.integers(3))))
    return found


def test_the_sum_is_worked_by_hand() -> None:
    # Usual 0.5 a month, looked for 3 times as often, no spread: a month with n events adds
    # n*log 3 - 0.5*(3 - 1) = 1.0986 n - 1.
    told = evidence(np.array([[[0, 2, 1, 0, 0, 1]]]), np.full((1, 1, 6), 0.5), (3.0,), 0.0)
    total, since = sums(told, np.ones((1, 6), bool))
    # 0; 1.1972; 1.2958; 0.2958; 0 (never below); 0.0986
    assert total[0] == pytest.approx([0, 1.19722, 1.29584, 0.29584, 0, 0.09861], abs=1e-4)
    assert since[0].tolist() == [-1, 1, 1, 1, -1, 5]


def test_uneven_counts_are_weaker_evidence_than_even_ones() -> None:
    one, usual, three = np.array([[6]]), np.array([[0.5]]), (3.0,)
    even = evidence(one, usual, three, 0.0)[0]
    assert evidence(one, usual, three, 2.0)[0] < even
    assert evidence(one, usual, three, 1e-9)[0] == pytest.approx(even)


def test_each_stream_adds_by_its_own_ratio() -> None:
    # 2 log 2 - 0.5 (2 - 1) of the first, log 4 - 0.1 (4 - 1) of the second
    counts, usual = np.array([[2], [1]]), np.array([[0.5], [0.1]])
    added = evidence(counts, usual, (2.0, 4.0), 0.0)[0]
    assert added == pytest.approx(2 * np.log(2) - 0.5 + np.log(4) - 0.3)
    # alike, they are one stream, however uneven
    one = evidence(np.array([[3]]), np.array([[0.6]]), (3.0,), 0.7)[0]
    assert evidence(counts, usual, (3.0, 3.0), 0.7)[0] == pytest.approx(one)


def test_a_rare_kinds_run_alarms_where_as_many_common_events_do_not() -> None:
    people = 1000
    run = [(3, date(2025, 3 + n // 3, 1 + 8 * (n % 3)), n % 2) for n in range(12)]
    common = told(background(people, 0.1, 3) + run)
    stream = np.where(common.child == 3, 1, 0)
    looked = rules(rate_ratio=2.0, streams=[
        {"title": "rare", "kinds": ["small"], "rate_ratio": 5.0, "basis": "test"}])  # fmt: skip
    sums_of = [
        watch(events, np.full(people, BORN), MONTHS, looked, seed=1).total[3].max()
        for events in (common, replace(common, stream=stream))
    ]
    assert sums_of[1] > 2 * sums_of[0]


def test_children_whose_events_come_as_usual_raise_as_many_alarms_as_the_policy_allows() -> None:
    allowed, people = 20.0, 3000
    plain = rules(false_alarms=allowed, simulated=20000, events=1, agencies=1)
    alarms = watch(told(background(people, 0.2, 7)), np.full(people, BORN), MONTHS, plain,
                   seed=1)  # fmt: skip
    rate = np.count_nonzero(alarms.first() >= 0) / (people * len(MONTHS) / 12) * 1000
    # 180 expected among 9,000 child-years; three standard deviations are 40.
    assert rate == pytest.approx(allowed, abs=4.5)


def test_many_small_events_of_two_agencies_raise_an_alarm_and_say_since_when() -> None:
    people = 1000
    run = [(3, date(2025, 3 + n // 3, 1 + 8 * (n % 3)), n % 2) for n in range(12)]
    alarms = watch(told(background(people, 0.1, 3) + run), np.full(people, BORN), MONTHS,
                   rules(), seed=1)  # fmt: skip
    child = alarms.person.tolist().index(3)
    at = alarms.first()[child]
    assert date(2025, 3, 31) <= alarms.months[at] <= date(2025, 6, 30)
    assert alarms.months[alarms.since[child, at]] <= date(2025, 3, 31)
    assert alarms.raised[child, at]


def test_as_many_events_of_one_agency_raise_none() -> None:
    people = 1000
    run = [(3, date(2025, 3 + n // 3, 1 + 8 * (n % 3)), 1) for n in range(12)]
    quiet = [event for event in background(people, 0.1, 3) if event[0] != 3]
    alarms = watch(told(quiet + run), np.full(people, BORN), MONTHS, rules(), seed=1)
    child = alarms.person.tolist().index(3)
    assert alarms.total[child].max() > alarms.threshold
    assert alarms.first()[child] == -1


def test_a_child_known_for_a_red_event_is_not_watched_until_that_is_long_ago() -> None:
    people = 1000
    run = [(3, date(2025, 3 + n // 3, 1 + 8 * (n % 3)), n % 2) for n in range(12)]
    known = {3: date(2025, 2, 20)}
    alarms = watch(told(background(people, 0.1, 3) + run, known), np.full(people, BORN),
                   MONTHS, rules(), seed=1)  # fmt: skip
    assert alarms.first()[alarms.person.tolist().index(3)] == -1
    soon = watch(told(background(people, 0.1, 3) + run, known), np.full(people, BORN), MONTHS,
                 rules(red_days=30), seed=1)  # fmt: skip
    assert soon.first()[soon.person.tolist().index(3)] > 0


def test_what_a_month_says_does_not_change_with_what_comes_later() -> None:
    people, half = 400, 18
    events = background(people, 0.3, 5)
    early = [event for event in events if event[1] <= MONTHS[half - 1]]
    fixed = rules(cell=1e12)  # so that what is usual is not learnt from what comes later
    counts = [
        watch(told(some), np.full(people, BORN), months, fixed, seed=1).counts
        for some, months in ((events, MONTHS), (early, MONTHS[:half]))
    ]
    np.testing.assert_array_equal(counts[0][:, :half], counts[1])


def test_a_person_without_a_birthday_or_not_born_is_not_watched() -> None:
    born = np.array([BORN, -(10**9), dates.day_number(date(2031, 1, 1))])
    alarms = watch(told([(0, date(2024, 1, 5), 0)]), born, MONTHS, rules(), seed=1)
    assert alarms.person.tolist() == [0]


def test_one_agency_saying_the_same_again_within_days_counts_once() -> None:
    child, agency = np.zeros(4, np.int64), np.array([0, 0, 0, 1])
    kept = counting(child, agency, np.array([10, 13, 17, 13]), 7)
    assert kept.tolist() == [True, False, True, True]


def test_unevenness_within_a_month_is_told_from_children_who_differ() -> None:
    draw = np.random.default_rng(2)
    own = draw.gamma(0.5, 1.0, (20000, 1)) * np.ones((1, 12))  # children differ a great deal
    watched = np.ones(own.shape, bool)
    assert learn_spread(draw.poisson(own), watched) == pytest.approx(0, abs=0.03)
    uneven = draw.poisson(draw.gamma(1 / 0.8, own * 0.8))
    assert learn_spread(uneven, watched) == pytest.approx(0.8, abs=0.08)


def test_agencies_that_see_a_child_are_counted_once_each() -> None:
    seen = agencies_seeing(
        2, np.array([10, 20, 30]), np.array([0, 0, 0, 1]), np.array([4, 4, 7, 1]),
        np.array([5, 12, 15, 40]), np.array([11, 25, NEVER, 50]),
    )  # fmt: skip
    assert seen.tolist() == [[1, 2, 1], [0, 0, 0]]


def test_what_is_stored_is_read_back_as_it_was(tmp_path: Path) -> None:
    events = told([(3, date(2025, 1, 1), 1), (0, date(2025, 2, 1), 0)], {3: date(2025, 3, 1)})
    events.write(tmp_path)
    back = SmallEvents.read(tmp_path)
    for name, column in vars(events).items():
        np.testing.assert_array_equal(getattr(back, name), column)


def test_bands_begin_at_their_first_value() -> None:
    assert banded(np.array([-1, 0, 4, 5, 30]), (0, 5, 11)).tolist() == [0, 0, 0, 1, 2]


def test_nobody_watched_means_no_alarm_can_be_raised() -> None:
    mark = threshold(np.ones((1, 2, 3)), np.zeros((2, 3), bool), ratios=(3.0,), spread=0.0,
                     false_alarms=5.0, simulated=1000, seed=1)  # fmt: skip
    assert mark == float("inf")
