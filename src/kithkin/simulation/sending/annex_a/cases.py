"""Lists 6 to 11 of Annex A: children in need, protected, looked after, and leaving care."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.care import NEEDS
from kithkin.simulation.sending.annex_a.lists import NO, YES, Sheets, child, since, worker
from kithkin.simulation.sending.annex_a.workbook import Column
from kithkin.simulation.sending.case_files import CaseFiles
from kithkin.simulation.sending.case_files.cells import (
    Flags,
    Whole,
    coded,
    days,
    flags,
    only_where,
    weighted,
    whole,
)
from kithkin.simulation.sending.case_files.codes import CLOSURES
from kithkin.simulation.sending.case_files.episodes import (
    Episodes,
    adoptions,
    ceased,
    episodes_of,
    legal_status,
    place,
    postcode,
    provider,
    urn,
)
from kithkin.simulation.sending.case_files.health import (
    dental_checks,
    draws_for,
    health_assessments,
    last_contact,
    leavers,
)
from kithkin.simulation.sending.case_files.practice import (
    Occasions,
    care_reviews,
    care_visits,
    child_in_need_visits,
    missing_episodes,
    protection_reviews,
    protection_visits,
)
from kithkin.simulation.world import Index

CATEGORIES = (
    "Neglect",
    "Physical abuse",
    "Sexual abuse",
    "Emotional abuse",
    "Multiple/not recommended",
)
STATUSES = (
    "a) Looked after child", "b) Child protection plan", "c) Child in need plan",
    "d) Open assessment", "e) Closed episode",
)  # fmt: skip
LOOKED_AFTER, PROTECTED, PLANNED, ASSESSED, CLOSED = range(5)
SECOND_PERIOD = (
    "Is this a second or subsequent period of being a Looked After Child within the last 12 months "
    "(Y/N)"
)
TIMES_MISSING, TIMES_ABSENT = (
    f"Number of Episodes the Child has been '{word}' from their Placement in the last 12 months"
    for word in ("Missing", "Absent")
)
ADOPTER_COLUMNS = (
    "Individual adopter identifier", "Family identifier", "Gender", "Ethnicity", "Disability",
    "Is the (prospective) adopter fostering for adoption?", "Date enquiry received",
    "Date Stage 1 started", "Date Stage 1 ended", "Date Stage 2 started", "Date Stage 2 ended",
    "Date application submitted", "Date application approved",
    "Date adopter matched with child(ren)", "Date child/children placed with adopter(s)",
    "No. of children placed", "Date of Adoption Order", "Date of leaving adoption process",
    "Reason for leaving adoption process",
)  # fmt: skip


def case_lists(files: CaseFiles) -> Sheets:
    """Give the lists of cases."""
    episodes = episodes_of(files)
    return {
        "List 6": _in_need(files),
        "List 7": _protected(files),
        "List 8": _looked_after(files, episodes),
        "List 9": _leavers(files),
        "List 10": _adoptions(files, episodes),
        "List 11": [(name, pa.nulls(0, pa.string())) for name in ADOPTER_COLUMNS],
    }


def blank(name: str, rows: Whole) -> Column:
    """Give a column of the template of which the case files say nothing."""
    return name, pa.nulls(len(rows), pa.string())


def latest(occasions: Occasions, of: int) -> Days:
    """Give the last day of the occasions of each plan or period, NEVER for none; shape (of,)."""
    found = np.full(of, -1, dtype=np.int32)
    np.maximum.at(found, occasions.of, occasions.day)
    return np.where(found < 0, NEVER, found).astype(np.int32)


def _in_need(files: CaseFiles) -> list[Column]:
    table = files.care.referrals
    rows = files.referrals.rows
    rows = rows[~table.no_further_action[rows] & (table.closed[rows] > since(files))]
    closed = table.closed[rows] <= files.extracted
    return [
        *child(files, table.child[rows]),
        ("CIN Start Date", files.day(table.day[rows])),
        ("Primary Need Code", coded(table.need[rows], NEEDS)),
        ("Date Child Was Last Seen", days(_last_seen(files)[rows])),
        ("CIN Closure Date", files.day(table.closed[rows])),
        ("Reason for Closure", only_where(coded(table.reason_closed[rows], CLOSURES), closed)),
        ("Case Status", coded(_status(files, rows), STATUSES)),
        *worker(files, table.worker[rows]),
    ]


def _last_seen(files: CaseFiles) -> Days:
    """Give the last visit of each referral's plans, NEVER for none."""
    plans = files.care.plans
    seen = np.full(len(files.care.referrals), -1, dtype=np.int32)
    for visits in (child_in_need_visits(files), protection_visits(files)):
        np.maximum.at(seen, plans.referral[visits.of], visits.day)
    return np.where(seen < 0, NEVER, seen).astype(np.int32)


