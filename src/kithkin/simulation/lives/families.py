"""The conditions of families month by month: abuse, substances, mental health, neglect, want."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.life import HOUSEHOLD_CONDITIONS
from kithkin.simulation.lives.childhood import Childhood
from kithkin.simulation.lives.episodes import Courses, State
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.lives import LifeSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import Float, World


@dataclass(frozen=True)
class Families:
    """What families bring, and what they live through."""

    hidden: Float
    """Shape (households,): hidden difference in log rate."""
    poor: Float
    """Shape (families,)."""
    strength: Float
    """Shape (families,): 0 to 1."""
    states: dict[str, State]
    """By condition, shape (months, families): 0 none to 3 severe."""


def live_at_home(
    world: World,
    childhood: Childhood,
    calendar: Calendar,
    settings: LifeSettings,
    knobs: Knobs,
    streams: Streams,
) -> Families:
    """Let every family that ever has a child live through the calendar's months."""
    count = len(childhood.families)
    hidden = streams.of("lives", "hidden households").standard_normal(
        len(world.households), dtype=np.float32
    ) * np.float32(knobs.hidden_difference)
    poor = world.households.poor[childhood.families].astype(np.float32)
    strengths = settings.strengths
    draws = streams.of("lives", "family strengths").standard_normal(count, dtype=np.float32)
    strength = np.clip(strengths.mean + strengths.spread * draws, 0, 1).astype(np.float32)
    families = Families(hidden, poor, strength, {})
    rates = _lasting_rates(families, childhood, settings, knobs, streams)
    families.states.update(_through_months(families, rates, calendar, settings, knobs, streams))
    return families


def drift(calendar: Calendar, month: int, knobs: Knobs) -> float:
    """Give the factor by which hazards have changed in a month since the window opened."""
    return float(np.exp(knobs.yearly_drift * (month - calendar.first_month) / 12))


def _lasting_rates(
    families: Families,
    childhood: Childhood,
    settings: LifeSettings,
    knobs: Knobs,
    streams: Streams,
) -> Float:
    """Give relative rates of onset that last, of shape (conditions, families)."""
    hidden = families.hidden[childhood.families]
    shape = (len(HOUSEHOLD_CONDITIONS), len(hidden))
    own = streams.of("lives", "own").standard_normal(shape, dtype=np.float32)
    own *= np.float32(knobs.hidden_difference)
    for row, name in zip(own, HOUSEHOLD_CONDITIONS, strict=True):
        course = settings.family[name]
        row *= np.float32(course.own_spread)
        row += course.poverty * families.poor + course.hidden * hidden
        row -= course.strength * (families.strength - 0.5)
    return np.exp(own, out=own)


def _through_months(
    families: Families,
    rates: Float,
    calendar: Calendar,
    settings: LifeSettings,
    knobs: Knobs,
    streams: Streams,
) -> dict[str, State]:
    count = len(families.poor)
    ordered = {name: settings.family[name] for name in HOUSEHOLD_CONDITIONS}
    courses = Courses(ordered, count, settings.steps, streams.of("lives", "households"))
    everybody = np.ones(count, dtype=np.float32)
    states = {name: np.zeros((calendar.months, count), dtype=np.uint8) for name in ordered}
    courses.begin(rates.copy(), everybody)
    for month in range(-settings.steps.settling, calendar.months):
        change = drift(calendar, max(month, 0), knobs)
        courses.month(rates.copy(), everybody, families.strength, change)
        if month < 0:
            continue
        for name, state in zip(ordered, courses.now, strict=True):
            states[name][month] = state
    return states
