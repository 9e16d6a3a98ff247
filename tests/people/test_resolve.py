"""The resolver alone: records, weights and evidence as plain tables, no Splink."""

from collections.abc import Iterable
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.resolving.clusters import BETWEEN, NAMELESS, NUMBERS, TWINS, Resolution, resolve
from kithkin.people.resolving.evidence import (
    Evidence,
    ExclusiveNumberTable,
    PossibleTwinTable,
    SharedNumberTable,
)
from kithkin.people.rules import linkage_rules

MARKS = linkage_rules().marks
HIGH = MARKS.join + 5
Scored = Iterable[tuple[int, int, float]]


def decide(
    size: int,
    scored: Scored = (),
    *,
    nameless: Iterable[int] = (),
    shared: Iterable[tuple[int, int, str | None]] = (),
    twins: Iterable[tuple[int, int]] = (),
    numbers: Iterable[tuple[int, str]] = (),
) -> Resolution:
    nameless = set(nameless)
    records = [{"rid": rid, "forename": None if rid in nameless else "A"} for rid in range(size)]
    pairs = [
        {"left_rid": a, "right_rid": b, "weight": float(w), "home_weight": float(w)}
        for a, b, w in scored
    ]
    evidence = Evidence(
        SharedNumberTable.from_rows(
            {"left_rid": a, "right_rid": b, "scheme": "upn", "against": why} for a, b, why in shared
        ),
        PossibleTwinTable.from_rows({"left_rid": a, "right_rid": b} for a, b in twins),
        ExclusiveNumberTable.from_rows({"rid": rid, "number": number} for rid, number in numbers),
        0,
    )
    tables = ComparableTable.from_rows(records), ScoredPairTable.from_rows(pairs)
    return resolve(*tables, evidence, MARKS)


def refused(resolution: Resolution) -> set[tuple[int, int, str]]:
    return {(one.left, one.right, one.why) for one in resolution.refused}


def test_a_pair_at_the_join_mark_joins_and_one_just_below_is_left_for_a_human() -> None:
    got = decide(4, [(0, 1, MARKS.join), (2, 3, MARKS.join - 0.0001)])
    assert got.cluster == [0, 0, 2, 3]
    assert refused(got) == {(2, 3, BETWEEN)}


def test_a_shared_verified_number_joins_without_a_score() -> None:
    assert decide(2, shared=[(0, 1, None)]).cluster == [0, 0]


def test_a_shared_number_with_something_against_it_is_left_for_a_human() -> None:
    got = decide(2, shared=[(0, 1, "dates of birth differ")])
    assert got.cluster == [0, 1]
    why = "share an identifying number (upn), but dates of birth differ"
    assert refused(got) == {(0, 1, why)}


def test_twins_stay_apart_even_through_a_third_record() -> None:
    got = decide(3, [(0, 1, HIGH + 1), (1, 2, HIGH)], twins=[(0, 2)])
    assert got.cluster == [0, 0, 2]
    assert refused(got) == {(1, 2, TWINS)}


def test_the_strongest_edge_decides_who_gets_the_record_between_twins() -> None:
    got = decide(3, [(0, 1, HIGH), (1, 2, HIGH + 1)], twins=[(0, 2)])
    assert got.cluster == [0, 1, 1]


def test_two_nhs_numbers_never_become_one_person_by_score_or_by_another_number() -> None:
    numbers = [(0, "nhs_number:1"), (2, "nhs_number:2")]
    by_score = decide(3, [(0, 1, HIGH + 1), (1, 2, HIGH)], numbers=numbers)
    assert by_score.cluster == [0, 0, 2]
    assert refused(by_score) == {(1, 2, NUMBERS)}
    by_number = decide(3, shared=[(0, 1, None), (1, 2, None)], numbers=numbers)
    assert by_number.cluster == [0, 0, 2]


def test_a_nameless_record_joins_the_only_person_it_can_be() -> None:
    got = decide(3, [(0, 1, HIGH), (1, 2, HIGH), (0, 2, HIGH)], nameless=[2])
    assert got.cluster == [0, 0, 0]


def test_a_nameless_record_never_bridges_two_people() -> None:
    got = decide(3, [(0, 2, HIGH), (1, 2, HIGH + 9)], nameless=[2])
    assert got.cluster == [0, 1, 2]
    assert refused(got) == {(0, 2, NAMELESS), (1, 2, NAMELESS)}


def test_two_nameless_records_do_not_join_by_score() -> None:
    got = decide(2, [(0, 1, HIGH)], nameless=[0, 1])
    assert got.cluster == [0, 1]


def test_a_nameless_record_with_another_nhs_number_stays_apart() -> None:
    numbers = [(0, "nhs_number:1"), (1, "nhs_number:2")]
    got = decide(2, [(0, 1, HIGH)], nameless=[1], numbers=numbers)
    assert got.cluster == [0, 1]
    assert refused(got) == {(0, 1, NUMBERS)}


def test_nothing_in_nothing_out() -> None:
    assert decide(0).cluster == []


def test_the_order_in_which_pairs_arrive_does_not_matter() -> None:
    pairs = [(0, 1, HIGH), (1, 2, HIGH), (2, 3, HIGH)]
    outcomes = [decide(4, order, twins=[(0, 3)]).cluster for order in permutations(pairs)]
    assert outcomes == [[0, 0, 0, 3]] * 6


pair = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda two: two[0] < two[1])


@given(
    st.dictionaries(pair, st.floats(3, 30, allow_nan=False), max_size=20),
    st.sets(pair, max_size=6),
    st.dictionaries(st.integers(0, 7), st.sampled_from(["1", "2", "3"])),
    st.sets(st.integers(0, 7), max_size=3),
)
def test_no_person_holds_twins_or_two_nhs_numbers_and_nothing_weighed_is_forgotten(
    weights: dict[tuple[int, int], float],
    twins: set[tuple[int, int]],
    numbers: dict[int, str],
    nameless: set[int],
) -> None:
    scored = [(*ends, weight) for ends, weight in weights.items()]
    got = decide(8, scored, twins=twins, numbers=numbers.items(), nameless=nameless)
    assert all(got.cluster[left] != got.cluster[right] for left, right in twins)
    held: dict[int, set[str]] = {}
    for rid, number in numbers.items():
        held.setdefault(got.cluster[rid], set()).add(number)
    assert all(len(one) == 1 for one in held.values())
    left_over = {(one.left, one.right) for one in got.refused}
    assert left_over == {ends for ends in weights if got.cluster[ends[0]] != got.cluster[ends[1]]}
