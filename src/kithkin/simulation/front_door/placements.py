"""Where children in care live: episodes of placement under a legal status."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.care import LEGAL_STATUSES, PLACEMENT_TYPES, Placements
from kithkin.simulation.front_door.arithmetic import lognormal_days, pick, weights_of
from kithkin.simulation.settings.front_door import Placing
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import (
    ADDRESS_KINDS,
    HOUSEHOLD_KINDS,
    NOBODY,
    Index,
    Small,
    World,
)

DAYS_TO_SIXTEEN = 5844
MOST_EPISODES = 8
Rows = npt.NDArray[np.int64]


def place(
    world: World,
    child: Index,
    start: Days,
    end: Days,
    unaccompanied: npt.NDArray[np.bool_],
    calendar: Calendar,
    settings: Placing,
    streams: Streams,
) -> Placements:
    """Split each period of care (child: position in `World.people`) into episodes.

    An episode ends with a move, or when a full care order follows an interim one.
    """
    draw = streams.of("front_door", "placements")
    care, first, last = _spells(start, end, calendar, settings, draw)
    kind = _kinds(world, child[care], first, unaccompanied[care], settings, draw)
    legal = _first_legal(settings, unaccompanied, draw)[care]
    full = (legal == LEGAL_STATUSES.index("C1")) & (first - start[care] > settings.full_order_days)
    legal = np.where(full, LEGAL_STATUSES.index("C2"), legal).astype(np.int8)
    address, carer = _homes(world, kind, draw)
    return Placements(
        care=care.astype(np.int32),
        start=first,
        end=last,
        kind=kind,
        legal=legal,
        address=address,
        carer=carer,
        own_authority=draw.random(len(care)) >= settings.out_of_area,
    )


def _spells(
    start: Days, end: Days, calendar: Calendar, settings: Placing, draw: np.random.Generator
) -> tuple[Rows, Days, Days]:
    """Give period, first and last day of each episode; the last of a period that lasts is NEVER."""
    lengths = lognormal_days(
        settings.move_median,
        settings.moves_spread,
        draw.standard_normal((len(start), MOST_EPISODES)),
    )
    moves = start[:, None] + np.cumsum(lengths, axis=1)
    begins = np.concatenate([start[:, None], moves[:, :-1]], axis=1)
    stops = np.concatenate([moves[:, :-1], np.full((len(start), 1), NEVER)], axis=1)
    limit = np.minimum(end, calendar.ends)[:, None]
    care, which = np.nonzero(
        (begins <= limit) & ((begins < end[:, None]) | (begins == start[:, None]))
    )
    closed = np.minimum(stops[care, which], end[care])
    closed = np.where(closed > calendar.ends, NEVER, closed)
    return care, begins[care, which].astype(np.int32), closed.astype(np.int32)


def _kinds(
    world: World,
    child: Index,
    day: Days,
    unaccompanied: npt.NDArray[np.bool_],
    settings: Placing,
    draw: np.random.Generator,
) -> Small:
    older = day - world.people.born[child] >= DAYS_TO_SIXTEEN
    uniform = draw.random(len(child))
    plain, from_16, alone = (
        pick(weights_of(shares, PLACEMENT_TYPES), uniform)
        for shares in (settings.kinds, settings.kinds_from_16, settings.kinds_unaccompanied)
    )
    return np.where(unaccompanied, alone, np.where(older, from_16, plain)).astype(np.int8)


def _first_legal(
    settings: Placing, unaccompanied: npt.NDArray[np.bool_], draw: np.random.Generator
) -> Small:
    legal = pick(weights_of(settings.legal, LEGAL_STATUSES), draw.random(len(unaccompanied)))
    return np.where(unaccompanied, LEGAL_STATUSES.index("V2"), legal).astype(np.int8)


def _homes(world: World, kind: Small, draw: np.random.Generator) -> tuple[Index, Index]:
    """Give an address and, for family placements, the carers' household of each episode."""
    carers, carers_address = _households(world, ("foster_carers",))
    kin, kin_address = _households(world, ("kinship_care", "couple", "older_couple"))
    homes = np.flatnonzero(world.addresses.kind == ADDRESS_KINDS.index("childrens_home"))
    flats = np.flatnonzero(world.addresses.kind == ADDRESS_KINDS.index("flat"))
    everywhere = np.arange(len(world.addresses))
    address = np.full(len(kind), NOBODY, dtype=np.int32)
    carer = np.full(len(kind), NOBODY, dtype=np.int32)
    uniform = draw.random(len(kind))
    for codes, households, addresses in (
        (("U4", "U6", "A6"), carers, carers_address),
        (("U1", "U3", "P1"), kin, kin_address),
        (("K1", "K2", "R1"), None, homes),
        (("H5",), None, flats),
    ):
        at = np.flatnonzero(np.isin(kind, [PLACEMENT_TYPES.index(code) for code in codes]))
        pool = addresses if len(addresses) else everywhere
        row = (uniform[at] * len(pool)).astype(np.int64)
        address[at] = pool[row]
        if households is not None and len(households):
            carer[at] = households[row]
    return address, carer


def _households(world: World, kinds: tuple[str, ...]) -> tuple[Rows, Index]:
    """Give households of these kinds and the address of each one's latest stay."""
    stays = world.stays
    of_kind = np.isin(world.households.kind, [HOUSEHOLD_KINDS.index(kind) for kind in kinds])
    latest = np.full(len(world.households), NOBODY, dtype=np.int32)
    order = np.argsort(stays.start, kind="stable")
    latest[stays.household[order]] = stays.address[order]
    found = np.flatnonzero(of_kind & (latest != NOBODY))
    return found, latest[found]
