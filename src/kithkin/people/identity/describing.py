"""What a person's records say together, and how surely they are one human being."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kithkin.people.cleaning.comparable import ComparableTable
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
    con.register("people_comparable", records.data)
    con.register("people_link", links.data)
    con.execute(f"CREATE OR REPLACE TEMP TABLE people_told AS {_TOLD_SQL}")
    try:
        data = con.sql(_person_sql()).to_arrow_table()
    finally:
        con.execute("DROP TABLE people_told")
        con.unregister("people_comparable")
        con.unregister("people_link")
    sure = [confidence.get(person, 1.0) for person in data.column("person_id").to_pylist()]
    data = data.append_column("match_confidence", pa.array(sure, pa.float64()))
    return PersonTable(data.select(list(PersonTable.columns)).cast(PersonTable.schema()))


_TOLD_SQL = """
    SELECT l.person_id, c.rid, c.forename AS plain_forename,
           c.surname AS plain_surname, c.date_of_birth,
           r.* EXCLUDE (source, record_id, date_of_birth), r.source
    FROM people_link l JOIN people_comparable c USING (source, record_id)
    JOIN (
        SELECT * FROM person_record
        QUALIFY row_number() OVER (PARTITION BY source, record_id
            ORDER BY known_at DESC NULLS LAST, batch_id, file, "row") = 1
    ) r USING (source, record_id)
"""


def _person_sql() -> str:
    columns = "".join(f", {name}_told.value AS {name}" for name in TOLD)
    joins = "".join(
        f" LEFT JOIN ({_most_told(name)}) {name}_told USING (person_id)" for name in TOLD
    )
    return f"""
        WITH counted AS (
            SELECT person_id, max(seal) AS seal, bool_and(coalesce(unborn, false)) AS unborn,
                   count(*) AS records, count(DISTINCT agency) AS agencies,
                   count(DISTINCT date_of_birth) > 1 AS dob_conflict
            FROM people_told GROUP BY person_id
        ), named AS ({_NAMED_SQL}), whole AS (
            SELECT counted.*, named.* EXCLUDE (person_id){columns},
                   row_number() OVER (ORDER BY person_id) - 1 AS person_key,
                   nullif(concat_ws(' ', named.forename, named.surname), '') AS display_name
            FROM counted LEFT JOIN named USING (person_id){joins}
        )
        SELECT {", ".join(name for name in PersonTable.columns if name != "match_confidence")}
        FROM whole ORDER BY person_id
    """


_NAMED_SQL = """
    SELECT person_id,
           CASE WHEN plain_forename IS NOT NULL THEN trim(coalesce(forename, preferred_name)) END
               AS forename,
           CASE WHEN plain_surname IS NOT NULL THEN trim(surname) END AS surname,
           trim(preferred_name) AS preferred_name
    FROM (
        SELECT *, count(*) OVER (PARTITION BY person_id, plain_forename, plain_surname) AS alike
        FROM people_told
    )
    QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY plain_forename IS NULL,
        plain_surname IS NULL, alike DESC, known_at DESC NULLS LAST, rid) = 1
"""


def _most_told(name: str) -> str:
    return f"""
        SELECT person_id, {name} AS value FROM people_told WHERE {name} IS NOT NULL
        GROUP BY person_id, {name}
        QUALIFY row_number() OVER (PARTITION BY person_id
            ORDER BY count(*) DESC, max(known_at) DESC NULLS LAST, min(rid)) = 1
    """
