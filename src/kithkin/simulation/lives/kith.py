"""How harm reaches children through those they keep company with, month by month.

Sparse matrices, built once, hold who shares a group or a haunt, and who is whose friend, brother,
sister or cousin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.lives.childhood import Childhood
from kithkin.simulation.settings.lives import Kith
from kithkin.simulation.world import TIE_KINDS, Float, Index, World

PARENT, SIBLING = TIE_KINDS.index("parent"), TIE_KINDS.index("sibling")
FRIEND = TIE_KINDS.index("friend")
ALWAYS = -NEVER


@dataclass(frozen=True)
class Reach:
    """What reaches each child in a month through company, before any condition's own weights."""

    affected: Float
    """Shape (conditions, children): closeness of others' conditions, 0 to about 1.5."""
    organised: Float
    """Shape (children,): 1 in a group that an organised group draws on, else 0."""
    danger: Float
    """Shape (children,): mean danger of the places of the child and of the child's groups."""


class Company:
    """Whom and what children share: groups and places, friends and relatives.

    Groups and then places are the columns of one matrix, `hubs`; friends and then relatives the
    entries of another, `close`.
    """

    def __init__(self, world: World, childhood: Childhood, kith: Kith) -> None:
        child_of, many = childhood.child_of, len(childhood.children)
        groups, places = world.groups, world.places
        hubs = len(groups) + len(places)
        self._hubs = _Dated(_shared(world, child_of), (many, hubs))
        self._close = _Dated(_close(world, child_of, many, kith), (many, many))
        self._weight = np.repeat(
            np.square([kith.groups, kith.places]), [len(groups), len(places)]
        ).astype(np.float32)
        nowhere = np.append(places.danger, np.float32(0))
        self._danger = np.concatenate([nowhere[groups.place], places.danger]).astype(np.float32)
        backed = np.concatenate([groups.organised_by >= 0, np.zeros(len(places), dtype=np.bool_)])
        self._backed = backed.astype(np.float32)

    def reach(self, affected: list[npt.NDArray[np.int64]], day: int) -> Reach:
        """Say what reaches each child on a day, from who was affected in the month before.

        `affected` holds for each condition the children affected, in order. Closeness is the root of the sum, over groups,
        places, friends and relatives, of the share of them affected, times the square of their
        weight: with the root the first affected friend matters most.
        """
        hubs = self._hubs.on(day)
        hit = _indicators(affected, hubs.shape[0])
        sizes = np.bincount(hubs.indices, weights=hubs.data, minlength=hubs.shape[1])
        sizes = sizes.astype(np.float32)
        shares = (hit @ hubs).toarray() * (self._weight / np.maximum(sizes - 1, 1))
        per_hub = [*shares, self._backed * (sizes > 0), self._danger, np.ones_like(sizes)]
        *close, backed, danger, own = (hubs @ np.stack(per_hub, axis=1)).T
        closeness = np.stack(close)
        _add(closeness, hit @ self._close.on(day))
        return Reach(
            affected=np.sqrt(closeness, out=closeness),
            organised=(backed > 0).astype(np.float32),
            danger=danger / np.maximum(own, 1),
        )


@dataclass(frozen=True)
class _Rows:
    """Entries of a sparse matrix that hold from `start` to `end`."""

    row: Index
    column: Index
    start: Days
    end: Days
    weight: Float


class _Dated:
    """A sparse matrix whose entries hold on some days; elsewhere they are 0."""

    def __init__(self, rows: _Rows, shape: tuple[int, int]) -> None:
        order = np.lexsort((rows.column, rows.row))
        self._start, self._end = rows.start[order], rows.end[order]
        self._weight = rows.weight[order]
        starts = np.searchsorted(rows.row[order], np.arange(shape[0] + 1)).astype(np.int32)
        data = np.zeros(len(order), dtype=np.float32)
        columns = rows.column[order].astype(np.int32)
        self._matrix = sparse.csr_matrix((data, columns, starts), shape=shape)

    def on(self, day: int) -> sparse.csr_matrix:
        """Give the matrix of a day; the next call overwrites it."""
        np.multiply(self._weight, (self._start <= day) & (self._end >= day), out=self._matrix.data)
        return self._matrix


