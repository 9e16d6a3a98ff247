"""Who holds which home, from when to when, and who lives there with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.homes import Spells, look_up
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.world import NOBODY, STAY_KINDS, TENURES, Index, Table

ADULT_DAYS = 5844
"""Sixteen years: the least age of one who holds a home."""


@dataclass(frozen=True)
class Lodgers(Table):
    """A row a person and spell in a home, its holder included."""

    home: Index
    """Position in `Homes held`."""
    person: Index
    start: Days
    end: Days


@dataclass(frozen=True)
class Held(Table):
    """Homes held: a row a household and address, while somebody of the household lives there."""

    household: Index
    address: Index
    start: Days
    end: Days
    lead: Index
    """Who holds it: the household's reference person if there, else the eldest."""
    lodgers: Lodgers

    def others(self) -> Index:
        """Give the rows of `lodgers` that are not the holder's own."""
        return np.flatnonzero(self.lodgers.person != self.lead[self.lodgers.home]).astype(np.int32)

    def of(self, person: Index, day: Days) -> Index:
        """Give the home in which each person lives on the day, or NOBODY."""
        spells = Spells(self.lodgers.person, self.lodgers.start, self.lodgers.end)
        return look_up(self.lodgers.home, spells.on(person, day))


def homes_held(county: County, kind: str = "home", tenure: str | None = None) -> Held:
    """Give homes of one kind of stay (and tenure) that reach into the window, holders of age."""
    world, calendar = county.world, county.calendar
    stays = world.stays
    kept = stays.kind == STAY_KINDS.index(kind)
    kept &= (stays.end >= calendar.opens) & (stays.start <= calendar.ends)
    if tenure is not None:
        kept &= world.addresses.tenure[np.maximum(stays.address, 0)] == TENURES.index(tenure)
    rows = np.flatnonzero(kept & (stays.household >= 0) & (stays.address >= 0))
    key = stays.household[rows].astype(np.int64) * max(len(world.addresses), 1)
    key += stays.address[rows]
    order = np.argsort(key, kind="stable")
    return _held(county, rows[order].astype(np.int32), key[order])


def social_tenancies(county: County) -> Held:
    """Give the tenancies of social landlords."""
    return homes_held(county, tenure="social_rent")


def _held(county: County, rows: Index, key: npt.NDArray[np.int64]) -> Held:
    """Make the homes of stays in order of home: whoever holds one is of age and lives there.

    When the holder comes later or goes earlier than others of the household, the eldest of those
    holds it before or after.
    """
    stays = county.world.stays
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = key[1:] != key[:-1]
    group = (np.cumsum(new) - 1).astype(np.int32)
    spells = Lodgers(group, stays.person[rows], stays.start[rows], stays.end[rows])
    homes = int(new.sum())
    whole = _Turns(np.full(homes, -NEVER, np.int32), np.full(homes, NEVER, np.int32))
    rank = county.world.people.born[spells.person].astype(np.int64)
    # The reference person comes before the eldest, as if born before all others.
    household = stays.household[rows]
    rank[county.world.households.reference[household] == spells.person] -= 2**20
    first = _turn(county, spells, rank, whole)
    before = _turn(county, spells, rank, _Turns(whole.start, first.start - 1))
    stays_on = first.end == NEVER
    then = np.where(stays_on, NEVER, np.where(stays_on, 0, first.end) + 1).astype(np.int32)
    after = _turn(county, spells, rank, _Turns(then, whole.end))
    turns = _joined(before, first, after)
    begun = np.flatnonzero(new)
    return Held(
        household[begun][turns.home],
        stays.address[rows[begun]][turns.home],
        turns.start,
        turns.end,
        turns.lead,
        _within(spells, turns),
    )


@dataclass(frozen=True)
class _Turns:
    """Days between which each home is to be held; shape (homes,)."""

    start: Days
    end: Days


@dataclass(frozen=True)
class _Holders(Table):
    """A row a home and holder; those whom nobody of age could hold have `lead` NOBODY."""

    home: Index
    lead: Index
    start: Days
    end: Days


def _turn(county: County, spells: Lodgers, rank: npt.NDArray[np.int64], asked: _Turns) -> _Holders:
    """Give who first in rank may hold each home between the days asked for, and when.

    Where nobody may, the first day is after the last one.
    """
    homes = len(asked.start)
    adult = county.world.people.born[spells.person] + ADULT_DAYS
    start = np.maximum(np.maximum(spells.start, adult), asked.start[spells.home])
    end = np.minimum(spells.end, asked.end[spells.home])
    calendar = county.calendar
    may = (start <= end) & (end >= calendar.opens) & (start <= calendar.ends)
    at = np.flatnonzero(may)
    at = at[np.lexsort((start[at], rank[at], spells.home[at]))]
    home, first = np.unique(spells.home[at], return_index=True)
    lead = np.full(homes, NOBODY, dtype=np.int32)
    lead[home] = spells.person[at[first]]
    own = at[spells.person[at] == lead[spells.home[at]]]
    begins, ends = np.full(homes, NEVER, np.int32), np.full(homes, -NEVER, np.int32)
    np.minimum.at(begins, spells.home[own], start[own].astype(np.int32))
    np.maximum.at(ends, spells.home[own], end[own].astype(np.int32))
    return _Holders(np.arange(homes, dtype=np.int32), lead, begins, ends)


def _joined(*parts: _Holders) -> _Holders:
    """Put the turns of one home together, and leave out those that nobody takes."""
    home, lead, start, end = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("home", "lead", "start", "end")
    )
    taken = np.flatnonzero(lead != NOBODY)
    taken = taken[np.lexsort((start[taken], home[taken]))]
    return _Holders(home[taken], lead[taken], start[taken], end[taken])


def _within(spells: Lodgers, turns: _Holders) -> Lodgers:
    """Give who lived in each home during each turn, and on which of its days."""
    low = np.searchsorted(spells.home, turns.home, side="left")
    count = np.searchsorted(spells.home, turns.home, side="right") - low
    turn = np.repeat(np.arange(len(turns), dtype=np.int32), count)
    row = low[turn] + np.arange(len(turn)) - np.repeat(np.cumsum(count) - count, count)
    start = np.maximum(spells.start[row], turns.start[turn])
    end = np.minimum(spells.end[row], turns.end[turn])
    there = start <= end
    return Lodgers(turn[there], spells.person[row[there]], start[there], end[there])
