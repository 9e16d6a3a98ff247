"""What two relatives of one home are like, learnt from pairs that share a home and a surname.

Such a pair is one person or two relatives. How many are relatives differs from set to set: half
or more where whole families are known, none where every household is one patient. A mixture of
the two, with one person's shares as already learnt, says which (expectation maximisation over
the patterns of levels); where pairs are few the published shares stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2

import duckdb
import numpy as np

from kithkin.people.pairs.blocking import BLOCKED
from kithkin.people.pairs.scoring import level_sql, side_sql
from kithkin.people.rules import Comparison, LinkageRules

Home = tuple[float, dict[tuple[str, str], float], int]


def published_home(rules: LinkageRules) -> dict[tuple[str, str], float]:
    """Give the shares among relatives that are written in `linkage.toml`."""
    return {
        (one.name, level.label): level.home
        for one in rules.comparison
        for level in one.levels
        if level.home is not None
    }


def learn_home(
    con: duckdb.DuckDBPyConnection,
    rules: LinkageRules,
    shares: Mapping[tuple[str, str], tuple[float, float]],
) -> Home:
    """Give the prior (base-2 log odds of one person), the relatives' shares, and the pairs seen.

    `people_blocked` must stand on `con`. Same records, same answer.
    """
    told = [one for one in rules.comparison if any(level.home is not None for level in one.levels)]
    patterns, counts = _patterns(con, rules, told)
    same = [_logs([shares[one.name, level.label][0] for level in one.levels]) for one in told]
    given = [np.array([level.home for level in one.levels]) for one in told]
    relatives, odds = given, 0.0
    for _ in range(rules.home.rounds):
        apart = sum(
            (
                np.where(patterns[:, at] < 0, 0.0, (one - _logs(other))[patterns[:, at]])
                for at, (one, other) in enumerate(zip(same, relatives, strict=True))
            ),
            np.zeros(len(counts)),
        )
        one_person = 1 / (1 + 2.0 ** -np.clip(odds + apart, -60, 60))
        # One pair of each kind is taken as seen, so that nothing is held impossible.
        is_one = float(counts @ one_person) + 1
        odds = log2(is_one / (float(counts.sum()) + 2 - is_one))
        left = counts * (1 - one_person)
        relatives = [
            _shares(patterns[:, at], left, prior, one, rules.home.published_pairs)
            for at, (prior, one) in enumerate(zip(given, same, strict=True))
        ]
    learnt = {
        (one.name, level.label): float(f"{share:.8g}")
        for one, found in zip(told, relatives, strict=True)
        for level, share in zip(one.levels, found, strict=True)
    }
    return float(f"{odds:.8g}"), learnt, int(counts.sum())


def _logs(shares: list[float] | np.ndarray) -> np.ndarray:
    return np.log2(np.asarray(shares, dtype=float))


def _shares(
    levels: np.ndarray, weights: np.ndarray, prior: np.ndarray, same: np.ndarray, pairs: float
) -> np.ndarray:
    """Give each level's share among relatives; agreement never less than published.

    A county with few fathers and sons of one name must not, for that, join those that it has.
    """
    seen = levels >= 0
    found = np.bincount(levels[seen], weights[seen], minlength=len(prior))
    shares = np.asarray((found + pairs * prior) / (found.sum() + pairs))
    held = (same > _logs(prior)) & (shares < prior)
    left = shares[~held].sum()
    return np.where(held, prior, shares * (1 - prior[held].sum()) / left if left > 0 else prior)


def _patterns(
    con: duckdb.DuckDBPyConnection, rules: LinkageRules, told: list[Comparison]
) -> tuple[np.ndarray, np.ndarray]:
    """Give each pattern of levels of pairs that share a home and a surname, and how many have it."""
    levels = ", ".join(f"{level_sql(one)} AS level_{at}" for at, one in enumerate(told))
    records = con.sql(f"SELECT count(*) FROM {BLOCKED}").fetchall()[0][0]
    part = max(1, records // rules.home.sample)
    rows = con.sql(f"""
        WITH place AS MATERIALIZED (
            SELECT rid, surname, unnest(list_concat(address_keys, contacts)) AS place
            FROM {BLOCKED} WHERE surname IS NOT NULL AND forename IS NOT NULL
        ), kept AS (
            SELECT * FROM place
            SEMI JOIN (SELECT place FROM place WHERE hash(rid) % {part} = 0) USING (place)
            QUALIFY count(*) OVER (PARTITION BY place) BETWEEN 2 AND {rules.home.records}
        ), pair AS (
            SELECT DISTINCT l.rid AS left_rid, r.rid AS right_rid
            FROM kept l JOIN kept r USING (place, surname)
            WHERE l.rid < r.rid AND hash(l.rid) % {part} = 0
        )
        SELECT {", ".join(f"level_{at}" for at in range(len(told)))}, count(*) AS pairs
        FROM (SELECT {levels} FROM pair
              JOIN ({side_sql("l")}) ON left_rid = rid_l JOIN ({side_sql("r")}) ON right_rid = rid_r)
        GROUP BY ALL ORDER BY ALL
    """).fetchall()
    table = np.array(rows, dtype=np.int64).reshape(-1, len(told) + 1)
    return table[:, :-1], table[:, -1].astype(float)
