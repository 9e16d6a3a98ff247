"""Splink as its own documentation starts: ready-made comparisons, tight blocking, components."""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb
import pyarrow as pa
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

MARK = 0.99
RECORDS = """
    CREATE TABLE record AS
    SELECT p.source || '/' || p.record_id AS record, forename, surname,
           CAST(date_of_birth AS VARCHAR) AS date_of_birth, any_value(postcode) AS postcode,
           any_value(value) AS nhs_number
    FROM '{0}/person_record.parquet' p
    LEFT JOIN '{0}/residence.parquet' s USING (source, record_id)
    LEFT JOIN '{0}/address.parquet' a USING (source, address_id)
    LEFT JOIN (SELECT * FROM '{0}/identifier.parquet'
               WHERE scheme = 'nhs_number' AND "check" = 'passed') i USING (source, record_id)
    GROUP BY ALL
"""


def link(folder: Path) -> pa.Table:
    """Give source, record_id and the cluster of every record."""
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    con = duckdb.connect()
    con.execute(RECORDS.format(folder))
    table = DuckDBAPI(connection=con).register("record", dataset_display_name="record")
    linker = Linker(table, _settings(), log_level=None)
    _train(linker)
    found = linker.inference.predict(threshold_match_probability=MARK, warning_mode="never")
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        found, threshold_match_probability=MARK
    )
    return con.sql(f"""
        SELECT split_part(record, '/', 1) AS source, split_part(record, '/', 2) AS record_id,
               cluster_id AS person_id FROM {clusters.physical_name}
    """).to_arrow_table()


def _settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record",
        blocking_rules_to_generate_predictions=[
            block_on("forename", "date_of_birth"),
            block_on("surname", "date_of_birth"),
            block_on("forename", "surname", "postcode"),
            block_on("nhs_number"),
        ],
        comparisons=[
            comparisons.ForenameSurnameComparison("forename", "surname"),
            comparisons.DateOfBirthComparison("date_of_birth", input_is_string=True),
            comparisons.ExactMatch("postcode").configure(term_frequency_adjustments=True),
            comparisons.ExactMatch("nhs_number"),
        ],
    )


def _train(linker: Linker) -> None:
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("forename", "surname", "date_of_birth")], recall=0.7
    )
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for block in (("date_of_birth",), ("forename", "surname")):
        training.estimate_parameters_using_expectation_maximisation(
            block_on(*block), max_pairs=3_000_000
        )
