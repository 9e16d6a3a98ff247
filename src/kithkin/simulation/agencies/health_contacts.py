"""Contacts with health services that follow from what happens, and from everyday emergencies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kithkin.simulation.agencies.pupils import LOOKED_AFTER, PROTECTION, care_status
from kithkin.simulation.agencies.seeing import YEAR, Mask, Parties, Watch, parties
from kithkin.simulation.agencies.visits import visits
from kithkin.simulation.calendar import Days
from kithkin.simulation.county import County
from kithkin.simulation.settings.services import HealthSettings, ServiceSettings, Sight
from kithkin.simulation.world import Float, Index, Small

FEED = "health"
CATEGORIES = (
    "emergency attendance", "emergency injury", "emergency self-harm", "emergency assault",
    "health visitor review missed", "development below cut-off", "late antenatal booking",
    "pregnancy under 18", "substance use in pregnancy", "mental health referral of a child",
    "camhs referral rejected", "mental health crisis", "section 136", "sexual infection under 16",
    "unmet health need", "immunisation overdue", "unplanned exit from substance treatment",
    "child protection access",
)  # fmt: skip
"""Words of the contract's contact file."""

CHILDHOOD = 18 * YEAR


@dataclass(frozen=True)
class Contacts:
    """A row a contact; `category` is a position in CATEGORIES."""

    person: Index
    day: Days
    category: Small


def contacts(person: Index, day: Days, category: str) -> Contacts:
    """Make contacts of one category."""
    code = np.full(len(person), CATEGORIES.index(category), dtype=np.int8)
    return Contacts(person.astype(np.int32), day.astype(np.int32), code)


def from_happenings(county: County, settings: HealthSettings, watch: Watch) -> Contacts:
    """Give the contacts that come of what happened to people, as far as it is seen."""
    seen = parties(county)
    given = []
    for number, sight in enumerate(settings.sees):
        rows = seen_through(seen, sight, watch, county.streams.of(FEED, "sees", number))
        given.append(contacts(seen.person[rows], seen.day[rows], sight.category))
    return joined(given)


def seen_through(seen: Parties, sight: Sight, watch: Watch, rng: np.random.Generator) -> Index:
    """Give the rows of `Parties` that an agency sees by one of its sights."""
    rows = seen.of(sight.happening, sight.part)
    rows = rows[seen.person[rows] >= 0]
    chance = raised(sight.chance, sight.per_severity * (seen.severity[rows] - 2.5))
    return rows[watch.sees(chance, seen.person[rows], seen.day[rows], rng)]


def raised(chance: float, by: Float) -> Float:
    """Raise a chance by log odds."""
    odds = np.log(np.float32(max(chance, 1e-6)) / np.float32(max(1 - chance, 1e-6))) + by
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


def joined(given: list[Contacts]) -> Contacts:
    """Put contacts together."""
    return Contacts(
        np.concatenate([np.empty(0, np.int32), *(each.person for each in given)]),
        np.concatenate([np.empty(0, np.int32), *(each.day for each in given)]),
        np.concatenate([np.empty(0, np.int8), *(each.category for each in given)]),
    )


def from_visits(county: County, settings: ServiceSettings) -> Iterator[Contacts]:
    """Give children's everyday emergencies, and the notices of children with a plan or in care."""
    born, months = county.world.people.born, county.calendar.month_starts[:-1]
    first = county.calendar.first_month
    for month, visited in enumerate(visits(county, settings, "emergencies"), start=first):
        young = visited.day - born[visited.person] < CHILDHOOD
        person, day = visited.person[young], visited.day[young]
        rng = county.streams.of(FEED, "emergencies", month)
        injured = rng.random(len(person), dtype=np.float32) < settings.health.injury_share
        yield Contacts(person, day, injured.astype(np.int8))
        status = care_status(county, int(months[month]))[person]
        noticed = flagged(status) & (rng.random(len(person)) < settings.health.access_flag)
        yield contacts(person[noticed], day[noticed], "child protection access")


def flagged(status: Small) -> Mask:
    """Say whose record shows the hospital a plan or care (Child Protection Information Sharing)."""
    shown: Mask = (status == PROTECTION) | (status == LOOKED_AFTER)
    return shown
