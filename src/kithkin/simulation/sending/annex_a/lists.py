"""Lists 1 to 5 of Annex A: contacts, early help, referrals, assessments, enquiries."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import NEVER, whole_years
from kithkin.simulation.care import ASSESSMENT_ENDS, CONFERENCE_ENDS
from kithkin.simulation.sending.annex_a.workbook import Column
from kithkin.simulation.sending.case_files import CaseFiles
from kithkin.simulation.sending.case_files.cells import (
    Flags,
    coded,
    flags,
    only_where,
    whole,
)
from kithkin.simulation.sending.case_files.codes import CONTACT_SOURCES
from kithkin.simulation.sending.case_files.health import disabilities, draws_for
from kithkin.simulation.sending.case_files.spans import months_after
from kithkin.simulation.world import Index

Sheets = dict[str, list[Column]]
ETHNICITIES = {
    code: f"{chr(ord('a') + place)}) {code}"
    for place, code in enumerate(
        ("WBRI", "WIRI", "WIRT", "WOTH", "WROM", "MWBC", "MWBA", "MWAS", "MOTH", "AIND", "APKN",
         "ABAN", "AOTH", "BCRB", "BAFR", "BOTH", "CHNE", "OOTH", "REFU", "NOBT")
    )
}  # fmt: skip
GENDERS = {"M": "a) Male", "F": "b) Female"}
NOT_STATED = "c) Not stated/recorded"
YES, NO = "a) Yes", "b) No"
NOT_IN_NEED = ASSESSMENT_ENDS.index("step_down")  # ends up to it needed no social care


def work_lists(files: CaseFiles) -> Sheets:
    """Give the lists of work done in six months."""
    return {
        "List 1": _contacts(files),
        "List 2": _early_help(files),
        "List 3": _referrals(files),
        "List 4": _assessments(files),
        "List 5": _enquiries(files),
    }


def since(files: CaseFiles, months: int = 6) -> int:
    """Give the day so many months before the inspection."""
    return int(months_after(np.array([files.extracted], dtype=np.int32), -months)[0])


def child(files: CaseFiles, children: Index, *, disability: bool = True) -> list[Column]:
    """Give the columns with which lists begin: who the child is."""
    entry, born = files.record_of(children), files.born(children)
    age = np.where(
        born == NEVER, -1, whole_years(np.minimum(born, files.extracted), files.extracted)
    )
    columns: list[Column] = [
        ("Child Unique ID", pa.array(files.number(children))),
        ("Gender", worded(files.described("sex", entry), GENDERS, NOT_STATED)),
        (
            "Ethnicity",
            worded(files.described("ethnicity", entry), ETHNICITIES, ETHNICITIES["NOBT"]),
        ),
        ("Date of Birth", files.birth(entry)),
        ("Age", whole(age)),
    ]
    if disability:
        first, _ = disabilities(files, children)
        known = np.asarray(pc.is_valid(first))
        columns.append(("Does the Child have a Disability", flags(known, YES, NO)))
    return columns


def worded(codes: pa.Array, words: dict[str, str], otherwise: str) -> pa.Array:
    """Give the list's words for codes."""
    at = pc.index_in(codes.cast(pa.string()), pa.array(list(words)))
    return pa.array(list(words.values())).take(at).fill_null(otherwise)


def worker(files: CaseFiles, workers: Index) -> list[Column]:
    """Give the allocated team and worker."""
    at = whole(workers)
    return [
        ("Allocated Team", files.worker_teams.take(at)),
        ("Allocated Worker", files.worker_names.take(at)),
    ]


def in_last_year(
    files: CaseFiles, children: Index, days: npt.NDArray[np.int32], counted: Flags, of: Index
) -> pa.Array:
    """Count what happened to each child `of` the list in the twelve months before the day."""
    recent = counted & (days > since(files, 12)) & (days <= files.extracted)
    per_child = np.bincount(children[recent], minlength=len(files.county.world.people))
    return pa.array(per_child[of])


