"""A cumulative sum that rises with each month of more events than usual (Page 1954).

Each month adds the logarithm of how much likelier its events are when those of each stream come
`ratios` times as often as usual than when they come as usual; below nought it starts again. Counts are negative
binomial: more uneven than chance, as events of troubled weeks are. The threshold is the one that
children whose events come as usual reach as seldom as the policy says, looked at every month: found
by simulating such children (Hawkins and Olwell 1998), not by correcting single months afterwards.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Whole = np.ndarray[Any, np.dtype[np.int64]]
MONTHS_A_YEAR = 12


def evidence(counts: Any, expected: Numbers, ratios: Any, spread: float) -> Numbers:
    """Give the logarithm of the likelihood ratio of counts: `ratios` times as often, against as usual.

    Parameters
    ----------
    counts, expected : (stream, ...), of each stream of events.
    ratios : by stream. spread : the variance beyond Poisson's as a share of the squared mean; it
        moves all streams of a child and month together.

    """
    told = np.asarray(ratios, float).reshape(-1, *(1,) * (np.ndim(expected) - 1))
    gained = (counts * np.log(told)).sum(axis=0)
    if spread <= 0:
        return np.asarray(gained - (expected * (told - 1)).sum(axis=0))
    size = 1 / spread
    more, usual = size + (told * expected).sum(axis=0), size + expected.sum(axis=0)
    return np.asarray(gained + (size + counts.sum(axis=0)) * np.log(usual / more))


@numba.njit(nogil=True, cache=True)
def sums(evidence, watched):  # type: ignore[no-untyped-def]
    """Give the cumulative sum after each month, and the month from which it runs (-1: none).

    Both arrays are (children, months). While a child is not watched the sum is nought.
    """
    total = np.zeros(evidence.shape)
    since = np.full(evidence.shape, -1, np.int64)
    for child in range(evidence.shape[0]):
        held, start = 0.0, -1
        for month in range(evidence.shape[1]):
            if not watched[child, month]:
                held, start = 0.0, -1
                continue
            was = held
            held = max(0.0, held + evidence[child, month])
            if held == 0.0:
                start = -1
            elif was == 0.0:
                start = month
            total[child, month] = held
            since[child, month] = start
    return total, since


def threshold(
    expected: Numbers,
    watched: Any,
    *,
    ratios: Any,
    spread: float,
    false_alarms: float,
    simulated: int,
    seed: int,
) -> float:
    """Give the sum that so few children reach whose events come as usual.

    Parameters
    ----------
    expected : (stream, children, months), of the county; each simulated child is one of these.
    watched : (children, months).
    false_alarms : children a year in 1,000 who reach it, over all months that they are watched.
    simulated : how many are simulated.

    """
    draw = np.random.default_rng(seed)
    present = np.flatnonzero(watched.any(axis=1))
    if not len(present):
        return float("inf")
    chosen = present[draw.integers(0, len(present), simulated)]
    mean, seen = expected[:, chosen], watched[chosen]
    luck = draw.gamma(1 / spread, spread, seen.shape) if spread > 0 else 1.0
    told = evidence(draw.poisson(mean * luck), mean, ratios, spread)
    highest = np.sort(sums(told, seen)[0].max(axis=1))[::-1]
    allowed = int(false_alarms / 1000 * seen.sum() / MONTHS_A_YEAR)
    # The next float above the first that would be one too many.
    return float(np.nextafter(highest[min(allowed, len(highest) - 1)], np.inf))
