"""Which records may be one person, and how strongly: the only module that knows Splink.

Splink finds the pairs that share a blocking key, estimates from the records what agreement is
worth (Fellegi and Sunter's model by expectation maximisation) and scores each pair. Where there
are too few records to learn from, or learning gives nonsense, the published weights of
`linkage.toml` are used and the answer says so.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf, log2
from typing import Any, ClassVar

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.exceptions import EMTrainingException

from kithkin.model.tables import NUMBER, WHOLE, Columns, TypedTable
from kithkin.people.rules import Comparison, LinkageRules
from kithkin.people.standardise import ComparableTable

# The trained numbers are cut here, and the scores below, so that the order in which a machine
# adds up floating-point numbers cannot change a result (test_build: any row order).
TRAINED_DIGITS = 8
WEIGHT_DECIMALS = 4

Shares = dict[tuple[str, str], tuple[float, float]]  # (comparison, level): m, u


class ScoredPairTable(TypedTable):
    """Two records, `left_rid < right_rid`, that may be one person; in that order."""

    name = "scored_pair"
    columns: ClassVar[Columns] = {"left_rid": WHOLE, "right_rid": WHOLE, "weight": NUMBER}


@dataclass(frozen=True)
class Weights:
    """The prior and every level's m and u, and where they come from."""

    source: str  # trained | published
    reason: str
    prior: float
    shares: Shares


@dataclass(frozen=True)
class Scores:
    """The scored pairs with the weights that scored them."""

    pairs: ScoredPairTable
    weights: Weights
    keys_left_out: int


class UntrainableError(Exception):
    """The records do not teach what agreement is worth; the message says why."""


def score_pairs(
    con: duckdb.DuckDBPyConnection, records: ComparableTable, rules: LinkageRules, *, seed: int
) -> Scores:
    """Score every pair that shares a blocking key; pairs below the review mark are left out.

    Everything runs on `con`, within the memory and disk of `rules.limits`; what Splink creates
    there is dropped. The answer depends on the records and on `seed` alone.
    """
    if len(records) < 2:
        empty = Weights("published", "fewer than two records", rules.model.prior, {})
        return Scores(ScoredPairTable.from_rows([]), empty, 0)
    with _within(con, rules), _quiet(), _registered(con, records, rules) as (db, table, left_out):
        weights = _weights(table, records, rules, seed)
        pairs = _predict(con, Linker(table, _settings(rules, weights), log_level=None), rules)
        db.delete_tables_created_by_splink_from_db()
    return Scores(pairs, weights, left_out)


@contextmanager
def _within(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> Iterator[None]:
    """Hold DuckDB to the limits where its own are wider, and put its own back afterwards."""
    wanted = {"memory_limit": rules.limits.memory, "max_temp_directory_size": rules.limits.spill}
    before = {
        name: con.sql(f"SELECT current_setting('{name}')").fetchall()[0][0] for name in wanted
    }
    wider = {name for name in wanted if _bytes(before[name]) > _bytes(wanted[name])}
    for name in sorted(wider):
        con.execute(f"SET {name} = '{wanted[name]}'")
    try:
        yield
    finally:
        for name in sorted(wider):
            con.execute(_restored(name, before[name]))


_SIZE = re.compile(r"([\d.]+) *([KMGT]?)(i?)B|([\d.]+) bytes?")


def _bytes(size: str) -> float:
    """Read a size as DuckDB takes and shows it; what is no size (a share of the disk) is endless."""
    found = _SIZE.fullmatch(size)
    if not found:
        return inf
    number, unit, binary, plain = found.groups()
    if plain:
        return float(plain)
    return float(number) * (1024 if binary else 1000) ** " KMGT".index(unit or " ")


def _restored(name: str, shown: str) -> str:
    """Give the SQL that sets a limit to what was shown: cut to a tenth, so a little above it."""
    if _bytes(shown) == inf:
        return f"RESET {name}"
    number, unit = shown.split()
    return f"SET {name} = '{float(number) + 0.05:.2f} {unit}'"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Splink's progress and advice from the terminal; what matters is in `Weights`."""
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _registered(
    con: duckdb.DuckDBPyConnection, records: ComparableTable, rules: LinkageRules
) -> Iterator[tuple[DuckDBAPI, Any, int]]:
    """Offer the records to Splink with their blocking keys; give also how many keys are too big."""
    con.register("people_comparable", records.data)
    con.execute(f"CREATE OR REPLACE TEMP TABLE people_key AS {_blocking_keys(rules)}")
    most = rules.limits.block
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE people_blocked AS
        WITH kept AS (
            SELECT rid, key FROM people_key
            QUALIFY count(*) OVER (PARTITION BY key) <= {most}
        ), listed AS (SELECT rid, list_sort(list(key)) AS block_keys FROM kept GROUP BY rid)
        SELECT c.*, coalesce(block_keys, []) AS block_keys
        FROM people_comparable c LEFT JOIN listed USING (rid) ORDER BY rid
    """)
    left_out = con.sql(f"""
        SELECT count(*) FROM (SELECT key FROM people_key GROUP BY key HAVING count(*) > {most})
    """).fetchall()[0][0]
    db = DuckDBAPI(connection=con)
    try:
        yield db, db.register("people_blocked", dataset_display_name="people_blocked"), left_out
    finally:
        con.execute("DROP TABLE people_blocked")
        con.execute("DROP TABLE people_key")
        con.unregister("people_comparable")


def _blocking_keys(rules: LinkageRules) -> str:
    return " UNION ".join(_key_query(columns) for columns in rules.blocking.keys)


def _key_query(columns: tuple[str, ...]) -> str:
    """Give the SQL of one rule's keys; at most one of its columns is a list."""
    lists = [name for name in columns if pa.types.is_list(ComparableTable.columns[name])]
    unnested = f", unnest({lists[0]}) AS item(value)" if lists else ""
    parts = ["item.value" if name in lists else f"CAST({name} AS VARCHAR)" for name in columns]
    present = " AND ".join(f"{part} IS NOT NULL" for part in parts)
    key = " || '|' || ".join([f"'{'+'.join(columns)}'", *parts])
    return f"SELECT rid, {key} AS key FROM people_comparable{unnested} WHERE {present}"


def _weights(table: Any, records: ComparableTable, rules: LinkageRules, seed: int) -> Weights:
    published = {
        (comparison.name, level.label): (level.m, level.u)
        for comparison in rules.comparison
        for level in comparison.levels
    }
    try:
        return _trained(table, records, rules, published, seed)
    except UntrainableError as cause:
        return Weights("published", str(cause), rules.model.prior, published)


def _trained(
    table: Any, records: ComparableTable, rules: LinkageRules, published: Shares, seed: int
) -> Weights:
    """Estimate the weights from the records; `UntrainableError` when they cannot be."""
    training = rules.training
    named = len(records) - records.data.column("forename").null_count
    if named < training.minimum_records:
        raise UntrainableError(
            f"{named} records with a forename; learning needs {training.minimum_records}"
        )
    start = Weights("published", "", rules.model.prior, published)
    linker = Linker(table, _settings(rules, start), log_level=None)
    try:
        _train(linker, rules, seed)
    except (EMTrainingException, ValueError, ZeroDivisionError) as cause:
        raise UntrainableError(f"expectation maximisation failed: {cause}") from cause
    model = linker.misc.save_model_to_json()
    shares = _learnt(model, rules, published)
    _check_sense(shares, rules)
    prior = _rounded(model["probability_two_random_records_match"])
    return Weights("trained", f"learnt from {len(records)} records", prior, shares)


def _train(linker: Linker, rules: LinkageRules, seed: int) -> None:
    training = rules.training
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*training.certain)], recall=training.recall
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=training.u_pairs, seed=seed)
    for block in training.blocks:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*block), max_pairs=int(training.em_pairs)
        )


