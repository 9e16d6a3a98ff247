"""People who join a simulated county, and what each agency was told of them.

An agency's mistakes are the county's own (`simulation.sending`); what is told here comes before
them: the other child's birthday on a form, the surname that a child had before care.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from kithkin.model.dates import day_number, from_day_number
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.hard_pairs.naming import Name
from kithkin.simulation.hard_pairs.settings import Agencies
from kithkin.simulation.world import (
    ADDRESS_KINDS,
    ETHNICITIES,
    NOBODY,
    SCHOOL_PHASES,
    Addresses,
    Enrolments,
    Index,
    Stays,
    World,
)

YEAR = 365.25
_FLATTENED = 4_000_000_000  # property numbers beyond those of the county
_NAMES = {
    "forename": "forename",
    "middle": "middle",
    "surname": "surname",
    "former_surname": "former_surname",
    "known_as": "known_as",
}
_SCHOOL_STARTS, _SCHOOL_ENDS = 5, 18


@dataclass(frozen=True)
class Otherwise:
    """What some of the agencies that know a person were told in the place of the truth.

    Each option maps `born`, `home` or fields of `Name` to another value; one is drawn. Born NEVER
    is a date of birth that the agency was not told.
    """

    share: float
    options: tuple[Mapping[str, Any], ...]
    always: bool = True
    """One agency at least was told so."""


@dataclass(frozen=True)
class Newcomer:
    """Somebody who joins the county; homes and other newcomers are known by their positions."""

    kind: str
    group: str
    name: Name
    born: int
    sex: int
    heritage: str
    home: int
    mother: int = NOBODY
    father: int = NOBODY
    twin: int = NOBODY
    otherwise: tuple[Otherwise, ...] = ()


@dataclass
class Newcomers:
    """Everybody who joins, and how many homes they have."""

    people: list[Newcomer] = field(default_factory=list)
    hostels: set[int] = field(default_factory=set)
    homes: int = 0

    def home(self, *, hostel: bool = False) -> int:
        """Open a home and give its position."""
        self.homes += 1
        if hostel:
            self.hostels.add(self.homes - 1)
        return self.homes - 1

    def add(self, newcomer: Newcomer) -> int:
        """Add somebody and give their position."""
        self.people.append(newcomer)
        return len(self.people) - 1


@dataclass(frozen=True)
class Joined:
    """A county with newcomers: as each agency was told of it, and whom it knows.

    `known` has, by feed, the day on which each newcomer became known; NEVER for who did not.
    """

    first: int
    """Position of the first newcomer in `World.people`."""
    counties: Mapping[str, County]
    known: Mapping[str, Days]
    births: Mapping[str, Mapping[int, int]]
    """By feed, the dates of birth told otherwise, by position in `World.people`. They are kept out
    of the feed's world, since a person's true numbers follow from the true birth."""
    home: Index
    """Each newcomer's home."""


def join_county(
    county: County,
    newcomers: Newcomers,
    agencies: Agencies,
    moved: float,
    rng: np.random.Generator,
) -> Joined:
    """Let newcomers live in a county and become known to its agencies.

    Parameters
    ----------
    agencies
        How many agencies know a person, and which by age.
    moved
        Share of homes whose people came from another address within the county's window.

    """
    known = _draw_agencies(county, newcomers.people, agencies, rng)
    told = {feed: _draw_told(newcomers.people, feed, known, rng) for feed in known}
    _tell_once(newcomers.people, known, told, rng)
    places = _Places(county, newcomers, moved, rng)
    texts = _Texts(county.world.names)
    counties = {
        feed: replace(county, world=_world(county, newcomers.people, told[feed], places, texts))
        for feed in known
    }
    listed, first = texts.listed(), len(county.world.people)
    counties = {
        feed: replace(one, world=replace(one.world, names=listed)) for feed, one in counties.items()
    }
    births = {
        feed: {first + place: told["born"] for place, told in told_of.items() if "born" in told}
        for feed, told_of in told.items()
    }
    home = np.array([one.home for one in newcomers.people], dtype=np.int32)
    return Joined(first, counties, known, births, home)


# --- whom the agencies know, and what they were told -----------------------------------------


