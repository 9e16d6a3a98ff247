"""How grave a kind of event is: one number from 0 to 5, from the crime harm index where it has it.

The Cambridge Crime Harm Index (Sherman, Neyroud and Neyroud 2016) counts days of sentence, over
four orders of magnitude; its logarithm is laid on the partnership's scale, so that a crime and
what is no crime can stand in one sum.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kithkin.policy import Policy
from kithkin.policy.models import Kind
from kithkin.policy.themes import Scoring

MOST = 5.0
LEAST_CRIME = 1.0


def gravity_of(kind: Kind, scoring: Scoring) -> float:
    """Give the gravity of a kind, 0 to 5.

    With days of harm: 1 for one day, 5 from `scoring.harm_days_top` days on, and the logarithm
    between them; less than a day stands below 1, never below 0. Without: the kind's grade.
    """
    if kind.harm_days is None:
        return float(kind.gravity)
    share = math.log(kind.harm_days) / math.log(scoring.harm_days_top)
    return min(MOST, max(0.0, LEAST_CRIME + (MOST - LEAST_CRIME) * share))


def gravities(policy: Policy, scoring: Scoring) -> Any:
    """Give the gravity of every kind, float64 by kind code."""
    found = np.zeros(len(policy.kinds))
    for name, kind in policy.kinds.items():
        found[policy.kind_code(name)] = gravity_of(kind, scoring)
    return found
