"""Where adapters put what they read: canonical rows, findings, rows set aside, the account.

Nothing is lost: each source row is either loaded or set aside, once, and the account of every
file is checked when the file is done (`tests/feeds/test_loading.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from kithkin.feeds.delivery import DeliveredFile, Delivery
from kithkin.model import dates
from kithkin.model.tables import SOURCE_TABLES, TableError

TABLES = {table.name: table for table in SOURCE_TABLES}
NAMES = {table.name: tuple(table.columns) for table in SOURCE_TABLES}
KNOWN_NAMES = {table: frozenset(names) for table, names in NAMES.items()}
CHUNK_ROWS = 50_000
# Kinds whose day lies ahead by nature, so that it is no mistake.
EXPECTED_KINDS = frozenset(["social_care.pregnancy.expected_birth"])

RULES: dict[str, str] = {
    "K-CORE-FUTURE": "A date lies after the day on which the feed was extracted",
}

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
        self._rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
        self._batch = delivery.batch_id

    def file(self, file: DeliveredFile, part: str = "") -> FileSink:
        """Open the account of a file, or of one `part` of it (a worksheet)."""
        return FileSink(self, file, part)

    def add(self, table: str, row: Mapping[str, Any]) -> None:
        """Keep one canonical row; a column that it lacks is null."""
        if not row.keys() <= KNOWN_NAMES[table]:
            unknown = sorted(row.keys() - KNOWN_NAMES[table])
            raise TableError(f"table {table}: no column {unknown}")
        self.append(table, tuple(map(row.get, NAMES[table])))

    def append(self, table: str, values: tuple[Any, ...]) -> None:
        """Keep one canonical row given in column order; hand the table on when its chunk is full.

        Rows are kept as tuples since events come by the million and a mapping each would double
        the time (`tests/feeds/test_loading.py` holds the order of their columns).
        """
        rows = self._rows[table]
        rows.append(values)
        if len(rows) >= CHUNK_ROWS:
            self._flush(table)

    def close(self) -> None:
        """Hand on what is left."""
        for table in TABLES:
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows, self._rows[table] = self._rows[table], []
        if rows:
            self._emit(table, _arrow(table, rows))

    @property
    def batch_id(self) -> str:
        """Give the delivery's content hash."""
        return self._batch


def _arrow(table: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    schema = TABLES[table].schema()
    columns = zip(*rows, strict=True)
    arrays = [
        pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)
    ]
    return TABLES[table](pa.Table.from_arrays(arrays, schema=schema)).data


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
        self._future_row: int | None = None  # the row last found to hold a date in the future
        self._extracted_on = loader.delivery.extracted_on
        self._lag = loader.delivery.recorded_lag_days
        self._origin = (loader.delivery.source, loader.batch_id, self.name)

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
        if rule == "K-CORE-FUTURE":
            self._future_row = row
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
        for name in ("date_of_birth", "date_of_death"):
            if (day := columns.get(name)) and day > self._extracted_on:
                self._future(row, name, day)
        columns |= {"record_id": record_id, "agency": self.delivery.agency}
        self._put("person_record", row, None, columns)

    def identifier(
        self, row: int, record_id: str, scheme: str, value: str, check: str, **columns: Any
    ) -> None:
        """Put a number by which the agency knows the person; see `model.identifiers`."""
        columns |= {"record_id": record_id, "scheme": scheme, "value": value, "check": check}
        self._put("identifier", row, None, columns)

    def put(
        self,
        table: str,
        row: int,
        occurred_on: date | None = None,
        *,
        recorded_on: date | None = None,
        **columns: Any,
    ) -> None:
        """Put a row of any other source table; the two days help to say when it was known."""
        self._put(table, row, occurred_on, columns, recorded_on)

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
        agency: str | None = None,
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
        agency : whose concern or act it is, when that is not the agency that sent the file.

        """
        if occurred_on > self._extracted_on and kind not in EXPECTED_KINDS:
            self._future(row, "occurred_on", occurred_on)
        event_id = f"{kind}:{key or f'{self.name}:{row}'}"
        known_at, basis = self._known(recorded_on, occurred_on)
        end_known_at = self._known(end_recorded_on, ended_on)[0] if ended_on else None
        provenance = (*self._origin, row, known_at, basis)
        append = self.loader.append
        append("event", (event_id, kind, agency or self.delivery.agency, occurred_on, ended_on,
                         end_known_at, value, group, address_id, detail, *provenance))  # fmt: skip
        for part in people:
            age = part[2] if len(part) == 3 else None
            append("event_person", (event_id, part[0], part[1], age, *provenance))

    def part(
        self,
        row: int,
        event_id: str,
        occurred_on: date,
        part: Part,
        *,
        recorded_on: date | None = None,
    ) -> None:
        """Put that a person of this row took part in an event that another row made."""
        if occurred_on > self._extracted_on:
            self._future(row, "started_on", occurred_on)
        known = self._known(recorded_on, occurred_on)
        age = part[2] if len(part) == 3 else None
        self.loader.append(
            "event_person", (event_id, part[0], part[1], age, *self._origin, row, *known)
        )

    # --- within ------------------------------------------------------------------------------

    def _put(
        self,
        table: str,
        row: int,
        occurred_on: date | None,
        columns: dict[str, Any],
        recorded_on: date | None = None,
    ) -> None:
        if occurred_on is not None and occurred_on > self._extracted_on:
            self._future(row, "started_on", occurred_on)
        columns["source"], columns["batch_id"], columns["file"] = self._origin
        columns["row"] = row
        columns["known_at"], columns["known_basis"] = self._known(recorded_on, occurred_on)
        self.loader.add(table, columns)

    def _future(self, row: int, column: str, day: date) -> None:
        """Say that a row holds a date after the extract, unless it or its adapter has said so."""
        if row != self._future_row:
            self.finding(
                "K-CORE-FUTURE",
                f"{day} lies after the extract of {self._extracted_on}; it counts from that day on.",
                "Correct the date in the source system, or extracted_on in feeds.toml.",
                row=row,
                column=column,
                value=day,
            )

    def _known(self, recorded_on: date | None, occurred_on: date | None) -> tuple[date, str]:
        """Say when a fact was known: as recorded, else as it occurred plus the feed's lag.

        Never after the extract that holds it, which knew it.
        """
        extracted = self._extracted_on
        if recorded_on is not None:
            return min(recorded_on, extracted), "recorded"
        if occurred_on is None:
            return extracted, "extract"
        if self._lag:
            occurred_on = dates.add_days(occurred_on, self._lag)
        return min(occurred_on, extracted), "occurred"

    def _where(self, row: int | None) -> dict[str, Any]:
        source, batch_id, file = self._origin
        return {"source": source, "batch_id": batch_id, "file": file, "row": row}

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
