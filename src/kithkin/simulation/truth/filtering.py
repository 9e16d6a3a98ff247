"""A forward filter: how likely each condition is, given what was noticed, month by month.

For each household or child and each condition by itself: predict with the rates of onset and exit
that the county's lives have, then update with the likelihood ratio of each noticed happening and of
the month. Conditions are taken as independent given the happenings, severity as present or absent,
and ties as a mean field: a child's onset rises with the mean posterior in its groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kithkin.simulation.county import County
from kithkin.simulation.life import CHILD_CONDITIONS, HOUSEHOLD_CONDITIONS
from kithkin.simulation.truth.noticed import Evidence, Noticed, evidence, evidence_of_records
from kithkin.simulation.truth.recorded import Recorded
from kithkin.simulation.world import NOBODY

Real = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

LEAST = np.float32(1e-5)
THROUGH_GROUPS = 0.25
"""Share of onset that comes through groups when the network is as strong as calibrated."""
MOST_THROUGH_GROUPS = 0.9
STRONGEST = 20.0
"""Onset in a stricken group is at most this many times the usual."""
SURPRISE = 12.0
"""Largest log likelihood ratio of one month, either way: kinds are not independent. A half of it
ranked worse by what was known, in the county of seed 1."""


@dataclass(frozen=True)
class Chances:
    """Shape (rows, conditions): chance of onset and of exit in a month, and how common it is."""

    onset: Real
    exit: Real
    common: Real


def chances(states: Sequence[npt.NDArray[np.uint8]], months: int) -> Chances:
    """Measure onset and exit over the first `months` of these states."""
    onset, leave, common = [], [], []
    for state in states:
        there = state[:months] > 0
        began = float((there[1:] & ~there[:-1]).sum())
        ended = float((~there[1:] & there[:-1]).sum())
        present = max(float(there[:-1].sum()), 1.0)
        onset.append((began + 0.5) / max(there[:-1].size - present, 1.0))
        leave.append(min(0.9, (ended + 0.5) / present))
        common.append((there.sum() + 0.5) / max(there.size, 1))
    return Chances(*(np.array(x, dtype=np.float32) for x in (onset, leave, common)))


@dataclass(frozen=True)
class _Signs:
    """Happenings and records of children together, in order of months."""

    evidence: Evidence
    before: Evidence
    """While nothing is on record yet, that nothing is says nothing."""
    first_month: int
    kind: Rows
    child: Rows
    edges: Rows

    def of(self, month: int) -> tuple[Evidence, Rows, Rows]:
        """Give what one month brought: what it says, of what kind, of whom."""
        rows = slice(self.edges[month], self.edges[month + 1])
        told = self.evidence if month >= self.first_month else self.before
        return told, self.kind[rows], self.child[rows]


def _signs(county: County, seen: Noticed, written: Recorded, of_happenings: Evidence) -> _Signs:
    of_records = evidence_of_records(county, written)
    of_kind = np.concatenate([of_happenings.of_kind, of_records.of_kind])
    month = np.concatenate([seen.month, written.month])
    order = np.argsort(month, kind="stable")
    kind = np.concatenate([seen.kind, written.kind + len(of_happenings.of_kind)])
    return _Signs(
        Evidence(of_kind, of_happenings.of_quiet + of_records.of_quiet),
        Evidence(of_kind, of_happenings.of_quiet),
        county.calendar.first_month,
        kind[order],
        np.concatenate([seen.child, written.child])[order],
        np.searchsorted(month[order], np.arange(county.calendar.months + 1)),
    )


@dataclass(frozen=True)
class Beliefs:
    """Posterior chances after one month: of the households with children, and of the children."""

    household: Real
    """Shape (households, conditions)."""
    child: Real


def follow_beliefs(
    county: County, seen: Noticed, written: Recorded, wanted: Sequence[int], months: int
) -> dict[int, Beliefs]:
    """Filter from the first month on; give the beliefs after each of the wanted months."""
    lives = county.lives
    homes = [lives.household[name] for name in HOUSEHOLD_CONDITIONS]
    own = [lives.child[name] for name in CHILD_CONDITIONS]
    told = (evidence(county, seen, "household", months), evidence(county, seen, "child", months))
    rates = (chances(homes, months), chances(own, months))
    signs = _signs(county, seen, written, told[1])
    home = np.tile(rates[0].common, (len(county.world.households), 1))
    child = np.tile(rates[1].common, (len(lives.children), 1))
    circle = _circles(county)
    strength = min(MOST_THROUGH_GROUPS, THROUGH_GROUPS * county.knobs.network_strength)
    beliefs = {}
    edges = np.searchsorted(seen.month, np.arange(county.calendar.months + 1))
    for month in range(max(wanted, default=-1) + 1):
        rows = slice(edges[month], edges[month + 1])
        home = _step(home, rates[0], None, told[0], seen.kind[rows], seen.household[rows])
        around = (1 - strength) + strength * (circle @ child) / rates[1].common
        around = np.clip(around, 0, STRONGEST).astype(np.float32)
        child = _step(child, rates[1], around, *signs.of(month))
        if month in wanted:
            beliefs[month] = Beliefs(home, child)
    return beliefs


def _step(
    before: Real, rates: Chances, around: Real | None, told: Evidence, kind: Rows, whose: Rows
) -> Real:
    onset = rates.onset if around is None else np.minimum(rates.onset * around, 0.5)
    now = before * (1 - rates.exit) + (1 - before) * onset
    quiet = np.exp(told.of_quiet)
    now = now * quiet / (now * quiet + 1 - now)
    known = np.flatnonzero(whose != NOBODY)
    rows, place = np.unique(whose[known], return_inverse=True)
    ratio = np.zeros((len(rows), before.shape[1]), dtype=np.float32)
    np.add.at(ratio, place, told.of_kind[kind[known]])
    odds = now[rows] / (1 - now[rows]) * np.exp(np.clip(ratio, -SURPRISE, SURPRISE))
    now[rows] = odds / (1 + odds)
    return np.clip(now, LEAST, 1 - LEAST).astype(np.float32)


def _circles(county: County) -> _Circle:
    """Give the matrix that takes each child to the mean of the other members of its groups."""
    members = county.world.memberships
    child = county.lives.child_of[members.person]
    kept = child != NOBODY
    shape = (len(county.lives.children), len(county.world.groups))
    belongs = sparse.csr_matrix(
        (np.ones(int(kept.sum()), dtype=np.float32), (child[kept], members.group[kept])), shape
    )
    belongs.data[:] = 1
    share = np.maximum(belongs @ (np.asarray(belongs.sum(axis=0)).ravel() - 1), 1)
    together = sparse.diags_array((1 / share).astype(np.float32)) @ belongs
    return _Circle(together.tocsr(), belongs.T.tocsr(), belongs.sum(axis=1), share)


class _Circle:
    """The product without the children's pairs ever being written out."""

    def __init__(
        self,
        together: sparse.csr_matrix,
        members: sparse.csr_matrix,
        groups: npt.NDArray[np.float32],
        share: npt.NDArray[np.float32],
    ) -> None:
        self._together, self._members = together, members
        self._own = (np.asarray(groups).ravel() / share)[:, None]

    def __matmul__(self, child: Real) -> Real:
        mean = self._together @ (self._members @ child) - self._own * child
        return np.asarray(np.maximum(mean, 0), dtype=np.float32)
