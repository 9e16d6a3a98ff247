"""Measures linkage on hard pairs and on the hypotheses of bias, for docs/linkage_hypotheses.md.

`python tools/measure_hard_pairs.py --counties 5 --pairs 2000 --size 1000` takes some minutes
(--size 0 leaves the hypotheses out); with --write the tables go between the page's markers. Beside
Kithkin's answer stands a plain Splink one: connected components over the same scored pairs at a
probability of 0.99. The truth judges, and nothing else reads it.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kithkin.people.cleaning import comparable_records
from kithkin.people.pairs import score_pairs, train_model
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.resolving import gather_evidence, resolve, review_table
from kithkin.people.rules import linkage_rules
from kithkin.simulation import Plan, make_county
from kithkin.simulation.hard_pairs import (
    HardTables,
    hard_settings,
    make_hard_pairs,
    make_hypotheses,
)

PAGE = Path(__file__).parents[1] / "docs" / "linkage_hypotheses.md"
PLAIN_WEIGHT = 6.64  # log2 odds of 0.99, Splink's usual threshold
COUSINS = ("cousins_one_name",)  # the hard pairs of no one family
MEASURES = ("recall", "precision")
NORMAL_95 = 1.959964  # 97.5th percentile of the normal distribution


@dataclass(frozen=True)
class Share:
    """So many of so many, with Wilson's 95% interval (Wilson 1927)."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """Give the share; not a number for none of none."""
        return self.hits / self.of if self.of else float("nan")

    def interval(self) -> tuple[float, float]:
        """Give the interval, 0 to 1 when nothing was counted."""
        if not self.of:
            return 0.0, 1.0
        z, n, p = NORMAL_95, self.of, self.value
        centre, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (centre - half) / (1 + z * z / n)), min(
            1.0, (centre + half) / (1 + z * z / n)
        )

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{100 * self.value:.2f} ({100 * low:.2f} to {100 * high:.2f})"


@dataclass(frozen=True)
class GroupScore:
    """How linkage fared for one group of one hypothesis."""

    hypothesis: str
    group: str
    recall: Share
    precision: Share


def main() -> None:
    """Print the tables, or write them."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=20_000, help="of each county")
    words.add_argument("--counties", type=int, default=5)
    words.add_argument("--first-seed", type=int, default=1, help="of the first county")
    words.add_argument("--pairs", type=int, default=2_000, help="hard pairs in each county")
    words.add_argument("--size", type=int, default=1_000, help="people in each group")
    words.add_argument("--mistakes", type=float, default=1.0, help="times the county's rates")
    words.add_argument("--write", action="store_true")
    given = words.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.counties)
    texts = {"hard-pairs": hard_text(given, [hard(given, seed) for seed in seeds])}
    if given.size:
        texts["hypotheses"] = hypotheses_text(given, *hypotheses(given))
    for name, text in texts.items():
        print(text, end="\n\n")
        if given.write:
            put(name, text)


def put(name: str, text: str) -> None:
    """Put a text between the page's markers of this name."""
    page = PAGE.read_text(encoding="utf-8")
    marked = re.compile(rf"(<!-- {name}: [^\n]* -->\n).*?(\n<!-- {name}: end -->)", re.S)
    if not marked.search(page):
        raise SystemExit(f"{PAGE.name} has no markers for {name}")
    PAGE.write_text(marked.sub(lambda m: f"{m[1]}\n{text}\n{m[2]}", page), encoding="utf-8")


# --- linking and judging -------------------------------------------------------------------------


def connect(made: HardTables) -> duckdb.DuckDBPyConnection:
    """Load the source tables, and the truth of records that stand for one person alone."""
    con = duckdb.connect(config={"threads": 2})
    for name, table in {**made.tables, "given_truth": made.truth}.items():
        con.register("given", table)
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        con.unregister("given")
    for name in ("identifier", "residence", "relationship"):  # nothing here was ever corrected
        con.execute(f"ALTER TABLE {name} ADD COLUMN IF NOT EXISTS superseded_at DATE")
    con.execute("""
        CREATE TABLE truth AS SELECT * FROM given_truth
        QUALIFY count(*) OVER (PARTITION BY source, record_id) = 1
    """)
    return con


