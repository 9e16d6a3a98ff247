"""Who is on a list, who ties, and who just missed it."""

import numpy as np
import pytest
from pydantic import ValidationError

from kithkin.policy.lists import Cohort
from kithkin.scoring.cohorts import Findings, cohort_members

NAN = float("nan")


def cohort(**changed: object) -> Cohort:
    said = {
        "name": "review", "title": "Children to review", "purpose": "test", "ages": (10, 17),
        "every": ({"theme": "cse", "at_least": 20.0},), "rank": {"theme": "cse"}, "capacity": 2,
        "near_misses": 5,
    }  # fmt: skip
    return Cohort.model_validate({**said, **changed})


def found() -> Findings:
    score = np.array([50.0, 30.0, 30.0, 25.0, 19.0, 90.0, NAN])
    age = np.array([12, 13, 14, 15, 16, 19, 12])
    return Findings(
        age=age,
        score={("cse", "victim", "score"): score},
        trend={("cse", "victim"): np.array(["rising", "", "", "steady", "rising", "", ""])},
        raised={"EDU-01": np.array([1, 0, 1, 0, 0, 1, 1], bool)},
        accumulation=np.array([0, 1, 0, 0, 0, 0, 0], bool),
        accumulated=np.array([1.0, 7.0, 0.0, NAN, 2.0, NAN, NAN]),
    )


def rows(of: Cohort) -> list[dict[str, object]]:
    return cohort_members(of, found()).data.to_pylist()


def test_who_ties_with_the_last_that_fits_is_on_the_list_with_them() -> None:
    listed = [row for row in rows(cohort()) if row["within_capacity"]]
    assert [row["person_key"] for row in listed] == [0, 1, 2]
    assert [row["place"] for row in listed] == [1, 2, 2]
    assert [row["tied_with_last"] for row in listed] == [False, True, True]


def test_near_misses_say_what_they_lacked_and_by_how_much() -> None:
    missed = {row["person_key"]: row["near_miss"] for row in rows(cohort()) if row["near_miss"]}
    assert missed[3] == "meets the rule, after the last who fits"
    assert missed[4] == "lacks: cse score of 20 or more (has 19.0)"


def test_who_is_of_another_age_or_has_no_score_is_neither_listed_nor_a_near_miss() -> None:
    assert not {5, 6} & {row["person_key"] for row in rows(cohort())}


@pytest.mark.parametrize(
    ("conditions", "listed"),
    [
        ({"every": ({"indicator": "EDU-01"},)}, [0, 2]),
        ({"every": ({"theme": "cse", "trend": ("rising",)},)}, [0, 4]),
        ({"every": ({"accumulation": True},)}, [1]),
        ({"every": (), "any_of": ({"accumulation": True}, {"indicator": "EDU-01"})}, [0, 1, 2]),
        ({"none_of": ({"accumulation": True},), "capacity": 9}, [0, 2, 3]),
    ],
)
def test_each_kind_of_condition_chooses_whom_it_says(
    conditions: dict[str, object], listed: list[int]
) -> None:
    told = rows(cohort(**conditions))
    assert [row["person_key"] for row in told if row["within_capacity"]] == listed


def test_a_list_with_room_to_spare_has_no_ties_to_speak_of() -> None:
    told = rows(cohort(capacity=50))
    assert not any(row["tied_with_last"] for row in told)
    assert [row["person_key"] for row in told if row["within_capacity"]] == [0, 1, 2, 3]


def test_a_list_may_be_in_order_of_how_much_has_accumulated() -> None:
    told = rows(
        cohort(
            rank={"accumulation": True},
            every=(),
            any_of=({"indicator": "EDU-01"}, {"accumulation": True}),
        )
    )
    assert [row["person_key"] for row in told if row["within_capacity"]] == [1, 0]


def test_a_rule_without_a_condition_is_refused() -> None:
    with pytest.raises(ValidationError, match="no condition"):
        cohort(every=())
