"""How often, when little is known: rates drawn to the mean, and changes told from chance.

Counts of places are Poisson and their true rates Gamma (empirical Bayes: Clayton and Kaldor 1987),
its moments as Marshall (1991) gives them. A change is the ratio of two Poisson rates, exactly, by
the binomial that one is of both (Przyborowski and Wilenski 1940; Clopper and Pearson 1934). Among
many places some rise by chance: those that are said to are held to a false discovery rate
(Benjamini and Hochberg 1995).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shrunk:
    """Rates drawn to their mean, by place; nan where there is no exposure at all.

    Parameters
    ----------
    mean : of all places.
    rate, low, high : of each, with its interval.

    """

    mean: float
    rate: Numbers
    low: Numbers
    high: Numbers


def shrink(count: Any, exposure: Any, level: float) -> Shrunk:
    """Draw each place's rate to the mean of all, the more, the less exposure it has.

    The variance of true rates is that of the observed ones beyond what chance gives; when there is
    none, every place has the mean.
    """
    count, exposure = np.asarray(count, np.float64), np.asarray(exposure, np.float64)
    if not exposure.sum() > 0:
        nothing = np.full(len(count), np.nan)
        return Shrunk(np.nan, nothing, nothing, nothing)
    has = exposure > 0
    mean = float(count[has].sum() / exposure[has].sum())
    each = np.divide(count, exposure, out=np.full(len(count), mean), where=has)
    spread = float((exposure * (each - mean) ** 2).sum() / exposure.sum())
    true_spread = spread - mean / float(exposure[has].mean())
    if true_spread <= 0 or mean == 0:
        same = np.where(has, mean, np.nan)
        return Shrunk(mean, same, same, same)
    shape, scale = mean**2 / true_spread + count, mean / true_spread + exposure
    tail = (1 - level) / 2
    values = shape, special.gammaincinv(shape, tail), special.gammaincinv(shape, 1 - tail)
    return Shrunk(mean, *(np.where(has, value / scale, np.nan) for value in values))


@dataclass(frozen=True)
class Changes:
    """Ratios of rates, now by before; nan where nothing happened in either.

    Parameters
    ----------
    chance : how likely so large a difference, either way, is when nothing changed.

    """

    ratio: Numbers
    low: Numbers
    high: Numbers
    chance: Numbers


def change(now: Any, before: Any, exposure: Any, exposure_before: Any, level: float) -> Changes:
    """Compare rates of two periods, place by place, exactly."""
    now, before = np.asarray(now, np.float64), np.asarray(before, np.float64)
    exposure, earlier = np.asarray(exposure, np.float64), np.asarray(exposure_before, np.float64)
    told = (now + before > 0) & (exposure > 0) & (earlier > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = earlier / exposure
        tail = (1 - level) / 2
        low = np.where(now > 0, special.betaincinv(np.maximum(now, 1), before + 1, tail), 0.0)
        high = np.where(
            before > 0, special.betaincinv(now + 1, np.maximum(before, 1), 1 - tail), 1.0
        )
        values = (now / before * unit, low / (1 - low) * unit, high / (1 - high) * unit)
        chance = _chance(now, now + before, exposure / (exposure + earlier))
    return Changes(*(np.where(told, value, np.nan) for value in (*values, chance)))


def _chance(now: Numbers, both: Numbers, share: Numbers) -> Numbers:
    """Give twice the smaller tail of the binomial, at most 1."""
    least = np.where(now > 0, special.betainc(np.maximum(now, 1), both - now + 1, share), 1.0)
    most = np.where(now < both, special.betaincc(now + 1, np.maximum(both - now, 1), share), 1.0)
    return np.minimum(1.0, 2 * np.minimum(least, most))


def discoveries(chance: Numbers, share: float) -> npt.NDArray[np.bool_]:
    """Say which differences are to be believed when at most `share` of them may be by chance."""
    known = np.flatnonzero(~np.isnan(chance))
    believed = np.zeros(len(chance), np.bool_)
    if len(known):
        ordered = np.sort(chance[known])
        steps = share * np.arange(1, len(known) + 1) / len(known)
        passing = np.flatnonzero(ordered <= steps)
        if len(passing):
            believed[known] = chance[known] <= ordered[passing[-1]]
    return believed
