"""Opens a database in memory for a few queries."""

from __future__ import annotations

import duckdb


def quiet_duckdb() -> duckdb.DuckDBPyConnection:
    """Open DuckDB so that it draws no bar of its own on standard output (which may be JSON)."""
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    return con
