"""A small builder of the five source tables that linkage reads."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Self

import duckdb
import pyarrow as pa

from kithkin.model.tables import (
    AddressTable,
    IdentifierTable,
    PersonRecordTable,
    RelationshipTable,
    ResidenceTable,
    TypedTable,
)

SOURCES: tuple[type[TypedTable], ...] = (
    PersonRecordTable,
    IdentifierTable,
    AddressTable,
    ResidenceTable,
    RelationshipTable,
)


class Town:
    """Rows of the source tables; every method adds some and gives the town back."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {kind.name: [] for kind in SOURCES}

    def person(self, key: str, forename: str | None = None, **columns: Any) -> Self:
        """Add a record; `key` reads source/record id, and the source is its agency."""
        row = {**_key(key), "agency": key.split("/")[0], "forename": forename, **columns}
        return self._add("person_record", row)

    def number(self, key: str, scheme: str, value: str, check: str = "passed", **more: Any) -> Self:
        return self._add(
            "identifier", {**_key(key), "scheme": scheme, "value": value, "check": check, **more}
        )

    def address(self, address_id: str, **columns: Any) -> Self:
        return self._add("address", {"source": "any", "address_id": address_id, **columns})

    def lives(
        self, key: str, address_id: str, since: date | None = None, until: date | None = None
    ) -> Self:
        return self._add(
            "residence",
            {**_key(key), "address_id": address_id, "started_on": since, "ended_on": until},
        )

    def related(self, key: str, kind: str, other: str) -> Self:
        """Record that `other`, of the same source, is the `kind` of `key`."""
        other_id = other.split("/")[1]
        return self._add("relationship", {**_key(key), "kind": kind, "other_record_id": other_id})

    def connection(self, shuffle: Any = None) -> duckdb.DuckDBPyConnection:
        """Load the tables into a new DuckDB; `shuffle` reorders each table's rows in place."""
        con = duckdb.connect()
        for kind in SOURCES:
            rows = list(self.rows[kind.name])
            if shuffle:
                shuffle(rows)
            con.register(f"arrow_{kind.name}", _arrow(kind, rows))
            con.execute(f"CREATE TABLE {kind.name} AS SELECT * FROM arrow_{kind.name}")
            con.unregister(f"arrow_{kind.name}")
        return con

    def _add(self, table: str, row: dict[str, Any]) -> Self:
        given = {"batch_id": "b", "file": f"{table}.csv", "row": len(self.rows[table]) + 2}
        self.rows[table].append({**given, "known_at": date(2026, 1, 31), **row})
        return self


def _key(key: str) -> dict[str, str]:
    source, record_id = key.split("/")
    return {"source": source, "record_id": record_id}


def _arrow(kind: type[TypedTable], rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Build a source table, with `superseded_at` where the source tables have it."""
    columns = dict(kind.columns)
    if kind.name in ("identifier", "residence", "relationship"):
        columns["superseded_at"] = pa.date32()
    rows = list(rows)
    arrays = [pa.array([row.get(name) for row in rows], type=of) for name, of in columns.items()]
    return pa.Table.from_arrays(arrays, names=list(columns))
