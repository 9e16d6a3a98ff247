"""All indicators at one as-of date as one Ibis aggregation, the same on DuckDB and Spark.

Its shape is what makes it fast: facts coded as integers and sorted by subject, only those that
can still matter, each looked up once in a small table (`cells.py`), and few aggregates, none
with FILTER and none distinct.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from kithkin.engine import Engine
from kithkin.indicators.catalogue import Catalogue, Measure, Question
from kithkin.indicators.cells import COUNT_BITS, Cells
from kithkin.indicators.facts import bit_or
from kithkin.indicators.kernel import VALUE_BITS
from kithkin.indicators.stored import FactsFolder
from kithkin.indicators.sweep import EMPTY_IS_NOUGHT, wide_schema
from kithkin.model import dates

Table = Any
Value = Any
Array = Any

NONE = np.iinfo(np.int64).min  # no day, no value


def values_on(engine: Engine, facts: FactsFolder, catalogue: Catalogue, as_of: date) -> pa.Table:
    """Answer every question for every subject on one date.

    Returns
    -------
    A row a subject in order, with the columns of `sweep.wide_schema`.

    """
    files = [part.path for part in facts.parts()]
    if not files:
        return wide_schema(catalogue).empty_table()
    day = dates.day_number(as_of)
    cells = Cells(catalogue, facts.signatures())
    lookup = engine.table(cells.table(), f"cell_{catalogue.level}")
    stored = engine.read(files, f"stored_{catalogue.level}")
    tallies = engine.arrow(_tallies(stored, lookup, cells, day))
    return _Finishing(tallies, cells, facts.subjects, day).table()


# --- tallying --------------------------------------------------------------------------------


def _tallies(stored: Table, lookup: Table, cells: Cells, day: int) -> Table:
    """A row for each subject of whom something is known by `day`."""
    visible = stored.filter(
        stored.occurred <= day,
        stored.known <= day,
        stored.superseded > day,
        stored.reach >= day,
    )
    facts = visible.mutate(
        cell=(visible.signature * cells.classes + _age_class(visible, cells, day)).cast("int32"),
        still=(visible.ended > day) | (visible.end_known > day),
    ).join(lookup, "cell")
    tallies = {f"marks_{i}": bit_or(facts[f"marks_{i}"]) for i in range(cells.words)}
    tallies |= {f"open_{i}": _open_marks(facts, i) for i in _open_words(cells)}
    tallies |= {f"counts_{i}": facts[f"counts_{i}"].sum() for i in range(cells.sums)}
    for position in _valued(cells):
        tallies[f"a{position}"] = _tally(facts, position, cells, day)
    return facts.group_by("subject").aggregate(**tallies)


def _age_class(facts: Table, cells: Cells, day: int) -> Value:
    """Say between which bounds a fact's age lies: the oldest bound it has reached."""
    cases = [
        (facts.occurred <= day - bound, ibis.literal(place, "int32"))
        for place, bound in reversed(list(enumerate(cells.bounds, start=1)))
    ]
    return ibis.cases(*cases, else_=ibis.literal(0, "int32")) if cases else 0


def _open_words(cells: Cells) -> list[int]:
    """List the words of marks in which some accumulator asks for what is open."""
    accumulators = cells.catalogue.accumulators
    asked = [i for i in cells.marked if accumulators[i].measure == Measure.OPEN]
    return sorted({cells.word_and_bit(i)[0] for i in asked})


def _open_marks(facts: Table, word: int) -> Value:
    return bit_or(facts.still.ifelse(facts[f"marks_{word}"], ibis.literal(0, "int64")))


def _valued(cells: Cells) -> list[int]:
    """List the accumulators of which it matters what they hold, not only that they are reached."""
    catalogue = cells.catalogue
    days = {use for q in catalogue.questions for use in _day_uses(q)}
    return [
        i
        for i in cells.marked
        if catalogue.accumulators[i].measure != Measure.OPEN
        and (catalogue.accumulators[i].measure != Measure.LAST or i in days)
    ]


def _day_uses(question: Question) -> tuple[int, ...]:
    """List the uses of which a question needs the day."""
    if question.finish == "recency":
        return question.uses
    if question.finish == "flag" and (question.settled_days or question.unless_use >= 0):
        return (*question.uses, question.unless_use)
    return ()


def _tally(facts: Table, position: int, cells: Cells, day: int) -> Value:
    accumulator = cells.catalogue.accumulators[position]
    word, bit = cells.word_and_bit(position)
    reached = (facts[f"marks_{word}"] & (1 << bit)) != 0
    nought = ibis.literal(0, "int64")
    match accumulator.measure:
        case Measure.SUM:
            value = reached.ifelse(facts.value.cast("float64"), ibis.literal(0.0, "float64"))
            return value.sum()  # whole thousandths: exact, in whatever order they are added
        case Measure.LAST:
            return reached.ifelse(facts.occurred, ibis.null("int32")).max()
        case Measure.LATEST:
            packed = facts.occurred.cast("int64") * (1 << VALUE_BITS) + facts.value.cast("int64")
            return reached.ifelse(packed, ibis.null("int64")).max()
        case Measure.AGENCIES:
            codes = range(len(cells.catalogue.policy.agencies))
            return bit_or(reached.ifelse(_bit(facts.agency, {c: c for c in codes}), nought))
        case Measure.KINDS:
            kinds = cells.catalogue.selections[accumulator.selection].kinds
            code = cells.catalogue.policy.kind_code
            bits = {code(kind): place for place, kind in enumerate(kinds)}
            return bit_or(reached.ifelse(_bit(facts.kind, bits), nought))
        case Measure.OVERLAPS:
            start = day - accumulator.oldest + 1
            lasted = (facts.ended > start) | (facts.end_known > day)
            overlaps = reached & ((facts.occurred >= start) | lasted)
            return overlaps.ifelse(ibis.literal(1, "int32"), ibis.literal(0, "int32")).max()
    raise AssertionError(f"no value is kept for {accumulator.measure}")


