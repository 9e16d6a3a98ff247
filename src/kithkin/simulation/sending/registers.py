"""An agency's register: the people it knows, as it has them on record."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.records import Register
from kithkin.simulation.sending import identifiers
from kithkin.simulation.sending.addresses import (
    StayFinder,
    address_lines,
    postcode_of,
    take,
    town_of,
)
from kithkin.simulation.settings.mistakes import MistakeSettings, RegisterFeed
from kithkin.simulation.world import ETHNICITIES, SEXES, Index

FIELDS = {
    "forename": pa.string(), "middle_names": pa.string(), "surname": pa.string(),
    "former_surname": pa.string(), "known_as": pa.string(), "date_of_birth": pa.date32(),
    "date_of_death": pa.date32(), "sex": pa.string(), "ethnicity": pa.string(),
    "nhs_number": pa.string(), "upn": pa.string(), "former_upn": pa.string(),
    "national_insurance_number": pa.string(), "pnc_id": pa.string(), "address": pa.string(),
    "town": pa.string(), "postcode": pa.string(), "uprn": pa.string(),
    "address_from": pa.date32(), "address_to": pa.date32(),
}  # fmt: skip
"""Every field that a register may hold, in order, and its type."""


def make_register(
    feed: RegisterFeed, people: Index, known: Days, county: County, settings: MistakeSettings
) -> Register:
    """Make the register of one agency.

    Parameters
    ----------
    people : positions in `World.people`, each once, ascending.
    known : shape (people,), the day on which the agency first had a record of each.

    """
    rng = county.streams.of("sending", feed, "number")
    number = 100_000 + rng.permutation(len(people) * 5 // 4)[: len(people)].astype(np.int64)
    columns = _identity(people, known, county)
    empty = len(people)
    held = {
        name: columns[name]() if name in settings.holds[feed] else pa.nulls(empty, kind)
        for name, kind in FIELDS.items()
    }
    return Register(feed, people, number, known, pa.table(held))


def _identity(people: Index, known: Days, county: County) -> dict[str, Callable[[], pa.Array]]:
    world = county.world
    who = world.people
    lived = StayFinder(world).on(people, known)
    return {
        "forename": lambda: take(world.names, who.forename[people]),
        "middle_names": lambda: take(world.names, who.middle[people]),
        "surname": lambda: take(world.names, who.surname[people]),
        "former_surname": lambda: take(world.names, who.former_surname[people]),
        "known_as": lambda: take(world.names, who.known_as[people]),
        "date_of_birth": lambda: dates(who.born[people]),
        "date_of_death": lambda: dates(who.died[people]),
        "sex": lambda: take(pa.array(SEXES), who.sex[people]),
        "ethnicity": lambda: take(pa.array(ETHNICITIES), who.ethnicity[people]),
        "nhs_number": lambda: identifiers.nhs_numbers(county, people),
        "upn": lambda: identifiers.pupil_numbers(county, people),
        "former_upn": lambda: pa.nulls(len(people), pa.string()),
        "national_insurance_number": lambda: identifiers.national_insurance_numbers(county, people),
        "pnc_id": lambda: identifiers.police_computer_numbers(county, people),
        "address": lambda: address_lines(world, lived.address),
        "town": lambda: town_of(world, lived.address),
        "postcode": lambda: take(world.postcodes.text, postcode_of(world, lived.address)),
        "uprn": lambda: pa.array(
            world.addresses.uprn[np.maximum(lived.address, 0)], mask=lived.address < 0
        ).cast(pa.string()),
        "address_from": lambda: dates(lived.start),
        "address_to": lambda: dates(lived.end),
    }


def dates(days: Days, missing: npt.NDArray[np.bool_] | None = None) -> pa.Date32Array:
    """Give day numbers as dates; null for NEVER and where missing."""
    blank = days == NEVER
    return pa.array(days, type=pa.int32(), mask=blank if missing is None else blank | missing).cast(
        pa.date32()
    )
