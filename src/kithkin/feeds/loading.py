"""Where adapters put what they read: canonical rows, findings, rows set aside, the account.

Nothing is lost: each source row is either loaded or set aside, once, and the account of every
file is checked when the file is done (`tests/feeds/test_loading.py`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from kithkin.feeds.delivery import DeliveredFile, Delivery
from kithkin.model import dates
from kithkin.model.tables import SOURCE_TABLES

TABLES = {table.name: table for table in SOURCE_TABLES}
CHUNK_ROWS = 50_000

Emit = Callable[[str, pa.Table], None]
Part = tuple[str, str] | tuple[str, str, int | None]


class AccountError(AssertionError):
    """An adapter lost a row, or counted one twice: a fault of the adapter, never of the data."""


class Loader:
    """Collects one delivery's canonical rows and hands them on in chunks.

    Parameters
    ----------
    delivery : the delivery being read.
    emit : called with a table's name and an Arrow table of at most `CHUNK_ROWS` rows.
    """

    def __init__(self, delivery: Delivery, emit: Emit) -> None:
        self.delivery = delivery
        self._emit = emit
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._batch = delivery.batch_id

    def file(self, file: DeliveredFile, part: str = "") -> FileSink:
        """Open the account of a file, or of one `part` of it (a worksheet)."""
        return FileSink(self, file, part)

    def add(self, table: str, row: dict[str, Any]) -> None:
        """Keep one canonical row; hand the table on when its chunk is full."""
        rows = self._rows[table]
        rows.append(row)
        if len(rows) >= CHUNK_ROWS:
            self._flush(table)

    def close(self) -> None:
        """Hand on what is left."""
        for table in list(self._rows):
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows = self._rows.pop(table, [])
        if rows:
            self._emit(table, TABLES[table].from_rows(rows).data)

    @property
    def batch_id(self) -> str:
        """Give the delivery's content hash."""
        return self._batch


