"""The weight of every pair that shares a key, worked out on Spark: for a region, or several.

The same keys, comparisons and weights as `score_pairs`, which DuckDB does on one machine
(test_spark_pairs: the same pairs). The model is learnt on DuckDB, from as many records as it needs.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from splink import Linker

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.pairs.blocking import BLOCKED, Keys, key_sql
from kithkin.people.pairs.model import LinkageModel
from kithkin.people.pairs.scoring import Scores, pairs_sql
from kithkin.people.pairs.splink_session import quiet, settings
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.rules import Comparison, LinkageRules

# DuckDB's words that Spark has others for: a pattern, and what to put in its place.
DIALECT = (
    (r"\blambda (\w+):", r"\1 ->"),
    (r"\blist_filter\(", "filter("),
    (r"\blist_has_any\(", "arrays_overlap("),
    (r"\blist_value\(", "array("),
    (r"\blist_contains\(", "array_contains("),
    (r"\blen\(", "size("),
    (r"\bunnest\(", "explode("),
    (r"\bhash\(", "xxhash64("),
    (r"\bjaro_winkler_similarity\(", "jaro_winkler("),
    (r"\blevels\[(\d+)\]", r"element_at(levels, \1)"),  # both count from 1
)


def spark_sql(sql: str) -> str:
    """Say in Spark's words what linkage says in DuckDB's."""
    for duckdb_word, spark_word in DIALECT:
        sql = re.sub(duckdb_word, spark_word, sql)
    return sql


Scorer = Callable[[duckdb.DuckDBPyConnection, ComparableTable, LinkageRules, LinkageModel], Scores]


def scorer_on_spark() -> Scorer:
    """Give what weighs pairs as `score_pairs` does, on the Spark session that is active."""
    from pyspark.sql import SparkSession

    spark = SparkSession.active()
    return lambda _, records, rules, model: score_pairs_on_spark(spark, records, rules, model)


def score_pairs_on_spark(
    spark: Any, records: ComparableTable, rules: LinkageRules, model: LinkageModel
) -> Scores:
    """Score every pair that shares a blocking key; pairs below the review mark are left out.

    Parameters
    ----------
    spark
        A Spark session (`kithkin.engine.open_engine`). What is written on the way goes to its
        `spark.local.dir`, and is gone afterwards, with the views.
    records, rules, model
        As for `score_pairs`. Weights may differ from DuckDB's in the last decimals.

    """
    if len(records) < 2:
        return Scores(ScoredPairTable.from_rows([]), 0)
    with _session(spark) as session:
        left_out = _block(session, records, rules, model.keys)
        found = _predict(session, rules, model)
        sql = spark_sql(pairs_sql(found, rules, model))
        session.keep(sql, "people_pair")
        return Scores(ScoredPairTable(_in_order(session.folder / "people_pair")), left_out)


def _in_order(folder: Path) -> pa.Table:
    table = ds.dataset(folder, format="parquet").to_table().cast(ScoredPairTable.schema())
    return table.sort_by([("left_rid", "ascending"), ("right_rid", "ascending")]).combine_chunks()


@dataclass(frozen=True)
class _Session:
    """Spark with Splink upon it, and a folder for tables that are used more than once."""

    spark: Any
    splink: Any
    folder: Path

    def give(self, table: pa.Table, name: str) -> None:
        """Give an Arrow table to Spark under a name."""
        path = self.folder / f"{name}.parquet"
        pq.write_table(table, path)
        self.spark.read.parquet(str(path)).createOrReplaceTempView(name)

    def keep(self, sql: str, name: str) -> None:
        """Run a query once and keep its rows under a name."""
        path = str(self.folder / name)
        self.spark.sql(sql).write.parquet(path)
        self.spark.read.parquet(path).createOrReplaceTempView(name)


@contextmanager
def _session(spark: Any) -> Iterator[_Session]:
    from splink import SparkAPI
    from splink.backends.spark import similarity_jar_location

    spark.sql(f"ADD JAR '{similarity_jar_location()}'")
    views = {view.name for view in spark.catalog.listTables()}
    kept_at = spark.conf.get("spark.local.dir", None)
    with tempfile.TemporaryDirectory(prefix="pairs-", dir=kept_at) as name, quiet():
        spark.sparkContext.setCheckpointDir(name)
        try:
            splink = SparkAPI(spark_session=spark, break_lineage_method="parquet")
            yield _Session(spark, splink, Path(name))
        finally:
            for view in spark.catalog.listTables():
                if view.isTemporary and view.name not in views:
                    spark.catalog.dropTempView(view.name)


def _block(session: _Session, records: ComparableTable, rules: LinkageRules, keys: Keys) -> int:
    """Make view `people_blocked`, the records with `block_keys`; give how many keys are too big."""
    session.give(records.data, "people_comparable")
    session.keep(
        f"""SELECT rid, key, records FROM (
                SELECT rid, key, count(*) OVER (PARTITION BY key) AS records
                FROM ({spark_sql(key_sql(keys, "people_comparable"))})) WHERE records > 1""",
        "people_key",
    )
    most = rules.limits.block
    session.keep(
        f"""SELECT c.*, coalesce(block_keys, array()) AS block_keys
            FROM people_comparable c LEFT JOIN (
                SELECT rid, sort_array(collect_list(key)) AS block_keys FROM people_key
                WHERE records <= {most} GROUP BY rid) USING (rid)""",
        BLOCKED,
    )
    counted = session.spark.sql(
        f"SELECT count(DISTINCT key) FROM people_key WHERE records > {most}"
    )
    return int(counted.collect()[0][0])


def _predict(session: _Session, rules: LinkageRules, model: LinkageModel) -> str:
    """Let Splink weigh the pairs; give the name of the view of what it found."""
    table = session.splink.register(BLOCKED, dataset_display_name=BLOCKED)
    linker = Linker(table, settings(_in_spark(rules), model, keys="block_keys"), log_level=None)
    told = model.frequencies
    for name in sorted(set(told.column("column").to_pylist())):
        session.give(_shares(told, name), f"people_tf_{name}")
        lookup = session.splink.register(
            f"people_tf_{name}", dataset_display_name=f"people_tf_{name}"
        )
        linker.table_management.register_term_frequency_lookup(lookup, name)
    found = linker.inference.predict(
        threshold_match_weight=rules.marks.review - 1, warning_mode="never"
    )
    return str(found.physical_name)


def _shares(frequencies: pa.Table, name: str) -> pa.Table:
    chosen = frequencies.filter(pa.compute.equal(frequencies.column("column"), name))
    return chosen.select(["value", "share"]).rename_columns([name, f"tf_{name}"])


def _in_spark(rules: LinkageRules) -> LinkageRules:
    """Give the rules with every comparison's conditions in Spark's words."""
    return rules.model_copy(update={"comparison": tuple(map(_compared, rules.comparison))})


def _compared(comparison: Comparison) -> Comparison:
    levels = tuple(
        level.model_copy(update={"when": spark_sql(level.when)}) for level in comparison.levels
    )
    return comparison.model_copy(update={"null": spark_sql(comparison.null), "levels": levels})
