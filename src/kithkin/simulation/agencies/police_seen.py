"""Which happenings police learn of, when, and where they were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.homes import Homes
from kithkin.simulation.agencies.justice_rows import Mask, chance, late, logit
from kithkin.simulation.agencies.seeing import Watch
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.care import SOURCES
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS, PARTS
from kithkin.simulation.settings.justice import Handling, JusticeSettings
from kithkin.simulation.world import NOBODY, Float, Index, Small, Table

UNHANDLED = Handling(seen=0)
"""What police do with a kind that the settings leave out: they may still be told by others."""
NOTICED_AT = 3
"""The severity for which the settings give the share seen."""


@dataclass(frozen=True)
class Seen(Table):
    """A row a happening that police learnt of, in order of happenings, warm-up included."""

    happening: Index
    kind: Small
    day: Days
    known: Days
    severity: Small
    person: Index
    """The person most concerned: the child, or whoever is named first."""
    place: Index
    address: Index
    """Where it was, when at home; NOBODY elsewhere."""


def seen_by_police(county: County, settings: JusticeSettings, watch: Watch) -> Seen:
    """Draw what police learn of: by kind, severity and surveillance, and what they told others."""
    rows, told = _seen(county, settings, watch)
    happened = county.happenings
    kind, day = happened.kind[rows], happened.day[rows]
    known = _known(kind, day, settings, county)
    person = concerned(county, rows)
    place = happened.place[rows]
    address = Homes(county.world).address(person, day)
    return Seen(
        rows.astype(np.int32),
        kind,
        day,
        np.maximum(np.minimum(known, told[rows]), day).astype(np.int32),
        happened.severity[rows],
        person,
        place,
        np.where(place >= 0, NOBODY, address).astype(np.int32),
    )


def by_kind(settings: JusticeSettings, name: str) -> Float:
    """Give one number of the settings for every kind of happening; shape (kinds,)."""
    found = [getattr(settings.happenings.get(kind, UNHANDLED), name) for kind in HAPPENINGS]
    return np.array(found, dtype=np.float32)


def handled(settings: JusticeSettings, kind: int) -> Handling:
    """Give what police make of a kind, by its position in HAPPENINGS."""
    return settings.happenings.get(HAPPENINGS[kind], UNHANDLED)


def usual_odds(county: County, settings: JusticeSettings, rows: npt.NDArray[np.intp]) -> Float:
    """Give the log odds that police learn of these happenings in an average area."""
    kind = county.happenings.kind[rows]
    steps = county.happenings.severity[rows].astype(np.float32) - NOTICED_AT
    odds: Float = logit(by_kind(settings, "seen"))[kind] + (
        by_kind(settings, "by_severity")[kind] * steps
    )
    return odds


def possible(county: County, settings: JusticeSettings) -> npt.NDArray[np.intp]:
    """Give the happenings that came about and are of a kind that police may learn of."""
    may = by_kind(settings, "seen") > 0
    return np.flatnonzero(county.care.survives & may[county.happenings.kind])


def _seen(
    county: County, settings: JusticeSettings, watch: Watch
) -> tuple[npt.NDArray[np.intp], Days]:
    rows = possible(county, settings)
    odds = usual_odds(county, settings, rows)
    odds = odds + watch.odds(concerned(county, rows), county.happenings.day[rows])
    # one number for every happening, so that what a setting adds takes nothing away
    luck = county.streams.of("police", "seen").random(len(county.happenings), dtype=np.float32)
    noticed = np.zeros(len(county.happenings), dtype=bool)
    noticed[rows] = luck[rows] < chance(odds)
    told = told_to_partners(county)
    noticed |= (told < NEVER) & county.care.survives
    return np.flatnonzero(noticed), told


def told_to_partners(county: County) -> Days:
    """Give, for each happening, the first day of a contact from police about it; NEVER if none."""
    contacts = county.care.contacts
    ours = (contacts.source == SOURCES.index("police")) & (contacts.happening >= 0)
    told = np.full(len(county.happenings), NEVER, dtype=np.int32)
    np.minimum.at(told, contacts.happening[ours], contacts.day[ours])
    return told


def _known(kind: Small, day: Days, settings: JusticeSettings, county: County) -> Days:
    rng = county.streams.of("police", "reported")
    at_once = by_kind(settings, "same_day")[kind]
    mean = by_kind(settings, "delay_days")[kind] * county.knobs.delays
    return late(day, at_once, mean, rng)


def concerned(county: County, rows: npt.NDArray[np.intp]) -> Index:
    """Give the person most concerned in each happening: the child, or whoever is named first."""
    child = county.happenings.child[rows]
    first = np.searchsorted(county.participants.happening, rows)
    named = county.participants.person[np.minimum(first, len(county.participants) - 1)]
    return np.where(child >= 0, child, named).astype(np.int32)


def victims(county: County) -> Index:
    """Give the first victim of each happening, or the child that it is about; shape (happenings,)."""
    taking = county.participants
    rows = np.flatnonzero(taking.part == PARTS.index("victim"))[::-1]
    victim = county.happenings.child.copy()
    victim[taking.happening[rows]] = taking.person[rows]
    return victim


def taking_part(county: County, seen: Seen) -> tuple[Index, Index]:
    """Give the rows of `Participants` in what was seen, and the row of `Seen` of each."""
    row_of = np.full(len(county.happenings), NOBODY, dtype=np.int32)
    row_of[seen.happening] = np.arange(len(seen), dtype=np.int32)
    of = row_of[county.participants.happening]
    rows: Mask = of >= 0
    found = np.flatnonzero(rows).astype(np.int32)
    return found, of[found]
