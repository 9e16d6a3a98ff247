"""All indicators at one as-of date or at many, in one pass over the stored facts.

Facts are read part by part (`facts.py`), several parts at once, each on a thread; memory holds
a few parts, never the county. The parts' results are files of their own, so that a run that is
cut short leaves whole files and no half ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.engine import WIDE_FORMAT, write_table
from kithkin.indicators import kernel
from kithkin.indicators.catalogue import Catalogue
from kithkin.indicators.stored import FactsFolder, Part
from kithkin.model import dates

Progress = Callable[[int, int], None]  # parts done, parts in all
Ints = np.ndarray[Any, np.dtype[np.int64]]

FINISH = {
    "number": kernel.NUMBER,
    "distinct": kernel.DISTINCT,
    "total": kernel.TOTAL,
    "flag": kernel.FLAG,
    "recency": kernel.RECENCY,
    "latest": kernel.VALUE,
    "ratio": kernel.RATIO,
    "change": kernel.CHANGE,
}
EMPTY_IS_NOUGHT = {"number", "distinct", "total", "flag"}
FACT_COLUMNS = [
    "occurred", "known", "superseded", "reach", "ended", "end_known", "value", "agency", "kind",
    "signature",
]  # fmt: skip
HISTORY = pa.schema(
    [
        ("subject", pa.int32()),
        ("indicator", pa.int16()),
        ("first", pa.int16()),
        ("last", pa.int16()),
        ("value", pa.float64()),
    ]
)


@dataclass(frozen=True)
class _Program:
    """A catalogue as the arrays that the kernel runs on."""

    steps: tuple[Any, ...]
    plan: Ints
    numbers: Any
    asked: tuple[Any, Any]


def values_on(
    facts: FactsFolder,
    catalogue: Catalogue,
    as_of: date,
    out: Path,
    *,
    threads: int = 2,
    progress: Progress | None = None,
) -> int:
    """Answer every question for every subject on one date.

    Parameters
    ----------
    facts : the stored facts of the catalogue's level.
    as_of : nothing that happened or became known after it counts.
    out : a folder; gets one Parquet file a part of the facts, a row a subject in order, with
        column `subject` and a column an indicator: whole numbers for counts, flags, distinct
        and recency (days); decimals for sums of values, latest, ratio and change; null for no
        value.

    Returns
    -------
    The number of subjects.

    """
    program = _program(catalogue, facts.signatures())
    day = dates.day_number(as_of)

    def one(part: Part) -> int:
        starts, columns = _load(part)
        table = _wide(catalogue, program, part, starts, columns, day)
        write_table(table, out / part.file_name, layout=WIDE_FORMAT)
        return table.num_rows

    return sum(over_parts(facts, one, threads, progress))


def history_on(
    facts: FactsFolder,
    catalogue: Catalogue,
    as_of_dates: Sequence[date],
    out: Path,
    *,
    threads: int = 2,
    progress: Progress | None = None,
) -> int:
    """Answer every question for every subject on many dates, as runs of equal values.

    Parameters
    ----------
    as_of_dates : in ascending order.
    out : a folder; gets one Parquet file a part, a row a run: `subject`, `indicator` (position
        in `catalogue.codes`), `first` and `last` (positions in `as_of_dates`), `value`. Recency
        is the day number of the latest event. No run: no value, or nought.

    Returns
    -------
    The number of runs.

    """
    program = _program(catalogue, facts.signatures())
    days = np.array([dates.day_number(day) for day in as_of_dates], np.int32)
    if len(days) == 0 or (np.diff(days) <= 0).any():
        raise ValueError("as-of dates must be in ascending order, and at least one")

    def one(part: Part) -> int:
        starts, columns = _load(part)
        table = _runs(program, part, starts, columns, days)
        write_table(table, out / part.file_name, row_group_size=1 << 20)
        return table.num_rows

    return sum(over_parts(facts, one, threads, progress))


# --- one part --------------------------------------------------------------------------------


def over_parts(
    facts: FactsFolder, one: Callable[[Part], int], threads: int, progress: Progress | None
) -> Iterator[int]:
    """Do one thing to every part, several at once, and give the results in order."""
    parts = facts.parts()
    with ThreadPoolExecutor(threads) as pool:
        for done, result in enumerate(pool.map(one, parts), start=1):
            if progress is not None:
                progress(done, len(parts))
            yield result


def _load(part: Part) -> tuple[Ints, tuple[Any, ...]]:
    file = pq.ParquetFile(part.path, memory_map=True)
    table = file.read(columns=["subject", *FACT_COLUMNS], use_threads=False)
    wanted = np.arange(part.first, part.stop + 1, dtype=np.int32)
    starts = np.searchsorted(table["subject"].to_numpy(), wanted).astype(np.int64)
    return starts, tuple(table[name].to_numpy() for name in FACT_COLUMNS)


def _wide(
    catalogue: Catalogue,
    program: _Program,
    part: Part,
    starts: Ints,
    columns: tuple[Any, ...],
    day: int,
) -> pa.Table:
    count = part.stop - part.first
    out = np.full((len(catalogue.questions), count), np.nan)
    nought = [q.finish in EMPTY_IS_NOUGHT for q in catalogue.questions]
    out[np.array(nought, bool)] = 0.0
    kernel.values_on_date(
        np.int32(day), starts, columns, program.steps, program.plan, program.numbers,
        program.asked, out,
    )  # fmt: skip
    subjects = pa.array(np.arange(part.first, part.stop, dtype=np.int32))
    return wide_table(catalogue, subjects, out)


def wide_table(catalogue: Catalogue, subjects: pa.Array, values: Any) -> pa.Table:
    """Make the table of indicator values from floats (question, subject); NaN is no value."""
    columns = [subjects]
    for question, row in zip(catalogue.questions, values, strict=True):
        if question.whole and question.finish in EMPTY_IS_NOUGHT:
            columns.append(pa.array(row.astype(np.int32)))
            continue
        mask = np.isnan(row)
        kept = np.where(mask, 0, row) if question.whole else row
        kind = pa.int32() if question.whole else pa.float64()
        columns.append(pc.cast(pa.array(kept, mask=mask), kind))
    return pa.table(columns, schema=wide_schema(catalogue))


def wide_schema(catalogue: Catalogue) -> pa.Schema:
    """Give the schema of indicator values: `subject`, then a column an indicator."""
    fields = [("subject", pa.int32())]
    fields += [(q.code, pa.int32() if q.whole else pa.float64()) for q in catalogue.questions]
    return pa.schema(fields)


def _runs(
    program: _Program, part: Part, starts: Ints, columns: tuple[Any, ...], days: Any
) -> pa.Table:
    room = max(1 << 16, int(starts[-1]) * 8)
    while True:
        out = tuple(np.empty(room, field.type.to_pandas_dtype()) for field in HISTORY)
        written = kernel.runs_over_dates(
            days, starts, columns, program.steps, program.plan, program.numbers,
            program.asked, out,
        )  # fmt: skip
        if written >= 0:
            break
        room *= 2
    arrays = [column[:written] for column in out]
    arrays[0] = arrays[0] + np.int32(part.first)
    return pa.table([pa.array(array) for array in arrays], schema=HISTORY)


# --- the catalogue as arrays -----------------------------------------------------------------


def _program(catalogue: Catalogue, signatures: Sequence[Sequence[int]]) -> _Program:
    """Lay out which accumulators each signature of facts feeds, and how each question ends."""
    of_selection: list[list[int]] = [[] for _ in catalogue.selections]
    for position, accumulator in enumerate(catalogue.accumulators):
        of_selection[accumulator.selection].append(position)
    slots = [[slot for s in chosen for slot in of_selection[s]] for chosen in signatures]
    offsets, flat = _ragged(slots)
    steps = (
        offsets,
        flat,
        _of(catalogue, "measure", np.int8),
        _of(catalogue, "selection", np.int32),
        _of(catalogue, "newest", np.int32),
        _of(catalogue, "oldest", np.int32),
        _kind_bits(catalogue),
    )
    return _Program(steps, _plan(catalogue), _numbers(catalogue), _asked(catalogue))


def _of(catalogue: Catalogue, name: str, kind: Any) -> Any:
    return np.array([getattr(a, name) for a in catalogue.accumulators], kind)


def _ragged(lists: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    lengths = [len(one) for one in lists]
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
    return offsets, np.array([item for one in lists for item in one], np.int32)


def _kind_bits(catalogue: Catalogue) -> Any:
    """Number each selection's kinds from 0, by the policy's kind code."""
    policy = catalogue.policy
    bits = np.zeros((max(1, len(catalogue.selections)), len(policy.kinds)), np.int8)
    for position, selection in enumerate(catalogue.selections):
        if len(selection.kinds) <= 62:
            for bit, kind in enumerate(selection.kinds):
                bits[position, policy.kind_code(kind)] = bit
    return bits


def _plan(catalogue: Catalogue) -> Ints:
    rows = []
    for question in catalogue.questions:
        uses = [*question.uses, -1, -1, -1][:4]
        rows.append(
            [
                FINISH[question.finish],
                *uses,
                question.with_use,
                int(question.with_is_open),
                question.unless_use,
                question.settled_days,
                int(question.state),
                int(question.quotient),
            ]
        )
    return np.array(rows, np.int64).reshape(-1, 11)


def _numbers(catalogue: Catalogue) -> Any:
    rows = [[question.minimum, question.scale] for question in catalogue.questions]
    return np.array(rows, np.float64).reshape(-1, 2)


def _asked(catalogue: Catalogue) -> tuple[Any, Any]:
    """List for each accumulator the questions whose value it may change."""
    asked: list[list[int]] = [[] for _ in catalogue.accumulators]
    for position, question in enumerate(catalogue.questions):
        for use in question.uses:
            asked[use].append(position)
    return _ragged(asked)
