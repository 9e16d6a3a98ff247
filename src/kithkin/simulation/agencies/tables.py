"""Columns of the services' files, and how a file is put in order of record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile, Column

Values = npt.NDArray[Any]
FIRST_NUMBER = 100_000


def person(name: str, values: Values) -> Column:
    """Make a column of people."""
    return Column(name, "person", values.astype(np.int32, copy=False))


def day(name: str, values: Values) -> Column:
    """Make a column of days; NEVER is blank."""
    return Column(name, "day", values.astype(np.int32, copy=False))


def yes_no(name: str, values: Values) -> Column:
    """Make a column of Y and N."""
    return Column(name, "yes_no", values.astype(np.bool_, copy=False))


def word(name: str, values: Values, words: tuple[str, ...] | pa.StringArray) -> Column:
    """Make a column of words, given as positions in them; -1 is blank."""
    return Column(name, "word", values, words)


def number(name: str, values: Values) -> Column:
    """Make a column of numbers; NaN is blank."""
    return Column(name, "number", values.astype(np.float32, copy=False))


def ident(name: str, values: Values, prefix: str = "") -> Column:
    """Make a column of the agency's own numbers of things; -1 is blank."""
    return Column(name, "id", values.astype(np.int64, copy=False), prefix=prefix)


def address(values: Values) -> Column:
    """Make the column of addresses, which is written as four."""
    return Column("address", "address", values.astype(np.int32, copy=False))


def by_day(known: Days, county: County, *name: str) -> npt.NDArray[np.int64]:
    """Give the order of record: by day, and those of one day in no order.

    What comes first on a day must not tell how the county was made.
    """
    tie = county.streams.of(*name, "order").random(len(known), dtype=np.float32)
    return np.lexsort((tie, known))


def numbers(known: Days, county: County, *name: str) -> npt.NDArray[np.int64]:
    """Give numbers in order of record, as a system gives them out; `name` says of what."""
    given = np.empty(len(known), dtype=np.int64)
    given[by_day(known, county, *name, "numbers")] = FIRST_NUMBER + np.arange(len(known))
    return given


def make_file(
    county: County,
    feed: str,
    name: str,
    known: Days,
    columns: Sequence[Column],
    numbered: tuple[str, str] | None = None,
) -> AgencyFile:
    """Make a file of the rows on record by the calendar's end, in order of record.

    A day that lies after the end is not known yet and stays blank. `numbered` names a column of
    numbers given in order of record, and its prefix.
    """
    ends = county.calendar.ends
    rows = np.flatnonzero(known <= ends)
    rows = rows[by_day(known[rows], county, feed, name)]
    kept = [_kept(column, rows, ends) for column in columns]
    if numbered is not None:
        own = FIRST_NUMBER + np.arange(len(rows), dtype=np.int64)
        kept.insert(0, ident(numbered[0], own, numbered[1]))
    return AgencyFile(feed, name, tuple(kept), known[rows].astype(np.int32))


def _kept(column: Column, rows: npt.NDArray[np.intp], ends: int) -> Column:
    values = column.values[rows]
    if column.kind == "day":
        values = np.where(values > ends, NEVER, values).astype(np.int32)
    return replace(taken(column, rows), values=values)


def taken(column: Column, rows: npt.NDArray[np.integer]) -> Column:
    """Give some rows of a column."""
    changed = column.changed
    if changed is not None:
        changed = (changed[0][rows], changed[1][rows])
    return replace(column, values=column.values[rows], changed=changed)
