"""Columns at speed: work once for each different value, and lists of values gathered by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = pa.ChunkedArray | pa.Array


def per_distinct(
    columns: Sequence[Column], change: Callable[..., object], kind: pa.DataType
) -> pa.Array:
    """Apply `change` to each different combination of values; give its answers row by row.

    `change` takes one value of each column, None where it is null. Counties name their people
    with far fewer names than people, so that plain Python is fast enough here.
    """
    combined = np.zeros(len(columns[0]), np.int64)
    for codes, met in map(_codes, columns):
        combined = combined * (len(met) + 1) + codes
    _, first, places = np.unique(combined, return_index=True, return_inverse=True)
    told = [column.take(pa.array(first)).to_pylist() for column in columns]
    answers = [change(*values) for values in zip(*told, strict=True)]
    return pa.array(answers, kind).take(pa.array(places))


def meeting(
    wanted: npt.NDArray[np.int64], held: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give where each of `wanted` meets an equal one of `held`: two columns of places, row by row.

    Both are small whole numbers; `held` is in order, and may hold one several times or not at all.
    """
    counts = np.bincount(held, minlength=int(wanted.max(initial=-1)) + 1)
    start, size = (counts.cumsum() - counts)[wanted], counts[wanted]
    row = np.repeat(np.arange(len(wanted)), size)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(size) - size - start, size)


def _codes(column: Column) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """Number the different values of a column from 1, null as 0, and give them in that order."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    codes = encoded.indices.cast(pa.int64()).fill_null(-1).to_numpy() + 1
    return codes, encoded.dictionary


def gathered(rows: Column, values: Column, count: int) -> pa.Array:
    """Gather values by the row they belong to: for each of `count` rows a sorted list, each once.

    `rows` numbers them from 0; a row without values has an empty list, and null values are none.
    """
    texts, place = _in_order(values)
    row = rows.to_numpy().astype(np.int64)[place >= 0]
    pairs = np.sort(row * (len(texts) + 1) + place[place >= 0])
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]  # np.unique hashes first, and is slower here
    row, place = np.divmod(pairs, len(texts) + 1)
    ends = np.bincount(row, minlength=count).cumsum()
    offsets = pa.array(np.concatenate([[0], ends]), pa.int32())
    return pa.ListArray.from_arrays(offsets, texts.take(pa.array(place)))


def _in_order(values: Column) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Give the different values in order, and each value's place among them; -1 where it is null."""
    codes, met = _codes(values)
    order = pc.array_sort_indices(met).to_numpy()
    places = np.full(len(met) + 1, -1, np.int64)
    places[order + 1] = np.arange(len(met))
    return met.take(pa.array(order)), places[codes]
