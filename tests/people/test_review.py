"""What is left for a human, and in which order."""

from datetime import date
from typing import Any

import numpy as np

from kithkin.people.cleaning.comparable import comparable_records
from kithkin.people.resolving import (
    FindingTable,
    JoinedTable,
    RefusedTable,
    Resolution,
    review_table,
    stated_probability,
)
from kithkin.people.rules import linkage_rules
from tests.people.records import Town

RULES = linkage_rules()
COSTS = RULES.review
ADULT, CHILD = date(1980, 5, 6), date(2015, 5, 6)
REFUSED = {"kind": "join?", "weight": 9.0, "probability": 0.5, "why": "too alike"}


def town() -> Town:
    """Six records in rid order: two adults, two children, two adults of whom one is sealed."""
    made = Town().person("a/1", "Ann", date_of_birth=ADULT).person("a/2", "Anne")
    made.person("a/3", "Leo", date_of_birth=CHILD).person("a/4", "Leon", date_of_birth=CHILD)
    return made.person("a/5", "Sue", seal="S2").person("a/6", "Susan", seal="S0")


def queue(
    refused: list[dict[str, Any]],
    findings: list[dict[str, Any]] | None = None,
    ids: str = "ABCDEF",
    of: Town | None = None,
) -> list[dict[str, Any]]:
    con = (of or town()).connection()
    records = comparable_records(con, RULES)
    resolution = Resolution(
        np.arange(len(records), dtype=np.int32),
        JoinedTable.from_rows([]),
        RefusedTable.from_rows({**REFUSED, **one} for one in refused),
        FindingTable.from_rows(findings or []),
    )
    rows: list[dict[str, Any]] = review_table(
        con, records, resolution, list(ids), RULES
    ).data.to_pylist()
    return rows


def ends(left: int, right: int) -> dict[str, Any]:
    return {"left_rid": left, "right_rid": right}


def test_a_sealed_record_comes_before_a_child_and_a_child_before_an_adult() -> None:
    rows = queue([ends(0, 1), ends(2, 3), ends(4, 5)])
    assert [(row["rank"], row["person_id"]) for row in rows] == [(1, "E"), (2, "C"), (3, "A")]
    # One agency and one record each: nothing but probability, what is missed, and who it is.
    plain = 0.5 * COSTS.missed_link
    assert [row["cost"] for row in rows] == [plain * COSTS.sealed, plain * COSTS.child, plain]


def test_a_child_is_one_on_the_newest_day_that_anything_was_known() -> None:
    def cost(born: date) -> float:
        made = Town().person("a/1", "Ann", date_of_birth=born).person("a/2", "Anne")
        return float(queue([ends(0, 1)], ids="AB", of=made)[0]["cost"])

    # The town's records are known on 31 January 2026.
    assert cost(date(2008, 2, 1)) == 0.5 * COSTS.missed_link * COSTS.child
    assert cost(date(2008, 1, 31)) == 0.5 * COSTS.missed_link


def test_the_likelier_of_two_equal_pairs_to_join_comes_first() -> None:
    made = Town().person("a/1").person("a/2").person("a/3").person("a/4")
    rows = queue([ends(0, 1), {**ends(2, 3), "probability": 0.9}], ids="ABCD", of=made)
    assert rows[0]["probability"] == 0.9


def test_a_person_who_may_be_two_costs_the_more_the_less_sure_the_join() -> None:
    finding = {**ends(0, 1), "check": "births", "probability": 0.9, "why": "two dates"}
    row = queue([], [finding], ids="AACDEF")[0]
    assert (row["kind"], row["person_id"], row["other_person_id"]) == ("split?", "A", "A")
    # Two records of one person: counted from each side, so two further ones.
    records = 1 + 2 * COSTS.records
    assert row["cost"] == round(0.1 * COSTS.wrong_merge * records, 6)


def test_more_agencies_and_a_source_of_children_in_care_weigh_more() -> None:
    made = Town().person("a/1", "Ann").person("ssd/2", "Anne").person("ssda903/3", "Anna")
    rows = queue([ends(0, 1), ends(1, 2)], ids="ABC", of=made)
    plain = 0.5 * COSTS.missed_link
    assert [row["cost"] for row in rows] == [
        plain * COSTS.sources["ssda903"],
        plain * COSTS.sources["ssd"],
    ]
    one_person = queue([ends(0, 1)], ids="ABB", of=made)[0]
    further = 1 + COSTS.agencies + COSTS.records
    assert one_person["cost"] == plain * COSTS.sources["ssda903"] * further


def test_of_many_pairs_of_two_persons_a_contradiction_is_told_then_the_strongest() -> None:
    weak, strong = {**ends(0, 2), "weight": 4.0}, {**ends(1, 3), "weight": 8.0}
    rows = queue([weak, strong], ids="AABBEF")
    assert [(row["record_id"], row["other_record_id"]) for row in rows] == [("2", "4")]
    number = {**ends(0, 3), "kind": "contradiction", "weight": None, "probability": None}
    rows = queue([weak, strong, number], ids="AABBEF")
    assert [(row["record_id"], row["other_record_id"]) for row in rows] == [("1", "4")]


def test_the_smaller_person_id_stands_first_with_its_own_record() -> None:
    row = queue([ends(0, 1)], ids="ZBCDEF")[0]
    assert (row["person_id"], row["record_id"]) == ("B", "2")
    assert (row["other_person_id"], row["other_record_id"]) == ("Z", "1")


def test_nothing_left_over_is_an_empty_queue() -> None:
    assert queue([]) == []


def test_probability_counts_strangers_and_relatives() -> None:
    stated = stated_probability(np.array([10.0, 10.0]), np.array([np.inf, 1.0]))
    # 1 / (1 + 2**-10) and 1 / (1 + 2**-10 + 2**-1)
    assert stated.tolist() == [0.999024, 0.666233]
