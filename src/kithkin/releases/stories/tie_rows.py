"""The source rows behind what ties two persons: events, homes, relationships and places.

Only rows that were known on the release's date are found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.model import dates
from kithkin.network.explained import TieOccasion
from kithkin.policy.networks import EventTie, HouseholdTie, MembershipTie, RelationshipTie, TieRule
from kithkin.releases.explaining import Row, records_of, rows_where
from kithkin.releases.workspace import Release

RecordKey = tuple[str, str]  # source, record_id


@dataclass(frozen=True)
class Found:
    """A row of a canonical table.

    Parameters
    ----------
    row_id : of an event its id; of what is dated the record, and what it leads to.
    roles : by person_id of whichever of the two it is about, what they were in the event.

    """

    table: str
    row_id: str
    row: Row
    roles: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class TieRows:
    """What a release holds of two persons, ready to be asked for the rows of an occasion."""

    release: Release
    as_of: date
    people: tuple[str, str]

    def of(self, rule: TieRule, occasions: Sequence[TieOccasion]) -> list[list[Found]]:
        """Find the rows of each of a rule's occasions between the two, which must be all of them."""
        match rule:
            case EventTie():
                return [self._events(rule, one) for one in occasions]
            case HouseholdTie():
                return [self._homes(one) for one in occasions]
            case RelationshipTie():
                return self._relationships(rule, occasions)
            case MembershipTie():
                return [self._places(rule, one) for one in occasions]

    @cached_property
    def _persons(self) -> dict[RecordKey, str]:
        links = records_of(self.release, self.people)
        return {(link["source"], link["record_id"]): link["person_id"] for link in links}

    def _read(self, table: str, **wanted: Iterable[Any]) -> list[Row]:
        """Read the rows of a table in which columns have some values, as known on the date."""
        chosen = [pc.field(name).isin(list(values)) for name, values in wanted.items()]
        condition = chosen[0]
        for more in chosen[1:]:
            condition &= more
        rows = pq.read_table(self.release.table(table), filters=condition).to_pylist()
        return [row for row in rows if self._knew(row)]

    def _knew(self, row: Row) -> bool:
        if "known_at" not in row:
            return True
        superseded = row.get("superseded_at")
        return row["known_at"] <= self.as_of and (superseded is None or superseded > self.as_of)

    # --- events ------------------------------------------------------------------------------

    def _events(self, rule: EventTie, one: TieOccasion) -> list[Found]:
        """Find the events of an occasion in which either took a part that the rule counts."""
        roles = {*rule.roles, *rule.other_roles}
        events = [event for event in self._of_occasion(one.occasion) if event["kind"] in rule.kinds]
        parts = self._parts(events, roles)
        found = [
            Found("event", event["event_id"], event, _by_person(parts.get(_key(event), [])))
            for event in events
            if _key(event) in parts
        ]
        return sorted(found, key=lambda each: (each.row["occurred_on"], each.row_id))

    def _of_occasion(self, number: int) -> list[Row]:
        path = self.release.folder / "facts" / "fact_event.parquet"
        first = next(iter(rows_where(path, "event_no", [number])), None)
        if first is None or first["table_name"] != "event":
            return []
        named = [
            event
            for event in self._read("event", event_id=[first["row_id"]], source=[first["source"]])
            if event["occurred_on"] <= self.as_of
        ]
        groups = {event["group_id"] for event in named} - {None}
        if not groups:
            return [event for event in named if event["batch_id"] == first["batch_id"]]
        return [
            event
            for event in self._read("event", group_id=sorted(groups), source=[first["source"]])
            if event["occurred_on"] <= self.as_of
        ]

    def _parts(self, events: Sequence[Row], roles: set[str]) -> dict[tuple[str, ...], list[Any]]:
        ids = sorted({event["event_id"] for event in events})
        found: dict[tuple[str, ...], list[Any]] = {}
        for part in self._read("event_person", event_id=ids) if ids else []:
            person = self._persons.get((part["source"], part["record_id"]))
            if person is not None and part["role"] in roles:
                found.setdefault(_key(part), []).append((person, part["role"]))
        return found

    # --- homes -------------------------------------------------------------------------------

    def _homes(self, one: TieOccasion) -> list[Found]:
        """Find what says that either lived there: residences, or that somebody named them."""
        household = self._household(one.occasion)
        stays = [
            stay
            for stay in rows_where(self.release.table("household_member"), "person_id", self.people)
            if stay["household_id"] == household
        ]
        return _once(row for stay in stays for row in self._of_stay(stay))

    def _household(self, number: int) -> str | None:
        """Give the id of the household that evidence numbers; it numbers them in order."""
        columns = pq.read_table(self.release.table("household_member"), columns=["household_id"])
        return str(sorted(columns["household_id"].unique().to_pylist())[number])

    def _of_stay(self, stay: Row) -> list[Found]:
        """Find the residences of a stay: at the household's address, or as another agency wrote it."""
        mine = [key for key, person in self._persons.items() if person == stay["person_id"]]
        own = [
            row
            for row in self._of_records("residence", "record_id", mine)
            if row["started_on"] == stay["started_on"]
        ]
        (household,) = rows_where(
            self.release.table("household"), "household_id", [stay["household_id"]]
        )
        here = [row for row in own if row["address_id"] == household["address_id"]]
        whose = stay["person_id"]
        found = [_dated("residence", row, "address_id", whose) for row in here or own]
        return found or self._named_by_others(mine, stay)

    def _named_by_others(self, mine: Sequence[RecordKey], stay: Row) -> list[Found]:
        named = self._of_records("relationship", "other_record_id", mine)
        named = [row for row in named if row["kind"] in ("household_member", "partner")]
        told = []
        for row in named:
            theirs = self._of_records("residence", "record_id", [(row["source"], row["record_id"])])
            began = {_later(row["started_on"], home["started_on"]) for home in theirs}
            if stay["started_on"] in began:
                told.append(_dated("relationship", row, "other_record_id", stay["person_id"]))
        return told

    def _of_records(self, table: str, column: str, records: Sequence[RecordKey]) -> list[Row]:
        rows = self._read(table, **{column: sorted({record for _, record in records})})
        return [row for row in rows if (row["source"], row[column]) in set(records)]

    # --- relationships -----------------------------------------------------------------------

    def _relationships(
        self, rule: RelationshipTie, occasions: Sequence[TieOccasion]
    ) -> list[list[Found]]:
        """Find what each source says of the two; an occasion is a source, in order of their names."""
        mine = list(self._persons)
        by_source: dict[str, list[Found]] = {}
        for row in self._of_records("relationship", "record_id", mine):
            other = self._persons.get((row["source"], row["other_record_id"]))
            between = other not in (None, self._persons[row["source"], row["record_id"]])
            if between and row["kind"] in rule.relationships:
                found = _dated("relationship", row, "other_record_id", *self.people)
                by_source.setdefault(row["source"], []).append(found)
        rows = [_once(found) for _, found in sorted(by_source.items())]
        ranks = sorted(one.occasion for one in occasions)
        return [rows[ranks.index(one.occasion)] for one in occasions]

    # --- places ------------------------------------------------------------------------------

    def _places(self, rule: MembershipTie, one: TieOccasion) -> list[Found]:
        """Find the events that say that both belonged to a place: the later began with the tie."""
        spells = self._spells(rule)
        found = []
        for mine in spells[self.people[0]]:
            for theirs in spells[self.people[1]]:
                began = max(mine.row["occurred_on"], theirs.row["occurred_on"])
                same = mine.row["detail"] == theirs.row["detail"]
                if same and dates.day_number(began) == one.occurred:
                    found += [mine, theirs]
        return _once(found)

    def _spells(self, rule: MembershipTie) -> dict[str, list[Found]]:
        parts: dict[tuple[str, ...], list[Any]] = {}
        for part in self._of_records("event_person", "record_id", list(self._persons)):
            person = self._persons[part["source"], part["record_id"]]
            parts.setdefault(_key(part), []).append((person, part["role"]))
        ids = sorted({event_id for _, _, event_id in parts})
        found: dict[str, list[Found]] = {person: [] for person in self.people}
        for event in self._read("event", event_id=ids, kind=rule.kinds):
            if _key(event) in parts and event["detail"] is not None:
                roles = _by_person(parts[_key(event)])
                for person in roles:
                    told = Found("event", event["event_id"], event, roles)
                    found[person].append(told)
        return found


def _key(row: Row) -> tuple[str, ...]:
    return (row["source"], row["batch_id"], row["event_id"])


def _by_person(parts: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for person, role in parts:
        found.setdefault(person, set()).add(role)
    return {person: tuple(sorted(roles)) for person, roles in found.items()}


def _dated(table: str, row: Row, leads_to: str, *people: str) -> Found:
    """Name a row by its record, what it leads to and its first day, as facts do."""
    name = f"{row['record_id']}:{row[leads_to] or ''}:{row['started_on'] or ''}"
    return Found(table, name, row, dict.fromkeys(people, ()))


def _later(one: date | None, other: date | None) -> date | None:
    return max(filter(None, (one, other)), default=None)


def _once(found: Iterable[Found]) -> list[Found]:
    """Leave out what is listed before, and put the rest in order of day, source and name."""
    by_place = {(f.table, f.row["source"], f.row["batch_id"], f.row_id): f for f in found}
    return [by_place[key] for key in sorted(by_place)]
