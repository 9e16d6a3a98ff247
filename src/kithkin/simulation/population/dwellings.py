"""Addresses: dwellings along streets of real postcodes, and institutions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kithkin.simulation.population.drawing import Ints, rank_in_run
from kithkin.simulation.population.geography import Geography
from kithkin.simulation.population.lists import street_names
from kithkin.simulation.settings.population import Homes
from kithkin.simulation.world import ADDRESS_KINDS, TENURES, Addresses

FIRST_UPRN = 990_000_000_000
"""Above all numbers given to real addresses, so that none of ours is somebody's."""
HOMES_IN_POSTCODE = 9
FLATS_IN_HOUSE = 6
INSTITUTIONS = {
    "temporary": 1500, "care_home": 3000, "childrens_home": 8000, "hostel": 15000, "hotel": 10000,
    "refuge": 60000, "student_halls": 30000, "prison": 300000,
}  # fmt: skip
"""People of the county for each institution of a kind; at least one of each. Our proposal."""


def make_addresses(
    geography: Geography,
    area: Ints,
    tenure: Ints,
    people: int,
    homes: Homes,
    rng: np.random.Generator,
) -> tuple[Addresses, Ints, pa.StringArray]:
    """Make addresses of dwellings of these areas and tenures, with institutions at the end.

    Gives the addresses, the address of each dwelling, and the streets' names.
    """
    flat = rng.random(len(area)) < np.array([homes.flats[name] for name in TENURES])[tenure]
    kind = np.where(flat, ADDRESS_KINDS.index("flat"), ADDRESS_KINDS.index("house"))
    kinds, places = _institutions(people, len(geography.areas), rng)
    area = np.concatenate([area, places])
    kind = np.concatenate([kind, kinds])
    tenure = np.concatenate([tenure, np.full(len(kinds), TENURES.index("social_rent"))])
    postcode = _postcodes(geography, area, rng)
    order = np.lexsort((kind == ADDRESS_KINDS.index("flat"), postcode))
    street, names = _streets(len(geography.postcodes), postcode[order], rng)
    number, unit = _numbers(postcode[order], kind[order])
    uprn = FIRST_UPRN + rng.permutation(len(area) * 7)[: len(area)]
    addresses = Addresses(
        postcode=postcode[order].astype(np.int32),
        street=street.astype(np.int32),
        number=number.astype(np.int32),
        flat=unit.astype(np.int32),
        uprn=uprn.astype(np.int64),
        kind=kind[order].astype(np.int8),
        tenure=tenure[order].astype(np.int8),
    )
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    return addresses, position[: len(order) - len(kinds)], names


def _institutions(people: int, areas: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    counts = [max(1, round(people / each)) for each in INSTITUTIONS.values()]
    kinds = np.repeat([ADDRESS_KINDS.index(name) for name in INSTITUTIONS], counts)
    return kinds, rng.integers(0, areas, len(kinds))


def _postcodes(geography: Geography, area: Ints, rng: np.random.Generator) -> Ints:
    """Give each dwelling a postcode: as many neighbouring ones in each area as its homes fill."""
    sizes = np.diff(geography.first)
    homes = np.bincount(area, minlength=len(sizes))
    used = np.clip(homes // HOMES_IN_POSTCODE, 1, sizes)
    return geography.first[:-1][area] + (rng.random(len(area)) * used[area]).astype(np.int64)


def _streets(
    postcodes: int, postcode: Ints, rng: np.random.Generator
) -> tuple[Ints, pa.StringArray]:
    """Give each address a street; two neighbouring postcodes share one."""
    names = street_names()
    of_pair = rng.integers(0, len(names), postcodes // 2 + 1)
    return of_pair[postcode // 2], names


def _numbers(postcode: Ints, kind: Ints) -> tuple[Ints, Ints]:
    """Number houses along the street, after the blocks of flats."""
    flat = kind == ADDRESS_KINDS.index("flat")
    rank = rank_in_run(postcode * 2 + flat)
    base = (postcode % 2) * 100 + 1
    number = np.where(flat, base + 80 + rank // FLATS_IN_HOUSE, base + rank)
    return number, np.where(flat, rank % FLATS_IN_HOUSE + 1, 0)
