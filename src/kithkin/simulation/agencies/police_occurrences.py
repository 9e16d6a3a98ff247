"""Occurrences: what police record of what they learnt, as crime, domestic incident or neither."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies import police_seen
from kithkin.simulation.agencies.justice_rows import Mask
from kithkin.simulation.agencies.police_offences import NO_CRIME, Codes, Offences, victim_marks
from kithkin.simulation.agencies.police_seen import Seen, by_kind, handled
from kithkin.simulation.calendar import Days
from kithkin.simulation.county import County
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import Index, Small, Table

GRAVE = 4
"""Severity from which the graver offences are likely."""
MARKERS = (
    "hate", "cse", "cce", "county lines", "gang", "organised crime", "knife",
    "online sexual abuse", "indecent images", "sextortion", "drug supply",
    "child to parent violence", "child drugs or alcohol", "adult drugs or alcohol",
)  # fmt: skip
"""Words of the contract for markers; an occurrence holds a bit for each."""


@dataclass(frozen=True)
class Occurrences(Table):
    """A row an occurrence."""

    happening: Index
    """NOBODY for crime that has nothing to do with a happening."""
    day: Days
    known: Days
    code: Codes
    """Position in `Offences.codes`; -1 when it is no crime."""
    domestic: Mask
    antisocial: Mask
    breach: Mask
    markers: npt.NDArray[np.int32]
    severity: Small
    address: Index
    postcode: Index


def of_happenings(
    county: County, settings: JusticeSettings, offences: Offences, seen: Seen
) -> Occurrences:
    """Give the occurrence of each seen happening, in the same order; shape (seen,)."""
    kind = seen.kind
    flag = {
        name: by_kind(settings, name)[kind] > 0 for name in ("domestic", "antisocial", "breach")
    }
    return Occurrences(
        happening=seen.happening,
        day=seen.day,
        known=seen.known,
        code=_codes(county, settings, offences, seen),
        markers=_markers(county, settings, seen),
        severity=seen.severity,
        address=seen.address,
        postcode=_postcodes(county, seen),
        **flag,
    )


def is_occurrence(settings: JusticeSettings, seen: Seen) -> Mask:
    """Say which seen happenings are recorded as occurrences; others have files of their own."""
    recorded: Mask = by_kind(settings, "occurrence")[seen.kind] > 0
    return recorded


def _codes(county: County, settings: JusticeSettings, offences: Offences, seen: Seen) -> Codes:
    rng = county.streams.of("police", "offence")
    luck = rng.random((2, len(seen)), dtype=np.float32)
    crime = luck[0] < by_kind(settings, "crime")[seen.kind]
    code = np.full(len(seen), NO_CRIME, dtype=np.int16)
    for kind in np.unique(seen.kind[crime]):
        handling = handled(settings, int(kind))
        grave = (seen.severity >= GRAVE) & bool(handling.grave_offences)
        for weights, which in ((handling.offences, ~grave), (handling.grave_offences, grave)):
            rows = np.flatnonzero(crime & (seen.kind == kind) & which)
            if len(rows):
                code[rows] = offences.drawn(weights, luck[1, rows])
    victim = police_seen.victims(county)[seen.happening]
    return offences.settled(code, *victim_marks(county, victim, seen.day))


def _markers(county: County, settings: JusticeSettings, seen: Seen) -> npt.NDArray[np.int32]:
    bits = np.zeros(len(seen), dtype=np.int32)
    for kind in np.unique(seen.kind):
        shares = handled(settings, int(kind)).markers
        rows = np.flatnonzero(seen.kind == kind)
        rng = county.streams.of("police", "marker", int(kind))
        for marker, share in sorted(shares.items()):
            marked = rng.random(len(rows), dtype=np.float32) < share
            bits[rows] |= np.where(marked, 1 << MARKERS.index(marker), 0).astype(np.int32)
    return bits


def _postcodes(county: County, seen: Seen) -> Index:
    world = county.world
    home = _at(world.addresses.postcode, seen.address)
    return np.where(seen.place >= 0, _at(world.places.postcode, seen.place), home).astype(np.int32)


def _at(values: Index, position: Index) -> Index:
    if not len(values):
        return np.full(len(position), -1, dtype=np.int32)
    return np.where(position >= 0, values[position], -1).astype(np.int32)


def taken(table: Occurrences, rows: npt.NDArray[np.integer]) -> Occurrences:
    """Give some rows of a table."""
    return Occurrences(**{f.name: getattr(table, f.name)[rows] for f in fields(table)})


def joined(*tables: Occurrences) -> Occurrences:
    """Put tables one after the other."""
    return Occurrences(
        **{
            f.name: np.concatenate([getattr(table, f.name) for table in tables])
            for f in fields(Occurrences)
        }
    )
