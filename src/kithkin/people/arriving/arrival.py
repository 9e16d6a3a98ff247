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
from kithkin.people.cleaning import comparable_records
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
    tables = _source_tables(arrival)
    for kind, rows in tables.items():
        con.register(kind.name, kind.from_rows(rows).data)
    try:
        return comparable_records(con, rules).data
    finally:
        for kind in tables:
            con.unregister(kind.name)


def _source_tables(arrival: Arrival) -> Mapping[type[TypedTable], list[dict[str, Any]]]:
    told = (
        "forename", "surname", "date_of_birth", "sex", "middle_names", "preferred_name",
        "former_surname", "agency",
    )  # fmt: skip
    person = {name: getattr(arrival, name) for name in told}
    numbers = [
        {**KEY, "scheme": scheme, "value": value, "check": identifiers.check(scheme, value)}
        for scheme, value in arrival.numbers
    ]
    places = [(f"arriving-{at}", one) for at, one in enumerate(arrival.addresses)]
    return {
        PersonRecordTable: [{**KEY, **person}],
        IdentifierTable: numbers,
        AddressTable: [{"address_id": name, **vars(one)} for name, one in places],
        ResidenceTable: [{**KEY, "address_id": name} for name, _ in places],
    }