def _learnt(model: Mapping[str, Any], rules: LinkageRules, published: Shares) -> Shares:
    """Give the learnt m and u; a level never met in training, or fixed, keeps the published."""
    shares = dict(published)
    fixed = {comparison.name for comparison in rules.comparison if comparison.fixed}
    for comparison in model["comparisons"]:
        name = comparison["output_column_name"]
        for level in comparison["comparison_levels"]:
            both = (level.get("m_probability"), level.get("u_probability"))
            if name not in fixed and all(isinstance(one, float) and one > 0 for one in both):
                m, u = (_rounded(one) for one in both)
                shares[name, level["label_for_charts"]] = (m, u)
    return shares


def _rounded(number: float) -> float:
    return float(f"{number:.{TRAINED_DIGITS}g}")


def _check_sense(shares: Shares, rules: LinkageRules) -> None:
    """Refuse weights by which agreement speaks against a match, or disagreement for it."""
    for comparison in rules.comparison:
        if comparison.name not in rules.training.must_inform:
            continue
        best, worst = (shares[comparison.name, comparison.levels[at].label] for at in (0, -1))
        if log2(best[0] / best[1]) <= 0 or log2(worst[0] / worst[1]) >= 0:
            raise UntrainableError(f"the learnt weights of {comparison.name} make no sense")


def _settings(rules: LinkageRules, weights: Weights) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="rid",
        probability_two_random_records_match=weights.prior,
        blocking_rules_to_generate_predictions=[
            block_on("block_keys", arrays_to_explode=["block_keys"])
        ],
        comparisons=[_comparison(one, rules, weights) for one in rules.comparison],
        retain_matching_columns=False,
        linker_uid="kithkin",
    )


def _comparison(comparison: Comparison, rules: LinkageRules, weights: Weights) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": comparison.null, "label_for_charts": "missing", "is_null_level": True}
    ]
    for level in comparison.levels:
        m, u = weights.shares[comparison.name, level.label]
        settings = {
            "sql_condition": level.when,
            "label_for_charts": level.label,
            "m_probability": m,
            "u_probability": u,
        }
        # Published weights go without: in a dozen records every name is a common one.
        if level.frequency and weights.source == "trained":
            settings["tf_adjustment_column"] = level.frequency
            settings["tf_minimum_u_value"] = rules.model.rarest
        levels.append(settings)
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def _predict(
    con: duckdb.DuckDBPyConnection, linker: Linker, rules: LinkageRules
) -> ScoredPairTable:
    found = linker.inference.predict(
        threshold_match_weight=rules.marks.review - 1, warning_mode="never"
    )
    data = con.sql(f"""
        SELECT least(rid_l, rid_r) AS left_rid, greatest(rid_l, rid_r) AS right_rid,
               round(match_weight, {WEIGHT_DECIMALS}) AS weight
        FROM {found.physical_name}
        WHERE round(match_weight, {WEIGHT_DECIMALS}) >= {rules.marks.review}
        ORDER BY left_rid, right_rid
    """).to_arrow_table()
    return ScoredPairTable(data.cast(ScoredPairTable.schema()))