def _status(files: CaseFiles, rows: Index) -> Index:
    """Say how far each case has come: looked after before protected before planned."""
    table, plans, periods = files.care.referrals, files.care.plans, files.care.care_periods
    status = np.full(len(table), ASSESSED, dtype=np.int32)
    open_plans = files.plans.rows[plans.end[files.plans.rows] > files.extracted]
    for protection, word in ((False, PLANNED), (True, PROTECTED)):
        status[plans.referral[open_plans[plans.protection[open_plans] == protection]]] = word
    in_care = files.care_periods.rows[periods.end[files.care_periods.rows] > files.extracted]
    looked_after = np.isin(table.child[rows], periods.child[in_care])
    closed = table.closed[rows] <= files.extracted
    found = np.where(looked_after, LOOKED_AFTER, status[rows])
    return np.where(closed, CLOSED, found).astype(np.int32)


def _protected(files: CaseFiles) -> list[Column]:
    table = files.care.plans
    rows = files.plans.rows
    rows = rows[table.protection[rows] & (table.end[rows] > since(files))]
    reviewed = latest(protection_reviews(files), len(table))[rows]
    category = table.category[rows]
    last = np.where(reviewed == NEVER, category, table.latest_category[rows])
    children = files.care.referrals.child[table.referral[rows]]
    alone = draws_for(files, "seen_alone", children) < files.settings.seen_alone
    return [
        *child(files, children),
        ("Child Protection Plan Start Date", files.day(table.start[rows])),
        ("Initial Category of Abuse", coded(category, CATEGORIES)),
        ("Latest Category of Abuse", coded(last, CATEGORIES)),
        ("Date of the Last Statutory Visit",
         days(latest(protection_visits(files), len(table))[rows])),
        ("Was the Child Seen Alone?", flags(alone, YES, NO)),
        ("Date of latest review conference", days(reviewed)),
        ("Child Protection Plan End Date", files.day(table.end[rows])),
        blank("Subject to Emergency Protection Order or Protected Under Police Powers in Last Six "
              "Months (Y/N)", rows),
        ("Number of Previous Child Protection Plans", pa.array(table.previous[rows])),
        *worker(files, table.worker[rows]),
    ]  # fmt: skip


def _looked_after(files: CaseFiles, episodes: Episodes) -> list[Column]:
    """Give one row a period: its last episode that is on record."""
    periods = files.care.care_periods
    last = episodes.only(episodes.last & (episodes.end > since(files)))
    care, count = last.care, len(periods)
    gone = last.end != NEVER
    missing = _missing(files, last)
    return [
        *_unaccompanied(child(files, last.child), periods.unaccompanied[care]),
        ("Date Started to be Looked After", files.day(periods.start[care])),
        ("Child's Category of Need", coded(periods.need[care], NEEDS)),
        (SECOND_PERIOD, flags(_again(files, last), YES, NO)),
        ("Start date of current legal status", days(_legal_since(files, episodes)[care])),
        ("Child's Legal Status", legal_status(files, last)),
        ("Date of Latest Statutory Review", days(latest(care_reviews(files), count)[care])),
        ("Date of Last Social Work Visit", days(latest(care_visits(files), count)[care])),
        blank("What is the permanence plan for this child?", care),
        blank("Date of Last IRO Visit / Contact to the Child", care),
        ("Date of Last Health Assessment", days(latest(health_assessments(files), count)[care])),
        ("Date of Last Dental Check", days(latest(dental_checks(files), count)[care])),
        ("Number of Placements in the Last 12 months", _placements(files, episodes, care)),
        ("Date Ceased to be Looked After", days(last.end)),
        ("Reason Ceased to be Looked After", only_where(ceased(files, last), gone)),
        ("Start Date of Most Recent Placement", days(last.start)),
        ("Placement Type", place(files, last)),
        ("Placement Provider", provider(files, last)),
        ("Placement postcode", postcode(files, last)),
        ("URN of Placement", urn(files, last)),
        blank("Placement Location", care),
        blank("LA of Placement", care),
        (TIMES_MISSING, pa.array(missing[0])),
        (TIMES_ABSENT, pa.array(missing[1])),
        blank("Was the child offered a Return Interview after their last missing episode (Y/N)?",
              care),
        blank("Did the child accept a Return Interview after their last missing episode (Y/N)?",
              care),
        *worker(files, _worker_of(files, care)),
    ]  # fmt: skip


def _unaccompanied(columns: list[Column], alone: Flags) -> list[Column]:
    name = "Unaccompanied Asylum Seeking Child (UASC) within the Last 12 Months (Y/N)"
    return [*columns[:5], (name, flags(alone, YES, NO)), *columns[5:]]


