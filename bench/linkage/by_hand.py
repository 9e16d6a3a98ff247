"""A Splink model tuned by hand: what somebody who knows Splink and the set would write.

First name, surname and date of birth apart, with term frequencies; swapped names; wide blocking;
expectation maximisation in two sessions; clusters at a stated probability of 0.99.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from bench.linkage.judging import Labels, Pairs
from bench.linkage.sets import LinkageSet
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

MARK = 0.99
U_PAIRS, EM_PAIRS, SEED, RECALL = 2e6, 3_000_000, 1, 0.7
BLOCKS = (
    ("forename",), ("surname",), ("date_of_birth",), ("number",), ("postcode",), ("line",),
    ("town", "substr(forename, 1, 3)"), ("town", "substr(surname, 1, 3)"),
    ("substr(forename, 1, 3)", "substr(surname, 1, 3)"),
)  # fmt: skip
SWAPPED_NAMES = "l.forename = r.surname AND l.surname = r.forename"
SWAPPED_DAY = (
    "substr(date_of_birth_l, 1, 4) = substr(date_of_birth_r, 1, 4)"
    " AND substr(date_of_birth_l, 6, 2) = substr(date_of_birth_r, 9, 2)"
    " AND substr(date_of_birth_l, 9, 2) = substr(date_of_birth_r, 6, 2)"
)


@dataclass(frozen=True)
class Linked:
    """Every pair that was looked at, its weight, and the clusters at the mark."""

    pairs: Pairs
    weight: npt.NDArray[np.float64]
    person: Labels


def link(given: LinkageSet) -> Linked:
    """Link a set."""
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    con = duckdb.connect()
    db = DuckDBAPI(connection=con)
    linker = Linker(_registered(db, given), _settings(given), log_level=None)
    _train(linker, given)
    found = linker.inference.predict(warning_mode="never")
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        found, threshold_match_probability=MARK
    )
    pairs = con.sql(
        f"SELECT place_l, place_r, match_weight FROM {found.physical_name}"
    ).fetchnumpy()
    place = con.sql(f"SELECT place, cluster_id FROM {clusters.physical_name} ORDER BY place").df()
    both = np.sort(np.column_stack([pairs["place_l"], pairs["place_r"]]).astype(np.int64), axis=1)
    return Linked(
        both, pairs["match_weight"], pd.factorize(place["cluster_id"])[0].astype(np.int64)
    )


def _registered(db: DuckDBAPI, given: LinkageSet) -> list[Any]:
    told = given.records.assign(place=range(len(given.records)))
    told = told[["place", "source", *given.columns]]
    parts = [part for _, part in told.groupby("source", sort=True)] if given.two_files else [told]
    return [db.register(part, dataset_display_name=f"part_{at}") for at, part in enumerate(parts)]


def _settings(given: LinkageSet) -> SettingsCreator:
    return SettingsCreator(
        link_type="link_only" if given.two_files else "dedupe_only",
        unique_id_column_name="place",
        comparisons=[_comparison(name, given) for name in given.columns],
        blocking_rules_to_generate_predictions=_blocking(given),
        additional_columns_to_retain=["source"],
    )


def _blocking(given: LinkageSet) -> list[Any]:
    has = set(given.columns)
    rules = [block_on(*block) for block in BLOCKS if {_column(part) for part in block} <= has]
    return [*rules, SWAPPED_NAMES]


def _column(part: str) -> str:
    return part.removeprefix("substr(").split(",")[0]


def _comparison(name: str, given: LinkageSet) -> Any:
    if name == "number" and given.scheme == "account":
        return comparisons.EmailComparison(name)
    kinds = {
        "forename": _name, "surname": _name, "date_of_birth": _date, "number": _digits,
        "postcode": _postcode, "town": _town, "line": _line, "sex": comparisons.ExactMatch,
    }  # fmt: skip
    return kinds[name](name)


def _levels(name: str, *between: Any, common: bool = False) -> comparisons.CustomComparison:
    """Compare a column: missing, the same, what lies between, else."""
    same = levels.ExactMatchLevel(name, term_frequency_adjustments=common)
    told = [levels.NullLevel(name), same, *between, levels.ElseLevel()]
    return comparisons.CustomComparison(output_column_name=name, comparison_levels=told)


def _name(name: str) -> Any:
    return _levels(
        name,
        levels.ColumnsReversedLevel("forename", "surname", symmetrical=True),
        levels.JaroWinklerLevel(name, 0.92),
        levels.JaroWinklerLevel(name, 0.8),
        common=True,
    )


def _date(name: str) -> Any:
    return _levels(
        name,
        levels.CustomLevel(SWAPPED_DAY, label_for_charts="day and month swapped"),
        levels.DamerauLevenshteinLevel(name, 1),
        levels.DamerauLevenshteinLevel(name, 2),
    )


def _digits(name: str) -> Any:
    return _levels(
        name, levels.DamerauLevenshteinLevel(name, 1), levels.DamerauLevenshteinLevel(name, 2)
    )


def _postcode(name: str) -> Any:
    return _levels(name, levels.DamerauLevenshteinLevel(name, 1), common=True)


def _town(name: str) -> Any:
    return _levels(name, levels.JaroWinklerLevel(name, 0.9), common=True)


def _line(name: str) -> Any:
    return _levels(name, levels.JaroWinklerLevel(name, 0.92), levels.JaroWinklerLevel(name, 0.8))


def _train(linker: Linker, given: LinkageSet) -> None:
    certain = [block_on("forename", "surname", "date_of_birth")]
    if "number" in given.columns:
        certain.append(block_on("number"))
    training = linker.training
    training.estimate_probability_two_random_records_match(certain, recall=RECALL)
    training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED)
    for block in (("date_of_birth",), ("forename", "surname")):
        training.estimate_parameters_using_expectation_maximisation(
            block_on(*block), max_pairs=EM_PAIRS
        )
