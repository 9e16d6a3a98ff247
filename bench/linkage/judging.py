"""Pairwise precision and recall after clustering: every two records of one cluster are a pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Labels = npt.NDArray[np.int64]
Pairs = npt.NDArray[np.int64]
"""Shape (pairs, 2): positions of two records, the smaller first."""


@dataclass(frozen=True)
class Judgement:
    """How well clusters agree with the truth; shares from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Give the harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def judge(found: Labels, true: Labels) -> Judgement:
    """Judge clusters by the truth, both shape (records,); no pair found counts as precision 1."""
    both = _pairs_within(pd.Series(found.astype(str)) + "|" + pd.Series(true.astype(str)))
    joined, known = _pairs_within(pd.Series(found)), _pairs_within(pd.Series(true))
    return Judgement(both / joined if joined else 1.0, both / known if known else 1.0)


def _pairs_within(labels: pd.Series) -> int:
    sizes = labels.value_counts().to_numpy().astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def pairs_of(labels: Labels) -> Pairs:
    """Give every two records of one label."""
    groups = pd.Series(labels).groupby(labels).indices.values()
    found = [pair for group in groups for pair in combinations(sorted(group), 2)]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def linked(pairs: Pairs, records: int) -> Labels:
    """Give the connected components of pairs, shape (records,)."""
    ones = np.ones(len(pairs), dtype=np.int8)
    graph = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(records, records))
    return connected_components(graph, directed=False)[1].astype(np.int64)  # type: ignore[no-any-return]


def share_among(true: Pairs, looked_at: Pairs, records: int) -> float:
    """Give the share of true pairs that were looked at."""
    low, high = np.sort(looked_at, axis=1).T if len(looked_at) else np.empty((2, 0), np.int64)
    return float(np.isin(true[:, 0] * records + true[:, 1], low * records + high).mean())


def best_judgement(pairs: Pairs, weight: npt.NDArray[np.float64], true: Labels) -> Judgement:
    """Give the best F1 that any mark gives, the mark chosen on the truth: nobody can have it."""
    return max(_at_each_mark(pairs, weight, true), key=lambda one: one.f1)


def _at_each_mark(
    pairs: Pairs, weight: npt.NDArray[np.float64], true: Labels
) -> Iterator[Judgement]:
    for mark in range(-10, 41):
        yield judge(linked(pairs[weight >= mark], len(true)), true)
