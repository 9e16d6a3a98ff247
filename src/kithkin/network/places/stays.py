"""Who belonged to a place, and for how long: rolls and residents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.policy.gatherings import PlaceKind

Array = npt.NDArray[Any]

FAR = (1 << 31) - 1
DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Period:
    """Day numbers, the first and the last, both included."""

    first: int
    last: int

    @property
    def years(self) -> float:
        """How long it is."""
        return (self.last - self.first + 1) / DAYS_A_YEAR


@dataclass(frozen=True)
class Stays:
    """Stays as known on a day, in order of place, person and start.

    place : by row, its number among `places`, which are (kind, id) in order.
    """

    places: dict[tuple[str, str], int]
    place: Array
    person: Array
    started: Array
    ended: Array

    @classmethod
    def of(cls, rows: pa.Table, day: int) -> Self:
        """Take stays that were known on a day; an end that was not known then is none."""
        tab = pa.scalar("\t")
        named = pc.binary_join_element_wise(rows["place_kind"], rows["place_id"], tab)
        coded = named.combine_chunks().dictionary_encode()
        names = coded.dictionary.to_pylist()
        rank = sorted(range(len(names)), key=names.__getitem__)
        number = np.empty(len(names), np.int64)
        number[rank] = np.arange(len(names))
        places = {_kind_and_id(names[i]): place for place, i in enumerate(rank)}
        place = number[coded.indices.to_numpy(zero_copy_only=False)]
        person, started, ended, told = (
            rows[name].to_numpy() for name in ("person_key", "started", "ended", "end_known")
        )
        ended = np.where(told <= day, ended, FAR)
        order = np.lexsort((ended, started, person, place))
        return cls(places, place[order], person[order], started[order], ended[order])

    def person_years(self, kind: PlaceKind, ids: list[str], period: Period) -> Array:
        """Give the time of all persons together at each place; one in two records counts once."""
        days = _days(
            self.place, self.person, self.started, self.ended,
            period.first, period.last, len(self.places),
        )  # fmt: skip
        numbers = [self.places.get((kind, one), -1) for one in ids]
        return np.array([days[n] if n >= 0 else 0 for n in numbers]) / DAYS_A_YEAR

    def present(self, kind: PlaceKind, period: Period) -> list[str]:
        """Give the places where anybody belonged at any time of a period."""
        there = np.unique(self.place[(self.started <= period.last) & (self.ended >= period.first)])
        numbers = set(there.tolist())
        return [of for (at, of), number in self.places.items() if at == kind and number in numbers]


def _kind_and_id(name: str) -> tuple[str, str]:
    kind, one = name.split("\t", 1)
    return kind, one


@numba.njit(nogil=True, cache=True)
def _days(place, person, started, ended, first, last, places):  # type: ignore[no-untyped-def]
    days = np.zeros(places, np.int64)
    until = first - 1
    for i in range(len(place)):
        if i == 0 or place[i] != place[i - 1] or person[i] != person[i - 1]:
            until = first - 1
        low, high = max(started[i], until + 1), min(ended[i], last)
        if high >= low:
            days[place[i]] += high - low + 1
            until = high
    return days
