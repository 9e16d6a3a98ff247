"""All indicators at one as-of date as one Ibis aggregation, the same on DuckDB and Spark.

Its shape is what makes it fast: facts coded as integers and sorted by subject, only those that
can still matter, each looked up once in a small table (`cells.py`), and few aggregates, none
with FILTER and none distinct.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from kithkin.engine import WIDE_FORMAT, Engine, write_table
from kithkin.indicators.catalogue import Catalogue, Measure, Question
from kithkin.indicators.cells import NEVER, PACKED_NEVER, Cells
from kithkin.indicators.facts import bit_or
from kithkin.indicators.kernel import VALUE_BITS
from kithkin.indicators.stored import FactsFolder, Part
from kithkin.indicators.sweep import EMPTY_IS_NOUGHT, Progress, over_parts, wide_schema
from kithkin.model import dates

Table = Any
Value = Any
Array = Any

NONE = np.iinfo(np.int64).min  # no day, no value
NOBODY = pa.table({"subject": pa.array([], pa.int32())})


def values_on(
    engine: Engine,
    facts: FactsFolder,
    catalogue: Catalogue,
    as_of: date,
    out: Path,
    *,
    threads: int = 2,
    progress: Progress | None = None,
) -> int:
    """Answer every question for every subject on one date, as `sweep.values_on` does.

    `threads` write the parts; the engine has its own. Gives the number of subjects.
    """
    day = dates.day_number(as_of)
    cells = Cells(catalogue, facts.signatures(), facts.most)
    tallies = engine.arrow(_tallies(engine, facts, cells, day)) if facts.subjects else NOBODY
    finishing = _Finishing(tallies, cells, facts.subjects, day)

    def one(part: Part) -> int:
        table = finishing.table(part.first, part.stop)
        write_table(table, out / part.file_name, layout=WIDE_FORMAT)
        return int(table.num_rows)

    return sum(over_parts(facts, one, threads, progress))


# --- tallying --------------------------------------------------------------------------------


def _tallies(engine: Engine, stored: FactsFolder, cells: Cells, day: int) -> Table:
    """A row for each subject of whom something is known by `day`."""
    level = cells.catalogue.level
    facts = engine.read([part.path for part in stored.parts()], f"stored_{level}")
    facts = facts.filter(
        facts.occurred <= day,
        facts.known <= day,
        facts.superseded > day,
        facts.reach >= day,
    )
    facts = facts.mutate(
        cell=(facts.signature * cells.classes + _age_class(facts, cells, day)).cast("int32"),
        still=(facts.ended > day) | (facts.end_known > day),
    ).join(engine.table(cells.table(), f"cell_{level}"), "cell")
    if kinds := _kind_bits(cells):
        facts = facts.join(engine.table(pa.table(kinds), f"kind_bits_{level}"), "kind")
    tallies = {f"marks_{i}": bit_or(facts[f"marks_{i}"]) for i in range(cells.words)}
    tallies |= {f"open_{i}": _where(facts.still, facts[f"marks_{i}"]) for i in _open_words(cells)}
    tallies |= {f"counts_{i}": facts[f"counts_{i}"].sum().cast("int64") for i in range(cells.sums)}
    tallies |= _overlapping(facts, cells, day)
    tallies |= {f"a{i}": _tally(facts, i, cells) for i in _valued(cells)}
    return facts.group_by("subject").aggregate(**tallies)


def _age_class(facts: Table, cells: Cells, day: int) -> Value:
    """Say between which bounds a fact's age lies: the oldest bound it has reached."""
    cases = [
        (facts.occurred <= day - bound, ibis.literal(place, "int32"))
        for place, bound in reversed(list(enumerate(cells.bounds, start=1)))
    ]
    return ibis.cases(*cases, else_=ibis.literal(0, "int32")) if cases else 0


def _where(condition: Value, marks: Value) -> Value:
    return bit_or(condition.ifelse(marks, ibis.literal(0, "int64")))


def _of(cells: Cells, *measures: Measure) -> list[int]:
    accumulators = cells.catalogue.accumulators
    return [i for i in cells.marked if accumulators[i].measure in measures]


def _open_words(cells: Cells) -> list[int]:
    """List the words of marks in which some accumulator asks for what is open."""
    return sorted({cells.word_and_bit(i)[0] for i in _of(cells, Measure.OPEN)})


def _overlapping(facts: Table, cells: Cells, day: int) -> dict[str, Value]:
    """Marks of what happened, or was open on some day, in each window that is asked about."""
    tallies = {}
    for position in _of(cells, Measure.OVERLAPS):
        window = cells.catalogue.accumulators[position].oldest
        word, _ = cells.word_and_bit(position)
        start = day - window + 1
        overlaps = (facts.occurred >= start) | (facts.ended > start) | (facts.end_known > day)
        tallies[f"overlaps_{window}_{word}"] = _where(overlaps, facts[f"marks_{word}"])
    return tallies


def _kind_bits(cells: Cells) -> dict[str, pa.Array]:
    """Give for each kind its bit in each mask of kinds; empty when no mask is asked for."""
    policy = cells.catalogue.policy
    columns: dict[str, pa.Array] = {}
    for position in _of(cells, Measure.KINDS):
        bits: Array = np.zeros(len(policy.kinds), np.int64)
        selection = cells.catalogue.accumulators[position].selection
        for bit, kind in enumerate(cells.catalogue.selections[selection].kinds):
            bits[policy.kind_code(kind)] = 1 << bit
        columns[f"bit_{position}"] = pa.array(bits)
    if columns:
        columns["kind"] = pa.array(np.arange(len(policy.kinds), dtype=np.int16))
    return columns


