"""Cells of what social care sends: days, codes, numbers and text as columns of Arrow.

Every function takes arrays of one length and gives a column of that length; what is not known is
null, and is written as a blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from kithkin.simulation.calendar import NEVER, Days

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.integer]  # positions or codes of any width; -1 for none

SATURDAY = 5
_MONDAY_OFFSET = 3  # 1 January 1970 was a Thursday


def days(values: Days, last: int = NEVER) -> pa.Array:
    """Give day numbers as dates; null for NEVER and for days after `last`."""
    hidden = (values == NEVER) | (values > last)
    return pa.array(values, type=pa.int32(), mask=hidden).cast(pa.date32())


def as_text(dates: pa.Array, layout: str) -> pa.Array:
    """Write dates by a layout of strftime, each different day once."""
    chunk = dates.dictionary_encode()
    return pc.strftime(chunk.dictionary, format=layout).take(chunk.indices)


def coded(values: Whole, words: Sequence[str] | pa.Array) -> pa.Array:
    """Give the word at each position; null for -1."""
    table = words if isinstance(words, pa.Array) else pa.array(words, type=pa.string())
    return table.take(whole(values))


def whole(values: Whole) -> pa.Array:
    """Give whole numbers; null for those below 0."""
    return pa.array(np.asarray(values, dtype=np.int64), mask=np.asarray(values) < 0)


def flags(values: Flags, yes: str = "Y", no: str = "N") -> pa.Array:
    """Write booleans as two words."""
    return pc.if_else(pa.array(values), yes, no)


def only_where(column: pa.Array, wanted: Flags) -> pa.Array:
    """Keep a column's cells where wanted; null elsewhere."""
    return pc.if_else(pa.array(wanted), column, pa.scalar(None, column.type))


def joined(*parts: pa.Array | str, between: str = "") -> pa.Array:
    """Join text cell by cell; null where any part is."""
    return pc.binary_join_element_wise(*parts, between)


def weighted(weights: Mapping[str, float], draws: npt.NDArray[np.float64]) -> pa.Array:
    """Give a word for each uniform draw, as often as its weight says."""
    shares = np.cumsum(list(weights.values()))
    at = np.searchsorted(shares / shares[-1], draws, side="right")
    return coded(np.minimum(at, len(shares) - 1), tuple(weights))


def working_day(values: Days) -> Days:
    """Move days at a weekend to the Monday after."""
    at = weekday(values)
    return (values + np.where(at >= SATURDAY, 7 - at, 0)).astype(np.int32)


def weekday(values: Days) -> npt.NDArray[np.int32]:
    """Give the days of the week, Monday 0."""
    return (values + _MONDAY_OFFSET) % 7


def write_tables(folder: Path, tables: Iterable[tuple[str, pa.Table]]) -> tuple[str, ...]:
    """Write each table as a CSV file of its name; give the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in tables:
        csv.write_csv(table, folder / name, csv.WriteOptions(quoting_style="needed"))
        written.append(name)
    return tuple(written)
