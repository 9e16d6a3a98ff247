"""How harm reaches children through those they keep company with, month by month.

Sparse matrices hold who shares a group, a friendship, a family tie or a haunt with whom. Only rows
of children who are affected take part in a month's products, so a month costs little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kithkin.simulation.calendar import Days
from kithkin.simulation.lives.childhood import Childhood
from kithkin.simulation.settings.lives import Kith
from kithkin.simulation.world import GROUP_KINDS, TIE_KINDS, Float, Index, World

ORGANISED = GROUP_KINDS.index("organised")
PARENT, SIBLING = TIE_KINDS.index("parent"), TIE_KINDS.index("sibling")
FRIEND = TIE_KINDS.index("friend")


class Dated:
    """A sparse 0/1 matrix whose entries hold between two days, and its transpose."""

    def __init__(
        self, row: Index, column: Index, start: Days, end: Days, shape: tuple[int, int]
    ) -> None:
        self._across = _Side(row, column, start, end, shape)
        self._back = _Side(column, row, start, end, (shape[1], shape[0]))

    def on(self, day: int) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Give the matrix of a day, and its transpose."""
        return self._across.on(day), self._back.on(day)


class _Side:
    def __init__(
        self, row: Index, column: Index, start: Days, end: Days, shape: tuple[int, int]
    ) -> None:
        order = np.lexsort((column, row))
        self._start, self._end = start[order], end[order]
        starts = np.searchsorted(row[order], np.arange(shape[0] + 1)).astype(np.int32)
        data = np.zeros(len(order), dtype=np.float32)
        self._matrix = sparse.csr_matrix((data, column[order], starts), shape=shape)

    def on(self, day: int) -> sparse.csr_matrix:
        self._matrix.data[:] = (self._start <= day) & (self._end >= day)
        return self._matrix


@dataclass(frozen=True)
class Company:
    """Whom and what children share: groups, friends, brothers and sisters, cousins, places."""

    groups: Dated
    """Children by groups."""
    friends: Dated
    relatives: sparse.csr_matrix
    """Brothers and sisters 1; cousins as much less as the settings say."""
    haunts: sparse.csr_matrix
    visitors: sparse.csr_matrix
    """The transpose of `haunts`."""
    visits: Float
    """Shape (places,): how many children visit each, at least 1."""
    organised_by: Index
    group_danger: Float
    own_danger: Float
    """Shape (children,): mean danger of the child's own haunts."""

    @classmethod
    def of(cls, world: World, childhood: Childhood, kith: Kith) -> Company:
        """Build the matrices of a world once."""
        child_of, many = childhood.child_of, len(childhood.children)
        haunts = _haunts(world, child_of, many)
        visits = np.maximum(np.asarray(haunts.sum(axis=0)).ravel(), 1).astype(np.float32)
        siblings = _siblings(world, child_of, many)
        # Squared, because the root of what comes through relatives is what counts.
        less = np.float32(min(kith.cousins / kith.siblings, 1.0) ** 2 if kith.siblings else 0.0)
        group_place, danger = world.groups.place, _with_nowhere(world.places.danger)
        return cls(
            groups=_groups(world, child_of, many),
            friends=_friends(world, child_of, many),
            relatives=siblings.maximum(_cousins(world, child_of, many) * less),
            haunts=haunts,
            visitors=haunts.T.tocsr(),
            visits=visits,
            organised_by=world.groups.organised_by,
            group_danger=danger[group_place],
            own_danger=_mean_danger(haunts, world.places.danger),
        )


@dataclass(frozen=True)
class Reach:
    """What reaches each child in a month through company, before any condition's own weights."""

    affected: Float
    """Shape (conditions, children): closeness of others' conditions, 0 to a few."""
    organised: Float
    """Shape (children,): 1 in a group that an organised group draws on, else 0."""
    danger: Float
    """Shape (children,): danger of the places of the child and of the child's groups."""


