"""Quality is estimated from pairs that people judged, with what they could not see said."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluation.linkages import linkage
from kithkin.evaluation import EvaluationError
from kithkin.evaluation.linkage import Reviewed, estimate, read_reviewed, sample_for_review
from kithkin.evaluation.linkage.reviewed import Answer
from kithkin.evaluation.linkage.sampling import Stratum, allocate
from kithkin.evaluation.linkage.sheet import KEY, SHEET, harmless

SURE, DOUBTFUL = 1 / (1 + 2.0**-20), 1 / (1 + 2.0**-12)


def answers(side: str, band: str, same: int, different: int, unsure: int = 0, pairs: int = 1):
    said = ["same"] * same + ["different"] * different + ["unsure"] * unsure
    return [Answer(side, band, pairs, 0.9, each) for each in said]


def reviewed(*more: Answer) -> Reviewed:
    strata = [
        Stratum("apart", "near", 100, 200),
        Stratum("joined", "doubtful", 200, 200),
        Stratum("joined", "sure", 800, 800),
    ]
    given = [
        *answers("apart", "near", 5, 15, pairs=2),
        *answers("joined", "doubtful", 18, 2),
        *answers("joined", "sure", 20, 0),
        *more,
    ]
    return Reviewed("trial", strata, given, 0, 0)


def test_each_answer_stands_for_its_band_as_worked_out_by_hand() -> None:
    found = estimate(reviewed())
    # Right: 200 x 18/20 + 800 x 20/20 = 980 of 1,000 joined.
    assert found.precision.value == pytest.approx(0.98)
    # Missed: 100/20 x five answers of two pairs each = 50.
    assert found.recall.value == pytest.approx(980 / (980 + 50))


def test_a_band_without_an_error_is_not_taken_for_certain() -> None:
    found = estimate(reviewed())
    sure = next(band for band in found.bands if band.band == "sure")
    # Jeffreys' interval of 20 of 20, Beta(20.5, 0.5), begins at 0.884.
    assert sure.same.low == pytest.approx(0.884, abs=0.01)
    assert sure.same.high == 1
    assert found.precision.low is not None
    assert found.precision.low < 0.95


def test_a_band_is_told_as_the_share_of_its_questions_beside_what_was_stated() -> None:
    near = next(band for band in estimate(reviewed()).bands if band.band == "near")
    assert (near.answered, near.stated) == (20, pytest.approx(0.9))
    assert near.same.value == pytest.approx(5 / 20)


def test_unsure_answers_are_left_out_and_their_worst_is_told() -> None:
    found = estimate(reviewed(*answers("joined", "doubtful", 0, 0, unsure=5)))
    assert found.unsure == 5
    assert found.precision.value == pytest.approx(0.98)
    # All five wrong: 200 x 18/25 + 800 = 944.
    assert found.precision_at_worst == pytest.approx(0.944)


def test_a_band_without_any_verdict_cannot_be_estimated() -> None:
    silent = Reviewed("trial", [Stratum("joined", "sure", 9, 9)], [], 9, 0)
    with pytest.raises(EvaluationError, match=r"joined, sure \(9 of them\)"):
        estimate(silent)


def test_the_estimate_says_what_it_cannot_see() -> None:
    assert "never looked at" in estimate(reviewed()).cannot_see


def town():
    """Twenty persons of two records, half of them sure; ten persons in review with the next."""
    made = {f"r{n:02}{half}": f"P{n:02}" for n in range(20) for half in "xy"}
    certain = {f"r{n:02}{half}": SURE if n < 10 else DOUBTFUL for n in range(20) for half in "xy"}
    review = [(f"P{n:02}", f"P{n + 1:02}", f"r{n:02}x", f"r{n + 1:02}x", 0.9) for n in range(10)]
    # The same two persons again, and a person who may be two: neither is a further question.
    review += [("P01", "P00", "r01y", "r00y", 0.8), ("P05", "P05", "r05x", "r05y", 0.5)]
    return linkage(made, probability=certain, review=review)


def test_as_many_are_drawn_from_each_band_and_the_same_for_the_same_seed() -> None:
    sample = sample_for_review(town(), [], 9, seed=1)
    assert [(s.side, s.band, s.questions, s.pairs) for s in sample.strata] == [
        ("apart", "too alike to part, weight 3 and over", 10, 40),
        ("joined", "weight 17 and over", 10, 10),
        ("joined", "weight under 13", 10, 10),
    ]
    drawn = [(q.side, q.band) for q in sample.questions]
    assert sorted(drawn.count(each) for each in set(drawn)) == [3, 3, 3]
    assert sample == sample_for_review(town(), [], 9, seed=1)
    assert sample.questions != sample_for_review(town(), [], 9, seed=2).questions


def test_a_sealed_record_is_never_put_on_a_sheet_and_is_counted() -> None:
    sample = sample_for_review(town(), [("feed", "r00x")], 1000, seed=1)
    shown = {key for q in sample.questions for key in (q.left, q.right)}
    assert ("feed", "r00x") not in shown
    # Its joined pair, and the one of P00 and P01, whose records would have been asked about.
    assert sample.sealed_left_out == 2
    assert len(sample.questions) == 30 - 2


@pytest.mark.parametrize(
    ("available", "n", "given"),
    [([10, 10], 6, [3, 3]), ([1, 10, 10], 9, [1, 4, 4]), ([2, 3], 9, [2, 3]), ([5, 5], 1, [1, 0])],
)
def test_what_a_short_band_cannot_give_the_others_do(
    available: list[int], n: int, given: list[int]
) -> None:
    assert allocate(available, n) == given


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-2", "@x", "\tx"])
def test_no_cell_of_a_sheet_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless("O'Neil") == "O'Neil"


def sheet(folder: Path, rows: list[tuple[str, str]], columns: tuple[str, str] = ("pair", "answer")):
    stratum = {"side": "joined", "band": "sure", "questions": 9, "pairs": 9}
    questions = [
        {"pair": n, "side": "joined", "band": "sure", "pairs": 1, "stated": 0.99} for n in (1, 2, 3)
    ]
    key = {"release": "trial", "strata": [stratum], "questions": questions, "sealed_left_out": 0}
    (folder / KEY).write_text(json.dumps(key))
    with (folder / SHEET).open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return folder / SHEET


def test_a_judged_sheet_is_read_with_its_key(tmp_path: Path) -> None:
    found = read_reviewed(sheet(tmp_path, [("2", " Same "), ("1", "different"), ("3", "")]))
    assert [answer.answer for answer in found.answers] == ["same", "different"]
    assert found.unanswered == 1


Spoil = Callable[[Path], Path]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: sheet(f, [("1", "yes")]), "row 2, column answer: 'yes' is no answer"),
        (lambda f: sheet(f, [("1", "same"), ("7", "same")]), "row 3, column pair: '7' is no pair"),
        (lambda f: sheet(f, [("1", "same"), ("1", "same")]), "row 3, column pair: 1 stands at"),
        (lambda f: sheet(f, [], ("pair", "verdict")), "no column answer"),
        (lambda f: f / "other.csv", "other.key.json: cannot be read"),
    ],
)
def test_a_spoilt_sheet_is_refused_with_place_and_remedy(
    tmp_path: Path, spoil: Spoil, told: str
) -> None:
    with pytest.raises(EvaluationError) as refused:
        read_reviewed(spoil(tmp_path))
    assert told in str(refused.value)
