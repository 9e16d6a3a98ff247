"""Ethnic groups of adults by district, neighbourhood and age, and of children by their parents.

Groups differ in names, areas and, where the census says so, family size. Nothing here or later
gives any group a hazard of harm.
"""

from __future__ import annotations

import numpy as np

from kithkin.simulation.population.drawing import Floats, Ints, pick_by_row
from kithkin.simulation.population.geography import Geography
from kithkin.simulation.settings.population import Ethnicity
from kithkin.simulation.world import ETHNICITIES, Small

WHITE = ("WBRI", "WIRI", "WIRT", "WROM", "WOTH")
MIXED = {"BCRB": "MWBC", "BAFR": "MWBA", "BOTH": "MWBA", "AIND": "MWAS", "APKN": "MWAS",
         "ABAN": "MWAS", "AOTH": "MWAS", "CHNE": "MWAS"}  # fmt: skip
BRISTOL = "E06000023"


def group_weights(geography: Geography, settings: Ethnicity, rng: np.random.Generator) -> Floats:
    """Weights of the groups, shape (areas * 3, groups): three ages for each area."""
    districts = geography.districts.tolist()
    county = np.array([_shares(settings, district) for district in districts])
    odds = np.array([settings.district_odds.get(district, 1.0) for district in districts])
    spread = settings.area_spread
    local = np.exp(rng.normal(-(spread**2) / 2, spread, len(odds)))
    factor = (odds * local)[:, None] * np.array(settings.age_odds)
    weights = np.repeat(county, 3, axis=0)
    weights[:, 1:] *= factor.ravel()[:, None]
    return weights


def _shares(settings: Ethnicity, district: str) -> list[float]:
    table = settings.shares["bristol" if district == BRISTOL else "gloucestershire"]
    return [table[code] for code in ETHNICITIES]


def age_row(age: Floats) -> Ints:
    """Which of the three ages someone is in: under 40, from 40, from 65."""
    return np.digitize(age, [40, 65])


def draw_groups(rng: np.random.Generator, weights: Floats, area: Ints, age: Floats) -> Small:
    """Draw the ethnic groups of adults of these areas and ages."""
    return pick_by_row(rng, weights, area * 3 + age_row(age)).astype(np.int8)


def _child_of(first: str, second: str) -> str:
    if first == second:
        return first
    pair = {first, second}
    if pair <= set(WHITE):
        return "WBRI" if "WBRI" in pair else "WOTH"
    white = pair & set(WHITE)
    other = (pair - set(WHITE)).pop() if white else ""
    if white:
        return other if other.startswith("M") else MIXED.get(other, "MOTH")
    return "AOTH" if all(code.startswith("A") for code in pair) else "MOTH"


CHILD = np.array(
    [[ETHNICITIES.index(_child_of(a, b)) for b in ETHNICITIES] for a in ETHNICITIES],
    dtype=np.int8,
)
"""Shape (groups, groups): what a child of two parents is put down as."""
