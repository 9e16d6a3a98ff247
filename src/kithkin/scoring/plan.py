"""A policy's themes as one list of tracks and components, in the order in which arrays keep them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from kithkin.model import dates
from kithkin.policy import Policy
from kithkin.policy.themes import Component, Theme, Track, TrackName
from kithkin.scoring.gravity import gravities

ADULT = 18
POVERTY, UNPROVEN = 1, 2  # marks of a kind
MOST_EXPONENT = 500.0  # halvings within one block of dates; 2^500 is far from overflow


class ThemesError(ValueError):
    """Themes that no score may be made from: says which, and what to change."""


@dataclass(frozen=True)
class PlannedTrack:
    """One side of a theme, at its place in every array of tracks."""

    theme: Theme
    name: TrackName
    track: Track


@dataclass(frozen=True)
class PlannedComponent:
    """One line of evidence, at its place in every array of components."""

    track: int  # position of its track
    name: str
    component: Component


@dataclass(frozen=True)
class Plan:
    """A policy's themes, ready to be worked with.

    Tracks stand in the order of their themes' names, the victim's before the perpetrator's, and
    components in the order of their tracks and names. Raises `ThemesError` for a perpetrator
    track that anybody under 18 could have a score on.
    """

    policy: Policy
    tracks: tuple[PlannedTrack, ...] = field(init=False)
    components: tuple[PlannedComponent, ...] = field(init=False)

    def __post_init__(self) -> None:
        tracks = [
            PlannedTrack(theme, name, track)
            for _, theme in sorted(self.policy.themes.items())
            for name, track in theme.tracks().items()
        ]
        components = [
            PlannedComponent(position, name, component)
            for position, planned in enumerate(tracks)
            for name, component in sorted(planned.track.components.items())
        ]
        _no_young_perpetrators(tracks)
        object.__setattr__(self, "tracks", tuple(tracks))
        object.__setattr__(self, "components", tuple(components))

    def position(self, theme: str, track: TrackName) -> int:
        """Find a track's place; `KeyError` when no theme has it."""
        for position, planned in enumerate(self.tracks):
            if (planned.theme.name, planned.name) == (theme, track):
                return position
        raise KeyError((theme, track))

    @cached_property
    def gravity(self) -> Any:
        """Gravity by kind code, float64."""
        return gravities(self.policy)

    @cached_property
    def marks(self) -> Any:
        """POVERTY and UNPROVEN by kind code, int8."""
        found = np.zeros(len(self.policy.kinds), np.int8)
        for name, kind in self.policy.kinds.items():
            code = self.policy.kind_code(name)
            found[code] = POVERTY * kind.poverty_proxy + UNPROVEN * kind.unproven
        return found

    @cached_property
    def value_steps(self) -> tuple[int, ...]:
        """The least values that components ask for, in thousandths, ascending."""
        asked = {c.component.value_at_least for c in self.components}
        return tuple(sorted(round(value * 1000) for value in asked if value))

    @cached_property
    def once(self) -> tuple[tuple[int, ...], ...]:
        """The positions of the components that count an occasion once together, by list."""
        at = {(planned.track, planned.name): i for i, planned in enumerate(self.components)}
        return tuple(
            tuple(sorted(at[position, name] for name in together))
            for position, planned in enumerate(self.tracks)
            for together in planned.track.once
        )

    @cached_property
    def half_lives(self) -> tuple[int, ...]:
        """The half-lives that components have, in days, ascending."""
        return tuple(sorted({c.component.half_life_days for c in self.components}))

    @cached_property
    def longest_window(self) -> int:
        """Days after which no component counts anything."""
        return max(c.component.window_days for c in self.components)

    @cached_property
    def block_days(self) -> int:
        """How many days lie between two days from which decay is counted (see `indices`)."""
        return int(MOST_EXPONENT) * self.half_lives[0]

    def births(self, on: date) -> tuple[Any, Any]:
        """Give for each track the first and last day of birth, int32, with which one has a score."""
        first, last = [], []
        for planned in self.tracks:
            youngest, oldest = planned.track.ages
            first.append(dates.day_number(dates.add_months(on, -12 * (oldest + 1))) + 1)
            last.append(dates.day_number(dates.add_months(on, -12 * youngest)))
        return np.array(first, np.int32), np.array(last, np.int32)


def _no_young_perpetrators(tracks: list[PlannedTrack]) -> None:
    for planned in tracks:
        if planned.name == "perpetrator" and planned.track.ages[0] < ADULT:
            raise ThemesError(
                f"themes.{planned.theme.name}.perpetrator.ages begins at "
                f"{planned.track.ages[0]}; nobody under {ADULT} may have a perpetrator score, "
                f"so begin at {ADULT} or later"
            )