def _bit(code: Value, positions: dict[int, int]) -> Value:
    cases = [(code == value, ibis.literal(1 << bit, "int64")) for value, bit in positions.items()]
    return ibis.cases(*cases, else_=ibis.literal(0, "int64"))


# --- finishing -------------------------------------------------------------------------------


class _Finishing:
    """From tallies to values, subject by subject in order, those of whom nothing is told too."""

    def __init__(self, tallies: pa.Table, cells: Cells, subjects: int, day: int) -> None:
        self.tallies, self.cells, self.day = tallies, cells, day
        self.subjects = subjects
        self.at = tallies["subject"].to_numpy()
        self._spread: dict[str, Array] = {}

    def table(self) -> pa.Table:
        columns = [pa.array(np.arange(self.subjects, dtype=np.int32))]
        columns += [self._column_of(question) for question in self.cells.catalogue.questions]
        return pa.table(columns, schema=wide_schema(self.cells.catalogue))

    def _column_of(self, question: Question) -> pa.Array:
        value = self._value(question)
        if question.finish in EMPTY_IS_NOUGHT:
            return pa.array(value.astype(np.int32))
        missing = np.isnan(value)
        if question.whole:
            return pa.array(np.where(missing, 0, value).astype(np.int32), mask=missing)
        return pa.array(value, mask=missing)

    def _value(self, question: Question) -> Array:
        uses = question.uses
        match question.finish:
            case "number":
                return self._count(uses[0])
            case "distinct":
                return np.bitwise_count(self._held(uses[0]))
            case "recency":
                return self._days_since(uses[0])
            case "latest":
                packed = self._held(uses[0])
                value = packed & ((1 << VALUE_BITS) - 1)
                return np.where(packed == NONE, np.nan, value / 1000.0)
            case "flag":
                return self._flag(question)
            case "ratio":
                return self._quotient(question, *uses)
            case "change":
                return self._change(question)
        raise AssertionError(f"no finish {question.finish}")

    def _days_since(self, use: int) -> Array:
        day = self._held(use)
        return np.where(day == NONE, np.nan, self.day - day)

    def _flag(self, question: Question) -> Array:
        use = question.uses[0]
        raised = self._reached(use)
        if question.with_use >= 0:
            raised = raised & self._reached(question.with_use)
        if question.settled_days and not question.state:
            raised = raised & (self._held(use) <= self.day - question.settled_days)
        if question.unless_use >= 0 and not question.state:
            raised = raised & ~(self._held(question.unless_use) > self._held(use))
        return raised

    def _change(self, question: Question) -> Array:
        recent = self._quotient(question, *question.uses[:2])
        earlier = self._quotient(question, *question.uses[2:])
        if not question.quotient:
            return recent - earlier
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(earlier == 0, np.nan, recent / earlier)

    def _quotient(self, question: Question, above: int, below: int) -> Array:
        bottom = self._amount(below)
        with np.errstate(divide="ignore", invalid="ignore"):
            quotient = self._amount(above) / bottom * question.scale
        return np.where(bottom >= question.minimum, quotient, np.nan)

    # --- what an accumulator holds, for every subject ----------------------------------------

    def _amount(self, use: int) -> Array:
        counts = self.cells.catalogue.accumulators[use].measure == Measure.COUNT
        return self._count(use) if counts else self._column(f"a{use}", 0.0)

    def _count(self, use: int) -> Array:
        which, shift = self.cells.sum_and_shift(use)
        packed = self._column(f"counts_{which}", 0.0).astype(np.int64)
        return (packed >> shift) & ((1 << COUNT_BITS) - 1)

    def _reached(self, use: int) -> Array:
        measure = self.cells.catalogue.accumulators[use].measure
        if measure == Measure.OVERLAPS:
            return self._column(f"a{use}", 0) > 0
        word, bit = self.cells.word_and_bit(use)
        name = f"open_{word}" if measure == Measure.OPEN else f"marks_{word}"
        return (self._column(name, 0) >> bit) & 1 > 0

    def _held(self, use: int) -> Array:
        masks = self.cells.catalogue.accumulators[use].measure in (Measure.AGENCIES, Measure.KINDS)
        return self._column(f"a{use}", 0 if masks else NONE)

    def _column(self, name: str, empty: float) -> Array:
        if name not in self._spread:
            column = self.tallies[name]
            kind = np.float64 if pa.types.is_floating(column.type) else np.int64
            spread = np.full(self.subjects, empty, kind)
            arrow = pa.float64() if kind is np.float64 else pa.int64()
            spread[self.at] = column.cast(arrow).fill_null(empty).to_numpy()
            self._spread[name] = spread
        return self._spread[name]
