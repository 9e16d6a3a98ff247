"""Episodes with a mental health, substance or learning disability service."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.health_contacts import Contacts, contacts
from kithkin.simulation.agencies.health_growing_up import Referrals
from kithkin.simulation.agencies.seeing import YEAR, living
from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.settings.services import HealthSettings
from kithkin.simulation.world import NOBODY, Index, Small

FEED = "health"
SERVICES = (
    "camhs", "adult mental health", "substance treatment",
    "adult learning disability without a package",
)  # fmt: skip
"""Words of the contract's episode file."""
MARKED = 2
"""The state of a condition from which a parent may come to an adult service."""
ADULT = 18 * YEAR
YOUNGEST = 10
YOUNG_STAY = 130.0
"""Mean days of a child's treatment beyond the first month (OHID, young people's treatment: 22 weeks)."""
USUAL_STAY = 280.0
"""Mean days of an adult's episode that no household condition explains."""


@dataclass(frozen=True)
class Episodes:
    """A row an episode with a service, and contacts for treatments that were broken off."""

    person: Index
    service: Small
    start: Days
    end: Days
    unplanned: Contacts


def episodes_of(county: County, settings: HealthSettings, referrals: Referrals) -> Episodes:
    """Give all episodes, of whatever time; the window is the file's affair."""
    treated = _of_condition(county, "alcohol_or_drugs", settings.substance_treatment)
    parts = [
        (0, _in_camhs(county, settings, referrals)),
        (1, _of_condition(county, "mental_health", settings.adult_service)),
        (1, _background(county, settings.adult_service_background)),
        (2, treated),
        (2, _young(county, settings.young_substance_treatment)),
        (3, _without_package(county, settings)),
    ]
    person = np.concatenate([each[0] for _, each in parts]).astype(np.int32)
    service = np.concatenate([np.full(len(each[0]), code) for code, each in parts])
    start = np.concatenate([each[1] for _, each in parts]).astype(np.int32)
    end = np.concatenate([each[2] for _, each in parts]).astype(np.int32)
    here = living(county, person, start) & (end >= start)
    left = treated[2] < NEVER
    rng = county.streams.of(FEED, "unplanned")
    left &= rng.random(len(left)) < settings.unplanned_exit
    return Episodes(
        person[here],
        service[here].astype(np.int8),
        start[here],
        end[here],
        contacts(treated[0][left], treated[2][left], "unplanned exit from substance treatment"),
    )


Spell = tuple[Index, Days, Days]
"""People, first days and last days (NEVER while open)."""


def _in_camhs(county: County, settings: HealthSettings, referrals: Referrals) -> Spell:
    """Open an episode after the wait, unless the child was taken on within the year before."""
    taken = np.flatnonzero(~referrals.rejected)
    person, day = referrals.person[taken], referrals.day[taken]
    again = np.zeros(len(taken), dtype=np.bool_)
    again[1:] = (person[1:] == person[:-1]) & (day[1:] - day[:-1] < YEAR)
    person, day = person[~again], day[~again]
    rng = county.streams.of(FEED, "camhs episodes")
    start = day + rng.exponential(settings.camhs_wait, len(day)).astype(np.int32)
    end = start + 20 + rng.exponential(settings.camhs_length, len(day)).astype(np.int32)
    return person, start.astype(np.int32), end.astype(np.int32)


def runs(states: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.intp], ...]:
    """Give the rows of each unbroken run of marked months, its first month and the one after it.

    `states` has shape (months, rows); the runs are in order of rows and months.
    """
    marked = (states >= MARKED).astype(np.int8)
    edge = np.zeros((1, states.shape[1]), dtype=np.int8)
    step = np.diff(np.concatenate([edge, marked, edge]), axis=0)
    row, begin = np.nonzero((step == 1).T)
    _, after = np.nonzero((step == -1).T)
    return row, begin, after


def _of_condition(county: County, condition: str, chance: float) -> Spell:
    """Take some households' reference persons into treatment for the run of a condition."""
    calendar = county.calendar
    household, begin, after = runs(county.lives.household[condition])
    rng = county.streams.of(FEED, "treated", condition)
    kept = rng.random(len(household)) < chance
    household, begin, after = household[kept], begin[kept], after[kept]
    later = rng.exponential(45, len(household)).astype(np.int32)
    start = calendar.month_starts[begin] + later
    lasting = after >= calendar.months
    end = calendar.month_starts[after] + rng.exponential(60, len(household)).astype(np.int32)
    end = np.where(lasting, NEVER, np.maximum(end, start + 14)).astype(np.int32)
    person = county.world.households.reference[household]
    adult = (person != NOBODY) & (start - county.world.people.born[person] >= ADULT)
    return person[adult], start[adult].astype(np.int32), end[adult]


def _young(county: County, chance: float) -> Spell:
    """Take some children into treatment for the run of what they use."""
    calendar = county.calendar
    row, begin, _ = runs(county.lives.child["substance"])
    rng = county.streams.of(FEED, "young in treatment")
    kept = rng.random(len(row)) < chance
    child = county.lives.children[row[kept]]
    start = calendar.month_starts[begin[kept]] + rng.exponential(45, len(child)).astype(np.int32)
    end = start + 30 + rng.exponential(YOUNG_STAY, len(child)).astype(np.int32)
    age = whole_years(county.world.people.born[child], start)
    fits = (age >= YOUNGEST) & (start - county.world.people.born[child] < ADULT)
    return child[fits], start[fits].astype(np.int32), end[fits].astype(np.int32)


def _background(county: County, share: float) -> Spell:
    """Take other adults into the adult service, so that `share` of adults are there on a day."""
    calendar, people = county.calendar, county.world.people
    rng = county.streams.of(FEED, "background")
    span = calendar.ends - calendar.begins
    adults = np.flatnonzero(people.born < calendar.begins - ADULT).astype(np.int32)
    rate = share * span / USUAL_STAY
    person = adults[rng.random(len(adults), dtype=np.float32) < rate]
    start = calendar.begins + rng.integers(0, span, len(person)).astype(np.int32)
    end = start + rng.exponential(USUAL_STAY, len(person)).astype(np.int32)
    return person, start, end.astype(np.int32)


def _without_package(county: County, settings: HealthSettings) -> Spell:
    people, calendar = county.world.people, county.calendar
    rng = county.streams.of(FEED, "no package")
    is_parent = np.zeros(len(people), dtype=np.bool_)
    for parents in (people.mother, people.father):
        is_parent[parents[parents >= 0]] = True
    person = np.flatnonzero(is_parent & people.disabled).astype(np.int32)
    person = person[rng.random(len(person)) < settings.no_package]
    start = calendar.begins + rng.integers(0, calendar.ends - calendar.begins, len(person))
    return person, start.astype(np.int32), np.full(len(person), NEVER, dtype=np.int32)
