"""Where people live on a day, with whom, and how deprived the area is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days
from kithkin.simulation.care import PLACEMENT_TYPES
from kithkin.simulation.county import County
from kithkin.simulation.world import (
    NOBODY,
    STAY_KINDS,
    Addresses,
    Float,
    Index,
    World,
)

SPAN = 2**20
"""More days than any stay begins after the earliest."""


class Spells:
    """Finds the spell that a person is in on a day, among spells of which few overlap."""

    def __init__(self, person: Index, start: Days, end: Days) -> None:
        self._person, self._start, self._end = person, start, end
        self._earliest = int(start.min(initial=0))
        keys = self._keys(person, start)
        self._rows = np.argsort(keys, kind="stable")
        self._sorted = keys[self._rows]

    def _keys(self, person: Index, day: Days | int) -> npt.NDArray[np.int64]:
        since = np.clip(np.asarray(day, dtype=np.int64) - self._earliest, 0, SPAN - 1)
        return person.astype(np.int64) * SPAN + since

    def on(self, person: Index, day: Days | int) -> Index:
        """Give the position of each person's latest spell that holds the day, or NOBODY."""
        if not len(self._rows):
            return np.full(len(person), NOBODY, dtype=np.int32)
        place = np.searchsorted(self._sorted, self._keys(person, day), side="right") - 1
        found = self._rows[np.maximum(place, 0)]
        there = (place >= 0) & (self._person[found] == person)
        there &= (self._end[found] >= day) & (self._start[found] <= day)
        return np.where(there, found, NOBODY).astype(np.int32)


class Homes:
    """Finds the household and address of a person on a day."""

    def __init__(self, world: World) -> None:
        stays = world.stays
        self._rows = np.flatnonzero(stays.kind != STAY_KINDS.index("second_home")).astype(np.int32)
        kept = self._rows
        self._spells = Spells(stays.person[kept], stays.start[kept], stays.end[kept])
        self._stays = stays

    def stay(self, person: Index, day: Days | int) -> Index:
        """Give the position in `World.stays` of each person's stay on the day, or NOBODY."""
        return look_up(self._rows, self._spells.on(person, day))

    def household(self, person: Index, day: Days | int) -> Index:
        """Give the household with which each person lives on the day, or NOBODY."""
        return look_up(self._stays.household, self.stay(person, day))

    def address(self, person: Index, day: Days | int) -> Index:
        """Give the address at which each person lives on the day, or NOBODY."""
        return look_up(self._stays.address, self.stay(person, day))


class Placed:
    """Finds where a child looked after is placed on a day; homes of adopters are told to nobody."""

    def __init__(self, county: County) -> None:
        placements = county.care.placements
        told = placements.kind != PLACEMENT_TYPES.index("A6")
        rows = np.flatnonzero(told & (placements.address >= 0)).astype(np.int32)
        child = county.care.care_periods.child[placements.care[rows]].astype(np.int32)
        self._spells = Spells(child, placements.start[rows], placements.end[rows])
        self._rows, self._placements = rows, placements

    def address(self, person: Index, day: Days | int) -> Index:
        """Give the address of each person's placement on the day, or NOBODY."""
        return look_up(self._placements.address, self.placement(person, day))

    def placement(self, person: Index, day: Days | int) -> Index:
        """Give the position of each person's placement on the day, or NOBODY."""
        return look_up(self._rows, self._spells.on(person, day))


class Company:
    """Finds everybody who lives with a household on a day."""

    def __init__(self, world: World) -> None:
        self._stays = world.stays
        self._order = np.argsort(world.stays.household, kind="stable")
        self._sorted = world.stays.household[self._order]

    def of(self, household: Index, day: Days) -> tuple[Index, Index]:
        """Give the pairs of a row of `household` and `day`, and a person who lived there then."""
        low = np.searchsorted(self._sorted, household, side="left")
        counts = np.searchsorted(self._sorted, household, side="right") - low
        row = np.repeat(np.arange(len(household), dtype=np.int32), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        stay = self._order[low[row] + within]
        there = (self._stays.start[stay] <= day[row]) & (self._stays.end[stay] >= day[row])
        return row[there], self._stays.person[stay[there]].astype(np.int32)


def look_up(values: Index, at: Index) -> Index:
    """Give `values` at each position; NOBODY where the position is NOBODY."""
    if not len(values):
        return np.full(len(at), NOBODY, dtype=np.int32)
    return np.where(at >= 0, values[np.maximum(at, 0)], NOBODY).astype(np.int32)


def deprivation(world: World, address: Index) -> Float:
    """Give the area's deprivation at each address, in standard deviations; 0 where unknown."""
    score = world.areas.score.astype(np.float32)
    z = (score - score.mean()) / max(float(score.std()), 1e-6)
    addresses: Addresses = world.addresses
    if not len(addresses):
        return np.zeros(len(address), dtype=np.float32)
    area = world.postcodes.area[addresses.postcode[np.maximum(address, 0)]]
    return np.where(address >= 0, z[area], 0).astype(np.float32)


def usual_address(world: World) -> Index:
    """Give each person's latest address that is home, or NOBODY; shape (people,)."""
    stays = world.stays
    rows = np.flatnonzero(stays.kind == STAY_KINDS.index("home"))
    order = rows[np.argsort(stays.start[rows], kind="stable")]
    usual = np.full(len(world.people), NOBODY, dtype=np.int32)
    usual[stays.person[order]] = stays.address[order]
    return usual
