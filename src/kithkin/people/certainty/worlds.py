"""Other persons that the records could as well be, so that a count carries its doubt.

In each world every join holds with its own probability, and every two persons whom linkage
refused to join are one with theirs: what the world counts is one draw of the count. The released
persons are cautious, not the mean of them: most refused pairs of a kind may well be one person.

The range of a count is of the doubt about pairs that were looked at. Pairs that share no key, and
those below the mark for review, are apart in every world, and the probabilities are taken as they
are told: on a simulated county of 20,000 the persons in truth were 0.4% fewer than the range's end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kithkin.people.resolving.tables import Resolution

MIDDLE_95 = (2.5, 50.0, 97.5)

Whole = NDArray[np.int32]
Real = NDArray[np.float64]


@dataclass(frozen=True)
class Range:
    """The middle 95% of a count over worlds, and its median."""

    low: float
    median: float
    high: float


@dataclass(frozen=True)
class _Pairs:
    """Pairs of records by rid, and how probable each is one person."""

    left: Whole
    right: Whole
    probability: Real


def draw_worlds(resolution: Resolution, worlds: int, *, seed: int) -> Iterator[Whole]:
    """Give, for each world, the smallest rid of the same person for every record.

    The same worlds for the same seed. A refused pair without a probability stays apart. Two whom
    a world holds apart do not become one through a third: of joins that contradict such a pair the
    less probable is not made.
    """
    kept = _pairs(resolution.joined.data)
    refused = _strongest(resolution)
    stream = np.random.default_rng(seed)
    for _ in range(worlds):
        holds = stream.random(len(kept.left)) < kept.probability
        same = stream.random(len(refused.left)) < refused.probability
        label = _components(len(resolution.cluster), kept.left[holds], kept.right[holds])
        yield _smallest(_merged(label, refused, same)[label])


def middle_95(counts: Iterable[float]) -> Range:
    """Sum up what worlds counted; `ValueError` for none."""
    told = np.array(list(counts), dtype=np.float64)
    if not len(told):
        raise ValueError("No world was counted. Draw at least one.")
    return Range(*(float(value) for value in np.percentile(told, MIDDLE_95)))


def _pairs(table: pa.Table) -> _Pairs:
    names = ("left_rid", "right_rid", "probability")
    return _Pairs(*(table.column(name).to_numpy() for name in names))


def _strongest(resolution: Resolution) -> _Pairs:
    """Give one refused pair of each two persons, what contradicts first: likeliest pairs first."""
    refused = resolution.refused.data
    pairs = _pairs(refused)
    one, other = (resolution.cluster[end].astype(np.int64) for end in (pairs.left, pairs.right))
    people = np.minimum(one, other) << 32 | np.maximum(one, other)
    calm = refused.column("kind").to_numpy(zero_copy_only=False) != "contradiction"
    probability = np.nan_to_num(pairs.probability)
    order = np.lexsort((pairs.right, pairs.left, -probability, calm, people))
    first = order[np.unique(people[order], return_index=True)[1]]
    first = first[np.lexsort((people[first], -probability[first]))]
    return _Pairs(pairs.left[first], pairs.right[first], probability[first])


def _components(size: int, left: Whole, right: Whole) -> Whole:
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    label: Whole = connected_components(graph.tocsr(), directed=False)[1]
    return label


def _merged(label: Whole, refused: _Pairs, same: NDArray[np.bool_]) -> Whole:
    """Give each part's leader when the refused pairs that this world holds to be one are joined."""
    leader = np.arange(int(label.max(initial=-1)) + 1, dtype=np.int32)
    one, other = label[refused.left], label[refused.right]
    members: dict[int, list[int]] = {}
    apart: dict[int, set[int]] = {}
    for a, b in zip(one[~same].tolist(), other[~same].tolist(), strict=True):
        apart.setdefault(a, set()).add(b)
        apart.setdefault(b, set()).add(a)
    for a, b in zip(one[same].tolist(), other[same].tolist(), strict=True):
        low, high = sorted((int(leader[a]), int(leader[b])))
        mine, theirs = members.get(low, [low]), members.get(high, [high])
        if low == high or any(apart.get(part, set()).intersection(theirs) for part in mine):
            continue
        leader[theirs] = low
        members[low] = mine + theirs
    return leader


def _smallest(label: Whole) -> Whole:
    """Name each person by its smallest rid."""
    _, first, place = np.unique(label, return_index=True, return_inverse=True)
    return np.asarray(first[place], np.int32)
