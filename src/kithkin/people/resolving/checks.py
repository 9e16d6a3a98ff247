"""Persons who may be two: what their records say together is held against what one person can be.

Nothing is split here: what a score alone may not join is refused while records join. What numbers
and rulings have joined, and what is merely odd, is for a human to look at.
"""

from __future__ import annotations

from math import inf

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.resolving.evidence import Evidence
from kithkin.people.resolving.kernel import Flags, Whole
from kithkin.people.resolving.rulings import Rulings
from kithkin.people.resolving.tables import FindingTable, JoinedTable
from kithkin.people.rules import Checks, LinkageRules


def find_doubtful_persons(
    records: ComparableTable,
    evidence: Evidence,
    cluster: Whole,
    joined: JoinedTable,
    rulings: Rulings,
    rules: LinkageRules,
) -> FindingTable:
    """Find persons of several records who may be two people, one row a check.

    Two dates of birth or both sexes, each from several agencies; two different numbers of a kind
    that no score outweighs;
    very many records, or very many of one source. The pair named is of two records that disagree,
    or, where none do, the weakest that joined. A check is silent where people have ruled its pair
    the same, or, of a size, any pair of that person.
    """
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        asked = _asked_about(records, evidence, cluster, rules)
        _register(con, records, evidence, cluster, joined, rulings, asked)
        data = con.sql(_findings_sql(rules)).to_arrow_table()
    return FindingTable(data.cast(FindingTable.schema()))


def _asked_about(
    records: ComparableTable, evidence: Evidence, cluster: Whole, rules: LinkageRules
) -> Flags:
    """Mark the records of persons of whom any check could speak; hardly anyone is such.

    Whose records all tell one date of birth, one sex and one number of a kind is not, unless they
    are many.
    """
    data, held = records.data, evidence.exclusive.data
    everybody = np.arange(len(cluster), dtype=np.int32)
    asked = np.bincount(cluster, minlength=len(cluster)) > min(
        rules.checks.largest, rules.checks.of_one_source
    )
    for column in ("date_of_birth", "sex"):
        asked |= _differing(cluster, everybody, data.column(column))
    for scheme in _lasting(rules):
        numbers = held.filter(pc.equal(held.column("scheme"), scheme))
        holders = numbers.column("rid").to_numpy()
        asked |= _differing(cluster, holders, numbers.column("number"))
    return np.asarray(asked[cluster], np.bool_)


def _differing(cluster: Whole, rids: Whole, values: pa.ChunkedArray) -> Flags:
    """Say of which leaders' records two tell different values; one that tells none says nothing."""
    codes = values.combine_chunks().dictionary_encode().indices
    told = codes.is_valid().to_numpy(zero_copy_only=False)
    code, person = codes.drop_null().to_numpy(), cluster[rids[told]]
    lowest, highest = np.full((2, len(cluster)), -1, np.int64)
    lowest[person] = code  # any of them to begin with
    np.maximum.at(highest, person, code)
    np.minimum.at(lowest, person, code)
    return np.asarray(lowest != highest, np.bool_)


def _lasting(rules: LinkageRules) -> list[str]:
    """Give the schemes of which two different numbers are outweighed by no score."""
    return [name for name, bits in rules.identifiers.exclusive.items() if bits == inf]


def _register(
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    evidence: Evidence,
    cluster: Whole,
    joined: JoinedTable,
    rulings: Rulings,
    asked: Flags,
) -> None:
    columns = ["rid", "source", "agency", "date_of_birth", "sex"]
    data = records.data.select(columns).append_column("person", pa.array(cluster, pa.int32()))
    con.register("record", data.filter(pa.array(asked)))
    con.register("joined", joined.data)
    con.register("exclusive", evidence.exclusive.data)
    same = {"a": [one for one, _, _ in rulings.same], "b": [two for _, two, _ in rulings.same]}
    con.register("same", pa.table(same, schema=pa.schema([("a", pa.int32()), ("b", pa.int32())])))
    con.execute("""
        CREATE TABLE held AS SELECT *, coalesce(agency, source) AS teller FROM record
        QUALIFY count(*) OVER (PARTITION BY person) > 1
    """)


