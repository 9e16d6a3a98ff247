"""How a condition begins, worsens, eases and ends: one month's step for a whole population.

Onsets are shared out by relative rates whose mean over the susceptible is one, so prevalence stays
that of the settings and relative rates only decide whom it strikes.
"""

from __future__ import annotations

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


def monthly_onset(course: Course) -> float:
    """Give the monthly onset among the unaffected that upholds the prevalence."""
    return course.prevalence / (1.0 - course.prevalence) / course.months


def shared_out(total: float, rate: Float, among: Float) -> Float:
    """Scale relative rates to chances whose mean is `total` over those whose `among` is 1, not 0.

    No chance exceeds `SUREST`; what that takes away goes to the others. All are 0 when nobody is
    there.
    """
    many = float(among.sum())
    mean = float(rate @ among) / many if many else 0.0
    if mean <= 0:
        return np.zeros_like(rate)
    chance = rate * np.float32(total / mean)
    for _ in range(REFILLS):
        if chance.max(initial=0) <= SUREST:
            break
        np.minimum(chance, np.float32(SUREST), out=chance)
        rest = among * (chance < SUREST)
        filled = float(chance @ among) - float(chance @ rest)
        left = float(chance @ rest)
        more = (total * many - filled) / left if left > 0 else 1.0
        chance[chance < SUREST] *= np.float32(max(more, 1.0))
    return np.minimum(chance, np.float32(SUREST), out=chance)


def strike(state: State, chance: Float, steps: Steps, rng: np.random.Generator) -> None:
    """Begin episodes in `state`, in place, with these chances, which are 0 for those affected."""
    struck = np.flatnonzero(rng.random(len(state), dtype=np.float32) < chance)
    mild, marked, _ = np.cumsum(steps.first)
    draw = rng.random(len(struck), dtype=np.float32)
    state[struck] = 1 + (draw >= mild).astype(np.uint8) + (draw >= marked)


def move_on(
    state: State,
    rows: Rows,
    course: Course,
    strength: Float,
    steps: Steps,
    rng: np.random.Generator,
) -> Rows:
    """End, worsen or ease the episodes of `rows`, in place; give the rows that recovered.

    `strength` is of the rows, 0 to 1; one of a half leaves the mean length as it is.
    """
    now = state[rows]
    ends = np.array([0.0, *steps.ends], dtype=np.float32)[now] / course.months
    ends = np.minimum(ends * np.exp(course.strength * (strength - 0.5)), 0.95)
    draw = rng.random(len(rows), dtype=np.float32)
    worse = (draw >= ends) & (draw < ends + steps.worsens)
    ease = (draw >= ends + steps.worsens) & (draw < ends + steps.worsens + steps.eases)
    after = np.clip(now.astype(np.int8) + worse - ease, 1, 3)
    state[rows] = np.where(draw < ends, 0, after).astype(np.uint8)
    return rows[draw < ends]