def _valued(cells: Cells) -> list[int]:
    """List the accumulators of which it matters what they hold, not only that they are reached."""
    days = {use for q in cells.catalogue.questions for use in _day_uses(q)}
    masks = _of(cells, Measure.SUM, Measure.LATEST, Measure.AGENCIES, Measure.KINDS)
    return masks + [i for i in _of(cells, Measure.LAST) if i in days]


def _day_uses(question: Question) -> tuple[int, ...]:
    """List the uses of which a question needs the day."""
    if question.finish == "recency":
        return question.uses
    if question.finish == "flag" and (question.settled_days or question.unless_use >= 0):
        return (*question.uses, question.unless_use)
    return ()


def _tally(facts: Table, position: int, cells: Cells) -> Value:
    match cells.catalogue.accumulators[position].measure:
        case Measure.SUM:  # whole thousandths: exact, in whatever order they are added
            return (facts.value.cast("float64") * facts[f"weight_{position}"]).sum()
        case Measure.LAST:
            return (facts.occurred + facts[f"shift_{position}"]).max()
        case Measure.LATEST:
            packed = facts.occurred.cast("int64") * (1 << VALUE_BITS) + facts.value.cast("int64")
            return (packed + facts[f"shift_{position}"]).max()
        case Measure.AGENCIES:
            agency = facts.agency.cast("int64")
            return _where(_reached(facts, position, cells), ibis.literal(1, "int64") << agency)
        case Measure.KINDS:
            return _where(_reached(facts, position, cells), facts[f"bit_{position}"])
    raise AssertionError(f"accumulator {position} keeps no value")


def _reached(facts: Table, position: int, cells: Cells) -> Value:
    word, bit = cells.word_and_bit(position)
    return (facts[f"marks_{word}"] & (1 << bit)) != 0


# --- finishing -------------------------------------------------------------------------------


class _Finishing:
    """From tallies to values, subject by subject in order, those of whom nothing is told too."""

    def __init__(self, tallies: pa.Table, cells: Cells, subjects: int, day: int) -> None:
        self.tallies, self.cells, self.day = tallies, cells, day
        self.subjects = subjects
        self.at = tallies["subject"].to_numpy()
        self._spread: dict[str, Array] = {}

    def table(self, first: int, stop: int) -> pa.Table:
        """Give the values of the subjects from `first` to before `stop`."""
        some = _Some(self, slice(first, stop))
        columns = [pa.array(np.arange(first, stop, dtype=np.int32))]
        columns += [some.column_of(question) for question in self.cells.catalogue.questions]
        return pa.table(columns, schema=wide_schema(self.cells.catalogue))

    def spread(self, name: str, empty: float) -> Array:
        """Give a tally for every subject in order; `empty` where nothing is told."""
        if name not in self._spread:
            column = self.tallies[name]
            kind = np.float64 if pa.types.is_floating(column.type) else np.int64
            spread = np.full(self.subjects, empty, kind)
            spread[self.at] = column.to_numpy()
            self._spread[name] = spread
        return self._spread[name]


class _Some:
    """The values of some neighbouring subjects."""

    def __init__(self, every: _Finishing, subjects: slice) -> None:
        self.every, self.subjects = every, subjects
        self.cells, self.day = every.cells, every.day

    def column_of(self, question: Question) -> pa.Array:
        value = self._value(question)
        if question.whole and question.finish in EMPTY_IS_NOUGHT:
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
            case "total":
                return self._amount(uses[0]) / 1000.0
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

    # --- what an accumulator holds -----------------------------------------------------------

    def _amount(self, use: int) -> Array:
        counts = self.cells.catalogue.accumulators[use].measure == Measure.COUNT
        return self._count(use) if counts else self._column(f"a{use}", 0.0)

    def _count(self, use: int) -> Array:
        which, shift = self.cells.sum_and_shift(use)
        packed = self._column(f"counts_{which}", 0)
        return (packed >> shift) & ((1 << self.cells.count_bits) - 1)

    def _reached(self, use: int) -> Array:
        accumulator = self.cells.catalogue.accumulators[use]
        word, bit = self.cells.word_and_bit(use)
        names = {
            Measure.OPEN: f"open_{word}",
            Measure.OVERLAPS: f"overlaps_{accumulator.oldest}_{word}",
        }
        marks = self._column(names.get(accumulator.measure, f"marks_{word}"), 0)
        return (marks >> bit) & 1 > 0

    def _held(self, use: int) -> Array:
        """Give a mask, or a latest day or packed value, which is NONE where there is none."""
        measure = self.cells.catalogue.accumulators[use].measure
        if measure in (Measure.AGENCIES, Measure.KINDS):
            return self._column(f"a{use}", 0)
        never = PACKED_NEVER if measure == Measure.LATEST else NEVER
        held = self._column(f"a{use}", NONE)
        return np.where(held > never // 2, held, NONE)

    def _column(self, name: str, empty: float) -> Array:
        return self.every.spread(name, empty)[self.subjects]
