"""How a score moves against the person's own past and its noise.

A month in which a person was not of the track's ages is no part of their past.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kithkin.policy.themes import Scoring
from kithkin.scoring.tables import TRENDS


def trends(score: Any, eligible: Any, emerging: Any, scoring: Scoring) -> Any:
    """Say where each person's latest score stands against their own past, by place in TRENDS.

    Emerging comes before all; movement before level: who is high and rising is rising, and the
    score itself says that it is high.

    Parameters
    ----------
    score : (date, person), monthly, ascending; the last is the one that is judged.
    eligible : (date, person), who was of the track's ages.
    emerging : (person), on the last date.

    """
    past = score[-1 - scoring.trend_months : -1]
    counted = eligible[-1 - scoring.trend_months : -1]
    months = counted.sum(axis=0)
    mean = np.where(counted, past, 0.0).sum(axis=0) / np.maximum(months, 1)
    spread = np.where(counted, (past - mean) ** 2, 0.0).sum(axis=0) / np.maximum(months, 1)
    least = np.maximum(scoring.trend_points, scoring.trend_swings * np.sqrt(spread))
    moved = np.where((months > 0) & eligible[-1], score[-1] - mean, 0.0)
    told = {
        "emerging": emerging,
        "rising": moved > least,
        "falling": moved < -least,
        "high": score[-1] >= scoring.high_from,
    }
    places = [TRENDS.index(word) for word in told]
    return np.select(list(told.values()), places, TRENDS.index("steady")).astype(np.int8)
