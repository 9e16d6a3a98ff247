"""The dataset's tables of pre-proceedings and of what children said of the help they get."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kithkin.simulation.calendar import NEVER, Days, whole_years
from kithkin.simulation.care import LEGAL_STATUSES
from kithkin.simulation.sending.case_files import CaseFiles
from kithkin.simulation.sending.case_files.cells import flags
from kithkin.simulation.sending.case_files.files import FIRST_NUMBER
from kithkin.simulation.world import Index

COURT = tuple(LEGAL_STATUSES.index(status) for status in ("C1", "C2", "D1", "E1"))
"""Statuses that only a court gives."""
MEETS_AFTER = 21
"""Days from the decision to the meeting with parents; our proposal."""
ANSWERS = (
    "explained_worries", "story_help_understand", "agree_worker", "plan_safe",
    "tablet_help_explain",
)  # fmt: skip


def before_court_tables(files: CaseFiles) -> dict[str, pa.Table]:
    """Give the tables by name."""
    return {
        "ssd_pre_proceedings": _pre_proceedings(files),
        "ssd_voice_of_child": _voices(files),
    }


def _pre_proceedings(files: CaseFiles) -> pa.Table:
    """Give periods of work before proceedings under protection plans: to court, or stepped down."""
    plans, rows = files.care.plans, files.plans.rows[files.care.plans.protection[files.plans.rows]]
    child = files.care.referrals.child[plans.referral[rows]]
    draws = files.county.streams.of("sending", "case_files", "pre_proceedings")
    luck, part = draws.random((2, len(plans)))
    court = _court_days(files)[child]
    to_court = (court > plans.start[rows]) & (court <= plans.end[rows] + 1)
    settings = files.settings
    share = np.where(to_court, settings.pre_proceedings_to_court, settings.pre_proceedings_else)
    until = np.where(to_court, court, np.minimum(plans.end[rows], files.county.calendar.ends + 1))
    lasted = (until - plans.start[rows]).astype(np.int32)
    decided = plans.start[rows] + (lasted * (0.3 + 0.5 * part[rows])).astype(np.int32)
    kept = (luck[rows] < share) & (decided <= files.extracted)
    kept &= to_court | (lasted > settings.pre_proceedings_from)
    child, decided, until = child[kept], decided[kept], until[kept].astype(np.int32)
    issued = np.where(to_court[kept], until, NEVER).astype(np.int32)
    stepped = np.where(to_court[kept] | (plans.end[rows][kept] == NEVER), NEVER, until)
    return pa.table(
        {
            "prep_table_id": pa.array(files.plans.numbers[rows[kept]]),
            "prep_person_id": pa.array(files.number(child)),
            "prep_pre_pro_decision_date": files.day(decided),
            "prep_initial_pre_pro_meeting_date": files.day(
                np.minimum(decided + MEETS_AFTER, until).astype(np.int32)
            ),
            "prep_agree_stepdown_issue_date": files.day(stepped.astype(np.int32)),
            "prep_pre_pro_letter_date": files.day(decided),
            "prep_care_pro_letter_date": files.day(issued),
        }
    )


def _court_days(files: CaseFiles) -> Days:
    """Shape (people,): the first day on which a court's order placed a child, or NEVER."""
    table = files.care.placements
    ordered = np.flatnonzero(np.isin(table.legal, COURT))
    day = np.full(len(files.county.world.people), NEVER, dtype=np.int32)
    np.minimum.at(day, files.care.care_periods.child[table.care[ordered]], table.start[ordered])
    return day


def _voices(files: CaseFiles) -> pa.Table:
    """Give the answers of some children who have a plan or are looked after, once each."""
    child = _helped(files)
    settings = files.settings
    draws = files.county.streams.of("sending", "case_files", "voice").random(
        (1 + len(ANSWERS), len(files.county.world.people))
    )[:, child]
    old_enough = whole_years(files.born(child), files.extracted) >= settings.voice_from_age
    asked = (draws[0] < settings.voice_recorded) & old_enough & files.owns(child)
    child, draws = child[asked], draws[1:, asked]
    number, first = np.unique(files.number(child), return_index=True)
    said = draws[:, first] < settings.voice_agrees
    return pa.table(
        {
            "voch_table_id": pa.array(np.arange(len(number)) + FIRST_NUMBER),
            "voch_person_id": pa.array(number),
            **{f"voch_{name}": flags(yes) for name, yes in zip(ANSWERS, said, strict=True)},
        }
    )


def _helped(files: CaseFiles) -> Index:
    """Give the children with a plan or in care on the day of the extract."""
    plans, periods = files.care.plans, files.care.care_periods
    open_plans = files.plans.rows[plans.end[files.plans.rows] > files.extracted]
    in_care = files.care_periods.rows[periods.end[files.care_periods.rows] > files.extracted]
    planned = files.care.referrals.child[plans.referral[open_plans]]
    return np.unique(np.concatenate([planned, periods.child[in_care]])).astype(np.int32)
