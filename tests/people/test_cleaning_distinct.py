"""Columns at speed give what plain Python gives row by row."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from kithkin.people.cleaning.distinct import gathered, gathered_lists, per_distinct, plain

VALUES = st.sampled_from(["b", "a", "ab", "", None])


def _said(*values: str | None) -> str | None:
    return "/".join(value or "-" for value in values) if any(values) else None


@given(st.lists(st.tuples(VALUES, VALUES, VALUES)))
def test_work_done_once_for_each_different_value_is_that_of_every_row(
    rows: list[tuple[str | None, ...]],
) -> None:
    columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(3)]
    told = per_distinct(columns, _said, pa.string())
    assert told.to_pylist() == [_said(*row) for row in rows]
    again = per_distinct([told, columns[0]], _said, pa.string())
    assert plain(again).to_pylist() == [_said(_said(*row), row[0]) for row in rows]


def test_many_columns_of_many_values_are_not_confused() -> None:
    column = pa.array([str(number) for number in range(10_000)])
    told = per_distinct([column] * 6, lambda *texts: " ".join(texts), pa.string())
    assert told.to_pylist() == [" ".join([text] * 6) for text in column.to_pylist()]


@given(st.lists(st.tuples(st.integers(0, 3), VALUES)))
def test_a_row_has_its_values_in_order_and_each_once(told: list[tuple[int, str | None]]) -> None:
    rows, values = (pa.array([one[at] for one in told], kind) for at, kind in enumerate(
        (pa.int32(), pa.string())
    ))  # fmt: skip
    found = [sorted({text for row, text in told if row == at and text is not None})
             for at in range(5)]  # fmt: skip
    assert gathered(rows, values, 5).to_pylist() == found
    assert gathered(pa.chunked_array([rows]), pa.chunked_array([values]), 5).to_pylist() == found


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2))))
def test_a_row_of_several_lists_has_what_stands_in_any(held: list[tuple[int, int]]) -> None:
    lists = [["a", "c"], [], ["b", "c"]]
    rows, places = np.array(held, np.int64).reshape(-1, 2).T
    found = gathered_lists(rows, places, pa.array(lists, pa.list_(pa.string())), 4).to_pylist()
    assert found == [sorted({one for row, place in held if row == at for one in lists[place]})
                     for at in range(4)]  # fmt: skip
