"""What an evaluation reads of a release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

RECORD_COLUMNS = ("source", "record_id", "agency", "sex", "ethnicity", "date_of_birth")


@dataclass(frozen=True)
class Released:
    """A release's linkage.

    `links` is `person_link` in (source, record_id) order, so that a record's place is its `rid`;
    `records` is `person_record`; `review` is `person_pair_review`; `scored`, when it is at hand,
    has `left_rid` and `right_rid` of every pair of records that was looked at.
    """

    id: str
    as_of: date
    links: pa.Table
    records: pa.Table
    review: pa.Table
    scored: pa.Table | None = None


def released(
    name: str,
    as_of: date,
    *,
    links: pa.Table,
    records: pa.Table,
    review: pa.Table,
    scored: pa.Table | None = None,
) -> Released:
    """Put the tables of one linkage together, whatever the order of their rows."""
    ordered = links.sort_by([("source", "ascending"), ("record_id", "ascending")])
    return Released(name, as_of, ordered.combine_chunks(), records, review, scored)


def read_released(folder: Path, as_of: date, *, scored: Path | None = None) -> Released:
    """Read the linkage of the release in `folder`; `OSError` when one of its tables is missing."""
    return released(
        folder.name,
        as_of,
        links=pq.read_table(folder / "person_link.parquet"),
        records=pq.read_table(folder / "person_record.parquet", columns=list(RECORD_COLUMNS)),
        review=pq.read_table(folder / "person_pair_review.parquet"),
        scored=scored and pq.read_table(scored, columns=["left_rid", "right_rid"]),
    )


def codes(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Number the values of a column 0, 1, 2 ... by first appearance; give numbers and values."""
    plain = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = plain.dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary
