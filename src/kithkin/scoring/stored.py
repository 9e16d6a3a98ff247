"""Contributions as they are stored: whole numbers, sorted by person and occasion, in files of persons."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.engine import WIDE_FORMAT, write_table
from kithkin.indicators.kernel import FAR

PERSONS_A_FILE = 1 << 15
DESCRIPTION = "contributions.json"
DEATHS = "death.parquet"

CONTRIBUTIONS = pa.schema(
    [
        pa.field("subject", pa.int32()),  # person_key
        pa.field("occasion", pa.int64()),  # the least event_no of the events of one group
        pa.field("event_no", pa.int64()),  # position in the table `fact_event`
        pa.field("occurred", pa.int32()),  # day numbers, see model/dates.py
        pa.field("known", pa.int32()),
        pa.field("superseded", pa.int32()),  # the day from which a later version counts, or FAR
        pa.field("fades_from", pa.int32()),  # `occurred`, or of what lasts its end as then known
        pa.field("kind", pa.int16()),
        pa.field("counts_for", pa.int32()),  # which set of components
    ]
)
# Sorted whole numbers as their differences: smaller than a dictionary, and read in half the time.
LAYOUT = {
    **WIDE_FORMAT,
    "column_encoding": dict.fromkeys(CONTRIBUTIONS.names, "DELTA_BINARY_PACKED"),
}


@dataclass(frozen=True)
class Rows:
    """The rows of the persons from `first` to before `stop`, as arrays, and where each begins."""

    first: int
    stop: int
    starts: Any  # int64 (stop - first + 1)
    occasion: Any
    event_no: Any
    occurred: Any
    known: Any
    superseded: Any
    fades_from: Any
    kind: Any
    counts_for: Any
    gone: Any  # int32 (stop - first): the day from which each is known to be dead, or FAR


@dataclass(frozen=True)
class StoredContributions:
    """A folder with the contributions of a county."""

    folder: Path

    def write(
        self,
        batches: Iterable[pa.RecordBatch],
        persons: int,
        sets: Sequence[Sequence[int]],
        deaths: pa.Table,
    ) -> int:
        """Write rows that come sorted by person, and who is known to be dead; gives how many rows.

        Parameters
        ----------
        deaths : `person_key`, and `gone`: the day number from which it was known.

        """
        self.folder.mkdir(parents=True, exist_ok=True)
        write_table(deaths, self.folder / DEATHS)
        written = 0
        for first, table in _cut(batches, persons):
            write_table(table, self._file(first), row_group_size=1 << 17, layout=LAYOUT)
            written += table.num_rows
        text = json.dumps({"persons": persons, "rows": written, "sets": sets})
        (self.folder / DESCRIPTION).write_text(text, encoding="utf-8")
        return written

    @property
    def persons(self) -> int:
        """How many persons there are, those without rows included."""
        return int(self._description["persons"])

    @property
    def sets(self) -> list[list[int]]:
        """The positions of the components that each number in `counts_for` stands for."""
        return list(self._description["sets"])

    def firsts(self) -> range:
        """Give the first person of each file."""
        return range(0, self.persons, PERSONS_A_FILE)

    def rows(self, first: int) -> Rows:
        """Read the file that begins with a person."""
        file = pq.ParquetFile(self._file(first), memory_map=True)
        stop = min(first + PERSONS_A_FILE, self.persons)
        return _as_rows(file.read(use_threads=False), first, self.gone[first:stop])

    def rows_of(self, person: int) -> Rows:
        """Read the rows of one person."""
        first = person // PERSONS_A_FILE * PERSONS_A_FILE
        mine = pq.read_table(self._file(first), filters=pc.field("subject") == person)
        return _as_rows(mine, person, self.gone[person : person + 1])

    @cached_property
    def gone(self) -> Any:
        """The day from which each person is known to be dead, int32; FAR of the living."""
        deaths = pq.read_table(self.folder / DEATHS)
        gone = np.full(self.persons, FAR, np.int32)
        gone[deaths["person_key"].to_numpy()] = deaths["gone"].to_numpy()
        return gone

    @cached_property
    def _description(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / DESCRIPTION).read_text(encoding="utf-8")))

    def _file(self, first: int) -> Path:
        return self.folder / f"part-{first // PERSONS_A_FILE:05d}.parquet"


def _as_rows(table: pa.Table, first: int, gone: Any) -> Rows:
    stop = first + len(gone)
    wanted = np.arange(first, stop + 1, dtype=np.int32)
    starts = np.searchsorted(table["subject"].to_numpy(), wanted).astype(np.int64)
    columns = {name: table[name].to_numpy() for name in CONTRIBUTIONS.names[1:]}
    return Rows(first, stop, starts, gone=gone, **columns)


def _cut(batches: Iterable[pa.RecordBatch], persons: int) -> Iterator[tuple[int, pa.Table]]:
    """Cut a sorted stream where files end; a file without rows is empty."""
    stream = iter(batches)
    held = CONTRIBUTIONS.empty_table()
    more = True
    for first in range(0, persons, PERSONS_A_FILE):
        stop = first + PERSONS_A_FILE
        pending = [held]
        while more and not _reaches(pending[-1], stop):
            batch = next(stream, None)
            more = batch is not None
            if batch is not None:
                pending.append(pa.Table.from_batches([batch]).cast(CONTRIBUTIONS))
        held = pa.concat_tables(pending)
        count = int(pc.sum(pc.less(held["subject"], stop)).as_py() or 0)
        yield first, held.slice(0, count).combine_chunks()
        held = held.slice(count)


def _reaches(table: pa.Table, stop: int) -> bool:
    return table.num_rows > 0 and table["subject"][-1].as_py() >= stop
