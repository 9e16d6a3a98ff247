"""Partitions of persons by Leiden with the constant Potts model, and what several agree on.

The model (Traag, Van Dooren and Nesterov 2011) puts persons together whose ties, spread over all
pairs among them, are stronger than the resolution; unlike modularity it finds small groups in large
networks. Leiden (Traag, Waltman and van Eck 2019) is random: one run puts persons elsewhere than
another, so none is ever shown by itself.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import graspologic_native as leiden
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kithkin.network.groups.ties import PeerTies, joined
from kithkin.policy.gatherings import Groups

Array = npt.NDArray[Any]

NONE = -1
THREADS = 2


@dataclass(frozen=True)
class Agreed:
    """What several partitions agree on.

    Parameters
    ----------
    labels : (partitions, persons), who was with whom.
    group : by person, a number; NONE for who is with nobody.
    agreement : by person, the share of the partitions in which they are with each of the others of
        their group, on average; 0 for who is in none.

    """

    labels: Array
    group: Array
    agreement: Array

    @property
    def size(self) -> Array:
        """Persons by group."""
        return np.bincount(self.group[self.group != NONE])


def resolutions(settings: Groups) -> Array:
    """Give the multiples of the median strength that are tried, the lowest first."""
    low, high = settings.lowest_resolution, settings.highest_resolution
    return np.geomspace(low, high, settings.resolutions)


def partitions(
    ties: PeerTies, resolution: float, settings: Groups, *, many: int, cycles: int
) -> Array:
    """Give the label of each person in each of many partitions, (many, persons).

    Parameters
    ----------
    resolution : in the unit of tie strength.
    cycles : of Leiden, full ones; each starts from what the one before found.

    """

    def one(turn: int) -> Array:
        kept = _hash_share(ties, settings.seed + turn) >= settings.ties_left_out
        return _labels(ties, kept, resolution, settings.seed + turn, cycles)

    with ThreadPoolExecutor(THREADS) as pool:
        return np.stack(list(pool.map(one, range(many))))


def _labels(ties: PeerTies, kept: Array, resolution: float, seed: int, cycles: int) -> Array:
    persons = len(ties.persons)
    labels = np.arange(persons)
    if not kept.any():
        return labels
    one, other, strength = ties.one[kept], ties.other[kept], ties.strength[kept]
    ends = (np.concatenate([one, other]), np.concatenate([other, one]))
    graph = sp.coo_array((np.tile(strength, 2), ends), shape=(persons, persons)).tocsr()
    graph.sort_indices()
    _, found = leiden.leiden_csr(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data,
        persons,
        resolution=resolution,
        iterations=cycles,
        use_modularity=False,
        seed=seed,
    )
    who = np.fromiter(found.keys(), np.int64, len(found))
    # Who lost every tie stands alone.
    labels += len(found)
    labels[who] = np.fromiter(found.values(), np.int64, len(found))
    return labels


def _hash_share(ties: PeerTies, seed: int) -> Array:
    """Give each tie a number from 0 to 1 that depends on its two persons and the seed alone.

    The finaliser of SplitMix64 (Steele, Lea and Flood 2014), once a person.
    """
    mixed = np.full(len(ties.one), seed, np.uint64)
    for ends in (ties.one, ties.other):
        mixed = mixed + ties.persons[ends].astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    return (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def agree(ties: PeerTies, labels: Array, settings: Groups) -> Agreed:
    """Keep together who is together in enough of the partitions.

    Two tied persons stay together when they are in the same part in `agreement` of the partitions;
    groups are what such ties join, so that each is connected. Who is with the rest of the group too
    seldom leaves it, and who has no tie in it but with relatives, until nobody does.
    """
    held = (labels[:, ties.one] == labels[:, ties.other]).mean(axis=0) >= settings.agreement
    while True:
        group = _numbered(joined(ties.one[held], ties.other[held], len(ties.persons)))
        agreement = _with_the_others(labels, group)
        weak = (group != NONE) & ((agreement < settings.member) | _only_by_family(ties, group))
        if not weak.any():
            return Agreed(labels, group, agreement)
        held &= ~(weak[ties.one] | weak[ties.other])


def _numbered(parts: Array) -> Array:
    """Number the parts of two or more persons from 0, in order of their first person."""
    many = np.bincount(parts) >= 2
    number = np.where(many, np.cumsum(many) - 1, NONE)
    return np.asarray(number[parts], np.int64)


def _only_by_family(ties: PeerTies, group: Array) -> Array:
    """Say who has no tie with somebody of their group who is not a relative."""
    unrelated = (group[ties.one] == group[ties.other]) & ~ties.related
    only = np.ones(len(group), np.bool_)
    only[ties.one[unrelated]] = only[ties.other[unrelated]] = False
    return only


def _with_the_others(labels: Array, group: Array) -> Array:
    inside = group != NONE
    size = np.bincount(group[inside])
    total = np.zeros(len(group))
    for each in labels:
        total[inside] += _sharing(group[inside], each[inside]) - 1
    total[inside] /= len(labels) * (size[group[inside]] - 1)
    return total


def _sharing(group: Array, label: Array) -> Array:
    """Count by person those of the same group with the same label, themself included."""
    key = group * (int(label.max(initial=0)) + 1) + label
    _, place, count = np.unique(key, return_inverse=True, return_counts=True)
    return np.asarray(count[place])


def possible(ties: PeerTies, agreed: Agreed, settings: Groups) -> tuple[Array, Array, Array]:
    """Give persons who may belong to a group that they are not in, but tied to, not as relatives.

    Returns
    -------
    person, group, share : place in `ties.persons`, number of the group, and the share of the
        partitions in which they are with each of its members, on average.

    """
    ends = np.concatenate([ties.one, ties.other]), np.concatenate([ties.other, ties.one])
    towards = agreed.group[ends[1]]
    outside = (towards != NONE) & (agreed.group[ends[0]] != towards) & ~np.tile(ties.related, 2)
    groups = int(agreed.group.max(initial=NONE)) + 1
    pairs = np.unique(ends[0][outside] * groups + towards[outside])
    person, group = pairs // max(groups, 1), pairs % max(groups, 1)
    total = np.zeros(len(pairs))
    for label in agreed.labels:
        total += _members_with_label(agreed.group, label, group, label[person])
    share = total / (len(agreed.labels) * agreed.size[group]) if groups else total
    enough = share >= settings.possible
    return person[enough], group[enough], share[enough]


def _members_with_label(member_of: Array, label: Array, group: Array, wanted: Array) -> Array:
    inside = member_of != NONE
    most = int(label.max(initial=0)) + 1
    keys, count = np.unique(member_of[inside] * most + label[inside], return_counts=True)
    asked = group * most + wanted
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[place] == asked, count[place], 0)
