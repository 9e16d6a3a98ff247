"""Villages made by hand: families of a mother, a father and two teenagers, in groups of six."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from kithkin.model.dates import day_number
from kithkin.simulation.calendar import NEVER, Calendar
from kithkin.simulation.life import Happenings, Lives, Participants
from kithkin.simulation.lives import live
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.lives import LifeSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import (
    GROUP_KINDS,
    HOUSEHOLD_KINDS,
    NOBODY,
    STAY_KINDS,
    TIE_KINDS,
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
SETTINGS = read_section(LifeSettings)
KNOBS = read_section(Knobs)
ADULT_BORN, TEENAGER_BORN = day_number(date(1982, 5, 4)), day_number(date(2008, 3, 9))
BEFORE = CALENDAR.begins - 400
OF_A_GROUP = 6
PLACES = 5


def village(families: int, *, organised: int = 0, poor: float = 0.3) -> World:
    """Make a village in which every sixth child shares a group; the first `organised` are used.

    Person 4f is the mother of family f, 4f + 1 the father, 4f + 2 and 4f + 3 the children. After
    them come two adults for each organised group.
    """
    lived, used_by = 4 * families, 2 * organised
    many = lived + used_by
    groups = -(-2 * families // OF_A_GROUP)
    kind_of = np.arange(many) % 4
    adult = (kind_of < 2) | (np.arange(many) >= lived)
    family = np.minimum(np.arange(many) // 4, families - 1)
    child = np.flatnonzero(~adult)
    behind = groups + np.arange(organised)
    return World(
        names=pa.array(["A"]),
        heritages=("one",),
        streets=pa.array(["High Street"]),
        areas=Areas(*[pa.array(["E01"])] * 4, *[_flat(1, 5, t) for t in (np.int8, *[np.float32] * 3)]),
        postcodes=Postcodes(pa.array(["GL1 1AA"]), *[_flat(1, 0)] * 3),
        addresses=Addresses(*[_flat(families, 0)] * 5, _flat(families, 0, np.int8), _flat(families, 0, np.int8)),
        people=_people(many, adult, kind_of, family, lived),
        households=Households(
            kind=_flat(families, HOUSEHOLD_KINDS.index("couple_with_children"), np.int8),
            reference=np.arange(families, dtype=np.int32) * 4,
            poor=_flat(families, poor, np.float32),
        ),
        stays=_stays(np.arange(lived), family[:lived]),
        schools=Schools(pa.array([], pa.string()), *[_flat(0, 0)] * 4),
        enrolments=Enrolments(*[_flat(0, 0)] * 5),
        places=Places(
            pa.array(["Park"] * PLACES), _flat(PLACES, 0, np.int8), _flat(PLACES, 0),
            _flat(PLACES, 1, np.float32), np.linspace(-1, 1, PLACES, dtype=np.float32),
        ),
        groups=Groups(
            kind=np.repeat([0, GROUP_KINDS.index("organised")], [groups, organised]).astype(np.int8),
            place=(np.arange(groups + organised) % PLACES).astype(np.int32),
            organised_by=np.concatenate(
                [behind, np.full(groups, NOBODY)]
            ).astype(np.int32),
        ),
        memberships=_memberships(child, groups, lived, organised),
        haunts=Haunts(child.astype(np.int32), (child % PLACES).astype(np.int32)),
        ties=_ties(families),
    )  # fmt: skip


def lived(
    world: World, *, settings: LifeSettings = SETTINGS, seed: int = 3, **knobs: float
) -> tuple[Lives, Happenings, Participants]:
    """Let a village live, with some knobs turned."""
    return live(world, CALENDAR, settings, KNOBS.model_copy(update=knobs), Streams(seed))


def settings_without(*kept: str, **changes: Any) -> LifeSettings:
    """Give settings in which no happening has a background, and only some conditions occur."""
    values = SETTINGS.model_dump()
    for kind in values["kinds"].values():
        kind["background"] = 0.0
    for courses in (values["family"], values["child"]):
        for name, course in courses.items():
            course["prevalence"] *= name in kept
            course.update(changes if name in kept else {})
    return LifeSettings.model_validate(values)


def with_people(world: World, **columns: Any) -> World:
    """Change columns of the people: each a dictionary from position to value."""
    changed = {}
    for name, values in columns.items():
        changed[name] = getattr(world.people, name).copy()
        changed[name][list(values)] = list(values.values())
    return replace(world, people=replace(world.people, **changed))


def _flat(many: int, value: float, kind: Any = np.int32) -> np.ndarray:
    return np.full(many, value, dtype=kind)


def _people(
    many: int, adult: np.ndarray, kind_of: np.ndarray, family: np.ndarray, lived: int
) -> People:
    of_nobody = adult | (np.arange(many) >= lived)
    return People(
        born=np.where(adult, ADULT_BORN, TEENAGER_BORN).astype(np.int32),
        died=_flat(many, NEVER), arrived=_flat(many, BEFORE), left=_flat(many, NEVER),
        sex=(kind_of % 2).astype(np.int8), ethnicity=_flat(many, 0, np.int8),
        heritage=_flat(many, 0, np.int8), forename=_flat(many, 0), middle=_flat(many, NOBODY),
        surname=_flat(many, 0), former_surname=_flat(many, NOBODY), known_as=_flat(many, NOBODY),
        mother=np.where(of_nobody, NOBODY, 4 * family).astype(np.int32),
        father=np.where(of_nobody, NOBODY, 4 * family + 1).astype(np.int32),
        twin=_flat(many, NOBODY), disabled=_flat(many, 0, np.bool_),
        mother_tongue_english=_flat(many, 1, np.bool_),
    )  # fmt: skip


def _stays(person: np.ndarray, household: np.ndarray) -> Stays:
    many = len(person)
    return Stays(
        person=person.astype(np.int32), household=household.astype(np.int32),
        address=household.astype(np.int32), start=_flat(many, BEFORE), end=_flat(many, NEVER),
        kind=_flat(many, STAY_KINDS.index("home"), np.int8),
    )  # fmt: skip


def _memberships(child: np.ndarray, groups: int, lived: int, organised: int) -> Memberships:
    # Brothers and sisters are kept apart, so that a group is not a family.
    of_children = np.arange(len(child)) % groups
    adults = lived + np.arange(2 * organised)
    group = np.concatenate([of_children, groups + np.arange(2 * organised) // 2])
    person = np.concatenate([child, adults])
    return Memberships(
        group.astype(np.int32), person.astype(np.int32), _flat(len(group), BEFORE),
        _flat(len(group), NEVER),
    )  # fmt: skip


def _ties(families: int) -> Ties:
    mother = 4 * np.arange(families)
    kinds = np.repeat([TIE_KINDS.index("partner"), TIE_KINDS.index("sibling")], families)
    a, b = np.concatenate([mother, mother + 2]), np.concatenate([mother + 1, mother + 3])
    return Ties(
        a.astype(np.int32), b.astype(np.int32), kinds.astype(np.int8), _flat(len(a), BEFORE),
        _flat(len(a), NEVER),
    )  # fmt: skip
