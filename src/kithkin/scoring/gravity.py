"""How grave the kinds of a policy are, as compiled code needs it.

Ties and evidence weigh an event alike: `kithkin.network.gravity_of` says what a kind's gravity is.
The Cambridge Crime Harm Index (Sherman, Neyroud and Neyroud 2016) counts days of sentence over
four orders of magnitude; its logarithm is laid on the partnership's scale, so that a crime and
what is no crime can stand in one sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kithkin.network import gravity_of
from kithkin.policy import Policy


def gravities(policy: Policy) -> Any:
    """Give the gravity of every kind, float64 by kind code."""
    names = sorted(policy.kinds, key=policy.kind_code)
    return np.array([gravity_of(policy.kinds[name], policy.scoring) for name in names], float)
