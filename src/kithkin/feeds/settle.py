"""Settles successive deliveries of one source into dated versions of its rows.

A row that a later delivery repeats stays as it first came. A row that changed, or that a later
full extract lacks, gets `superseded_at`: the day of that extract. On an as-of date the rows that
count are those with `known_at <= as_of` and `superseded_at` null or later than it
(`tests/feeds/test_settle.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from kithkin.engine import Resources, open_duckdb
from kithkin.feeds.landing import DELIVERY_SCHEMA, landed_files
from kithkin.model.tables import PROVENANCE, SOURCE_TABLES

RULES: dict[str, str] = {
    "K-CORE-KEY": "Rows of one delivery have one key and differ; the last one counts",
    "K-CORE-CIRCULAR": "Two persons are each the other's parent, or a person is their own relative",
    "K-CORE-NOPERSON": "A row is about a person of whom the source sent no record",
}

COLUMNS: Mapping[str, tuple[str, ...]] = {t.name: tuple(t.columns) for t in SOURCE_TABLES}
SCHEMAS = {t.name: t.schema() for t in SOURCE_TABLES} | {"delivery": DELIVERY_SCHEMA}

# What makes two rows of one source the same fact, as SQL over the table's columns.
KEYS: Mapping[str, tuple[str, ...]] = {
    "person_record": ("record_id",),
    "event": ("event_id",),
    "identifier": ("record_id", "scheme", "value"),
    "residence": ("record_id", "address_id", "kind", "started_on"),
    "relationship": ("record_id", "other_record_id", "kind", "started_on"),
    "service_involvement": (
        "record_id",
        "involvement_id",
        "CASE WHEN involvement_id IS NULL THEN service END",
        "CASE WHEN involvement_id IS NULL THEN started_on END",
    ),
    "contact": ("contact_id", "record_id"),
    "address": ("address_id",),
    "professional": ("professional_id",),
}
# What else puts rows in one order, where several have one place of origin.
KEY_ORDER = {"person_record": ", record_id", "finding": ", file, row, rule, value, message"}
VERSIONED = ("event", "identifier", "residence", "relationship", "service_involvement", "contact")
LATEST = ("address", "professional")  # reference tables: the latest row, known since the first
PASSED_ON = ("set_aside", "file_account")
# Columns that say who a person is: two values in one delivery are worth a look.
IDENTIFYING = ("forename", "surname", "date_of_birth", "sex")
PARENTS = "('mother', 'father', 'parent')"
# A row's origin and when its end was known may differ where the fact is the same.
_NOT_CONTENT = {*PROVENANCE, "end_known_at"}


@dataclass(frozen=True)
class Settled:
    """Where the settled tables are, one Parquet file each, and how many rows each has."""

    folder: Path
    rows: dict[str, int]


def settle(landed: Path, out: Path, resources: Resources | None = None) -> Settled:
    """Write the settled tables of a folder that `land` wrote.

    `out` gets `<table>.parquet` for each source table and for `person_record_version`, which
    holds what a person's record said before a later delivery changed it. Tables of facts have the
    further column `superseded_at`; findings, rows set aside and accounts do not. The order of
    rows is that of sources, deliveries and files, so the bytes follow from the input, whatever
    `resources` (memory, threads and disk) it may use.
    """
    out.mkdir(parents=True, exist_ok=True)
    with open_duckdb(resources, spill_to=out) as con:
        _read(con, landed)
        _settle_people(con)
        _settle_events(con)
        for table in VERSIONED[1:]:
            _version(con, f"raw_{table}", table, _hash(_content(table)))
            _find_clashes(con, table)
        for table in LATEST:
            _keep_latest(con, table)
        _add_bare_people(con)
        _drop_circular(con)
        tables = (*KEYS, "event_person", "person_record_version", *PASSED_ON, "finding")
        return Settled(out, {table: _write(con, table, out) for table in sorted(tables)})


# --- reading and writing -----------------------------------------------------------------------


def _read(con: duckdb.DuckDBPyConnection, landed: Path) -> None:
    for table, schema in SCHEMAS.items():
        if files := [str(path) for path in landed_files(landed, table)]:
            relation = con.read_parquet(files, file_row_number=True)
        else:
            relation = con.from_arrow(schema.empty_table()).project("*, 0::BIGINT file_row_number")
        relation.create_view(f"landed_{table}")
    con.execute("""
        CREATE TABLE deliveries AS
        SELECT *,
            min(seq) FILTER (full_extract) OVER after AS next_full,
            max(extracted_on) FILTER (full_extract) OVER before AS earlier_full
        FROM (SELECT * EXCLUDE file_row_number, row_number() OVER
                  (PARTITION BY source ORDER BY extracted_on, batch_id) AS seq
              FROM landed_delivery)
        WINDOW after AS (PARTITION BY source ORDER BY seq
                         ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING),
               before AS (PARTITION BY source ORDER BY seq
                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)""")
    con.execute("""
        CREATE TABLE successive AS
        SELECT source FROM deliveries GROUP BY source HAVING count(*) > 1""")
    for table in (*KEYS, "event_person"):
        con.execute(f"""
            CREATE VIEW raw_{table} AS
            SELECT r.* EXCLUDE file_row_number, r.file_row_number AS _pos, d.seq AS _seq,
                d.next_full AS _next_full, d.earlier_full AS _earlier_full,
                d.extracted_on AS _day, d.full_extract AS _full
            FROM landed_{table} r JOIN deliveries d USING (source, batch_id)""")
    for table in PASSED_ON:
        con.execute(f"""
            CREATE VIEW {table} AS
            SELECT r.* EXCLUDE file_row_number, d.seq AS _seq, file_row_number AS _pos
            FROM landed_{table} r JOIN deliveries d USING (source, batch_id)""")
    con.execute("""
        CREATE TABLE finding AS
        SELECT r.* EXCLUDE file_row_number, coalesce(d.seq, 0) AS _seq, file_row_number AS _pos
        FROM landed_finding r LEFT JOIN deliveries d USING (source, batch_id)""")


def _write(con: duckdb.DuckDBPyConnection, table: str, out: Path) -> int:
    name = "person_record" if table == "person_record_version" else table
    dated = () if table in (*PASSED_ON, "finding") else ("superseded_at",)
    columns = ", ".join(f'"{column}"' for column in (*COLUMNS[name], *dated))
    con.execute(f"""
        COPY (SELECT {columns} FROM {table}
              ORDER BY source, _seq, _pos{KEY_ORDER.get(table, "")})
        TO '{out / f"{table}.parquet"}' (FORMAT parquet, COMPRESSION zstd)""")
    return int(_one(con, f"SELECT count(*) FROM {table}"))


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return 0 if row is None else row[0]


# --- versions ----------------------------------------------------------------------------------


def _content(table: str) -> list[str]:
    return [f'"{name}"' for name in COLUMNS[table] if name not in _NOT_CONTENT]


def _hash(parts: Sequence[str]) -> str:
    """Hash as SQL; only ever compared within one run, so DuckDB's own will do."""
    return f"hash(row({', '.join(parts)}))"


