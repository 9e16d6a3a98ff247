"""By which paths attention reaches one person: every term of it, and the persons on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from kithkin.network.both_ways import Neighbours

Array = npt.NDArray[Any]


@dataclass(frozen=True, order=True)
class TiePath:
    """One term of a person's attention.

    Parameters
    ----------
    points : of attention, that come this way.
    source : the person_key of who carries the theme.
    through : of the person between, or None when the two are tied.

    """

    points: float
    source: int
    through: int | None


def find_paths(
    neighbours: Neighbours, totals: Array, person: int, seeds: Array, kept: float, onward: float
) -> list[TiePath]:
    """List the terms that are not 0, the largest first; see `Graph.paths`."""
    share = 1.0 / (kept + totals)
    near, strength = neighbours.of(person)
    reach = strength * share[near]
    found = [
        TiePath(float(points), int(source), None)
        for source, points in zip(near, reach * seeds[near], strict=True)
        if points > 0
    ]
    if onward:
        for through, part in zip(near, reach, strict=True):
            found += _onward(neighbours, share, seeds, person, int(through), onward * part)
    return sorted(found, key=_largest_first)


def _onward(
    neighbours: Neighbours, share: Array, seeds: Array, person: int, through: int, part: float
) -> list[TiePath]:
    sources, strength = neighbours.of(through)
    points = part * strength * share[sources] * seeds[sources]
    counts = (points > 0) & (sources != person)
    return [
        TiePath(float(p), int(source), through)
        for p, source in zip(points[counts], sources[counts], strict=True)
    ]


def _largest_first(path: TiePath) -> tuple[float, int, int]:
    return (-path.points, path.source, -1 if path.through is None else path.through)
