"""Episodes of care as the SSDA903 counts them: a placement under a legal status, end to start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.care import CARE_ENDS, LEGAL_STATUSES, PLACEMENT_TYPES
from kithkin.simulation.sending.case_files.cells import (
    Flags,
    coded,
    joined,
    only_where,
    weighted,
)
from kithkin.simulation.sending.case_files.codes import ADOPTED
from kithkin.simulation.sending.case_files.files import CaseFiles
from kithkin.simulation.world import Index, Small, Table

NEW_EPISODE = ("S", "L", "P", "T", "B", "U")
WITH_PARENTS = PLACEMENT_TYPES.index("P1")
FOR_ADOPTION = PLACEMENT_TYPES.index("A6")
PLACEMENT_ORDER = LEGAL_STATUSES.index("E1")
BY_RELATIVES = ("U1", "U3")
NO_URN = ("P1", "H5", "R1")  # Ofsted registers none of these for the return
DECIDED_BEFORE, MATCHED_BEFORE = 60, 14  # days from decision and match to placement; our proposal


@dataclass(frozen=True)
class Episodes(Table):
    """Episodes on record, by child and start; those of a period follow on one another."""

    placement: Index
    """Position of the placement with which the episode began."""
    care: Index
    child: Index
    start: Days
    end: Days
    """NEVER while it lasts, as far as is known."""
    began_as: Small
    """Position in NEW_EPISODE."""
    last: Flags
    """Whether no later episode of the period is on record."""

    def only(self, wanted: Flags) -> Episodes:
        """Keep the wanted ones."""
        return Episodes(
            self.placement[wanted], self.care[wanted], self.child[wanted], self.start[wanted],
            self.end[wanted], self.began_as[wanted], self.last[wanted],
        )  # fmt: skip


def episodes_of(files: CaseFiles) -> Episodes:
    """Join placements into episodes: a row that changes nothing continues the one before it."""
    table, periods = files.care.placements, files.care.care_periods
    rows = files.placements.rows
    order = np.lexsort((rows, table.start[rows], periods.child[table.care[rows]]))
    rows = _changes(files, rows[order])
    care, start = table.care[rows], table.start[rows]
    first, last = _edges(care)
    start = np.where(first, periods.start[care], start)
    end = np.append(start[1:], NEVER)[: len(rows)]
    end = np.where(last, periods.end[care], end)
    end = np.where(end > files.extracted, NEVER, end)
    return Episodes(
        rows, care, periods.child[care], start.astype(np.int32), end.astype(np.int32),
        _why(files, rows, first), last,
    )  # fmt: skip


def _edges(care: Index) -> tuple[Flags, Flags]:
    changed = care[1:] != care[:-1]
    return np.append(True, changed)[: len(care)], np.append(changed, True)[: len(care)]


def _changes(files: CaseFiles, rows: Index) -> Index:
    """Leave out rows that last no day, and those that repeat placement and legal status."""
    table = files.care.placements
    care, start = table.care[rows], table.start[rows]
    passing = np.append((care[1:] == care[:-1]) & (start[1:] == start[:-1]), False)[: len(rows)]
    rows = rows[~passing]
    first, _ = _edges(table.care[rows])
    same = _same_place(files, rows) & (np.diff(table.legal[rows], prepend=-9) == 0)
    return rows[first | ~same]


def _same_place(files: CaseFiles, rows: Index) -> Flags:
    table = files.care.placements
    kind = np.diff(table.kind[rows].astype(np.int32), prepend=-9) == 0
    return np.asarray(kind & (np.diff(table.address[rows], prepend=-9) == 0))


def _why(files: CaseFiles, rows: Index, first: Flags) -> Small:
    """Give the reason for each new episode: what changed since the one before."""
    table = files.care.placements
    place = ~_same_place(files, rows)
    legal = np.diff(table.legal[rows].astype(np.int32), prepend=-9) != 0
    carers = np.diff(table.address[rows], prepend=-9) != 0
    moved = np.where(carers, NEW_EPISODE.index("P"), NEW_EPISODE.index("T"))
    both = np.where(carers, NEW_EPISODE.index("B"), NEW_EPISODE.index("U"))
    why = np.where(place & legal, both, np.where(place, moved, NEW_EPISODE.index("L")))
    return np.where(first, NEW_EPISODE.index("S"), why).astype(np.int8)


# --- what an episode is called -------------------------------------------------------------------


def ceased(files: CaseFiles, episodes: Episodes) -> pa.Array:
    """Give the reason why each episode ceased: X1 when another followed; null while it lasts."""
    ended_as = files.care.care_periods.ended_as[episodes.care]
    ended = episodes.end != NEVER
    last = coded(np.where(ended_as < 0, CARE_ENDS.index("E8"), ended_as), CARE_ENDS)
    return only_where(pc.if_else(pa.array(episodes.last), last, "X1"), ended)


def place_changed(files: CaseFiles, episodes: Episodes) -> pa.Array:
    """Give the reason why the child moved on; null where the next episode is at the same place."""
    follows = np.append(episodes.began_as[1:], 0)[: len(episodes)]
    moves = np.isin(follows, [NEW_EPISODE.index(each) for each in "PTBU"])
    moves &= ~episodes.last & (episodes.end != NEVER)
    draws = _placement_draws(files, "place_change")[episodes.placement]
    return only_where(weighted(files.settings.reason_place_change, draws), moves)


def place(files: CaseFiles, episodes: Episodes) -> pa.Array:
    """Give the type of placement."""
    return coded(files.care.placements.kind[episodes.placement], PLACEMENT_TYPES)


def legal_status(files: CaseFiles, episodes: Episodes) -> pa.Array:
    """Give the legal status."""
    return coded(files.care.placements.legal[episodes.placement], LEGAL_STATUSES)


def provider(files: CaseFiles, episodes: Episodes) -> pa.Array:
    """Give who provides the placement: parents, the authority itself, or another."""
    kind = files.care.placements.kind[episodes.placement]
    own = files.care.placements.own_authority[episodes.placement]
    where = np.maximum(files.care.placements.address, 0)[episodes.placement]
    rng = files.county.streams.of("sending", "case_files", "provider")
    draws = rng.random(len(files.county.world.addresses) + 1)[where]
    inside = weighted(files.settings.placement_provider_inside, draws)
    outside = weighted(files.settings.placement_provider_outside, draws)
    bought = pc.if_else(pa.array(own), inside, outside)
    kin = pa.array(np.isin(kind, [PLACEMENT_TYPES.index(each) for each in BY_RELATIVES]))
    return pc.if_else(pa.array(kind == WITH_PARENTS), "PR0", pc.if_else(kin, "PR1", bought))


def postcode(files: CaseFiles, episodes: Episodes) -> pa.Array:
    """Give the postcode of the placement."""
    address = files.care.placements.address[episodes.placement]
    world = files.county.world
    if len(world.addresses) == 0:
        return pa.nulls(len(episodes), pa.string())
    postcodes = world.addresses.postcode[np.maximum(address, 0)]
    return coded(np.where(address < 0, -1, postcodes), world.postcodes.text)


def urn(files: CaseFiles, episodes: Episodes) -> pa.Array:
    """Give Ofsted's number of the placement: one for each home; XXXXXXX where there is none."""
    table = files.care.placements
    address = table.address[episodes.placement]
    order = files.county.streams.of("sending", "case_files", "urn").permutation(900_000)
    number = pa.array(order[np.maximum(address, 0) % len(order)] + 100_000)
    text = joined("SC", number.cast(pa.string()))
    text = pc.if_else(pa.array(address < 0), "XXXXXXX", text)
    kind = table.kind[episodes.placement]
    listed = ~np.isin(kind, [PLACEMENT_TYPES.index(each) for each in NO_URN])
    return only_where(text, listed)


