"""What agreement is worth, learnt from the records themselves: no labels, no expert.

Fellegi and Sunter's model by expectation maximisation, in Splink. Where there are too few
records to learn from, or learning gives nonsense, the published weights of `linkage.toml` are
used and the model says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import log2, prod
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from splink import Linker, block_on
from splink.internals.exceptions import EMTrainingException

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.pairs.blocking import BLOCKED, PAIRS, blocked, choose_keys
from kithkin.people.pairs.chance import draw_patterns, learn_chance
from kithkin.people.pairs.home import learn_home, published_home
from kithkin.people.pairs.model import FREQUENCY_SCHEMA, LinkageModel
from kithkin.people.pairs.splink_session import session, settings
from kithkin.people.rules import LinkageRules

# The trained numbers are cut here so that the order in which a machine adds up floating-point
# numbers cannot change a result (test_build: any row order).
TRAINED_DIGITS = 8


class UntrainableError(Exception):
    """The records do not teach what agreement is worth; the message says why."""


def train_model(
    con: duckdb.DuckDBPyConnection, records: ComparableTable, rules: LinkageRules, *, seed: int
) -> LinkageModel:
    """Learn the weights from the records, or give the published ones and say why.

    The answer depends on the records and on `seed` alone, not on the order of rows.
    """
    published = published_model(rules, "")
    try:
        return _trained(con, records, rules, published, seed)
    except UntrainableError as cause:
        return published_model(rules, str(cause), len(records))


def published_model(rules: LinkageRules, reason: str, records: int = 0) -> LinkageModel:
    """Give the model of the weights written in `linkage.toml`."""
    shares = {
        (comparison.name, level.label): (level.m, level.u)
        for comparison in rules.comparison
        for level in comparison.levels
    }
    home, keys = published_home(rules), (*rules.blocking.keys, *rules.blocking.wide)
    prior = rules.model.prior
    return LinkageModel("published", reason, rules.hash, records, prior, shares, 0.0, home, keys)


def _trained(
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    rules: LinkageRules,
    published: LinkageModel,
    seed: int,
) -> LinkageModel:
    training = rules.training
    named = len(records) - records.data.column("forename").null_count
    if named < training.minimum_records:
        raise UntrainableError(
            f"{named} records with a forename; learning needs {training.minimum_records}"
        )
    keys = choose_keys(con, records, rules)
    part = max(1, len(records) // training.prior_records)
    with blocked(con, records, rules, keys, part=part), session(con, rules.limits) as db:
        table = db.register(BLOCKED, dataset_display_name=BLOCKED)
        start = _first_prior(Linker(table, settings(rules, published), log_level=None), rules)
        patterns = draw_patterns(con, rules, part=part, seed=seed)
        begun = replace(published, prior=start)
        begun = replace(begun, shares=learn_chance(patterns, rules, begun.shares))
        linker = Linker(table, settings(rules, begun), log_level=None)
        try:
            log = _train(linker, _blocks(con, rules, begun.shares), rules)
        except (EMTrainingException, ValueError, ZeroDivisionError) as cause:
            raise UntrainableError(f"expectation maximisation failed: {cause}") from cause
        shares = _learnt(linker.misc.save_model_to_json(), rules, begun)
        shares = learn_chance(patterns, rules, shares)
        _check_sense(shares, rules)
        linker = Linker(table, settings(rules, replace(begun, shares=shares)), log_level=None)
        linker.table_management.register_blocked_pairs_for_predict(
            db.register(PAIRS, dataset_display_name=PAIRS)
        )
        prior = _settled_prior(con, linker, len(records), part, start, rules)
        frequencies = _frequencies(con, rules)
        home_prior, home, pairs = learn_home(con, rules, shares)
    chance = 1 / (1 + 2.0**-home_prior)
    log = (_first_words(rules), f"u from {patterns.seen} pairs, seed {seed}", *log)
    log = (*log, f"{chance:.1%} of {pairs} pairs of one home and surname are one person")
    log = (*log, f"prior settled at one pair in {1 / prior:,.0f}, from one in {1 / start:,.0f}")
    reason = f"learnt from {len(records)} records"
    return LinkageModel(
        "trained",
        reason,
        rules.hash,
        len(records),
        _rounded(prior),
        shares,
        home_prior,
        home,
        keys,
        frequencies,
        log,
    )


def _first_prior(linker: Linker, rules: LinkageRules) -> float:
    training = rules.training
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*training.certain)], recall=training.recall
    )
    return float(linker.misc.save_model_to_json()["probability_two_random_records_match"])


def _first_words(rules: LinkageRules) -> str:
    agreeing, recall = ", ".join(rules.training.certain), rules.training.recall
    return f"prior from pairs that agree on {agreeing}, {recall:.0%} of all true pairs"


def _blocks(
    con: duckdb.DuckDBPyConnection,
    rules: LinkageRules,
    shares: Mapping[tuple[str, str], tuple[float, float]],
) -> tuple[tuple[str, ...], ...]:
    """Give the columns of each block: narrowed where most of its pairs are two people by chance.

    Expectation maximisation takes the greater part of a block for what it is asked to find. A
    block is not narrowed to fewer pairs than `training.least_pairs`, which teach nothing.
    """
    entire = {one.name: shares[one.name, one.levels[0].label][1] for one in rules.comparison}
    blocks = []
    for block in rules.training.block:
        columns = block.share
        if block.narrowed_by and _by_chance(con, block.share, entire) > 1 / 2:
            narrowed = (*block.share, block.narrowed_by)
            enough = _sharing(con, narrowed)[1] >= rules.training.least_pairs
            columns = narrowed if enough else columns
        blocks.append(columns)
    return tuple(blocks)


def _by_chance(
    con: duckdb.DuckDBPyConnection, share: tuple[str, ...], entire: Mapping[str, float]
) -> float:
    """Give the share of pairs that agree on columns which would by chance alone."""
    records, pairs = _sharing(con, share)
    expected = records * (records - 1) / 2 * prod(entire[name] for name in share)
    return expected / pairs if pairs else 1.0


def _sharing(con: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> tuple[float, float]:
    """Count the records that have some columns, and the pairs that agree on all of them."""
    told = " AND ".join(f"{name} IS NOT NULL" for name in columns)
    found = con.sql(f"""
        SELECT sum(held), sum(held * (held - 1) / 2)
        FROM (SELECT count(*) AS held FROM {BLOCKED} WHERE {told} GROUP BY {", ".join(columns)})
    """).fetchall()[0]
    return float(found[0] or 0), float(found[1] or 0)


def _train(
    linker: Linker, blocks: tuple[tuple[str, ...], ...], rules: LinkageRules
) -> tuple[str, ...]:
    log = []
    for block in blocks:
        done = linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*block),
            max_pairs=int(rules.training.em_pairs),
            estimate_without_term_frequencies=True,
        )
        rounds = len(done._core_model_settings_history) - 1
        log.append(f"m from pairs that share {', '.join(block)}: {rounds} rounds")
    return tuple(log)


def _settled_prior(
    con: duckdb.DuckDBPyConnection,
    linker: Linker,
    records: int,
    part: int,
    prior: float,
    rules: LinkageRules,
) -> float:
    """Estimate how many pairs are one person: the sum of all pairs' probabilities, to a fixpoint.

    The rule by which training starts guesses how many true pairs agree entirely; sets differ in
    that a hundredfold. The pairs are those of every `part`-th record.
    """
    found = linker.inference.predict(
        threshold_match_weight=rules.training.prior_weight, warning_mode="never"
    )
    column = con.sql(f"SELECT match_weight FROM {found.physical_name} ORDER BY 1").fetchnumpy()
    weights = np.asarray(column["match_weight"], dtype=float)
    pairs, now = records * (records - 1) / 2, prior
    odds = now / (1 - now)
    for _ in range(rules.training.prior_rounds):
        shift = np.log2(now / (1 - now) / odds)
        now = min(part * float(np.sum(1 / (1 + 2.0 ** -(weights + shift)))), pairs / 2) / pairs
        if now <= 0:
            return prior
    return now


def _frequencies(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> pa.Table:
    """Give how common each value is among the records that have one, by column, in order."""
    columns = sorted(
        {level.frequency for one in rules.comparison for level in one.levels if level.frequency}
    )
    told = " UNION ALL ".join(
        f"""SELECT '{name}' AS "column", CAST({name} AS VARCHAR) AS value,
                   count(*) / sum(count(*)) OVER () AS share
            FROM {BLOCKED} WHERE {name} IS NOT NULL GROUP BY {name}"""
        for name in columns
    )
    return con.sql(f"SELECT * FROM ({told}) ORDER BY ALL").to_arrow_table().cast(FREQUENCY_SCHEMA)


def _learnt(
    model: Mapping[str, Any], rules: LinkageRules, published: LinkageModel
) -> dict[tuple[str, str], tuple[float, float]]:
    """Give the learnt m and u; a level never met in training, or fixed, keeps the published."""
    shares = dict(published.shares)
    fixed = {comparison.name for comparison in rules.comparison if comparison.fixed}
    for comparison in model["comparisons"]:
        name = comparison["output_column_name"]
        for level in comparison["comparison_levels"]:
            both = (level.get("m_probability"), level.get("u_probability"))
            if name not in fixed and all(isinstance(one, float) and one > 0 for one in both):
                at = name, level["label_for_charts"]
                shares[at] = _blended(both, published.shares[at], rules)
    return shares


def _blended(
    learnt: tuple[float, float], published: tuple[float, float], rules: LinkageRules
) -> tuple[float, float]:
    """Keep a little of the published m: what training never met is rare, not impossible."""
    part = rules.training.published_part
    return _rounded((1 - part) * learnt[0] + part * published[0]), _rounded(learnt[1])


def _rounded(number: float) -> float:
    return float(f"{number:.{TRAINED_DIGITS}g}")


def _check_sense(
    shares: Mapping[tuple[str, str], tuple[float, float]], rules: LinkageRules
) -> None:
    """Refuse weights by which agreement speaks against a match, or disagreement for it."""
    for comparison in rules.comparison:
        if comparison.name not in rules.training.must_inform:
            continue
        best, worst = (shares[comparison.name, comparison.levels[at].label] for at in (0, -1))
        if log2(best[0] / best[1]) <= 0 or log2(worst[0] / worst[1]) >= 0:
            raise UntrainableError(f"the learnt weights of {comparison.name} make no sense")
