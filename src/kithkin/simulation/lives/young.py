"""The conditions of children month by month: exploitation, violence, going missing, and recovery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.life import CHILD_CONDITIONS
from kithkin.simulation.lives.childhood import Childhood, middle
from kithkin.simulation.lives.episodes import Courses, Rows, State, affected
from kithkin.simulation.lives.families import Families, drift
from kithkin.simulation.lives.kin import KinExposure
from kithkin.simulation.lives.kith import Company, Reach
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.lives import LifeSettings
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
    company = Company(world, childhood, settings.kith)
    kin = KinExposure(world, childhood, families, calendar, settings.kin, streams)
    strengths = _Strengths(childhood, families, settings, streams)
    onsets = _Onsets(world, childhood, hidden, settings, knobs)
    ordered = {name: settings.child[name] for name in CHILD_CONDITIONS}
    courses = Courses(ordered, 0, settings.steps, streams.of("lives", "young"))
    now = np.zeros((len(ordered), shape[1]), dtype=np.uint8)
    settling = [0] * settings.steps.settling
    for step, month in enumerate([*settling, *range(calendar.months)]):
        age, strength = childhood.age[month], strengths.of_month()
        now[:, age < 0] = 0
        if step == 0 or step > len(settling):
            at_home = kin.of_month(month)
        near = company.reach(affected(now), middle(calendar, month))
        who = np.flatnonzero(age >= onsets.youngest)
        kith = onsets.through_kith(near, who)
        most = kith.max(axis=0)
        rate = onsets.rates(who, age[who], at_home[who], kith, strength[who])
        teens, courses.now = (age[who] >= 11).astype(np.float32), np.take(now, who, axis=1)
        if step:
            change = drift(calendar, month, knobs)
            strengths.gain(who[courses.month(rate, teens, strength[who], change)])
        else:
            courses.begin(rate, teens)
        now[:, who] = courses.now
        if step >= len(settling):
            young.exposure_kin[month], young.exposure_kith[month, who] = at_home, most
            young.strength[month] = np.where(age >= 0, strength, 0)
            for name, state in zip(CHILD_CONDITIONS, now, strict=True):
                young.states[name][month] = state
    return young


class _Onsets:
    """Relative rates at which children's conditions begin."""

    def __init__(
        self,
        world: World,
        childhood: Childhood,
        hidden: Float,
        settings: LifeSettings,
        knobs: Knobs,
    ) -> None:
        courses = [settings.child[name] for name in CHILD_CONDITIONS]
        girl = world.people.sex[childhood.children] == SEXES.index("F")
        self._lasting = np.stack([c.hidden * hidden + c.girls * girl for c in courses])
        self._lasting = self._lasting.astype(np.float32)
        columns = [(c.kin, -c.strength, c.spread, c.organised, c.danger) for c in courses]
        per = np.array(columns, dtype=np.float32).T[:, :, None]
        self._kin, self._strength, self._spread, self._organised, self._danger = per
        self.youngest = min(next(age for age, r in enumerate(c.by_age) if r) for c in courses)
        """The age before which nothing begins."""
        self._by_age = np.array([[*c.by_age] for c in courses], dtype=np.float32)
        self._most = np.float32(settings.kith.most)
        self._network = np.float32(knobs.network_strength)

    def through_kith(self, near: Reach, who: Rows) -> Float:
        """Give the log rate by which company raises onsets, by condition and child of `who`.

        It is 0 for all at a network strength of 0. A safe place lowers it, to -1 at the least.
        """
        log = np.take(near.affected, who, axis=1)
        log *= self._spread
        log += self._organised * near.organised[who]
        log += self._danger * near.danger[who]
        np.clip(log, np.float32(-1), self._most, out=log)
        log *= self._network
        return log

    def rates(
        self, who: Rows, age: npt.NDArray[np.int8], at_home: Float, kith: Float, strength: Float
    ) -> Float:
        """Give the month's rates by condition and child of `who`; they overwrite `kith`."""
        kith += np.take(self._lasting, who, axis=1)
        kith += self._kin * at_home
        kith += self._strength * strength
        np.exp(kith, out=kith)
        kith *= np.take(self._by_age, age, axis=1)
        return kith


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
