"""Measures how far stated probabilities are from the truth, before and after calibration.

`python tools/measure_certainty.py TABLES TRUTH` reads the source tables of a county (a folder of
Parquet files) and who is who (source, record_id, person; or feed and number, as a simulated county
has it). The truth stands in for the people who judge the drawn pairs, and judges the result;
nothing else reads it. `--write NAME` puts the table after calibration between the marks of that
name in docs/people.md.

Judged are the pairs for which a release states a probability: those that hold persons together,
and of every two persons in review the pair that brought them there. `--all` judges every pair that
was joined or refused instead, also those inside two persons whose review states another pair's.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kithkin.evaluation.linkage import sample_for_review
from kithkin.evaluation.linkage.released import Released, released
from kithkin.model import dates
from kithkin.people.certainty import (
    STANDINGS,
    STATED,
    Calibration,
    JudgedPairs,
    fit_calibration,
    person_certainty,
    standing_of,
)
from kithkin.people.cleaning import comparable_records
from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.explaining import Weigher
from kithkin.people.identity import link_table
from kithkin.people.pairs import LinkageModel, score_pairs, train_model
from kithkin.people.resolving import (
    JoinedTable,
    Resolution,
    gather_evidence,
    resolve,
    review_table,
)
from kithkin.people.rules import linkage_rules

TABLES = ("person_record", "identifier", "address", "residence", "relationship")
BANDS = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 1.0)
PAIRS, SEEDS, NEAR, MANY = 300, 20, 0.02, 200
PAGE = Path(__file__).parents[1] / "docs" / "people.md"

Real = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class County:
    """A county linked once, with the truth beside it: a human being's number for each record."""

    con: duckdb.DuckDBPyConnection
    records: ComparableTable
    model: LinkageModel
    resolution: Resolution
    pairs: JudgedPairs  # pairs of records of known human beings, `same` by the truth
    human: NDArray[np.int64]  # -1: not known
    release: Released


def main() -> None:
    """Read the arguments, link, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--write", metavar="NAME")
    given = parser.parse_args()
    county = link(given.tables, given.truth, whole=given.all)
    drawn = [judged(county, given.pairs, seed) for seed in range(given.seeds)]
    fitted = [fit_calibration(each, linkage_rules()) for each in drawn]
    for line in report(county, drawn, fitted):
        print(line)
    if given.write:
        put(given.write, list(_table(county.pairs, drawn, fitted)))


def put(name: str, lines: Sequence[str]) -> None:
    """Put lines between the page's marks of this name."""
    page = PAGE.read_text(encoding="utf-8")
    first, last = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if page.count(first) != 1 or page.count(last) != 1:
        raise SystemExit(f"{PAGE.name} has no marks {first.strip()} and {last}")
    before, after = page.index(first) + len(first), page.index(last)
    PAGE.write_text(page[:before] + "\n".join(lines) + "\n" + page[after:], encoding="utf-8")


def link(tables: Path, truth: Path, *, whole: bool = False) -> County:
    """Link a county, and put the truth beside it; `whole` judges every joined or refused pair."""
    con, rules = duckdb.connect(), linkage_rules()
    for name in TABLES:
        con.read_parquet(str(tables / f"{name}.parquet")).create_view(name)
    records = comparable_records(con, rules)
    model = train_model(con, records, rules, seed=1)
    scored = score_pairs(con, records, rules, model).pairs
    resolution = resolve(records, scored, gather_evidence(con, records, rules, model), rules)
    human = _humans(con, records, truth)
    ids = [f"P{rid}" for rid in resolution.cluster.tolist()]
    review = review_table(con, records, resolution, ids, rules)
    release = released(
        "measured", dates.parse_iso("2026-01-01"),
        links=link_table(records, resolution, ids).data, records=records.data,
        review=review.data,
    )  # fmt: skip
    stated = None if whole else _rids_in(con, records, review.data)
    pairs = _stated_pairs(resolution, human, stated)
    return County(con, records, model, resolution, pairs, human, release)


def _humans(
    con: duckdb.DuckDBPyConnection, records: ComparableTable, truth: Path
) -> NDArray[np.int64]:
    """Number the human beings; a record of nobody known, or of several, is of none."""
    con.register("known", records.data.select(["rid", "source", "record_id"]))
    told = con.read_parquet(str(truth))
    feed, number = ("feed", "number") if "feed" in told.columns else ("source", "record_id")
    rows = con.sql(f"""
        WITH who AS (
            SELECT {feed} AS source, CAST({number} AS VARCHAR) AS record_id, min(person) AS person
            FROM told GROUP BY ALL HAVING count(DISTINCT person) = 1)
        SELECT coalesce(dense_rank() OVER (ORDER BY person NULLS LAST), 0) AS number, person
        FROM known LEFT JOIN who USING (source, record_id) ORDER BY rid""").to_arrow_table()
    numbers = rows.column("number").to_numpy().astype(np.int64)
    return np.where(rows.column("person").is_valid().to_numpy(), numbers, -1)


