"""Reads a sheet on which people have judged pairs, together with its key."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kithkin.evaluation.errors import EvaluationError
from kithkin.evaluation.linkage.sampling import Stratum
from kithkin.evaluation.linkage.sheet import ANSWERS

FIRST_ROW = 2
Record = tuple[str, str]  # source, record_id


@dataclass(frozen=True)
class Answer:
    """What a person said of one pair; `answer` is same, different or unsure.

    `left` and `right` are the (source, record_id) of its records; None in keys of old sheets.
    """

    side: str
    band: str
    pairs: int
    stated: float | None
    answer: str
    left: Record | None = None
    right: Record | None = None


@dataclass(frozen=True)
class Reviewed:
    """The answers, and what the pairs had been drawn from."""

    release: str
    strata: Sequence[Stratum]
    answers: Sequence[Answer]
    unanswered: int
    sealed_left_out: int


def read_reviewed(path: Path) -> Reviewed:
    """Read a judged sheet; its key must stand beside it under its own name.

    Raises `EvaluationError` for a missing or foreign key, a missing column, a pair that is unknown
    or stands there twice, and an answer that is none of same, different, unsure.
    """
    key = _read_key(path)
    asked = {str(one["pair"]): one for one in key["questions"]}
    rows = _read_rows(path)
    answers = [_answer(path, number, row, asked) for number, row in enumerate(rows, FIRST_ROW)]
    _check_once(path, rows)
    given = [answer for answer in answers if answer is not None]
    return Reviewed(
        release=str(key["release"]),
        strata=[Stratum(**each) for each in key["strata"]],
        answers=given,
        unanswered=len(asked) - len(given),
        sealed_left_out=int(key["sealed_left_out"]),
    )


def _read_key(path: Path) -> dict[str, Any]:
    key = path.with_suffix(".key.json")
    try:
        told = json.loads(key.read_text(encoding="utf-8"))
        if {"release", "strata", "questions", "sealed_left_out"} <= told.keys():
            return dict(told)
        problem = "is no key of a sheet"
    except (OSError, ValueError, AttributeError) as error:
        problem = f"cannot be read ({error})"
    raise EvaluationError(
        f"{key.name}: {problem}. Put the key that was written with {path.name} beside it."
    )


def _read_rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in ("pair", "answer") if name not in (rows.fieldnames or ())]
            if missing:
                raise EvaluationError(
                    f"{path.name}: no column {', '.join(missing)}. "
                    "Keep the sheet's first row as it was written."
                )
            return list(rows)
    except UnicodeDecodeError as error:
        raise EvaluationError(
            f"{path.name}: is not in UTF-8 ({error}). Save it as CSV UTF-8."
        ) from error


def _answer(
    path: Path, number: int, row: Mapping[str, str | None], asked: Mapping[str, Mapping[str, Any]]
) -> Answer | None:
    pair, said = (row["pair"] or "").strip(), (row["answer"] or "").strip().casefold()
    if pair not in asked:
        raise EvaluationError(
            f"{path.name}, row {number}, column pair: {pair!r} is no pair of this sample. "
            "Keep the column as it was written, and sheet and key of one sample together."
        )
    if not said:
        return None
    if said not in ANSWERS:
        raise EvaluationError(
            f"{path.name}, row {number}, column answer: {row['answer']!r} is no answer. "
            f"Write {', '.join(ANSWERS[:-1])} or {ANSWERS[-1]}, or leave it empty."
        )
    one = asked[pair]
    ends = (tuple(one[end]) if end in one else None for end in ("left", "right"))
    return Answer(one["side"], one["band"], int(one["pairs"]), one["stated"], said, *ends)


def _check_once(path: Path, rows: Sequence[Mapping[str, str | None]]) -> None:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, FIRST_ROW):
        pair = (row["pair"] or "").strip()
        if pair in seen:
            raise EvaluationError(
                f"{path.name}, row {number}, column pair: {pair} stands at row {seen[pair]} "
                "already. Give each pair one answer."
            )
        seen[pair] = number
