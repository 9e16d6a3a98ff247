"""How much help a child truly needs in a month: conditions of home and child, less strengths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.life import Lives
from kithkin.simulation.settings.front_door import Need
from kithkin.simulation.world import NOBODY, Float, Index, Small, World

Rows = npt.NDArray[np.int64] | npt.NDArray[np.int32] | npt.NDArray[np.int16]


def need_sums(world: World, lives: Lives, settings: Need, month: Rows, child: Rows) -> Float:
    """Give the weighted sum of the conditions of each child (position in `lives.children`).

    A child who is gone has the conditions of no household, one not yet there those of the first.
    """
    home = home_of(lives, month, child)
    weights = np.array(settings.by_severity, dtype=np.float32)
    total = np.zeros(len(child), dtype=np.float32)
    for name, weight in settings.household.items():
        here = lives.household[name][month, np.maximum(home, 0)]
        total += np.float32(weight) * weights[here] * (home != NOBODY)
    for name, weight in settings.child.items():
        total += np.float32(weight) * weights[lives.child[name][month, child]]
    total -= np.float32(settings.strength) * lives.strength[month, child].astype(np.float32)
    total += np.float32(settings.disabled) * world.people.disabled[lives.children[child]]
    return total


def home_of(lives: Lives, month: Rows, child: Rows) -> Index:
    """Give the household of each child and month; of those not yet there, the one they come to."""
    home = lives.home[month, child]
    away = np.flatnonzero(home == NOBODY)
    whose, back = np.unique(child[away], return_inverse=True)
    if len(whose):
        first = np.argmax(lives.home[:, whose] != NOBODY, axis=0)
        awaited = np.where(month[away] < first[back], lives.home[first, whose][back], NOBODY)
        home = home.copy()
        home[away] = awaited
    return home.astype(np.int32)


def levels(sums: Float, settings: Need) -> Small:
    """Give the level of need, 1 to 4, of each sum."""
    return (1 + np.searchsorted(np.array(settings.levels), sums, side="right")).astype(np.int8)


def hidden_difference(lives: Lives, home: Index, child: Rows) -> Float:
    """Give what no record shows of each child and its home, as one log rate."""
    household = np.where(home == NOBODY, 0, lives.hidden_household[np.maximum(home, 0)])
    return (lives.hidden_child[child] + household).astype(np.float32)
