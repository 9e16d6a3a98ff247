"""How probable it is that two records are one person, from their two weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
ProbabilityOf = Callable[[Weights, Weights], Weights]

DECIMALS = 6


def stated_probability(weight: Weights, home_weight: Weights) -> Weights:
    """Give the model's own probability, not calibrated, of one person.

    The two weights are base-2 logarithms of the odds against two strangers and against two
    relatives of one home. Bayes over the three: 1 / (1 + 2**-weight + 2**-home_weight).
    """
    others = np.exp2(-np.clip(weight, -500, None)) + np.exp2(-np.clip(home_weight, -500, None))
    return np.round(1 / (1 + others), DECIMALS)
