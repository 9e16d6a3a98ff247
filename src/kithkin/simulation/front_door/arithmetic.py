"""Small sums that several parts of the front door share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Real = npt.NDArray[np.float64] | npt.NDArray[np.float32]


def chance(log_odds: Real) -> npt.NDArray[np.float64]:
    """Turn log odds into chances."""
    return 1.0 / (1.0 + np.exp(-log_odds.astype(np.float64)))


def offset_for(log_odds: Real, share: float) -> float:
    """Find the number to add to all log odds so that the mean chance is `share` (bisection)."""
    if len(log_odds) == 0:
        return float(np.log(share / (1 - share)))
    low, high = -20.0, 20.0
    for _ in range(26):
        middle = (low + high) / 2
        if chance(log_odds + middle).mean() < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def weights_of(shares: Mapping[str, float], names: Sequence[str]) -> npt.NDArray[np.float64]:
    """Give the shares in the order of `names`; those not named have `other`, or else nothing.

    Raises `KeyError` for a share of an unknown name, since it would silently do nothing.
    """
    unknown = set(shares) - set(names) - {"other"}
    if unknown:
        raise KeyError(f"front_door.toml: unknown {sorted(unknown)}; expected among {list(names)}")
    return np.array([shares.get(name, shares.get("other", 0.0)) for name in names])


def looked_up(
    values: npt.NDArray[Any], positions: npt.NDArray[np.int32], otherwise: float
) -> npt.NDArray[Any]:
    """Give the values at these positions, and `otherwise` at NOBODY."""
    return np.append(values, np.array(otherwise, dtype=values.dtype))[positions]


def pick(shares: npt.NDArray[np.float64], uniform: Real) -> npt.NDArray[np.int8]:
    """Pick one position a draw, in proportion to `shares`."""
    edges = np.cumsum(shares) / shares.sum()
    found = np.searchsorted(edges, uniform, side="right")
    return np.minimum(found, len(shares) - 1).astype(np.int8)


def lognormal_days(median: float, spread: float, normal: Real) -> npt.NDArray[np.int32]:
    """Turn standard normal draws into whole days, at least one."""
    days = median * np.exp(spread * np.clip(normal.astype(np.float64), -4, 4))
    return np.maximum(1, days).astype(np.int32)


def after_working_days(
    start: npt.NDArray[np.int32], working: npt.NDArray[np.int32]
) -> npt.NDArray[np.int32]:
    """Give the day that many weekdays after each start (public holidays are not left out)."""
    dates = start.astype("datetime64[D]")
    moved = np.busday_offset(dates, working, roll="backward")
    return moved.astype(np.int64).astype(np.int32)
