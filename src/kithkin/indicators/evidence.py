"""Which stored facts make an indicator's value: the rows behind it, for whoever asks why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.indicators.catalogue import Accumulator, Catalogue, Measure, Question
from kithkin.indicators.kernel import FAR
from kithkin.indicators.stored import SUBJECTS_A_PART, FactsFolder, part_name
from kithkin.model import dates

Fact = dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """A stored fact that reaches one of a question's accumulators, and which."""

    fact: Fact
    use: str  # counted | numerator | denominator | earlier ... | accompanying | undoing


USES = {
    "ratio": ("numerator", "denominator"),
    "change": ("recent numerator", "recent denominator", "earlier numerator",
               "earlier denominator"),
}  # fmt: skip


@dataclass(frozen=True)
class SubjectFacts:
    """All stored facts of one person or family, with what their signatures stand for."""

    facts: list[Fact]
    signatures: list[list[int]]


def facts_of(folder: FactsFolder, subject: int) -> SubjectFacts:
    """Read the facts of a person_key or family_key."""
    first = subject // SUBJECTS_A_PART * SUBJECTS_A_PART
    table: pa.Table = pq.read_table(
        folder.folder / part_name(first), filters=pc.field("subject") == subject
    )
    return SubjectFacts(list(table.to_pylist()), folder.signatures())


def evidence_for(
    mine: SubjectFacts, catalogue: Catalogue, code: str, as_of: date
) -> list[Evidence]:
    """List the facts that an indicator's value on a date is made of.

    For recency and latest these are all in the window; the value is that of the last day.
    Raises `KeyError` when the catalogue has no such indicator.
    """
    question = next((q for q in catalogue.questions if q.code == code), None)
    if question is None:
        raise KeyError(code)
    day = dates.day_number(as_of)
    found = []
    for use, position in _named_uses(question):
        accumulator = catalogue.accumulators[position]
        found += [
            Evidence(fact, use)
            for fact in mine.facts
            if accumulator.selection in mine.signatures[fact["signature"]]
            and _reaches(fact, accumulator, day)
        ]
    return found


def _named_uses(question: Question) -> list[tuple[str, int]]:
    names = USES.get(question.finish, ("counted",))
    uses = list(zip(names, question.uses, strict=True))
    if question.with_use >= 0:
        uses.append(("accompanying", question.with_use))
    if question.unless_use >= 0:
        uses.append(("undoing", question.unless_use))
    return uses


def _reaches(fact: Fact, accumulator: Accumulator, day: int) -> bool:
    if fact["occurred"] > day or fact["known"] > day or fact["superseded"] <= day:
        return False
    age = day - fact["occurred"]
    end = fact["ended"] if fact["end_known"] <= day else int(FAR)
    if accumulator.measure == Measure.OPEN:
        return bool(end > day and age >= accumulator.newest)
    if accumulator.measure == Measure.OVERLAPS:
        return bool(age < accumulator.oldest or end > day - accumulator.oldest + 1)
    return bool(accumulator.newest <= age < accumulator.oldest)
