"""Where tables live and expressions run: DuckDB on one machine, Apache Spark across several.

`open_engine` gives either; the same Ibis expressions run on both. `open_duckdb` gives a plain
connection within the same limits.
"""

from kithkin.engine.engines import Engine, EngineError, Resources, open_duckdb, open_engine
from kithkin.engine.files import FAST_FORMAT, FORMAT, WIDE_FORMAT, write_table, write_text

__all__ = [
    "FAST_FORMAT",
    "FORMAT",
    "WIDE_FORMAT",
    "Engine",
    "EngineError",
    "Resources",
    "open_duckdb",
    "open_engine",
    "write_table",
    "write_text",
]
