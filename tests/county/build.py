"""Lands, settles and links the fixture county, for whatever test asks about its people."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from county.make import HERE, read
from kithkin.engine import Engine
from kithkin.feeds.landing import land
from kithkin.feeds.manifest import read_manifest
from kithkin.feeds.settle import settle
from kithkin.indicators.facts import Sources
from kithkin.people import PeopleTables, build_people
from kithkin.policy import Policy

FEEDS = HERE / "feeds"
LINKED = ("person_record", "identifier", "address", "residence", "relationship")
ASKED = (
    "event", "event_person", "residence", "relationship", "service_involvement", "person_record",
)  # fmt: skip


@dataclass(frozen=True)
class County:
    """The county once its feeds are read and its records are linked."""

    settled: Path
    people: PeopleTables

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Give the rows of a settled table."""
        rows: list[dict[str, Any]] = pq.read_table(self.settled / f"{table}.parquet").to_pylist()
        return rows

    def persons(self) -> dict[str, set[str]]:
        """Give, for each human being of the truth, the persons that linkage made of them."""
        links = self.people.person_link.data.to_pylist()
        linked = {(link["source"], link["record_id"]): link["person_id"] for link in links}
        found: dict[str, set[str]] = defaultdict(set)
        for record in read("truth.csv"):
            found[record["who"]].add(linked[record["source"], record["record_id"]])
        return dict(found)

    def keys(self, level: str) -> dict[str, int]:
        """Give the row of each record, or of its family, in the answers: `source/who` to number."""
        index = {"person": self.people.person, "family": self.people.family}[level]
        rows = index.data.to_pylist()
        number = {row[f"{level}_id"]: row[f"{level}_key"] for row in rows}
        members = self.people.family_member.data.to_pylist()
        family = {row["person_id"]: row["family_id"] for row in members}
        links = self.people.person_link.data.to_pylist()
        linked = {(link["source"], link["record_id"]): link["person_id"] for link in links}
        keys = {}
        for record in read("truth.csv"):
            person = linked[record["source"], record["record_id"]]
            subject = person if level == "person" else family[person]
            keys[f"{record['source']}/{record['who']}"] = number[subject]
        return keys

    def sources(self, engine: Engine) -> Sources:
        """Give the county to an engine."""
        facts = {name: engine.read(self.settled / f"{name}.parquet", name) for name in ASKED}
        index = {table.name: engine.table(table.data, table.name) for table in self.people.tables()}
        return Sources({**facts, **index})


def build_county(policy: Policy, folder: Path) -> County:
    """Read the county's feeds into `folder` and link its records."""
    land(read_manifest(FEEDS, policy), folder / "landed", as_of=None)
    settle(folder / "landed", folder / "settled")
    with duckdb.connect() as con:
        for table in LINKED:
            con.read_parquet(str(folder / "settled" / f"{table}.parquet")).create_view(table)
        return County(folder / "settled", build_people(con))
