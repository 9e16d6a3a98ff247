"""What is certain about two records without a score: a number they share, a twin they may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import duckdb
import pyarrow as pa

from kithkin.model.tables import TEXT, WHOLE, Columns, TypedTable
from kithkin.people.cleaning.comparable import ComparableTable, current_identifiers, scheme_name
from kithkin.people.rules import LinkageRules


class SharedNumberTable(TypedTable):
    """Two records, `left_rid < right_rid`, with one verified number; `against` says what clashes."""

    name = "shared_number"
    columns: ClassVar[Columns] = {
        "left_rid": WHOLE,
        "right_rid": WHOLE,
        "scheme": TEXT,
        "against": TEXT,  # null: nothing; the records join
    }


class PossibleTwinTable(TypedTable):
    """Two records of one surname and date of birth with different given names."""

    name = "possible_twin"
    columns: ClassVar[Columns] = {"left_rid": WHOLE, "right_rid": WHOLE}


class ExclusiveNumberTable(TypedTable):
    """A verified number of which a person has one."""

    name = "exclusive_number"
    columns: ClassVar[Columns] = {"rid": WHOLE, "number": TEXT}


@dataclass(frozen=True)
class Evidence:
    """All that binds or parts records whatever they score."""

    shared: SharedNumberTable
    twins: PossibleTwinTable
    exclusive: ExclusiveNumberTable
    numbers_left_out: int


def gather_evidence(
    con: duckdb.DuckDBPyConnection, records: ComparableTable, rules: LinkageRules
) -> Evidence:
    """Find records that share a verified number, records that may be twins, exclusive numbers."""
    con.register("people_comparable", records.data)
    con.execute(f"CREATE OR REPLACE TEMP TABLE people_strong AS {_strong_numbers(con, rules)}")
    try:
        return Evidence(
            shared=SharedNumberTable(_table(con, _shared_sql(rules), SharedNumberTable)),
            twins=PossibleTwinTable(_table(con, _twins_sql(rules), PossibleTwinTable)),
            exclusive=ExclusiveNumberTable(
                _table(con, _exclusive_sql(rules), ExclusiveNumberTable)
            ),
            numbers_left_out=con.sql(_left_out_sql(rules)).fetchall()[0][0],
        )
    finally:
        con.execute("DROP TABLE people_strong")
        con.unregister("people_comparable")


def _table(con: duckdb.DuckDBPyConnection, sql: str, kind: type[TypedTable]) -> pa.Table:
    return con.sql(sql).to_arrow_table().cast(kind.schema())


def _strong_numbers(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> str:
    """Numbers that identify: those whose check digit holds, and case ids inside one agency."""
    ids = rules.identifiers
    return f"""
        SELECT DISTINCT c.rid, {scheme_name(ids.same_scheme)} AS scheme,
               CASE WHEN i.scheme IN ({_quoted(ids.inside_agency)})
                    THEN c.agency || '/' || i.value ELSE i.value END AS value
        FROM ({current_identifiers(con)}) i
        JOIN people_comparable c USING (source, record_id)
        WHERE (i.scheme IN ({_quoted(ids.verified)}) AND i."check" = 'passed')
           OR i.scheme IN ({_quoted(ids.inside_agency)})
    """


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _left_out_sql(rules: LinkageRules) -> str:
    return f"""
        SELECT count(*) FROM (SELECT scheme, value FROM people_strong
                              GROUP BY scheme, value HAVING count(*) > {rules.limits.number})
    """


def _exclusive_sql(rules: LinkageRules) -> str:
    return f"""
        SELECT rid, scheme || ':' || value AS number FROM people_strong
        WHERE scheme IN ({_quoted(rules.identifiers.exclusive)})
        ORDER BY rid, number
    """


def _shared_sql(rules: LinkageRules) -> str:
    """Pairs by number; a record without a date of birth never stands between two dates."""
    return f"""
        WITH holder AS (
            SELECT s.scheme, s.value, c.*,
                   count(DISTINCT date_of_birth) OVER (PARTITION BY scheme, value) AS births
            FROM people_strong s JOIN people_comparable c USING (rid)
            QUALIFY count(*) OVER (PARTITION BY scheme, value) <= {rules.limits.number}
        ), pair AS (
            SELECT a.rid AS left_rid, b.rid AS right_rid, a.scheme,
                   CASE WHEN a.date_of_birth <> b.date_of_birth THEN 'dates of birth differ'
                        WHEN a.date_of_birth = b.date_of_birth THEN NULL
                        WHEN a.births > 1 THEN 'others with this number have two dates of birth'
                        WHEN a.unborn <> b.unborn THEN 'one is unborn'
                        WHEN {_names_clash("forename", rules)}
                        THEN 'forenames differ and a date of birth is missing'
                   END AS against
            FROM holder a JOIN holder b USING (scheme, value) WHERE a.rid < b.rid
        )
        SELECT left_rid, right_rid, min(scheme) AS scheme,
               CASE WHEN bool_or(against IS NULL) THEN NULL ELSE min(against) END AS against
        FROM pair GROUP BY left_rid, right_rid ORDER BY left_rid, right_rid
    """


def _twins_sql(rules: LinkageRules) -> str:
    """Follow the rule of the Ministry of Justice's person record service, with name variants first."""
    return f"""
        WITH held AS (
            SELECT c.*, item.key FROM people_comparable c, unnest(surname_keys) AS item(key)
            WHERE forename IS NOT NULL AND date_of_birth IS NOT NULL
            QUALIFY count(*) OVER (PARTITION BY key, date_of_birth) <= {rules.limits.block}
        )
        SELECT DISTINCT a.rid AS left_rid, b.rid AS right_rid
        FROM held a JOIN held b USING (key, date_of_birth)
        WHERE a.rid < b.rid
          AND ({_names_clash("forename", rules)} OR {_names_clash("middle", rules)})
        ORDER BY left_rid, right_rid
    """


def _names_clash(which: str, rules: LinkageRules) -> str:
    """Give the SQL of two given names that are neither one name spelt twice nor an initial."""
    name = {"forename": "forename", "middle": "middle_names"}[which]
    alike = (
        f"jaro_winkler_similarity(a.{name}, b.{name}) >= {rules.marks.twin_similarity}"
        # Two names known to be different are, however alike they look: Ali, Alia.
        + (" AND NOT (a.forename_known AND b.forename_known)" if which == "forename" else "")
    )
    initial = (
        f"(least(length(a.{name}), length(b.{name})) = 1 AND left(a.{name}, 1) = left(b.{name}, 1))"
    )
    return f"""(a.{name} IS NOT NULL AND b.{name} IS NOT NULL
        AND NOT list_has_any(a.{which}_keys, b.{which}_keys) AND NOT ({alike}) AND NOT {initial})"""