def reach(company: Company, states: npt.NDArray[np.uint8], day: int, kith: Kith) -> Reach:
    """Say what reaches each child on a day, from the states of the month before.

    `states` has shape (conditions, children). The root of a share counts, because the first
    affected friend matters most.
    """
    hit = sparse.csr_matrix((states > 0).astype(np.float32))
    groups, members = company.groups.on(day)
    friends, _ = company.friends.on(day)
    sizes, circle = _counts(members), _counts(friends)
    in_groups = _shares(hit @ groups, np.maximum(sizes - 1, 1)) @ members
    through = [
        (in_groups, kith.groups),
        (_shares(hit @ friends, np.maximum(circle, 1)), kith.friends),
        (hit @ company.relatives, kith.siblings),
        (_shares(hit @ company.haunts, company.visits) @ company.visitors, kith.places),
    ]
    affected = np.zeros(states.shape, dtype=np.float32)
    for shares, weight in through:
        _add_roots(affected, shares, weight)
    backed = (company.organised_by >= 0) & (sizes > 0)
    of_group = [backed.astype(np.float32), company.group_danger, np.ones_like(sizes)]
    own_backed, own_danger, own = (groups @ np.stack(of_group, axis=1)).T
    return Reach(
        affected=affected,
        organised=(own_backed > 0).astype(np.float32),
        danger=company.own_danger + own_danger / np.maximum(own, 1),
    )


def _counts(matrix: sparse.csr_matrix) -> Float:
    """Give the sum of each row."""
    sums: Float = matrix @ np.ones(matrix.shape[1], dtype=np.float32)
    return sums


def _shares(counts: sparse.csr_matrix, out_of: Float) -> sparse.csr_matrix:
    """Divide each column, in place."""
    counts.data /= out_of[counts.indices]
    return counts


def _add_roots(to: Float, shares: sparse.csr_matrix, weight: float) -> None:
    """Add the roots of shares, at most 1, to a full array, in place."""
    row = np.repeat(np.arange(shares.shape[0]), np.diff(shares.indptr))
    to[row, shares.indices] += np.float32(weight) * np.sqrt(np.minimum(shares.data, 1.0))


def _groups(world: World, child_of: Index, many: int) -> Dated:
    table = world.memberships
    child = child_of[table.person]
    rows = np.flatnonzero(child >= 0)
    return Dated(
        child[rows], table.group[rows], table.start[rows], table.end[rows],
        (many, len(world.groups)),
    )  # fmt: skip


def _friends(world: World, child_of: Index, many: int) -> Dated:
    ties = world.ties
    a, b = child_of[ties.a], child_of[ties.b]
    rows = np.flatnonzero((ties.kind == FRIEND) & (a >= 0) & (b >= 0))
    start, end = np.tile(ties.start[rows], 2), np.tile(ties.end[rows], 2)
    both, back = np.concatenate([a[rows], b[rows]]), np.concatenate([b[rows], a[rows]])
    return Dated(both, back, start, end, (many, many))


def _siblings(world: World, child_of: Index, many: int) -> sparse.csr_matrix:
    ties = world.ties
    a, b = child_of[ties.a], child_of[ties.b]
    rows = (ties.kind == SIBLING) & (a >= 0) & (b >= 0)
    return _flags(np.r_[a[rows], b[rows]], np.r_[b[rows], a[rows]], (many, many))


def _cousins(world: World, child_of: Index, many: int) -> sparse.csr_matrix:
    """Children whose parents are brothers or sisters."""
    ties, everybody = world.ties, len(world.people)
    parents = (ties.kind == PARENT) & (child_of[ties.b] >= 0)
    child_by_parent = _flags(child_of[ties.b[parents]], ties.a[parents], (many, everybody))
    grown = (ties.kind == SIBLING) & ((child_of[ties.a] < 0) | (child_of[ties.b] < 0))
    a, b = ties.a[grown], ties.b[grown]
    siblings = _flags(np.r_[a, b], np.r_[b, a], (everybody, everybody))
    cousins = (child_by_parent @ siblings @ child_by_parent.T).tocsr()
    cousins.data[:] = 1.0
    return cousins


def _haunts(world: World, child_of: Index, many: int) -> sparse.csr_matrix:
    child = child_of[world.haunts.person]
    rows = child >= 0
    return _flags(child[rows], world.haunts.place[rows], (many, len(world.places)))


def _flags(row: Index, column: Index, shape: tuple[int, int]) -> sparse.csr_matrix:
    flags = sparse.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)
    flags.data[:] = 1.0
    return flags


def _with_nowhere(danger: Float) -> Float:
    """Append what position NOBODY, the last, gives: nowhere has no danger."""
    return np.append(danger, np.float32(0)).astype(np.float32)


def _mean_danger(haunts: sparse.csr_matrix, danger: Float) -> Float:
    visits = np.maximum(np.asarray(haunts.sum(axis=1)).ravel(), 1)
    return (haunts @ danger.astype(np.float32) / visits).astype(np.float32)