def _findings_sql(rules: LinkageRules) -> str:
    checks = rules.checks
    lasting = ", ".join(f"'{name}'" for name in _lasting(rules))
    return f"""
        WITH births AS ({_told_by_several("date_of_birth", checks)}),
        sexes AS ({_told_by_several("sex", checks)}),
        numbers AS (
            SELECT person, scheme, number, min(rid) AS rid
            FROM held JOIN exclusive USING (rid)
            WHERE scheme IN ({lasting}) GROUP BY ALL
        ), pair AS (
            SELECT a.person, a.rid, b.rid AS other, 'births' AS "check",
                   'several agencies say born on ' || strftime(a.value, '%-d %B %Y')
                   || ', several others on ' || strftime(b.value, '%-d %B %Y') AS why
            FROM births a JOIN births b ON a.person = b.person AND a.rid < b.rid
            WHERE NOT {_near("a.value", "b.value")}
            UNION ALL
            SELECT a.person, a.rid, b.rid, 'sexes',
                   'several agencies say one sex, several others the other'
            FROM sexes a JOIN sexes b ON a.person = b.person AND a.rid < b.rid
            UNION ALL
            SELECT a.person, a.rid, b.rid, 'numbers',
                   'two different verified numbers (' || a.scheme || ')'
            FROM numbers a JOIN numbers b
              ON a.person = b.person AND a.scheme = b.scheme AND a.number <> b.number
            WHERE a.rid <= b.rid
        ), whole AS (
            SELECT person, 'size' AS "check", count(*) || ' records' AS why
            FROM held GROUP BY person HAVING count(*) > {checks.largest}
            UNION ALL
            SELECT person, 'one source', count(*) || ' records of ' || source
            FROM held GROUP BY person, source HAVING count(*) > {checks.of_one_source}
        ), weakest AS (
            SELECT person, left_rid, right_rid, probability,
                   bool_or(basis = 'ruling') OVER (PARTITION BY person) AS ruled
            FROM joined JOIN held ON held.rid = left_rid
            QUALIFY row_number() OVER (
                PARTITION BY person ORDER BY weight, left_rid, right_rid) = 1
        ), found AS (
            SELECT least(rid, other) AS left_rid, greatest(rid, other) AS right_rid,
                   pair."check", probability, why, person
            FROM pair JOIN weakest USING (person)
            WHERE (least(rid, other), greatest(rid, other)) NOT IN (SELECT (a, b) FROM same)
            QUALIFY row_number() OVER (PARTITION BY person, "check" ORDER BY rid, other) = 1
            UNION ALL
            SELECT left_rid, right_rid, "check", probability, why, person
            FROM whole JOIN weakest USING (person) WHERE NOT ruled
            QUALIFY row_number() OVER (PARTITION BY person, "check" ORDER BY why DESC) = 1
        )
        SELECT left_rid, right_rid, "check", probability, why FROM found
        ORDER BY person, "check"
    """


def _told_by_several(column: str, checks: Checks) -> str:
    return f"""
        SELECT person, {column} AS value, min(rid) AS rid FROM held WHERE {column} IS NOT NULL
        GROUP BY person, {column} HAVING count(DISTINCT teller) >= {checks.several}
    """


def _near(one: str, other: str) -> str:
    """Give the SQL of two dates of which one may be the other mistyped, as `kernel.near_dates`."""
    return f"""(damerau_levenshtein(CAST({one} AS VARCHAR), CAST({other} AS VARCHAR)) <= 1
        OR (year({one}) = year({other}) AND month({one}) = day({other})
            AND day({one}) = month({other})))"""
