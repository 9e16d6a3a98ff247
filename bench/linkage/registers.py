"""A simulated county's own registers as source tables, without a feed being written or read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from kithkin.simulation import Plan, make_county
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.county import County
from kithkin.simulation.records import Register
from kithkin.simulation.sending.one_agency import AGENCIES, FEEDS, REGISTERS, first_known
from kithkin.simulation.sending.registers import make_register
from kithkin.simulation.settings.whole import Settings
from kithkin.simulation.world import TIE_KINDS

YEARS, SEED = 3, 1
RECORDS_A_PERSON = 2.6  # of the county on its default settings, all registers together
TABLES = ("person_record", "identifier", "address", "residence", "relationship", "truth")
KNOWS_RELATIONS = ("ssd", "early_help", "benefits", "housing")
PROVENANCE = """'register' AS batch_id, source || '.csv' AS file, CAST("row" AS INTEGER) AS "row",
    known_at, 'recorded' AS known_basis"""


def write_registers(folder: Path, records: int) -> int:
    """Write the source tables and the truth as Parquet, about `records` person records.

    Returns how many person records were written.
    """
    plan = Plan(round(records / RECORDS_A_PERSON), YEARS, SEED)
    settings = plan.read_settings()
    county = make_county(plan)
    con = duckdb.connect()
    for at, (feed, register) in enumerate(_registers(county, settings)):
        con.register("entry", _entries(feed, register))
        con.execute(f"{'INSERT INTO held' if at else 'CREATE TABLE held AS'} SELECT * FROM entry")
    con.register("tie", _ties(county))
    con.execute(f"CREATE TABLE one AS {_ONE_ROW_A_KEY}")
    for name in TABLES:
        con.execute(f"COPY ({_SQL[name]}) TO '{folder / name}.parquet' (FORMAT parquet)")
    return int(con.sql("SELECT count(*) FROM one").fetchall()[0][0])


def _registers(county: County, settings: Settings) -> Iterator[tuple[str, Register]]:
    for feed in FEEDS:
        known = first_known(feed, tuple(AGENCIES[feed](county, settings)), county)
        people = np.flatnonzero(known < NEVER).astype(np.int32)
        name = REGISTERS.get(feed, feed)
        yield feed, make_register(name, people, known[people], county, settings.mistakes)  # type: ignore[arg-type]


def _entries(feed: str, register: Register) -> pa.Table:
    rows = len(register.person)
    more = {
        "source": pa.array([feed]).take(pa.array(np.zeros(rows, dtype=np.int32))),
        "record_id": pa.array(register.number).cast(pa.string()),
        "row": pa.array(np.arange(2, rows + 2)),
        "person": pa.array(register.person),
        "known_at": pa.array(register.known).cast(pa.date32()),
        "nhs_passed": _nhs_passed(register.entries.column("nhs_number")),
    }
    entries = register.entries
    return pa.table({name: entries.column(name) for name in entries.column_names} | more)


def _nhs_passed(numbers: pa.ChunkedArray) -> pa.Array:
    """Check the last digit of NHS numbers (modulus 11), all at once; blanks do not pass."""
    text = numbers.combine_chunks().fill_null("0000000001")
    whole = text.cast(pa.int64()).to_numpy()
    digits = whole[:, None] // 10 ** np.arange(9, -1, -1) % 10
    return pa.array((digits @ np.arange(10, 0, -1)) % 11 == 0)


def _ties(county: County) -> pa.Table:
    ties = county.world.ties
    kinds = pa.array(TIE_KINDS).take(pa.array(ties.kind))
    return pa.table({"a": ties.a, "b": ties.b, "kind": kinds})


# Entries merged by mistake share a number; the first is the record, and its truth is unknown.
_ONE_ROW_A_KEY = """
    SELECT *, count(*) OVER (PARTITION BY source, record_id) AS entries,
        CASE WHEN address IS NOT NULL
             THEN md5(upper(address) || '|' || coalesce(postcode, upper(town), ''))
             WHEN uprn IS NOT NULL THEN md5('uprn|' || uprn) END AS address_id
    FROM held QUALIFY row_number() OVER (PARTITION BY source, record_id ORDER BY "row") = 1
"""
_SCHEMES = {
    "nhs_number": "CASE WHEN nhs_passed THEN 'passed' ELSE 'failed' END",
    "upn": "'passed'",
    "former_upn": "'passed'",
    "national_insurance_number": "'passed'",
    "pnc_id": "'passed'",
}
_NAMES = {"national_insurance_number": "nino", "pnc_id": "pnc"}
_SQL = {
    "person_record": f"""
        SELECT source, record_id, source AS agency, forename, middle_names, surname,
               former_surname, known_as AS preferred_name, date_of_birth, expected_date_of_birth,
               date_of_death, nullif(sex, 'U') AS sex, CAST(NULL AS VARCHAR) AS gender, ethnicity,
               ethnicity AS ethnicity_raw, expected_date_of_birth IS NOT NULL AS unborn,
               'S0' AS seal, {PROVENANCE} FROM one""",
    "identifier": " UNION ALL ".join(
        f"""SELECT record_id, '{_NAMES.get(column, column)}' AS scheme, {column} AS value,
                   {check} AS "check", CAST(NULL AS DATE) AS valid_from,
                   CAST(NULL AS DATE) AS valid_to, source, {PROVENANCE},
                   CAST(NULL AS DATE) AS superseded_at
            FROM one WHERE {column} IS NOT NULL"""
        for column, check in _SCHEMES.items()
    ),
    "address": f"""
        SELECT address_id, uprn, address AS line, town, postcode, true AS postcode_valid,
               CAST(NULL AS DOUBLE) AS easting, CAST(NULL AS DOUBLE) AS northing, source,
               {PROVENANCE} FROM one WHERE address_id IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY source, address_id ORDER BY "row") = 1""",
    "residence": f"""
        SELECT record_id, address_id, 'home' AS kind, address_from AS started_on,
               address_to AS ended_on, source, {PROVENANCE}, CAST(NULL AS DATE) AS superseded_at
        FROM one WHERE address_id IS NOT NULL""",
    "relationship": f"""
        SELECT record_id, other_record_id, kind, CAST(NULL AS DATE) AS started_on,
               CAST(NULL AS DATE) AS ended_on, source, {PROVENANCE},
               CAST(NULL AS DATE) AS superseded_at
        FROM one JOIN tie ON person = b JOIN (
            SELECT source, person AS a, record_id AS other_record_id FROM one
        ) USING (source, a)
        WHERE kind IN ('parent', 'partner', 'sibling') AND source IN {KNOWS_RELATIONS}""",
    "truth": """SELECT source, record_id, CASE WHEN entries = 1 THEN person END AS person
                FROM one ORDER BY source, record_id""",
}  # fmt: skip
