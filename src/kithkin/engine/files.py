"""Parquet out: the same table gives the same bytes, and a file is whole or not there."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FORMAT = {"compression": "zstd", "version": "2.6", "write_statistics": True}


def write_table(table: pa.Table, path: Path, *, row_group_size: int = 1 << 17) -> None:
    """Write `table` to `path` through a neighbour that takes its place when it is complete.

    Whatever keeps it from being written is raised, and leaves no file behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    try:
        pq.write_table(table, partial, row_group_size=row_group_size, **FORMAT)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
