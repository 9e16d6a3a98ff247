"""Early help: episodes, the family in them, needs found, assessments, and offers declined."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kithkin.simulation.agencies import kin, tables
from kithkin.simulation.agencies.homes import Company
from kithkin.simulation.agencies.seeing import Watch, child_state, household_state
from kithkin.simulation.agencies.staff import care_workers
from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.care import EARLY_HELP_ENDS
from kithkin.simulation.county import County
from kithkin.simulation.life import CHILD_CONDITIONS
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.services import EarlyHelpSettings, ServiceSettings
from kithkin.simulation.world import Index, Small

FEED = "early_help"
NEEDS = {
    "domestic abuse": ("domestic_abuse",),
    "substance use": ("alcohol_or_drugs", "substance"),
    "physical and mental health": ("mental_health", "self_harm"),
    "family relationships": ("neglect",),
    "safe from abuse and exploitation": ("harm_by_adult", "sexual_exploitation", "missing"),
    "financial stability": ("going_without",),
    "crime prevention": ("criminal_exploitation", "serious_violence"),
    "getting a good education": ("out_of_school",),
    "secure housing": ("going_without",),
    "early years": ("neglect", "going_without"),
    "child to parent violence": ("serious_violence", "substance"),
    "young carer": ("mental_health", "alcohol_or_drugs"),
}
"""Words of the contract, and the conditions that stand behind each need."""
SELDOM = {"early years": (0, 5), "child to parent violence": (10, 18), "young carer": (7, 18)}
"""Needs that are found less often than the rest, and at which ages."""
ROLES = ("child", "parent", "household member")
TEAMS = ("Family Hub North", "Family Hub South", "Family Hub East", "Family Hub West")


def early_help_files(county: County, settings: ServiceSettings) -> Iterator[AgencyFile]:
    """Give the files of early help episodes and offers of the window."""
    chosen, calendar, helped = settings.early_help, county.calendar, county.care.early_help
    current = (helped.start <= calendar.ends) & (helped.end >= calendar.opens)
    rows = np.flatnonzero(current & ~helped.declined).astype(np.int32)
    rng = county.streams.of(FEED, "recorded")
    known = Watch(county).recorded(helped.start[rows], chosen.recording_delay, rng)
    number = tables.numbers(known, county, FEED, "episode")
    yield _episodes(county, rows, known, number)
    yield _members(county, rows, known, number)
    yield _needs(county, chosen, rows)
    yield _assessments(county, chosen, rows)
    offered = (helped.start >= calendar.opens) & (helped.start <= calendar.ends)
    yield _offers(county, chosen, np.flatnonzero(offered).astype(np.int32))


def _episodes(
    county: County, rows: Index, known: Days, number: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> AgencyFile:
    helped = county.care.early_help
    end = helped.end[rows]
    reason = np.where(end <= county.calendar.ends, helped.ended_as[rows], -1).astype(np.int8)
    worker = helped.worker[rows]
    title = np.zeros(len(rows), dtype=np.int8)
    columns = [
        tables.ident("episode_id", number, "EH"),
        tables.person("person_id", helped.child[rows]),
        tables.day("started_on", helped.start[rows]),
        tables.day("ended_on", end),
        tables.day("recorded_on", known),
        tables.word("end_reason", reason, EARLY_HELP_ENDS),
        *care_workers(county).columns("lead", worker),
        tables.word("lead_job_title", title, ("Family support worker",)),
        tables.word("lead_team", (worker % len(TEAMS)).astype(np.int8), TEAMS),
    ]
    return tables.make_file(county, FEED, "episode", known, columns)


def _members(
    county: County, rows: Index, known: Days, number: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> AgencyFile:
    """Give those who lived with the child's household on the first day, the child apart."""
    world, helped = county.world, county.care.early_help
    start = helped.start[rows]
    row, person = Company(world).of(helped.household[rows], start)
    other = person != helped.child[rows][row]
    row, person = row[other], person[other]
    child = helped.child[rows][row]
    relation = kin.relation(world, child, person, kin.partners(world, county.calendar.ends))
    adult = whole_years(world.people.born[person], start[row]) >= 18
    parent = (relation == kin.MOTHER) | (relation == kin.FATHER)
    role = np.where(parent, 1, np.where(adult, 2, 0)).astype(np.int8)
    words = ("mother", "father", "other", "sibling", "other", "grandparent", "other", "other")
    columns = [
        tables.ident("episode_id", number[row], "EH"),
        tables.person("person_id", person),
        tables.word("role", role, ROLES),
        tables.word("relationship", relation, words),
    ]
    return tables.make_file(county, FEED, "member", known[row], columns)


