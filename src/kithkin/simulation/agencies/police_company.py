"""The company that intelligence names beside a child: others of a group, guilty of it or not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.seeing import Mask, child_state, living
from kithkin.simulation.calendar import Days
from kithkin.simulation.county import County
from kithkin.simulation.settings.justice import IntelligenceSettings
from kithkin.simulation.world import Index

MOST_NAMED = 3
"""Others whom one report names at most."""

Rows = npt.NDArray[np.int64]


def company(
    county: County,
    settings: IntelligenceSettings,
    person: Index,
    day: Days,
    conditions: tuple[str, ...],
    rng: np.random.Generator,
) -> tuple[Rows, Index]:
    """Draw who is named beside each person: the rows they were named in, and who they are.

    A share `company` of rows name others of a group that the person is in on the day. Those whom
    any of the `conditions` touches are named; of the others, who were only there, a share
    `bystanders`.
    """
    memberships = county.world.memberships
    naming = np.flatnonzero(rng.random(len(person)) < settings.company)
    group = _group_of(county, person[naming], day[naming], rng)
    naming, group = naming[group >= 0], group[group >= 0]
    order = np.argsort(memberships.group, kind="stable")
    first = np.searchsorted(memberships.group[order], group)
    size = np.searchsorted(memberships.group[order], group, side="right") - first
    row, who = [], []
    for _ in range(MOST_NAMED):
        spell = order[first + (rng.random(len(group)) * size).astype(np.int64)]
        other, on = memberships.person[spell], day[naming]
        fits = (memberships.start[spell] <= on) & (memberships.end[spell] >= on)
        fits &= (other != person[naming]) & living(county, other, on)
        fits &= _touched(county, other, on, conditions) | (
            rng.random(len(other)) < settings.bystanders
        )
        row.append(naming[fits])
        who.append(other[fits])
    return _once(np.concatenate(row), np.concatenate(who))


def _group_of(county: County, person: Index, day: Days, rng: np.random.Generator) -> Index:
    """Give one group, by chance, of each person's; -1 where it is not one of that day."""
    memberships = county.world.memberships
    order = np.argsort(memberships.person, kind="stable")
    first = np.searchsorted(memberships.person[order], person)
    size = np.searchsorted(memberships.person[order], person, side="right") - first
    at = first + (rng.random(len(person)) * size).astype(np.int64)
    spell = order[np.minimum(at, len(order) - 1)]
    there = (size > 0) & (memberships.start[spell] <= day) & (memberships.end[spell] >= day)
    return np.where(there, memberships.group[spell], -1).astype(np.int32)


def _touched(county: County, person: Index, day: Days, conditions: tuple[str, ...]) -> Mask:
    touched = np.zeros(len(person), dtype=bool)
    for condition in conditions:
        touched |= child_state(county, condition, person, day) > 0
    return touched


def _once(row: Rows, who: Index) -> tuple[Rows, Index]:
    """Leave each person once in a row."""
    pairs = np.unique(np.stack([row, who.astype(np.int64)]), axis=1)
    return pairs[0], pairs[1].astype(np.int32)
