"""The people who work for a service: names, and telephones and addresses that reach nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies import tables
from kithkin.simulation.county import County
from kithkin.simulation.records import Column
from kithkin.simulation.world import Index

ADULT_DAYS = 8000
"""Age in days of the youngest whose name a worker may bear."""


@dataclass(frozen=True)
class Staff:
    """The workers of one service, each with the telephone and e-mail of their post."""

    names: tuple[str, ...]
    phones: tuple[str, ...]
    emails: tuple[str, ...]

    def columns(self, prefix: str, worker: npt.NDArray[np.int32]) -> list[Column]:
        """Make the columns of name, telephone and e-mail of each row's worker (from 0)."""
        at = worker % max(len(self.names), 1)
        return [
            tables.word(f"{prefix}_name", at, self.names),
            tables.word(f"{prefix}_phone", at, self.phones),
            tables.word(f"{prefix}_email", at, self.emails),
        ]


def care_workers(county: County) -> Staff:
    """Give the workers of social care and early help, in the order of their numbers."""
    return _staff(county, county.care.worker_forename, county.care.worker_surname)


def hired(county: County, service: str, people_each: int = 8000) -> Staff:
    """Give the workers of another service: a worker for so many people of the county."""
    people, rng = county.world.people, county.streams.of(service, "staff")
    adults = np.flatnonzero(people.born < county.calendar.begins - ADULT_DAYS)
    count = min(5 + len(people) // people_each, 200)
    if not len(adults):
        return Staff((), (), ())
    named = rng.choice(adults, (2, count))
    return _staff(county, people.forename[named[0]], people.surname[named[1]])


def _staff(county: County, forename: Index, surname: Index) -> Staff:
    names = county.world.names
    first, last = names.take(forename).to_pylist(), names.take(surname).to_pylist()
    both = list(zip(first, last, strict=True))
    return Staff(
        names=tuple(f"{a} {b}" for a, b in both),
        # 01632 960000 to 960999 are kept by Ofcom for fiction.
        phones=tuple(f"01632 960{100 + i % 900}" for i in range(len(both))),
        emails=tuple(f"{_plain(a)}.{_plain(b)}{i}@example.org" for i, (a, b) in enumerate(both)),
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())
