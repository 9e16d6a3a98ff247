"""The groups for which linkage is judged apart: a value for each record, for each grouping.

Ethnicity, sex and age are of human beings: the value that most of their records give (of equals
the first in order), so that a slip in one record does not move somebody. Agency is of records.
Further columns of the truth are groupings as well, and stand for ours of the same name.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.evaluation.linkage.judging import Judged
from kithkin.evaluation.linkage.querying import quiet_duckdb
from kithkin.evaluation.linkage.released import RECORD_COLUMNS, Released
from kithkin.evaluation.linkage.truth import Truth
from kithkin.model import dates
from kithkin.model.codes import code_set

NOT_KNOWN = "Not known"
AGE_BANDS = ((0, "0 to 4"), (5, "5 to 9"), (10, "10 to 15"), (16, "16 to 17"), (18, "18 to 24"),
             (25, "25 to 64"), (65, "65 and over"))  # fmt: skip
"""First year of age of each band."""
TITLES = {
    "ethnicity": "Ethnicity",
    "sex": "Sex",
    "age_band": "Age",
    "agency": "Agency",
    "agency_pair": "Two agencies",
}


def title_of(grouping: str) -> str:
    """Name a grouping for a reader."""
    return TITLES.get(grouping, grouping.replace("_", " ").capitalize())


def groups_by_record(judged: Judged, release: Released, truth: Truth) -> dict[str, pa.Array]:
    """Give each grouping's value for each judged record, as text, in the records' order."""
    records = _in_order(judged, release)
    recorded = {
        "ethnicity": _of_people(judged, _translated(records["ethnicity"], _ethnic_groups())),
        "sex": _of_people(judged, _translated(records["sex"], _labels("sex"))),
        "age_band": _ages(judged, records["date_of_birth"], release.as_of),
        "agency": records["agency"],
    }
    told = {name: truth.data.column(name).take(judged.row) for name in truth.groupings}
    return {name: _known(values) for name, values in (recorded | told).items()}


def _in_order(judged: Judged, release: Released) -> dict[str, pa.ChunkedArray]:
    wanted = release.links.select(["source", "record_id"]).take(judged.rid)
    with quiet_duckdb() as con:
        con.register("wanted", wanted.append_column("place", pa.array(np.arange(len(judged)))))
        con.register("record", release.records.select(list(RECORD_COLUMNS)))
        found = con.sql(
            "SELECT r.* FROM wanted LEFT JOIN record r USING (source, record_id) ORDER BY place"
        ).to_arrow_table()
    return {name: found.column(name) for name in RECORD_COLUMNS}


def _known(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    plain = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    filled = pc.fill_null(plain.cast(pa.string()), NOT_KNOWN)
    return pc.if_else(pc.equal(filled, ""), NOT_KNOWN, filled)


def _labels(name: str) -> dict[str, str]:
    return {code.code: code.label for code in code_set(name).codes}


def _ethnic_groups() -> dict[str, str]:
    """Map the 20 codes to the five groups of the 2021 census; refused and not obtained to none."""
    titles = _labels("ethnicity_5")
    return {
        code.code: titles[code.group]
        for code in code_set("ethnicity_20").codes
        if code.group in titles and code.group != "not_known"
    }


def _translated(values: pa.ChunkedArray, labels: dict[str, str]) -> pa.Array:
    """Look each distinct value up once; what has no label becomes null."""
    encoded = values.combine_chunks().dictionary_encode()
    looked_up = [labels.get(value) for value in encoded.dictionary.to_pylist()]
    return pa.array(looked_up, pa.string()).take(encoded.indices)


def _ages(judged: Judged, born: pa.ChunkedArray, as_of: date) -> pa.Array:
    encoded = _of_people(judged, born.combine_chunks()).dictionary_encode()
    return pa.array(_bands(encoded.dictionary.to_pylist(), as_of), pa.string()).take(
        encoded.indices
    )


def _bands(days: Iterable[Any], as_of: date) -> list[str | None]:
    """Give the band of each date of birth; null for one after `as_of`."""
    return [
        next(
            (title for first, title in reversed(AGE_BANDS)
             if dates.age_in_years(day, as_of) >= first),
            None,
        )
        for day in days
    ]  # fmt: skip


def _of_people(judged: Judged, values: pa.Array) -> pa.Array:
    """Give each record the value that most records of its human being give, null with none."""
    with quiet_duckdb() as con:
        con.register("told", pa.table([pa.array(judged.true), values], ["human", "value"]))
        commonest = con.sql(
            "SELECT human, value FROM (SELECT human, value, count(*) n FROM told "
            "WHERE value IS NOT NULL GROUP BY ALL) "
            "QUALIFY row_number() OVER (PARTITION BY human ORDER BY n DESC, value) = 1 ORDER BY human"
        ).to_arrow_table()
    place = np.full(int(judged.true.max()) + 1, -1, np.int64)
    place[commonest.column("human").to_numpy()] = np.arange(commonest.num_rows)
    mine = place[judged.true]
    return commonest.column("value").combine_chunks().take(pa.array(mine, mask=mine < 0))
