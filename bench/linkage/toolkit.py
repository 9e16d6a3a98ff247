"""The recordlinkage toolkit: its unsupervised classifier over comparisons that are yes or no.

Fellegi and Sunter's model by expectation conditional maximisation (`ECMClassifier`), after
blocking on each name, date, postcode and number alone; de Bruin, recordlinkage 0.16.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import recordlinkage  # type: ignore[import-untyped]
from bench.linkage.judging import Labels, Pairs, linked
from bench.linkage.sets import LinkageSet

BLOCKS = ("forename", "surname", "date_of_birth", "postcode", "number")
SPELLINGS = {"forename": 0.85, "surname": 0.85, "line": 0.85, "town": 0.85}
"""Jaro-Winkler similarity from which two texts count as one."""


@dataclass(frozen=True)
class Linked:
    """Every pair that was looked at, and the clusters of those classed as links."""

    pairs: Pairs
    person: Labels


def link(given: LinkageSet) -> Linked:
    """Link a set."""
    indexer, comparison = recordlinkage.Index(), recordlinkage.Compare()
    for name in BLOCKS:
        if name in given.columns:
            indexer.block(name)
    for name in given.columns:
        if name in SPELLINGS:
            comparison.string(name, name, method="jarowinkler", threshold=SPELLINGS[name])
        else:
            comparison.exact(name, name)
    frames = _frames(given)
    pairs = indexer.index(*frames)
    features = comparison.compute(pairs, *frames)
    links = recordlinkage.ECMClassifier().fit_predict(features)
    return Linked(_array(pairs), linked(_array(links), len(given.records)))


def _frames(given: LinkageSet) -> list[object]:
    if not given.two_files:
        return [given.records]
    return [part for _, part in given.records.groupby("source", sort=True)]


def _array(pairs: object) -> Pairs:
    found = np.array([list(pair) for pair in pairs], dtype=np.int64)  # type: ignore[attr-defined]
    return np.sort(found.reshape(-1, 2), axis=1)
