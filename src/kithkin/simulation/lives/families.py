"""The conditions of families month by month: abuse, substances, mental health, neglect, want."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.life import HOUSEHOLD_CONDITIONS
from kithkin.simulation.lives.childhood import Childhood
from kithkin.simulation.lives.episodes import State, monthly_onset, move_on, shared_out, strike
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.lives import FamilyCourse, LifeSettings
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
) -> dict[str, Float]:
    hidden = families.hidden[childhood.families]
    return {
        name: _lasting_rate(
            settings.family[name],
            families,
            hidden,
            streams.of("lives", "own", name).standard_normal(len(hidden), dtype=np.float32)
            * np.float32(knobs.hidden_difference),
        )
        for name in HOUSEHOLD_CONDITIONS
    }


def _lasting_rate(course: FamilyCourse, families: Families, hidden: Float, own: Float) -> Float:
    return np.exp(
        course.poverty * families.poor
        + course.hidden * hidden
        + course.own_spread * own
        - course.strength * (families.strength - 0.5)
    ).astype(np.float32)


def _through_months(
    families: Families,
    rates: dict[str, Float],
    calendar: Calendar,
    settings: LifeSettings,
    knobs: Knobs,
    streams: Streams,
) -> dict[str, State]:
    count = len(families.poor)
    rng = {name: streams.of("lives", "household", name) for name in HOUSEHOLD_CONDITIONS}
    now = {name: np.zeros(count, dtype=np.uint8) for name in HOUSEHOLD_CONDITIONS}
    states = {
        name: np.zeros((calendar.months, count), dtype=np.uint8) for name in HOUSEHOLD_CONDITIONS
    }
    everybody = np.ones(count, dtype=np.float32)
    for name, course in settings.family.items():
        chance = shared_out(course.prevalence, rates[name], everybody)
        strike(now[name], chance, settings.steps, rng[name])
        states[name][0] = now[name]
    for month in range(1, calendar.months):
        before = {name: np.flatnonzero(state) for name, state in now.items()}
        change = drift(calendar, month, knobs)
        for name in HOUSEHOLD_CONDITIONS:
            course, state = settings.family[name], now[name]
            rate = rates[name].copy()
            for other, raised in course.raised_by.items():
                rate[before[other]] *= np.float32(np.exp(raised))
            rows = before[name]
            rate[rows] = 0
            spared = (state == 0).astype(np.float32)
            chance = shared_out(monthly_onset(course) * change, rate, spared)
            move_on(state, rows, course, families.strength[rows], settings.steps, rng[name])
            strike(state, chance, settings.steps, rng[name])
            states[name][month] = state
    return states
