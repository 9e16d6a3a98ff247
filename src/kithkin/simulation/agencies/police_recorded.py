"""All that police recorded: occurrences and their people, and what it came from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kithkin.simulation.agencies import police_occurrences, police_people
from kithkin.simulation.agencies.justice_rows import in_order
from kithkin.simulation.agencies.police_background import background
from kithkin.simulation.agencies.police_occurrences import Occurrences
from kithkin.simulation.agencies.police_offences import NO_CRIME, Offences
from kithkin.simulation.agencies.police_people import Involved
from kithkin.simulation.agencies.police_seen import Seen, seen_by_police
from kithkin.simulation.agencies.seeing import Watch
from kithkin.simulation.agencies.sharing import Shared
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.county import County
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import NOBODY, Index


@dataclass(frozen=True)
class Learnt:
    """What police made of happenings: one row of `occurrences` for each of `seen`."""

    offences: Offences
    seen: Seen
    occurrences: Occurrences
    involved: Involved
    """Its `occurrence` is a row of `seen`."""


@dataclass(frozen=True)
class Recorded:
    """The occurrences of the window, in order of record, and their people."""

    learnt: Learnt
    occurrences: Occurrences
    involved: Involved
    row_of_seen: Index
    """Shape (seen,): the row of `occurrences`, or NOBODY when none was recorded in the window."""


# police, youth justice and partners all start from these
_LEARNT: Shared[Learnt] = Shared()
_RECORDED: Shared[Recorded] = Shared()


def learn(county: County, settings: JusticeSettings, watch: Watch) -> Learnt:
    """Give what police made of happenings, warm-up included: the youths charged among them."""
    return _LEARNT.of(county, settings, lambda: _learn(county, settings, watch))


def _learn(county: County, settings: JusticeSettings, watch: Watch) -> Learnt:
    offences = Offences(settings)
    seen = seen_by_police(county, settings, watch)
    table = police_occurrences.of_happenings(county, settings, offences, seen)
    people = police_people.of_happenings(county, settings, seen)
    no_crime = table.code[people.occurrence] == NO_CRIME
    charged = np.where(no_crime, NEVER, people.charged).astype(np.int32)
    return Learnt(offences, seen, table, replace(people, charged=charged))


def record(county: County, settings: JusticeSettings, watch: Watch) -> Recorded:
    """Give all that police recorded in the window, with crime among adults beside it."""
    return _RECORDED.of(county, settings, lambda: _record(county, settings, watch))


def _record(county: County, settings: JusticeSettings, watch: Watch) -> Recorded:
    learnt = learn(county, settings, watch)
    other, other_people = background(county, settings, learnt.offences, watch)
    everything = police_occurrences.joined(learnt.occurrences, other)
    shifted = replace(other_people, occurrence=other_people.occurrence + len(learnt.seen))
    people = police_people.joined(learnt.involved, shifted)
    known = everything.known.copy()
    # what has a file of its own, or happened before the window, is no occurrence of it
    left_out = ~police_occurrences.is_occurrence(settings, learnt.seen)
    known[: len(learnt.seen)][left_out] = NEVER
    known[everything.day < county.calendar.opens] = NEVER
    rows = in_order(known, county, "police", "occurrence")
    row_of = np.full(len(everything), NOBODY, dtype=np.int32)
    row_of[rows] = np.arange(len(rows), dtype=np.int32)
    kept = police_people.taken(people, np.flatnonzero(row_of[people.occurrence] >= 0))
    return Recorded(
        learnt,
        police_occurrences.taken(everything, rows),
        replace(kept, occurrence=row_of[kept.occurrence]),
        row_of[: len(learnt.seen)],
    )
