"""Which entry of a register stands for a person on a day."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import Days
from kithkin.simulation.records import Register
from kithkin.simulation.world import NOBODY, Index


def entry_on(register: Register, person: Index, day: Days | int) -> Index:
    """Give the row of the register that an agency used for each person on a day, or NOBODY.

    It is the person's first, or the one that last took the place of the earlier ones.
    """
    if len(register.person) == 0:
        return np.full(len(person), NOBODY, dtype=np.int32)
    first = np.searchsorted(register.person, person)
    entry = first
    if register.replaces is not None:
        place = np.arange(len(register.person))
        latest = np.maximum.accumulate(np.where(register.replaces, place, 0))
        entry = np.maximum(first, latest[np.maximum(_last(register, person, day), 0)])
    entry = np.minimum(entry, len(register.person) - 1)
    stands = (register.person[entry] == person) & (register.known[entry] <= day)
    return np.where(stands, entry, NOBODY).astype(np.int32)


def _last(register: Register, person: Index, day: Days | int) -> Index:
    """Give the last row whose person and day of entry come no later."""
    held = register.person.astype(np.int64) << 32 | (register.known.astype(np.int64) + 2**31)
    asked = person.astype(np.int64) << 32 | (np.asarray(day, dtype=np.int64) + 2**31)
    return (np.searchsorted(held, asked, side="right") - 1).astype(np.int32)
