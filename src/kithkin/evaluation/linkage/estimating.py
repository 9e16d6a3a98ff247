"""Precision and recall from pairs that people judged, without any truth.

In each band the answers drawn stand for all of the band: a total is estimated as
`questions in the band / questions answered x pairs of records that were the same` (Horvitz and
Thompson 1952, equal chances within a stratum), and added up over bands. Precision is the joined
pairs that were right, of all joined; recall those, of those and the missed ones in review.

Intervals: each band's answers are given random weights (a Bayesian bootstrap, Rubin 1981) with
half an answer of either sort added (Jeffreys' prior), so that a band in which every answer was
the same is not taken for certain. Where all answers count alike this is the Beta distribution of
Jeffreys' interval. A band that was judged whole has no doubt left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kithkin.evaluation.errors import EvaluationError
from kithkin.evaluation.linkage.intervals import MIDDLE_95, Value
from kithkin.evaluation.linkage.reviewed import Answer, Reviewed
from kithkin.evaluation.linkage.sampling import APART, JOINED, Stratum

DRAWS = 4000
HALF = 0.5
BLIND = (
    "It cannot see pairs that were never looked at, nor those that scored under the mark for "
    "review: recall is of what linkage could have found, and the true recall is lower."
)


@dataclass(frozen=True)
class BandRow:
    """What people said of one band: beside the share that was the same, what linkage had stated."""

    side: str
    band: str
    questions: int  # in the whole release
    answered: int
    unsure: int
    stated: float | None
    same: Value


@dataclass(frozen=True)
class Estimate:
    """Precision and recall with 95% intervals, and each if every unsure answer went against it."""

    release: str
    answered: int
    unsure: int
    unanswered: int
    sealed_left_out: int
    precision: Value
    recall: Value
    precision_at_worst: float | None
    recall_at_worst: float | None
    bands: Sequence[BandRow]
    cannot_see: str = BLIND


def estimate(reviewed: Reviewed, *, seed: int = 1) -> Estimate:
    """Estimate precision and recall of the release from which the judged pairs were drawn.

    Unsure answers are left out, and the worst that they could mean is told beside.

    Raises `EvaluationError` when a band has no answer of same or different: it cannot be left out.
    """
    strata = list(reviewed.strata)
    decided = [_of(reviewed.answers, each) for each in strata]
    _check_decided(strata, decided)
    stream = np.random.default_rng(seed)
    drawn = [_totals(*each, stream) for each in zip(strata, decided, strict=True)]
    found = [_total(*each) for each in zip(strata, decided, strict=True)]
    precision, recall = _measures(strata, found, drawn)
    worst = {side: _worst(reviewed, against=side) for side in (JOINED, APART)}
    return Estimate(
        release=reviewed.release,
        answered=sum(map(len, decided)),
        unsure=sum(answer.answer == "unsure" for answer in reviewed.answers),
        unanswered=reviewed.unanswered,
        sealed_left_out=reviewed.sealed_left_out,
        precision=precision,
        recall=recall,
        precision_at_worst=worst[JOINED][0],
        recall_at_worst=worst[APART][1],
        bands=[_band(reviewed.answers, each, stream) for each in strata],
    )


def _of(answers: Sequence[Answer], stratum: Stratum) -> list[Answer]:
    return [
        answer for answer in answers
        if (answer.side, answer.band) == (stratum.side, stratum.band) and answer.answer != "unsure"
    ]  # fmt: skip


def _check_decided(strata: Sequence[Stratum], decided: Sequence[Sequence[Answer]]) -> None:
    empty = [
        f"{stratum.side}, {stratum.band} ({stratum.questions:,} of them)"
        for stratum, answers in zip(strata, decided, strict=True)
        if not answers
    ]
    if empty:
        raise EvaluationError(
            f"No pair was judged same or different among those {'; '.join(empty)}. Judge at least "
            "one of each band; when all are unsure, ask a second person or draw a larger sample."
        )


def _total(stratum: Stratum, answers: Sequence[Answer]) -> float:
    """Estimate the pairs of records of one human being in a stratum."""
    return stratum.questions / len(answers) * sum(_same(answer) for answer in answers)


def _same(answer: Answer) -> float:
    return answer.pairs if answer.answer == "same" else 0.0


def _totals(stratum: Stratum, answers: Sequence[Answer], stream: np.random.Generator) -> np.ndarray:
    """Draw the total again and again."""
    if len(answers) == stratum.questions:
        return np.full(DRAWS, _total(stratum, answers))
    told = [_same(answer) for answer in answers]
    usual = stratum.pairs / stratum.questions
    weights = stream.dirichlet([1.0] * len(told) + [HALF, HALF], DRAWS)
    return stratum.questions * (weights @ np.array([*told, usual, 0.0]))


def _measures(
    strata: Sequence[Stratum], found: Sequence[float], drawn: Sequence[np.ndarray]
) -> tuple[Value, Value]:
    joined = sum(each.pairs for each in strata if each.side == JOINED)
    right, missed = _by_side(strata, found)
    rights, misseds = _by_side(strata, drawn)
    return (
        _value(right / joined, rights / joined) if joined else Value(),
        _value(_share(right, missed), _share(rights, misseds)),
    )


def _by_side(strata: Sequence[Stratum], totals: Sequence[float | np.ndarray]) -> list[np.ndarray]:
    sums = [np.asarray(0.0), np.asarray(0.0)]
    for stratum, total in zip(strata, totals, strict=True):
        side = 0 if stratum.side == JOINED else 1
        sums[side] = sums[side] + total
    return sums


def _share(right: np.ndarray, missed: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray(right / (right + missed))


def _value(found: np.ndarray, drawn: np.ndarray) -> Value:
    if np.isnan(found):
        return Value()
    low, high = np.percentile(np.broadcast_to(drawn, DRAWS), MIDDLE_95)
    # Half an answer of either sort lies in the draws, so a clean sample lies at their end.
    return Value(float(found), float(min(low, found)), float(max(high, found)))


def _worst(reviewed: Reviewed, *, against: str) -> tuple[float | None, float | None]:
    """Give precision and recall if each unsure answer of one side were an error."""
    error = {JOINED: "different", APART: "same"}[against]
    answers = [
        replace(a, answer=error) if a.answer == "unsure" and a.side == against else a
        for a in reviewed.answers
    ]
    found = [_total(each, _of(answers, each)) for each in reviewed.strata]
    drawn = [np.full(DRAWS, total) for total in found]
    precision, recall = _measures(list(reviewed.strata), found, drawn)
    return precision.value, recall.value


def _band(answers: Sequence[Answer], stratum: Stratum, stream: np.random.Generator) -> BandRow:
    """Compare a band's stated probability with the share of its questions that were the same."""
    mine = [a for a in answers if (a.side, a.band) == (stratum.side, stratum.band)]
    alike = replace(stratum, pairs=stratum.questions)
    decided = [replace(a, pairs=1) for a in _of(mine, stratum)]
    stated = [a.stated for a in decided if a.stated is not None]
    return BandRow(
        side=stratum.side,
        band=stratum.band,
        questions=stratum.questions,
        answered=len(decided),
        unsure=sum(a.answer == "unsure" for a in mine),
        stated=float(np.mean(stated)) if stated else None,
        same=_value(
            np.asarray(_total(alike, decided) / alike.questions),
            _totals(alike, decided, stream) / alike.questions,
        ),
    )