def _version(con: duckdb.DuckDBPyConnection, rows: str, table: str, content: str) -> None:
    """Make the settled `table` from `rows`: one row for each run of deliveries that agree.

    A run ends where the next delivery that has the key says something else, or where a full
    extract in between lacks it. Inside one delivery the last row of a key counts; its provenance
    is the first row that says the same.
    """
    key = ", ".join(("source", *KEYS[table]))
    columns = ", ".join(KNOWN.get(name, f'"{name}"') for name in COLUMNS[table])
    repeated = _repeated(con, rows, KEYS[table])
    con.execute(f"""
        CREATE TABLE {table} AS
        WITH stated AS (
            SELECT *, {content} AS _content, {_row_key(KEYS[table])} AS _key FROM {rows}
        ), single AS (
            SELECT * FROM stated WHERE _key NOT IN (FROM {repeated})
            UNION ALL BY NAME
            SELECT * EXCLUDE _last FROM (
                SELECT *, last_value(_content) OVER (
                    PARTITION BY {key}, batch_id ORDER BY _pos
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS _last
                FROM stated WHERE _key IN (FROM {repeated}))
            WHERE _content = _last
            QUALIFY row_number() OVER (PARTITION BY {key}, batch_id ORDER BY _pos) = 1
        ), marked AS (
            SELECT *, lead(_seq) OVER by_key AS _next_seq,
                lag(_content) OVER by_key IS DISTINCT FROM _content
                    OR coalesce(lag(_next_full) OVER by_key < _seq, false) AS _starts
            FROM single WHERE source IN (FROM successive)
            WINDOW by_key AS (PARTITION BY {key} ORDER BY _seq)
        ), numbered AS (
            SELECT *, sum(_starts::INT) OVER (PARTITION BY {key} ORDER BY _seq) AS _run FROM marked
        ), ended AS (
            SELECT *, least(last_value(_next_full) OVER in_run, last_value(_next_seq) OVER in_run)
                AS _end_seq
            FROM numbered
            WINDOW in_run AS (PARTITION BY {key}, _run ORDER BY _seq
                              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
            QUALIFY row_number() OVER (PARTITION BY {key}, _run ORDER BY _seq) = 1
        ), dated AS (
            SELECT * EXCLUDE (_next_seq, _starts) FROM ended
            UNION ALL BY NAME
            SELECT *, 1 AS _run, NULL AS _end_seq FROM single WHERE source NOT IN (FROM successive)
        )
        SELECT {columns}, e.extracted_on AS superseded_at, _seq, _pos, _run
        FROM dated r LEFT JOIN
            (SELECT source AS _source, seq, extracted_on FROM deliveries) e
            ON e._source = r.source AND e.seq = r._end_seq""")


