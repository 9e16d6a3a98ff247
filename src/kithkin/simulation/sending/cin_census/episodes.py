"""What the census says of each case: the referral and all that followed it in the year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.calendar import NEVER
from kithkin.simulation.care import ABUSE_CATEGORIES, FACTORS, NEEDS
from kithkin.simulation.sending.case_files import CaseFiles
from kithkin.simulation.sending.case_files.cells import (
    SATURDAY,
    Numbers,
    Whole,
    coded,
    days,
    flags,
    only_where,
    weekday,
    working_day,
)
from kithkin.simulation.sending.case_files.codes import CLOSURES, SOURCE_CODES
from kithkin.simulation.sending.case_files.practice import protection_reviews
from kithkin.simulation.sending.case_files.years import PlantedFault, ReturnYear, plant
from kithkin.simulation.sending.cin_census.xml import Fragments, element, together
from kithkin.simulation.sending.ssd.work import latest_categories
from kithkin.simulation.world import Index

FILE = "cin_census"
OPEN, ASSESSED, PLANNED, ENQUIRED, NO_ACTION, PROTECTED, CLOSE = range(7)


@dataclass(frozen=True)
class Cases:
    """The census's referrals: positions, children and the children's numbers."""

    rows: Index
    child: Index
    number: Numbers


@dataclass(frozen=True)
class _View:
    files: CaseFiles
    year: ReturnYear
    number: Numbers
    """Shape (all referrals,): the child's number for referrals of the census; -1 for others."""

    def at(self, text: pa.Array, referral: Index, section: int, *more: Whole | int) -> Fragments:
        """Place fragments in a section of their referrals."""
        places = (*more, 0, 0, 0)[:3]
        own = self.files.referrals.numbers[referral]
        return Fragments.at(text, self.number[referral], own, section, *places)


def case_fragments(
    files: CaseFiles, year: ReturnYear, cases: Cases
) -> tuple[list[Fragments], list[PlantedFault]]:
    """Give the fragments of every case, and the rules that are broken on purpose."""
    number = np.full(len(files.care.referrals), -1, dtype=np.int64)
    number[cases.rows] = cases.number
    view = _View(files, year, number)
    assessments, without_factors = _assessments(view)
    enquiries, weekends = _enquiries(view)
    return (
        [*_referrals(view, cases), assessments, _need_plans(view), enquiries, *_protection(view)],
        [
            PlantedFault(FILE, "8897Q", without_factors, "planted"),
            PlantedFault(FILE, "8870Q", weekends, "planted"),
        ],
    )


def _referrals(view: _View, cases: Cases) -> list[Fragments]:
    table, rows = view.files.care.referrals, cases.rows
    further = ~table.no_further_action[rows]
    closed = further & (table.closed[rows] <= view.year.ends)
    reason = coded(table.reason_closed[rows], CLOSURES)
    text = together(
        "<CINdetails>",
        element("CINreferralDate", days(table.day[rows])),
        element("ReferralSource", coded(table.source[rows], SOURCE_CODES)),
        element("PrimaryNeedCode", only_where(coded(table.need[rows], NEEDS), further)),
        element("CINclosureDate", only_where(days(table.closed[rows]), closed)),
        element("ReasonForClosure", only_where(reason, closed)),
    )
    nfa = element("ReferralNFA", flags(~further, "1", "0"))
    closing = pa.repeat(pa.scalar("</CINdetails>"), len(rows))
    return [
        view.at(text, rows, OPEN), view.at(nfa, rows, NO_ACTION), view.at(closing, rows, CLOSE)
    ]  # fmt: skip


def _assessments(view: _View) -> tuple[Fragments, int]:
    table, kept = view.files.care.assessments, view.files.assessments
    ended = table.end <= view.year.ends
    wanted = (view.number[table.referral] >= 0) & (~ended | (table.end >= view.year.starts))
    rows = kept.rows[wanted[kept.rows]]
    without = plant(view.files, FILE, "8897Q", ended[rows] & (table.factors[rows] != 0))
    shown = ended[rows] & ~without & (table.factors[rows] != 0)
    factors = element(
        "FactorsIdentifiedAtAssessment", only_where(_factors(table.factors[rows]), shown)
    )
    text = together(
        "<Assessments>",
        element("AssessmentActualStartDate", days(table.start[rows])),
        element("AssessmentAuthorisationDate", days(table.end[rows], view.year.ends)),
        factors,
        "</Assessments>",
    )
    none = int(np.count_nonzero(ended[rows] & (table.factors[rows] == 0)))
    placed = view.at(text, table.referral[rows], ASSESSED, kept.numbers[rows])
    return placed, int(without.sum()) + none


