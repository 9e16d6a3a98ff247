"""What scores were, month by month, and how they move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kithkin.engine import open_engine
from kithkin.model import dates
from kithkin.scoring import (
    TRENDS,
    ScoreMemory,
    index_on,
    reaches,
    remember,
    scores_on,
    trends,
)
from kithkin.scoring.memory import THOUSANDTHS
from scoring import family, worlds
from scoring.family import AS_OF, NAMES, Told

PLAN = family.plan()
MONTHS = list(dates.month_ends(dates.add_months(AS_OF, -35), AS_OF))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with open_engine("duckdb") as engine:
        yield family.tell(engine, tmp_path_factory.mktemp("family"))


@pytest.fixture(scope="module")
def memory(told: Told, tmp_path_factory: pytest.TempPathFactory) -> ScoreMemory:
    kept = ScoreMemory(tmp_path_factory.mktemp("memory"))
    networks = reaches(told.evidence, PLAN, told.born, MONTHS)
    remember(kept, told.stored, PLAN, told.born, MONTHS, networks, at_once=1)
    return kept


def scored(told: Told, on: date) -> list[Any]:
    index = index_on(told.stored, PLAN, told.born, [on])[:, 0]
    reach = next(reaches(told.evidence, PLAN, told.born, [on], proven=True))
    return list(scores_on(PLAN, index, told.born, on, reach))


def test_each_month_is_remembered_as_it_would_be_scored_alone(
    told: Told, memory: ScoreMemory
) -> None:
    assert memory.dates() == MONTHS
    by_track = memory.of_tracks(len(PLAN.tracks), len(NAMES), MONTHS) / THOUSANDTHS
    for place in (0, 17, 35):
        for kept, now in zip(by_track, scored(told, MONTHS[place]), strict=True):
            assert worlds.largest_difference(kept[place], now.score[0]) <= 0.001


def test_one_persons_past_reads_back(told: Told, memory: ScoreMemory) -> None:
    rows = memory.of_person(NAMES.index("Ava")).data.to_pylist()
    today = [row for row in rows if row["as_of"] == AS_OF and row["theme"] == "exploitation"]
    (row,) = today
    assert (row["track"], row["index"]) == ("victim", 75.0)
    assert row["score"] == pytest.approx(row["index"] + row["network_points"])
    # Nothing is known of her before event 4, a year before, but her network is the same as ever.
    assert {r["as_of"] for r in rows if r["index"] > 0} == set(MONTHS[-12:]) | {MONTHS[-13]}


def test_how_many_dates_are_held_at_once_changes_no_byte(
    told: Told, memory: ScoreMemory, tmp_path: Path
) -> None:
    at_once = ScoreMemory(tmp_path)
    remember(at_once, told.stored, PLAN, told.born, MONTHS,
             reaches(told.evidence, PLAN, told.born, MONTHS))  # fmt: skip
    files = sorted(memory.folder.iterdir())
    assert [file.read_bytes() for file in files] == [
        file.read_bytes() for file in sorted(tmp_path.iterdir())
    ]
    assert len(files) == 37  # 36 dates, and what the tracks are called


def test_without_a_network_the_index_is_remembered(told: Told, tmp_path: Path) -> None:
    kept = ScoreMemory(tmp_path)
    remember(kept, told.stored, PLAN, told.born, [AS_OF], [None])
    rows = kept.of_person(NAMES.index("Isla")).data.to_pylist()
    assert [(row["network_points"], row["score"] == row["index"]) for row in rows] == [(0.0, True)]


# --- trend -----------------------------------------------------------------------------------

# trend_months 6, trend_points 5, trend_swings 2, high_from 60 (`worlds.SCORING`).
TREND = {
    # past of six months, now: which trend, and why
    "steady": ([10, 10, 10, 10, 10, 10, 15], "steady"),  # 5 above the mean; more is needed
    "a little more": ([10, 10, 10, 10, 10, 10, 15.1], "rising"),
    "less": ([20, 20, 20, 20, 20, 20, 14.9], "falling"),
    # Mean 20, standard deviation 10: 40 is not more than two of them above, 40.1 is.
    "noisy": ([10, 30, 10, 30, 10, 30, 40], "steady"),
    "beyond noise": ([10, 30, 10, 30, 10, 30, 40.1], "rising"),
    "below noise": ([10, 30, 10, 30, 10, 30, 0], "steady"),
    "high": ([60, 60, 60, 60, 60, 60, 60], "high"),
    "high and rising": ([50, 50, 50, 50, 50, 50, 70], "rising"),
    "high and falling": ([90, 90, 90, 90, 90, 90, 70], "falling"),
}


@pytest.mark.parametrize("case", TREND)
def test_a_trend_is_judged_against_ones_own_past(case: str) -> None:
    history, expected = TREND[case]
    score = np.array([[99.0], *[[value] for value in history]])  # a seventh month does not count
    told = trends(score, score >= 0, np.array([False]), worlds.SCORING)
    assert TRENDS[told[0]] == expected


def test_months_in_which_one_was_not_of_the_ages_are_no_past() -> None:
    score = np.array([[0.0], [0.0], [0.0], [30.0], [30.0], [31.0]])
    of_ages = np.array([[False], [False], [False], [True], [True], [True]])
    nobody = np.array([False])
    assert TRENDS[trends(score, of_ages, nobody, worlds.SCORING)[0]] == "steady"
    assert TRENDS[trends(score, score >= 0, nobody, worlds.SCORING)[0]] == "steady"  # sd 15
    first = trends(score[3:4], of_ages[3:4], nobody, worlds.SCORING)
    assert TRENDS[first[0]] == "steady"  # no past at all


def test_who_is_no_longer_of_the_ages_does_not_fall() -> None:
    score, of_ages = np.array([[50.0], [50.0], [0.0]]), np.array([[True], [True], [False]])
    assert TRENDS[trends(score, of_ages, np.array([False]), worlds.SCORING)[0]] == "steady"


def test_emerging_comes_before_all() -> None:
    score = np.array([[0.0], [0.0], [20.0]])
    told = trends(score, score >= 0, np.array([True]), worlds.SCORING)
    assert TRENDS[told[0]] == "emerging"