def link(con: duckdb.DuckDBPyConnection) -> int:
    """Make tables `kithkin` and `plain` (source, record_id, person_id); give pairs for review.

    Makes `comparable` and `exclusive` too: the records as they were compared, and their numbers.
    """
    rules = linkage_rules()
    records = comparable_records(con, rules)
    model = train_model(con, records, rules, seed=1)
    scored = score_pairs(con, records, rules, model).pairs
    evidence = gather_evidence(con, records, rules, model)
    resolution = resolve(records, scored, evidence, rules)
    ids = [f"P{rid}" for rid in resolution.cluster.tolist()]
    keys = records.data.select(["source", "record_id"])
    for name, table in {
        "kithkin": keys.append_column("person_id", pa.array(ids)),
        "plain": keys.append_column("person_id", plain_clusters(scored, len(records))),
        "comparable": records.data,
        "exclusive": evidence.exclusive.data,
    }.items():
        con.register("given", table)
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        con.unregister("given")
    return len(review_table(con, records, resolution, ids, rules))


def plain_clusters(scored: ScoredPairTable, size: int) -> pa.Array:
    """Cluster as Splink does: whatever a chain of pairs at the threshold or above connects."""
    data = scored.data
    kept = data.column("weight").to_numpy() >= PLAIN_WEIGHT
    left, right = (data.column(name).to_numpy()[kept] for name in ("left_rid", "right_rid"))
    edges = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
    _, cluster = connected_components(edges, directed=False)
    return pa.array(cluster).cast(pa.string())


def signs_of_merged(con: duckdb.DuckDBPyConnection) -> Counter[tuple[str, str]]:
    """Count merged hard pairs of each kind by what their records say of two people.

    `told`: somewhere in the records of the two a date of birth, a sex, a middle name or a verified
    number of a kind that a person has once is another. `listed`: only that one source lists both.
    `nothing`: not even that, so that nobody could tell from the records that there are two.
    """
    rows = con.sql(f"""
        WITH held AS (SELECT * FROM {judged("kithkin")} JOIN comparable USING (source, record_id)
                      WHERE hypothesis IN ({kinds()})),
        couple AS (
            SELECT a.hypothesis, a."group", a.person_id = b.person_id AS merged,
                   a.source = b.source AS listed,
                   coalesce(a.date_of_birth <> b.date_of_birth
                            AND NOT (a.birth_rough OR b.birth_rough), false)
                   OR coalesce(a.sex <> b.sex, false)
                   OR coalesce(left(a.middle_names, 1) <> left(b.middle_names, 1)
                               AND NOT list_has_any(a.middle_keys, b.middle_keys), false)
                   OR EXISTS (FROM exclusive x JOIN exclusive y USING (scheme)
                              WHERE x.rid = a.rid AND y.rid = b.rid AND x.number <> y.number)
                   AS told
            FROM held a JOIN held b USING ("group") WHERE a.person < b.person
        )
        SELECT hypothesis, CASE WHEN bool_or(told) THEN 'told' WHEN bool_or(listed) THEN 'listed'
                                ELSE 'nothing' END
        FROM couple GROUP BY hypothesis, "group" HAVING bool_or(merged)
    """).fetchall()
    return Counter(rows)


def pairs_merged(con: duckdb.DuckDBPyConnection, table: str) -> Counter[tuple[str, bool]]:
    """Count the hard pairs of each kind by whether a record of the one was joined to the other's.

    Pairs of which an agency itself holds one record for both, and no other, are left out.
    """
    rows = con.sql(f"""
        WITH held AS (
            SELECT DISTINCT hypothesis, "group", person, person_id
            FROM {judged(table)} WHERE hypothesis IN ({kinds()})
        )
        SELECT a.hypothesis, bool_or(a.person_id = b.person_id) AS merged
        FROM held a JOIN held b USING ("group") WHERE a.person < b.person
        GROUP BY a.hypothesis, "group"
    """).fetchall()
    return Counter(rows)


