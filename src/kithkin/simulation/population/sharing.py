"""Units that share a home with others: young people together, three generations, kinship care."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.population.drawing import LONG_AGO, Flags, Ints, chunks, runs_within
from kithkin.simulation.population.folk import Folk, Rows, nobodies, plain_units
from kithkin.simulation.population.units import Units
from kithkin.simulation.settings.population import Families
from kithkin.simulation.world import NOBODY

SHARING_AGE = 48
NEWCOMER_AGE = 27


@dataclass
class Sharing:
    """Shape (units,) each: with whom a unit lives, and what for."""

    home: Ints
    """Household of the unit; its own number, or that of the unit it lives with."""
    busy: Flags
    """Units that share or care, to which nothing else happens."""
    sharers: Flags
    three_generation: Flags
    """Units of grandmothers with whom a daughter's unit lives."""
    carer: Ints
    """For a unit whose children live in kinship care: the grandmother's unit."""
    care_from: Days
    fatherly: Ints
    """For a unit whose children live with their father: his unit."""


def share_homes(
    calendar: Calendar,
    folk: Folk,
    rows: Rows,
    units: Units,
    settings: Families,
    rng: np.random.Generator,
) -> Sharing:
    """Decide who shares with whom before the calendar begins."""
    size = len(units.age)
    no = np.zeros(size, dtype=np.bool_)
    sharing = Sharing(
        np.arange(size), no.copy(), no.copy(), no.copy(), nobodies(size),
        np.full(size, LONG_AGO, dtype=np.int32), nobodies(size),
    )  # fmt: skip
    parents = np.bincount(folk.unit[rows.children], minlength=size) > 0
    _young_together(sharing, units, parents, settings, rng)
    _newcomers_together(calendar, sharing, units, parents, settings, rng)
    _with_grandmothers(calendar, sharing, folk, rows, units, settings, rng)
    return sharing


def _young_together(
    sharing: Sharing, units: Units, parents: Flags, settings: Families, rng: np.random.Generator
) -> None:
    single = plain_units(units) & ~units.partnered & ~parents & (units.age < SHARING_AGE)
    who = np.flatnonzero(single & (rng.random(len(single)) < settings.sharers))
    who = who[np.argsort(units.area[who], kind="stable")]
    run = runs_within(units.area[who], chunks(rng, len(who), 2, 4))
    first = np.searchsorted(run, run)
    together = np.bincount(run)[run] > 1 if len(run) else np.zeros(0, dtype=np.bool_)
    sharing.home[who] = who[first]
    sharing.busy[who[together]] = True
    sharing.sharers[who[together]] = True


def _newcomers_together(
    calendar: Calendar,
    sharing: Sharing,
    units: Units,
    parents: Flags,
    settings: Families,
    rng: np.random.Generator,
) -> None:
    """Let young people who come alone at about the same time share a home, by twos to fours."""
    came = (units.arrives > calendar.opens) & (units.leaves == NEVER)
    fits = came & ~units.partnered & ~parents & (units.age < NEWCOMER_AGE)
    who = np.flatnonzero(fits & (rng.random(len(fits)) < settings.sharers))
    who = who[np.argsort(units.arrives[who], kind="stable")]
    run = chunks(rng, len(who), 2, 4)
    first = np.searchsorted(run, run)
    sharing.home[who] = who[first]
    sharing.busy[who] = True
    sharing.sharers[who] = True


def _with_grandmothers(
    calendar: Calendar,
    sharing: Sharing,
    folk: Folk,
    rows: Rows,
    units: Units,
    settings: Families,
    rng: np.random.Generator,
) -> None:
    """Let some lone mothers, or their children, live with the mother's mother."""
    plain = plain_units(units) & ~sharing.busy
    lone = np.flatnonzero(units.lone & plain & (folk.mother[rows.heads] >= 0))
    lone = rng.permutation(lone)
    grandmother = folk.mother[lone]
    fit = plain[grandmother] & ~units.lone[grandmother]
    lone, grandmother = lone[fit], grandmother[fit]
    _, first = np.unique(grandmother, return_index=True)
    lone, grandmother = lone[first], grandmother[first]
    young = units.age[lone] < 21
    fate = rng.random(len(lone))
    together = young | (fate < settings.three_generation)
    apart = ~together & (fate < settings.three_generation + settings.kinship)
    sharing.home[lone[together]] = grandmother[together]
    folk.leaves_home[lone[together]] = LONG_AGO
    sharing.three_generation[grandmother[together]] = True
    sharing.carer[lone[apart]] = grandmother[apart]
    lately = rng.random(len(lone)) < 0.4
    day = rng.integers(calendar.begins + 30, calendar.ends - 60, len(lone))
    sharing.care_from[lone[apart]] = np.where(lately, day, LONG_AGO)[apart]
    taken = together | apart
    sharing.busy[lone[taken]] = True
    sharing.busy[grandmother[taken]] = True


def is_cared_for(sharing: Sharing, unit: Ints) -> Flags:
    """Whether the unit's children live in kinship care."""
    return sharing.carer[unit] != NOBODY
