"""Evidence put in the order of pairs: first by the lower person, then within each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

Array = npt.NDArray[Any]

PERSONS_AT_ONCE = 1 << 14


def sorted_by_pair(table: pa.Table, *, threads: int = 2) -> pa.Table:
    """Sort evidence by `person_a`, `person_b`, `rule`, `occasion`, and then by all the rest.

    So rows that differ in anything have one order, whichever they came in.
    """
    columns = {name: _read_only(table.column(name)) for name in table.column_names}
    first, second = columns["person_a"], columns["person_b"]
    rest = _ranked(columns)
    order, starts = _by_first(first, int(first.max(initial=-1)) + 1)

    def part(begin: int) -> None:
        end = min(begin + PERSONS_AT_ONCE, len(starts) - 1)
        _within(starts, begin, end, second, rest, order)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, range(0, len(starts) - 1, PERSONS_AT_ONCE)))
        placed = list(pool.map(lambda column: column[order], columns.values()))
    return pa.table(placed, schema=table.schema)


def _read_only(column: pa.ChunkedArray) -> Array:
    """Give a column so that all are of one type to the compiled loop, however they came."""
    array = np.ascontiguousarray(column.to_numpy()).view()
    array.flags.writeable = False
    return array


def _ranked(columns: dict[str, Array]) -> tuple[Any, ...]:
    """Give the columns after the persons as the compiled loop takes them: by their types."""
    names = [name for name in columns if name not in ("person_a", "person_b", "rule")]
    by_type = (
        tuple(columns[name] for name in names if columns[name].dtype == kind)
        for kind in (np.int64, np.int32, np.int16)
    )
    return (columns["rule"], *by_type)


@numba.njit(nogil=True, cache=True)
def _by_first(person, persons):  # type: ignore[no-untyped-def]
    """Give the rows in order of person, and where each person's begin."""
    starts = np.zeros(persons + 1, np.int64)
    for row in range(len(person)):
        starts[person[row] + 1] += 1
    for one in range(persons):
        starts[one + 1] += starts[one]
    free = starts[:-1].copy()
    order = np.empty(len(person), np.int32)
    for row in range(len(person)):
        order[free[person[row]]] = row
        free[person[row]] += 1
    return order, starts


@numba.njit(nogil=True, cache=True)
def _within(starts, begin, end, second, rest, order):  # type: ignore[no-untyped-def]
    """Sort the rows of each person by the second person, and the rows of a pair by the rest."""
    for one in range(begin, end):
        mine = order[starts[one] : starts[one + 1]]
        if len(mine) < 2:
            continue
        mine[:] = mine[np.argsort(second[mine])]
        first = 0
        for at in range(1, len(mine) + 1):
            if at == len(mine) or second[mine[at]] != second[mine[first]]:
                if at - first > 1:
                    _sort_pair(mine[first:at], rest)
                first = at


@numba.njit(nogil=True, cache=True)
def _sort_pair(rows, rest):  # type: ignore[no-untyped-def]
    """Sort by insertion, since a pair has few rows."""
    for at in range(1, len(rows)):
        row, place = rows[at], at
        while place > 0 and _before(row, rows[place - 1], rest):
            rows[place] = rows[place - 1]
            place -= 1
        rows[place] = row


@numba.njit(nogil=True, cache=True)
def _before(one, other, ranked):  # type: ignore[no-untyped-def]
    rule, long, whole, small = ranked
    if rule[one] != rule[other]:
        return rule[one] < rule[other]
    for column in long:
        if column[one] != column[other]:
            return column[one] < column[other]
    for column in whole:
        if column[one] != column[other]:
            return column[one] < column[other]
    for column in small:
        if column[one] != column[other]:
            return column[one] < column[other]
    return False
