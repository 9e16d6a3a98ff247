"""How much each column weighs for an outcome: a logistic regression drawn towards prior weights.

Sums are taken without threaded libraries, so that the same county gives the same bytes anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Real = npt.NDArray[np.float64]
Yes = npt.NDArray[np.bool_]

PRIOR_ROWS = 100.0
"""Precision of the prior weights, in events' worth of information a column."""
MOST_ROWS = 12_000
STEPS = 12
HALVINGS = 20
NARROWEST = 0.3
"""Columns that hardly vary (rare conditions) are not blown up to a full standard deviation."""
PRIORS = {
    "contacts": 0.3,
    "referrals": 0.25,
    "graves": 0.2,
    "happenings_of_child": 0.2,
    "hidden_child": 0.2,
    "hidden_household": 0.2,
    "strength": -0.1,
    "exposure_kith": 0.1,
    "exposure_kin": 0.1,
}
"""Weights a standard deviation before any outcome has been seen; our proposal."""
OWN, OTHERS = 0.6, 0.06
"""Prior weights of the condition that an outcome is about, and of all other conditions."""
ABOUT = {
    "escalation_after_closure": ("domestic_abuse", "neglect", "harm_by_adult", "alcohol_or_drugs"),
    "sexual_exploitation": ("sexual_exploitation",),
    "criminal_exploitation": ("criminal_exploitation",),
    "serious_violence": ("serious_violence",),
    "protection_plan": ("domestic_abuse", "neglect", "harm_by_adult", "alcohol_or_drugs"),
    "care": ("neglect", "harm_by_adult", "alcohol_or_drugs"),
}


@dataclass(frozen=True)
class Weights:
    """A score is the sum of (value - middle) / spread * weight."""

    middle: Real
    spread: Real
    weight: Real

    def score(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Give the log odds of each row, up to a constant."""
        by_column = (self.weight / self.spread).astype(np.float32)
        shift = float((self.middle * self.weight / self.spread).sum())
        found = np.einsum("ij,j->i", values, by_column) - np.float32(shift)
        return np.round(found, 4).astype(np.float32)


def prior_weights(names: Sequence[str], outcome: str, conditions: Sequence[str]) -> Real:
    """Give each column's weight before any outcome has been seen."""
    found: Mapping[str, float] = {
        **PRIORS,
        **dict.fromkeys(conditions, OTHERS),
        **dict.fromkeys(ABOUT[outcome], OWN / len(ABOUT[outcome])),
    }
    return np.array([found.get(name.removeprefix("log_odds_"), 0.0) for name in names])


def weigh(values: npt.NDArray[np.float32], came: Yes, prior: Real) -> Weights:
    """Fit weights to rows whose outcomes are known.

    Values have shape (rows, columns). Of the rows without the outcome, evenly chosen ones stand
    for the rest.
    """
    rows, stands_for = _chosen(came)
    x = values[rows].astype(np.float64)
    middle, spread = (x.mean(axis=0), x.std(axis=0)) if len(x) else (prior * 0, prior * 0)
    spread = np.maximum(spread, NARROWEST)
    if not came.any():
        return Weights(middle, spread, prior)
    x = (x - middle) / spread
    return Weights(middle, spread, _fit(x, came[rows].astype(np.float64), stands_for, prior))


def _chosen(came: Yes) -> tuple[npt.NDArray[np.int64], Real]:
    yes, no = np.flatnonzero(came), np.flatnonzero(~came)
    step = max(1, len(no) // MOST_ROWS)
    kept = no[::step]
    rows = np.concatenate([yes, kept])
    return rows, np.concatenate(
        [np.ones(len(yes)), np.full(len(kept), len(no) / max(len(kept), 1))]
    )


def _fit(x: Real, came: Real, stands_for: Real, prior: Real) -> Real:
    """Newton's steps on the penalised likelihood; the last column is the constant, unpenalised."""
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    weight = np.append(prior, np.log(came.sum() / max(stands_for.sum() - came.sum(), 1.0)))
    aim = np.append(prior, weight[-1])
    precision = np.append(np.full(len(prior), PRIOR_ROWS), 1e-6)
    reached = _likelihood(x, came, stands_for, weight, aim, precision)
    for _ in range(STEPS):
        chance = _chance(x, weight)
        slope = np.einsum("ij,i->j", x, stands_for * (came - chance)) - precision * (weight - aim)
        bend = np.einsum("ij,ik->jk", x * (stands_for * chance * (1 - chance))[:, None], x)
        step = np.linalg.solve(bend + np.diag(precision), slope)
        for _ in range(HALVINGS):  # a full step may overshoot, where hardly anything has happened
            tried = _likelihood(x, came, stands_for, weight + step, aim, precision)
            if tried >= reached:
                weight, reached = weight + step, tried
                break
            step = step / 2
    return np.asarray(np.round(weight[:-1], 6))


def _likelihood(
    x: Real, came: Real, stands_for: Real, weight: Real, aim: Real, precision: Real
) -> float:
    odds = np.einsum("ij,j->i", x, weight)
    told = stands_for * (came * odds - np.logaddexp(0, odds))
    return float(told.sum() - (precision * (weight - aim) ** 2).sum() / 2)


def _chance(x: Real, weight: Real) -> Real:
    return np.asarray(1 / (1 + np.exp(-np.clip(np.einsum("ij,j->i", x, weight), -30, 30))))
