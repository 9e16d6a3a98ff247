"""How hard it is to tell, from structured history, which closed cases come back and escalate.

Published systems reach an area under the curve of 0.70 to 0.76 on tasks of this kind (re-referral
0.73 and placement 0.76 in Allegheny, 0.76 in New Zealand, 0.75 for domestic abuse in England). A
county in which it were much easier would prove nothing. Training ends so early that its labels are
mature before the first case on which it is judged; no child is in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kithkin.simulation.calibration.measures.counting import Mask
from kithkin.simulation.calibration.structured_history import history_of
from kithkin.simulation.county import County
from kithkin.simulation.world import Index

TARGET = (0.70, 0.76)
RESAMPLES = 200
TEST_SHARE = 0.4
"""Share of children kept for judging; the others train."""
YEAR_OF_DAYS = 365

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Hardness:
    """What models reach on closed cases of a later time and of children never trained on."""

    auc: float
    low: float
    high: float
    """95 % interval of `auc` by resampling children."""
    auc_of_boosted_trees: float
    auc_of_prior_contacts: float
    """Of the plain count of contacts in the twelve months before."""
    average_precision: float
    base_rate: float
    cases: int
    events: int

    @property
    def in_target(self) -> bool:
        """Whether the logistic model lies within the target."""
        return TARGET[0] <= self.auc <= TARGET[1]

    def rows(self) -> list[tuple[str, float]]:
        """Give each figure with its title."""
        return [
            ("Logistic model on structured history, area under the curve", self.auc),
            ("Boosted trees on the same history", self.auc_of_boosted_trees),
            ("Number of contacts in the twelve months before, alone", self.auc_of_prior_contacts),
            ("Average precision of the logistic model", self.average_precision),
            ("Share of cases that came back and escalated", self.base_rate),
        ]


def measure_hardness(county: County) -> Hardness:
    """Train on earlier closed cases, judge on later ones of other children."""
    cases = county.care.outcomes
    features = history_of(county, cases.child, cases.day)
    train, test = _split(county)
    if min(_both(cases.escalated, train), _both(cases.escalated, test)) == 0:
        nothing = float("nan")
        return Hardness(
            nothing, nothing, nothing, nothing, nothing, nothing, nothing, int(test.sum()), 0
        )
    truth = cases.escalated[test]
    scores = _logistic(features[train], cases.escalated[train], features[test])
    trees = _trees(features[train], cases.escalated[train], features[test])
    low, high = _interval(truth, scores, cases.child[test], county)
    return Hardness(
        auc=area_under_curve(truth, scores),
        low=low,
        high=high,
        auc_of_boosted_trees=area_under_curve(truth, trees),
        auc_of_prior_contacts=area_under_curve(truth, features[test, 0]),
        average_precision=average_precision(truth, scores),
        base_rate=float(truth.mean()),
        cases=len(truth),
        events=int(truth.sum()),
    )


def _both(labels: Mask, rows: Mask) -> int:
    hits = int(labels[rows].sum())
    return min(hits, int(rows.sum()) - hits)


def _split(county: County) -> tuple[Mask, Mask]:
    """Judge on the last half year with mature labels; train on all that was mature before it."""
    cases, calendar = county.care.outcomes, county.calendar
    begin = int(calendar.month_starts[calendar.months - 18])
    enough_past = int(calendar.month_starts[12])
    held_out = county.streams.of("calibration", "held out children")
    kept = held_out.random(len(county.world.people)) < TEST_SHARE
    train = cases.mature & (cases.day < begin - YEAR_OF_DAYS) & (cases.day >= enough_past)
    test = cases.mature & (cases.day >= begin)
    return train & ~kept[cases.child], test & kept[cases.child]


def _logistic(x: Float, y: Mask, new: Float) -> Float:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    model.fit(x, y)
    return np.asarray(model.decision_function(new), dtype=np.float64)


def _trees(x: Float, y: Mask, new: Float) -> Float:
    model = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=40, random_state=0
    )
    model.fit(x, y)
    return np.asarray(model.predict_proba(new)[:, 1], dtype=np.float64)


def _interval(truth: Mask, scores: Float, children: Index, county: County) -> tuple[float, float]:
    """Resample children, with all their cases, and give the middle 95 % of the areas."""
    draws = county.streams.of("calibration", "resamples")
    _, child = np.unique(children, return_inverse=True)
    many = int(child.max()) + 1
    found = []
    for _ in range(RESAMPLES):
        times = np.bincount(draws.integers(0, many, many), minlength=many)[child]
        found.append(area_under_curve(np.repeat(truth, times), np.repeat(scores, times)))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)


def area_under_curve(truth: Mask, scores: Float) -> float:
    """Give the chance that a case that escalated scores above one that did not; ties are halves.

    NaN when all or none escalated. Mann and Whitney (1947).
    """
    hits = int(truth.sum())
    others = len(truth) - hits
    if not hits or not others:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[truth].sum() - hits * (hits + 1) / 2) / (hits * others))


def average_precision(truth: Mask, scores: Float) -> float:
    """Give the mean of the precision at each case that escalated, highest scores first."""
    order = np.argsort(-scores, kind="stable")
    hit = truth[order]
    precision = np.cumsum(hit) / np.arange(1, len(hit) + 1)
    return float(precision[hit].mean())
