"""What a census file says of each child, as canonical rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from kithkin.feeds.cin_census.nodes import Node
from kithkin.feeds.cin_census.rules import Census, is_true
from kithkin.feeds.returns import Entry, Once, code_of, put_pupil_numbers

CARE = "social_care"
ADOPTED, TO_EARLY_HELP = "RC1", "RC9"


class Putter:
    """Puts rows; a child who appears in two files, or twice in one, is put once.

    What two years' files both state is taken from the first that is read.
    """

    def __init__(self) -> None:
        self._once = Once()
        self._known: set[str] = set()

    def put(self, node: Node, record_id: str, census: Census) -> None:
        """Put what one row says of the child `record_id`."""
        if node.tag == "Child":
            self._person(node, record_id)
            self._disabilities(node, record_id, census)
        else:
            PUT[node.tag](self._once, node, record_id, census)
        self._pre_proceedings(node, record_id)

    def _person(self, node: Node, record_id: str) -> None:
        if record_id in self._known:
            return
        self._known.add(record_id)
        entry = node.entry
        born, expected = entry.day("PersonBirthDate"), entry.day("ExpectedPersonBirthDate")
        sex = code_of("sex", entry.text("Sex") or entry.text("GenderCurrent"))
        ethnicity = code_of("ethnicity_20", entry.text("Ethnicity"))
        entry.sink.person(
            entry.row,
            record_id,
            date_of_birth=born,
            expected_date_of_birth=expected,
            date_of_death=entry.day("PersonDeathDate"),
            sex=sex.code if sex and sex.code in "MF" else None,
            ethnicity=ethnicity.code if ethnicity else None,
            ethnicity_raw=entry.text("Ethnicity"),
            unborn=born is None and expected is not None,
            seal="S2" if _was_adopted(node) else "S0",
        )
        # A wrong check letter is reported by rule 1510.
        put_pupil_numbers(entry, record_id, [("UPN", "upn"), ("FormerUPN", "former_upn")], None)

    def _disabilities(self, node: Node, record_id: str, census: Census) -> None:
        """Put each disability on the reference date, the day for which it is stated."""
        day = min(census.ends, node.entry.sink.delivery.extracted_on)
        for value in dict.fromkeys(node.lists.get("Disability", [])):
            code = code_of("disability", value)
            if code and code.code != "NONE":
                self._once.event(node.entry, f"{CARE}.disability.recorded", day, record_id,
                                 key=code.code, detail=code.code, shared=True)  # fmt: skip

    def _pre_proceedings(self, node: Node, record_id: str) -> None:
        """Put pre-proceedings, from the start or the letter before them to the way out."""
        entry = node.entry
        began = entry.day("PPStartDate") or entry.day("LBPSentDate")
        ended = entry.day("StepDecisionDate") or entry.day("CourtAppDate")
        self._once.event(entry, f"{CARE}.pre_proceedings.open", began, record_id,
                         ended_on=not_before(ended, began),
                         detail=entry.text("PPOutcome"))  # fmt: skip


def _was_adopted(node: Node) -> bool:
    closed = (each.entry.text("ReasonForClosure") for each in node.inside("CINdetails"))
    return ADOPTED in closed


def not_before(end: date | None, start: date | None) -> date | None:
    """Give an end, or None when it lies before its start: that end is reported and left out."""
    return end if end and start and end >= start else None


def _case(once: Once, node: Node, record_id: str, _: Census) -> None:
    entry, began = node.entry, node.entry.day("CINreferralDate")
    ended = not_before(entry.day("CINclosureDate"), began)
    source, reason = entry.text("ReferralSource"), entry.text("ReasonForClosure")
    once.event(entry, f"{CARE}.referral.received", began, record_id, detail=source)
    if is_true(entry.text("ReferralNFA")):
        # The referral opened no case, so it is over on the day it came whatever else is coded.
        once.event(entry, f"{CARE}.referral.no_further_action", began, record_id)
    else:
        once.event(entry, f"{CARE}.referral.open", began, record_id, ended_on=ended,
                   detail=entry.text("PrimaryNeedCode"))  # fmt: skip
    once.event(entry, f"{CARE}.case.closed", ended, record_id, detail=reason)
    if reason == TO_EARLY_HELP:
        once.event(entry, f"{CARE}.case.stepped_down", ended, record_id, detail=reason)
    once.event(entry, f"{CARE}.conference.initial", entry.day("DateOfInitialCPC"), record_id,
               shared=True)  # fmt: skip


def _assessment(once: Once, node: Node, record_id: str, _: Census) -> None:
    entry = node.entry
    began = entry.day("AssessmentActualStartDate")
    ended = entry.day("AssessmentAuthorisationDate")
    once.event(entry, f"{CARE}.assessment.started", began, record_id)
    once.event(entry, f"{CARE}.assessment.open", began, record_id,
               ended_on=not_before(ended, began))  # fmt: skip
    once.event(entry, f"{CARE}.assessment.completed", ended, record_id)
    for value in dict.fromkeys(node.lists.get("AssessmentFactors", [])):
        if code := code_of("assessment_factor", value):
            _factor(once, entry, code.code, ended or began, record_id)


def _factor(once: Once, entry: Entry, code: str, day: date | None, record_id: str) -> None:
    once.event(entry, f"{CARE}.assessment.factor.{code.lower()}", day, record_id, detail=code)


def _plan(once: Once, node: Node, record_id: str, _: Census) -> None:
    began = node.entry.day("CINPlanStartDate")
    once.event(node.entry, f"{CARE}.child_in_need_plan.open", began, record_id,
               ended_on=not_before(node.entry.day("CINPlanEndDate"), began))  # fmt: skip


def _enquiry(once: Once, node: Node, record_id: str, _: Census) -> None:
    """Put an enquiry; a conference is held only when its concerns were substantiated."""
    held = node.entry.day("DateOfInitialCPC")
    once.event(node.entry, f"{CARE}.section_47.started", node.entry.day("S47ActualStartDate"),
               record_id)  # fmt: skip
    once.event(node.entry, f"{CARE}.section_47.substantiated", held, record_id)
    once.event(node.entry, f"{CARE}.conference.initial", held, record_id, shared=True)


def _protection_plan(once: Once, node: Node, record_id: str, census: Census) -> None:
    entry, began = node.entry, node.entry.day("CPPstartDate")
    ended = not_before(entry.day("CPPendDate"), began)
    count = entry.text("NumberOfPreviousCPP")
    before = float(count) if count and count.isdecimal() else None
    once.event(entry, f"{CARE}.child_protection_plan.open", began, record_id, ended_on=ended,
               value=before)  # fmt: skip
    if before:
        once.event(entry, f"{CARE}.child_protection_plan.repeat_start", began, record_id)
    _category(once, entry, "InitialCategoryOfAbuse", began, record_id)
    if entry.text("LatestCategoryOfAbuse") != entry.text("InitialCategoryOfAbuse"):
        # Nobody says when the category changed: it had by the end, or by the reference date.
        _category(once, entry, "LatestCategoryOfAbuse", ended or census.ends, record_id)
    for day in node.reviews:
        once.event(entry, f"{CARE}.child_protection_plan.review", day, record_id)


def _category(once: Once, entry: Entry, column: str, day: date | None, record_id: str) -> None:
    code = code_of("abuse_category", entry.text(column))
    if code and code.group:
        kind = f"{CARE}.child_protection_plan.category.{code.group}"
        once.event(entry, kind, day, record_id, detail=code.code)


PUT: dict[str, Callable[[Once, Node, str, Census], None]] = {
    "CINdetails": _case,
    "Assessments": _assessment,
    "CINPlanDates": _plan,
    "Section47": _enquiry,
    "ChildProtectionPlans": _protection_plan,
}
