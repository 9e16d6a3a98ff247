"""Who holds which home, from when to when, and who lives there with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.homes import Spells, look_up
from kithkin.simulation.calendar import Days
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
    stays, people = county.world.stays, county.world.people
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = key[1:] != key[:-1]
    first = np.flatnonzero(new)
    home = (np.cumsum(new) - 1).astype(np.int32)
    person, household = stays.person[rows], stays.household[rows]
    # The reference person comes before the eldest, as if born before all others.
    rank = people.born[person].astype(np.int64)
    rank[county.world.households.reference[household] == person] -= 2**20
    by_rank = np.lexsort((rank, home))
    lead = person[by_rank[first]] if len(rows) else np.empty(0, np.int32)
    start = _reduced(np.minimum, stays.start[rows], first)
    end = _reduced(np.maximum, stays.end[rows], first)
    of_age = people.born[lead] + ADULT_DAYS <= np.maximum(start, county.calendar.opens)
    number = np.full(len(first), NOBODY, dtype=np.int32)
    number[of_age] = np.arange(int(of_age.sum()))
    inside = number[home] >= 0
    lodgers = Lodgers(
        number[home[inside]], person[inside], stays.start[rows][inside], stays.end[rows][inside]
    )
    held = first[of_age]
    return Held(
        household[held],
        stays.address[rows[held]],
        start[of_age],
        end[of_age],
        lead[of_age],
        lodgers,
    )


def _reduced(reduce: np.ufunc, values: Days, first: npt.NDArray[np.intp]) -> Days:
    if not len(values):
        return np.empty(0, dtype=np.int32)
    return reduce.reduceat(values, first).astype(np.int32)
