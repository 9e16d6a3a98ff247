"""Makes canonical rows of one source row: all of them, or none when the row is refused.

What a row says is worked out first and put only when all of it stands, so that a row which is
set aside leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from hashlib import blake2b
from typing import Any

from kithkin.feeds.addresses import put_residence
from kithkin.feeds.loading import FileSink
from kithkin.feeds.mapping.cells import Cells, RowRefusedError
from kithkin.feeds.mapping.models import (
    SEALS,
    Event,
    FileMapping,
    Involvement,
    OlderCoParticipant,
    Person,
    Place,
    Professional,
    Relationship,
    TakesPart,
)
from kithkin.feeds.mapping.told import Joinable, MadeEvent, Told
from kithkin.feeds.mapping.uses import PERSON_TEXTS
from kithkin.model import dates, identifiers

Action = Callable[[], None]


class RowMaker:
    """Works out what one row of a file says, and puts it.

    Parameters
    ----------
    name, mapping : the file's name in the mapping, and what the mapping says of it.
    sink, row : where the canonical rows go, and the source row they come from.
    cells : the row's cells, with those of joined rows.
    joined : the joined row of each join; a join that found none is absent.

    """

    def __init__(
        self,
        name: str,
        mapping: FileMapping,
        sink: FileSink,
        row: int,
        cells: Cells,
        joined: Mapping[str, Joinable],
        told: Told,
    ) -> None:
        self.name, self.mapping, self.sink, self.row = name, mapping, sink, row
        self.cells, self.joined, self.told = cells, joined, told
        self.actions: list[Action] = []
        self.made: list[MadeEvent] = []
        self._ids: dict[str, str] = {}

    def make(self) -> list[MadeEvent]:
        """Put everything that the row says and give the events it made.

        Raises `RowRefusedError`, having put nothing, when the row means nothing as it stands.
        """
        for name, person in self.mapping.people.items():
            self._person(name, person)
        for rule in self.mapping.events:
            self._event(rule)
        for part in self.mapping.takes_part:
            self._takes_part(part)
        for older in self.mapping.older_co_participants:
            self._older(older)
        for tie in self.mapping.relationships:
            self._relationship(tie)
        for name, professional in self.mapping.professionals.items():
            self._professional(name, professional)
        for number, work in enumerate(self.mapping.involvements, 1):
            self._involvement(number, work)
        for action in self.actions:
            action()
        return self.made

    # --- people ------------------------------------------------------------------------------

    def _person(self, name: str, person: Person) -> None:
        record_id = self.cells.joined(person.record_id)
        if record_id is None:
            if person.optional:
                return
            raise RowRefusedError(
                "K-MAP-PERSON",
                person.record_id[0],
                f"The row has no {' and '.join(person.record_id)}, so it is about nobody.",
                "Send the agency's own number for the person on every row.",
            )
        self._ids[name] = record_id
        columns = self._person_columns(person)
        if columns:
            self._will(self.told.person, self.sink, self.row, record_id, columns)
        for scheme, column in person.identifiers.items():
            self._identifier(record_id, scheme, column)
        for home in person.residences:
            if self.cells.holds(home.when):
                self._residence(record_id, home)

    def _person_columns(self, person: Person) -> dict[str, Any]:
        cells = self.cells
        found: dict[str, Any] = {key: cells.text(getattr(person, key)) for key in PERSON_TEXTS}
        found |= {
            "date_of_birth": cells.day(person.date_of_birth),
            "expected_date_of_birth": cells.day(person.expected_date_of_birth),
            "date_of_death": cells.day(person.date_of_death),
            "sex": _one_of(("M", "F"), cells.word(person.sex)),
            "ethnicity": cells.word(person.ethnicity),
            "ethnicity_raw": cells.text(person.ethnicity.column) if person.ethnicity else None,
            "seal": _one_of(SEALS, cells.word(person.seal)),
        }
        return {key: value for key, value in found.items() if value is not None}

    def _identifier(self, record_id: str, scheme: str, column: str) -> None:
        value = self.cells.text(column)
        if value is not None:
            self._once(("identifier", record_id, scheme, value),
                       self._put_identifier, record_id, scheme, value, column)  # fmt: skip

    def _put_identifier(self, record_id: str, scheme: str, value: str, column: str) -> None:
        check = identifiers.check(scheme, value)
        self.sink.identifier(self.row, record_id, scheme, value, check)
        if check == "failed":
            self.sink.finding(
                "K-MAP-CHECK",
                f"{value!r} fails the check of a {scheme.replace('_', ' ')}; it is trusted less.",
                "Correct the number in the source system.",
                row=self.row,
                column=column,
                value=value,
            )

    # --- places ------------------------------------------------------------------------------

    def _residence(self, record_id: str, home: Any) -> None:
        parts = self._place_parts(home)
        started, ended = self.cells.day(home.started_on), self.cells.day(home.ended_on)
        self._in_order(started, ended, home.ended_on)
        fact = ("residence", record_id, home.kind, started, ended, parts)
        self._once(fact, put_residence, self.sink, self.row, record_id, kind=home.kind,
                   started_on=started, ended_on=ended, **parts)  # fmt: skip

    def _place_parts(self, place: Place) -> dict[str, Any]:
        cells = self.cells
        texts = [text for column in place.lines if (text := cells.text(column))]
        lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
        postcode = cells.text(place.postcode)
        if place.postcode_in_last_line and postcode is None and len(lines) > 1:
            postcode = lines.pop()
        return {
            "lines": ", ".join(lines) or None,
            "town": cells.text(place.town),
            "postcode": postcode,
            "uprn": cells.text(place.uprn),
            "easting": cells.number(place.easting),
            "northing": cells.number(place.northing),
        }

    def _put_place(self, name: str) -> Callable[[], str | None]:
        """Put the address of an event when it is asked for, and give its id."""
        parts = self._place_parts(self.mapping.places[name])
        return lambda: (
            put_residence(_AddressesOnly(self.sink), self.row, "", kind="home", **parts) or None
        )

    # --- ties and services -------------------------------------------------------------------

    def _relationship(self, tie: Relationship) -> None:
        one, other = self._ids.get(tie.of), self._ids.get(tie.other)
        if one is None or other is None or one == other or not self.cells.holds(tie.when):
            return
        started, ended = self.cells.day(tie.started_on), self.cells.day(tie.ended_on)
        self._in_order(started, ended, tie.ended_on)
        for kind in self.cells.words(tie.kind):
            fact = ("relationship", one, other, kind, started, ended)
            self._once(fact, self.sink.put, "relationship", self.row, started, record_id=one,
                       other_record_id=other, kind=kind, started_on=started,
                       ended_on=ended)  # fmt: skip

    def _professional(self, name: str, one: Professional) -> None:
        cells = self.cells
        columns = {
            "full_name": cells.text(one.full_name),
            "job_title": cells.word(one.job_title),
            **{k: cells.text(getattr(one, k)) for k in ("team", "organisation", "phone", "email")},
        }
        known_by = cells.joined(one.id) if one.id else _known_by(columns)
        if known_by is None:
            return
        self._ids[f"professional {name}"] = known_by
        self._once(("professional", known_by, columns), self.sink.put, "professional", self.row,
                   professional_id=known_by, **columns)  # fmt: skip

    def _involvement(self, number: int, work: Involvement) -> None:
        record_id, cells = self._ids.get(work.person), self.cells
        if record_id is None or not cells.holds(work.when):
            return
        started, ended = cells.day(work.started_on), cells.day(work.ended_on)
        self._in_order(started, ended, work.ended_on)
        key = cells.joined(work.key) or f"{record_id}|{started or ''}"
        for service in cells.words(work.service):
            self._will(
                self.sink.put, "service_involvement", self.row, started,
                involvement_id=f"{self.name}:{number}:{service}:{key}", record_id=record_id,
                service=service, role=cells.word(work.role), started_on=started, ended_on=ended,
                professional_id=self._ids.get(f"professional {work.professional}"),
                end_reason=cells.text(work.end_reason),
            )  # fmt: skip

    # --- events ------------------------------------------------------------------------------

    def _event(self, rule: Event) -> None:
        if not self.cells.holds(rule.when):
            return
        kinds = list(self.cells.words(rule.kind))
        occurred_on = self.cells.day(rule.occurred_on)
        if not kinds or (occurred_on is None and rule.optional):
            return
        if occurred_on is None:
            raise self._undated(rule)
        for kind in kinds:
            self._put_event(rule, kind, occurred_on)

    def _undated(self, rule: Event) -> RowRefusedError:
        columns = " or ".join(rule.occurred_on)
        return RowRefusedError(
            "K-MAP-DATE",
            rule.occurred_on[0],
            f"The row has no date in {columns} that can be read, so nobody can say when it was.",
            "Send the date on every row, in a layout that the mapping names.",
        )

    def _put_event(self, rule: Event, kind: str, occurred_on: date) -> None:
        cells = self.cells
        key = cells.joined(rule.key)
        table = f"{self.name}.{rule.name}" if rule.name else self.name
        ended_on, recorded_on = cells.day(rule.ended_on), cells.day(rule.recorded_on)
        self._in_order(occurred_on, ended_on, rule.ended_on)
        columns: dict[str, Any] = {
            "key": f"{table}:{key or f'{self.sink.name}:{self.row}'}",
            "ended_on": ended_on,
            "recorded_on": recorded_on,
            "end_recorded_on": cells.day(rule.end_recorded_on),
            "value": cells.value(rule.value),
            "group": cells.joined(rule.group),
            "detail": cells.text(rule.detail),
        }
        place = self._put_place(rule.at) if rule.at else None
        people = [
            (self._ids[name], role, self._age(name))
            for name, lookup in rule.people.items()
            if name in self._ids
            for role in cells.words(lookup)
        ]
        self.made.append(
            MadeEvent(f"{kind}:{columns['key']}", occurred_on, recorded_on, rule.parts)
        )
        self._will(self._emit_event, kind, occurred_on, people, place, columns)

    def _emit_event(
        self,
        kind: str,
        occurred_on: date,
        people: list[tuple[str, str, int | None]],
        place: Callable[[], str | None] | None,
        columns: dict[str, Any],
    ) -> None:
        address_id = place() if place else None
        self.sink.event(self.row, kind, occurred_on, people, address_id=address_id, **columns)

    def _age(self, name: str) -> int | None:
        """Give the age that the agency recorded; whole years, nobody older than 120."""
        age = self.cells.number(self.mapping.people[name].age_at_event)
        return int(age) if age is not None and 0 <= age <= 120 else None

    # --- part in another file's events -------------------------------------------------------

    def _takes_part(self, part: TakesPart) -> None:
        joined = self.joined.get(part.join)
        if joined is None:
            return
        for name, lookup in part.people.items():
            for role in self.cells.words(lookup) if name in self._ids else ():
                for event in joined.events:
                    self._put_part(event, name, event.parts.get(role, role))

    def _put_part(self, event: MadeEvent, name: str, role: str) -> None:
        record_id = self._ids[name]
        if role:
            self._once(("part", event.event_id, record_id, role),
                       self.sink.put, "event_person", self.row, event.occurred_on,
                       recorded_on=event.recorded_on, event_id=event.event_id,
                       record_id=record_id, role=role, age_at_event=self._age(name))  # fmt: skip

    def _older(self, rule: OlderCoParticipant) -> None:
        record_id = self._ids.get(rule.person)
        occurred_on = self.cells.day(rule.occurred_on)
        lookups = [part.people[rule.person] for part in self.mapping.takes_part
                   if part.join == rule.join and rule.person in part.people]  # fmt: skip
        roles = [role for lookup in lookups for role in self.cells.words(lookup)]
        if record_id is None or occurred_on is None or not set(roles) & set(rule.roles):
            return
        age = self._age(rule.person)
        if age is None:
            born = self.cells.day(self.mapping.people[rule.person].date_of_birth)
            age = dates.age_in_years(born, occurred_on) if born else None
        key = self.cells.joined(self.mapping.joins[rule.join].on)
        if age is not None and key is not None:
            self._will(self._compare_ages, rule, key, record_id, age, occurred_on)

    def _compare_ages(
        self, rule: OlderCoParticipant, key: str, record_id: str, age: int, occurred_on: date
    ) -> None:
        others = self.told.participants.setdefault((rule.join, key), [])
        others.append((record_id, age, rule.role))
        oldest = max(age for _, age, _ in others)
        for younger, years, role in others:
            mark = (f"{self.name}:{key}|{younger}", rule.kind)
            if oldest - years >= rule.years and mark not in self.told.marked:
                self.told.marked.add(mark)
                self.sink.event(self.row, rule.kind, occurred_on, [(younger, role, years)],
                                key=mark[0], group=key,
                                recorded_on=self.cells.day(rule.recorded_on))  # fmt: skip

    # --- within ------------------------------------------------------------------------------

    def _will(self, put: Callable[..., Any], *args: Any, **columns: Any) -> None:
        self.actions.append(partial(put, *args, **columns))

    def _once(
        self, fact: tuple[object, ...], put: Callable[..., Any], *args: Any, **columns: Any
    ) -> None:
        """Put what no row of the delivery has told, which is known only when this row stands."""

        def put_first() -> None:
            if self.told.first(*fact):
                put(*args, **columns)

        self.actions.append(put_first)

    def _in_order(self, started: date | None, ended: date | None, columns: tuple[str, ...]) -> None:
        if started is not None and ended is not None and ended < started:
            self._will(
                self.sink.finding,
                "K-MAP-ORDER",
                f"It ends on {ended}, before it begins on {started}; it was never open.",
                "Correct the dates in the source system.",
                row=self.row,
                column=columns[0],
                value=ended,
            )


class _AddressesOnly(FileSink):
    """Lets an address through `put_residence` but no residence: nobody lives at an event."""

    def __init__(self, sink: FileSink) -> None:
        self._sink = sink

    def put(self, table: str, row: int, occurred_on: date | None = None, **columns: Any) -> None:
        """Put an address; leave a residence out."""
        if table == "address":
            self._sink.put(table, row, occurred_on, **columns)

    def finding(self, *args: Any, **columns: Any) -> None:
        """Pass a problem on."""
        self._sink.finding(*args, **columns)


def _one_of(allowed: tuple[str, ...], word: str | None) -> str | None:
    return word if word in allowed else None


def _known_by(columns: Mapping[str, str | None]) -> str | None:
    """Know a professional without a number by name and organisation; None without a name."""
    if columns["full_name"] is None:
        return None
    words = f"{columns['full_name']}|{columns['organisation'] or ''}".casefold()
    return blake2b(" ".join(words.split()).encode(), digest_size=8).hexdigest()
