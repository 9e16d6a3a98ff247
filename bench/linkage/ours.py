"""Kithkin with no configuration: columns are mapped to the source tables, and nothing else said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from bench.linkage.judging import Labels, Pairs, pairs_of
from bench.linkage.sets import LinkageSet

from kithkin.feeds.addresses import put_residence
from kithkin.feeds.loading import FileSink
from kithkin.model.tables import (
    AddressTable,
    IdentifierTable,
    PersonRecordTable,
    RelationshipTable,
    ResidenceTable,
    TypedTable,
)
from kithkin.people import PeopleTables, build_people
from kithkin.people.cleaning import comparable_records
from kithkin.people.pairs.blocking import PAIRS, blocked
from kithkin.people.rules import linkage_rules

SOURCES: tuple[type[TypedTable], ...] = (
    PersonRecordTable, IdentifierTable, AddressTable, ResidenceTable, RelationshipTable,
)  # fmt: skip
NEVER_LOOKED_AT = "no key shared, never looked at"
TOO_WEAK = "below the review mark"


@dataclass(frozen=True)
class Linked:
    """What Kithkin made of a set."""

    people: PeopleTables
    person: Labels
    review: int


class Rows:
    """Collects rows of the source tables, and takes the place of a feed's file for addresses."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {kind.name: [] for kind in SOURCES}
        self.source = ""

    def put(self, table: str, row: int, known: date | None = None, **columns: Any) -> None:
        del known
        given = {"source": self.source, "batch_id": "b", "file": "set.csv", "row": row}
        self.rows[table].append(given | columns)

    def finding(self, *_words: str, **_where: Any) -> None:
        """Hear of what a feed's owner would be told."""

    def connection(self) -> duckdb.DuckDBPyConnection:
        """Load the rows into a new DuckDB."""
        con = duckdb.connect()
        for kind in SOURCES:
            columns = kind.columns | {"superseded_at": pa.date32()}
            con.register("rows", pa.Table.from_pylist(self.rows[kind.name], pa.schema(columns)))
            con.execute(f"CREATE TABLE {kind.name} AS SELECT * FROM rows")
            con.unregister("rows")
        return con


def mapped(given: LinkageSet) -> duckdb.DuckDBPyConnection:
    """Map a set's columns to the source tables, as a feed's mapping would."""
    rows = Rows()
    for at, row in enumerate(given.records.to_dict("records"), start=2):
        _put(rows, at, {str(name): value for name, value in row.items()}, given.scheme)
    return rows.connection()


def _put(rows: Rows, at: int, row: dict[str, Any], scheme: str) -> None:
    rows.source, key = row["source"], row["record_id"]
    rows.put(
        "person_record", at, record_id=key, agency=row["source"], forename=row["forename"],
        surname=row["surname"], date_of_birth=_day(row["date_of_birth"]), sex=row["sex"],
    )  # fmt: skip
    if row["number"]:
        rows.put("identifier", at, record_id=key, scheme=scheme, value=row["number"],
                 check="unchecked")  # fmt: skip
    put_residence(cast(FileSink, rows), at, key, kind="declared", lines=row["line"],
                  town=row["town"], postcode=row["postcode"])  # fmt: skip


def _day(text: str | None) -> date | None:
    """Read a date; one that does not exist is none, as in a feed."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def link(given: LinkageSet) -> Linked:
    """Link a set, from its mapping to persons."""
    people = build_people(mapped(given))
    keys = pd.MultiIndex.from_frame(given.records[["source", "record_id"]])
    links = people.person_link.data.to_pandas().set_index(["source", "record_id"])
    person = pd.factorize(links["person_id"].reindex(keys))[0].astype(np.int64)
    return Linked(people, person, len(people.person_pair_review))


def looked_at(given: LinkageSet, done: Linked) -> Pairs:
    """Give the true pairs that share one of the blocking keys by which the set was linked."""
    con, rules = mapped(given), linkage_rules()
    records = comparable_records(con, rules)
    told = zip(
        *(records.data.column(name).to_pylist() for name in ("source", "record_id")), strict=True
    )
    rids = {key: rid for rid, key in enumerate(told)}
    with blocked(con, records, rules, done.people.model.keys):
        pairs = set(con.sql(f"SELECT join_key_l, join_key_r FROM {PAIRS}").fetchall())
    row = [rids[key] for key in _record_keys(given)]
    true = pairs_of(pd.factorize(given.records["person"])[0])
    seen = [tuple(sorted((row[left], row[right]))) in pairs for left, right in true]
    found: Pairs = true[np.array(seen, dtype=bool)]
    return found


def _record_keys(given: LinkageSet) -> list[tuple[str, str]]:
    return list(zip(given.records["source"], given.records["record_id"], strict=True))


def errors(given: LinkageSet, done: Linked, seen: Pairs) -> Iterator[dict[str, Any]]:
    """Give the remaining errors by cause: how many pairs, and one of them, the most frequent first.

    A missed pair's cause is the reason for which the two persons stand in review, or that their
    records share no key, or score too low for review; with it stand the columns that differ.
    """
    true = pd.factorize(given.records["person"])[0]
    causes: Counter[tuple[str, str, str]] = Counter()
    example: dict[tuple[str, str, str], tuple[int, int]] = {}
    for kind, cause, left, right in _wrong(given, done, true, {(a, b) for a, b in seen.tolist()}):
        key = (kind, cause, differing(given, left, right))
        causes[key] += 1
        example.setdefault(key, (left, right))
    for (kind, cause, differ), count in sorted(causes.items(), key=lambda one: (-one[1], one[0])):
        yield {"kind": kind, "cause": cause, "differ": differ, "pairs": count,
               "example": [_written(given, at) for at in example[kind, cause, differ]]}  # fmt: skip


def _wrong(
    given: LinkageSet, done: Linked, true: Labels, seen: set[tuple[int, int]]
) -> Iterator[tuple[str, str, int, int]]:
    reviewed = _reviewed(given, done)
    for left, right in pairs_of(true).tolist():
        if done.person[left] != done.person[right]:
            two = (done.person[left], done.person[right])
            why = reviewed.get((min(two), max(two)))
            yield (
                "missed",
                why or (TOO_WEAK if (left, right) in seen else NEVER_LOOKED_AT),
                left,
                right,
            )
    for left, right in pairs_of(done.person).tolist():
        if true[left] != true[right]:
            yield "false", "joined", left, right


def _reviewed(given: LinkageSet, done: Linked) -> dict[tuple[int, int], str]:
    """Give why two persons stand in review, by the labels of both, the smaller first."""
    label = dict(zip(_record_keys(given), done.person.tolist(), strict=True))
    reviewed = {}
    for row in done.people.person_pair_review.data.to_pylist():
        two = (label[row["source"], row["record_id"]],
               label[row["other_source"], row["other_record_id"]])  # fmt: skip
        reviewed[min(two), max(two)] = f"in review: {row['why']}"
    return reviewed


def differing(given: LinkageSet, left: int, right: int) -> str:
    """Name the columns in which two records differ, and those that only one or none fills."""
    one, other = (given.records.iloc[at] for at in (left, right))
    told = []
    for name in given.columns:
        if one[name] is None or other[name] is None:
            told.append(f"{name} missing")
        elif one[name] != other[name]:
            told.append(name)
    return ", ".join(told) or "nothing"


def _written(given: LinkageSet, at: int) -> str:
    row = given.records.iloc[at]
    return " | ".join(str(row[name] or "-") for name in given.columns)
