"""The year that is measured, and what a count is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.services import ServiceSettings

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Count:
    """A measured value and the number of events behind it."""

    value: float
    events: int


def per(events: int, population: int, each: float) -> Count:
    """Give a rate: events for each so many of the population; NaN when there is nobody."""
    return Count(each * events / population if population else math.nan, events)


def share(part: Mask | npt.NDArray[Any], within: Mask | None = None) -> Count:
    """Give the percentage of rows that are true, of all or of those within."""
    chosen = part if within is None else part[within]
    hits = int(np.count_nonzero(chosen))
    return Count(100 * hits / len(chosen) if len(chosen) else math.nan, hits)


@dataclass(frozen=True)
class Year:
    """The last twelve months of a county's window."""

    county: County
    files: Mapping[tuple[str, str], AgencyFile]
    services: ServiceSettings
    first: int
    last: int
    kept: dict[str, Any] = field(default_factory=dict)
    """What several figures need and is costly to count, by name."""

    @classmethod
    def last_of(
        cls,
        county: County,
        files: Mapping[tuple[str, str], AgencyFile],
        services: ServiceSettings,
    ) -> Year:
        """Take the last year of the window."""
        calendar = county.calendar
        return cls(county, files, services, int(calendar.month_starts[-13]), calendar.ends)

    def during(self, days: Days) -> Mask:
        """Say of each day whether it lies in the year."""
        return (days >= self.first) & (days <= self.last)

    def open_at_end(self, start: Days, end: Days) -> Mask:
        """Say of each spell whether it is open on the last day of the year."""
        return (start <= self.last) & (end > self.last)

    @cached_property
    def present(self) -> Mask:
        """Shape (people,): who lives in the county in the middle of the year."""
        people, middle = self.county.world.people, (self.first + self.last) // 2
        there = (people.arrived <= middle) & (people.left >= middle)
        return there & (people.born <= middle) & (people.died > middle)

    @cached_property
    def ages(self) -> npt.NDArray[np.int16]:
        """Shape (people,): age in the middle of the year; negative for the unborn."""
        return whole_years(self.county.world.people.born, (self.first + self.last) // 2)

    @cached_property
    def children(self) -> int:
        """Count the people under 18 in the middle of the year."""
        return int(np.count_nonzero(self.present & (self.ages < 18)))

    @cached_property
    def population(self) -> int:
        """Count the people in the middle of the year."""
        return int(np.count_nonzero(self.present))

    def aged(self, youngest: int, oldest: int) -> int:
        """Count the people of these ages, both included."""
        return int(np.count_nonzero(self.present & (self.ages >= youngest) & (self.ages <= oldest)))

    def per_10000_children(self, events: int) -> Count:
        """Give a rate for each 10,000 people under 18."""
        return per(events, self.children, 10_000)


def months_open(start: Days, on: int) -> npt.NDArray[np.int16]:
    """Give the completed months from each start to a day."""
    begun = start.astype("datetime64[D]")
    then = np.datetime64(int(on), "D")
    months = then.astype("datetime64[M]").astype(int) - begun.astype("datetime64[M]").astype(int)
    early = (then - then.astype("datetime64[M]")).astype(int) < (
        begun - begun.astype("datetime64[M]")
    ).astype(int)
    return (months - early).astype(np.int16)


def between(values: npt.NDArray[Any], bounds: str) -> Mask:
    """Say which values lie in `6-11` (both included) or `24-` (no upper bound)."""
    low, _, high = bounds.partition("-")
    return (values >= int(low)) & (values <= (int(high) if high else np.inf))
