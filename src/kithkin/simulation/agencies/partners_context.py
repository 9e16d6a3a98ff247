"""Contextual safeguarding: assessments of places and of groups where much was seen in a quarter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.justice_rows import sent
from kithkin.simulation.agencies.police_people import ADULT_FROM
from kithkin.simulation.agencies.police_seen import Seen
from kithkin.simulation.agencies.tables import FIRST_NUMBER, day, ident, person, word
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile, Column
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import NOBODY, PLACE_KINDS, Index

TYPES = ("location assessment", "peer group assessment", "premises concern")
LOCATION, PEERS, PREMISES = range(3)
PREMISES_KINDS = ("shop", "licensed_premises", "takeaway", "hotel")
QUARTER = 91
LAST_QUARTERS = 4096
"""More quarters than any window holds."""


def context_file(county: County, settings: JusticeSettings, seen: Seen) -> AgencyFile:
    """Give the assessments, a row an assessment and child whom it concerns."""
    how = settings.partners
    group = county.happenings.group[seen.happening]
    case_p, child_p, on_p, place = _much_seen(county, seen, seen.place, how.places_assessed)
    case_g, child_g, on_g, _ = _much_seen(county, seen, group, how.groups_assessed)
    after = int(case_p.max(initial=-1)) + 1
    case = np.concatenate([case_p, case_g + after])
    rng = county.streams.of("other", "context")
    numbers = rng.permutation(int(case.max(initial=-1)) + 1)
    lasts = 14 + rng.exponential(how.assessment_days, len(numbers)).astype(np.int32)
    start = np.concatenate([on_p, on_g]).astype(np.int32)
    where = np.concatenate([place, np.full(len(case_g), NOBODY)]).astype(np.int32)
    columns = [
        ident("assessment_id", numbers[case] + FIRST_NUMBER, "CS"),
        person("person_id", np.concatenate([child_p, child_g])),
        word("type", _types(county, where), TYPES),
        day("started_on", start),
        day("ended_on", start + lasts[case]),
        Column("postcode", "postcode", _postcodes(county, where)),
    ]
    return sent(county, "other", "context", start, columns)


def _much_seen(
    county: County, seen: Seen, where: Index, least: int
) -> tuple[npt.NDArray[np.int64], Index, Days, Index]:
    """Give number, child, day and place of each assessment: one after a quarter of much seen."""
    opens = county.calendar.opens
    age = whole_years(county.world.people.born[seen.person], seen.day)
    rows = np.flatnonzero((where >= 0) & (seen.known >= opens) & (age < ADULT_FROM))
    quarter = (seen.known[rows] - opens) // QUARTER
    cell = where[rows].astype(np.int64) * LAST_QUARTERS + quarter
    cells, of, count = np.unique(cell, return_inverse=True, return_counts=True)
    pair = of.reshape(-1).astype(np.int64) << 32 | seen.person[rows].astype(np.int64)
    pair = np.unique(pair[count[of.reshape(-1)] >= least])
    case = (pair >> 32).astype(np.int64)
    child = (pair & 0xFFFFFFFF).astype(np.int32)
    begun = opens + (cells[case] % LAST_QUARTERS + 1) * QUARTER
    return case, child, begun.astype(np.int32), (cells[case] // LAST_QUARTERS).astype(np.int32)


def _types(county: County, where: Index) -> npt.NDArray[np.int8]:
    places = county.world.places
    premises = [PLACE_KINDS.index(kind) for kind in PREMISES_KINDS]
    if not len(places):
        return np.full(len(where), PEERS, dtype=np.int8)
    kind = np.where(np.isin(places.kind[where], premises), PREMISES, LOCATION)
    return np.where(where >= 0, kind, PEERS).astype(np.int8)


def _postcodes(county: County, where: Index) -> Index:
    places = county.world.places
    if not len(places):
        return np.full(len(where), NOBODY, dtype=np.int32)
    return np.where(where >= 0, places.postcode[where], NOBODY).astype(np.int32)
