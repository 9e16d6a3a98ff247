"""Domestic abuse: cases heard at the multi-agency conference, advisers and refuges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.simulation.agencies.justice_rows import sent
from kithkin.simulation.agencies.police_occurrence_files import HIGH, dash_grade
from kithkin.simulation.agencies.police_people import ADULT_FROM, PRESENT, SUSPECT, VICTIM
from kithkin.simulation.agencies.police_recorded import Recorded
from kithkin.simulation.agencies.tables import FIRST_NUMBER, day, ident, person, word
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import STAY_KINDS, Index, Small

ROLES = ("victim", "suspect", "child")
SERVICES = ("refuge", "adviser")
SOONEST = 7


@dataclass(frozen=True)
class Cases:
    """A row a case heard and person, in no order."""

    case: Index
    person: Index
    role: Small
    """Position in ROLES."""
    heard: Days


def cases(county: County, settings: JusticeSettings, recorded: Recorded) -> Cases:
    """Give the cases that were heard: domestic incidents graded high, with those in them."""
    how, rng = settings.partners, county.streams.of("other", "marac")
    high = dash_grade(county, settings, recorded) == HIGH
    heard = high & (rng.random(len(high), dtype=np.float32) < how.marac_high)
    wait = SOONEST + rng.exponential(max(how.marac_days - SOONEST, 0), len(high)).astype(np.int32)
    people = recorded.involved
    role = np.full(len(people.person), -1, dtype=np.int8)
    role[people.role == VICTIM] = ROLES.index("victim")
    role[people.role == SUSPECT] = ROLES.index("suspect")
    role[(people.role == PRESENT) & (people.age < ADULT_FROM)] = ROLES.index("child")
    rows = np.flatnonzero(heard[people.occurrence] & (role >= 0))
    of = people.occurrence[rows]
    numbers = rng.permutation(len(high)).astype(np.int32)
    on = recorded.occurrences.known[of] + wait[of]
    return Cases(numbers[of], people.person[rows], role[rows], on.astype(np.int32))


def marac_file(county: County, heard: Cases) -> AgencyFile:
    """Give the cases heard, a row a case and person."""
    columns = [
        ident("case_id", heard.case + FIRST_NUMBER, "M"),
        person("person_id", heard.person),
        word("role", heard.role, ROLES),
        day("heard_on", heard.heard),
    ]
    return sent(county, "other", "marac", heard.heard, columns)


def service_file(county: County, settings: JusticeSettings, heard: Cases) -> AgencyFile:
    """Give advisers' work with victims whose case was heard, and stays in refuges."""
    how, rng = settings.partners, county.streams.of("other", "advisers")
    victim = np.flatnonzero(heard.role == ROLES.index("victim"))
    victim = victim[rng.random(len(victim)) < how.adviser]
    begun = heard.heard[victim] - rng.integers(0, SOONEST, len(victim)).astype(np.int32)
    lasts = 14 + rng.exponential(how.adviser_days, len(victim)).astype(np.int32)
    stays = county.world.stays
    refuge = np.flatnonzero(stays.kind == STAY_KINDS.index("refuge"))
    who = np.concatenate([heard.person[victim], stays.person[refuge]])
    start = np.concatenate([begun, stays.start[refuge]]).astype(np.int32)
    young = whole_years(county.world.people.born[who], start) < ADULT_FROM
    at_refuge = np.arange(len(who)) >= len(victim)
    child = at_refuge & young
    columns = [
        person("person_id", who),
        word("service", np.where(at_refuge, 0, 1).astype(np.int8), SERVICES),
        word("role", np.where(child, ROLES.index("child"), 0).astype(np.int8), ROLES),
        day("started_on", start),
        day("ended_on", np.concatenate([begun + lasts, stays.end[refuge]])),
    ]
    return sent(county, "other", "domestic_abuse_service", start, columns, ("episode_id", "DAS"))
