"""How conditions begin, worsen, ease and end: a month's step for a whole population.

Onsets are shared out by relative rates whose mean over the susceptible is one, so prevalence stays
that of the settings and relative rates only decide whom it strikes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from kithkin.simulation.settings.lives import Course, Steps
from kithkin.simulation.world import Float

State = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]

SUREST = 0.5
"""Highest chance that a condition begins in a month."""
REFILLS = 8
"""Rounds in which chances that a ceiling cut off are given to others."""


class Courses:
    """Several conditions of one population, in one month after another."""

    def __init__(
        self, courses: Mapping[str, Course], many: int, steps: Steps, rng: np.random.Generator
    ) -> None:
        chosen, names = list(courses.values()), list(courses)
        self.now: State = np.zeros((len(names), many), dtype=np.uint8)
        """Shape (conditions, people): severity in the month last lived through. May be replaced
        between months, when people come and go."""
        self._steps, self._rng = steps, rng
        self._prevalence = np.array([course.prevalence for course in chosen])
        self._onset = np.array([monthly_onset(course) for course in chosen])
        self._months = np.array([course.months for course in chosen], dtype=np.float32)
        self._strength = np.array([course.strength for course in chosen], dtype=np.float32)
        raised = [[course.raised_by.get(name, 0.0) for name in names] for course in chosen]
        self._raised = np.exp(np.array(raised)).astype(np.float32)

    def begin(self, rate: Float, among: Float) -> None:
        """Give the first month its prevalence, by relative rates of shape (conditions, people)."""
        self._strike(shared_out(self._prevalence, rate, among[None, :]))

    def month(self, rate: Float, among: Float, strength: Float, change: float) -> Rows:
        """Move everybody on by a month; give the people who recovered from something.

        Parameters
        ----------
        rate : shape (conditions, people), relative rates of onset; overwritten.
        among : shape (people,), 1 for those whose mean rate is that of the settings, else 0.
        strength : shape (people,), 0 to 1; one of a half leaves the mean length as it is.
        change : factor of the month's onsets.

        """
        for other, rows in enumerate(affected(self.now)):
            rate[:, rows] *= self._raised[:, other : other + 1]
        well = self.now == 0
        rate *= well
        chance = shared_out(self._onset * change, rate, among * well)
        recovered = self._move_on(np.flatnonzero(~well), strength)
        self._strike(chance)
        return recovered

    def _strike(self, chance: Float) -> None:
        """Begin episodes with these chances, which are 0 for those affected."""
        struck = np.flatnonzero(self._rng.random(chance.shape, dtype=np.float32) < chance)
        mild, marked, _ = np.cumsum(self._steps.first)
        draw = self._rng.random(len(struck), dtype=np.float32)
        self.now.flat[struck] = 1 + (draw >= mild).astype(np.uint8) + (draw >= marked)

    def _move_on(self, cells: Rows, strength: Float) -> Rows:
        """End, worsen or ease the episodes of these cells; give the people who recovered."""
        steps = self._steps
        condition, person = np.divmod(cells, self.now.shape[1])
        now = self.now[condition, person]
        ends = np.array([0.0, *steps.ends], dtype=np.float32)[now] / self._months[condition]
        ends *= np.exp(self._strength[condition] * (strength[person] - np.float32(0.5)))
        ends = np.minimum(ends, np.float32(0.95))
        draw = self._rng.random(len(cells), dtype=np.float32)
        worse = (draw >= ends) & (draw < ends + steps.worsens)
        ease = (draw >= ends + steps.worsens) & (draw < ends + steps.worsens + steps.eases)
        after = np.clip(now.astype(np.int8) + worse - ease, 1, 3)
        self.now[condition, person] = np.where(draw < ends, 0, after).astype(np.uint8)
        return person[draw < ends]


def affected(now: State) -> list[Rows]:
    """Give for each condition the people affected, in order."""
    return [np.flatnonzero(state != 0) for state in now]


def monthly_onset(course: Course) -> float:
    """Give the monthly onset among the unaffected that upholds the prevalence."""
    return course.prevalence / (1.0 - course.prevalence) / course.months


def shared_out(total: npt.NDArray[np.float64], rate: Float, among: Float) -> Float:
    """Scale relative rates to chances whose mean is `total` over those whose `among` is 1, not 0.

    `rate` has shape (conditions, people), `total` (conditions,). No chance exceeds `SUREST`; what
    that takes away goes to the others. All are 0 where nobody is there.
    """
    many = np.broadcast_to(among, rate.shape).sum(axis=1)
    sums = np.einsum("ij,ij->i", rate, np.broadcast_to(among, rate.shape))
    scale = np.divide(total * many, sums, out=np.zeros(len(total)), where=sums > 0)
    chance = rate * scale.astype(np.float32)[:, None]
    for at in np.flatnonzero(chance.max(axis=1, initial=0) > SUREST):
        row = among[at if len(among) > 1 else 0]
        _refill(chance[at], row, float(total[at] * many[at]))
    return chance


def _refill(chance: Float, among: Float, wanted: float) -> None:
    """Cut chances off at the ceiling and raise the others until they sum to what is wanted."""
    for _ in range(REFILLS):
        np.minimum(chance, np.float32(SUREST), out=chance)
        below = chance < SUREST
        left = float(chance @ (among * below))
        short = wanted - float(chance @ among)
        if left <= 0 or short <= 0:
            break
        chance[below] *= np.float32(1 + short / left)
    np.minimum(chance, np.float32(SUREST), out=chance)
