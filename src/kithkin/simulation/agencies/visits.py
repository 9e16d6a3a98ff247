"""What happens to everybody now and then: consultations and emergency attendances, by month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from kithkin.simulation.agencies.homes import deprivation, usual_address
from kithkin.simulation.agencies.seeing import living
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.settings.services import ServiceSettings
from kithkin.simulation.world import Float, Index

LOWEST, HIGHEST, LEVELS = -7.0, 1.5, 128
"""Log of the expected visits a month that the table of draws spans."""
DRAWS, MOST = 4096, 16


@dataclass(frozen=True)
class Visits:
    """The visits of one month, a row each, in order of people."""

    person: Index
    day: Days


@lru_cache(maxsize=1)
def draws_table() -> npt.NDArray[np.int8]:
    """Give Poisson counts by level of log rate and one of DRAWS draws; flat, level first."""
    rate = np.exp(np.linspace(LOWEST, HIGHEST, LEVELS))[:, None]
    k = np.arange(MOST + 1)[None, :]
    upto = np.cumsum(np.exp(k * np.log(rate) - rate - gammaln(k + 1)), axis=1)
    steps = np.round(upto * DRAWS).astype(np.int64)
    steps[:, -1] = DRAWS
    drawn = np.diff(np.minimum(steps, DRAWS), axis=1, prepend=0)
    return np.repeat(np.tile(np.arange(MOST + 1, dtype=np.int8), LEVELS), drawn.ravel())


def visits(county: County, settings: ServiceSettings, kind: str) -> Iterator[Visits]:
    """Give the month's `consultations` or `emergencies` of all people, month by month.

    The same for the same county and settings each time that it is asked.
    """
    calendar, people = county.calendar, county.world.people
    lift = _lift(county, settings, kind)
    everyone = np.arange(len(people), dtype=np.int32)
    level = np.empty(0, dtype=np.int32)
    for month in range(calendar.first_month, calendar.months):
        first, after = (int(day) for day in calendar.month_starts[month : month + 2])
        if not len(level) or calendar.day(first).month == 4:
            level = _level(county, settings, kind, first, lift)
        rng = county.streams.of("visits", kind, month)
        draw = rng.integers(0, DRAWS, len(people), dtype=np.uint16)
        count = draws_table()[level + draw]
        count[~living(county, everyone, first)] = 0
        person = np.repeat(everyone, count)
        within = rng.integers(0, after - first, len(person), dtype=np.uint8)
        yield Visits(person, within + np.int32(first))


def _lift(county: County, settings: ServiceSettings, kind: str) -> Float:
    """Give each person's log rate against their age's, with mean near 0."""
    spread = settings.everyday.spread
    luck = county.streams.of("visits", kind).standard_normal(
        len(county.world.people), dtype=np.float32
    )
    effect = settings.health.deprivation_effect if kind == "emergencies" else 0.05
    area = deprivation(county.world, usual_address(county.world))
    return (spread * luck - spread**2 / 2 + effect * area).astype(np.float32)


def _level(
    county: County, settings: ServiceSettings, kind: str, day: int, lift: Float
) -> npt.NDArray[np.int32]:
    usual = settings.everyday
    rates = usual.consultations if kind == "consultations" else usual.emergencies
    age = whole_years(county.world.people.born, day)
    band = np.searchsorted(np.array(usual.ages), np.maximum(age, 0), side="right") - 1
    rate = np.log(np.array(rates, dtype=np.float32) / 12)[band] + lift
    level = ((rate - LOWEST) * ((LEVELS - 1) / (HIGHEST - LOWEST)) + 0.5).astype(np.int32)
    return (np.clip(level, 0, LEVELS - 1) * DRAWS).astype(np.int32)
