"""How the world is put together: geography, families, homes, schools, friendships."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kithkin.simulation.calendar import NEVER, Calendar, whole_years
from kithkin.simulation.population.geography import choose_geography
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import (
    GROUP_KINDS,
    HOUSEHOLD_KINDS,
    NOBODY,
    PLACE_KINDS,
    STAY_KINDS,
    TIE_KINDS,
    Addresses,
    Enrolments,
    Groups,
    Haunts,
    Households,
    Memberships,
    People,
    Places,
    Schools,
    Stays,
    Ties,
    World,
)

FORENAMES = "Olivia Amelia Isla Emily Sophie Chloe Grace Aisha Noah Oliver George Jack Harry Leo Mohammed Kai".split()
SURNAMES = "Smith Jones Taylor Brown Williams Wilson Davies Evans Khan Patel Kaur Walker".split()


def build_world(
    calendar: Calendar, people: int, settings: PopulationSettings, streams: Streams
) -> World:
    """Build the world; `people` is how many live in the county on `calendar.opens`."""
    rng = streams.of("population", "thin")
    geography = choose_geography(people, settings.people_per_area)
    n_h = round(people / 2.35)
    families = rng.random(n_h) < 0.29
    lone = families & (rng.random(n_h) < 0.24)
    couple = (families & ~lone) | (~families & (rng.random(n_h) < 0.42))
    kids = np.where(families, rng.choice([1, 2, 3, 4], n_h, p=[0.44, 0.4, 0.12, 0.04]), 0)
    size = 1 + couple + kids
    n = int(size.sum())
    household = np.repeat(np.arange(n_h), size).astype(np.int32)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    place = np.arange(n) - first[household]
    child = place > couple[household]
    second = (place == 1) & couple[household]
    mother_age = np.where(families, rng.uniform(24, 50, n_h), rng.uniform(20, 90, n_h))
    age = mother_age[household]
    age[second] += rng.normal(2, 3, int(second.sum()))
    age[child] = np.minimum(rng.uniform(-3, 18, int(child.sum())), age[child] - 18)
    born = (calendar.opens - age * 365.25).astype(np.int32)
    sex = np.where(child, rng.integers(0, 2, n), np.where(second, 1, 0)).astype(np.int8)
    alone = ~couple & ~families
    sex[alone[household]] = rng.integers(0, 2, int(alone.sum()))
    mother = np.where(child, first[household], NOBODY).astype(np.int32)
    father = np.where(child & couple[household], first[household] + 1, NOBODY).astype(np.int32)
    names = pa.array(FORENAMES + SURNAMES)
    surname = (len(FORENAMES) + rng.integers(0, len(SURNAMES), n_h))[household].astype(np.int32)
    none = np.full(n, NOBODY, np.int32)
    never = np.full(n, NEVER, np.int32)
    kind = np.select(
        [lone, couple & families, couple & (mother_age > 66), couple],
        [HOUSEHOLD_KINDS.index(k) for k in ("lone_parent", "couple_with_children", "older_couple", "couple")],
        0,
    ).astype(np.int8)
    area_of_h = rng.integers(0, len(geography.areas), n_h)
    poor = np.clip(geography.areas.income_children[area_of_h] + rng.normal(0, 0.25, n_h), 0, 1)
    posts = np.diff(geography.first)[area_of_h]
    postcode = (geography.first[area_of_h] + rng.integers(0, posts)).astype(np.int32)
    begin = np.maximum(born, calendar.begins - 2000)
    children = np.flatnonzero(child & (whole_years(born, calendar.ends) >= 4))
    n_p, n_s = max(2, n // 3000), max(1, n // 15000)
    school = np.where(whole_years(born[children], calendar.opens) < 11, rng.integers(0, n_p, len(children)), n_p + rng.integers(0, n_s, len(children)))
    n_places = max(12, n // 300)
    n_g = max(4, len(children) // 4)
    group_of = rng.integers(0, n_g, len(children))
    sib_a = np.flatnonzero(child[:-1] & child[1:] & (household[:-1] == household[1:]))
    mums = np.flatnonzero(child)
    dads = np.flatnonzero(father >= 0)
    pairs = first[couple]
    a = np.concatenate([mother[mums], father[dads], pairs, sib_a])
    b = np.concatenate([mums, dads, pairs + 1, sib_a + 1])
    tie = np.repeat([TIE_KINDS.index(k) for k in ("parent", "parent", "partner", "sibling")], [len(mums), len(dads), len(pairs), len(sib_a)])
    older = np.maximum(born[a], born[b])
    return World(
        names=names, heritages=("british",), streets=pa.array(["High Street", "Mill Lane"]),
        areas=geography.areas, postcodes=geography.postcodes,
        addresses=Addresses(postcode, (postcode % 2).astype(np.int32), rng.integers(1, 90, n_h).astype(np.int32), np.zeros(n_h, np.int32), 990_000_000_000 + np.arange(n_h), np.zeros(n_h, np.int8), rng.integers(0, 3, n_h).astype(np.int8)),
        people=People(born, never, np.full(n, calendar.begins - 3650, np.int32), never, sex, np.zeros(n, np.int8), np.zeros(n, np.int8), rng.integers(0, len(FORENAMES), n).astype(np.int32), none, surname, none, none, mother, father, none, rng.random(n) < 0.08, np.ones(n, np.bool_)),
        households=Households(kind, first.astype(np.int32), poor.astype(np.float32)),
        stays=Stays(np.arange(n, dtype=np.int32), household, household, begin, never, np.zeros(n, np.int8)),
        schools=Schools(pa.array([f"School {i}" for i in range(n_p + n_s)]), np.array([1] * n_p + [2] * n_s, np.int8), 900000 + np.arange(n_p + n_s, dtype=np.int32), 2000 + np.arange(n_p + n_s, dtype=np.int32), rng.integers(0, len(geography.postcodes), n_p + n_s).astype(np.int32)),
        enrolments=Enrolments(children.astype(np.int32), school.astype(np.int32), (born[children] + 4 * 366).astype(np.int32), (born[children] + 16 * 366).astype(np.int32), np.zeros(len(children), np.int8)),
        places=Places(pa.array([f"Place {i}" for i in range(n_places)]), rng.integers(0, len(PLACE_KINDS), n_places).astype(np.int8), rng.integers(0, len(geography.postcodes), n_places).astype(np.int32), rng.lognormal(0, 0.4, n_places).astype(np.float32), rng.normal(0, 0.5, n_places).astype(np.float32)),
        groups=Groups(rng.integers(0, len(GROUP_KINDS) - 1, n_g).astype(np.int8), rng.integers(0, n_places, n_g).astype(np.int32), np.full(n_g, NOBODY, np.int32)),
        memberships=Memberships(group_of.astype(np.int32), children.astype(np.int32), (born[children] + 5 * 366).astype(np.int32), (born[children] + 19 * 366).astype(np.int32)),
        haunts=Haunts(children.astype(np.int32), rng.integers(0, n_places, len(children)).astype(np.int32)),
        ties=Ties(a.astype(np.int32), b.astype(np.int32), tie.astype(np.int8), older.astype(np.int32), np.full(len(a), NEVER, np.int32)),
    )  # fmt: skip


assert STAY_KINDS[0] == "home"
