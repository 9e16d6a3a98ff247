"""The conditions of children month by month: exploitation, violence, going missing, and recovery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.life import CHILD_CONDITIONS
from kithkin.simulation.lives.childhood import Childhood, middle
from kithkin.simulation.lives.episodes import State, monthly_onset, move_on, shared_out, strike
from kithkin.simulation.lives.families import Families, drift
from kithkin.simulation.lives.kin import KinExposure
from kithkin.simulation.lives.kith import Company, Reach, reach
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.lives import ChildCourse, LifeSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import SEXES, Float, World

SHARED_HIDDEN = 0.3
"""Share of the variance of a child's hidden difference that is the family's; our proposal."""

Half = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Young:
    """What children bring, what reaches them, and what they live through."""

    hidden: Float
    states: dict[str, State]
    strength: Half
    exposure_kin: Half
    exposure_kith: Half


def grow_up(
    world: World,
    childhood: Childhood,
    families: Families,
    calendar: Calendar,
    settings: LifeSettings,
    knobs: Knobs,
    streams: Streams,
) -> Young:
    """Let every child live through the calendar's months, in the company of the others."""
    hidden = _hidden(childhood, families, knobs, streams)
    shape = childhood.home.shape
    young = Young(
        hidden=hidden,
        states={name: np.zeros(shape, dtype=np.uint8) for name in CHILD_CONDITIONS},
        strength=np.zeros(shape, dtype=np.float16),
        exposure_kin=np.zeros(shape, dtype=np.float16),
        exposure_kith=np.zeros(shape, dtype=np.float16),
    )
    lasting = _lasting_rates(world, childhood, hidden, settings)
    company = Company.of(world, childhood)
    kin = KinExposure(world, childhood, families, calendar, settings.kin, streams)
    strengths = _Strengths(childhood, families, settings, streams)
    rng = {name: streams.of("lives", "child", name) for name in CHILD_CONDITIONS}
    now = np.zeros((len(CHILD_CONDITIONS), shape[1]), dtype=np.uint8)
    for month in range(calendar.months):
        age = childhood.age[month]
        here = age >= 0
        at_home = kin.of_month(month)
        near = reach(company, now, middle(calendar, month), settings.kith)
        strength = strengths.of_month()
        recovered = _month(
            now, age, lasting, at_home, near, strength, settings, knobs, rng,
            drift(calendar, month, knobs), first=month == 0, record=young.exposure_kith[month],
        )  # fmt: skip
        strengths.gain(recovered)
        young.strength[month] = np.where(here, strength, 0)
        young.exposure_kin[month] = at_home
        for at, name in enumerate(CHILD_CONDITIONS):
            young.states[name][month] = now[at]
    return young


def through_kith(
    course: ChildCourse, at: int, near: Reach, settings: LifeSettings, knobs: Knobs
) -> Float:
    """Give the log rate by which company raises a condition's onset; 0 at network strength 0."""
    log = course.spread * near.affected[at] + course.organised * near.organised
    log = np.clip(log + course.danger * near.danger, -1.0, settings.kith.most)
    return (knobs.network_strength * log).astype(np.float32)


def _month(
    now: State,
    age: npt.NDArray[np.int8],
    lasting: dict[str, Float],
    at_home: Float,
    near: Reach,
    strength: Float,
    settings: LifeSettings,
    knobs: Knobs,
    rng: dict[str, np.random.Generator],
    change: float,
    *,
    first: bool,
    record: Half,
) -> npt.NDArray[np.int64]:
    """Move every child on by a month, in place; give the children who recovered from something."""
    now[:, age < 0] = 0
    before = [np.flatnonzero(state) for state in now]
    recovered = []
    greatest = np.zeros(len(age), dtype=np.float32)
    for at, name in enumerate(CHILD_CONDITIONS):
        course, state = settings.child[name], now[at]
        kith = through_kith(course, at, near, settings, knobs)
        np.maximum(greatest, kith, out=greatest)
        rate = lasting[name] * np.exp(
            kith + np.float32(course.kin) * at_home - np.float32(course.strength) * strength
        )
        rate *= np.array([*course.by_age, 0], dtype=np.float32)[age]
        for other, raised in course.raised_by.items():
            rate[before[CHILD_CONDITIONS.index(other)]] *= np.float32(np.exp(raised))
        total = course.prevalence if first else monthly_onset(course) * change
        chance = shared_out(total, rate, (age >= 11) & (state == 0))
        rows = before[at]
        recovered.append(move_on(state, rows, course, strength[rows], settings.steps, rng[name]))
        chance[rows] = 0
        strike(state, chance, settings.steps, rng[name])
    record[:] = np.where(age >= 0, greatest, 0)
    return np.concatenate(recovered)


def _hidden(childhood: Childhood, families: Families, knobs: Knobs, streams: Streams) -> Float:
    """Draw children's hidden difference, some of it their first home's."""
    count = len(childhood.children)
    own = streams.of("lives", "hidden children").standard_normal(count, dtype=np.float32)
    own *= np.float32(knobs.hidden_difference)
    lived = childhood.home >= 0
    first = childhood.home[np.argmax(lived, axis=0), np.arange(count)]
    shared = np.where(lived.any(axis=0), families.hidden[first], 0)
    hidden = np.sqrt(1 - SHARED_HIDDEN) * own + np.sqrt(SHARED_HIDDEN) * shared
    return hidden.astype(np.float32)


def _lasting_rates(
    world: World, childhood: Childhood, hidden: Float, settings: LifeSettings
) -> dict[str, Float]:
    girl = world.people.sex[childhood.children] == SEXES.index("F")
    return {
        name: np.exp(course.hidden * hidden + course.girls * girl).astype(np.float32)
        for name, course in settings.child.items()
    }


class _Strengths:
    """Children's strengths: what they have for good, and what comes and goes."""

    def __init__(
        self, childhood: Childhood, families: Families, settings: LifeSettings, streams: Streams
    ) -> None:
        self._settings = settings.strengths
        self._rng = streams.of("lives", "child strengths")
        own = self._normal(len(childhood.children)) * np.float32(self._settings.spread)
        family = childhood.family_of[childhood.home.max(axis=0, initial=-1)]
        of_family = np.append(families.strength, np.float32(self._settings.mean))[family]
        share = self._settings.family_share
        own = own + np.float32(self._settings.mean)
        self._lasting = (share * of_family + (1 - share) * own).astype(np.float32)
        self._passing = np.zeros(len(own), dtype=np.float32)

    def of_month(self) -> Float:
        """Give every child's strength in the next month, 0 to 1."""
        self._passing *= np.float32(1 - self._settings.fades)
        change = self._normal(len(self._passing)) * np.float32(self._settings.monthly_spread)
        self._passing += change
        strength: Float = np.clip(self._lasting + self._passing, 0, 1)
        return strength

    def gain(self, recovered: npt.NDArray[np.int64]) -> None:
        """Let some recoveries leave a strength for good."""
        lucky = self._rng.random(len(recovered), dtype=np.float32) < self._settings.gained_by
        self._lasting[recovered[lucky]] += np.float32(self._settings.gained)

    def _normal(self, count: int) -> Float:
        return self._rng.standard_normal(count, dtype=np.float32)