def _indicators(affected: list[npt.NDArray[np.int64]], many: int) -> sparse.csr_matrix:
    starts = np.cumsum([0, *map(len, affected)]).astype(np.int32)
    columns = np.concatenate(affected).astype(np.int32)
    data = np.ones(len(columns), dtype=np.float32)
    return sparse.csr_matrix((data, columns, starts), shape=(len(affected), many))


def _add(to: Float, matrix: sparse.csr_matrix) -> None:
    """Add a sparse matrix to a full one, in place."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    to[row, matrix.indices] += matrix.data


def _shared(world: World, child_of: Index) -> _Rows:
    """Children by groups and places."""
    table, haunts = world.memberships, world.haunts
    member, visitor = child_of[table.person], child_of[haunts.person]
    of_groups, of_places = np.flatnonzero(member >= 0), np.flatnonzero(visitor >= 0)
    column = [table.group[of_groups], haunts.place[of_places] + len(world.groups)]
    many = len(of_places)
    return _Rows(
        row=np.concatenate([member[of_groups], visitor[of_places]]),
        column=np.concatenate(column),
        start=np.concatenate([table.start[of_groups], np.full(many, ALWAYS, np.int32)]),
        end=np.concatenate([table.end[of_groups], np.full(many, NEVER, np.int32)]),
        weight=np.ones(len(of_groups) + many, dtype=np.float32),
    )


def _close(world: World, child_of: Index, many: int, kith: Kith) -> _Rows:
    """Children by friends, of whom each has its share, and by relatives."""
    ties = world.ties
    a, b = child_of[ties.a], child_of[ties.b]
    rows = np.flatnonzero((ties.kind == FRIEND) & (a >= 0) & (b >= 0))
    of, to = np.r_[a[rows], b[rows]], np.r_[b[rows], a[rows]]
    share = kith.friends**2 / np.maximum(np.bincount(to, minlength=many), 1)
    relatives = _relatives(world, child_of, many, kith).tocoo()
    count = relatives.nnz
    return _Rows(
        row=np.concatenate([of, relatives.row]).astype(np.int32),
        column=np.concatenate([to, relatives.col]).astype(np.int32),
        start=np.concatenate([np.tile(ties.start[rows], 2), np.full(count, ALWAYS, np.int32)]),
        end=np.concatenate([np.tile(ties.end[rows], 2), np.full(count, NEVER, np.int32)]),
        weight=np.concatenate([share[to], relatives.data]).astype(np.float32),
    )


def _relatives(world: World, child_of: Index, many: int, kith: Kith) -> sparse.csr_matrix:
    """Brothers and sisters, and cousins: children whose parents are brothers or sisters."""
    ties, everybody = world.ties, len(world.people)
    kin = ties.kind == SIBLING
    a, b = ties.a[kin], ties.b[kin]
    siblings = _flags(np.r_[a, b], np.r_[b, a], (everybody, everybody))
    children = np.flatnonzero(child_of >= 0)
    parents = (ties.kind == PARENT) & (child_of[ties.b] >= 0)
    child_by_parent = _flags(child_of[ties.b[parents]], ties.a[parents], (many, everybody))
    cousins = (child_by_parent @ siblings @ child_by_parent.T).tocsr()
    cousins.data[:] = kith.cousins**2
    return cousins.maximum(siblings[children][:, children] * np.float32(kith.siblings**2))


def _flags(row: Index, column: Index, shape: tuple[int, int]) -> sparse.csr_matrix:
    flags = sparse.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)
    flags.data[:] = 1.0
    return flags
