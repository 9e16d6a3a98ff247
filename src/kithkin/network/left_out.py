"""What ties nobody since too many took part: reported, so that nothing is left out in silence."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from kithkin.engine import Engine
from kithkin.model import dates
from kithkin.network.rules import Rules
from kithkin.network.tables import LeftOutOccasionTable

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts

COLUMNS = ["rule", "occasion", "people", "on_first", "on_other", "on_both", "grade", "occurred"]


def left_out_occasions(
    engine: Engine, counted: list[Table], rules: Rules, as_of: date
) -> LeftOutOccasionTable:
    """Report the occasions that were too large, as they are known on a date.

    Parameters
    ----------
    counted : versions of occasions with more people than their rule ties: `known`, `superseded`,
        and `COLUMNS`.

    """
    day = dates.day_number(as_of)
    found = [
        engine.arrow(rows.filter(rows.known <= day, rows.superseded > day).select(
            **{name: rows[name].cast("int64") for name in COLUMNS}))
        for rows in counted
    ]  # fmt: skip
    rows = pa.concat_tables([pa.table({name: [] for name in COLUMNS}, _SCHEMA), *found])
    rows = rows.sort_by(
        [("people", "descending"), ("rule", "ascending"), ("occasion", "ascending")]
    )
    return _reported(rows, rules)


_SCHEMA = pa.schema([(name, pa.int64()) for name in COLUMNS])


def _reported(rows: pa.Table, rules: Rules) -> LeftOutOccasionTable:
    number = {name: rows.column(name).to_numpy() for name in COLUMNS}
    both = number["on_both"]
    pairs = number["on_first"] * number["on_other"] - both - both * (both - 1) // 2
    each = rules.column("weight") * rules.column("reliability")
    gravity = rules.gravity[number["grade"]]
    strength = each[number["rule"]] * gravity * pairs / np.maximum(number["people"] - 1, 1)
    most = np.array([rule.most_people for rule in rules.rules], np.int32)
    names = np.array([*rules.names, ""], object)
    columns = [
        pa.array(names[number["rule"]], pa.string()),
        pa.array(number["occasion"]),
        pa.array(number["people"].astype(np.int32)),
        pa.array(most[number["rule"]] if len(most) else [], pa.int32()),
        pa.array(number["occurred"].astype(np.int32)).cast(pa.date32()),
        pa.array(strength, pa.float64()),
    ]
    return LeftOutOccasionTable(pa.Table.from_arrays(columns, schema=LeftOutOccasionTable.schema()))
