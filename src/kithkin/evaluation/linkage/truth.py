"""Reads the file that says which records are truly of one human being."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from kithkin.evaluation.errors import EvaluationError

KEYS = ("source", "record_id", "person")
MOST_GROUPS = 100
"""A column with more values is no grouping: a name, a number or a date got in."""


@dataclass(frozen=True)
class Truth:
    """One row a record: `source`, `record_id`, `person`, then a text column a grouping.

    `first_row` is the number that the file's first record has for a reader: 2 under a header.
    """

    file: str
    data: pa.Table
    first_row: int

    @property
    def groupings(self) -> tuple[str, ...]:
        """Name the further columns."""
        return tuple(self.data.schema.names[len(KEYS) :])

    def place(self, index: int) -> str:
        """Say where a record stands, for a message."""
        return f"{self.file}, row {index + self.first_row}"


def read_truth(path: Path) -> Truth:
    """Read a CSV or Parquet file with the columns source, record_id, person and any groupings.

    Raises `EvaluationError` for a file that is not there or cannot be read, a missing column, an
    empty cell of those three, a record that stands there twice, and a further column that is no
    grouping.
    """
    if not path.is_file():
        raise EvaluationError(
            f"{path}: there is no such file. Name a CSV or Parquet file with the columns source, "
            "record_id and person, a row for each record that somebody knows. Where nobody knows, "
            "draw pairs for people to judge: kithkin evaluate linkage --sample 300 --out DIR"
        )
    parquet = path.suffix.casefold() == ".parquet"
    raw = _read_parquet(path) if parquet else _read_csv(path)
    missing = [name for name in KEYS if name not in raw.schema.names]
    if missing:
        raise EvaluationError(
            f"{path.name}: no column {', '.join(missing)}; it has {', '.join(raw.schema.names)}. "
            "Name the columns source, record_id and person; others become groups."
        )
    others = [name for name in raw.schema.names if name not in KEYS]
    truth = Truth(path.name, raw.select([*KEYS, *others]), 1 if parquet else 2)
    _check(truth)
    return truth


def _read_csv(path: Path) -> pa.Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file), [])
        texts = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        return pa_csv.read_csv(
            path,
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=texts,
        )
    except (pa.ArrowInvalid, UnicodeDecodeError, KeyError) as error:
        raise EvaluationError(
            f"{path.name}: cannot be read ({error}). Save it as CSV in UTF-8 with one header row "
            "of different names, and as many cells in each row."
        ) from error


def _read_parquet(path: Path) -> pa.Table:
    try:
        raw = pq.read_table(path)
        return raw.cast(pa.schema([(name, pa.string()) for name in raw.schema.names]))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise EvaluationError(
            f"{path.name}: cannot be read ({error}). Give a Parquet file of plain columns."
        ) from error


def _check(truth: Truth) -> None:
    for name in KEYS:
        column = truth.data.column(name)
        empty = pc.fill_null(pc.equal(column, ""), True).to_numpy(zero_copy_only=False)
        if empty.any():
            raise EvaluationError(
                f"{truth.place(int(empty.argmax()))}, column {name}: is empty. "
                "Give every record its source, record_id and person, or leave the row out."
            )
    _check_once(truth)
    for name in truth.groupings:
        values = len(pc.unique(truth.data.column(name)))
        if values > MOST_GROUPS:
            raise EvaluationError(
                f"{truth.file}, column {name}: holds {values:,} different values, too many for "
                f"groups (at most {MOST_GROUPS}). Leave the column out."
            )


def _check_once(truth: Truth) -> None:
    keys = truth.data.select(["source", "record_id"]).append_column(
        "index", pa.array(np.arange(truth.data.num_rows))
    )
    grouped = keys.group_by(["source", "record_id"]).aggregate(
        [("index", "min"), ("index", "max"), ("index", "count")]
    )
    twice = grouped.filter(pc.greater(grouped.column("index_count"), 1)).sort_by("index_max")
    if twice.num_rows:
        row = twice.slice(0, 1).to_pylist()[0]
        raise EvaluationError(
            f"{truth.place(row['index_max'])}, column record_id: {row['record_id']!r} of "
            f"{row['source']!r} stands at row {row['index_min'] + truth.first_row} already "
            f"({twice.num_rows:,} such records). Give each record once."
        )