def _row_key(key: Sequence[str]) -> str:
    """Hash a row's key and delivery as SQL; two keys with one hash only cost a little time."""
    return _hash(["source", "batch_id", *key])


def _repeated(con: duckdb.DuckDBPyConnection, rows: str, key: Sequence[str]) -> str:
    """Make a table of the keys that come more than once in a delivery; give its name.

    They are few, and only they need to be put in order.
    """
    name = f"repeated_{rows}"
    con.execute(f"""
        CREATE TABLE {name} AS
        SELECT {_row_key(key)} AS _key FROM {rows} GROUP BY ALL HAVING count(*) > 1""")
    return name


# A later version was not known before the delivery that brought it; nor was a row that an earlier
# full extract ought to have held, unless the agency says on which day it was recorded.
_LATE = "(_run > 1 OR (known_basis <> 'recorded' AND coalesce(_earlier_full >= known_at, false)))"
KNOWN = {
    "known_at": f"CASE WHEN {_LATE} THEN _day ELSE known_at END AS known_at",
    "known_basis": f"CASE WHEN {_LATE} THEN 'extract' ELSE known_basis END AS known_basis",
}


def _keep_latest(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Keep each key's latest row, known since the first delivery that had it."""
    key = ", ".join(("source", *KEYS[table]))
    columns = ", ".join(
        f"min(known_at) OVER (PARTITION BY {key}) AS known_at"
        if name == "known_at"
        else f'"{name}"'
        for name in COLUMNS[table]
    )
    con.execute(f"""
        CREATE TABLE {table} AS
        SELECT {columns}, NULL::DATE AS superseded_at, _seq, _pos FROM raw_{table}
        QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _seq DESC, _pos) = 1""")


def _find_clashes(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Find keys of which one delivery says two things."""
    rows = "event_stated" if table == "event" else f"raw_{table}"
    content = _hash(_content(table))
    con.execute(f"""
        INSERT INTO finding BY NAME
        SELECT source, batch_id, arg_max(file, _pos) AS file, arg_max(row, _pos) AS row,
            '{KEYS[table][0]}' AS "column", any_value({KEYS[table][0]}) AS value,
            'K-CORE-KEY' AS rule, 'warning' AS severity,
            'Rows ' || array_to_string(list(row ORDER BY _pos)[:5], ', ')
                || ' give one {table.replace("_", " ")} and differ; the last one counts.'
                AS message,
            'Send one row, or a key that tells them apart.' AS remedy,
            any_value(_seq) AS _seq, max(_pos) AS _pos
        FROM raw_{table} WHERE {_row_key(KEYS[table])} IN (FROM repeated_{rows})
        GROUP BY source, batch_id, {", ".join(KEYS[table])}
        HAVING count(*) > 1 AND count(DISTINCT {content}) > 1""")


# --- people and events -------------------------------------------------------------------------


def _settle_people(con: duckdb.DuckDBPyConnection) -> None:
    """Settle person records: one row a person, and apart from it what was said before.

    Files of one delivery each say something of a person, so its rows are merged, the later cell
    before the earlier, a cell before a blank, the strictest seal before others. Likewise over
    deliveries, back to the last full extract, which says all that the source knows.
    """
    con.execute(f"""
        CREATE TABLE person_stated AS
        SELECT source, record_id, batch_id, {_merged("_pos")}, arg_min(file, _pos) AS file,
            arg_min(row, _pos) AS row, min(known_at) AS known_at,
            arg_min(known_basis, known_at) AS known_basis, min(_pos) AS _pos,
            any_value(_seq) AS _seq, any_value(_next_full) AS _next_full,
            any_value(_earlier_full) AS _earlier_full, any_value(_day) AS _day,
            any_value(_full) AS _full
        FROM raw_person_record GROUP BY source, record_id, batch_id""")
    _version(con, "person_stated", "person_record", _hash(_content("person_record")))
    con.execute("ALTER TABLE person_record RENAME TO person_run")
    last = "_run = max(_run) OVER (PARTITION BY source, record_id)"
    con.execute(f"CREATE VIEW person_record_version AS FROM person_run QUALIFY NOT ({last})")
    columns = ", ".join(COLUMNS["person_record"])
    con.execute(f"""
        CREATE TABLE person_record AS
        WITH start AS (
            SELECT source, record_id, coalesce(max(_seq) FILTER (_full), 0) AS _from
            FROM person_stated GROUP BY source, record_id
        ), merged AS (
            SELECT source, record_id, {_merged("_seq")}
            FROM person_stated JOIN start USING (source, record_id)
            WHERE _seq >= _from GROUP BY source, record_id
        ), provenance AS (
            SELECT source, record_id, batch_id, file, row, superseded_at, _seq, _pos, _run,
                first_value(known_at) OVER whole AS known_at,
                first_value(known_basis) OVER whole AS known_basis
            FROM person_run WINDOW whole AS (PARTITION BY source, record_id ORDER BY _run)
            QUALIFY {last}
        )
        SELECT {columns}, superseded_at, _seq, _pos
        FROM merged JOIN provenance USING (source, record_id)""")
    _find_two_identities(con)


def _merged(order: str) -> str:
    """Write the merge of a person's rows in `order` as SQL; `arg_max` passes over blanks."""
    return ", ".join(
        f"max({name}) AS {name}" if name == '"seal"' else f"arg_max({name}, {order}) AS {name}"
        for name in _content("person_record")
        if name != '"record_id"'
    )


def _find_two_identities(con: duckdb.DuckDBPyConnection) -> None:
    differ = " OR ".join(f"count(DISTINCT {name}) > 1" for name in IDENTIFYING)
    con.execute(f"""
        INSERT INTO finding BY NAME
        SELECT source, batch_id, arg_max(file, _pos) AS file, arg_max(row, _pos) AS row,
            'record_id' AS "column", record_id AS value, 'K-CORE-KEY' AS rule,
            'warning' AS severity,
            'Rows of one person record differ in name, date of birth or sex; the last cell counts.'
                AS message,
            'Check that the id belongs to one person only.' AS remedy,
            any_value(_seq) AS _seq, max(_pos) AS _pos
        FROM raw_person_record GROUP BY source, batch_id, record_id HAVING {differ}""")


def _settle_events(con: duckdb.DuckDBPyConnection) -> None:
    """Settle events together with those who took part: another part is a changed event.

    Each person of an incident often has a row of their own, so the people of one event in one
    delivery are brought together over its rows.
    """
    part = ("event_id", "record_id", "role")
    repeated = _repeated(con, "raw_event_person", part)
    con.execute(f"""
        CREATE TABLE part AS
        SELECT * FROM raw_event_person WHERE {_row_key(part)} NOT IN (FROM {repeated})
        UNION ALL
        SELECT * FROM raw_event_person WHERE {_row_key(part)} IN (FROM {repeated})
        QUALIFY row_number() OVER
            (PARTITION BY source, batch_id, {", ".join(part)} ORDER BY _pos DESC) = 1""")
    con.execute(f"""
        CREATE TABLE event_stated AS
        SELECT e.*, p._people FROM raw_event e LEFT JOIN (
            SELECT source, batch_id, event_id,
                sum({_hash(("record_id", "role", "age_at_event"))}::HUGEINT) AS _people
            FROM part GROUP BY source, batch_id, event_id
        ) p USING (source, batch_id, event_id)""")
    _version(con, "event_stated", "event", _hash([*_content("event"), "_people"]))
    con.execute(f"""
        CREATE TABLE event_person AS
        SELECT {", ".join(_part_columns())}, e.superseded_at, p._seq, p._pos
        FROM part p JOIN event e USING (source, batch_id, event_id)""")
    _find_clashes(con, "event")


def _part_columns() -> list[str]:
    """Take each column from the part, save when the fact was known: that is the event's."""
    known = ("known_at", "known_basis")
    return [f'{"e" if name in known else "p"}."{name}"' for name in COLUMNS["event_person"]]


# --- what cannot be ----------------------------------------------------------------------------


def _drop_circular(con: duckdb.DuckDBPyConnection) -> None:
    """Leave out relationships that cannot be, with a finding each.

    A correction is not circular: one of the two rows had been superseded when the other came.
    The source rows stay loaded in the account of their file, for they say more than this.
    """
    con.execute(f"""
        CREATE TABLE circular AS
        SELECT DISTINCT a._seq, a._pos, a.source, a.batch_id, a.file, a.row, a.record_id,
            a.other_record_id, a.kind
        FROM relationship a LEFT JOIN relationship b
            ON a.source = b.source AND a.record_id = b.other_record_id
            AND a.other_record_id = b.record_id AND a.kind IN {PARENTS} AND b.kind IN {PARENTS}
            AND a.known_at < coalesce(b.superseded_at, DATE 'infinity')
            AND b.known_at < coalesce(a.superseded_at, DATE 'infinity')
        WHERE a.record_id = a.other_record_id OR b.source IS NOT NULL""")
    con.execute("""
        DELETE FROM relationship r USING circular c
        WHERE r.source = c.source AND r.batch_id = c.batch_id AND r._pos = c._pos""")
    con.execute("""
        INSERT INTO finding BY NAME
        SELECT source, batch_id, file, row, 'other_record_id' AS "column",
            other_record_id AS value, 'K-CORE-CIRCULAR' AS rule, 'warning' AS severity,
            CASE WHEN record_id = other_record_id
                THEN record_id || ' is given as their own ' || kind
                ELSE record_id || ' and ' || other_record_id || ' are each the other''s parent'
            END || '; the relationship was left out.' AS message,
            'Correct the relationship in the source system.' AS remedy, _seq, _pos
        FROM circular""")


def _add_bare_people(con: duckdb.DuckDBPyConnection) -> None:
    """Make a person record of nothing but its id for whoever a row is about without one."""
    named = [("event_person", "record_id"), ("relationship", "other_record_id")]
    named += [(table, "record_id") for table in VERSIONED[1:]]
    mentions = " UNION ALL ".join(
        f"SELECT source, {column} AS record_id, batch_id, file, row, known_at, known_basis, _seq, "
        f"_pos, '{table}' AS _table FROM {table} WHERE {column} IS NOT NULL"
        for table, column in named
    )
    order = "known_at, _seq, _table, _pos"
    con.execute(f"""
        CREATE TABLE bare AS
        SELECT m.*, d.agency, 'S0' AS seal, false AS unborn
        FROM ({mentions}) m JOIN deliveries d USING (source, batch_id)
        ANTI JOIN person_record p USING (source, record_id)
        QUALIFY row_number() OVER (PARTITION BY source, record_id ORDER BY {order}) = 1""")
    con.execute("INSERT INTO person_record BY NAME SELECT * EXCLUDE _table FROM bare")
    con.execute("""
        INSERT INTO finding BY NAME
        SELECT source, arg_min(batch_id, _seq) AS batch_id, arg_min(file, (_seq, file, row)) AS file,
            'record_id' AS "column", 'K-CORE-NOPERSON' AS rule, 'note' AS severity,
            count(*) || ' persons have no record of their own, first met in '
                || array_to_string(list(file || ' row ' || row ORDER BY _seq, file, row)[:5], ', ')
                || '; each was given a record that holds the id alone.' AS message,
            'Send these persons with the file of persons.' AS remedy,
            min(_seq) AS _seq, 0 AS _pos
        FROM bare GROUP BY source""")
