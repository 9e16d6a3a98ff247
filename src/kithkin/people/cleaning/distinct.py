"""Columns at speed: work once for each different value, and lists of values gathered by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = pa.ChunkedArray | pa.Array
Codes: TypeAlias = npt.NDArray[np.int64]


def per_distinct(
    columns: Sequence[Column], change: Callable[..., object], kind: pa.DataType
) -> pa.DictionaryArray:
    """Apply `change` to each different combination of values; give its answers row by row.

    `change` takes one value of each column, None where it is null. Counties name their people
    with far fewer names than people, so that plain Python is fast enough here. The answers are
    values of a dictionary, where null and repeated ones may stand: what is made of them then need
    not look for the different ones in every row again. See `plain`.
    """
    coded = [_codes(column) for column in columns]
    place, first = _numbered([codes for codes, _ in coded], [len(met) + 1 for _, met in coded])
    told = [
        np.array([None, *met.to_pylist()], object)[codes[first]].tolist() for codes, met in coded
    ]
    answers = [change(*values) for values in zip(*told, strict=True)]
    return pa.DictionaryArray.from_arrays(place, pa.array(answers, kind))


def plain(column: Column) -> Column:
    """Give a column's values row by row, out of their dictionary if they have one."""
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column


def _numbered(columns: Sequence[Codes], sizes: Sequence[int]) -> tuple[pa.Array, Codes]:
    """Number the different combinations of codes; give each row's number and where each is met."""
    combined = columns[0]
    for codes, size in zip(columns[1:], sizes[1:], strict=True):
        # Numbered anew at each step: the product of many columns' sizes is beyond 64 bits.
        met = pa.array(combined * size + codes).dictionary_encode()
        combined = met.indices.to_numpy().astype(np.int64)
    met = pa.array(combined).dictionary_encode()
    first = np.empty(len(met.dictionary), np.int64)
    first[met.indices.to_numpy()[::-1]] = np.arange(len(combined))[::-1]  # the last one written
    return met.indices, first


def _codes(column: Column) -> tuple[Codes, pa.Array]:
    """Number the different values of a column from 1, null as 0, and give them in that order."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(whole.type):
        codes, met = _codes(whole.dictionary)  # which may hold null, or a value twice
        return np.append(codes, 0)[whole.indices.fill_null(len(codes)).to_numpy()], met
    encoded = whole.dictionary_encode()
    codes = encoded.indices.cast(pa.int64()).fill_null(-1).to_numpy() + 1
    return codes, encoded.dictionary


def gathered(rows: Column, values: Column, count: int) -> pa.Array:
    """Gather values by the row they belong to: for each of `count` rows a sorted list, each once.

    `rows` numbers them from 0; a row without values has an empty list, and null values are none.
    """
    told = pc.is_valid(values)
    rows, values = rows.filter(told), values.filter(told)
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    each = np.arange(len(whole) + 1)
    lists = pa.ListArray.from_arrays(pa.array(each, pa.int32()), whole)
    return gathered_lists(rows.to_numpy(), each[:-1], lists, count)


def gathered_lists(rows: Codes, places: Codes, lists: pa.ListArray, count: int) -> pa.ListArray:
    """Gather what stands in lists, sorted and each once, by the row they belong to, as `gathered`.

    The list at each of `places` belongs to the row of `rows` beside it. Most rows have one list,
    which is sorted already; only the values of the others are put in order.
    """
    size = np.bincount(rows, minlength=count)
    several, alone = size > 1, size[rows] == 1
    place = (np.cumsum(several) - 1)[rows[~alone]]
    shared = lists.take(pa.array(places[~alone]))
    row = place[pc.list_parent_indices(shared).to_numpy()]
    merged = _sorted_lists(row, shared.flatten(), int(several.sum()))
    which = np.full(count, len(lists) + len(merged))  # the empty list
    which[rows[alone]] = places[alone]
    which[several] = len(lists) + np.arange(len(merged))
    return pa.concat_arrays([lists, merged, pa.array([[]], lists.type)]).take(pa.array(which))


def _sorted_lists(row: Codes, values: pa.Array, count: int) -> pa.ListArray:
    texts, place = _in_order(values)
    pairs = np.sort(row.astype(np.int64) * (len(texts) + 1) + place)
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]  # np.unique hashes first, and is slower here
    row, place = np.divmod(pairs, len(texts) + 1)
    ends = np.bincount(row, minlength=count).cumsum()
    offsets = pa.array(np.concatenate([[0], ends]), pa.int32())
    return pa.ListArray.from_arrays(offsets, texts.take(pa.array(place)))


def _in_order(values: pa.Array) -> tuple[pa.Array, Codes]:
    """Give the different values in order, and each value's place among them; none is null."""
    codes, met = _codes(values)
    order = pc.array_sort_indices(met).to_numpy()
    places = np.empty(len(met), np.int64)
    places[order] = np.arange(len(met))
    return met.take(pa.array(order)), places[codes - 1]
