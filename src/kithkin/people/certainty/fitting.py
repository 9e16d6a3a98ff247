"""Learns from judged pairs how far stated probabilities are off.

A logistic regression in the stated bits, shrunk towards the stated probabilities (Gaussian priors
about no correction at all; Platt 1999 with the priors of a ridge), and bounded so that it stays
monotone. A few dozen pairs are enough to move a reason for which the model has no comparison, and
a few change little where many agree with it already.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from kithkin.people.certainty.calibration import STATED, TERMS, Calibration, nearer, stated_bits
from kithkin.people.certainty.standing import JOINED, STANDINGS, Places
from kithkin.people.resolving.certainty import Weights
from kithkin.people.rules import LinkageRules

# Standard deviations of the priors, fixed beforehand and not tuned on any truth. Why a pair was
# refused is no part of its weights, so there the prior is wide: 4 bits are odds of 16 to 1.
SHIFT_BITS = {JOINED: 2.0}
REFUSED_SHIFT_BITS, NEARER_SHIFT_BITS = 4.0, 1.0
SLOPE, NEARER_SLOPE = 0.3, 0.1
LEAST_SLOPE, LEAST_NEARER_SLOPE = -0.7, -0.2  # together above -1: heavier is more probable
MOST_STATED = 30.0  # bits beyond which a pair says no more
ROUNDS = 500
FIGURES = 6  # decimals kept: below what any machine's rounding could change

Real = NDArray[np.float64]


@dataclass(frozen=True)
class JudgedPairs:
    """Pairs that people judged, row by row; `standing` is the place in `STANDINGS`."""

    weight: Weights
    home_weight: Weights
    standing: Places
    same: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.same)


def fit_calibration(judged: JudgedPairs, rules: LinkageRules) -> Calibration:
    """Find the correction under which what people said is most probable; the same every time.

    `rules` are those under which the pairs stood as they did. Without a pair nothing is corrected.
    """
    if not len(judged):
        return STATED
    stated = np.clip(stated_bits(judged.weight, judged.home_weight), -MOST_STATED, MOST_STATED)
    terms = _terms(judged)
    design = np.hstack([terms, terms * stated[:, None]])
    prior = _prior()
    found = minimize(
        _loss,
        np.zeros(design.shape[1]),
        args=(design, stated, judged.same, prior),
        jac=True,
        method="L-BFGS-B",
        bounds=_bounds(),
        options={"maxiter": ROUNDS, "ftol": 1e-12, "gtol": 1e-9},
    )
    shifts, slopes = (
        {term: round(float(bits), FIGURES) + 0.0 for term, bits in zip(TERMS, half, strict=True)}
        for half in np.split(found.x, 2)
    )
    return Calibration(len(judged), rules.hash, shifts, slopes)


def _terms(judged: JudgedPairs) -> Real:
    """Give one row a pair, one column a term: 1 where the term applies."""
    rows = np.arange(len(judged))
    terms = np.zeros((len(judged), len(TERMS)))
    terms[rows, judged.standing] = 1
    terms[rows, nearer(judged.weight, judged.home_weight)] = 1
    return terms


def _loss(
    correction: Real, design: Real, stated: Real, same: NDArray[np.bool_], prior: Real
) -> tuple[float, Real]:
    """Give the negative log posterior, and its gradient."""
    logit = log(2) * (stated + design @ correction)
    surprise = np.logaddexp(0, np.where(same, -logit, logit)).sum()
    probability = np.exp(-np.logaddexp(0, -logit))
    gradient = log(2) * (design.T @ (probability - same))
    scaled = correction / prior
    return float(surprise + (scaled**2).sum() / 2), gradient + scaled / prior


def _prior() -> Real:
    shifts = [SHIFT_BITS.get(standing, REFUSED_SHIFT_BITS) for standing in STANDINGS]
    slopes = [SLOPE] * len(STANDINGS)
    near = len(TERMS) - len(STANDINGS)
    return np.array(shifts + [NEARER_SHIFT_BITS] * near + slopes + [NEARER_SLOPE] * near)


def _bounds() -> list[tuple[float | None, float | None]]:
    free: list[tuple[float | None, float | None]] = [(None, None)] * len(TERMS)
    least = [LEAST_SLOPE] * len(STANDINGS)
    least += [LEAST_NEARER_SLOPE] * (len(TERMS) - len(STANDINGS))
    return free + [(low, None) for low in least]
