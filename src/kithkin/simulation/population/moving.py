"""Where households live: tenures, moves of house, and dwellings that pass from one to the next.

A household's time is parted into spells at its moves. Every dwelling that is left stands ready for
the next household that looks for one of its kind in its area, so addresses are used again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.simulation.calendar import Calendar, Days
from kithkin.simulation.population.drawing import (
    LONG_AGO,
    YEAR,
    Flags,
    Floats,
    Ints,
    logistic,
    matches,
    rank_in_run,
)
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.world import TENURES

MOST_MOVES = 6

Residence = tuple[Ints, Ints, Days, Days, Ints]
"""Person, household, first day, last day and kind of stay, a row a person and spell."""


@dataclass
class Spells:
    """A row a household's time at one address, in order of households and days."""

    household: Ints
    start: Days
    end: Days
    area: Ints
    tenure: Ints
    first: Flags
    """Whether it was there before the calendar began."""


def draw_spells(
    calendar: Calendar,
    start: Days,
    end: Days,
    area: Ints,
    poor: Floats,
    districts: Ints,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> Spells:
    """Draw the spells of households that exist from `start` to `end`."""
    size = len(start)
    early = start <= calendar.begins
    since = calendar.begins - 1 - rng.exponential(6 * YEAR, size).astype(np.int64)
    start = np.where(early, since, start).astype(np.int32)
    tenure = _tenures(poor, settings, rng)
    low = np.maximum(start, calendar.begins) + 20
    high = np.minimum(end, calendar.ends) - 20
    rate = np.array([settings.change.moves[name] for name in TENURES])[tenure]
    rate *= np.exp(settings.change.moves_poor * (poor - poor.mean()))
    count = np.minimum(rng.poisson(rate * np.maximum(high - low, 0) / YEAR), MOST_MOVES)
    household = np.repeat(np.arange(size), count + 1)
    rank = rank_in_run(household)
    day = low[household] + rng.random(len(household)) * (high - low)[household]
    day = np.where(rank == 0, LONG_AGO, day).astype(np.int64)
    day = day[np.lexsort((day, household))]
    day = np.where(rank == 0, start[household], day + rank)
    last = np.ones(len(day), dtype=np.bool_)
    last[:-1] = household[1:] != household[:-1]
    stop = np.where(last, end[household], np.roll(day, -1) - 1)
    where = _walk(area, household, rank, districts, settings, rng)
    changes = (rank > 0) & (rng.random(len(day)) < 0.2)
    other = rng.permutation(tenure)[household]
    return Spells(
        household, day.astype(np.int32), stop.astype(np.int32), where,
        np.where(changes, other, tenure[household]), early[household] & (rank == 0),
    )  # fmt: skip


def _tenures(poor: Floats, settings: PopulationSettings, rng: np.random.Generator) -> Ints:
    homes = settings.homes
    owned = rng.random(len(poor)) < logistic(homes.owned + homes.owned_poor * (poor - 0.1))
    social = rng.random(len(poor)) < logistic(homes.social_poor * (poor - 0.35))
    names = np.array([TENURES.index(name) for name in ("private_rent", "social_rent", "owned")])
    return names[np.where(owned, 2, social.astype(np.int64))]


def _walk(
    area: Ints,
    household: Ints,
    rank: Ints,
    districts: Ints,
    settings: PopulationSettings,
    rng: np.random.Generator,
) -> Ints:
    """Give the area of each spell: the same, another of the district, or any."""
    where = area[household].copy()
    by_district = np.argsort(districts, kind="stable")
    low = np.searchsorted(districts[by_district], districts)
    width = np.bincount(districts)[districts]
    for step in range(1, MOST_MOVES + 1):
        rows = np.flatnonzero(rank == step)
        origin = where[rows - 1]
        near = rng.random(len(rows)) < settings.homes.near
        local = rng.random(len(rows)) < settings.homes.district
        drawn = (low[origin] + rng.random(len(rows)) * width[origin]).astype(np.int64)
        anywhere = rng.integers(0, len(districts), len(rows))
        where[rows] = np.where(near, origin, np.where(local, by_district[drawn], anywhere))
    return where


def hand_on(
    calendar: Calendar, spells: Spells, vacant: float, areas: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Give each spell's dwelling, and the areas and tenures of all dwellings.

    The k-th household that comes to an area and tenure takes the k-th dwelling left there, if it is
    empty by then; otherwise it has a new one.
    """
    group = spells.area * len(TENURES) + spells.tenure
    first = np.flatnonzero(spells.first)
    empty = np.sort(rng.permutation(group[first])[: max(areas, int(vacant * len(first)))])
    arrivals = np.flatnonzero(~spells.first)
    arrivals = arrivals[np.lexsort((spells.start[arrivals], group[arrivals]))]
    leaving = np.flatnonzero(spells.end < calendar.ends)
    left_group = np.concatenate([empty, group[leaving]])
    left_day = np.concatenate([np.full(len(empty), LONG_AGO), spells.end[leaving] + 1])
    source = np.concatenate([np.arange(len(empty)) - len(empty), leaving])
    order = np.lexsort((left_day, left_group))
    wanted, offered = group[arrivals], left_group[order]
    at = np.searchsorted(offered, wanted) + rank_in_run(wanted)
    there = np.minimum(at, len(order) - 1)
    fits = (at < len(order)) & (offered[there] == wanted)
    fits &= left_day[order][there] <= spells.start[arrivals]
    origin = np.arange(len(group))
    origin[arrivals[fits]] = source[order][there[fits]]
    return _dwellings(group, origin, empty)


def _dwellings(group: Ints, origin: Ints, empty: Ints) -> tuple[Ints, Ints, Ints]:
    """Follow each dwelling back to who had it first; number the dwellings."""
    while True:
        behind = np.where(origin >= 0, origin[np.maximum(origin, 0)], origin)
        if np.array_equal(behind, origin):
            break
        origin = behind
    own = np.flatnonzero(origin == np.arange(len(origin)))
    number = np.zeros(len(origin), dtype=np.int64)
    number[own] = len(empty) + np.arange(len(own))
    dwelling = np.where(origin >= 0, number[np.maximum(origin, 0)], origin + len(empty))
    groups = np.concatenate([empty, group[own]])
    return dwelling, groups // len(TENURES), groups % len(TENURES)


def join_stays(
    person: Ints, household: Ints, start: Days, end: Days, kind: Ints, spells: Spells
) -> tuple[Ints, Ints, Ints, Days, Days, Ints]:
    """Part people's time with households at the households' moves.

    Gives person, household, spell, first day, last day and kind of each stay.
    """
    row, spell = matches(household, spells.household)
    begin = np.maximum(start[row], spells.start[spell])
    stop = np.minimum(end[row], spells.end[spell])
    kept = np.flatnonzero(begin <= stop)
    row, spell, begin, stop = row[kept], spell[kept], begin[kept], stop[kept]
    order = np.lexsort((kind[row], begin, person[row]))
    row, spell = row[order], spell[order]
    return person[row], household[row], spell, begin[order], stop[order], kind[row]