def _placement_draws(files: CaseFiles, use: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rng = files.county.streams.of("sending", "case_files", use)
    return rng.random(len(files.care.placements))


# --- adoption ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Adoptions(Table):
    """Children for whom adoption was decided, by period of care."""

    care: Index
    child: Index
    decided: Days
    matched: Days
    """NEVER until placed."""
    placed: Days
    ordered: Days
    last: Index
    """Position of the period's last episode."""


def adoptions(files: CaseFiles, episodes: Episodes) -> Adoptions:
    """Find periods with a placement order or a placement for adoption, and their dates."""
    table, periods = files.care.placements, files.care.care_periods
    towards = table.legal[episodes.placement] == PLACEMENT_ORDER
    placing = table.kind[episodes.placement] == FOR_ADOPTION
    adopting = np.flatnonzero(towards | placing)
    care, first = np.unique(episodes.care[adopting], return_index=True)
    placed = np.full(len(periods), NEVER, dtype=np.int32)
    at = np.flatnonzero(placing)[::-1]
    placed[episodes.care[at]] = episodes.start[at]
    last = np.zeros(len(periods), dtype=np.int32)
    last[episodes.care] = np.arange(len(episodes))
    sooner = np.minimum(episodes.start[adopting[first]], placed[care])
    decided = np.maximum(sooner - DECIDED_BEFORE, periods.start[care])
    matched = np.where(
        placed[care] == NEVER, NEVER, np.maximum(placed[care] - MATCHED_BEFORE, decided)
    )
    ended_as = periods.ended_as[care]
    adopted = np.isin(ended_as, [CARE_ENDS.index(each) for each in ADOPTED])
    ended = periods.end[care] <= files.extracted
    ordered = np.where(adopted & ended, periods.end[care], NEVER)
    return Adoptions(
        care.astype(np.int32), periods.child[care], decided.astype(np.int32),
        matched.astype(np.int32), placed[care], ordered.astype(np.int32), last[care],
    )  # fmt: skip
