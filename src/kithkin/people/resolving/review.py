"""The review queue: what is left for a human, dearest mistake first."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.resolving.tables import Resolution
from kithkin.people.rules import LinkageRules, Review
from kithkin.people.tables import PersonPairReviewTable


def review_table(
    con: duckdb.DuckDBPyConnection,
    records: ComparableTable,
    resolution: Resolution,
    ids: Sequence[str],
    rules: LinkageRules,
) -> PersonPairReviewTable:
    """Give what a human should look at, one row for each two persons or doubtful person.

    Parameters
    ----------
    con
        A connection with `person_record`, for seals and for the newest day that anything was
        known, on which ages are counted. Nothing is left behind on it.
    records, resolution, ids
        The records, what became of them, and each record's person id.
    rules
        What a wrong answer would cost is in `rules.review`.

    Returns
    -------
    PersonPairReviewTable
        In `rank` order. Of two persons' pairs the one that contradicts most is told, then the
        strongest.

    """
    person = records.data.select(["rid", "source", "record_id", "agency", "date_of_birth"])
    person = person.append_column("unborn", records.data.column("unborn"))
    person = person.append_column("person_id", pa.array(ids, pa.string()))
    asked = _under_review(resolution, person.column("person_id"))
    named = {
        "people_reviewed": person.filter(asked),
        "people_refused": resolution.refused.data,
        "people_doubtful": resolution.findings.data,
    }
    for name, table in named.items():
        con.register(name, table)
    try:
        data = con.sql(_review_sql(rules.review)).to_arrow_table()
    finally:
        for name in named:
            con.unregister(name)
    return PersonPairReviewTable(data.cast(PersonPairReviewTable.schema()))


def _under_review(resolution: Resolution, ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Mark all records of the persons of whom a human is asked."""
    ends = [
        table.column(end).to_numpy()
        for table in (resolution.refused.data, resolution.findings.data)
        for end in ("left_rid", "right_rid")
    ]
    asked = pc.unique(ids.take(pa.array(np.unique(np.concatenate(ends)))))
    return pc.is_in(ids, value_set=asked)


def _review_sql(review: Review) -> str:
    return f"""
        WITH open AS (
            SELECT kind, left_rid, right_rid, weight, probability, why FROM people_refused
            UNION ALL
            SELECT 'split?', left_rid, right_rid, NULL, probability, why FROM people_doubtful
        ), turned AS (
            SELECT o.*, a.person_id > b.person_id AS turn,
                   least(a.person_id, b.person_id) AS person_id,
                   greatest(a.person_id, b.person_id) AS other_person_id
            FROM open o JOIN people_reviewed a ON a.rid = left_rid
            JOIN people_reviewed b ON b.rid = right_rid
        ), strongest AS (
            SELECT *, CASE WHEN turn THEN right_rid ELSE left_rid END AS rid,
                   CASE WHEN turn THEN left_rid ELSE right_rid END AS other_rid
            FROM turned
            QUALIFY row_number() OVER (PARTITION BY person_id, other_person_id
                ORDER BY kind, weight DESC NULLS FIRST, left_rid, right_rid, why) = 1
        ), people AS ({_people_sql(review)}), priced AS (
            SELECT s.*, {_harm(review)} * {_stakes(review)} AS cost
            FROM strongest s JOIN people p USING (person_id)
            JOIN people o ON o.person_id = s.other_person_id
        ), ranked AS (
            SELECT *, CAST(row_number() OVER (
                ORDER BY round(cost, 6) DESC, person_id, other_person_id) AS INTEGER) AS rank
            FROM priced
        )
        SELECT rank, kind, ranked.person_id, other_person_id, a.source, a.record_id,
               b.source AS other_source, b.record_id AS other_record_id,
               weight, probability, round(cost, 6) AS cost, why
        FROM ranked JOIN people_reviewed a ON a.rid = ranked.rid
        JOIN people_reviewed b ON b.rid = ranked.other_rid ORDER BY rank
    """


def _people_sql(review: Review) -> str:
    """Sum up the persons under review as far as a wrong answer could hurt them."""
    seals = ", ".join(f"'{seal}'" for seal in review.open_seals)
    return f"""
        SELECT person_id, count(DISTINCT rid) AS records, count(DISTINCT agency) AS agencies,
               coalesce(bool_or(date_of_birth > newest - INTERVAL {review.child_until} YEAR),
                        false) AS child,
               bool_or(unborn) AS unborn, bool_or(sealed) AS sealed, max(worth) AS worth
        FROM (
            SELECT r.*, coalesce(sealed, false) AS sealed, newest, {_worth(review)} AS worth
            FROM people_reviewed r
            LEFT JOIN (
                SELECT DISTINCT source, record_id, true AS sealed
                FROM person_record WHERE seal NOT IN ({seals})
            ) USING (source, record_id)
            CROSS JOIN (SELECT max(known_at) AS newest FROM person_record)
            WHERE person_id IN (SELECT person_id FROM strongest
                                UNION ALL SELECT other_person_id FROM strongest)
        ) GROUP BY person_id
    """


def _worth(review: Review) -> str:
    whens = "".join(
        f" WHEN '{name}' THEN {times}" for name, times in sorted(review.sources.items())
    )
    return f"CASE source{whens} ELSE 1 END"


def _harm(review: Review) -> str:
    """Give the SQL of the harm to expect when things stay as they are and nobody looks."""
    probability = f"coalesce(probability, {review.undecided})"
    return f"""CASE WHEN kind = 'split?' THEN (1 - {probability}) * {review.wrong_merge}
                    ELSE {probability} * {review.missed_link} END"""


def _stakes(review: Review) -> str:
    """Give the SQL of how much more a mistake about these two people weighs than about any two."""
    return f"""
        (CASE WHEN p.child OR o.child THEN {review.child} ELSE 1 END)
        * (CASE WHEN p.unborn OR o.unborn THEN {review.unborn} ELSE 1 END)
        * (CASE WHEN p.sealed OR o.sealed THEN {review.sealed} ELSE 1 END)
        * greatest(p.worth, o.worth)
        * (1 + {review.agencies} * greatest(p.agencies + o.agencies - 2, 0)
             + {review.records} * least(p.records + o.records - 2, {review.most_records}))
    """
