"""What kind of household each unit makes, over the calendar as a whole."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.population.drawing import Flags, Ints
from kithkin.simulation.population.folk import Folk, Rows
from kithkin.simulation.population.sharing import Sharing
from kithkin.simulation.population.units import Units
from kithkin.simulation.settings.population import Families
from kithkin.simulation.world import HOUSEHOLD_KINDS, Small

FOSTERING_AGES = 0.45
"""Share of households whose head is between 30 and 65 and free to foster, roughly."""
OLDER = 66
"""Pension age: both partners of an older couple have reached it."""


def household_kinds(
    units: Units,
    rows: Rows,
    sharing: Sharing,
    folk: Folk,
    settings: Families,
    rng: np.random.Generator,
) -> Small:
    """Give each unit's household kind, a position in `HOUSEHOLD_KINDS`.

    A kind holds for the whole calendar: a couple whose first child is born within it counts as a
    couple with children.
    """
    size = len(units.age)
    parents = np.bincount(folk.unit[rows.children], minlength=size) > 0
    fatherly = _marked(sharing.fatherly, size)
    apart = (sharing.fatherly >= 0) | (sharing.carer >= 0)
    with_children = parents & ~apart
    old = (units.age > OLDER) & (units.partner_age > OLDER)
    fosters = ~sharing.busy & (units.age > 30) & (units.age < 65)
    fosters &= rng.random(size) < settings.foster_carers / FOSTERING_AGES
    kinds: list[tuple[str, Flags]] = [
        ("three_generation", sharing.three_generation),
        ("kinship_care", _marked(sharing.carer, size)),
        ("sharers", sharing.sharers),
        ("foster_carers", fosters),
        ("blended", with_children & units.partnered & units.blended),
        ("couple_with_children", with_children & units.partnered),
        ("lone_parent", with_children | fatherly),
        ("older_couple", units.partnered & old),
        ("couple", units.partnered),
    ]
    codes = [HOUSEHOLD_KINDS.index(name) for name, _ in kinds]
    return np.select([flags for _, flags in kinds], codes, 0).astype(np.int8)


def _marked(units: Ints, size: int) -> Flags:
    return np.bincount(units[units >= 0], minlength=size) > 0
