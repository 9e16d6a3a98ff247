"""All indicators at one as-of date as one Ibis aggregation, the same on DuckDB and Spark.

The shape is what makes it fast (`docs/decisions/0004-shape-of-the-aggregation.md`): facts coded
as integers and sorted by subject, conditions inside the aggregates as CASE rather than FILTER,
bit masks rather than count(distinct), and only facts that can still matter.
"""

from __future__ import annotations

from datetime import date
from functools import reduce
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from kithkin.engine import Engine
from kithkin.indicators.catalogue import BITS_A_WORD, Accumulator, Catalogue, Measure, Question
from kithkin.indicators.facts import bit_or
from kithkin.indicators.kernel import VALUE_BITS
from kithkin.indicators.stored import FactsFolder
from kithkin.indicators.sweep import EMPTY_IS_NOUGHT, wide_schema
from kithkin.model import dates

Table = Any
Value = Any


@ibis.udf.scalar.builtin
def bit_count(marks: int) -> int:  # type: ignore[empty-body]
    """Count the marks in a mask; both engines have it, Ibis does not name it."""


def values_on(engine: Engine, facts: FactsFolder, catalogue: Catalogue, as_of: date) -> pa.Table:
    """Answer every question for every subject on one date.

    Returns
    -------
    A row a subject in order, with the columns of `sweep.wide_schema`.

    """
    files = [part.path for part in facts.parts()]
    if not files:
        return wide_schema(catalogue).empty_table()
    told = _told(engine.read(files, f"fact_{catalogue.level}"), catalogue, dates.day_number(as_of))
    return _every_subject(engine.arrow(told), catalogue, facts.subjects)


def _told(facts: Table, catalogue: Catalogue, day: int) -> Table:
    """A row for each subject of whom something is known by `day`."""
    visible = facts.filter(
        facts.occurred <= day,
        facts.known <= day,
        facts.superseded > day,
        facts.reach >= day,
    )
    tallies = visible.group_by("subject").aggregate(
        **{f"a{i}": _tally(visible, a, catalogue, day)
           for i, a in enumerate(catalogue.accumulators)}
    )  # fmt: skip
    return tallies.select(
        "subject",
        **{f"q{i}": _finish(tallies, q, day) for i, q in enumerate(catalogue.questions)},
    )


def _tally(facts: Table, accumulator: Accumulator, catalogue: Catalogue, day: int) -> Value:
    counts = _counts(facts, accumulator, day)
    match accumulator.measure:
        case Measure.COUNT | Measure.OPEN | Measure.OVERLAPS:
            return counts.ifelse(1, ibis.null("int32")).count().cast("int64")
        case Measure.SUM:
            return counts.ifelse(facts.value, 0).cast("int64").sum().cast("int64")
        case Measure.LAST:
            return counts.ifelse(facts.occurred, ibis.null("int32")).max()
        case Measure.LATEST:
            packed = facts.occurred.cast("int64") * (1 << VALUE_BITS) + facts.value.cast("int64")
            return counts.ifelse(packed, ibis.null("int64")).max()
        case Measure.AGENCIES:
            return bit_or(counts.ifelse(_agency_bit(facts, catalogue), ibis.literal(0, "int64")))
        case Measure.KINDS:
            bit = _kind_bit(facts, accumulator, catalogue)
            return bit_or(counts.ifelse(bit, ibis.literal(0, "int64")))
    raise AssertionError(f"no measure {accumulator.measure}")


def _counts(facts: Table, accumulator: Accumulator, day: int) -> Value:
    """Whether a visible fact reaches the accumulator."""
    word, bit = divmod(accumulator.selection, BITS_A_WORD)
    selected = (facts[f"word_{word}"] & (1 << bit)) != 0
    since = day - accumulator.oldest  # the fact must be later than this day
    if accumulator.measure == Measure.OPEN:
        open_now = (facts.ended > day) | (facts.end_known > day)
        return selected & open_now & (facts.occurred <= day - accumulator.newest)
    if accumulator.measure == Measure.OVERLAPS:
        lasted = (facts.ended > since + 1) | (facts.end_known > day)
        return selected & ((facts.occurred > since) | lasted)
    inside = facts.occurred > since
    if accumulator.newest:
        inside = inside & (facts.occurred <= day - accumulator.newest)
    return selected & inside


