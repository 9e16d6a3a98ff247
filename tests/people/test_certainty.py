"""Probabilities follow what people judged, and persons and counts carry their doubt."""

import json
from collections.abc import Iterable
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kithkin.people import Before, build_people
from kithkin.people.certainty import (
    STANDINGS,
    STATED,
    Calibration,
    CalibrationError,
    JudgedPairs,
    draw_worlds,
    fit_calibration,
    middle_95,
    person_certainty,
    read_calibration,
    standing_of,
)
from kithkin.people.resolving import (
    FindingTable,
    JoinedTable,
    RefusedTable,
    Resolution,
    stated_probability,
)
from kithkin.people.resolving.clusters import NUMBERS, TWINS
from kithkin.people.rules import linkage_rules
from tests.people.records import Town

FAR = 40.0  # bits against relatives: strangers alone are the alternative
NUMBER, TWIN, JOINED = (
    STANDINGS.index(n) for n in ("different numbers", "possible twins", "joined")
)


def judged(*of: tuple[int, float, int, int]) -> JudgedPairs:
    """Judge pairs: standing, stated bits, how many were the same, how many different."""
    rows = [(s, bits, same) for s, bits, yes, no in of for same in [True] * yes + [False] * no]
    standing, bits, same = zip(*rows, strict=True) if rows else ((), (), ())
    return JudgedPairs(
        np.array(bits, float), np.full(len(rows), FAR), np.array(standing, np.int8),
        np.array(same, bool),
    )  # fmt: skip


def told(calibration: Calibration, standing: int, bits: float) -> float:
    weight, home = np.array([bits]), np.array([FAR])
    return float(calibration.probability(weight, home, np.array([standing], np.int8))[0])


def test_without_a_judged_pair_the_model_s_own_probability_stands() -> None:
    calibration = fit_calibration(judged(), linkage_rules())
    assert calibration == STATED
    weight, home = np.array([3.0, np.inf]), np.array([3.0, 2.0])
    found = calibration.probability(weight, home, np.zeros(2, np.int8))
    assert found.tolist() == stated_probability(weight, home).tolist() == [0.8, 0.8]


def test_one_reason_s_pairs_are_corrected_and_another_s_are_not() -> None:
    # Stated 0.94 at four bits; of fifty with different numbers one was the same.
    calibration = fit_calibration(judged((NUMBER, 4, 1, 49), (JOINED, 12, 60, 0)), linkage_rules())
    assert told(calibration, NUMBER, 4) == pytest.approx(0.02, abs=0.02)
    assert told(calibration, TWIN, 4) > 0.85
    assert told(calibration, JOINED, 12) > 0.999


def test_a_few_answers_change_little_and_many_much() -> None:
    stated = told(STATED, JOINED, 4)
    few = told(fit_calibration(judged((JOINED, 4, 2, 1)), linkage_rules()), JOINED, 4)
    many = told(fit_calibration(judged((JOINED, 4, 200, 100)), linkage_rules()), JOINED, 4)
    assert stated - few < 0.15
    assert many == pytest.approx(2 / 3, abs=0.02)


def test_answers_that_agree_with_what_was_stated_change_next_to_nothing() -> None:
    # Two bits are odds of four to one.
    calibration = fit_calibration(judged((TWIN, 2, 80, 20)), linkage_rules())
    assert told(calibration, TWIN, 2) == pytest.approx(0.8, abs=0.005)


