"""What is true, and what could be known, of every child on a day: the columns of two rankings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.county import County
from kithkin.simulation.life import CHILD_CONDITIONS, HAPPENINGS, HOUSEHOLD_CONDITIONS
from kithkin.simulation.truth.ahead import A_YEAR, Events, Histories, born_by
from kithkin.simulation.truth.filtering import Beliefs
from kithkin.simulation.truth.noticed import Noticed
from kithkin.simulation.world import NOBODY

Real = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

AGE_BANDS = (1, 5, 10, 13, 15)
"""Ages in whole years at which the bands after the first begin."""
RECENTLY = 91
OWN_KINDS = (
    "sexual_exploitation_sign", "sexual_offence", "criminal_exploitation_sign", "drug_supply",
    "serious_assault", "weapon_found", "assault", "robbery", "missing_from_home",
)  # fmt: skip
"""Kinds counted by themselves: those that the outcomes outside the family are made of, or near."""


@dataclass(frozen=True)
class Columns:
    """Shape (children, columns), and the names; a name of a condition has its prior weight."""

    names: tuple[str, ...]
    values: Real


def record_columns(
    county: County, past: Histories, seen: Noticed, deprivation: Real, as_of: int
) -> Columns:
    """Give what records say: contacts, referrals, open case, happenings, age, disability, area.

    `deprivation` is of each person (see `front_door.reports.surroundings`).
    """
    people, children = county.world.people, county.lives.children
    edges = np.array([born_by(county, as_of, age) for age in AGE_BANDS[::-1]])
    band = len(AGE_BANDS) - np.searchsorted(edges, people.born[children], side="left")
    columns = {
        "contacts": _count(county, past.contacts, as_of, A_YEAR),
        "contacts_recently": _count(county, past.contacts, as_of, RECENTLY),
        "referrals": _count(county, past.referrals, as_of, A_YEAR),
        "graves": _count(county, past.graves, as_of, 2 * A_YEAR),
        "happenings_of_child": _count(county, Events(seen.child, seen.day), as_of, A_YEAR),
        "open": _open(county, as_of),
        "disabled": people.disabled[children],
        "deprivation": deprivation[children],
        **_of_kinds(county, seen, as_of),
        **{f"age_{number}": band == number for number in range(len(AGE_BANDS) + 1)},
    }
    return _columns(columns)


def belief_columns(county: County, beliefs: Beliefs, month: int) -> Columns:
    """Give the filter's posteriors, as chances and as log odds."""
    home = county.lives.home[month]
    household = beliefs.household[np.maximum(home, 0)]
    household[home == NOBODY] = beliefs.household.min(axis=0)
    chance = np.concatenate([household, beliefs.child], axis=1)
    odds = np.log(chance / (1 - chance)) / 4
    names = HOUSEHOLD_CONDITIONS + CHILD_CONDITIONS
    return Columns(
        (*names, *(f"log_odds_{name}" for name in names)), np.concatenate([chance, odds], axis=1)
    )


def life_columns(county: County, month: int) -> Columns:
    """Give the true states, exposures, strengths and hidden differences of that month."""
    lives = county.lives
    home = lives.home[month]
    at = np.maximum(home, 0)
    known = home != NOBODY
    columns: dict[str, npt.NDArray[np.generic]] = {
        name: lives.household[name][month, at] * known for name in HOUSEHOLD_CONDITIONS
    }
    columns |= {name: lives.child[name][month] for name in CHILD_CONDITIONS}
    columns |= {
        "hidden_child": lives.hidden_child,
        "hidden_household": lives.hidden_household[at] * known,
        "strength": lives.strength[month],
        "exposure_kin": lives.exposure_kin[month],
        "exposure_kith": lives.exposure_kith[month],
    }
    return _columns(columns)


def together(*parts: Columns) -> Columns:
    """Put columns side by side."""
    names = tuple(name for part in parts for name in part.names)
    return Columns(names, np.concatenate([part.values for part in parts], axis=1))


def _columns(columns: dict[str, npt.NDArray[np.generic]]) -> Columns:
    return Columns(tuple(columns), np.stack(list(columns.values()), axis=1).astype(np.float32))


def _count(county: County, events: Events, as_of: int, days: int) -> Real:
    child = events.between(as_of - days, as_of)
    counts = np.bincount(child[child != NOBODY], minlength=len(county.lives.children))
    return np.log1p(counts).astype(np.float32)


def _of_kinds(county: County, seen: Noticed, as_of: int) -> dict[str, Real]:
    found = {}
    for kind in OWN_KINDS:
        rows = seen.kind == HAPPENINGS.index(kind)
        events = Events(seen.child[rows], seen.day[rows])
        found[kind] = _count(county, events, as_of, A_YEAR)
        found[f"{kind}_recently"] = _count(county, events, as_of, RECENTLY)
    return found


def _open(county: County, as_of: int) -> Real:
    referrals = county.care.referrals
    now = (referrals.day <= as_of) & (referrals.closed > as_of)
    found = np.zeros(len(county.lives.children), dtype=np.float32)
    found[county.lives.child_of[referrals.child[now]]] = 1
    return found
