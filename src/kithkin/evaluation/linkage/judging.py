"""Puts the release beside the truth: for each record, whose it is and for whose it was taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.evaluation.errors import EvaluationError
from kithkin.evaluation.linkage.querying import quiet_duckdb
from kithkin.evaluation.linkage.released import Released, codes
from kithkin.evaluation.linkage.truth import Truth


@dataclass(frozen=True)
class Judged:
    """The records that both release and truth know, in (source, record_id) order.

    `true` numbers the human beings, `made` the persons that linkage made, each 0, 1, 2 ...;
    `persons` are the ids of the latter; `rid` is each record's place among all of the release;
    `row` its place in the truth file.
    """

    true: np.ndarray
    made: np.ndarray
    persons: pa.Array
    rid: np.ndarray
    row: np.ndarray

    def __len__(self) -> int:
        return len(self.true)


def judge(release: Released, truth: Truth) -> Judged:
    """Find each record of the truth in the release; `EvaluationError` when one is not there."""
    numbered = _numbered(truth.data, "row").select(["source", "record_id", "person", "row"])
    links = _numbered(release.links, "rid").select(["source", "record_id", "person_id", "rid"])
    with quiet_duckdb() as con:
        con.register("truth", numbered)
        con.register("link", links)
        found = con.sql(
            "SELECT t.row, t.person, l.person_id, l.rid FROM truth t "
            "LEFT JOIN link l USING (source, record_id) ORDER BY l.rid NULLS LAST, t.row"
        ).to_arrow_table()
    _check_known(truth, release, found)
    true, _ = codes(found.column("person"))
    made, persons = codes(found.column("person_id"))
    return Judged(true, made, persons, _whole(found, "rid"), _whole(found, "row"))


def _numbered(table: pa.Table, name: str) -> pa.Table:
    return table.append_column(name, pa.array(np.arange(table.num_rows)))


def _whole(table: pa.Table, name: str) -> np.ndarray:
    return np.asarray(table.column(name).to_numpy(), np.int64)


def _check_known(truth: Truth, release: Released, found: pa.Table) -> None:
    unknown = found.filter(pc.is_null(found.column("rid")))
    if unknown.num_rows:
        index = unknown.column("row")[0].as_py()
        row = truth.data.slice(index, 1).to_pylist()[0]
        raise EvaluationError(
            f"{truth.place(index)}, column record_id: release {release.id} has no record "
            f"{row['record_id']!r} of {row['source']!r} ({unknown.num_rows:,} such rows). "
            "Judge the release that holds them, or leave those rows out."
        )
    if not found.num_rows:
        raise EvaluationError(f"{truth.file}: holds no record. Give at least one row.")
