"""Where a person lived on a day, and how an address is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.world import NOBODY, STAY_KINDS, Index, Small, World

_SECOND_HOME = STAY_KINDS.index("second_home")
_FIRST_DAY = -(2**31)


@dataclass(frozen=True)
class Lived:
    """Where each of some persons lived: an array a particular, a row a person."""

    address: Index
    """Position in `World.addresses`; NOBODY for who never lived in the county by then."""
    start: Days
    end: Days
    """Last day; NEVER while it lasts."""
    kind: Small
    """Position in `STAY_KINDS`; -1 with no address."""


class StayFinder:
    """Finds the stay that counts for a person on a day: the latest begun, not a second home."""

    def __init__(self, world: World) -> None:
        stays = world.stays
        rows = np.flatnonzero(stays.kind != _SECOND_HOME)
        key = self._key(stays.person[rows], stays.start[rows])
        order = np.argsort(key, kind="stable")
        self._stays, self._rows, self._keys = stays, rows[order], key[order]

    def on(self, persons: Index, days: Days) -> Lived:
        """Say where these persons lived on these days, or before them if they lived nowhere.

        Who came to the county only later has the first address that they came to.
        """
        place = np.searchsorted(self._keys, self._key(persons, days), side="right") - 1
        earliest = np.searchsorted(self._keys, self._key(persons, np.int32(_FIRST_DAY)))
        place = np.maximum(place, earliest)
        if not len(self._rows):
            return _nowhere(len(persons))
        row = self._rows[np.minimum(place, len(self._rows) - 1)]
        lives = (place < len(self._rows)) & (self._stays.person[row] == persons)
        return Lived(
            np.where(lives, self._stays.address[row], NOBODY).astype(np.int32),
            np.where(lives, self._stays.start[row], NEVER).astype(np.int32),
            np.where(lives, self._stays.end[row], NEVER).astype(np.int32),
            np.where(lives, self._stays.kind[row], NOBODY).astype(np.int8),
        )

    @staticmethod
    def _key(persons: Index, days: Days | np.int32) -> npt.NDArray[np.int64]:
        since_first = np.asarray(days).astype(np.int64) - _FIRST_DAY
        return persons.astype(np.int64) << 32 | since_first


def _nowhere(rows: int) -> Lived:
    never = np.full(rows, NEVER, dtype=np.int32)
    nowhere = np.full(rows, NOBODY, dtype=np.int32)
    return Lived(nowhere, never, never, nowhere.astype(np.int8))


def address_lines(world: World, address: Index, number: Index | None = None) -> pa.StringArray:
    """Write addresses without town and postcode, such as `Flat 2, 14 Park Street`.

    `number` stands for the house number where given. Null for NOBODY.
    """
    rows = world.addresses
    place = np.maximum(address, 0)
    number = rows.number[place] if number is None else number
    house = pc.binary_join_element_wise(
        pc.cast(pa.array(number), pa.string()),
        world.streets.take(pa.array(rows.street[place])),
        " ",
    )
    flat = rows.flat[place]
    prefix = pc.binary_join_element_wise(
        "Flat ", pc.cast(pa.array(flat), pa.string()), ", ", house, ""
    )
    text = pc.if_else(pa.array(flat > 0), prefix, house)
    return pc.if_else(pa.array(address >= 0), text, pa.scalar(None, pa.string()))


def postcode_of(world: World, address: Index) -> Index:
    """Give the position of each address's postcode; NOBODY for NOBODY."""
    place = world.addresses.postcode[np.maximum(address, 0)]
    return np.where(address >= 0, place, NOBODY).astype(np.int32)


def town_of(world: World, address: Index) -> pa.StringArray:
    """Give the post town of each address; null for NOBODY."""
    area = world.postcodes.area[np.maximum(postcode_of(world, address), 0)]
    return take(world.areas.town, np.where(address >= 0, area, NOBODY).astype(np.int32))


def take(words: pa.StringArray, places: npt.NDArray[np.integer]) -> pa.StringArray:
    """Take words by position; null for those below nought."""
    return words.take(pa.array(places, mask=places < 0))
