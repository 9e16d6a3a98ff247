"""How often two people agree by chance, learnt from pairs of records.

Random pairs alone teach this badly twice over. Of few records, many random pairs are one person: in
a list of 5,000 that holds most people twice, nearly all random pairs of one birthday are, and
counted as chance they make a birthday look worth little. Of many records, what is rare by chance,
such as one address, is hardly met. So pairs are drawn from two strata, those that share a blocking
key and those that do not, each counts for as many as it stands for (a stratified estimate), and
only as far as it is of two people (the E-step of expectation maximisation with m held; Fellegi and
Sunter 1969 for m and u).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from kithkin.people.pairs.blocking import BLOCKED, PAIRS
from kithkin.people.pairs.scoring import levels_sql, side_sql
from kithkin.people.rules import LinkageRules

Shares = dict[tuple[str, str], tuple[float, float]]


@dataclass(frozen=True)
class Patterns:
    """Patterns of levels among pairs of records.

    Parameters
    ----------
    levels : a row a pattern, a column a comparison; -1 where a value is missing.
    pairs : how many pairs of all records each stands for.
    seen : how many pairs were looked at.

    """

    levels: np.ndarray
    pairs: np.ndarray
    seen: int


def learn_chance(
    patterns: Patterns, rules: LinkageRules, shares: Mapping[tuple[str, str], tuple[float, float]]
) -> Shares:
    """Give the shares (m, u) with u learnt from the patterns, m as given.

    The published u counts as `training.published_u` of all pairs: what was never met is rare, not
    impossible. Comparisons that are `fixed` keep theirs.
    """
    told = [(at, one) for at, one in enumerate(rules.comparison) if not one.fixed]
    m = {at: np.array([shares[one.name, level.label][0] for level in one.levels])
         for at, one in told}  # fmt: skip
    given = {at: np.array([level.u for level in one.levels]) for at, one in told}
    u = {at: np.array([shares[one.name, level.label][1] for level in one.levels])
         for at, one in told}  # fmt: skip
    total = float(patterns.pairs.sum())
    is_one = rules.model.prior * total
    for _ in range(rules.training.u_rounds):
        two = _two_people(patterns.levels, m, u, is_one / total)
        # One pair of each kind is taken as seen, so that nothing is held impossible.
        is_one = float(patterns.pairs @ (1 - two)) + 1
        weights = patterns.pairs * two
        published = rules.training.published_u * total
        u = {at: _share(patterns.levels[:, at], weights, given[at], published) for at in u}
    return dict(shares) | {
        (one.name, level.label): (float(m[at][place]), float(f"{u[at][place]:.8g}"))
        for at, one in told
        for place, level in enumerate(one.levels)
    }


def _two_people(
    levels: np.ndarray, m: Mapping[int, np.ndarray], u: Mapping[int, np.ndarray], prior: float
) -> np.ndarray:
    """Give, for each pattern of levels, the probability that it is of two people."""
    odds = np.full(len(levels), np.log2(prior / (1 - prior)))
    for at, one in m.items():
        level = levels[:, at]
        odds += np.where(level < 0, 0.0, np.log2(one / u[at])[level])
    return np.asarray(1 / (1 + 2.0 ** np.clip(odds, -60, 60)))


def _share(levels: np.ndarray, weights: np.ndarray, given: np.ndarray, pairs: float) -> np.ndarray:
    seen = levels >= 0
    found = np.bincount(levels[seen], weights[seen], minlength=len(given))
    return np.asarray((found + pairs * given) / (found.sum() + pairs))


def draw_patterns(
    con: duckdb.DuckDBPyConnection, rules: LinkageRules, *, part: int, seed: int
) -> Patterns:
    """Draw pairs that share a key, and pairs that do not, and give their patterns.

    `people_blocked` and `people_pair` must stand on `con`, the latter with the pairs of every
    `part`-th record alone. Same records and seed, same answer.
    """
    records = con.sql(f"SELECT count(*) FROM {BLOCKED}").fetchall()[0][0]
    sharing = con.sql(f"SELECT count(*) FROM {PAIRS}").fetchall()[0][0]
    every = max(1, -(-sharing // int(rules.training.u_pairs)))
    keyed = con.sql(f"""
        SELECT join_key_l AS left_rid, join_key_r AS right_rid FROM {PAIRS}
        WHERE hash(join_key_l, join_key_r, {seed}) % {every} = 0
    """).to_arrow_table()
    apart = _random_pairs(con, rules, part, seed)
    total = records * (records - 1) / 2
    stands_for = (
        part * sharing / max(1, len(keyed)),
        max(0.0, total - part * sharing) / max(1, len(apart)),
    )
    rows = [
        np.array(_levels(con, rules, pairs), dtype=np.int64).reshape(-1, len(rules.comparison) + 1)
        for pairs in (keyed, apart)
    ]
    return Patterns(
        np.concatenate([one[:, :-1] for one in rows]),
        np.concatenate([one[:, -1] * each for one, each in zip(rows, stands_for, strict=True)]),
        len(keyed) + len(apart),
    )


def _levels(
    con: duckdb.DuckDBPyConnection, rules: LinkageRules, pairs: pa.Table
) -> list[tuple[int, ...]]:
    """Give each pattern of levels among pairs, and how many of them have it."""
    con.register("people_drawn", pairs)
    parts = ", ".join(f"levels[{at}]" for at in range(1, len(rules.comparison) + 1))
    rows = con.sql(f"""
        SELECT {parts}, count(*) FROM (
            SELECT {levels_sql(rules)} AS levels FROM people_drawn
            JOIN ({side_sql("l")}) ON left_rid = rid_l JOIN ({side_sql("r")}) ON right_rid = rid_r
        ) GROUP BY ALL ORDER BY ALL
    """).fetchall()
    con.unregister("people_drawn")
    return rows


def _random_pairs(
    con: duckdb.DuckDBPyConnection, rules: LinkageRules, part: int, seed: int
) -> pa.Table:
    """Give random pairs that share no key, of so many records drawn at random; all of few."""
    draw = np.random.default_rng(seed)
    left, right = (
        _some(con.sql(f"SELECT rid FROM {BLOCKED} {where} ORDER BY rid"), rules, draw)
        for where in (f"WHERE hash(rid) % {part} = 0", "")
    )
    con.register("people_drawn", pa.table({
        "left_rid": np.repeat(left, len(right)), "right_rid": np.tile(right, len(left))
    }))  # fmt: skip
    pairs = con.sql(f"""
        SELECT left_rid, right_rid FROM people_drawn
        ANTI JOIN {PAIRS} ON left_rid = join_key_l AND right_rid = join_key_r
        WHERE left_rid < right_rid
    """).to_arrow_table()
    con.unregister("people_drawn")
    return pairs


def _some(
    rids: duckdb.DuckDBPyRelation, rules: LinkageRules, draw: np.random.Generator
) -> np.ndarray:
    """Draw so many records that their pairs number about as many as are wanted."""
    all_of_them = rids.fetchnumpy()["rid"].astype(np.int32)
    wanted = int((2 * rules.training.u_pairs) ** 0.5)
    return np.sort(draw.choice(all_of_them, min(wanted, len(all_of_them)), replace=False))
