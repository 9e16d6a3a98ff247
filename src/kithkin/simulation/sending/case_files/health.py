"""What is recorded of the health of children looked after, and of those who leave care."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.sending.case_files.cells import Flags, weighted
from kithkin.simulation.sending.case_files.files import CaseFiles
from kithkin.simulation.sending.case_files.practice import Occasions, occasions
from kithkin.simulation.sending.case_files.spans import months_after
from kithkin.simulation.world import Index, Table

YEAR = (20, 350)  # days: once soon after care begins, then about yearly
SDQ_AGES = (4, 16)  # the questionnaire's, in completed years
SDQ_MOST = 40
MARKED = 2  # a latent state that others notice
LEAVER_AGES = (16, 24)
RECENT = 56  # days within which a young person in touch was last in contact
QUALIFIES = 91  # days of care after the fourteenth birthday (Children Act 1989, schedule 2, 19B)


def health_assessments(files: CaseFiles) -> Occasions:
    """Statutory health assessments that took place."""
    return _yearly(files, "health", files.settings.health_assessment)


def dental_checks(files: CaseFiles) -> Occasions:
    """Dental checks that took place."""
    return _yearly(files, "dental", files.settings.dental_check)


def questionnaires(files: CaseFiles) -> tuple[Occasions, npt.NDArray[np.int16]]:
    """Strengths and difficulties questionnaires that came back, and their scores."""
    returned = _yearly(files, "sdq", files.settings.sdq_returned)
    child = files.care.care_periods.child[returned.of]
    age = whole_years(files.born(child), returned.day)
    kept = (age >= SDQ_AGES[0]) & (age <= SDQ_AGES[1])
    returned, child = returned.only(kept), child[kept]
    return returned, _scores(files, child, returned)


def _scores(files: CaseFiles, child: Index, returned: Occasions) -> npt.NDArray[np.int16]:
    settings = files.settings
    rng = files.county.streams.of("sending", "case_files", "sdq", "child")
    lasting = rng.standard_normal(len(files.county.world.people), dtype=np.float32)[child]
    passing = 2 * returned.chance / max(settings.sdq_returned, 1e-9) - 1  # of those that came back
    steps = _conditions(files, child, returned.day)
    score = settings.sdq_mean + settings.sdq_spread * (0.8 * lasting + 0.6 * passing)
    return np.clip(np.rint(score + settings.sdq_by_condition * steps), 0, SDQ_MOST).astype(np.int16)


def _conditions(files: CaseFiles, child: Index, day: Days) -> npt.NDArray[np.int16]:
    """Add up the steps of a child's conditions in the month of each day."""
    lives = files.county.lives
    month = np.clip(files.county.calendar.month_of(day), 0, files.county.calendar.months - 1)
    at = lives.child_of[child]
    states = [state[month, np.maximum(at, 0)].astype(np.int16) for state in lives.child.values()]
    total = reduce(np.add, states, np.zeros(len(child), dtype=np.int16))
    return np.where(at >= 0, total, 0).astype(np.int16)


def substance_misuse(files: CaseFiles) -> Occasions:
    """Findings that a child looked after misuses drugs or alcohol."""
    found = _yearly(files, "substance", files.settings.substance_found)
    lives = files.county.lives
    child = lives.child_of[files.care.care_periods.child[found.of]]
    month = np.clip(files.county.calendar.month_of(found.day), 0, files.county.calendar.months - 1)
    state = lives.child["substance"][month, np.maximum(child, 0)]
    return found.only((child >= 0) & (state >= MARKED))


def _yearly(files: CaseFiles, name: str, share: float) -> Occasions:
    periods = files.care.care_periods
    spells, all_of_them = (periods.start, periods.end), np.ones(len(periods), dtype=bool)
    every = occasions(files, name, spells, files.care_periods, all_of_them, YEAR, 30)
    return every.only(every.chance < share)


def immunised(files: CaseFiles, children: Index) -> Flags:
    """Say whose immunisations are up to date."""
    draws = files.county.streams.of("sending", "case_files", "immunised")
    return draws.random(len(files.county.world.people))[children] < files.settings.immunised


def disabilities(files: CaseFiles, children: Index) -> tuple[pa.Array, pa.Array]:
    """Give up to two disabilities that are on record for each child; null for none."""
    world = files.county.world.people
    draws = files.county.streams.of("sending", "case_files", "disability").random((4, len(world)))
    known = (world.disabled & (draws[0] < files.settings.disability_known))[children]
    first = weighted(files.settings.disability_codes, draws[1][children])
    second = weighted(files.settings.disability_codes, draws[2][children])
    differs = np.asarray(pc.not_equal(first, second))
    both = known & differs & (draws[3][children] < files.settings.second_disability)
    nothing = pa.scalar(None, pa.string())
    return (
        pc.if_else(pa.array(known), first, nothing),
        pc.if_else(pa.array(both), second, nothing),
    )


# --- leaving care --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leavers(Table):
    """Young people who are owed support for leaving care, or will be; one row each."""

    child: Index
    period: Index
    """Position of the last period of care."""
    age: npt.NDArray[np.int16]
    """Completed years on the day of the extract."""
    left: Days
    """NEVER for those still looked after."""


def leavers(files: CaseFiles) -> Leavers:
    """Find who was looked after past sixteen, and for long enough since fourteen."""
    periods = files.care.care_periods
    rows = files.care_periods.rows
    rows = rows[np.lexsort((periods.start[rows], periods.child[rows]))]
    child = periods.child[rows]
    last = np.append(child[1:] != child[:-1], True)[: len(rows)]
    rows, child = rows[last], child[last]
    born = files.born(child)
    end = np.minimum(periods.end[rows], files.extracted)
    since = np.maximum(periods.start[rows], months_after(born, 12 * 14))
    age = whole_years(born, files.extracted)
    kept = (end >= months_after(born, 12 * 16)) & (end - since >= QUALIFIES)
    kept &= (age >= LEAVER_AGES[0]) & (age <= LEAVER_AGES[1]) & files.owns(child)
    left = np.where(periods.end[rows] > files.extracted, NEVER, periods.end[rows])
    return Leavers(child[kept], rows[kept], age[kept], left[kept].astype(np.int32))


def draws_for(files: CaseFiles, use: str, people: Index) -> npt.NDArray[np.float64]:
    """Draw once for each person of the county, and give those of some."""
    rng = files.county.streams.of("sending", "case_files", use)
    return rng.random(len(files.county.world.people))[people]


def last_contact(files: CaseFiles, found: Leavers) -> Days:
    """Give the day of the last contact with each care leaver who is in touch."""
    since = (draws_for(files, "leaver_contact", found.child) * RECENT).astype(np.int32)
    gone = found.left != NEVER
    contact = np.maximum(files.extracted - since, np.where(gone, found.left, 0))
    return contact.astype(np.int32)
