"""Where each column of a mapped file goes: for finding mistakes, and for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kithkin.feeds.mapping.models import (
    Event,
    FileMapping,
    Involvement,
    Lookup,
    Person,
    Place,
    Relationship,
    Value,
    When,
)


class Use(NamedTuple):
    """One use of a column: the table and key of the mapping that name it, and what it becomes."""

    column: str
    table: str
    key: str
    becomes: str


def uses_of(file: FileMapping) -> Iterator[Use]:
    """Yield every use of a column in a file mapping, joined columns included."""
    for name, join in file.joins.items():
        yield from _each(join.on, f"joins.{name}", "on", f"finds the {join.file} row")
    for name, person in file.people.items():
        yield from _person_uses(name, person)
    for name, place in file.places.items():
        yield from _place_uses(place, f"places.{name}", f"address ({name})")
    yield from _professional_uses(file)
    for number, tie in enumerate(file.relationships, 1):
        yield from _relationship_uses(tie, f"relationships #{number}")
    for number, work in enumerate(file.involvements, 1):
        yield from _involvement_uses(work, f"involvements #{number}")
    for number, event in enumerate(file.events, 1):
        yield from _event_uses(event, f"events #{number}")
    yield from _part_uses(file)


def _each(columns: Iterable[str], table: str, key: str, becomes: str) -> Iterator[Use]:
    for column in columns:
        yield Use(column, table, key, becomes)


def _one(column: str | None, table: str, key: str, becomes: str) -> Iterator[Use]:
    if column is not None:
        yield Use(column, table, key, becomes)


def _looked_up(lookup: Lookup | None, table: str, key: str, becomes: str) -> Iterator[Use]:
    if lookup is not None:
        yield from _one(lookup.column, table, key, becomes)


PERSON_TEXTS = (
    "forename",
    "middle_names",
    "surname",
    "former_surname",
    "preferred_name",
    "gender",
)
PERSON_DAYS = ("date_of_birth", "expected_date_of_birth", "date_of_death")
PERSON_LOOKUPS = ("sex", "ethnicity", "seal")


def _person_uses(name: str, person: Person) -> Iterator[Use]:
    table, who = f"people.{name}", f"person ({name})"
    yield from _each(person.record_id, table, "record_id", f"{who}: record_id")
    for key in PERSON_TEXTS:
        yield from _one(getattr(person, key), table, key, f"{who}: {key}")
    for key in PERSON_DAYS:
        yield from _each(getattr(person, key), table, key, f"{who}: {key}")
    for key in PERSON_LOOKUPS:
        yield from _looked_up(getattr(person, key), table, key, f"{who}: {key}")
    yield from _one(person.age_at_event, table, "age_at_event", f"{who}: age at the event")
    for scheme, column in person.identifiers.items():
        yield Use(column, f"{table}.identifiers", scheme, f"{who}: identifier {scheme}")
    for number, home in enumerate(person.residences, 1):
        where, what = f"{table}.residences #{number}", f"residence.{home.kind} ({name})"
        yield from _place_uses(home, where, what)
        yield from _condition_uses(home.when, where, what)
        yield from _each(home.started_on, where, "started_on", f"{what}: from")
        yield from _each(home.ended_on, where, "ended_on", f"{what}: to")


def _condition_uses(when: When, table: str, what: str) -> Iterator[Use]:
    for column, condition in when.items():
        yield Use(column, f"{table}.when", column, f"{what}: condition")
        yield from _one(condition.later_day_than, f"{table}.when", "later_day_than",
                        f"{what}: condition")  # fmt: skip


def _place_uses(place: Place, table: str, what: str) -> Iterator[Use]:
    yield from _each(place.lines, table, "lines", f"{what}: line")
    for key in ("town", "postcode", "uprn", "easting", "northing"):
        yield from _one(getattr(place, key), table, key, f"{what}: {key}")


def _professional_uses(file: FileMapping) -> Iterator[Use]:
    for name, one in file.professionals.items():
        table, what = f"professionals.{name}", f"professional ({name})"
        yield from _each(one.id, table, "id", f"{what}: id")
        yield from _looked_up(one.job_title, table, "job_title", f"{what}: job_title")
        for key in ("full_name", "team", "organisation", "phone", "email"):
            yield from _one(getattr(one, key), table, key, f"{what}: {key}")


def _relationship_uses(tie: Relationship, table: str) -> Iterator[Use]:
    what = f"relationship.{tie.kind.fixed or 'kind'}"
    yield from _looked_up(tie.kind, table, "kind", "relationship: kind")
    yield from _condition_uses(tie.when, table, what)
    yield from _each(tie.started_on, table, "started_on", f"{what}: from")
    yield from _each(tie.ended_on, table, "ended_on", f"{what}: to")


def _involvement_uses(work: Involvement, table: str) -> Iterator[Use]:
    what = f"involvement.{work.service.fixed or 'service'}"
    yield from _looked_up(work.service, table, "service", "involvement: service")
    yield from _looked_up(work.role, table, "role", f"{what}: role")
    yield from _condition_uses(work.when, table, what)
    yield from _each(work.key, table, "key", f"{what}: key")
    yield from _each(work.started_on, table, "started_on", f"{what}: from")
    yield from _each(work.ended_on, table, "ended_on", f"{what}: to")
    yield from _one(work.end_reason, table, "end_reason", f"{what}: end reason")


def _event_uses(event: Event, table: str) -> Iterator[Use]:
    what = event.kind.fixed or f"event by {event.kind.column}"
    yield from _looked_up(event.kind, table, "kind", "kind of event")
    yield from _condition_uses(event.when, table, what)
    for key in ("occurred_on", "ended_on", "recorded_on", "end_recorded_on", "key", "group"):
        yield from _each(getattr(event, key), table, key, f"{what}: {key}")
    yield from _value_uses(event.value, table, what)
    yield from _one(event.detail, table, "detail", f"{what}: detail")
    for person, role in event.people.items():
        yield from _looked_up(role, f"{table}.people", person, f"{what}: role")


def _value_uses(value: Value | None, table: str, what: str) -> Iterator[Use]:
    if value is not None:
        for key in ("column", "hours_from", "hours_to"):
            yield from _one(getattr(value, key), f"{table}.value", key, f"{what}: value")


def _part_uses(file: FileMapping) -> Iterator[Use]:
    for number, part in enumerate(file.takes_part, 1):
        table, what = f"takes_part #{number}", f"role in the {part.join}'s events"
        for person, role in part.people.items():
            yield from _looked_up(role, f"{table}.people", person, what)
    for number, older in enumerate(file.older_co_participants, 1):
        table = f"older_co_participants #{number}"
        for key in ("occurred_on", "recorded_on"):
            yield from _each(getattr(older, key), table, key, f"{older.kind}: {key}")
