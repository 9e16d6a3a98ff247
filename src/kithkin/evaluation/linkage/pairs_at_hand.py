"""Of true pairs, how many were scored; of missed ones, how many await a human's decision."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.evaluation.linkage.judging import Judged
from kithkin.evaluation.linkage.querying import quiet_duckdb
from kithkin.evaluation.linkage.released import Released


def scored_shares(judged: Judged, release: Released) -> np.ndarray | None:
    """Give each record half of each true pair of its own that was scored; None: not at hand."""
    if release.scored is None:
        return None
    place = np.full(release.links.num_rows, -1, np.int64)
    place[judged.rid] = np.arange(len(judged))
    ends = [place[release.scored.column(name).to_numpy()] for name in ("left_rid", "right_rid")]
    known = (ends[0] >= 0) & (ends[1] >= 0)
    left, right = ends[0][known], ends[1][known]
    hits = judged.true[left] == judged.true[right]
    both = np.concatenate([left[hits], right[hits]])
    return np.bincount(both, minlength=len(judged)) / 2


def awaited_shares(judged: Judged, release: Released) -> np.ndarray:
    """Give each record half of each missed pair of its own whose two persons are in review.

    Only the two persons that the review names together count: that a third would follow is not
    assumed.
    """
    ends = [
        pc.fill_null(pc.index_in(release.review.column(name), value_set=judged.persons), -1)
        for name in ("person_id", "other_person_id")
    ]
    with quiet_duckdb() as con:
        con.register("review", pa.table(ends, ["one", "other"]))
        con.register("judged", pa.table([judged.true, judged.made], ["human", "made"]))
        con.execute("CREATE TABLE cell AS SELECT human, made, count(*) n FROM judged GROUP BY ALL")
        found = con.sql(
            "SELECT mine.human, mine.made, sum(theirs.n)::DOUBLE / 2 AS half FROM cell mine "
            "JOIN (SELECT one, other FROM review UNION SELECT other, one FROM review) r "
            "ON r.one = mine.made AND r.other <> r.one "
            "JOIN cell theirs ON theirs.made = r.other AND theirs.human = mine.human GROUP BY ALL"
        ).to_arrow_table()
    return _by_record(judged, found)


def _by_record(judged: Judged, cells: pa.Table) -> np.ndarray:
    """Hand a value of each (human being, person) to every record there; nought elsewhere."""
    width = int(judged.made.max()) + 1
    keys = cells.column("human").to_numpy() * width + cells.column("made").to_numpy()
    order = np.argsort(keys)
    keys, values = keys[order], cells.column("half").to_numpy()[order]
    wanted = judged.true * width + judged.made
    if not len(keys):
        return np.zeros(len(judged))
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0.0)