def _needs(county: County, settings: EarlyHelpSettings, rows: Index) -> AgencyFile:
    helped = county.care.early_help
    rng = county.streams.of(FEED, "needs")
    found_row, found_need = [], []
    age = whole_years(county.world.people.born[helped.child[rows]], helped.start[rows])
    for at, (need_word, conditions) in enumerate(NEEDS.items()):
        state = _state(county, rows, conditions)
        chance = np.where(state > 0, settings.finds_state * (0.5 + state / 4), settings.finds_other)
        if need_word in SELDOM:
            low, high = SELDOM[need_word]
            chance = chance * settings.finds_seldom * ((age >= low) & (age < high))
        found = np.flatnonzero(rng.random(len(rows)) < chance)
        found_row.append(found)
        found_need.append(np.full(len(found), at, dtype=np.int8))
    row, need = rows[np.concatenate(found_row)], np.concatenate(found_need)
    day = helped.start[row] + rng.integers(5, 30, len(row)).astype(np.int32)
    # What was found before the window opened has been sent before.
    kept = (day <= helped.end[row]) & (day >= county.calendar.opens)
    columns = [
        tables.person("person_id", helped.child[row][kept]),
        tables.word("need", need[kept], tuple(NEEDS)),
        tables.day("found_on", day[kept]),
    ]
    numbered = ("need_id", "N")
    return tables.make_file(county, FEED, "need", day[kept], columns, numbered)


def _state(county: County, rows: Index, conditions: tuple[str, ...]) -> Small:
    helped = county.care.early_help
    day = helped.start[rows]
    states = [
        child_state(county, name, helped.child[rows], day)
        if name in CHILD_CONDITIONS
        else household_state(county, name, helped.household[rows], day)
        for name in conditions
    ]
    return np.max(states, axis=0).astype(np.int8)


def _assessments(county: County, settings: EarlyHelpSettings, rows: Index) -> AgencyFile:
    helped, rng = county.care.early_help, county.streams.of(FEED, "assessments")
    rows = rows[rng.random(len(rows)) < settings.assessed]
    start = helped.start[rows] + rng.integers(0, 15, len(rows)).astype(np.int32)
    taken = rng.gamma(4, settings.assessment_days / 4, len(rows)).astype(np.int32)
    done = np.where(start + taken <= helped.end[rows], start + taken, NEVER).astype(np.int32)
    kept = start >= county.calendar.opens
    columns = [
        tables.person("person_id", helped.child[rows][kept]),
        tables.day("started_on", start[kept]),
        tables.day("completed_on", done[kept]),
    ]
    numbered = ("assessment_id", "A")
    return tables.make_file(county, FEED, "assessment", start[kept], columns, numbered)


def _offers(county: County, settings: EarlyHelpSettings, rows: Index) -> AgencyFile:
    helped, rng = county.care.early_help, county.streams.of(FEED, "offers")
    waited = rng.exponential(settings.answer_days, len(rows)).astype(np.int32)
    offered = helped.start[rows]
    answered = np.where(helped.declined[rows], offered + waited, offered).astype(np.int32)
    columns = [
        tables.person("person_id", helped.child[rows]),
        tables.day("offered_on", offered),
        tables.day("answered_on", answered),
        tables.yes_no("declined", helped.declined[rows]),
    ]
    return tables.make_file(county, FEED, "offer", answered, columns, ("offer_id", "O"))
