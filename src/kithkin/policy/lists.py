"""What the policy says of cohorts: who belongs on a list for people to look at, and how many fit."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kithkin.policy.models import Ages, Frozen, Text
from kithkin.policy.themes import TrackName

Measure = Literal[
    "index",
    "network_points",
    "score",
    "without_network",
    "without_poverty_proxies",
    "without_unproven",
]
Trend = Literal["high", "rising", "falling", "emerging", "steady"]
Whole = Annotated[int, Field(strict=True, ge=1)]
_Points = Annotated[float, Field(strict=True, ge=0, le=100)]


class OnScore(Frozen):
    """A measure of a theme's score reaches so many points."""

    theme: Text
    track: TrackName = "victim"
    measure: Measure = "score"
    at_least: _Points


class OnTrend(Frozen):
    """A theme's score moves in one of these ways."""

    theme: Text
    track: TrackName = "victim"
    trend: Annotated[tuple[Trend, ...], Field(min_length=1)]


class OnIndicator(Frozen):
    """An indicator is raised."""

    indicator: Text


class OnAccumulation(Frozen):
    """An alarm of the accumulation detector stands."""

    accumulation: Literal[True]


class OnGroup(Frozen):
    """The person belongs to a group that acts together, surely enough.

    Parameters
    ----------
    group : the theme that the group was found for, or "any".
    membership : in at least this share of the partitions they are with the others.

    """

    group: Text
    membership: Annotated[float, Field(strict=True, ge=0, le=1)]


Condition = OnScore | OnTrend | OnIndicator | OnAccumulation | OnGroup


class ByScore(Frozen):
    """A cohort is put in order by a measure of a theme's score, highest first."""

    theme: Text
    track: TrackName = "victim"
    measure: Measure = "score"


class ByAccumulation(Frozen):
    """A cohort is put in order by how much likelier many small events are than chance."""

    accumulation: Literal[True]


class Cohort(Frozen):
    """Who belongs on a list, in what order, and how many the team can look at.

    Parameters
    ----------
    ages : whole years on the as-of date.
    every, any_of, none_of : conditions that must all hold, of which one must, and none may.
    capacity : how many the team can review; those who tie with the last are shown with them.
    near_misses : how many of those after them are shown, with what they lack.

    """

    name: Text
    title: Text
    purpose: Text
    ages: Ages
    every: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    none_of: tuple[Condition, ...] = ()
    rank: ByScore | ByAccumulation
    capacity: Whole
    near_misses: Annotated[int, Field(strict=True, ge=0)] = 10

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.every or self.any_of):
            raise ValueError("no condition; give `every` or `any_of`")
        return self