def _contacts(files: CaseFiles) -> list[Column]:
    table = files.care.contacts
    rows = files.contacts.rows
    rows = rows[table.day[rows] > since(files)]
    return [
        *child(files, table.child[rows], disability=False),
        ("Date of Contact", files.day(table.day[rows])),
        ("Contact Source", coded(table.source[rows], CONTACT_SOURCES)),
    ]


def _early_help(files: CaseFiles) -> list[Column]:
    table = files.care.early_help
    rows = files.early_help.rows
    rows = rows[table.start[rows] > since(files)]
    organisations = files.settings.early_help_organisations
    return [
        *child(files, table.child[rows], disability=False),
        ("Assessment start date", files.day(table.start[rows])),
        ("Assessment completion date", pa.nulls(len(rows), pa.date32())),
        ("Organisation completing assessment",
         coded(table.worker[rows] % len(organisations), organisations)),
    ]  # fmt: skip


def _referrals(files: CaseFiles) -> list[Column]:
    table = files.care.referrals
    rows = files.referrals.rows
    rows = rows[table.day[rows] > since(files)]
    every = np.ones(len(table), dtype=bool)
    return [
        *child(files, table.child[rows], disability=False),
        ("Date of Referral", files.day(table.day[rows])),
        ("Referral Source", coded(table.source[rows], CONTACT_SOURCES)),
        ("Referral NFA?", flags(table.no_further_action[rows], "Yes", "No")),
        ("Number of Referrals in Last 12 Months",
         in_last_year(files, table.child, table.day, every, table.child[rows])),
        *worker(files, table.worker[rows]),
    ]  # fmt: skip


def _assessments(files: CaseFiles) -> list[Column]:
    table = files.care.assessments
    rows = files.assessments.rows
    rows = rows[table.end[rows] > since(files)]
    children = files.care.referrals.child[table.referral[rows]]
    seen = draws_for(files, "assessment_seen", children) < files.settings.assessment_seen
    ended = table.end[rows] <= files.extracted
    needed = flags(table.ended_as[rows] > NOT_IN_NEED, "Yes", "No")
    return [
        *child(files, children),
        ("Continuous Assessment Start Date", files.day(table.start[rows])),
        ("Child Seen During Continuous Assessment", only_where(flags(seen, "Yes", "No"), ended)),
        ("Continuous Assessment Date of Authorisation", files.day(table.end[rows])),
        ("Was the child assessed as requiring LA children's social care support?",
         only_where(needed, ended)),
        *worker(files, table.worker[rows]),
    ]  # fmt: skip


def _enquiries(files: CaseFiles) -> list[Column]:
    table, referrals = files.care.enquiries, files.care.referrals
    rows = files.enquiries.rows
    rows = rows[table.start[rows] > since(files)]
    children, every = referrals.child[table.referral], np.ones(len(table), dtype=bool)
    held = table.conference[rows] <= files.extracted
    ended = table.end[rows] <= files.extracted
    planned = flags(table.ended_as[rows] == CONFERENCE_ENDS.index("plan"), "Yes", "No")
    of = children[rows]
    return [
        *child(files, of),
        ("Strategy discussion initiating Section 47 Enquiry Start Date", files.day(table.start[rows])),
        ("Was an Initial Child Protection Conference deemed unnecessary?",
         only_where(flags(table.conference[rows] == NEVER, "Yes", "No"), ended)),
        ("Date of Initial Child Protection Conference", files.day(table.conference[rows])),
        ("Did the Initial Child Protection Conference Result in a Child Protection Plan",
         only_where(planned, held)),
        ("Number of Section 47 Enquiries in the last 12 months",
         in_last_year(files, children, table.start, every, of)),
        ("Number of ICPCs in the last 12 months",
         in_last_year(files, children, table.conference, every, of)),
        *worker(files, referrals.worker[table.referral[rows]]),
    ]  # fmt: skip