def other_merges(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    """Count pairs of records joined though of two people, hard pairs left out, and all joined."""
    wrong, joined = con.sql(f"""
        SELECT count(*) FILTER (a.person <> b.person AND NOT (a.hypothesis IN ({kinds()})
                   AND (a.hypothesis, a."group") = (b.hypothesis, b."group"))), count(*)
        FROM {judged(table)} a JOIN {judged(table)} b USING (person_id)
        WHERE a.source || '/' || a.record_id < b.source || '/' || b.record_id
    """).fetchall()[0]
    return int(wrong), int(joined)


def kinds() -> str:
    """Give the kinds of hard pairs as an SQL list."""
    return ", ".join(f"'{kind}'" for kind in hard_settings().kinds)


def judged(table: str) -> str:
    """Give the SQL of the linked records whose person is known."""
    return f"(SELECT * FROM truth JOIN {table} USING (source, record_id))"


def group_scores(con: duckdb.DuckDBPyConnection, table: str) -> list[GroupScore]:
    """Score pairs of records: of a group's people, and joined with a record of the group."""
    rows = con.sql(f"""
        WITH one AS (SELECT *, row_number() OVER (ORDER BY source, record_id) AS n
                     FROM {judged(table)}),
        alike AS (SELECT a.hypothesis, a."group", count(*) AS pairs,
                         count(*) FILTER (a.person_id = b.person_id) AS joined
                  FROM one a JOIN one b USING (person) WHERE a.n < b.n GROUP BY ALL),
        together AS (SELECT a.hypothesis, a."group", count(*) AS pairs,
                            count(*) FILTER (a.person = b.person) AS right_ones
                     FROM one a JOIN one b USING (person_id)
                     WHERE a.n < b.n OR (a.n > b.n AND (a.hypothesis, a."group")
                                                    <> (b.hypothesis, b."group")) GROUP BY ALL)
        SELECT hypothesis, "group", alike.joined, alike.pairs, right_ones, together.pairs
        FROM alike LEFT JOIN together USING (hypothesis, "group") ORDER BY ALL
    """).fetchall()
    return [GroupScore(h, g, Share(j, p), Share(r or 0, t or 0)) for h, g, j, p, r, t in rows]


# --- the two parts -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Merged:
    """What came of one county with hard pairs."""

    kithkin: Counter[tuple[str, bool]]
    plain: Counter[tuple[str, bool]]
    signs: Counter[tuple[str, str]]
    other: tuple[int, int]
    review: int
    records: int


def hard(given: Any, seed: int) -> Merged:
    """Link one county with hard pairs."""
    plan = Plan(given.people, 3, seed)
    made = make_hard_pairs(
        make_county(plan), plan.read_settings(), seed=seed, pairs=given.pairs,
        mistakes=given.mistakes,
    )  # fmt: skip
    con = connect(made)
    review = link(con)
    return Merged(
        pairs_merged(con, "kithkin"), pairs_merged(con, "plain"), signs_of_merged(con), other_merges(con, "kithkin"),
        review, len(made.tables["person_record"]),
    )  # fmt: skip


def hypotheses(given: Any) -> tuple[list[GroupScore], list[GroupScore]]:
    """Link the county of the hypotheses; give the scores, Kithkin's and plain."""
    plan = Plan(given.people, 3, 1)
    made = make_hypotheses(
        make_county(plan), plan.read_settings(), seed=1, size=given.size, mistakes=given.mistakes
    )
    con = connect(made)
    link(con)
    return group_scores(con, "kithkin"), group_scores(con, "plain")


def hard_text(given: Any, found: list[Merged]) -> str:
    """Say how many pairs of each kind were merged, and what their records say."""
    kithkin: Counter[tuple[str, bool]] = sum((one.kithkin for one in found), Counter())
    plain: Counter[tuple[str, bool]] = sum((one.plain for one in found), Counter())
    signs: Counter[tuple[str, str]] = sum((one.signs for one in found), Counter())
    wrong, joined = (sum(m.other[place] for m in found) for place in (0, 1))
    opening = (
        f"Counties: {given.counties}, of seeds from {given.first_seed}, each of {given.people:,} "
        f"people with {given.pairs:,} hard pairs; mistakes times {given.mistakes:g}; "
        f"{sum(m.records for m in found):,} records, {sum(m.review for m in found):,} pairs for "
        f"review. Of {joined:,} pairs of records that were joined, {wrong:,} are of two people who "
        "are no hard pair. Shares in per cent, with Wilson's 95% interval. Of merged pairs, *told* "
        "have somewhere in their records another date of birth, sex, middle name or verified "
        "number; *listed* only two records in one source, as a person often has; of the others "
        "no record says that they are two.\n"
    )
    rows = {kind.replace("_", " "): [kind] for kind in sorted({kind for kind, _ in kithkin})}
    every = [kind for kinds in rows.values() for kind in kinds]
    rows["twins, siblings, parent and child"] = [one for one in every if one not in COUSINS]
    rows["all"] = every
    head = (
        "| pairs of | pairs | merged | share | told | listed | nothing "
        "| plain: merged | plain: share |"
    )
    told = [_merged_row(title, kinds, kithkin, signs, plain) for title, kinds in rows.items()]
    return "\n".join([opening, head, "| --- " * 9 + "|", *told])


def _merged_row(
    title: str,
    kinds: list[str],
    kithkin: Counter[tuple[str, bool]],
    signs: Counter[tuple[str, str]],
    plain: Counter[tuple[str, bool]],
) -> str:
    ours, theirs = (
        Share(
            sum(counts[kind, True] for kind in kinds),
            sum(counts[kind, merged] for kind in kinds for merged in (True, False)),
        )
        for counts in (kithkin, plain)
    )
    said = " | ".join(
        f"{sum(signs[kind, sign] for kind in kinds)}" for sign in ("told", "listed", "nothing")
    )
    return f"| {title} | {ours.of:,} | {ours.hits} | {ours} | {said} | {theirs.hits:,} | {theirs} |"


def hypotheses_text(given: Any, found: list[GroupScore], plain: list[GroupScore]) -> str:
    """Say how each group fared, and how far the worst is behind the best."""
    by_plain = {(one.hypothesis, one.group): one for one in plain}
    opening = (
        f"A county of {given.people:,} people, {given.size:,} more in each group, mistakes times "
        f"{given.mistakes:g}. Recall is of pairs of records of one person, precision of joined pairs "
        "with a record of the group; per cent, with Wilson's 95% interval. The gap is the best "
        "group's less the worst's, in points, with Newcombe's interval.\n"
    )
    head = "| hypothesis | group | recall | precision | plain: recall | plain: precision |"
    lines = [opening, head, "| --- " * 6 + "|"]
    for one in found:
        other = by_plain[one.hypothesis, one.group]
        lines.append(
            f"| {one.hypothesis.replace('_', ' ')} | {one.group.replace('_', ' ')} | {one.recall} "
            f"| {one.precision} | {100 * other.recall.value:.2f} "
            f"| {100 * other.precision.value:.2f} |"
        )
    return "\n".join([*lines, "", *gaps(found)])


def gaps(found: Iterable[GroupScore]) -> list[str]:
    """Give a row a hypothesis: the gaps between its groups, and whether both are within a point."""
    lines = [
        "| hypothesis | gap of recall | gap of precision | within a point |",
        "| --- " * 4 + "|",
    ]
    by: dict[str, list[GroupScore]] = {}
    for one in found:
        by.setdefault(one.hypothesis, []).append(one)
    for name, groups in by.items():
        if len(groups) > 1:
            found_gaps = [_gap([getattr(one, of) for one in groups]) for of in MEASURES]
            texts = (f"{gap:.2f} ({low:.2f} to {high:.2f})" for gap, low, high in found_gaps)
            lines.append(
                f"| {name.replace('_', ' ')} | {' | '.join(texts)} | {_within(found_gaps)} |"
            )
    return lines


def _gap(shares: list[Share]) -> tuple[float, float, float]:
    """Give the best less the worst in points, with Newcombe's interval (1998, method 10)."""
    best, worst = (pick(shares, key=lambda one: one.value) for pick in (max, min))
    (low, high), (least, most) = best.interval(), worst.interval()
    gap = best.value - worst.value
    below = sqrt((best.value - low) ** 2 + (most - worst.value) ** 2)
    above = sqrt((high - best.value) ** 2 + (worst.value - least) ** 2)
    return 100 * gap, 100 * (gap - below), 100 * (gap + above)


def _within(found: list[tuple[float, float, float]]) -> str:
    """Say yes or no, or that so few people do not tell."""
    if max(gap for gap, _, _ in found) <= 1:
        return "yes"
    return "no" if max(low for _, low, _ in found) > 1 else "too few to tell"


if __name__ == "__main__":
    main()
