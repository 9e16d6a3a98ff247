"""Refuses a delivery that cannot be right as a whole.

One date after the extract, or one child recorded as its mother's mother, is a slip: the row is
loaded or dropped with a finding. When most of a delivery is so, its dates were misread, its day
of extract is wrong, or its columns are swapped, and nothing in it can be trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.feeds.delivery import Delivery, FeedError

PARENTS = ["mother", "father", "parent"]


def refuse_implausible(delivery: Delivery, files: Mapping[str, Path]) -> None:
    """Raise `FeedError` when most events lie in the future, or most parents are circular.

    `files` are the delivery's landed tables, by name.
    """
    if "event" in files:
        _refuse_future(delivery, files["event"])
    if "relationship" in files:
        _refuse_circular(files["relationship"])


def _refuse_future(delivery: Delivery, file: Path) -> None:
    events = pq.read_table(file, columns=["file", "row", "occurred_on"])
    late = events.filter(pc.field("occurred_on") > delivery.extracted_on)
    if late.num_rows * 2 > events.num_rows:
        first = late.slice(0, 1).to_pylist()[0]
        raise FeedError(
            first["file"],
            f"{late.num_rows:,} of {events.num_rows:,} events of this delivery lie after its "
            f"extract on {delivery.extracted_on}; row {first['row']} is of {first['occurred_on']} "
            "(K-CORE-FUTURE).",
            "Check extracted_on in feeds.toml, and whether days and months are swapped.",
        )


def _refuse_circular(file: Path) -> None:
    columns = ["file", "row", "record_id", "other_record_id", "kind"]
    rows = pq.read_table(file, columns=columns, filters=pc.field("kind").isin(PARENTS)).to_pylist()
    pairs = {(row["record_id"], row["other_record_id"]) for row in rows}
    circular = [row for row in rows if (row["other_record_id"], row["record_id"]) in pairs]
    if len(circular) * 2 > len(rows):
        first = circular[0]
        raise FeedError(
            first["file"],
            f"{len(circular):,} of {len(rows):,} parents in this delivery are their own child's "
            f"child; row {first['row']} makes {first['other_record_id']} the {first['kind']} of "
            f"{first['record_id']} (K-CORE-CIRCULAR).",
            "Check whether the two columns of persons are swapped, and send the file again.",
        )
