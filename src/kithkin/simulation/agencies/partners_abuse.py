"""Domestic abuse: cases heard at the multi-agency conference, advisers and refuges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.simulation.agencies.homes import Company, Homes
from kithkin.simulation.agencies.justice_rows import sent
from kithkin.simulation.agencies.police_occurrence_files import HIGH, dash_grade
from kithkin.simulation.agencies.police_people import ADULT_FROM, PRESENT, SUSPECT, VICTIM
from kithkin.simulation.agencies.police_recorded import Recorded
from kithkin.simulation.agencies.seeing import living
from kithkin.simulation.agencies.tables import FIRST_NUMBER, day, ident, person, word
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import SEXES, STAY_KINDS, Index, Small

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
    fled, arrived, left = _in_refuge(county, settings, heard)
    who = np.concatenate([heard.person[victim], fled])
    start = np.concatenate([begun, arrived]).astype(np.int32)
    young = whole_years(county.world.people.born[who], start) < ADULT_FROM
    at_refuge = np.arange(len(who)) >= len(victim)
    child = at_refuge & young
    columns = [
        person("person_id", who),
        word("service", np.where(at_refuge, 0, 1).astype(np.int8), SERVICES),
        word("role", np.where(child, ROLES.index("child"), 0).astype(np.int8), ROLES),
        day("started_on", start),
        day("ended_on", np.concatenate([begun + lasts, left])),
    ]
    return sent(county, "other", "domestic_abuse_service", start, columns, ("episode_id", "DAS"))


def _in_refuge(county: County, settings: JusticeSettings, heard: Cases) -> tuple[Index, Days, Days]:
    """Give who was in a refuge, first and last day: by where they live, and women who fled.

    Women take the children with them who live with them.
    """
    stays, people = county.world.stays, county.world.people
    rng = county.streams.of("other", "refuge")
    woman = np.flatnonzero(heard.role == ROLES.index("victim"))
    luck, wait = rng.random(len(woman)), rng.integers(-SOONEST, 2 * SOONEST, len(woman))
    lasts = SOONEST + rng.exponential(settings.partners.refuge_days, len(woman))
    chosen = (people.sex[heard.person[woman]] == SEXES.index("F")) & (
        luck < settings.partners.refuge
    )
    mother = heard.person[woman[chosen]]
    begun = (heard.heard[woman[chosen]] + wait[chosen]).astype(np.int32)
    ended = (begun + lasts[chosen]).astype(np.int32)
    of, child = Company(county.world).of(Homes(county.world).household(mother, begun), begun)
    hers = people.mother[child] == mother[of]
    hers &= whole_years(people.born[child], begun[of]) < ADULT_FROM
    of, child = of[hers], child[hers]
    refuge = np.flatnonzero(stays.kind == STAY_KINDS.index("refuge"))
    who = np.concatenate([stays.person[refuge], mother, child]).astype(np.int32)
    start = np.concatenate([stays.start[refuge], begun, begun[of]])
    end = np.concatenate([stays.end[refuge], ended, ended[of]])
    here = living(county, who, start)
    return who[here], start[here], end[here]
