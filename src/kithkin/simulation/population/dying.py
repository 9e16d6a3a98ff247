"""Deaths within the calendar, by age and sex as life tables have them, and who died before others.

A parent who is alone with children, or a grandmother who cares for them, does not die: what would
become of the children belongs to the services, and is not modelled here.
"""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar
from kithkin.simulation.population.drawing import (
    LONG_AGO,
    YEAR,
    Flags,
    Floats,
    uniform_days,
)
from kithkin.simulation.population.folk import Folk, nobodies, plain_units
from kithkin.simulation.population.ledger import Ledger
from kithkin.simulation.population.sharing import Sharing
from kithkin.simulation.population.units import Units
from kithkin.simulation.settings.population import Change
from kithkin.simulation.world import Small


def yearly_rate(age: Floats, sex: Small, settings: Change) -> Floats:
    """Give the yearly rate of dying at an age (Gompertz); men's is higher by a factor."""
    rate = settings.mortality_at_zero * np.exp(settings.mortality_growth * age)
    return rate * np.where(sex == 1, settings.mortality_men, 1.0)


def let_die(
    calendar: Calendar,
    folk: Folk,
    units: Units,
    sharing: Sharing,
    settings: Change,
    rng: np.random.Generator,
) -> None:
    """Draw days of death after the window opens, and deaths of infants throughout."""
    since = np.maximum(calendar.opens, np.minimum(folk.arrived, calendar.ends))
    age = (since - folk.born) / YEAR
    wait = rng.exponential(1.0, len(age)) / yearly_rate(age + 1.5, folk.sex, settings) * YEAR
    day = np.minimum(since + wait, NEVER - 1).astype(np.int32)
    dies = (age > 1) & (day <= calendar.ends) & (day < folk.left) & (folk.died == NEVER)
    dies &= (folk.arrived < NEVER) & ~_needed(units, sharing, len(age))
    folk.died[dies] = day[dies]
    infants = (folk.born > calendar.begins) & (rng.random(len(age)) < settings.infant_mortality)
    day = folk.born + np.minimum(rng.exponential(60, len(age)), 360).astype(np.int32)
    infants &= (day <= calendar.ends) & (day < folk.left) & (folk.arrived <= day)
    folk.died[infants] = day[infants]


def _needed(units: Units, sharing: Sharing, size: int) -> Flags:
    """Heads alone with children, and those who care for grandchildren or children of their own."""
    needed = np.zeros(size, dtype=np.bool_)
    needed[: len(units.lone)] = units.lone
    needed[sharing.carer[sharing.carer >= 0]] = True
    needed[sharing.fatherly[sharing.fatherly >= 0]] = True
    return needed


def bereave(
    calendar: Calendar,
    folk: Folk,
    units: Units,
    sharing: Sharing,
    ledger: Ledger,
    settings: Change,
    rng: np.random.Generator,
) -> Folk:
    """Add husbands and wives who died in the warm-up, whose partners are alone since."""
    alone = plain_units(units) & ~units.partnered & ~sharing.busy & ~units.lone & (units.age > 60)
    other_sex = units.woman.astype(np.int8)
    years = (calendar.opens - calendar.begins) / YEAR
    chance = yearly_rate(units.age + 1, other_sex, settings) * years
    who = np.flatnonzero(alone & (rng.random(len(alone)) < np.minimum(chance, 0.5)))
    size = len(who)
    day = uniform_days(rng, calendar.begins + 1, calendar.opens - 1, size)
    born = (folk.born[who] + rng.normal(0, 3, size) * YEAR).astype(np.int32)
    dead = len(folk.born) + np.arange(size)
    ledger.live(dead, sharing.home[who], LONG_AGO, NEVER)
    ledger.unite(who, dead, np.maximum(born, folk.born[who]) + int(25 * YEAR), day)
    return folk.joined(
        Folk(
            born=born,
            died=day,
            arrived=np.full(size, LONG_AGO, dtype=np.int32),
            left=np.full(size, NEVER, dtype=np.int32),
            sex=other_sex[who],
            ethnicity=folk.ethnicity[who],
            mother=nobodies(size),
            father=nobodies(size),
            twin=nobodies(size),
            unit=who,
            leaves_home=np.full(size, LONG_AGO, dtype=np.int32),
            former=np.zeros(size, dtype=np.bool_),
        )
    )
