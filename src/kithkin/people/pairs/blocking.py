"""Which pairs are looked at: keys that two records share, unless too many share them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.rules import LinkageRules

BLOCKED = "people_blocked"
PAIRS = "people_pair"
Keys = Sequence[tuple[str, ...]]


@contextmanager
def blocked(
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    rules: LinkageRules,
    keys: Keys,
    *,
    part: int = 1,
) -> Iterator[int]:
    """Make the tables `people_blocked` and `people_pair`; give how many keys are too big.

    The first holds the records, the second each pair that shares a key, once, as Splink wants
    pairs that are found for it. A key that more than `limits.block` records share finds nobody
    and is dropped. Of many records, `part` says to take the pairs of every n-th only, and to
    count their keys only.
    """
    with loaded(con, records):
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE people_key AS
            WITH every AS {"MATERIALIZED" if part > 1 else ""} ({key_sql(keys, BLOCKED)})
            SELECT rid, key, count(*) OVER (PARTITION BY key) AS records
            FROM every {_sampled(part)} QUALIFY records > 1
        """)
        most = rules.limits.block
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE {PAIRS} AS
            SELECT DISTINCT '0' AS match_key, l.rid AS join_key_l, r.rid AS join_key_r
            FROM people_key l JOIN people_key r USING (key)
            WHERE l.rid < r.rid AND l.records <= {most} AND hash(l.rid) % {part} = 0
        """)
        left_out = con.sql(f"""
            SELECT count(DISTINCT key) FROM people_key WHERE records > {most}
        """).fetchall()[0][0]
        con.execute("DROP TABLE people_key")
        try:
            yield left_out
        finally:
            con.execute(f"DROP TABLE {PAIRS}")


def _sampled(part: int) -> str:
    """Give the SQL that keeps of many keys those that every n-th record has, whoever holds them."""
    if part == 1:
        return ""
    return f"SEMI JOIN (SELECT key FROM every WHERE hash(rid) % {part} = 0) USING (key)"


@contextmanager
def loaded(con: duckdb.DuckDBPyConnection, records: ComparableTable) -> Iterator[None]:
    """Make table `people_blocked`: Arrow is read once, as every scan of it anew costs more."""
    con.register("people_arrow", records.data)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {BLOCKED} AS SELECT * FROM people_arrow")
    con.unregister("people_arrow")
    try:
        yield
    finally:
        con.execute(f"DROP TABLE {BLOCKED}")


def choose_keys(
    con: duckdb.DuckDBPyConnection, records: ComparableTable, rules: LinkageRules
) -> tuple[tuple[str, ...], ...]:
    """Give the keys of `blocking.keys` and, of `blocking.wide`, those that the records allow.

    A wide key finds pairs that agree in little else, at the price of looking at many: it is used
    when its pairs number no more than `blocking.wide_pairs`, or `blocking.wide_each` times the
    records, so few records get all of them and a million get none.
    """
    most = max(rules.blocking.wide_pairs, rules.blocking.wide_each * len(records))
    con.register("people_arrow", records.data)
    chosen = list(rules.blocking.keys)
    for columns in rules.blocking.wide:
        pairs = con.sql(f"""
            SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM (
                SELECT count(*) AS n FROM ({key_sql([columns], "people_arrow")}) GROUP BY key
            ) WHERE n <= {rules.limits.block}
        """).fetchall()[0][0]
        if pairs <= most:
            chosen.append(columns)
    con.unregister("people_arrow")
    return tuple(chosen)


def key_sql(keys: Keys, table: str = "people_comparable", *, as_text: bool = False) -> str:
    """Give the SQL of (rid, key) for every blocking key of every record of a table.

    A key is a 64-bit hash; two that clash only make a pair be looked at for nothing. `as_text`
    gives what is hashed: the rule's columns joined by `+`, then each value after a `|`.
    """
    return " UNION ALL ".join(_rule_sql(columns, table, as_text) for columns in keys)


def _rule_sql(columns: tuple[str, ...], table: str, as_text: bool) -> str:
    """Give the SQL of one rule's keys; at most one of its columns is a list, of distinct values."""
    lists = [name for name in columns if pa.types.is_list(ComparableTable.columns[name])]
    one_by_one = [f"unnest({name}) AS {name}" if name in lists else name for name in columns]
    present = " AND ".join(f"{name} IS NOT NULL" for name in columns)
    parts = [f"'{'+'.join(columns)}'", *columns]
    key = f"concat_ws('|', {', '.join(parts)})" if as_text else f"hash({', '.join(parts)})"
    return f"""
        SELECT rid, {key} AS key
        FROM (SELECT rid, {", ".join(one_by_one)} FROM {table}) WHERE {present}
    """
