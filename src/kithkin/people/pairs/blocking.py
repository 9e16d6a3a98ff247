"""Which pairs are looked at: keys that two records share, unless too many share them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.rules import LinkageRules

BLOCKED = "people_blocked"


@contextmanager
def blocked(
    con: duckdb.DuckDBPyConnection, records: ComparableTable, rules: LinkageRules
) -> Iterator[int]:
    """Make table `people_blocked`, the records with `block_keys`; give how many keys are too big.

    A key that more than `limits.block` records share finds nobody and is dropped.
    """
    con.register("people_comparable", records.data)
    con.execute(f"CREATE OR REPLACE TEMP TABLE people_key AS {key_sql(rules)}")
    most = rules.limits.block
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE {BLOCKED} AS
        WITH kept AS (
            SELECT rid, key FROM people_key
            QUALIFY count(*) OVER (PARTITION BY key) BETWEEN 2 AND {most}
        ), listed AS (SELECT rid, list_sort(list(key)) AS block_keys FROM kept GROUP BY rid)
        SELECT c.*, coalesce(block_keys, []) AS block_keys
        FROM people_comparable c LEFT JOIN listed USING (rid) ORDER BY rid
    """)
    left_out = con.sql(f"""
        SELECT count(*) FROM (SELECT key FROM people_key GROUP BY key HAVING count(*) > {most})
    """).fetchall()[0][0]
    try:
        yield left_out
    finally:
        con.execute(f"DROP TABLE {BLOCKED}")
        con.execute("DROP TABLE people_key")
        con.unregister("people_comparable")


def key_sql(rules: LinkageRules, table: str = "people_comparable") -> str:
    """Give the SQL of (rid, key) for every blocking key of every record of a table."""
    return " UNION ".join(_rule_sql(columns, table) for columns in rules.blocking.keys)


def _rule_sql(columns: tuple[str, ...], table: str) -> str:
    """Give the SQL of one rule's keys; at most one of its columns is a list."""
    lists = [name for name in columns if pa.types.is_list(ComparableTable.columns[name])]
    unnested = f", unnest({lists[0]}) AS item(value)" if lists else ""
    parts = ["item.value" if name in lists else f"CAST({name} AS VARCHAR)" for name in columns]
    present = " AND ".join(f"{part} IS NOT NULL" for part in parts)
    key = " || '|' || ".join([f"'{'+'.join(columns)}'", *parts])
    return f"SELECT rid, {key} AS key FROM {table}{unnested} WHERE {present}"
