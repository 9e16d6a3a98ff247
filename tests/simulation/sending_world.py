"""A county made by hand for what agencies send: families in houses, some of whom move."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from kithkin.simulation.calendar import NEVER, Calendar
from kithkin.simulation.county import County
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.mistakes import MistakeSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import (
    NOBODY,
    Addresses,
    Areas,
    Enrolments,
    Groups,
    Haunts,
    Households,
    Memberships,
    People,
    Places,
    Postcodes,
    Schools,
    Stays,
    Ties,
    World,
)

CALENDAR = Calendar.ending(date(2025, 3, 31), 3, 24)
SETTINGS = read_section(MistakeSettings, changes={"knows_placements": []})
WITHOUT_MISTAKES = read_section(
    MistakeSettings,
    changes={
        "address_lag_days": 0.0,
        "hides_refuges": [],
        "knows_placements": [],
        "usual": dict.fromkeys(SETTINGS.usual.model_dump(), 0.0),
        "agencies": {},
    },
)

# The last three forenames and surnames are short, double-barrelled or marked.
FORENAMES = [
    "Mohammed",
    "Oleksandr",
    "Katarzyna",
    "William",
    "Elizabeth",
    "Aisha",
    "Jo",
    "Ann-Marie",
]
SURNAMES = ["Khan", "Shevchenko", "Nowak", "Smith", "Jones", "Okafor", "Patel-Jones", "O'Brien"]
NAMES = [*FORENAMES, *SURNAMES, "Mo"]


def county_of(people: int = 4000, seed: int = 7, mistakes: float = 1.0) -> County:
    """Make a county of families of four: mother, father, and two children, some of them twins."""
    rest: Any = None  # nothing that is sent here depends on lives, happenings or care
    return County(
        calendar=CALENDAR,
        knobs=read_section(Knobs, changes={"mistakes": mistakes}),
        streams=Streams(seed),
        world=world_of(people),
        lives=rest,
        happenings=rest,
        participants=rest,
        care=rest,
    )


def settings_with(**rates: float) -> MistakeSettings:
    """Give the settings in which there are no mistakes but these."""
    usual = {**WITHOUT_MISTAKES.usual.model_dump(), **rates}
    return read_section(MistakeSettings, changes={**WITHOUT_MISTAKES.model_dump(), "usual": usual})


def world_of(people: int) -> World:
    """Make the world; families move house in 2023, from house to house along the street."""
    person = np.arange(people, dtype=np.int32)
    family, place = person // 4, person % 4
    houses = people // 4 + 1
    return World(
        names=pa.array(NAMES),
        heritages=("english", "pakistani"),
        streets=pa.array(["High Street", "Mill Lane"]),
        areas=_areas(),
        postcodes=_postcodes(),
        addresses=_addresses(houses),
        people=_people(person, family, place),
        households=Households(_small(houses), _whole(houses), np.zeros(houses, np.float32)),
        stays=_stays(person, family),
        schools=Schools(
            pa.array(["First School", "High School"]),
            np.array([1, 2], np.int8),
            np.array([100001, 100002], np.int32),
            np.array([2001, 4002], np.int32),
            np.array([0, 5], np.int32),
        ),
        enrolments=_enrolments(person[place >= 2]),
        places=Places(pa.array([], pa.string()), _small(0), _whole(0), *_floats(2)),
        groups=Groups(_small(0), _whole(0), _whole(0)),
        memberships=Memberships(_whole(0), _whole(0), _whole(0), _whole(0)),
        haunts=Haunts(_whole(0), _whole(0)),
        ties=Ties(_whole(0), _whole(0), _small(0), _whole(0), _whole(0)),
    )


def _people(person: np.ndarray, family: np.ndarray, place: np.ndarray) -> People:
    size = len(person)
    first = (person - place).astype(np.int32)
    child = place >= 2
    twins = child & (family % 10 == 0)
    born = (
        np.select([place == 0, place == 1, place == 2], [3000, 2500, 14000], 14700)
        + (family * 37) % 3000
    )
    born = np.where(twins, 14000 + (family * 37) % 3000, born)
    never = np.full(size, NEVER, np.int32)
    forename = (family * 3 + place * 5) % len(FORENAMES)
    forename = np.where(
        (place == 3) & (family % 7 == 0), forename[person - 2 * (place == 3)], forename
    )
    return People(
        born=born.astype(np.int32),
        died=never,
        arrived=np.full(size, CALENDAR.begins - 1000, np.int32),
        left=never,
        sex=np.where(
            place == 0, 0, np.where(place == 1, 1, (family + place * (family % 3 > 0)) % 2)
        ).astype(np.int8),
        ethnicity=(family % 18).astype(np.int8),
        heritage=(family % 2).astype(np.int8),
        forename=forename.astype(np.int32),
        middle=np.where(family % 3 == 0, 3, NOBODY).astype(np.int32),
        surname=(len(FORENAMES) + family % len(SURNAMES)).astype(np.int32),
        former_surname=np.where(place == 0, len(FORENAMES) + (family + 1) % 8, NOBODY).astype(
            np.int32
        ),
        known_as=np.where(forename == 0, len(NAMES) - 1, NOBODY).astype(np.int32),
        mother=np.where(child, first, NOBODY).astype(np.int32),
        father=np.where(child, first + 1, NOBODY).astype(np.int32),
        twin=np.where(twins, first + 5 - place, NOBODY).astype(np.int32),
        disabled=np.zeros(size, bool),
        mother_tongue_english=np.ones(size, bool),
    )


def _stays(person: np.ndarray, family: np.ndarray) -> Stays:
    moved = CALENDAR.opens + 365
    movers = person[family % 2 == 0]
    end = np.where(family % 2 == 0, moved - 1, NEVER)
    return Stays(
        person=np.concatenate([person, movers]),
        household=np.concatenate([family, family[movers]]).astype(np.int32),
        address=np.concatenate([family, family[movers] + 1]).astype(np.int32),
        start=np.r_[np.full(len(person), CALENDAR.begins), np.full(len(movers), moved)].astype(
            np.int32
        ),
        end=np.r_[end, np.full(len(movers), NEVER)].astype(np.int32),
        kind=_small(len(person) + len(movers)),
    )


def _enrolments(pupil: np.ndarray) -> Enrolments:
    return Enrolments(
        person=np.repeat(pupil, 2),
        school=np.tile(np.array([0, 1], np.int32), len(pupil)),
        start=np.tile(np.array([CALENDAR.begins, CALENDAR.opens + 150], np.int32), len(pupil)),
        end=np.tile(np.array([CALENDAR.opens + 100, NEVER], np.int32), len(pupil)),
        form=_small(2 * len(pupil)),
    )


def _areas() -> Areas:
    return Areas(
        pa.array(["E01014370", "E01022000"]),
        pa.array(["Bristol 001A", "Gloucester 001A"]),
        pa.array(["E06000023", "E07000081"]),
        pa.array(["Bristol", "Gloucester"]),
        np.array([1, 8], np.int8),
        *_floats(3, 2),
    )


def _postcodes() -> Postcodes:
    text = [f"BS1 {n}AA" for n in range(1, 6)] + [f"GL1 {n}AB" for n in range(1, 6)]
    return Postcodes(pa.array(text), np.repeat([0, 1], 5).astype(np.int32), _whole(10), _whole(10))


def _addresses(houses: int) -> Addresses:
    house = np.arange(houses)
    return Addresses(
        postcode=(house % 10).astype(np.int32),
        street=(house % 2).astype(np.int32),
        number=(house // 2 % 90 + 1).astype(np.int32),
        flat=np.where(house % 5 == 0, 2, 0).astype(np.int32),
        uprn=200_000_000 + house.astype(np.int64),
        kind=_small(houses),
        tenure=_small(houses),
    )


def _small(size: int) -> np.ndarray:
    return np.zeros(size, np.int8)


def _whole(size: int) -> np.ndarray:
    return np.zeros(size, np.int32)


def _floats(tables: int, size: int = 0) -> list[np.ndarray]:
    return [np.zeros(size, np.float32) for _ in range(tables)]
