"""A format for tests alone: each row of a CSV file says one canonical row in so many words.

`table,record,on,columns`, such as `event,c1,2025-01-01,kind=police.call.child key=7`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from feeds.kit import delivered
from kithkin.feeds import contracts
from kithkin.feeds.contracts import Contract
from kithkin.feeds.delimited import read_delimited
from kithkin.feeds.delivery import Delivery
from kithkin.feeds.landing import Landed, land
from kithkin.feeds.loading import FileSink, Loader
from kithkin.feeds.settle import Settled, settle

RULES = {"K-ROWS-1": "A row names no person"}
HEADER = "table,record,on,columns\n"


def read_rows(delivery: Delivery, loader: Loader) -> None:
    for file in delivery.files:
        with loader.file(file) as sink:
            for number, row in read_delimited(file, sink, required=["table", "record"]):
                if row["record"] is None:
                    sink.set_aside(number, "K-ROWS-1", "No person.", row, remedy="Send one.")
                else:
                    _put(sink, number, row["table"] or "", row["record"], row)
                    sink.loaded(number)


def _put(sink: FileSink, number: int, table: str, record: str, row: dict[str, Any]) -> None:
    on = date.fromisoformat(row["on"]) if row["on"] else None
    columns = dict(map(_column, (row["columns"] or "").split()))
    if table == "person":
        sink.person(number, record, **columns)
    elif table == "identifier":
        sink.identifier(number, record, check="unchecked", **columns)
    elif table == "event":
        assert on is not None
        part = (record, columns.pop("role", "subject"))
        sink.event(number, columns.pop("kind"), on, [part], **columns)
    elif table in ("address", "professional"):
        sink.put(table, number, on, **{f"{table}_id": record}, **columns)
    else:
        sink.put(table, number, on, record_id=record, **columns)


def _column(pair: str) -> tuple[str, object]:
    name, _, value = pair.partition("=")
    is_day = name.endswith("_on") or name.startswith(("date_", "valid_"))
    return name, date.fromisoformat(value) if is_day else value


@pytest.fixture
def rows_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `rows` a contract for one test."""
    known = {**contracts.CONTRACTS, "rows": Contract("Rows for tests", "feeds.rows:read_rows")}
    for module in ("contracts", "landing", "manifest", "checking"):
        monkeypatch.setattr(f"kithkin.feeds.{module}.CONTRACTS", known)


def sent(
    folder: Path, on: str, rows: str | Sequence[str], *, full: bool = False, source: str = "police"
) -> Delivery:
    """Describe a delivery of one file, written into the folder, extracted on a day."""
    text = HEADER + ("\n".join(rows) if not isinstance(rows, str) else rows)
    file = delivered(f"{source}-{on}.csv", text, folder)
    day = date.fromisoformat(on)
    return Delivery(source, "police", "rows", (file,), day, "gateway", full_extract=full)


def landed(folder: Path, *deliveries: Delivery) -> Landed:
    """Land deliveries under the folder."""
    return land(deliveries, folder / "landed", as_of=None)


def settled(folder: Path, *deliveries: Delivery) -> Settled:
    """Land and settle deliveries under the folder."""
    return settle(landed(folder, *deliveries).folder, folder / "settled")


def rows_of(result: Settled, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Give chosen columns of a settled table, dates as text."""
    chosen = ", ".join(f'"{name}"' for name in columns)
    found = duckdb.sql(f"SELECT {chosen} FROM '{result.folder / table}.parquet'").fetchall()
    return [tuple(_plain(cells)) for cells in found]


def _plain(cells: Iterable[Any]) -> Iterable[Any]:
    return (str(cell) if isinstance(cell, date) else cell for cell in cells)