def _draw_agencies(
    county: County, people: list[Newcomer], agencies: Agencies, rng: np.random.Generator
) -> dict[str, Days]:
    feeds = sorted({feed for weights in agencies.by_age.values() for feed in weights})
    known = {feed: np.full(len(people), NEVER, dtype=np.int32) for feed in feeds}
    ages, ends = sorted(agencies.by_age), county.calendar.ends
    many = rng.choice(list(agencies.how_many), size=len(people), p=list(agencies.how_many.values()))
    for place, one in enumerate(people):
        years = (ends - one.born) / YEAR
        weights = agencies.by_age[ages[max(bisect(ages, years) - 1, 0)]]
        # Sorting exponential waits by weight draws without replacement (Efraimidis and Spirakis).
        waits = rng.exponential(size=len(weights)) / np.array(list(weights.values()))
        since = max(one.born, county.calendar.begins)
        for which in np.argsort(waits)[: many[place]].tolist():
            known[list(weights)[which]][place] = rng.integers(since, ends + 1)
    return known


Told = dict[int, dict[str, Any]]


def _draw_told(
    people: list[Newcomer], feed: str, known: Mapping[str, Days], rng: np.random.Generator
) -> Told:
    """Draw what one agency was told, by newcomer: only where that is not the truth."""
    told: Told = {}
    for place in np.flatnonzero(known[feed] != NEVER).tolist():
        for otherwise in people[place].otherwise:
            if rng.random() < otherwise.share:
                _tell(told, place, otherwise, rng)
    return told


def _tell(told: Told, place: int, otherwise: Otherwise, rng: np.random.Generator) -> None:
    option = otherwise.options[int(rng.integers(len(otherwise.options)))]
    told.setdefault(place, {}).update(option)


def _tell_once(
    people: list[Newcomer],
    known: Mapping[str, Days],
    told: Mapping[str, Told],
    rng: np.random.Generator,
) -> None:
    """Where every agency was told the truth and one at least should not, tell one otherwise."""
    for place, one in enumerate(people):
        feeds = [feed for feed in known if known[feed][place] != NEVER]
        if any(place in told[feed] for feed in feeds):
            continue
        for otherwise in one.otherwise:
            if otherwise.always and otherwise.share:
                _tell(told[feeds[int(rng.integers(len(feeds)))]], place, otherwise, rng)


# --- the world as one agency was told of it ----------------------------------------------------


class _Texts:
    """Names by text, the world's own and new ones behind them."""

    def __init__(self, names: pa.StringArray) -> None:
        self._texts: list[str] = names.to_pylist()
        self._places = {text: place for place, text in reversed(list(enumerate(self._texts)))}

    def of(self, text: str | None) -> int:
        if not text:
            return NOBODY
        if text not in self._places:
            self._places[text] = len(self._texts)
            self._texts.append(text)
        return self._places[text]

    def listed(self) -> pa.StringArray:
        return pa.array(self._texts, pa.string())


class _Places:
    """Two addresses for each home, now and before, and the day of the move."""

    def __init__(
        self, county: County, newcomers: Newcomers, moved: float, rng: np.random.Generator
    ) -> None:
        world, calendar, homes = county.world, county.calendar, newcomers.homes
        self.first, self.homes = len(world.addresses), homes
        like = rng.integers(len(world.addresses), size=2 * homes)
        hostel = np.isin(np.arange(2 * homes) % max(homes, 1), sorted(newcomers.hostels))
        kind = np.where(hostel, ADDRESS_KINDS.index("hostel"), ADDRESS_KINDS.index("house"))
        self.addresses = Addresses(
            postcode=world.addresses.postcode[like],
            street=world.addresses.street[like],
            number=rng.integers(1, 150, size=2 * homes).astype(np.int32),
            flat=np.where(hostel, 0, rng.integers(0, 4, size=2 * homes)).astype(np.int32),
            uprn=_FLATTENED + np.arange(2 * homes, dtype=np.int64),
            kind=kind.astype(np.int8),
            tenure=world.addresses.tenure[like],
        )
        day = rng.integers(calendar.opens, calendar.ends, size=homes)
        stayed = (rng.random(homes) >= moved) | np.isin(np.arange(homes), sorted(newcomers.hostels))
        self.since = np.where(stayed, NEVER, day).astype(np.int64)

    def now(self, home: int) -> int:
        return self.first + home

    def before(self, home: int) -> int:
        return self.first + self.homes + home