def _again(files: CaseFiles, last: Episodes) -> Flags:
    """Say whose period is not their first within twelve months."""
    periods = files.care.care_periods
    rows = files.care_periods.rows
    recent = rows[periods.end[rows] > since(files, 12)]
    first = np.full(len(files.county.world.people), NEVER, dtype=np.int32)
    np.minimum.at(first, periods.child[recent], periods.start[recent])
    return np.asarray(periods.start[last.care] > first[last.child])


def _legal_since(files: CaseFiles, episodes: Episodes) -> Days:
    """Give for each period the day since which its last legal status has lasted."""
    legal = files.care.placements.legal[episodes.placement]
    changed = np.append(True, (np.diff(legal) != 0) | (np.diff(episodes.care) != 0))
    began = np.maximum.accumulate(np.where(changed[: len(legal)], np.arange(len(legal)), 0))
    found = np.full(len(files.care.care_periods), NEVER, dtype=np.int32)
    found[episodes.care[episodes.last]] = episodes.start[began[episodes.last]]
    return found


def _placements(files: CaseFiles, episodes: Episodes, care: Index) -> pa.Array:
    recent = episodes.end > since(files, 12)
    count = np.bincount(episodes.care[recent], minlength=len(files.care.care_periods))
    return pa.array(count[care])


def _missing(files: CaseFiles, last: Episodes) -> tuple[Index, Index]:
    """Count the year's episodes of going missing and of being away, for each child."""
    found = missing_episodes(files)
    people = len(files.county.world.people)
    recent = (found.placement >= 0) & (found.start > since(files, 12))
    counts = [
        np.bincount(found.child[recent & (found.unauthorised == away)], minlength=people)
        for away in (False, True)
    ]
    return counts[0][last.child].astype(np.int32), counts[1][last.child].astype(np.int32)


def _worker_of(files: CaseFiles, care: Index) -> Index:
    referral = files.care.care_periods.referral[care]
    return np.append(files.care.referrals.worker, -1)[referral].astype(np.int32)


def _leavers(files: CaseFiles) -> list[Column]:
    found = leavers(files)
    settings = files.settings
    touch = weighted(settings.leaver_in_touch, draws_for(files, "leaver_touch", found.child))
    home = weighted(settings.leaver_accommodation, draws_for(files, "leaver_home", found.child))
    activity = weighted(settings.leaver_activity, draws_for(files, "leaver_activity", found.child))
    gone = found.left != NEVER
    touching = np.asarray(pc.equal(touch, "YES")) & gone
    suitable = pc.equal(pc.utf8_slice_codeunits(home, 1, 2), "1")
    group = np.where(found.age >= 18, 1, np.where(gone, 0, 2))
    kinds = ("a) Relevant child", "b) Former relevant child", "d) Eligible child")
    columns = child(files, found.child)
    alone = files.care.care_periods.unaccompanied[found.period]
    name = "Unaccompanied Asylum Seeking Child (UASC), or formerly UASC if 18 or over (Y/N)"
    return [
        *columns[:5],
        (name, flags(alone, YES, NO)),
        columns[5],
        *worker(files, _worker_of(files, found.period)),
        blank("Allocated Personal Advisor", found.child),
        ("Eligibility Category", coded(group, kinds)),
        blank("Latest Pathway Plan Review Date", found.child),
        ("LA in Touch", only_where(flags(touching, YES, NO), gone)),
        ("Latest Date of Contact", only_where(days(last_contact(files, found)), touching)),
        ("Type of Accommodation", only_where(home, touching)),
        ("Suitability of Accommodation",
         only_where(pc.if_else(suitable, "a) Suitable", "b) Unsuitable"), touching)),
        ("Activity Status", only_where(activity, touching)),
    ]  # fmt: skip


def _adoptions(files: CaseFiles, episodes: Episodes) -> list[Column]:
    found = adoptions(files, episodes)
    end = files.care.care_periods.end[found.care]
    at = np.flatnonzero(end > since(files, 12))
    columns = child(files, found.child[at])
    return [
        columns[0],
        ("Family identifier", whole(files.care_periods.numbers[found.care[at]])),
        *columns[1:],
        ("Date the Child Entered Care", files.day(files.care.care_periods.start[found.care[at]])),
        ("Date of Decision that Child Should be Placed for Adoption", files.day(found.decided[at])),
        blank("Date of Placement Order", at),
        ("Date of Matching Child and Prospective Adopters", files.day(found.matched[at])),
        ("Date Placed for Adoption", files.day(found.placed[at])),
        ("Date of Adoption Order", days(found.ordered[at])),
        blank("Date of Decision that Child Should No Longer be Placed for Adoption", at),
        blank("Reason Why Child No Longer Placed for Adoption", at),
        blank(
            "Date the child was placed for fostering in FFA or concurrent planning placement", at
        ),
    ]
