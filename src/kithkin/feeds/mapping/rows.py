"""Makes canonical rows of one source row: all of them, or none when the row is refused.

What a row says is worked out first and put only when all of it stands, so that a row which is
set aside leaves nothing behind. Each rule of the mapping becomes a step once a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hashlib import blake2b
from typing import Any

from kithkin.feeds.addresses import put_address, put_residence
from kithkin.feeds.loading import FileSink
from kithkin.feeds.mapping.cells import Cells, Read, Readers, RowRefusedError
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
    Residence,
    TakesPart,
)
from kithkin.feeds.mapping.told import Joinable, MadeEvent, Told
from kithkin.feeds.mapping.uses import PERSON_DAYS, PERSON_TEXTS
from kithkin.model import dates, identifiers


@dataclass(slots=True)
class Making:
    """A source row while it is worked out: who is on it, and what will be put.

    `joined` holds the joined row of each join; a join that found none is absent.
    """

    sink: FileSink
    row: int
    cells: Cells
    joined: Mapping[str, Joinable]
    ids: dict[str, str] = field(default_factory=dict)
    actions: list[Callable[[], Any]] = field(default_factory=list)
    made: list[MadeEvent] = field(default_factory=list)
    places: dict[str, Callable[[], str | None]] = field(default_factory=dict)

    def will(self, put: Callable[..., Any], *args: Any, **columns: Any) -> None:
        """Put this once the whole row stands."""
        self.actions.append(partial(put, *args, **columns))

    def in_order(self, started: date | None, ended: date | None, columns: tuple[str, ...]) -> None:
        """Say so when something ends before it begins."""
        if started is not None and ended is not None and ended < started:
            self.will(
                self.sink.finding,
                "K-MAP-ORDER",
                f"It ends on {ended}, before it begins on {started}; it was never open.",
                "Correct the dates in the source system.",
                row=self.row,
                column=columns[0],
                value=ended,
            )


Step = Callable[[Making], None]
Reads = list[tuple[str, Read[Any]]]


class RowMaker:
    """Works out what the rows of a file say, and puts it.

    Parameters
    ----------
    name, mapping : the file's name in the mapping, and what the mapping says of it.
    shared : the mapping's named value maps, words folded.
    told : what the delivery has said so far.

    """

    def __init__(
        self,
        name: str,
        mapping: FileMapping,
        shared: Mapping[str, Mapping[str, str]],
        told: Told,
    ) -> None:
        self.name, self.mapping, self.told = name, mapping, told
        self.read = Readers(mapping.layouts, shared)
        self._ages = {name: self._age(person) for name, person in mapping.people.items()}
        self._places = {name: self._place(place) for name, place in mapping.places.items()}
        self._steps = list(self._all_steps())

    def make(
        self, sink: FileSink, row: int, cells: Cells, joined: Mapping[str, Joinable]
    ) -> list[MadeEvent]:
        """Put everything that the row says and give the events it made.

        Raises `RowRefusedError`, having put nothing, when the row means nothing as it stands.
        """
        making = Making(sink, row, cells, joined)
        for step in self._steps:
            step(making)
        for action in making.actions:
            action()
        return making.made

    def _all_steps(self) -> Iterator[Step]:
        mapping = self.mapping
        yield from (self._person(name, person) for name, person in mapping.people.items())
        yield from map(self._event, mapping.events)
        yield from map(self._takes_part, mapping.takes_part)
        yield from map(self._older, mapping.older_co_participants)
        yield from map(self._relationship, mapping.relationships)
        yield from (self._professional(name, one) for name, one in mapping.professionals.items())
        yield from (self._involvement(*each) for each in enumerate(mapping.involvements, 1))

    def _once(
        self,
        making: Making,
        fact: tuple[object, ...],
        put: Callable[..., Any],
        *args: Any,
        **columns: Any,
    ) -> None:
        """Put what no row of the delivery has told, which is known only when this row stands."""

        def put_first() -> None:
            if self.told.first(*fact):
                put(*args, **columns)

        making.actions.append(put_first)

    # --- people ------------------------------------------------------------------------------

    def _person(self, name: str, person: Person) -> Step:
        record_id = self.read.joined(person.record_id)
        columns = list(self._person_columns(person))
        numbers = [(s, column, self.read.text(column)) for s, column in person.identifiers.items()]
        homes = [self._residence(home) for home in person.residences]

        def step(making: Making) -> None:
            cells = making.cells
            found = record_id(cells)
            if found is None:
                if person.optional:
                    return
                raise _nobody(person)
            making.ids[name] = found
            said = {key: value for key, read in columns if (value := read(cells)) is not None}
            if said:
                making.will(self.told.person, making.sink, making.row, found, said)
            for scheme, column, read in numbers:
                if (number := read(cells)) is not None:
                    self._once(making, ("identifier", found, scheme, number), _put_identifier,
                               making.sink, making.row, found, scheme, number, column)  # fmt: skip
            for home in homes:
                home(making, found)

        return step

    def _person_columns(self, person: Person) -> Iterator[tuple[str, Read[Any]]]:
        """Yield how to read each column of a person that the file has."""
        read = self.read
        for key in PERSON_TEXTS:
            if (column := getattr(person, key)) is not None:
                yield key, read.text(column)
        for key in PERSON_DAYS:
            if columns := getattr(person, key):
                yield key, read.day(columns)
        if person.sex is not None:
            yield "sex", _one_of(("M", "F"), read.word(person.sex))
        if person.ethnicity is not None:
            yield "ethnicity", read.word(person.ethnicity)
            yield "ethnicity_raw", read.text(person.ethnicity.column)
        if person.seal is not None:
            yield "seal", _one_of(SEALS, read.word(person.seal))

    def _age(self, person: Person) -> Read[int | None]:
        """Read the age that the agency recorded; whole years, nobody older than 120."""
        number = self.read.number(person.age_at_event)

        def read(cells: Cells) -> int | None:
            age = number(cells)
            return int(age) if age is not None and 0 <= age <= 120 else None

        return read

    # --- places ------------------------------------------------------------------------------

    def _residence(self, home: Residence) -> Callable[[Making, str], None]:
        holds, parts_of = self.read.holds(home.when), self._place(home)
        start, end = self.read.day(home.started_on), self.read.day(home.ended_on)

        def step(making: Making, record_id: str) -> None:
            if not holds(making.cells):
                return
            parts = parts_of(making.cells)
            started, ended = start(making.cells), end(making.cells)
            making.in_order(started, ended, home.ended_on)
            fact = ("residence", record_id, home.kind, started, ended, parts)
            self._once(making, fact, put_residence, making.sink, making.row, record_id,
                       kind=home.kind, started_on=started, ended_on=ended, **parts)  # fmt: skip

        return step

    def _place(self, place: Place) -> Read[dict[str, Any]]:
        read = self.read
        lines = [read.text(column) for column in place.lines]
        others = [(key, read.text(getattr(place, key))) for key in ("town", "postcode", "uprn")]
        east, north = read.number(place.easting), read.number(place.northing)

        def parts(cells: Cells) -> dict[str, Any]:
            texts = [text for line in lines if (text := line(cells)) is not None]
            split = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
            found: dict[str, Any] = {"lines": None, **{key: one(cells) for key, one in others}}
            if place.postcode_in_last_line and found["postcode"] is None and len(split) > 1:
                found["postcode"] = split.pop()
            found["lines"] = ", ".join(split) or None
            found["easting"], found["northing"] = east(cells), north(cells)
            return found

        return parts

    def _at(self, making: Making, name: str) -> Callable[[], str | None]:
        """Say how to put the address of an event and give its id; once a row."""
        if name not in making.places:
            making.places[name] = _asked_once(
                partial(put_address, making.sink, making.row, **self._places[name](making.cells))
            )
        return making.places[name]

    # --- ties and services -------------------------------------------------------------------

    def _relationship(self, tie: Relationship) -> Step:
        holds, kinds = self.read.holds(tie.when), self.read.words(tie.kind)
        start, end = self.read.day(tie.started_on), self.read.day(tie.ended_on)

        def step(making: Making) -> None:
            one, other = making.ids.get(tie.of), making.ids.get(tie.other)
            if one is None or other is None or one == other or not holds(making.cells):
                return
            started, ended = start(making.cells), end(making.cells)
            making.in_order(started, ended, tie.ended_on)
            for kind in kinds(making.cells):
                fact = ("relationship", one, other, kind, started, ended)
                self._once(making, fact, making.sink.put, "relationship", making.row, started,
                           record_id=one, other_record_id=other, kind=kind, started_on=started,
                           ended_on=ended)  # fmt: skip

        return step

    def _professional(self, name: str, one: Professional) -> Step:
        read = self.read
        texts = ("team", "organisation", "phone", "email")
        reads: Reads = [("full_name", read.text(one.full_name)),
                        ("job_title", read.word(one.job_title)),
                        *((key, read.text(getattr(one, key))) for key in texts)]  # fmt: skip
        number = read.joined(one.id) if one.id else None

        def step(making: Making) -> None:
            columns = {key: read(making.cells) for key, read in reads}
            known_by = number(making.cells) if number else _known_by(columns)
            if known_by is None:
                return
            making.ids[f"professional {name}"] = known_by
            self._once(making, ("professional", known_by, columns), making.sink.put,
                       "professional", making.row, professional_id=known_by,
                       **columns)  # fmt: skip

        return step

    def _involvement(self, number: int, work: Involvement) -> Step:
        read = self.read
        holds, services, role = (
            read.holds(work.when),
            read.words(work.service),
            read.word(work.role),
        )
        start, end = read.day(work.started_on), read.day(work.ended_on)
        key_of, reason = read.joined(work.key), read.text(work.end_reason)

        def step(making: Making) -> None:
            record_id, cells = making.ids.get(work.person), making.cells
            if record_id is None or not holds(cells):
                return
            started, ended = start(cells), end(cells)
            making.in_order(started, ended, work.ended_on)
            key = key_of(cells) or f"{record_id}|{started or ''}"
            for service in services(cells):
                making.will(
                    making.sink.put, "service_involvement", making.row, started,
                    involvement_id=f"{self.name}:{number}:{service}:{key}", record_id=record_id,
                    service=service, role=role(cells), started_on=started, ended_on=ended,
                    professional_id=making.ids.get(f"professional {work.professional}"),
                    end_reason=reason(cells),
                )  # fmt: skip

        return step

    # --- events ------------------------------------------------------------------------------

    def _event(self, rule: Event) -> Step:
        holds, kinds_of = self.read.holds(rule.when), self.read.words(rule.kind)
        day, put = self.read.day(rule.occurred_on), self._put_event(rule)

        def step(making: Making) -> None:
            cells = making.cells
            if not holds(cells):
                return
            kinds, occurred_on = kinds_of(cells), day(cells)
            if not kinds or (occurred_on is None and rule.optional):
                return
            if occurred_on is None:
                raise _undated(rule)
            put(making, kinds, occurred_on)

        return step

    def _put_event(self, rule: Event) -> Callable[[Making, tuple[str, ...], date], None]:
        read = self.read
        table = f"{self.name}.{rule.name}" if rule.name else self.name
        key_of, end, recorded = (
            read.joined(rule.key), read.day(rule.ended_on), read.day(rule.recorded_on),
        )  # fmt: skip
        rest: Reads = [("end_recorded_on", read.day(rule.end_recorded_on)),
                       ("value", read.value(rule.value)), ("group", read.joined(rule.group)),
                       ("detail", read.text(rule.detail))]  # fmt: skip
        parts = [(name, read.words(lookup)) for name, lookup in rule.people.items()]

        def put(making: Making, kinds: tuple[str, ...], occurred_on: date) -> None:
            cells, ids = making.cells, making.ids
            key = f"{table}:{key_of(cells) or f'{making.sink.name}:{making.row}'}"
            ended_on, recorded_on = end(cells), recorded(cells)
            columns = {name: read(cells) for name, read in rest}
            place = self._at(making, rule.at) if rule.at else None
            people = [(ids[name], role, self._ages[name](cells))
                      for name, roles in parts if name in ids for role in roles(cells)]  # fmt: skip
            for kind in kinds:
                making.in_order(occurred_on, ended_on, rule.ended_on)
                making.made.append(MadeEvent(f"{kind}:{key}", occurred_on, recorded_on, rule.parts))
                making.will(_emit_event, making, kind, occurred_on, people, place, key=key,
                            ended_on=ended_on, recorded_on=recorded_on, **columns)  # fmt: skip

        return put

    # --- part in another file's events -------------------------------------------------------

    def _takes_part(self, part: TakesPart) -> Step:
        lookups = [(name, self.read.words(lookup)) for name, lookup in part.people.items()]

        def step(making: Making) -> None:
            joined = making.joined.get(part.join)
            if joined is None:
                return
            for name, roles in lookups:
                for role in roles(making.cells) if name in making.ids else ():
                    for event in joined.events:
                        if own := event.parts.get(role, role):
                            age = self._ages[name](making.cells)
                            making.will(self._put_part, making, event, making.ids[name], own, age)

        return step

    def _put_part(
        self, making: Making, event: MadeEvent, record_id: str, role: str, age: int | None
    ) -> None:
        if self.told.first("part", event.event_id, record_id, role):
            making.sink.part(making.row, event.event_id, event.occurred_on, (record_id, role, age),
                             recorded_on=event.recorded_on)  # fmt: skip

    def _older(self, rule: OlderCoParticipant) -> Step:
        read = self.read
        day, born_on = (
            read.day(rule.occurred_on),
            read.day(self.mapping.people[rule.person].date_of_birth),
        )
        roles_of = [read.words(part.people[rule.person]) for part in self.mapping.takes_part
                    if part.join == rule.join and rule.person in part.people]  # fmt: skip
        key_of, recorded = read.joined(self.mapping.joins[rule.join].on), read.day(rule.recorded_on)
        wanted, age_of = frozenset(rule.roles), self._ages[rule.person]

        def step(making: Making) -> None:
            cells = making.cells
            record_id, occurred_on = making.ids.get(rule.person), day(cells)
            roles = {role for words in roles_of for role in words(cells)}
            if record_id is None or occurred_on is None or not roles & wanted:
                return
            age = age_of(cells)
            if age is None:
                born = born_on(cells)
                age = dates.age_in_years(born, occurred_on) if born else None
            key = key_of(cells)
            if age is not None and key is not None:
                making.will(self._compare_ages, making, rule, key, (record_id, age, rule.role),
                            occurred_on, recorded)  # fmt: skip

        return step

    def _compare_ages(
        self,
        making: Making,
        rule: OlderCoParticipant,
        key: str,
        participant: tuple[str, int, str],
        occurred_on: date,
        recorded: Read[date | None],
    ) -> None:
        others = self.told.participants.setdefault((rule.join, key), [])
        others.append(participant)
        oldest = max(age for _, age, _ in others)
        for younger, years, role in others:
            mark = (f"{self.name}:{key}|{younger}", rule.kind)
            if oldest - years >= rule.years and mark not in self.told.marked:
                self.told.marked.add(mark)
                making.sink.event(making.row, rule.kind, occurred_on, [(younger, role, years)],
                                  key=mark[0], group=key,
                                  recorded_on=recorded(making.cells))  # fmt: skip


def _emit_event(
    making: Making,
    kind: str,
    occurred_on: date,
    people: list[tuple[str, str, int | None]],
    place: Callable[[], str | None] | None,
    **columns: Any,
) -> None:
    address_id = place() if place else None
    making.sink.event(making.row, kind, occurred_on, people, address_id=address_id, **columns)


def _put_identifier(
    sink: FileSink, row: int, record_id: str, scheme: str, value: str, column: str
) -> None:
    check = identifiers.check(scheme, value)
    sink.identifier(row, record_id, scheme, value, check)
    if check == "failed":
        sink.finding(
            "K-MAP-CHECK",
            f"{value!r} fails the check of a {scheme.replace('_', ' ')}; it is trusted less.",
            "Correct the number in the source system.",
            row=row,
            column=column,
            value=value,
        )


def _nobody(person: Person) -> RowRefusedError:
    return RowRefusedError(
        "K-MAP-PERSON",
        person.record_id[0],
        f"The row has no {' and '.join(person.record_id)}, so it is about nobody.",
        "Send the agency's own number for the person on every row.",
    )


def _undated(rule: Event) -> RowRefusedError:
    columns = " or ".join(rule.occurred_on)
    return RowRefusedError(
        "K-MAP-DATE",
        rule.occurred_on[0],
        f"The row has no date in {columns} that can be read, so nobody can say when it was.",
        "Send the date on every row, in a layout that the mapping names.",
    )


def _asked_once(put: Callable[[], str]) -> Callable[[], str | None]:
    """Put an address when it is first asked for; None for an empty id."""
    found: list[str] = []

    def ask() -> str | None:
        if not found:
            found.append(put())
        return found[0] or None

    return ask


def _one_of(allowed: tuple[str, ...], word: Read[str | None]) -> Read[str | None]:
    def read(cells: Cells) -> str | None:
        return found if (found := word(cells)) in allowed else None

    return read


def _known_by(columns: Mapping[str, str | None]) -> str | None:
    """Know a professional without a number by name and organisation; None without a name."""
    if columns["full_name"] is None:
        return None
    words = f"{columns['full_name']}|{columns['organisation'] or ''}".casefold()
    return blake2b(" ".join(words.split()).encode(), digest_size=8).hexdigest()
