"""Which addresses are one place, and which places are a home.

A place is known by its UPRN. An address that came without one is the place of an address worded
alike that has one, or a place of its own. A postcode alone is no place.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from kithkin.people.rules import Living

PLACE = "living_place"
"""The temporary table that `place_table` makes: address_id, place, home (false: no private home)."""

_PLACES_SQL = f"""
    CREATE OR REPLACE TEMP TABLE {PLACE} AS
    WITH told AS (
        SELECT DISTINCT address_id, nullif(uprn, '') AS uprn,
               nullif(trim(regexp_replace(lower(line), '[^a-z0-9]+', ' ', 'g')), '') AS door,
               nullif(replace(upper(postcode), ' ', ''), '') AS postcode
        FROM address),
    doors AS (
        SELECT door, postcode, min(uprn) AS uprn FROM told
        WHERE uprn IS NOT NULL AND door IS NOT NULL AND postcode IS NOT NULL
        GROUP BY ALL HAVING count(DISTINCT uprn) = 1),
    named AS (
        SELECT address_id, min(t.uprn) AS uprn, min(d.uprn) AS door_uprn,
               min(t.postcode || '|' || t.door) AS door,
               coalesce(bool_or(regexp_matches(
                   regexp_replace(t.door, $streets, '', 'g'), $words)), false) AS words
        FROM told t LEFT JOIN doors d USING (door, postcode) GROUP BY address_id),
    placed AS (
        SELECT address_id, coalesce(uprn, door_uprn, door, address_id) AS place,
               (uprn IS NOT NULL OR address_id IN (SELECT address_id FROM told
                                                   WHERE door IS NOT NULL)) AS has_door, words
        FROM named)
    SELECT address_id, place, bool_and(has_door AND NOT words) OVER (PARTITION BY place) AS home
    FROM placed
"""


def place_table(con: duckdb.DuckDBPyConnection, living: Living) -> None:
    """Make the temporary table `PLACE`; one row an address, dropped by `drop_places`."""
    words = r"\b(" + "|".join(living.no_home_words) + r")\b"
    streets = words + r" (" + "|".join(living.street_words) + r")\b"
    con.execute(_PLACES_SQL, {"words": words, "streets": streets})


def drop_places(con: duckdb.DuckDBPyConnection) -> None:
    """Leave nothing behind."""
    con.execute(f"DROP TABLE {PLACE}")


def described(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Give for each place the address that describes it: the first that has a postcode."""
    return con.sql(f"""
        SELECT place, a.address_id, nullif(a.uprn, '') AS uprn, line, town, postcode
        FROM address a JOIN {PLACE} USING (address_id) WHERE home
        QUALIFY row_number() OVER (PARTITION BY place ORDER BY uprn IS NULL, postcode IS NULL,
            line IS NULL, address_id, source, file, "row", line, postcode, town) = 1
    """).to_arrow_table()
