"""Everybody's score on one track under any constants, quickly, from what a release stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from kithkin.network import Evidence
from kithkin.policy import Policy
from kithkin.policy.themes import TrackName
from kithkin.scoring.indices import index_on
from kithkin.scoring.kernel import ALL
from kithkin.scoring.living import of_the_living
from kithkin.scoring.plan import Plan
from kithkin.scoring.reach import Reach, reaches
from kithkin.scoring.scores import scores_on
from kithkin.scoring.sensitivity.constants import Constant, varied
from kithkin.scoring.stored import CONTRIBUTIONS, PERSONS_A_FILE, Rows, StoredContributions

OF_TIES = ("tie_weights", "tie_half_lives")


@dataclass(frozen=True)
class Scorer:
    """What a county's scores on one track are made from.

    Parameters
    ----------
    stored : contributions under `policy`. ties : evidence of ties, not earlier than `on`.
    born : day of birth by person. on : the date.

    """

    policy: Policy
    theme: str
    track: TrackName
    stored: StoredContributions
    ties: Evidence
    born: Any
    on: date
    threads: int = 2

    def scores(self, values: Mapping[Constant, float] | None = None) -> Any:
        """Give everybody's score with these values in their constants' places: float64 (person)."""
        chosen = values or {}
        policy = varied(self.policy, self.theme, chosen)
        plan = Plan(policy)
        index = index_on(
            self._of_theme, plan, self.born, [self.on], variants=1, threads=self.threads
        )[:, 0]
        moved = any(one.group in OF_TIES and value != one.value for one, value in chosen.items())
        reach = self._reach_of(plan) if moved else self._as_it_is
        living = of_the_living(self.born, self.stored.gone, self.on)
        tracks = scores_on(plan, index, living, self.on, reach)
        return next(one.score[ALL] for one in tracks if one.track == self.track)

    def _reach_of(self, plan: Plan) -> Reach | None:
        if plan.tracks[0].theme.network is None:
            return None
        return next(reaches(self.ties, plan, self.born, [self.on], threads=self.threads))

    @cached_property
    def _as_it_is(self) -> Reach | None:
        return self._reach_of(Plan(varied(self.policy, self.theme, {})))

    @cached_property
    def _of_theme(self) -> StoredContributions:
        """Hold the rows that count for the theme, and leave all others out: they are most."""
        whole, alone = Plan(self.policy), Plan(varied(self.policy, self.theme, {}))
        return _Held.of(self.stored, _places(whole, alone))


def _places(whole: Plan, alone: Plan) -> dict[int, int]:
    """Say which component of a plan is which of a plan of one of its themes."""
    named = [
        {(plan.tracks[c.track].theme.name, plan.tracks[c.track].name, c.name): place
         for place, c in enumerate(plan.components)}
        for plan in (whole, alone)
    ]  # fmt: skip
    return {named[0][name]: place for name, place in named[1].items()}


@dataclass(frozen=True)
class _Held(StoredContributions):
    """Some contributions of a folder, held in memory, under a plan of fewer components."""

    parts: tuple[Rows, ...]
    chosen: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, stored: StoredContributions, places: Mapping[int, int]) -> _Held:
        chosen = [tuple(places[c] for c in some if c in places) for some in stored.sets]
        counts = np.array([bool(some) for some in chosen], np.bool_)
        parts = tuple(_counting(stored.rows(first), counts) for first in stored.firsts())
        return cls(stored.folder, parts, tuple(chosen))

    @property
    def sets(self) -> list[list[int]]:
        return [list(some) for some in self.chosen]

    def rows(self, first: int) -> Rows:
        return self.parts[first // PERSONS_A_FILE]


def _counting(rows: Rows, counts: Sequence[bool] | Any) -> Rows:
    """Leave out the rows whose set of components is empty."""
    kept = counts[rows.counts_for] if len(counts) else np.zeros(0, np.bool_)
    before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    columns = {name: getattr(rows, name)[kept] for name in CONTRIBUTIONS.names[1:]}
    return replace(rows, starts=before[rows.starts], **columns)
