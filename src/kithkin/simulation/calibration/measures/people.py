"""People and homes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from kithkin.simulation.calibration.measures.counting import Count, Mask, Year, share
from kithkin.simulation.world import HOUSEHOLD_KINDS, STAY_KINDS, Index

FAMILIES = ("couple_with_children", "lone_parent", "blended", "three_generation")
DEPENDENT = 18


def children(year: Year, _of: str) -> Count:
    """People under 18."""
    return share(year.ages < DEPENDENT, year.present)


def family_size(year: Year, _of: str) -> Count:
    """Mean number of children in families that have any."""
    sizes = _children_by_household(year)
    sizes = sizes[_families(year) & (sizes > 0)]
    return Count(float(sizes.mean()) if len(sizes) else np.nan, len(sizes))


def lone_parents(year: Year, _of: str) -> Count:
    """Families with children that have one parent at home."""
    kind = year.county.world.households.kind
    lone = kind == HOUSEHOLD_KINDS.index("lone_parent")
    return share(lone, _families(year) & (_children_by_household(year) > 0))


def _families(year: Year) -> Mask:
    kinds = [HOUSEHOLD_KINDS.index(kind) for kind in FAMILIES]
    return np.isin(year.county.world.households.kind, kinds)


def _children_by_household(year: Year) -> Index:
    stays, middle = year.county.world.stays, (year.first + year.last) // 2
    there = (stays.start <= middle) & (stays.end >= middle)
    there &= stays.kind == STAY_KINDS.index("home")
    there &= year.present[stays.person] & (year.ages[stays.person] < DEPENDENT)
    size = len(year.county.world.households)
    return np.bincount(stays.household[there], minlength=size).astype(np.int32)


MEASURES: Mapping[str, Callable[[Year, str], Count]] = {
    measure.__name__: measure for measure in (children, family_size, lone_parents)
}
