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
from kithkin.simulation.truth.recorded import KINDS, Recorded
from kithkin.simulation.world import NOBODY

Rows = npt.NDArray[np.int64]
Real = npt.NDArray[np.float32]

UNSEEN_UNLESS_TOLD = (
    "emotional_harm", "child_left_alone", "home_conditions", "physical_harm",
    "sexual_harm_in_family", "child_to_parent_violence", "online_harm", "seen_with_older_people",
    "drug_supply", "substance_use", "bullied",
)  # fmt: skip
"""No agency has a record of these of its own, unless the front door was told."""
AS_USUAL = 3.0
"""Happenings at the rate of everybody that are added to each count of kind and condition, so that
a kind seldom seen says little."""


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
    ratio = np.zeros((kinds, len(conditions)), dtype=np.float32)
    quiet = np.zeros(len(conditions), dtype=np.float32)
    for column, name in enumerate(conditions):
        present = states[name][:months] > 0
        there = present[seen.month[rows], whose[rows]]
        ratio[:, column], quiet[column] = _ratios(
            seen.kind[rows], there, kinds, float(present.sum()), present.size
        )
    return Evidence(ratio, quiet)


def evidence_of_records(county: County, told: Recorded) -> Evidence:
    """Measure how often each kind of record is made of children by condition.

    Over the whole window, since nothing was on record before it: how agencies work, not what came
    of anybody.
    """
    lives, first = county.lives, county.calendar.first_month
    inside = told.month >= first
    kind, month, child = (column[inside] for column in (told.kind, told.month, told.child))
    ratio = np.zeros((KINDS, len(CHILD_CONDITIONS)), dtype=np.float32)
    quiet = np.zeros(len(CHILD_CONDITIONS), dtype=np.float32)
    for column, name in enumerate(CHILD_CONDITIONS):
        present = lives.child[name] > 0
        ratio[:, column], quiet[column] = _ratios(
            kind, present[month, child], KINDS, float(present[first:].sum()), present[first:].size
        )
    return Evidence(ratio, quiet)


def _ratios(
    kind: Rows, there: npt.NDArray[np.bool_], kinds: int, exposed: float, size: int
) -> tuple[Real, float]:
    """Give the log likelihood ratio of one of each kind, and of a month beside them.

    `there` says of each whether the condition was present; `exposed` of `size` child-months it was.
    """
    total = np.bincount(kind, minlength=kinds)
    with_it = np.bincount(kind[there], minlength=kinds)
    months = AS_USUAL * size / np.maximum(total, 1)
    rate_with = (with_it + AS_USUAL) / (exposed + months)
    rate_without = (total - with_it + AS_USUAL) / (size - exposed + months)
    ratio = np.where(total > 0, np.log(rate_with / rate_without), 0)
    return ratio.astype(np.float32), -float((rate_with - rate_without)[total > 0].sum())
