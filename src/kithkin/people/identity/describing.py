"""What a person's records say together, and how surely they are one human being."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kithkin.people.cleaning.comparable import ComparableTable, latest_sql
from kithkin.people.identity.naming import positions
from kithkin.people.resolving.tables import Resolution
from kithkin.people.tables import PersonLinkTable, PersonTable

ONLY_RECORD = "only record of this person"


def link_table(
    records: ComparableTable, resolution: Resolution, ids: Sequence[str]
) -> PersonLinkTable:
    """Give every record its person with the strongest reason that ties it to the others."""
    joined = resolution.joined.data
    edge = _strongest_edge(len(records), joined)
    alone = edge < 0
    reason = joined.column("reason").take(pa.array(edge, mask=alone))
    probability = joined.column("probability").take(pa.array(edge, mask=alone))
    return PersonLinkTable(
        pa.Table.from_arrays(
            [
                records.data.column("source"),
                records.data.column("record_id"),
                pa.array(ids, pa.string()),
                pc.fill_null(probability, 1.0),
                pc.fill_null(reason, ONLY_RECORD),
            ],
            schema=PersonLinkTable.schema(),
        )
    )


def _strongest_edge(size: int, joined: pa.Table) -> NDArray[np.int64]:
    """Give, for each record, the place in `joined` of its strongest edge; -1 for none."""
    rids = np.concatenate([joined.column(end).to_numpy() for end in ("left_rid", "right_rid")])
    weight = np.tile(joined.column("weight").to_numpy(), 2)
    place = np.tile(np.arange(joined.num_rows), 2)
    order = np.lexsort((place, -weight, rids))
    rid, first = np.unique(rids[order], return_index=True)
    strongest = np.full(size, -1)
    strongest[rid] = place[order][first]
    return strongest


WRITTEN = (
    "agency", "forename", "preferred_name", "surname", "expected_date_of_birth", "date_of_death",
    "sex", "ethnicity", "seal", "unborn", "known_at",
)  # fmt: skip
"""The columns of a record, as written, that describe its person."""
TOLD = ("date_of_birth", "expected_date_of_birth", "date_of_death", "sex", "ethnicity")


def person_table(
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    links: PersonLinkTable,
    confidence: Mapping[str, float],
) -> PersonTable:
    """Sum up each person's records: what most of them say; of equals, what was known latest.

    A name is one record's whole name, never one record's forename before another's surname.
    `confidence` is of persons with several records; a person with one has 1.
    """
    persons, place = positions(links.data.column("person_id"))
    known = records.data.select(["rid", "source", "record_id", "forename", "surname"])
    known = known.append_column("date_of_birth", records.data.column("date_of_birth"))
    # Links stand in the order of records.
    con.register(
        "people_comparable", known.append_column("person_key", pa.array(place, pa.int32()))
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE people_told AS {_TOLD_SQL}")
    try:
        data = con.sql(_person_sql()).to_arrow_table()
    finally:
        con.execute("DROP TABLE people_told")
        con.unregister("people_comparable")
    data = data.append_column("person_id", persons)
    return confident(data, confidence)


def confident(persons: pa.Table, confidence: Mapping[str, float]) -> PersonTable:
    """Give persons, in order of ids, with how surely each is one."""
    sure = [confidence.get(person, 1.0) for person in persons.column("person_id").to_pylist()]
    told = {name: persons.column(name) for name in persons.column_names}
    told["match_confidence"] = pa.array(sure, pa.float64())
    columns = [told[name].cast(of) for name, of in PersonTable.columns.items()]
    return PersonTable(pa.Table.from_arrays(columns, schema=PersonTable.schema()))


# `turn`: what was known latest first, then as records stand.
_TOLD_SQL = f"""
    SELECT c.person_key, c.rid, c.forename AS plain_forename, c.surname AS plain_surname,
           c.date_of_birth, r.* EXCLUDE (source, record_id),
           (coalesce(date_diff('day', known_at, DATE '9999-12-31'), 4000000) << 32) + rid AS turn
    FROM people_comparable c JOIN ({latest_sql(*WRITTEN)}) r USING (source, record_id)
"""


def _person_sql() -> str:
    """Sum up persons; only where records disagree is it counted what most of them tell."""
    lowest = "".join(f", min({name}) AS {name}, max({name}) AS {name}_high" for name in TOLD)
    told = "".join(f", coalesce({name}_told.value, counted.{name}) AS {name}" for name in TOLD)
    joins = "".join(
        f" LEFT JOIN ({_most_told(name)}) {name}_told USING (person_key)" for name in TOLD
    )
    return f"""
        WITH counted AS (
            SELECT person_key, max(seal) AS seal, bool_and(coalesce(unborn, false)) AS unborn,
                   count(*) AS records, count(DISTINCT agency) AS agencies{lowest}
            FROM people_told GROUP BY person_key
        ), named AS ({_NAMED_SQL})
        SELECT person_key, counted.seal, counted.unborn, records, agencies,
               coalesce(counted.date_of_birth < date_of_birth_high, false) AS dob_conflict,
               named.* EXCLUDE (person_key){told},
               nullif(concat_ws(' ', named.forename, named.surname), '') AS display_name
        FROM counted LEFT JOIN named USING (person_key){joins} ORDER BY person_key
    """


_NAMED_SQL = """
    WITH alike AS (
        SELECT person_key, plain_forename IS NULL AS no_forename, plain_surname IS NULL AS no_surname,
               count(*) AS records, min(turn) AS turn
        FROM people_told GROUP BY person_key, plain_forename, plain_surname
    ), best AS (
        SELECT arg_min(turn, (no_forename, no_surname, -records, turn)) AS turn
        FROM alike GROUP BY person_key
    )
    SELECT person_key,
           CASE WHEN plain_forename IS NOT NULL THEN trim(coalesce(forename, preferred_name)) END
               AS forename,
           CASE WHEN plain_surname IS NOT NULL THEN trim(surname) END AS surname,
           trim(preferred_name) AS preferred_name
    FROM people_told JOIN best USING (turn)
"""


def _most_told(name: str) -> str:
    return f"""
        SELECT person_key, {name} AS value FROM people_told
        WHERE {name} IS NOT NULL AND person_key IN (
            SELECT person_key FROM counted WHERE {name} < {name}_high)
        GROUP BY person_key, {name}
        QUALIFY row_number() OVER (PARTITION BY person_key
            ORDER BY count(*) DESC, max(known_at) DESC NULLS LAST, min(rid)) = 1
    """
