"""Splink, held on a short lead: registered records, memory, silence, and nothing left behind."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

import duckdb
from splink import DuckDBAPI, SettingsCreator, block_on

from kithkin.people.pairs.model import LinkageModel
from kithkin.people.rules import Comparison, Limits, LinkageRules


@contextmanager
def within(con: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[None]:
    """Hold DuckDB to the limits where its own are wider, and put its own back afterwards."""
    wanted = {"memory_limit": limits.memory, "max_temp_directory_size": limits.spill}
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
def quiet() -> Iterator[None]:
    """Keep Splink's progress and advice from the terminal; what matters is in the model's log."""
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def session(con: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[DuckDBAPI]:
    """Give Splink the connection, within limits; drop afterwards what it created there."""
    with within(con, limits), quiet():
        db = DuckDBAPI(connection=con)
        try:
            yield db
        finally:
            db.delete_tables_created_by_splink_from_db()


def settings(
    rules: LinkageRules, model: LinkageModel, *, keys: str | None = None
) -> SettingsCreator:
    """Say the rules and the model in Splink's words.

    Pairs are those given to Splink, or, with `keys`, those that share one of that column's list.
    """
    found = block_on(keys, arrays_to_explode=[keys]) if keys else block_on("rid")
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="rid",
        probability_two_random_records_match=model.prior,
        blocking_rules_to_generate_predictions=[found],
        comparisons=[_comparison(one, rules, model) for one in rules.comparison],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        linker_uid="kithkin",
    )


def _comparison(comparison: Comparison, rules: LinkageRules, model: LinkageModel) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": comparison.null, "label_for_charts": "missing", "is_null_level": True}
    ]
    for level in comparison.levels:
        m, u = model.shares[comparison.name, level.label]
        told = {
            "sql_condition": level.when,
            "label_for_charts": level.label,
            "m_probability": m,
            "u_probability": u,
        }
        # Published weights go without: in a dozen records every name is a common one.
        if level.frequency and model.source == "trained":
            told["tf_adjustment_column"] = level.frequency
            told["tf_minimum_u_value"] = rules.model.rarest
        levels.append(told)
    return {"output_column_name": comparison.name, "comparison_levels": levels}
