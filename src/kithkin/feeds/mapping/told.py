"""What is remembered from row to row while a delivery is read, and how much memory it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any, NamedTuple

from kithkin.feeds.loading import FileSink


class MadeEvent(NamedTuple):
    """An event that a row made, for people of other files to take part in."""

    event_id: str
    occurred_on: date
    recorded_on: date | None
    parts: Mapping[str, str]


class Joinable(NamedTuple):
    """What is kept of a row that other files join: the columns they use, and its events."""

    row: int
    values: dict[str, str | None]
    events: list[MadeEvent]


@dataclass
class Told:
    """What a delivery has said so far, so that a person on many rows becomes one record.

    `people` holds each person's record until the delivery is read (about 1 KB a person), and
    `participants`, for each joined row, who took part in it and at what age.
    """

    digests: set[bytes] = field(default_factory=set)
    people: dict[str, tuple[FileSink, int, dict[str, Any]]] = field(default_factory=dict)
    participants: dict[tuple[str, str], list[tuple[str, int, str]]] = field(default_factory=dict)
    marked: set[tuple[str, str]] = field(default_factory=set)

    def first(self, *parts: object) -> bool:
        """Say whether this is told for the first time."""
        digest = blake2b(repr(parts).encode(), digest_size=12).digest()
        if digest in self.digests:
            return False
        self.digests.add(digest)
        return True

    def person(self, sink: FileSink, row: int, record_id: str, columns: dict[str, Any]) -> None:
        """Keep what a row says of a person; what an earlier row said stands."""
        _, first_row, known = self.people.setdefault(record_id, (sink, row, dict(columns)))
        for column, value in columns.items():
            stands = known.setdefault(column, value)
            if stands != value and self.first("differs", record_id, column, value):
                sink.finding(
                    "K-MAP-DIFFERS",
                    f"{column} of {record_id} is {stands} on another row (first on row "
                    f"{first_row}); that one stands.",
                    "Send each person's particulars once, as they are now.",
                    row=row,
                    column=column,
                    value=value,
                )

    def put_people(self) -> None:
        """Put every person kept, with the file and row that named them first."""
        for record_id, (sink, row, columns) in self.people.items():
            unborn = "date_of_birth" not in columns and "expected_date_of_birth" in columns
            sink.person(row, record_id, unborn=unborn, **columns)
        self.people.clear()
