"""A record as it arrives, with whatever it says, made comparable like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from kithkin.model import identifiers
from kithkin.model.tables import (
    AddressTable,
    IdentifierTable,
    PersonRecordTable,
    ResidenceTable,
    TypedTable,
)
from kithkin.people.cleaning.comparable import made_comparable, told_numbers, told_places
from kithkin.people.rules import LinkageRules

KEY = {"source": "arriving", "record_id": "1"}


@dataclass(frozen=True)
class ArrivingAddress:
    """An address as written; any part may be missing."""

    line: str | None = None
    town: str | None = None
    postcode: str | None = None
    uprn: str | None = None


@dataclass(frozen=True)
class Arrival:
    """What somebody says of a person: any part may be missing.

    Parameters
    ----------
    numbers : scheme and value, as in the identifier table: ("nhs_number", "943 476 5919"),
        ("phone", "01452 396396").
    agency : who says it; its own numbers are compared with the same agency's alone.

    """

    forename: str | None = None
    surname: str | None = None
    date_of_birth: date | None = None
    sex: str | None = None
    middle_names: str | None = None
    preferred_name: str | None = None
    former_surname: str | None = None
    addresses: tuple[ArrivingAddress, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    agency: str = "arriving"


def make_comparable(
    con: duckdb.DuckDBPyConnection, arrival: Arrival, rules: LinkageRules
) -> pa.Table:
    """Give the one row of `ComparableTable` that the arrival is; nothing stays on `con`.

    What only all records together can tell, such as that a number is on too many of them, is not
    known of one alone; such a value is in no record of the index, so it agrees with none.
    """
    records = _record(arrival)
    tables = {
        kind.name: kind.from_rows(rows).data
        for kind, rows in _number_and_place_rows(arrival).items()
    } | {"people_record": records.select(["rid", "source", "record_id", "agency"])}
    for name, table in tables.items():
        con.register(name, table)
    try:
        # Most of a look-up would go to questions about numbers or places that there are none of.
        numbers = told_numbers(con, rules, 1) if arrival.numbers else _NO_NUMBERS
        places = told_places(con, rules, 1) if arrival.addresses else _NO_PLACES
    finally:
        for name in tables:
            con.unregister(name)
    return made_comparable(records, {**numbers, **places}).data


_NONE = pa.array([[]], pa.list_(pa.string()))
_NO_TEXT = pa.array([None], pa.string())
_NO_PLACES = {
    "address_keys": _NONE,
    "postcodes": _NONE,
    "towns": _NONE,
    "address_line": _NO_TEXT,
}
_NO_NUMBERS = {
    "numbers": _NONE,
    "schemes": _NONE,
    "contacts": _NONE,
    "email": _NO_TEXT,
}
_PERSON = (
    "agency", "forename", "preferred_name", "middle_names", "surname", "former_surname",
    "date_of_birth", "sex",
)  # fmt: skip


def _record(arrival: Arrival) -> pa.Table:
    """Give the arrival as `latest_records` would."""
    row = {"rid": 0, **KEY, **{name: getattr(arrival, name) for name in _PERSON}, "unborn": None}
    kinds = PersonRecordTable.columns
    arrays = {"rid": pa.array([0], pa.int32())} | {
        name: pa.array([value], kinds[name]) for name, value in row.items() if name != "rid"
    }
    return pa.table(arrays)


def _number_and_place_rows(
    arrival: Arrival,
) -> Mapping[type[TypedTable], list[dict[str, Any]]]:
    numbers = [
        {**KEY, "scheme": scheme, "value": value, "check": identifiers.check(scheme, value)}
        for scheme, value in arrival.numbers
    ]
    places = [(f"arriving-{at}", one) for at, one in enumerate(arrival.addresses)]
    return {
        IdentifierTable: numbers,
        AddressTable: [{"address_id": name, **vars(one)} for name, one in places],
        ResidenceTable: [{**KEY, "address_id": name} for name, _ in places],
    }