class FileSink:
    """The account of one file: use as a context manager, and settle every row once.

    `take` a row as it is read, put its canonical rows with `person`, `event`, ... and then call
    `loaded` or `set_aside`.
    """

    def __init__(self, loader: Loader, file: DeliveredFile, part: str) -> None:
        self.loader = loader
        self.delivery = loader.delivery
        self.name = f"{file.name}#{part}" if part else file.name
        self._sha256 = file.sha256
        self._open: set[int] = set()
        self._in = self._loaded = self._aside = 0

    def __enter__(self) -> FileSink:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._close()

    # --- the account -------------------------------------------------------------------------

    def take(self, row: int) -> None:
        """Count a source row as read."""
        if row in self._open:
            raise AccountError(f"{self.name}: row {row} was taken twice")
        self._open.add(row)
        self._in += 1

    def loaded(self, row: int) -> None:
        """Settle a row as loaded."""
        self._settle(row)
        self._loaded += 1

    def set_aside(
        self,
        row: int,
        rule: str,
        reason: str,
        content: Mapping[str, Any],
        *,
        column: str | None = None,
        remedy: str,
    ) -> None:
        """Settle a row as set aside, with the finding that says why."""
        self._settle(row)
        self._aside += 1
        value = None if column is None else content.get(column)
        self.finding(rule, reason, remedy, row=row, column=column, value=value, severity="error")
        text = json.dumps(dict(content), default=str, ensure_ascii=False)
        self.loader.add(
            "set_aside", self._where(row) | {"rule": rule, "reason": reason, "content": text}
        )

    def finding(
        self,
        rule: str,
        message: str,
        remedy: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        severity: str = "warning",
    ) -> None:
        """Record a problem; `severity` is error (row set aside), warning (loaded) or note."""
        self.loader.add(
            "finding",
            self._where(row)
            | {
                "column": column,
                "value": None if value is None else str(value)[:200],
                "rule": rule,
                "severity": severity,
                "message": message,
                "remedy": remedy,
            },
        )

    # --- canonical rows ----------------------------------------------------------------------

    def person(self, row: int, record_id: str, **columns: Any) -> None:
        """Put one person record; `columns` are those of `PersonRecordTable`."""
        columns.setdefault("seal", "S0")
        columns.setdefault("unborn", False)
        self._put("person_record", row, None, record_id=record_id,
                  agency=self.delivery.agency, **columns)  # fmt: skip

    def identifier(
        self, row: int, record_id: str, scheme: str, value: str, check: str, **columns: Any
    ) -> None:
        """Put a number by which the agency knows the person; see `model.identifiers`."""
        self._put("identifier", row, None, record_id=record_id, scheme=scheme,
                  value=value, check=check, **columns)  # fmt: skip

    def put(self, table: str, row: int, occurred_on: date | None = None, **columns: Any) -> None:
        """Put a row of any other source table; `occurred_on` helps to say when it was known."""
        self._put(table, row, occurred_on, **columns)

    def event(
        self,
        row: int,
        kind: str,
        occurred_on: date,
        people: Iterable[Part],
        *,
        key: str | None = None,
        ended_on: date | None = None,
        recorded_on: date | None = None,
        end_recorded_on: date | None = None,
        value: float | None = None,
        group: str | None = None,
        address_id: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Put an event and the people in it.

        Parameters
        ----------
        kind : a dotted name of the policy.
        people : (record_id, role) or (record_id, role, age at the event in years).
        key : what identifies the event in its source, without which file and row do; a re-sent
            or corrected event has the same key.
        recorded_on, end_recorded_on : the days on which the agency recorded it and its end,
            when the file says so.
        """
        event_id = f"{kind}:{key or f'{self.name}:{row}'}"
        end_known = end_recorded_on or (ended_on and self._known(None, ended_on)[0])
        self._put("event", row, occurred_on, recorded_on=recorded_on, event_id=event_id, kind=kind,
                  agency=self.delivery.agency, occurred_on_=occurred_on, ended_on=ended_on,
                  end_known_at=end_known, value=value, group_id=group, address_id=address_id,
                  detail=detail)  # fmt: skip
        for part in people:
            record_id, role, age = (*part, None)[:3]
            self._put("event_person", row, occurred_on, recorded_on=recorded_on,
                      event_id=event_id, record_id=record_id, role=role,
                      age_at_event=age)  # fmt: skip

    # --- within ------------------------------------------------------------------------------

    def _put(
        self,
        table: str,
        row: int,
        occurred_on: date | None,
        *,
        recorded_on: date | None = None,
        **columns: Any,
    ) -> None:
        if "occurred_on_" in columns:
            columns["occurred_on"] = columns.pop("occurred_on_")
        known_at, basis = self._known(recorded_on, occurred_on)
        columns |= {"known_at": known_at, "known_basis": basis}
        self.loader.add(table, self._where(row) | columns)

    def _known(self, recorded_on: date | None, occurred_on: date | None) -> tuple[date, str]:
        """Say when a fact was known: as recorded, else as it occurred plus the feed's lag.

        Never after the extract that holds it, and never before the fact itself was possible.
        """
        extracted = self.delivery.extracted_on
        if recorded_on is not None:
            return min(recorded_on, extracted), "recorded"
        if occurred_on is None:
            return extracted, "extract"
        lagged = dates.add_days(occurred_on, self.delivery.recorded_lag_days)
        return min(lagged, extracted), "occurred"

    def _where(self, row: int | None) -> dict[str, Any]:
        return {
            "source": self.delivery.source,
            "batch_id": self.loader.batch_id,
            "file": self.name,
            "row": row,
        }

    def _settle(self, row: int) -> None:
        if row not in self._open:
            raise AccountError(f"{self.name}: row {row} was settled without being taken, or twice")
        self._open.remove(row)

    def _close(self) -> None:
        if self._open:
            lost: Sequence[int] = sorted(self._open)[:5]
            raise AccountError(f"{self.name}: rows neither loaded nor set aside, such as {lost}")
        where = self._where(None)
        del where["row"]
        self.loader.add(
            "file_account",
            where
            | {
                "agency": self.delivery.agency,
                "contract": self.delivery.contract,
                "sha256": self._sha256,
                "rows_in": self._in,
                "loaded": self._loaded,
                "set_aside": self._aside,
            },
        )
