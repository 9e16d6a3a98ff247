"""Which happenings came to some agency's notice, and how often kinds happen in each condition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.county import County
from kithkin.simulation.life import (
    CHILD_CONDITIONS,
    HAPPENINGS,
    HOUSEHOLD_CONDITIONS,
    Happenings,
    Lives,
)
from kithkin.simulation.world import NOBODY

Rows = npt.NDArray[np.int64]
Real = npt.NDArray[np.float32]

UNSEEN_UNLESS_TOLD = (
    "emotional_harm", "child_left_alone", "home_conditions", "physical_harm",
    "sexual_harm_in_family", "child_to_parent_violence", "online_harm", "seen_with_older_people",
    "drug_supply", "substance_use", "bullied",
)  # fmt: skip
"""No agency has a record of these of its own, unless the front door was told."""
FEWEST = 0.5
"""Happenings added to each count of kind and condition, so that no rate is nought."""


@dataclass(frozen=True)
class Noticed:
    """A row a happening that some agency knew of by the end of its month."""

    kind: Rows
    day: Rows
    month: Rows
    child: Rows
    """Position in `lives.children`, or NOBODY."""
    household: Rows


def noticed(county: County) -> Noticed:
    """Take all happenings that came about and that an agency records, or the front door was told."""
    happenings, care = county.happenings, county.care
    unseen = np.isin(np.arange(len(HAPPENINGS)), [HAPPENINGS.index(k) for k in UNSEEN_UNLESS_TOLD])
    told = np.zeros(len(happenings), dtype=np.bool_)
    prompted = care.contacts.happening
    told[prompted[(prompted != NOBODY) & (prompted < len(happenings))]] = True
    month = county.calendar.month_of(happenings.day)
    inside = (month >= 0) & (month < county.calendar.months)
    rows = np.flatnonzero(inside & care.survives & (told | ~unseen[happenings.kind]))
    return Noticed(
        kind=happenings.kind[rows].astype(np.int64),
        day=happenings.day[rows].astype(np.int64),
        month=month[rows].astype(np.int64),
        child=_child(county.lives, happenings, rows),
        household=happenings.household[rows].astype(np.int64),
    )


def _child(lives: Lives, happenings: Happenings, rows: Rows) -> Rows:
    person = happenings.child[rows]
    child = lives.child_of[np.maximum(person, 0)]
    return np.where(person == NOBODY, NOBODY, child).astype(np.int64)


@dataclass(frozen=True)
class Evidence:
    """What a noticed happening, and a month without one, say of a condition."""

    of_kind: Real
    """Shape (kinds, conditions): log likelihood ratio of one happening."""
    of_quiet: Real
    """Shape (conditions,): log likelihood ratio of a month, beside its happenings."""


def evidence(county: County, seen: Noticed, owner: str, months: int) -> Evidence:
    """Measure rates by condition over the first `months`, before any as-of date.

    `owner` is "household" or "child": whose conditions.
    """
    lives = county.lives
    conditions = HOUSEHOLD_CONDITIONS if owner == "household" else CHILD_CONDITIONS
    states = lives.household if owner == "household" else lives.child
    whose = seen.household if owner == "household" else seen.child
    rows = np.flatnonzero((seen.month < months) & (whose != NOBODY))
    kinds = len(HAPPENINGS)
    total = np.bincount(seen.kind[rows], minlength=kinds)
    ratio = np.zeros((kinds, len(conditions)), dtype=np.float32)
    quiet = np.zeros(len(conditions), dtype=np.float32)
    for column, name in enumerate(conditions):
        present = states[name][:months] > 0
        exposed = max(float(present.sum()), 1.0)
        free = max(float(present.size) - exposed, 1.0)
        there = present[seen.month[rows], whose[rows]]
        with_it = np.bincount(seen.kind[rows[there]], minlength=kinds)
        rate_with = (with_it + FEWEST) / exposed
        rate_without = (total - with_it + FEWEST) / free
        enough = total >= 1
        ratio[:, column] = np.where(enough, np.log(rate_with / rate_without), 0)
        quiet[column] = -float((rate_with - rate_without)[enough].sum())
    return Evidence(ratio, quiet)
