"""Chance is not shown as a finding, and a few people cannot be told from a group."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from evaluation.linkages import linkage, truth
from kithkin.evaluation.linkage import assess
from kithkin.evaluation.linkage.intervals import Value, draw, kinds_by_group, value_of
from kithkin.evaluation.linkage.metrics import BY_NAME
from kithkin.evaluation.linkage.page import write_page
from kithkin.evaluation.linkage.quality import Settings, too_few


def recall(right: int, wrong: int, *, seed: int = 1) -> Value:
    """Recall of so many human beings of two records each."""
    people = right + wrong
    sums = {"pairs_true": np.ones(people), "pairs_right": np.r_[np.ones(right), np.zeros(wrong)]}
    kinds = kinds_by_group(np.arange(people), np.zeros(people, np.int64), 1, sums)[0]
    return value_of(BY_NAME["recall"], draw(kinds, seed=seed, replicates=4000, name="all"))


def test_an_interval_of_independent_people_is_that_of_a_share() -> None:
    # 90 of 100: 0.9 +- 1.96 * sqrt(0.9 * 0.1 / 100) = 0.841 to 0.959.
    found = recall(90, 10)
    assert (found.low, found.high) == (
        pytest.approx(0.841, abs=0.01),
        pytest.approx(0.959, abs=0.01),
    )


def test_records_of_one_human_being_are_not_taken_for_independent() -> None:
    # Ten people whose fifty pairs each are all right or all wrong know no more than ten coins.
    sums = {"pairs_true": np.full(10, 50.0), "pairs_right": np.r_[np.full(8, 50.0), 0, 0]}
    kinds = kinds_by_group(np.arange(10), np.zeros(10, np.int64), 1, sums)[0]
    found = value_of(BY_NAME["recall"], draw(kinds, seed=1, replicates=2000, name="all"))
    assert found.low is not None
    assert found.low < 0.6


def test_where_no_error_was_met_the_interval_still_has_a_width() -> None:
    # 1 - 0.05 ** (1 / 60) = 0.0487; the rule of three says 3 / 60 = 0.05.
    assert recall(60, 0) == Value(1.0, pytest.approx(1 - 0.0487, abs=1e-4), 1.0)
    assert recall(0, 60) == Value(0.0, 0.0, pytest.approx(0.0487, abs=1e-4))


def test_the_same_seed_draws_the_same_interval_and_another_seed_another() -> None:
    assert recall(90, 10) == recall(90, 10)
    assert recall(90, 10) != recall(90, 10, seed=2)


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        ({"a": 30, "b": 40}, set()),
        # One alone could be found from the total: the next smallest goes with it.
        ({"a": 3, "b": 40, "c": 50}, {"a", "b"}),
        ({"a": 3, "b": 4, "c": 50}, {"a", "b"}),
        ({"a": 10}, set()),
    ],
)
def test_no_small_group_is_shown_and_none_can_be_worked_out(
    people: dict[str, int], hidden: set[str]
) -> None:
    assert too_few(people, 10) == hidden


@pytest.fixture(scope="module")
def town() -> tuple:
    """24 people of two records: twelve F, nine M, three of unknown sex; two F are spread."""
    sexes = ["F"] * 12 + ["M"] * 9 + [None] * 3
    made, whose, about = {}, {}, {}
    for number, sex in enumerate(sexes):
        for half in "xy":
            record = f"{number:02}{half}"
            spread = number < 2 and half == "y"
            made[record] = f"P{number}{'s' if spread else ''}"
            whose[record] = f"T{number}"
            about[record] = {
                "sex": sex,
                "ethnicity": "BCRB" if number < 11 else "REFU",
                "date_of_birth": date(2010, 2, 1) if number < 12 else date(1990, 1, 1),
            }
    return linkage(made, about=about), truth(whose)


def test_small_groups_are_suppressed_in_results_and_on_the_page(town: tuple, tmp_path) -> None:
    quality = assess(*town, Settings(minimum=5, replicates=50))
    rows = {row.group: row for row in quality.groups if row.grouping == "sex"}
    assert {name: row.people for name, row in rows.items()} == {
        "Female": 12, "Male": None, "Not known": None,
    }  # fmt: skip
    assert rows["Male"].values == {}
    write_page(tmp_path / "linkage.html", quality)
    page = (tmp_path / "linkage.html").read_text()
    assert "<th scope='row'>Male</th><td>suppressed</td>" in page
    assert "On synthetic data an accuracy proves only that the machinery works" in page
    for outside in ("<script", "http", "src=", "@import"):
        assert outside not in page
    assert page.count('<svg role="img" aria-labelledby=') == page.count("<desc id=")
    assert "12</td>" in page


def test_groups_are_those_of_the_census_and_ages_on_the_as_of_date(town: tuple) -> None:
    quality = assess(*town, Settings(minimum=1, replicates=20))
    people = {(row.grouping, row.group): row.people for row in quality.groups}
    assert people["ethnicity", "Black or Black British"] == 11
    assert people["ethnicity", "Not known"] == 13
    # Born 1 February 2010, they turn 16 the day after 31 January 2026.
    assert people["age_band", "10 to 15"] == 12
    assert people["age_band", "25 to 64"] == 12
    gap = next(g for g in quality.gaps if (g.grouping, g.metric) == ("sex", "recall"))
    # Two of twelve pairs of women are missed and none of men; the unknown are in no gap.
    assert (gap.best, gap.worst, gap.gap.value) == ("Male", "Female", pytest.approx(2 / 12))
