"""The weight of every pair that shares a key, by a given model."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from splink import Linker

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.pairs.blocking import BLOCKED, PAIRS, blocked
from kithkin.people.pairs.model import LinkageModel
from kithkin.people.pairs.splink_session import session, settings
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.rules import Comparison, LinkageRules

# Scores are cut here so that the order in which a machine adds up floating-point numbers cannot
# change a result (test_build: any row order).
WEIGHT_DECIMALS = 4


@dataclass(frozen=True)
class Scores:
    """The scored pairs, and how many blocking keys too many records share."""

    pairs: ScoredPairTable
    keys_left_out: int


def score_pairs(
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    rules: LinkageRules,
    model: LinkageModel,
) -> Scores:
    """Score every pair that shares a blocking key; pairs below the review mark are left out.

    Everything runs on `con`, within the memory and disk of `rules.limits`; nothing is left there.
    """
    if len(records) < 2:
        return Scores(ScoredPairTable.from_rows([]), 0)
    with blocked(con, records, rules, model.keys) as left_out, session(con, rules.limits) as db:
        table = db.register(BLOCKED, dataset_display_name=BLOCKED)
        linker = Linker(table, settings(rules, model), log_level=None)
        names = sorted(set(model.frequencies.column("column").to_pylist()))
        for name in names:
            con.register("people_frequency", model.frequencies)
            con.execute(f"""
                CREATE OR REPLACE TEMP TABLE people_tf_{name} AS
                SELECT value AS {name}, share AS tf_{name}
                FROM people_frequency WHERE "column" = '{name}'
            """)
            con.unregister("people_frequency")
            lookup = db.register(f"people_tf_{name}", dataset_display_name=f"people_tf_{name}")
            linker.table_management.register_term_frequency_lookup(lookup, name)
        linker.table_management.register_blocked_pairs_for_predict(
            db.register(PAIRS, dataset_display_name=PAIRS)
        )
        found = linker.inference.predict(
            threshold_match_weight=rules.marks.review - 1, warning_mode="never"
        )
        data = con.sql(pairs_sql(found.physical_name, rules, model)).to_arrow_table()
        for name in names:
            con.execute(f"DROP TABLE people_tf_{name}")
    return Scores(ScoredPairTable(data.cast(ScoredPairTable.schema())), left_out)


def pairs_sql(found: str, rules: LinkageRules, model: LinkageModel) -> str:
    """Give the SQL of the table: Splink's weights with the levels, found anew for the few kept."""
    # In the order in which `explaining.Weigher` adds up, so that both give the same last bit.
    each = [_home_weight(one, rules, model, at) for at, one in enumerate(rules.comparison, 1)]
    home = " + ".join([f"CAST({model.home_prior!r} AS DOUBLE)", *each])
    return f"""
        WITH pair AS (
            SELECT least(rid_l, rid_r) AS left_rid, greatest(rid_l, rid_r) AS right_rid,
                   round(match_weight, {WEIGHT_DECIMALS}) AS weight
            FROM {found} WHERE round(match_weight, {WEIGHT_DECIMALS}) >= {rules.marks.review}
        ), levelled AS (SELECT pair.*, {levels_sql(rules)} AS levels,
                abs(birth_year_l - birth_year_r) AS years_apart FROM pair
            JOIN ({side_sql("l")}) ON left_rid = rid_l JOIN ({side_sql("r")}) ON right_rid = rid_r)
        SELECT left_rid, right_rid, weight, round({home}, {WEIGHT_DECIMALS}) AS home_weight, levels
        FROM levelled ORDER BY left_rid, right_rid
    """


def side_sql(side: str) -> str:
    """Give the SQL of the blocked records with their columns marked as one side of a pair."""
    columns = ", ".join(f"{name} AS {name}_{side}" for name in ComparableTable.columns)
    return f"SELECT {columns} FROM {BLOCKED}"


def levels_sql(rules: LinkageRules) -> str:
    """Give the SQL of the levels of a pair whose columns end in `_l` and `_r`, as a list."""
    return f"list_value({', '.join(level_sql(one) for one in rules.comparison)})"


def level_sql(comparison: Comparison) -> str:
    """Give the SQL of the level of one comparison that holds; -1 where a value is missing."""
    whens = "".join(
        f" WHEN {level.when} THEN {at}"
        for at, level in enumerate(comparison.levels)
        if level.when != "ELSE"
    )
    return f"CASE WHEN {comparison.null} THEN -1{whens} ELSE {len(comparison.levels) - 1} END"


def _home_weight(
    comparison: Comparison, rules: LinkageRules, model: LinkageModel, place: int
) -> str:
    """Give the SQL of what a comparison says of one person rather than two relatives."""
    whens = "".join(
        f" WHEN {at} THEN CAST({model.home_level_weight(comparison.name, level.label)!r} AS DOUBLE)"
        for at, level in enumerate(comparison.levels)
        if (comparison.name, level.label) in model.home
    )
    weight = f"CASE levels[{place}]{whens} ELSE 0 END" if whens else "0"
    return f"({weight} + {_namesake(comparison, rules, place)})"


def _namesake(comparison: Comparison, rules: LinkageRules, place: int) -> str:
    """Give the SQL of what a shared forename adds when the two are too near in age for it."""
    if comparison.name != "forename":
        return "0"
    home = rules.home
    labels = [level.label for level in comparison.levels]
    named = ", ".join(str(labels.index(label)) for label in home.namesake_levels)
    near = f"levels[{place}] IN ({named}) AND years_apart < {home.generation}"
    return f"CASE WHEN {near} THEN CAST({home.namesake} AS DOUBLE) ELSE 0 END"