Answers = st.lists(
    st.tuples(
        st.integers(0, len(STANDINGS) - 1), st.floats(-12, 20), st.integers(0, 9), st.integers(0, 9)
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(Answers)
def test_of_two_that_stand_alike_the_heavier_is_never_less_probable(
    answers: list[tuple[int, float, int, int]],
) -> None:
    calibration = fit_calibration(judged(*answers), linkage_rules())
    bits = np.linspace(-15, 25, 41)
    for standing in range(len(STANDINGS)):
        found = calibration.probability(bits, np.full(41, FAR), np.full(41, standing, np.int8))
        assert (np.diff(found) >= 0).all()


def test_a_pair_of_which_only_weights_are_known_stands_as_they_say() -> None:
    rules = linkage_rules()
    calibration = Calibration(9, rules.hash, {"joined": 1.0, "two of one home": -1.0,
                                              "too alike to part": -2.0})  # fmt: skip
    probability_of = calibration.of_one_by_marks(rules)
    # Stated bits of 12, 2 and 4 (home weights far above) become 13, 1 and 2.
    assert probability_of(12, FAR) == pytest.approx(1 / (1 + 2**-13), abs=1e-6)
    assert probability_of(FAR, 2) == pytest.approx(1 / (1 + 2**-1), abs=1e-6)
    assert probability_of(4, FAR) == pytest.approx(1 / (1 + 2**-2), abs=1e-6)


def test_the_order_of_answers_does_not_matter() -> None:
    some = [(NUMBER, 3.0, 2, 9), (TWIN, 5.0, 7, 1), (JOINED, 11.0, 9, 1)]
    one, other = (fit_calibration(judged(*x), linkage_rules()) for x in (some, some[::-1]))
    assert told(one, TWIN, 5) == pytest.approx(told(other, TWIN, 5), abs=1e-4)


def test_a_calibration_is_read_as_it_was_written_and_names_what_is_wrong() -> None:
    calibration = fit_calibration(judged((TWIN, 2, 8, 1)), linkage_rules())
    assert read_calibration(calibration.text) == calibration
    assert calibration.fits(linkage_rules())
    with pytest.raises(CalibrationError, match=r"no calibration .*--calibrate"):
        read_calibration("{}")
    spoilt = json.loads(calibration.text)
    spoilt["shifts"]["weather"] = 1
    with pytest.raises(CalibrationError, match="no term 'weather'"):
        read_calibration(json.dumps(spoilt))


def resolution(
    size: int,
    joined: Iterable[tuple[int, int, float]] = (),
    refused: Iterable[tuple[int, int, float | None, str]] = (),
) -> Resolution:
    cluster = np.arange(size, dtype=np.int32)
    for left, right, _ in joined:
        cluster[cluster == cluster[right]] = cluster[left]
    edges = [{"left_rid": a, "right_rid": b, "probability": p, "weight": 12.0, "home_weight": FAR}
             for a, b, p in joined]  # fmt: skip
    apart = [{"left_rid": a, "right_rid": b, "probability": p, "weight": None if p is None else 4.0,
              "home_weight": None if p is None else FAR, "kind": "join?", "why": why}
             for a, b, p, why in refused]  # fmt: skip
    return Resolution(
        cluster, JoinedTable.from_rows(edges), RefusedTable.from_rows(apart),
        FindingTable.from_rows([]),
    )  # fmt: skip


def test_a_person_is_as_sure_as_all_its_joins_together() -> None:
    chain = resolution(6, [(0, 1, 0.9), (2, 3, 0.5), (1, 2, 0.8), (4, 5, 0.99)])
    assert person_certainty(chain, [*"AAAABB"]) == {"A": pytest.approx(0.36), "B": 0.99}


def test_a_join_that_cannot_be_leaves_no_certainty() -> None:
    assert person_certainty(resolution(2, [(0, 1, 0.0)]), ["A", "A"]) == {"A": 0.0}


def test_refused_pairs_are_restated_by_their_reason_and_unscored_ones_stay_so() -> None:
    calibration = fit_calibration(judged((NUMBER, 4, 0, 50), (TWIN, 4, 50, 0)), linkage_rules())
    rows = [(0, 1, 0.94, NUMBERS), (0, 2, 0.94, TWINS), (0, 3, None, NUMBERS)]
    found = calibration.restate(resolution(4, refused=rows)).refused.data
    number, twins, unscored = found.column("probability").to_pylist()
    assert number < 0.05
    assert twins > 0.97
    assert unscored is None


def test_an_unknown_reason_has_a_standing_of_its_own() -> None:
    refused = resolution(3, refused=[(0, 1, 0.5, TWINS), (1, 2, 0.5, "a new reason")]).refused
    assert [STANDINGS[at] for at in standing_of(refused.data.column("why"))] == [
        "possible twins",
        "another reason",
    ]


def agencies_known(world: np.ndarray) -> int:
    """Count persons of three records: children known to three agencies."""
    return int((np.bincount(world) >= 3).sum())


def test_a_count_over_worlds_has_the_chance_that_the_pairs_give_it() -> None:
    # A join that holds four times in five, and one refused that is right one time in two.
    doubtful = resolution(3, [(0, 1, 0.8)], [(1, 2, 0.5, TWINS)])
    three = [agencies_known(world) for world in draw_worlds(doubtful, 4000, seed=1)]
    # 0.8 x 0.5 = 0.4, give or take three standard errors of 4,000 draws.
    assert np.mean(three) == pytest.approx(0.4, abs=0.024)


def test_a_sure_linkage_has_one_world_and_its_count_no_doubt() -> None:
    sure = resolution(4, [(0, 1, 1.0), (1, 2, 1.0)], [(2, 3, 0.0, NUMBERS)])
    counts = [agencies_known(world) for world in draw_worlds(sure, 50, seed=1)]
    found = middle_95(counts)
    assert (found.low, found.median, found.high) == (1, 1, 1)


def test_two_whom_a_world_holds_apart_are_not_joined_through_a_third() -> None:
    # A record that fits two people who cannot be one joins one of them, the likelier.
    contested = resolution(3, refused=[(0, 1, 1.0, TWINS), (1, 2, 0.99999, TWINS),
                                       (0, 2, 0.0, NUMBERS)])  # fmt: skip
    assert {tuple(world) for world in draw_worlds(contested, 20, seed=1)} == {(0, 0, 2)}


def test_worlds_are_the_same_for_the_same_seed_and_every_record_is_in_each() -> None:
    doubtful = resolution(5, [(0, 1, 0.5), (3, 4, 0.5)], [(1, 3, 0.5, TWINS)])
    one, again, other = (
        [world.tolist() for world in draw_worlds(doubtful, 30, seed=seed)] for seed in (1, 1, 2)
    )
    assert one == again != other
    assert {len(world) for world in one} == {5}
    assert all(world[world[rid]] == world[rid] <= rid for world in one for rid in range(5))


def test_no_world_cannot_be_summed_up() -> None:
    with pytest.raises(ValueError, match="at least one"):
        middle_95([])


def twins() -> Town:
    made = Town().address("home", line="1 High Street", postcode="GL1 1AA")
    for name in ("Ayaan", "Idris"):
        made.person(f"school/{name}", name, surname="Price", date_of_birth=date(2012, 3, 14))
        made.lives(f"school/{name}", "home")
    return made


def test_a_run_uses_the_calibration_it_is_given_unless_the_rules_are_others() -> None:
    rules = linkage_rules()
    made = [
        build_people(twins().connection(), before=Before(calibration=calibration))
        for calibration in (
            STATED,
            Calibration(9, rules.hash, {"possible twins": -3.0}),
            Calibration(9, "other rules", {"possible twins": -3.0}),
        )
    ]
    stated, lowered, unfit = (
        one.person_pair_review.data.column("probability").to_pylist() for one in made
    )
    assert len(stated) == 1
    assert lowered[0] < stated[0] == unfit[0]
    assert [one.account.pairs_judged for one in made] == [0, 9, 0]
