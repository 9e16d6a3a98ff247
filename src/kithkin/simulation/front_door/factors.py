"""Factors that assessments find: what is truly there, as far as it is found, and some besides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar, Days
from kithkin.simulation.care import FACTORS
from kithkin.simulation.front_door.need import home_of
from kithkin.simulation.life import CHILD_CONDITIONS, HOUSEHOLD_CONDITIONS, Lives
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, Index

NO_FACTORS = np.int64(1) << FACTORS.index("21")


def factors_found(
    lives: Lives,
    child: Index,
    end: Days,
    calendar: Calendar,
    settings: Mapping[str, Mapping[str, float]],
    streams: Streams,
) -> npt.NDArray[np.int64]:
    """Give the bits of FACTORS found by each assessment of a child (position in `children`).

    An assessment that ends after the calendar has found nothing yet.
    """
    month = np.clip(calendar.month_of(end), 0, calendar.months - 1)
    home = home_of(lives, month, child)
    bits = np.zeros(len(child), dtype=np.int64)
    for condition, found in settings.items():
        present = _present(lives, condition, month, child, home)
        for code, share in found.items():
            draw = streams.of("front_door", "factor", condition, code).random(len(child))
            bits |= (present & (draw < share)).astype(np.int64) << FACTORS.index(code)
    return np.where(end > calendar.ends, 0, np.where(bits == 0, NO_FACTORS, bits))


def _present(
    lives: Lives, condition: str, month: npt.NDArray[np.int16], child: Index, home: Index
) -> npt.NDArray[np.bool_]:
    if condition == "any":
        return np.ones(len(child), dtype=np.bool_)
    if condition in HOUSEHOLD_CONDITIONS:
        there = lives.household[condition][month, np.maximum(home, 0)] > 0
        return np.asarray(there & (home != NOBODY))
    if condition in CHILD_CONDITIONS:
        return np.asarray(lives.child[condition][month, child] > 0)
    raise KeyError(f"front_door.toml: [factors] has an unknown condition {condition!r}")