def _rids_in(
    con: duckdb.DuckDBPyConnection, records: ComparableTable, review: pa.Table
) -> NDArray[np.int64]:
    """Give the keys of the pairs in review."""
    con.register("known", records.data.select(["rid", "source", "record_id"]))
    con.register("review", review)
    rows = con.sql("""
        SELECT least(a.rid, b.rid) AS low, greatest(a.rid, b.rid) AS high FROM review r
        JOIN known a ON a.source = r.source AND a.record_id = r.record_id
        JOIN known b ON b.source = r.other_source AND b.record_id = r.other_record_id
    """).to_arrow_table()
    return _key(*(rows.column(end).to_numpy() for end in ("low", "high")))


def _stated_pairs(
    resolution: Resolution, human: NDArray[np.int64], review: NDArray[np.int64] | None
) -> JudgedPairs:
    """Give the scored pairs that hold persons together, and those refused, or in `review`."""
    parts = []
    for table in (resolution.joined.data, resolution.refused.data):
        left, right = (table.column(end).to_numpy() for end in ("left_rid", "right_rid"))
        weight, home = (table.column(name).to_numpy() for name in ("weight", "home_weight"))
        kept = np.isfinite(weight) & (human[left] >= 0) & (human[right] >= 0)
        if "why" in table.schema.names:
            standing = standing_of(table.column("why"))
            kept &= review is None or np.isin(_key(left, right), review)
        else:
            standing = np.zeros(len(left), np.int8)
        same = human[left] == human[right]
        parts.append([each[kept] for each in (weight, home, standing, same)])
    return JudgedPairs(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _standing(
    left: NDArray[np.int32], right: NDArray[np.int32], resolution: Resolution
) -> NDArray[np.int8]:
    """Give how each pair stands; one that was neither joined nor refused has the last standing."""
    refused = resolution.refused.data
    ends = (refused.column(end).to_numpy() for end in ("left_rid", "right_rid"))
    keys = _key(*ends)
    order = np.argsort(keys)
    keys, names = keys[order], standing_of(refused.column("why"))[order]
    place = np.minimum(np.searchsorted(keys, _key(left, right)), len(keys) - 1)
    told = np.where(keys[place] == _key(left, right), names[place], len(STANDINGS) - 1)
    together = resolution.cluster[left] == resolution.cluster[right]
    return np.where(together, 0, told).astype(np.int8)


def _key(left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.int64]:
    return left.astype(np.int64) << 32 | right


def judged(county: County, pairs: int, seed: int) -> JudgedPairs:
    """Draw pairs as `kithkin evaluate linkage --sample` does, and let the truth judge them."""
    keys = zip(*(county.records.data.column(name).to_pylist() for name in ("source", "record_id")),
               strict=True)  # fmt: skip
    place = {key: rid for rid, key in enumerate(keys)}
    drawn = sample_for_review(county.release, [], pairs, seed=seed).questions
    rids = np.array([(place[q.left], place[q.right]) for q in drawn])
    rids = rids[(county.human[rids] >= 0).all(axis=1)]
    rids.sort(axis=1)
    left, right = (county.records.data.take(pa.array(rids[:, side])) for side in (0, 1))
    parts = Weigher(linkage_rules(), county.model).weigh(county.con, left, right)
    same = county.human[rids[:, 0]] == county.human[rids[:, 1]]
    ends = rids[:, 0].astype(np.int32), rids[:, 1].astype(np.int32)
    standing = _standing(*ends, county.resolution)
    return JudgedPairs(parts.weights, parts.home_totals, standing, same)


def report(
    county: County, drawn: Sequence[JudgedPairs], fitted: Sequence[Calibration]
) -> Iterator[str]:
    """Say what was stated and what was true, of pairs and of persons."""
    pairs = county.pairs
    yield f"{len(pairs):,} pairs, {pairs.same.mean():.4f} of them one person"
    for at, name in enumerate(STANDINGS):
        mine = pairs.standing == at
        told = [int((each.standing == at).sum()) for each in drawn]
        if mine.any():
            yield (f"  {name}: {mine.sum():,} pairs, {pairs.same[mine].mean():.4f} one person, "
                   f"{np.mean(told):.0f} drawn")  # fmt: skip
    yield "\nPairs, before calibration"
    yield from _table(pairs, [], [STATED])
    yield f"\nPairs, after calibration by {len(drawn[0])} judged pairs ({len(fitted)} draws)"
    yield from _table(pairs, drawn, fitted)
    for title, calibrations in (("before", [STATED]), ("after", fitted)):
        right, stated = _persons(county, calibrations)
        yield f"\nPersons of several records, {title} calibration"
        yield from _rows(right, stated, [[] for _ in stated])


def _table(
    pairs: JudgedPairs, drawn: Sequence[JudgedPairs], fitted: Sequence[Calibration]
) -> Iterator[str]:
    """Give the table of pairs, and how far off the stated were of each by itself."""
    said = [_stated(pairs, each) for each in fitted]
    asked = [_stated(sample, each) for sample, each in zip(drawn, fitted, strict=False)]
    yield from _rows(pairs.same, said, asked or [[] for _ in said])
    error = [float(((each - pairs.same) ** 2).mean()) for each in said]
    yield f"\nBrier score {np.mean(error):.5f}; at worst {max(error):.5f}"


def _stated(pairs: JudgedPairs, calibration: Calibration) -> Real:
    return calibration.probability(pairs.weight, pairs.home_weight, pairs.standing)


def _rows(
    true: Flags, stated: Sequence[Real], asked: Sequence[Real | list[float]]
) -> Iterator[str]:
    """Give, for each band, means over draws, and how many draws with many pairs came near.

    `chance` is two standard errors of a share that is estimated from as many judged pairs of the
    band as there were: how far off the best of estimates still is in one draw of twenty.
    """
    yield ("| stated | pairs | mean stated | true | judged | chance "
           f"| draws with {MANY}+ pairs | of them within {NEAR} | worst of them |")  # fmt: skip
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for low, high in pairwise(BANDS):
        found = [told for each in stated if (told := _in_band(true, each, low, high))]
        if found:
            n, said, was = np.mean(found, axis=0)
            judged_here = float(
                np.mean([int(_within(np.array(each), low, high).sum()) for each in asked])
            )
            off = np.array([abs(one[1] - one[2]) for one in found if one[0] >= MANY])
            yield (f"| {low:g} to {high:g} | {n:,.0f} | {said:.4f} | {was:.4f} | {judged_here:.0f} "
                   f"| {_chance(was, judged_here, n)} | {len(off)} | {(off <= NEAR).sum()} "
                   f"| {f'{off.max():.3f}' if len(off) else ''} |")  # fmt: skip


def _chance(share: float, judged_here: float, pairs: float) -> str:
    """Give two standard errors of a share, for a band whose judged pairs are some of `pairs`."""
    if judged_here < 1:
        return ""
    unseen = max(1 - judged_here / pairs, 0)
    return f"{2 * np.sqrt(share * (1 - share) / judged_here * unseen):.3f}"


def _within(stated: Real, low: float, high: float) -> Flags:
    return (stated >= low) & ((stated < high) | (high == BANDS[-1]))


def _in_band(true: Flags, stated: Real, low: float, high: float) -> tuple[int, float, float] | None:
    mine = _within(stated, low, high)
    if not mine.any():
        return None
    return int(mine.sum()), float(stated[mine].mean()), float(true[mine].mean())


def _persons(county: County, fitted: Sequence[Calibration]) -> tuple[Flags, list[Real]]:
    """Give, of persons of several known records, who is one human being, and what is said."""
    cluster = county.resolution.cluster
    ids = cluster.astype(str).tolist()
    known = county.human >= 0
    low, high = np.full(len(cluster), np.iinfo(np.int64).max), np.full(len(cluster), -1)
    np.minimum.at(low, cluster[known], county.human[known])
    np.maximum.at(high, cluster[known], county.human[known])
    told = [person_certainty(_calibrated(county.resolution, each), ids) for each in fitted]
    wanted = [name for name in told[0] if high[int(name)] >= 0]
    right = np.array([low[int(name)] == high[int(name)] for name in wanted])
    return right, [np.array([each[name] for name in wanted]) for each in told]


def _calibrated(resolution: Resolution, calibration: Calibration) -> Resolution:
    joined = resolution.joined.data
    weight, home, sure = (
        joined.column(name).to_numpy() for name in ("weight", "home_weight", "probability")
    )
    scored = np.isfinite(weight)
    standing = np.zeros(scored.sum(), np.int8)
    sure = sure.copy()
    sure[scored] = calibration.probability(weight[scored], home[scored], standing)
    at = joined.schema.get_field_index("probability")
    table = joined.set_column(at, joined.schema.field(at), pa.array(sure))
    return Resolution(resolution.cluster, JoinedTable(table), resolution.refused,
                      resolution.findings)  # fmt: skip


if __name__ == "__main__":
    main()