def _factors(bits: Numbers) -> pa.Array:
    found, at = np.unique(bits, return_inverse=True)
    written = [
        "".join(
            f"<AssessmentFactors>{code}</AssessmentFactors>"
            for place, code in enumerate(FACTORS)
            if int(each) >> place & 1
        )
        for each in found
    ]
    return pa.array(written, type=pa.string()).take(pa.array(at))


def _need_plans(view: _View) -> Fragments:
    table = view.files.care.plans
    rows = _plans_of_year(view, protection=False)
    text = together(
        "<CINPlanDates>",
        element("CINPlanStartDate", days(table.start[rows])),
        element("CINPlanEndDate", days(table.end[rows], view.year.ends)),
        "</CINPlanDates>",
    )
    numbers = view.files.plans.numbers[rows]
    return view.at(text, table.referral[rows], PLANNED, numbers)


def _plans_of_year(view: _View, *, protection: bool) -> Index:
    table, kept = view.files.care.plans, view.files.plans
    wanted = (view.number[table.referral] >= 0) & (table.end >= view.year.starts)
    wanted &= table.protection == protection
    return kept.rows[wanted[kept.rows]]


def _enquiries(view: _View) -> tuple[Fragments, int]:
    """Give enquiries that began in the year, or whose conference was held in it."""
    table, kept = view.files.care.enquiries, view.files.enquiries
    held = table.conference <= view.year.ends
    recent = view.year.holds(table.start) & ~held
    wanted = (view.number[table.referral] >= 0) & (recent | view.year.holds(table.conference))
    rows = kept.rows[wanted[kept.rows]]
    unneeded = (table.conference[rows] == NEVER) & (table.end[rows] <= view.year.ends)
    target = working_day(table.start[rows] + np.int32(view.files.settings.conference_target))
    wrong = plant(view.files, FILE, "8870Q", ~unneeded)
    target = np.where(wrong, target - weekday(target) + SATURDAY, target).astype(np.int32)
    text = together(
        "<Section47>",
        element("S47ActualStartDate", days(table.start[rows])),
        element("InitialCPCtarget", only_where(days(target), ~unneeded)),
        element("DateOfInitialCPC", days(table.conference[rows], view.year.ends)),
        element("ICPCnotRequired", flags(unneeded, "1", "0")),
        "</Section47>",
    )
    placed = view.at(text, table.referral[rows], ENQUIRED, kept.numbers[rows])
    return placed, int(wrong.sum())


def _protection(view: _View) -> list[Fragments]:
    """Give protection plans, each with the reviews of the year inside it."""
    table, rows = view.files.care.plans, _plans_of_year(view, protection=True)
    reviews = protection_reviews(view.files)
    of_plan = np.zeros(len(table), dtype=bool)
    of_plan[rows] = True
    reviews = reviews.only(of_plan[reviews.of] & (reviews.day >= view.year.starts))
    reviewed = np.isin(rows, reviews.of)
    text = together(
        "<ChildProtectionPlans>",
        element("CPPstartDate", days(table.start[rows])),
        element("CPPendDate", days(table.end[rows], view.year.ends)),
        element("InitialCategoryOfAbuse", coded(table.category[rows], ABUSE_CATEGORIES)),
        element(
            "LatestCategoryOfAbuse", coded(latest_categories(view.files, rows), ABUSE_CATEGORIES)
        ),
        element("NumberOfPreviousCPP", pa.array(table.previous[rows].astype(np.int64))),
        pc.if_else(pa.array(reviewed), "<Reviews>", ""),
    )
    closing = pc.if_else(
        pa.array(reviewed), "</Reviews></ChildProtectionPlans>", "</ChildProtectionPlans>"
    )
    inside = element("CPPreviewDate", days(reviews.day))
    numbers = view.files.plans.numbers
    return [
        view.at(text, table.referral[rows], PROTECTED, numbers[rows], 0),
        view.at(inside, table.referral[reviews.of], PROTECTED, numbers[reviews.of], 1, reviews.day),
        view.at(closing, table.referral[rows], PROTECTED, numbers[rows], 2),
    ]
