"""Makes a calibration of what people judged: on sheets that were drawn, and in the review queue.

Pairs are weighed anew by the release's own model. How a pair stood is what the sheet's key or a
release's review says, not how it stands now: a pair that people decided to be one is joined since.
Of decisions only those on pairs in review count. What people correct elsewhere they come upon
because it is wrong, and it tells nothing of pairs that nobody came upon.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.evaluation.errors import EvaluationError
from kithkin.evaluation.linkage.querying import quiet_duckdb
from kithkin.evaluation.linkage.reviewed import Answer, Record, Reviewed
from kithkin.evaluation.linkage.sampling import JOINED as JOINED_SIDE
from kithkin.people.certainty import (
    JOINED,
    STANDINGS,
    STATED,
    Calibration,
    JudgedPairs,
    fit_calibration,
    standing_of,
)
from kithkin.people.cleaning import comparable_records
from kithkin.people.deciding import Decision, standing
from kithkin.people.explaining import Weigher
from kithkin.people.pairs import LinkageModel
from kithkin.people.rules import linkage_rules

SOURCES = ("person_record", "identifier", "address", "residence")
SAME = {"same": True, "confirmed": True, "different": False}

Judgement = tuple[str, bool]  # standing, same
Pair = tuple[Record, Record]


@dataclass(frozen=True)
class CalibrationRow:
    """Pairs of one standing: judged, the share that was the same, and what is said of them."""

    standing: str
    judged: int
    same: float
    stated: float
    calibrated: float


@dataclass(frozen=True)
class Calibrated:
    """A calibration and, by standing, what it was learnt from; `not_found` pairs were left out."""

    calibration: Calibration
    rows: Sequence[CalibrationRow]
    not_found: int


def calibrate(
    reviewed: Reviewed, release: Path, decisions: Iterable[Decision], reviews: Sequence[pa.Table]
) -> Calibrated:
    """Learn how far stated probabilities are off.

    Parameters
    ----------
    reviewed : a judged sheet.
    release : the folder of the release from which it was drawn.
    decisions : all that people ever decided; a later word on a pair counts more than the sheet's.
    reviews : `person_pair_review` of the releases that there are, the newest first.

    Raises `EvaluationError` when the key does not name the records, or nothing was judged.

    """
    judged = dict(_on_sheet(reviewed.answers)) | dict(_in_review(decisions, reviews))
    pairs = _weighed(judged, release)
    if not len(pairs):
        raise EvaluationError(
            "No pair was judged same or different, so there is nothing to calibrate by. "
            "Write same or different under answer."
        )
    found = fit_calibration(pairs, linkage_rules())
    return Calibrated(found, _rows(pairs, found), len(judged) - len(pairs))


def _on_sheet(answers: Iterable[Answer]) -> Iterator[tuple[Pair, Judgement]]:
    for answer in answers:
        if answer.answer not in SAME:
            continue
        name = JOINED if answer.side == JOINED_SIDE else answer.band.partition(", ")[0]
        if answer.left is None or answer.right is None or name not in STANDINGS:
            raise EvaluationError(
                "The key does not say which records the pairs are of, or why they are apart: it is "
                "of an older sheet. Draw a new one with `kithkin evaluate linkage --sample`."
            )
        yield _ordered(answer.left, answer.right), (name, SAME[answer.answer])


def _in_review(
    decisions: Iterable[Decision], reviews: Sequence[pa.Table]
) -> Iterator[tuple[Pair, Judgement]]:
    stood: dict[Pair, str] = {}
    for review in reversed(reviews):
        two = review.filter(
            pc.not_equal(review.column("person_id"), review.column("other_person_id"))
        )
        keys = (two.column(name).to_pylist()
                for name in ("source", "record_id", "other_source", "other_record_id"))  # fmt: skip
        names = [STANDINGS[at] for at in standing_of(two.column("why"))]
        for source, record, other_source, other, name in zip(*keys, names, strict=True):
            stood[_ordered((source, record), (other_source, other))] = name
    for one in standing(decisions):
        if one.kind in SAME and one.pair in stood:
            yield one.pair, (stood[one.pair], SAME[one.kind])


def _ordered(one: Record, other: Record) -> Pair:
    return (one, other) if one <= other else (other, one)


def _weighed(judged: Mapping[Pair, Judgement], release: Path) -> JudgedPairs:
    """Weigh the judged pairs whose records the release holds, in the order of their records."""
    rules = linkage_rules()
    with quiet_duckdb() as con:
        for name in SOURCES:
            con.read_parquet(str(release / f"{name}.parquet")).create_view(name)
        records = comparable_records(con, rules).data
        pairs = sorted(judged)
        rids = _rids(con, records, pairs)
        kept = [at for at, ends in enumerate(rids) if None not in ends]
        sides = [records.take(pa.array([rids[at][side] for at in kept], pa.int64()))
                 for side in (0, 1)]  # fmt: skip
        parts = Weigher(rules, LinkageModel.load(release)).weigh(con, *sides)
    told = [judged[pairs[at]] for at in kept]
    return JudgedPairs(
        parts.weights,
        parts.home_totals,
        np.array([STANDINGS.index(name) for name, _ in told], np.int8),
        np.array([same for _, same in told], np.bool_),
    )


def _rids(
    con: duckdb.DuckDBPyConnection, records: pa.Table, pairs: Sequence[Pair]
) -> list[tuple[int | None, int | None]]:
    keys = sorted({key for pair in pairs for key in pair})
    columns = [pa.array([key[place] for key in keys], pa.string()) for place in (0, 1)]
    con.register("wanted", pa.Table.from_arrays(columns, ["source", "record_id"]))
    con.register("known", records.select(["rid", "source", "record_id"]))
    rows = con.sql("SELECT source, record_id, rid FROM wanted JOIN known USING (source, record_id)")
    place: dict[Record, int] = {(source, record): rid for source, record, rid in rows.fetchall()}
    return [(place.get(one), place.get(other)) for one, other in pairs]


def _rows(pairs: JudgedPairs, calibration: Calibration) -> list[CalibrationRow]:
    told = [
        found.probability(pairs.weight, pairs.home_weight, pairs.standing)
        for found in (STATED, calibration)
    ]
    rows = []
    for at, name in enumerate(STANDINGS):
        mine = pairs.standing == at
        if mine.any():
            means = (float(of[mine].mean()) for of in (pairs.same, *told))
            rows.append(CalibrationRow(name, int(mine.sum()), *means))
    return rows
