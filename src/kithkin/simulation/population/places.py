"""Where people meet: parks, stations, shops and others, with how much they draw and how safe they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kithkin.simulation.population.drawing import Floats, Ints, pick
from kithkin.simulation.population.geography import Geography
from kithkin.simulation.population.lists import place_words
from kithkin.simulation.settings.population import Kith
from kithkin.simulation.world import PLACE_KINDS, SCHOOL_PHASES, Places, Schools

SHARES = {
    "park": 0.2, "station": 0.03, "shop": 0.25, "licensed_premises": 0.15, "takeaway": 0.15,
    "hotel": 0.04, "estate": 0.12, "workplace": 0.06,
}  # fmt: skip
"""Shares of places by kind; school gates come with the schools. Our proposal."""
TITLES = {
    "park": ("Park", "Recreation Ground", "Playing Field", "Skate Park"),
    "station": ("Bus Station", "Railway Station"),
    "shop": ("Stores", "Shopping Centre", "Convenience Store", "Retail Park"),
    "licensed_premises": ("Inn", "Arms", "Bar", "Tavern"),
    "takeaway": ("Fried Chicken", "Kebab", "Pizza", "Fish Bar"),
    "hotel": ("Hotel", "Lodge", "Guest House"),
    "estate": ("Estate", "Court Flats", "Underpass"),
    "workplace": ("Hand Car Wash", "Nail Bar", "Tyre Yard", "Barbers", "Vape Shop"),
}
GATES = ("secondary", "college")
REACH = 12
METRES = 1500.0


def make_places(
    geography: Geography, people: int, schools: Schools, settings: Kith, rng: np.random.Generator
) -> Places:
    """Make the county's places; the pull's mean is about 1 and the danger's about 0."""
    count = max(24, round(people / 1000 * settings.places_per_1000))
    kinds = list(SHARES)
    drawn = pick(rng, list(SHARES.values()), count)
    drawn[: len(kinds)] = np.arange(len(kinds))
    kind = np.array([PLACE_KINDS.index(name) for name in kinds])[drawn]
    gates = np.flatnonzero(np.isin(schools.phase, [SCHOOL_PHASES.index(name) for name in GATES]))
    kind = np.append(kind, np.full(len(gates), PLACE_KINDS.index("school_gate")))
    postcode = rng.integers(0, len(geography.postcodes), count)
    names = _names(drawn, kinds, rng) + [
        f"{name.as_py()} gate" for name in schools.name.take(gates)
    ]
    size = len(kind)
    return Places(
        name=pa.array(names),
        kind=kind.astype(np.int8),
        postcode=np.append(postcode, schools.postcode[gates]).astype(np.int32),
        pull=rng.lognormal(-0.18, 0.6, size).astype(np.float32),
        danger=rng.normal(0, 0.5, size).astype(np.float32),
    )


def _names(drawn: Ints, kinds: list[str], rng: np.random.Generator) -> list[str]:
    roots = place_words("place_roots")
    root = rng.integers(0, len(roots), len(drawn)).tolist()
    luck = rng.random(len(drawn)).tolist()
    titles = [TITLES[kind] for kind in kinds]
    return [
        f"{roots[r]} {titles[k][int(u * len(titles[k]))]}"
        for r, k, u in zip(root, drawn.tolist(), luck, strict=True)
    ]


def near_places(geography: Geography, places: Places) -> tuple[Ints, Floats]:
    """Give for each area the places in reach, and how strongly each draws people of the area."""
    east = geography.postcodes.easting[places.postcode]
    north = geography.postcodes.northing[places.postcode]
    away = np.hypot(geography.east[:, None] - east, geography.north[:, None] - north)
    reach = min(REACH, len(places))
    near = np.argpartition(away, reach - 1, axis=1)[:, :reach]
    far = np.take_along_axis(away, near, axis=1)
    return near, places.pull[near] * np.exp(-far / METRES) + 1e-6
