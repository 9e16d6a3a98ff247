"""A hand-made village for the front door: families of two adults and two children, all alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from kithkin.simulation import life, world
from kithkin.simulation.calendar import NEVER, Calendar
from kithkin.simulation.world import NOBODY

A_FAMILY = 4
AGES = (35, 37, 6, 9)
CALENDAR = Calendar.ending(date(2025, 3, 31), years=2, warm_up_months=24)


def days(*values: int) -> Any:
    """Give int32 values."""
    return np.array(values, dtype=np.int32)


def build_village(families: int) -> world.World:
    """Family f has persons 4f to 4f+3 (two adults, two children) and household, address f.

    Every second family is of a minority ethnic group; all live in one area of the fifth tenth.
    """
    size = A_FAMILY * families
    person = np.arange(size, dtype=np.int32)
    family, member = person // A_FAMILY, person % A_FAMILY
    born = (CALENDAR.begins - np.array(AGES)[member] * 365.25 - family % 90).astype(np.int32)
    whole, none = np.zeros(size, np.int32), np.full(size, NOBODY, np.int32)
    off = np.full(size, NEVER, np.int32)
    homes = np.arange(families, dtype=np.int32)
    empty, small = np.empty(0, np.int32), np.empty(0, np.int8)
    minority = np.where(family % 2 == 1, world.ETHNICITIES.index("BAFR"), 0).astype(np.int8)
    child = member >= 2
    return world.World(
        names=pa.array(["Ada", "Bell"]),
        heritages=("british",),
        streets=pa.array(["High Street"]),
        areas=world.Areas(
            code=pa.array(["E01"]), name=pa.array(["Village"]), district=pa.array(["E07000081"]),
            town=pa.array(["Gloucester"]), decile=np.array([5], np.int8),
            score=np.array([20], np.float32), income_children=np.array([0.1], np.float32),
            crime=np.zeros(1, np.float32),
        ),
        postcodes=world.Postcodes(pa.array(["GL1 1AA"]), days(0), days(0), days(0)),
        addresses=world.Addresses(
            postcode=homes * 0, street=homes * 0, number=homes, flat=homes * 0,
            uprn=homes.astype(np.int64), kind=np.zeros(families, np.int8),
            tenure=np.zeros(families, np.int8),
        ),
        people=world.People(
            born=born, died=off, arrived=born, left=off, sex=(member % 2).astype(np.int8),
            ethnicity=minority, heritage=np.zeros(size, np.int8), forename=whole, middle=none,
            surname=whole + 1, former_surname=none, known_as=none,
            mother=np.where(child, person - member, NOBODY).astype(np.int32),
            father=np.where(child, person - member + 1, NOBODY).astype(np.int32),
            twin=none, disabled=np.zeros(size, bool), mother_tongue_english=np.ones(size, bool),
        ),
        households=world.Households(
            kind=np.full(families, 2, np.int8), reference=homes * A_FAMILY,
            poor=np.zeros(families, np.float32),
        ),
        stays=world.Stays(
            person=person, household=family, address=family, start=born, end=off,
            kind=np.zeros(size, np.int8),
        ),
        schools=world.Schools(pa.array(["School"]), small, empty, empty, empty),
        enrolments=world.Enrolments(empty, empty, empty, empty, small),
        places=world.Places(
            pa.array([], pa.string()), small, empty, np.empty(0, np.float32),
            np.empty(0, np.float32),
        ),
        groups=world.Groups(small, empty, empty),
        memberships=world.Memberships(empty, empty, empty, empty),
        haunts=world.Haunts(empty, empty),
        ties=world.Ties(empty, empty, small, empty, empty),
    )  # fmt: skip


def quiet_lives(village: world.World) -> life.Lives:
    """Nothing the matter with anybody."""
    families = len(village.households)
    children = np.flatnonzero(np.arange(len(village.people)) % A_FAMILY >= 2).astype(np.int32)
    child_of = np.full(len(village.people), NOBODY, np.int32)
    child_of[children] = np.arange(len(children))
    shape = (CALENDAR.months, len(children))
    return life.Lives(
        children=children,
        child_of=child_of,
        home=np.tile(children // A_FAMILY, (CALENDAR.months, 1)).astype(np.int32),
        household={
            name: np.zeros((CALENDAR.months, families), np.uint8)
            for name in life.HOUSEHOLD_CONDITIONS
        },
        child={name: np.zeros(shape, np.uint8) for name in life.CHILD_CONDITIONS},
        hidden_household=np.zeros(families, np.float32),
        hidden_child=np.zeros(len(children), np.float32),
        strength=np.zeros(shape, np.float16),
        exposure_kin=np.zeros(shape, np.float16),
        exposure_kith=np.zeros(shape, np.float16),
    )


@dataclass(frozen=True)
class Incident:
    """One incident in a household, with its children present."""

    family: int
    day: int
    kind: str = "domestic_incident"
    severity: int = 2
    mark: float = 0.5


def happen(incidents: list[Incident]) -> tuple[life.Happenings, life.Participants]:
    """Make the tables of these incidents; the mother is the victim, both children are present."""
    rows = sorted(incidents, key=lambda row: (row.day, row.family))
    size = len(rows)
    none = np.full(size, NOBODY, np.int32)
    family = days(*(row.family for row in rows))
    happenings = life.Happenings(
        kind=np.array([life.HAPPENINGS.index(row.kind) for row in rows], np.int8),
        day=days(*(row.day for row in rows)), child=none, household=family, place=none,
        group=none, severity=np.array([row.severity for row in rows], np.int8),
        cause=np.full(size, -1, np.int8),
        mark=np.array([row.mark for row in rows], np.float32),
    )  # fmt: skip
    member = np.tile([0, 2, 3], size)
    participants = life.Participants(
        happening=np.repeat(np.arange(size, dtype=np.int32), 3),
        person=(np.repeat(family, 3) * A_FAMILY + member).astype(np.int32),
        part=np.tile(
            [life.PARTS.index("victim"), life.PARTS.index("present"), life.PARTS.index("present")],
            size,
        ).astype(np.int8),
    )
    return happenings, participants
