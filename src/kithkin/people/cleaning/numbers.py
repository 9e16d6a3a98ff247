"""The numbers by which agencies know a person, and how a household is reached."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from kithkin.people.rules import LinkageRules


def current_identifiers(con: duckdb.DuckDBPyConnection) -> str:
    """Give the SQL of the identifiers that count: present, and not superseded."""
    return f"SELECT DISTINCT * FROM ({_identifiers(con)})"


def _identifiers(con: duckdb.DuckDBPyConnection) -> str:
    return f"""
        SELECT source, record_id, scheme, "check",
               upper(regexp_replace(value, '[^0-9A-Za-z]', '', 'g')) AS value
        FROM identifier
        WHERE regexp_matches(value, '[1-9A-Za-z]') {_current(con)}
    """


def _current(con: duckdb.DuckDBPyConnection) -> str:
    columns = con.sql("SELECT * FROM identifier LIMIT 0").columns
    return "AND superseded_at IS NULL" if "superseded_at" in columns else ""


def personal_numbers(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> pa.Table:
    """Give rid, scheme and number (`scheme:value`) of numbers that one person should have.

    An agency's own case ids and what a household shares are no such numbers; nor is a value on
    more records than `limits.number`. A scheme that is not national has its agency in its name.
    """
    ids = rules.identifiers
    return con.sql(
        f"""
        WITH counted AS (
            SELECT DISTINCT r.rid, i.value,
                   CASE WHEN list_contains($national, i.scheme)
                        THEN {scheme_name(ids.same_scheme)}
                        ELSE i.scheme || '@' || r.agency END AS scheme
            FROM ({_identifiers(con)}) i JOIN people_record r USING (source, record_id)
            WHERE NOT list_contains($left_out, i.scheme)
        ), crowded AS (
            SELECT scheme, value FROM counted GROUP BY ALL HAVING count(*) > $most
        )
        SELECT rid, scheme, scheme || ':' || value AS number
        FROM counted ANTI JOIN crowded USING (scheme, value)
        """,
        params={
            "left_out": [*ids.inside_agency, *ids.shared_at_home],
            "national": list(ids.national),
            "most": rules.limits.number,
        },
    ).to_arrow_table()


def scheme_name(same: Mapping[str, str]) -> str:
    """Give the SQL of an identifier's scheme, a former number counted with the present one."""
    whens = "".join(f" WHEN '{one}' THEN '{other}'" for one, other in sorted(same.items()))
    return f"CASE i.scheme{whens} ELSE i.scheme END"


def contacts(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> pa.Table:
    """Give rid, scheme, value and contact: `phone:+441452396396`, `email:ann@example.org`.

    Of the schemes of `identifiers.shared_at_home`. What is no such number or address, and what
    more than `limits.number` records give (an office, a ward), is left out.
    """
    return con.sql(
        f"""
        WITH given AS (
            SELECT DISTINCT source, record_id, scheme, value FROM identifier
            WHERE list_contains($schemes, scheme) {_current(con)}
        ), told AS (
            SELECT DISTINCT r.rid, scheme,
                   CASE scheme WHEN 'phone' THEN {_phone()}
                               WHEN 'email' THEN {_email()}
                               ELSE lower(trim(value)) END AS value
            FROM given JOIN people_record r USING (source, record_id)
        )
        SELECT rid, scheme, value, scheme || ':' || value AS contact FROM told WHERE value <> ''
        QUALIFY count(*) OVER (PARTITION BY scheme, value) <= $most
        """,
        params={"schemes": list(rules.identifiers.shared_at_home), "most": rules.limits.number},
    ).to_arrow_table()


def _phone() -> str:
    """Give the SQL of a telephone number in full international form (E.164); null when it is none.

    A number without its first 0, as spreadsheets leave it, is read when it is a mobile's.
    """
    figures = r"regexp_replace(replace(value, '(0)', ''), '[^0-9+]', '', 'g')"
    whole = rf"regexp_replace({figures}, '^(?:00|\+)', '+')"
    return rf"""CASE
        WHEN regexp_matches({whole}, '^[+]440?[1-9][0-9]{{8,9}}$')
            THEN '+44' || regexp_replace({whole}, '^[+]440?', '')
        WHEN regexp_matches({whole}, '^[+][1-9][0-9]{{7,14}}$') THEN {whole}
        WHEN regexp_matches({whole}, '^0[1-9][0-9]{{8,9}}$') THEN '+44' || {whole}[2:]
        WHEN regexp_matches({whole}, '^44[1-9][0-9]{{8,9}}$') THEN '+' || {whole}
        WHEN regexp_matches({whole}, '^7[0-9]{{9}}$') THEN '+44' || {whole}
    END"""


def _email() -> str:
    """Give the SQL of an email address in lower case; null when it is none."""
    plain = "regexp_replace(lower(trim(value)), '^mailto:', '')"
    return rf"CASE WHEN regexp_matches({plain}, '^[^@\s]+@[^@\s]+[.][^@\s]+$') THEN {plain} END"
