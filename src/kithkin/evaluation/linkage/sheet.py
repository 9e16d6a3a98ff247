"""The sheet on which people judge pairs, and its key, which they do not need to see.

The sheet says nothing of what linkage thinks, so that it cannot sway who judges. One row is a
pair, the two records side by side; `answer` is to be filled in.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from kithkin.evaluation.linkage.querying import quiet_duckdb
from kithkin.evaluation.linkage.sampling import OPEN, Question, Sample

SHEET, KEY = "linkage-review.csv", "linkage-review.key.json"
SHOWN = ("agency", "forename", "middle_names", "surname", "former_surname", "preferred_name",
         "date_of_birth", "expected_date_of_birth", "date_of_death", "sex", "ethnicity",
         "addresses", "numbers")  # fmt: skip
ANSWERS = ("same", "different", "unsure")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Key = tuple[str, str]


def sealed_records(release: Path) -> list[Key]:
    """List (source, record_id) of the records of a release that may not be put on a sheet."""
    with quiet_duckdb() as con:
        con.register("open", pa.table({"seal": list(OPEN)}))
        return con.execute(
            "SELECT source, record_id FROM read_parquet(?) WHERE seal IS NOT NULL "
            "AND seal NOT IN (SELECT seal FROM open) ORDER BY ALL",
            [str(release / "person_record.parquet")],
        ).fetchall()


def write_sample(sample: Sample, release: Path, folder: Path) -> tuple[Path, Path]:
    """Write the sheet and its key into `folder`, and give their paths.

    `release` is the folder of the release from which the sample was drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    records = _records(sample, release)
    columns = ["pair", *(f"{name} {side}" for name in ("source", "record_id", *SHOWN)
                         for side in (1, 2)), "answer", "note"]  # fmt: skip
    with (folder / SHEET).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(_row(question, records) for question in sample.questions)
    (folder / KEY).write_text(_key(sample), encoding="utf-8")
    return folder / SHEET, folder / KEY


def _row(question: Question, records: Mapping[Key, Mapping[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {"pair": question.number}
    for side, key in enumerate((question.left, question.right), start=1):
        told = {"source": key[0], "record_id": key[1], **records[key]}
        row |= {f"{name} {side}": harmless(value) for name, value in told.items()}
    return row


def harmless(value: Any) -> str:
    """Write a cell so that no spreadsheet takes it for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _key(sample: Sample) -> str:
    questions = [
        {
            "pair": q.number,
            "side": q.side,
            "band": q.band,
            "pairs": q.pairs,
            "stated": q.stated,
            "left": q.left,
            "right": q.right,
        }
        for q in sample.questions
    ]
    told = {**asdict(sample), "questions": questions}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _records(sample: Sample, release: Path) -> dict[Key, dict[str, Any]]:
    """Give what the sheet shows of each record that it shows."""
    keys = sorted({key for q in sample.questions for key in (q.left, q.right)})
    with quiet_duckdb() as con:
        columns = [pa.array([key[place] for key in keys]) for place in (0, 1)]
        con.register("wanted", pa.Table.from_arrays(columns, ["source", "record_id"]))
        for name in ("person_record", "residence", "address", "identifier"):
            con.read_parquet(str(release / f"{name}.parquet")).create_view(name)
        rows = con.sql(_SHOWN.format(columns=", ".join(SHOWN))).to_arrow_table().to_pylist()
    return {(row["source"], row["record_id"]): {name: row[name] for name in SHOWN} for row in rows}


_SHOWN = """
WITH lived AS (
  SELECT r.source, r.record_id, string_agg(DISTINCT concat_ws(', ', a.line, a.town, a.postcode), '; '
         ORDER BY concat_ws(', ', a.line, a.town, a.postcode)) AS addresses
  FROM wanted JOIN residence r USING (source, record_id) JOIN address a USING (source, address_id)
  GROUP BY ALL
), numbered AS (
  SELECT i.source, i.record_id, string_agg(DISTINCT concat(i.scheme, ' ', i.value), '; '
         ORDER BY concat(i.scheme, ' ', i.value)) AS numbers
  FROM wanted JOIN identifier i USING (source, record_id) GROUP BY ALL
)
SELECT source, record_id, {columns} FROM wanted JOIN person_record USING (source, record_id)
LEFT JOIN lived USING (source, record_id) LEFT JOIN numbered USING (source, record_id)
"""