def _world(
    county: County, people: list[Newcomer], told: Told, places: _Places, texts: _Texts
) -> World:
    world = county.world
    as_told = [_as_told(one, told.get(place, {})) for place, one in enumerate(people)]
    return replace(
        world,
        people=_longer(world.people, _columns(county, as_told, texts)),
        addresses=_longer(world.addresses, _values(places.addresses)),
        stays=_longer(world.stays, _values(_stays(county, as_told, places))),
        enrolments=_longer(world.enrolments, _values(_enrolments(world, people, county))),
    )


def _as_told(one: Newcomer, told: Mapping[str, Any]) -> Newcomer:
    if not told:
        return one
    names = {field: value for field, value in told.items() if field in _NAMES}
    return replace(one, name=replace(one.name, **names), home=told.get("home", one.home))


def _values(table: Any) -> dict[str, Any]:
    return {column.name: getattr(table, column.name) for column in fields(table)}


def _longer(table: Any, more: Mapping[str, Any]) -> Any:
    """Put rows behind a table's."""
    columns = {}
    for name, values in more.items():
        held = getattr(table, name)
        if held is not None:
            columns[name] = np.concatenate([held, np.asarray(values).astype(held.dtype)])
    return replace(table, **columns)


def _columns(county: County, people: list[Newcomer], texts: _Texts) -> dict[str, Any]:
    many, world, first = len(people), county.world, len(county.world.people)
    ethnicity = _ethnicities(world)
    born = np.array([one.born for one in people], dtype=np.int64)
    columns: dict[str, Any] = {
        "born": born,
        "died": np.full(many, NEVER),
        # Nobody comes from elsewhere: who was born before the calendar was always here.
        "arrived": np.maximum(born, county.calendar.begins),
        "left": np.full(many, NEVER),
        "sex": [one.sex for one in people],
        "ethnicity": [ethnicity[one.heritage] for one in people],
        "heritage": [world.heritages.index(one.heritage) for one in people],
        "disabled": np.zeros(many),
        "mother_tongue_english": np.ones(many),
        "renamed": born,
    }
    for kin in ("mother", "father", "twin"):
        of = np.array([getattr(one, kin) for one in people], dtype=np.int64)
        columns[kin] = np.where(of >= 0, of + first, NOBODY)
    for column, name in _NAMES.items():
        columns[column] = [texts.of(getattr(one.name, name)) for one in people]
    return columns


def _ethnicities(world: World) -> dict[str, int]:
    """Give each community the ethnic group that most of the county's own people of it have."""
    counts = np.zeros((len(world.heritages), len(ETHNICITIES)), dtype=np.int64)
    np.add.at(counts, (world.people.heritage, world.people.ethnicity), 1)
    return dict(zip(world.heritages, counts.argmax(axis=1).tolist(), strict=True))


def _stays(county: County, people: list[Newcomer], places: _Places) -> Stays:
    """Give each a stay at home, and one at the address before where the home moved."""
    first, begins = len(county.world.people), county.calendar.begins
    rows = [
        row
        for place, one in enumerate(people)
        for row in _spells(one, first + place, begins, places)
    ]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    none = np.zeros(len(rows), dtype=np.int64)
    person, address, start, end = columns
    return Stays(person, none + NOBODY, address, start, end, none)  # type: ignore[arg-type]


def _spells(
    one: Newcomer, person: int, begins: int, places: _Places
) -> Iterator[tuple[int, int, int, int]]:
    came = max(one.born, begins)
    moved = int(places.since[one.home])
    if came < moved != NEVER:
        yield person, places.before(one.home), came, moved - 1
        came = moved
    yield person, places.now(one.home), came, NEVER


def _enrolments(world: World, people: list[Newcomer], county: County) -> Enrolments:
    """Enrol who is of school age at the county's end, so that they have pupil numbers."""
    ends, first = county.calendar.ends, len(world.people)
    schools = np.flatnonzero(world.schools.phase == SCHOOL_PHASES.index("primary"))
    rows = []
    for place, one in enumerate(people):
        start = day_number(date(from_day_number(one.born).year + _SCHOOL_STARTS, 9, 1))
        if len(schools) and start <= ends < one.born + _SCHOOL_ENDS * YEAR:
            rows.append((first + place, int(schools[place % len(schools)]), start))
    person, school, start_days = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    never = np.full(len(rows), NEVER, dtype=np.int64)
    return Enrolments(person, school, start_days, never, np.zeros(len(rows)))  # type: ignore[arg-type]