def _agency_bit(facts: Table, catalogue: Catalogue) -> Value:
    codes = [catalogue.policy.agency_code(agency) for agency in catalogue.policy.agencies]
    return _bit(facts.agency, {code: code for code in codes})


def _kind_bit(facts: Table, accumulator: Accumulator, catalogue: Catalogue) -> Value:
    kinds = catalogue.selections[accumulator.selection].kinds
    return _bit(facts.kind, {catalogue.policy.kind_code(k): i for i, k in enumerate(kinds)})


def _bit(code: Value, positions: dict[int, int]) -> Value:
    cases = [(code == value, ibis.literal(1 << bit, "int64")) for value, bit in positions.items()]
    return ibis.cases(*cases, else_=ibis.literal(0, "int64"))


# --- finishing -------------------------------------------------------------------------------


def _finish(tallies: Table, question: Question, day: int) -> Value:
    uses = [tallies[f"a{use}"] for use in question.uses]
    match question.finish:
        case "number":
            return uses[0]
        case "distinct":
            return bit_count(uses[0]).cast("int64")
        case "recency":
            return (day - uses[0]).cast("int64")
        case "latest":
            value = uses[0] & ((1 << VALUE_BITS) - 1)
            return value.cast("float64") / 1000.0
        case "flag":
            return _flag(tallies, question, uses[0], day)
        case "ratio":
            return _quotient(uses[0], uses[1], question)
        case "change":
            return _change(uses, question)
    raise AssertionError(f"no finish {question.finish}")


def _flag(tallies: Table, question: Question, use: Value, day: int) -> Value:
    conditions = [use > 0] if question.state else [use.notnull()]
    if question.with_use >= 0:
        other = tallies[f"a{question.with_use}"]
        conditions.append(other > 0 if question.with_is_open else other.notnull())
    if question.settled_days and not question.state:
        conditions.append(use <= day - question.settled_days)
    if question.unless_use >= 0 and not question.state:
        later = tallies[f"a{question.unless_use}"] > use
        conditions.append(~later.fill_null(False))
    return reduce(lambda a, b: a & b, conditions).ifelse(1, 0).cast("int64")


def _quotient(above: Value, below: Value, question: Question) -> Value:
    least = max(question.minimum, 1.0)  # whole numbers: a denominator of nought has no ratio
    quotient = above.cast("float64") / below.nullif(0).cast("float64") * question.scale
    return (below >= least).ifelse(quotient, ibis.null("float64"))


def _change(uses: list[Value], question: Question) -> Value:
    recent = _quotient(uses[0], uses[1], question)
    earlier = _quotient(uses[2], uses[3], question)
    return recent / earlier.nullif(0.0) if question.quotient else recent - earlier


# --- everybody -------------------------------------------------------------------------------


def _every_subject(told: pa.Table, catalogue: Catalogue, subjects: int) -> pa.Table:
    """Give those of whom nothing is told their rows as well: nought, or no value."""
    at = told["subject"].to_numpy()
    columns = [pa.array(np.arange(subjects, dtype=np.int32))]
    for i, question in enumerate(catalogue.questions):
        kind = pa.int32() if question.whole else pa.float64()
        columns.append(_spread(told[f"q{i}"], at, subjects, question, kind))
    return pa.table(columns, schema=wide_schema(catalogue))


def _spread(
    column: pa.ChunkedArray, at: Any, subjects: int, question: Question, kind: pa.DataType
) -> pa.Array:
    values = np.zeros(subjects, kind.to_pandas_dtype())
    missing = np.full(subjects, question.finish not in EMPTY_IS_NOUGHT)
    nulls = column.is_null().to_numpy()
    values[at] = column.fill_null(0).to_numpy()
    missing[at] = nulls
    return pa.array(values, kind, mask=missing)
