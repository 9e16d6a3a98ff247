"""Lands deliveries: each canonical table of each delivery as one Parquet file.

The bytes follow from the delivery alone: rows in the order of the files, no clock, no name of
the machine (`tests/feeds/test_landing.py`). Deliveries do not depend on one another, so that a
pipeline can keep each one's files under its batch id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kithkin.feeds.contracts import CONTRACTS
from kithkin.feeds.delivery import Delivery, FeedError, FeedsRefused
from kithkin.feeds.loading import Loader
from kithkin.feeds.plausibility import refuse_implausible
from kithkin.model.tables import DAY, SOURCE_TABLES, TEXT, TRUTH, FindingTable

RULES: dict[str, str] = {
    "K-CORE-RESENT": "A delivery was sent before with the same contents, and was read once",
    "K-CORE-LATER": "A delivery was extracted after the as-of date, and was not read",
}
NOTES_FILE = "deliveries.parquet"  # in the folder of findings: notes on deliveries not read

# What a later stage must know of a delivery to put several of one source in order.
DELIVERY_SCHEMA = pa.schema(
    {
        "source": TEXT,
        "batch_id": TEXT,
        "agency": TEXT,
        "contract": TEXT,
        "gateway": TEXT,
        "extracted_on": DAY,
        "full_extract": TRUTH,
    }
)

Progress = Callable[[Delivery], None]


@dataclass(frozen=True)
class LandedDelivery:
    """What came of one delivery: rows written by table."""

    delivery: Delivery
    rows: dict[str, int]


@dataclass(frozen=True)
class Selection:
    """The deliveries to read on an as-of date, and a note on each one left out."""

    deliveries: tuple[Delivery, ...]
    notes: FindingTable


@dataclass(frozen=True)
class Landed:
    """What came of all deliveries; `folder` holds a folder of Parquet files for each table."""

    folder: Path
    deliveries: tuple[LandedDelivery, ...]
    notes: FindingTable

    @property
    def rows(self) -> dict[str, int]:
        """Count the rows of each table over all deliveries."""
        return {
            table.name: sum(landed.rows.get(table.name, 0) for landed in self.deliveries)
            for table in SOURCE_TABLES
        }


def land(
    deliveries: Sequence[Delivery],
    out: Path,
    *,
    as_of: date | None,
    progress: Progress | None = None,
) -> Landed:
    """Land all that was known by `as_of` (None: everything) under `out/<table>/`.

    `progress` is called with each delivery once it is landed. Raises `FeedsRefused` with the
    errors of all feeds when any cannot be read; those that could be are landed all the same.
    """
    selection = select(deliveries, as_of)
    landed: list[LandedDelivery] = []
    errors: list[str] = []
    for delivery in selection.deliveries:
        try:
            landed.append(land_delivery(delivery, out))
        except FeedError as error:
            errors.append(f"feed {delivery.source}: {error}")
        if progress is not None:
            progress(delivery)
    write_notes(selection.notes, out)
    if errors:
        raise FeedsRefused(errors)
    return Landed(out, tuple(landed), selection.notes)


def select(deliveries: Sequence[Delivery], as_of: date | None) -> Selection:
    """Leave out deliveries extracted after `as_of`, which nobody had, and those re-sent."""
    kept: dict[str, Delivery] = {}
    notes: list[dict[str, object]] = []
    for delivery in deliveries:
        if as_of is not None and delivery.extracted_on > as_of:
            notes.append(_later(delivery, as_of))
        elif (first := kept.setdefault(delivery.contents_id, delivery)) is not delivery:
            notes.append(_resent(delivery, first))
    return Selection(tuple(kept.values()), FindingTable.from_rows(notes))


def land_delivery(delivery: Delivery, out: Path) -> LandedDelivery:
    """Read one delivery and write `out/<table>/<source>-<batch id>.parquet` for each table.

    Tables without rows get no file; the table `delivery` describes the delivery itself. A file appears only when the whole delivery was read.
    Raises `FeedError` when the delivery cannot be read.
    """
    adapter = CONTRACTS[delivery.contract].load_adapter()
    writer = _Writer(out, f"{delivery.source}-{delivery.batch_id}.parquet")
    try:
        writer.write("delivery", _described(delivery))
        loader = Loader(delivery, writer.write)
        adapter(delivery, loader)
        loader.close()
    except BaseException:
        writer.discard()
        raise
    rows = writer.finish()
    try:
        refuse_implausible(delivery, {name: writer.path(name) for name in rows})
    except FeedError:
        writer.remove()
        raise
    return LandedDelivery(delivery, rows)


def _described(delivery: Delivery) -> pa.Table:
    row = {name: getattr(delivery, name) for name in DELIVERY_SCHEMA.names}
    return pa.Table.from_pylist([row], schema=DELIVERY_SCHEMA)


def write_notes(notes: FindingTable, out: Path) -> None:
    """Write the notes on deliveries left out among the findings; nothing when there are none."""
    if len(notes):
        writer = _Writer(out, NOTES_FILE)
        writer.write("finding", notes.data)
        writer.finish()


@dataclass
class _Writer:
    """Streams the chunks of every table into one Parquet file each."""

    out: Path
    name: str
    rows: dict[str, int] = field(default_factory=dict)
    _open: dict[str, pq.ParquetWriter] = field(default_factory=dict)

    def write(self, table: str, chunk: pa.Table) -> None:
        if table not in self._open:
            path = self._unfinished(table)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open[table] = pq.ParquetWriter(path, chunk.schema, compression="zstd")
        self._open[table].write_table(chunk)
        self.rows[table] = self.rows.get(table, 0) + chunk.num_rows

    def finish(self) -> dict[str, int]:
        """Close every file and give it its name; count the rows of each table."""
        for table, writer in self._open.items():
            writer.close()
            path = self._unfinished(table)
            path.replace(path.with_suffix(""))
        return self.rows

    def path(self, table: str) -> Path:
        """Give the file of a table, once finished."""
        return self.out / table / self.name

    def remove(self) -> None:
        """Remove the finished files."""
        for table in self.rows:
            self.path(table).unlink()

    def discard(self) -> None:
        """Close and remove what was begun."""
        for table, writer in self._open.items():
            writer.close()
            self._unfinished(table).unlink()

    def _unfinished(self, table: str) -> Path:
        return self.out / table / f"{self.name}.unfinished"


def _later(delivery: Delivery, as_of: date) -> dict[str, object]:
    message = f"Extracted on {delivery.extracted_on}, after {as_of}; it was not read."
    return _note(delivery, "K-CORE-LATER", message, "Choose a later as-of date to read it.")


def _resent(delivery: Delivery, first: Delivery) -> dict[str, object]:
    message = (
        f"The same contents were sent before, in {first.files[0].name} and "
        f"{len(first.files) - 1} other files; they were read once."
    )
    return _note(delivery, "K-CORE-RESENT", message, "Take the second [[feed]] out of feeds.toml.")


def _note(delivery: Delivery, rule: str, message: str, remedy: str) -> dict[str, object]:
    return {
        "source": delivery.source,
        "batch_id": delivery.batch_id,
        "file": delivery.files[0].name,
        "rule": rule,
        "severity": "note",
        "message": message,
        "remedy": remedy,
    }


def landed_files(folder: Path, table: str) -> list[Path]:
    """List the Parquet files of one table in the order of their names."""
    return sorted((folder / table).glob("*.parquet"))
