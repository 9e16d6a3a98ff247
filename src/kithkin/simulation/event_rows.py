"""Every dated row of every agency as Parquet, with the true persons: part of the truth.

For those who want a large event set quickly, without agencies' layouts and mistakes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kithkin.simulation.calendar import NEVER
from kithkin.simulation.records import AgencyFile, Column

ROWS_IN_GROUP = 262_144


def as_table(file: AgencyFile) -> pa.Table:
    """Give an agency's file as a table: persons as positions, days as dates, words as words."""
    names = [column.name for column in file.columns]
    arrays = [_array(column) for column in file.columns]
    return pa.table([*arrays, _days(file.known)], names=[*names, "known_on"])


def write_events(folder: Path, file: AgencyFile) -> int:
    """Write a file as `<feed>.<file>.parquet`; give the number of its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    write_parquet(folder / f"{file.feed}.{file.file}.parquet", as_table(file))
    return len(file)


def write_stream(path: Path, batches: Iterable[pa.RecordBatch]) -> int:
    """Write batches to one file as they come; give the number of rows. No batches, no file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer: pq.ParquetWriter | None = None
    rows = 0
    try:
        for batch in batches:
            writer = writer or _writer(path, batch.schema)
            writer.write_batch(batch, row_group_size=ROWS_IN_GROUP)
            rows += batch.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="lz4", write_statistics=False)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table so that the same rows give the same bytes."""
    pq.write_table(
        table, path, compression="lz4", row_group_size=ROWS_IN_GROUP, write_statistics=False
    )


def _array(column: Column) -> pa.Array:
    values = column.values
    match column.kind:
        case "day":
            return _days(values)
        case "minute":
            return pa.array(values * 60, mask=values < 0, type=pa.timestamp("s"))
        case "word":
            return _words(column)
        case "number" if values.dtype.kind == "f":
            return pa.array(values, from_pandas=True)
        case "yes_no" | "number":
            return pa.array(values)
        case _:
            return pa.array(values, mask=values < 0)


def _words(column: Column) -> pa.DictionaryArray:
    """Give words once each in the dictionary: Parquet's bytes vary when one stands in it twice."""
    words = column.words if isinstance(column.words, pa.Array) else pa.array(list(column.words))
    once = words.dictionary_encode()
    blank = column.values < 0
    at = once.indices.to_numpy()[np.maximum(column.values, 0)] if len(words) else column.values
    return pa.DictionaryArray.from_arrays(
        pa.array(at.astype(np.int32), mask=blank), once.dictionary
    )


def _days(values: np.ndarray[tuple[int, ...], np.dtype[np.int32]]) -> pa.Array:
    return pa.array(values.astype(np.int32), mask=values == NEVER, type=pa.int32()).cast(
        pa.date32()
    )
