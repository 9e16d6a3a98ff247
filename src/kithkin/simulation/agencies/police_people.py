"""People in occurrences: in which role, and who of the suspects is charged."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.justice_rows import Mask
from kithkin.simulation.agencies.police_seen import Seen, by_kind, handled, taking_part
from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS, PARTS
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import Float, Index, Small, Table

ROLES = ("victim", "suspect", "charged", "witness", "present")
VICTIM, SUSPECT, CHARGED, WITNESS, PRESENT = range(5)
RESPONSIBLE_FROM = 10
"""Age of criminal responsibility in England."""
ADULT_FROM = 18


@dataclass(frozen=True)
class Involved(Table):
    """A row a person in an occurrence."""

    occurrence: Index
    """Row of the table of occurrences (of `Seen`, until they are joined)."""
    person: Index
    role: Small
    """Position in ROLES, as it was before any charge: never CHARGED."""
    age: npt.NDArray[np.int16]
    charged: Days
    """Day of the charge or other positive disposal; NEVER for most."""
    arrested: Mask


def of_happenings(county: County, settings: JusticeSettings, seen: Seen) -> Involved:
    """Give the people whom police identify in what they saw."""
    rows, of = taking_part(county, seen)
    person = county.participants.person[rows]
    age = whole_years(county.world.people.born[person], seen.day[of])
    luck = county.streams.of("police", "involved").random((4, len(rows)), dtype=np.float32)
    role = _roles(settings, county.participants.part[rows], seen.kind[of], age, luck[0])
    known = (role != SUSPECT) | (luck[1] < by_kind(settings, "suspect_known")[seen.kind[of]])
    charged = _charged(county, settings, seen, of, role, age, luck[2])
    liable = (role == SUSPECT) & (age >= RESPONSIBLE_FROM)
    arrested = liable & (luck[3] < by_kind(settings, "arrested")[seen.kind[of]])
    return taken(Involved(of, person, role, age, charged, arrested), np.flatnonzero(known))


def _roles(
    settings: JusticeSettings,
    part: Small,
    kind: Small,
    age: npt.NDArray[np.int16],
    luck: Float,
) -> Small:
    by_part = np.array([[PRESENT, VICTIM, SUSPECT, PRESENT]] * len(HAPPENINGS), dtype=np.int8)
    for each in range(len(HAPPENINGS)):
        by_part[each, PARTS.index("subject")] = ROLES.index(handled(settings, each).subject_role)
    role = by_part[kind, part]
    role[(role == SUSPECT) & (age < RESPONSIBLE_FROM)] = PRESENT
    spoke = (role == PRESENT) & (age >= ADULT_FROM) & (luck < settings.police.witness)
    return np.where(spoke, WITNESS, role).astype(np.int8)


def _charged(
    county: County,
    settings: JusticeSettings,
    seen: Seen,
    of: Index,
    role: Small,
    age: npt.NDArray[np.int16],
    luck: Float,
) -> Days:
    kind = seen.kind[of]
    grown, young = by_kind(settings, "charged_adult"), by_kind(settings, "charged_child")
    share = np.where(age >= ADULT_FROM, grown[kind], young[kind])
    share = np.where(role == SUSPECT, share, 0)
    return charge_days(county, settings, seen.known[of], luck < share, "involved")


def charge_days(
    county: County, settings: JusticeSettings, known: Days, charged: Mask, name: str
) -> Days:
    """Give the day of each charge, after the report; NEVER without one."""
    rng = county.streams.of("police", "charge", name)
    wait = rng.exponential(settings.police.charge_days * county.knobs.delays, len(known))
    return np.where(charged, known + wait.astype(np.int32), NEVER).astype(np.int32)


def taken(table: Involved, rows: npt.NDArray[np.integer]) -> Involved:
    """Give some rows of a table."""
    return Involved(**{f.name: getattr(table, f.name)[rows] for f in fields(table)})


def joined(*tables: Involved) -> Involved:
    """Put tables one after the other."""
    return Involved(
        **{
            f.name: np.concatenate([getattr(table, f.name) for table in tables])
            for f in fields(Involved)
        }
    )
