"""A table class refuses data whose columns are not those it names."""

from datetime import date
from typing import ClassVar

import pyarrow as pa
import pytest

from kithkin.model.tables import (
    DAY,
    PROVENANCE,
    SOURCE_TABLES,
    TEXT,
    WHOLE,
    EventTable,
    PersonRecordTable,
    TableError,
    TypedTable,
)


class VisitTable(TypedTable):
    """A table small enough to read: who was seen, when."""

    name = "visit"
    columns: ClassVar = {"child": TEXT, "seen_on": DAY, "minutes": WHOLE}


ROWS = [
    {"child": "c1", "seen_on": date(2026, 1, 5), "minutes": 40},
    {"child": "c2", "seen_on": date(2026, 1, 6)},
]


def test_rows_become_columns_of_the_named_types_and_a_missing_cell_is_null():
    table = VisitTable.from_rows(ROWS)
    assert len(table) == 2
    assert table.data.schema == VisitTable.schema()
    assert table.data.to_pylist()[1] == {
        "child": "c2",
        "seen_on": date(2026, 1, 6),
        "minutes": None,
    }


def test_no_rows_make_an_empty_table_with_its_columns():
    table = VisitTable.from_rows([])
    assert len(table) == 0
    assert table.data.schema.names == ["child", "seen_on", "minutes"]


def test_rows_may_come_from_a_generator():
    assert len(VisitTable.from_rows(row for row in ROWS)) == 2


def test_a_row_with_a_column_that_the_table_has_not_is_refused_by_name():
    with pytest.raises(TableError, match=r"table visit: no column \['room', 'team'\]"):
        VisitTable.from_rows([{"child": "c1", "team": "A", "room": 2}])


def test_a_missing_column_is_named():
    data = VisitTable.from_rows(ROWS).data.drop_columns(["seen_on"])
    with pytest.raises(
        TableError, match=r"visit: missing columns \['seen_on'\], unexpected.* \[\]"
    ):
        VisitTable(data)


def test_an_extra_column_is_named():
    data = VisitTable.from_rows(ROWS).data.append_column("team", pa.array(["A", "B"]))
    with pytest.raises(TableError, match=r"missing columns \[\], unexpected columns \['team'\]"):
        VisitTable(data)


def test_columns_in_another_order_are_refused():
    data = VisitTable.from_rows(ROWS).data.select(["minutes", "child", "seen_on"])
    with pytest.raises(TableError, match="table visit"):
        VisitTable(data)


def test_a_column_of_another_type_is_named_with_both_types():
    data = pa.table({"child": ["c1"], "seen_on": [date(2026, 1, 5)], "minutes": ["forty"]})
    with pytest.raises(TableError, match="column minutes is string, expected int32"):
        VisitTable(data)


@pytest.mark.parametrize("table", SOURCE_TABLES, ids=lambda table: table.name)
def test_every_source_table_can_be_empty_and_names_its_source(table):
    assert len(table.from_rows([])) == 0
    assert "source" in table.columns


def test_source_tables_have_names_of_their_own():
    names = [table.name for table in SOURCE_TABLES]
    assert len(set(names)) == len(names)


def test_a_person_record_carries_the_whole_provenance_once():
    assert set(PROVENANCE) <= set(PersonRecordTable.columns)
    assert next(iter(PersonRecordTable.columns)) == "source"


def test_an_event_keeps_the_day_its_end_became_known_apart_from_its_end():
    assert EventTable.columns["ended_on"] == EventTable.columns["end_known_at"] == DAY
