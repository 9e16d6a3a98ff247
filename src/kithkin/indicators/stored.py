"""Facts as they are stored: coded as whole numbers, sorted by subject and day, in parts.

A part holds the facts of `SUBJECTS_A_PART` neighbouring subjects, so that a part can be answered
on its own: on a thread, or on another machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.engine import FAST_FORMAT, write_table

SUBJECTS_A_PART = 1 << 15
DESCRIPTION = "facts.json"

FACTS = pa.schema(
    [
        pa.field("subject", pa.int32()),  # person_key or family_key, 0-based and dense
        pa.field("event_no", pa.int64()),  # position in the table `fact_event`
        pa.field("occurred", pa.int32()),  # day numbers, see model/dates.py
        pa.field("known", pa.int32()),
        pa.field("superseded", pa.int32()),  # the day from which a later version counts, or FAR
        pa.field("reach", pa.int32()),  # the last as-of day on which it can matter
        pa.field("ended", pa.int32()),  # FAR while open; the day itself for what does not last
        pa.field("end_known", pa.int32()),
        pa.field("value", pa.int32()),  # thousandths of the kind's unit
        pa.field("agency", pa.int16()),
        pa.field("kind", pa.int16()),
        pa.field("signature", pa.int32()),  # which set of selections it satisfies
    ]
)


@dataclass(frozen=True)
class Part:
    """The facts of the subjects from `first` to before `stop`."""

    path: Path
    first: int
    stop: int

    @property
    def file_name(self) -> str:
        """Name the file of this part, here and in whatever is made from it."""
        return part_name(self.first)


def part_name(first: int) -> str:
    """Name the part that begins with a subject."""
    return f"part-{first // SUBJECTS_A_PART:05d}.parquet"


@dataclass(frozen=True)
class FactsFolder:
    """A folder of parts with its description."""

    folder: Path

    def describe(self, subjects: int, most: int, signatures: Sequence[Sequence[int]]) -> None:
        """Write how many subjects there are, the most facts one has, what signatures satisfy."""
        text = json.dumps({"subjects": subjects, "most": most, "signatures": signatures})
        (self.folder / DESCRIPTION).write_text(text, encoding="utf-8")

    @property
    def subjects(self) -> int:
        """How many subjects there are, those without facts included."""
        return int(self._description()["subjects"])

    @property
    def most(self) -> int:
        """How many facts the subject with the most facts has."""
        return int(self._description()["most"])

    def signatures(self) -> list[list[int]]:
        """Give for each signature the positions of the selections that it satisfies."""
        return list(self._description()["signatures"])

    def parts(self) -> list[Part]:
        """List the parts in order."""
        subjects = self.subjects
        return [
            Part(self.folder / part_name(first), first, min(first + SUBJECTS_A_PART, subjects))
            for first in range(0, subjects, SUBJECTS_A_PART)
        ]

    def write(self, batches: Iterable[pa.RecordBatch], subjects: int) -> int:
        """Write facts that come sorted by subject as parts; gives the most that one subject has."""
        self.folder.mkdir(parents=True, exist_ok=True)
        most = 0
        pieces = _cut(batches, subjects)
        for first, table in pieces:
            write_table(
                table, self.folder / part_name(first), row_group_size=1 << 21, layout=FAST_FORMAT
            )
            most = max(most, _most(table))
        return most

    def _description(self) -> dict[str, Any]:
        text = (self.folder / DESCRIPTION).read_text(encoding="utf-8")
        return dict(json.loads(text))


def _cut(batches: Iterable[pa.RecordBatch], subjects: int) -> Iterator[tuple[int, pa.Table]]:
    """Cut a sorted stream at the boundaries of parts; a part without facts is empty."""
    stream = iter(batches)
    held = FACTS.empty_table()
    more = True
    for first in range(0, subjects, SUBJECTS_A_PART):
        stop = first + SUBJECTS_A_PART
        pending = [held]
        while more and not _reaches(pending[-1], stop):
            batch = next(stream, None)
            more = batch is not None
            if batch is not None:
                pending.append(pa.Table.from_batches([batch]).cast(FACTS))
        held = pa.concat_tables(pending)
        count = _below(held, stop)
        yield first, held.slice(0, count).combine_chunks()
        held = held.slice(count)


def _most(table: pa.Table) -> int:
    """Count the facts of the subject with the most, in a table sorted by subject."""
    subject = table["subject"].to_numpy()
    edges = np.flatnonzero(np.diff(subject)) + 1
    return int(np.diff(np.concatenate([[0], edges, [len(subject)]])).max(initial=0))


def _reaches(table: pa.Table, stop: int) -> bool:
    return table.num_rows > 0 and table["subject"][-1].as_py() >= stop


def _below(table: pa.Table, stop: int) -> int:
    return int(pc.sum(pc.less(table["subject"], stop)).as_py() or 0)
