"""The rules by which a census file is judged, as data: id, row, column, and what breaks it.

Numbered rules are the sector's own (DfE validation rules for the children in need census, as
the community validator csc-validator-be-cin states them); K- rules are Kithkin's.
`docs/validation.md` compares the counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from kithkin.feeds.cin_census.layout import SEX_SINCE
from kithkin.feeds.cin_census.nodes import Node
from kithkin.feeds.parsing import TRUE_WORDS
from kithkin.feeds.returns import code_of
from kithkin.model import dates
from kithkin.model.codes import code_set
from kithkin.model.identifiers import check_upn


@dataclass(frozen=True)
class Census:
    """The year that a file reports on: its last day, and the day after the one before."""

    year: int
    ends: date

    @property
    def starts(self) -> date:
        """Give the first day of the census year."""
        return dates.add_days(dates.add_months(self.ends, -12), 1)

    def holds(self, day: date) -> bool:
        """Say if a day lies in the census year."""
        return self.starts <= day <= self.ends


Test = Callable[[Node, Census], bool]  # is the rule broken?


@dataclass(frozen=True)
class NodeRule:
    """A rule that one row, with the rows round and inside it, can break."""

    rule: str
    tag: str
    column: str
    broken: Test


# --- what can be wrong ------------------------------------------------------------------------


def after(column: str, other: str) -> Test:
    """Break when the date in `column` is later than the one in `other`."""
    return lambda node, _: _later(node.entry.day(column), node.day(other))


def before(column: str, other: str) -> Test:
    """Break when the date in `column` is earlier than the one in `other`."""
    return lambda node, _: _later(node.day(other), node.entry.day(column))


def _later(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and day > other


def outside_year(column: str) -> Test:
    """Break when the date in `column` lies outside the census year."""
    return lambda node, census: not all(map(census.holds, filter(None, [node.entry.day(column)])))


def past_year(column: str) -> Test:
    """Break when the date in `column` lies after the census year."""
    return lambda node, census: _later(node.entry.day(column), census.ends)


def no_code_of(column: str, name: str, *, blank: bool = True) -> Test:
    """Break when the cell is no code of the named set; `blank` says if it may be blank."""
    codes = frozenset(code.code for code in code_set(name).codes)
    return lambda node, _: (
        not blank if node.entry.text(column) is None else node.entry.text(column) not in codes
    )


def only_one(column: str, other: str) -> Test:
    """Break when `column` has a value and `other` has none."""
    return lambda node, _: bool(node.entry.text(column)) and node.entry.text(other) is None


def weekend(column: str) -> Test:
    """Break when the date in `column` is a Saturday or a Sunday."""
    return lambda node, _: (day := node.entry.day(column)) is not None and day.weekday() >= 5


def is_true(value: str | None) -> bool:
    """Say if a flag is set, as 1 or as true."""
    return value is not None and value.lower() in TRUE_WORDS


def _nfa(node: Node) -> bool:
    return is_true(node.text("ReferralNFA"))


def _upn(node: Node) -> str | None:
    value = node.entry.text("UPN")
    return value if value is not None and len(value) == 13 else None


def _wrong_letter(node: Node, _: Census) -> bool:
    value = _upn(node)
    return value is not None and value[1:].isdigit() and check_upn(value) == "failed"


def _wrong_end(node: Node, _: Census) -> bool:
    value = _upn(node)
    return value is not None and re.fullmatch(r"[A-HJ-NP-RT-Z0-9]", value[12]) is None


def _wrong_middle(node: Node, _: Census) -> bool:
    value = node.entry.text("UPN")
    return value is not None and not value[4:12].isdigit()


def _wrong_former(node: Node, _: Census) -> bool:
    value = node.entry.text("FormerUPN")
    return value is not None and re.fullmatch(r"[A-Za-z]\d{12}", value) is None


def _no_single_birth(node: Node, _: Census) -> bool:
    births = [node.entry.text(c) for c in ("PersonBirthDate", "ExpectedPersonBirthDate")]
    return births.count(None) != 1


def _sex_not_valid(node: Node, census: Census) -> bool:
    if census.year >= SEX_SINCE:
        return node.entry.text("Sex") not in ("M", "F", "U")
    return node.entry.text("GenderCurrent") not in ("0", "1", "2", "9")


def _unborn_with_sex(node: Node, census: Census) -> bool:
    column, value = ("Sex", "U") if census.year >= SEX_SINCE else ("GenderCurrent", "0")
    unborn = node.entry.text("PersonBirthDate") is None
    expected = node.entry.text("ExpectedPersonBirthDate") is not None
    return unborn and expected and node.entry.text(column) != value


def _disability_not_valid(node: Node, _: Census) -> bool:
    codes = {code.code for code in code_set("disability").codes}
    referred = any(not _nfa(each) for each in node.inside("CINdetails"))
    stated = node.lists.get("Disability", [])
    missing = not stated and referred and node.entry.text("PersonBirthDate") is not None
    return missing or not codes.issuperset(stated)


def _none_and_others(node: Node, _: Census) -> bool:
    stated = {value.upper() for value in node.lists.get("Disability", [])}
    return "NONE" in stated and len(stated) > 1


def _repeats(name: str) -> Test:
    return lambda node, _: len(set(node.lists.get(name, []))) < len(node.lists.get(name, []))


def _dead_without_date(node: Node, _: Census) -> bool:
    return node.entry.text("ReasonForClosure") == "RC2" and node.day("PersonDeathDate") is None


def _closed_after_assessment(node: Node) -> bool:
    return node.entry.text("ReasonForClosure") in ("RC8", "RC9")


def _went_further(node: Node, _: Census) -> bool:
    further = any(each.tag != "Assessments" for each in node.children)
    return _closed_after_assessment(node) and bool(further or node.entry.text("DateOfInitialCPC"))


def _no_assessment(node: Node, _: Census) -> bool:
    return _closed_after_assessment(node) and not node.inside("Assessments")


def _active_though_nfa(node: Node, _: Census) -> bool:
    active = node.entry.text("DateOfInitialCPC") or [
        each for tag in ("Assessments", "Section47") for each in node.inside(tag)
    ]
    return _nfa(node) and bool(active)


def _source_not_valid(node: Node, _: Census) -> bool:
    # The list of sources is that of the census year 2013-14 and after.
    referred = node.entry.day("CINreferralDate")
    source = code_of("referral_source", node.entry.text("ReferralSource"))
    said = node.entry.text("ReferralSource")
    recent = referred is not None and referred >= date(2013, 4, 1)
    return recent and (source is None or source.code != said)


def _long_before_birth(node: Node, _: Census) -> bool:
    born = node.day("PersonBirthDate") or node.day("ExpectedPersonBirthDate")
    referred = node.entry.day("CINreferralDate")
    return born is not None and referred is not None and referred < dates.add_days(born, -280)


def _no_need(node: Node, _: Census) -> bool:
    return not _nfa(node) and node.entry.text("PrimaryNeedCode") is None


def _flag_not_valid(column: str) -> Test:
    words = ("0", "1", "true", "false")
    return lambda node, _: (node.entry.text(column) or "").lower() not in words


def _flag_in_words(column: str) -> Test:
    return lambda node, _: (node.entry.text(column) or "").lower() in ("true", "false")


def _factors_without_end(node: Node, _: Census) -> bool:
    return bool(_factors(node)) and node.entry.text("AssessmentAuthorisationDate") is None


def _ended_without_factors(node: Node, census: Census) -> bool:
    ended = node.entry.day("AssessmentAuthorisationDate")
    return ended is not None and ended >= census.starts and not _factors(node)


def _none_and_factors(node: Node, _: Census) -> bool:
    return "21" in _factors(node) and len(set(_factors(node))) > 1


def _factors(node: Node) -> list[str]:
    return node.lists.get("AssessmentFactors", [])


def _factor_not_valid(node: Node, _: Census) -> bool:
    return any(code_of("assessment_factor", factor) is None for factor in _factors(node))


def _open_in_closed(column: str) -> Test:
    return lambda node, _: (
        node.day("CINclosureDate") is not None and (node.entry.text(column) is None)
    )


def _enquiry_left_open(node: Node, _: Census) -> bool:
    held = node.entry.text("DateOfInitialCPC") is not None
    return node.day("CINclosureDate") is not None and held == is_true(
        node.entry.text("ICPCnotRequired")
    )


def _no_enquiry_start(node: Node, _: Census) -> bool:
    began, held = node.entry.day("S47ActualStartDate"), node.entry.day("DateOfInitialCPC")
    return _later(began, held) or (held is not None and began is None)


def _no_count(node: Node, _: Census) -> bool:
    count = node.entry.text("NumberOfPreviousCPP")
    return count is None or not count.isdecimal()


def _reviewed_too_soon(node: Node, _: Census) -> bool:
    began = node.entry.day("CPPstartDate")
    return began is not None and any(day <= began for day in node.reviews)


def _same_day(node: Node, _: Census) -> bool:
    began = node.entry.day("CPPstartDate")
    return began is not None and began == node.entry.day("CPPendDate")


def _has(column: str, value: str) -> Test:
    return lambda node, _: (
        value in _factors(node)
        if column == "AssessmentFactors"
        else (node.entry.text(column) == value)
    )


def _closed_before(column: str) -> Test:
    return lambda node, _: _later(node.entry.day(column), node.day("CINclosureDate"))


NODE_RULES: tuple[NodeRule, ...] = (
    # who the child is
    NodeRule("1510", "Child", "UPN", _wrong_letter),
    NodeRule("1540", "Child", "UPN", _wrong_middle),
    NodeRule("1550", "Child", "UPN", _wrong_end),
    NodeRule("1560Q", "Child", "FormerUPN", _wrong_former),
    NodeRule("4180", "Child", "GenderCurrent", _sex_not_valid),
    NodeRule("4220", "Child", "Ethnicity", no_code_of("Ethnicity", "ethnicity_20", blank=False)),
    NodeRule("8520", "Child", "PersonBirthDate", past_year("PersonBirthDate")),
    NodeRule("8525Q", "Child", "PersonBirthDate", _no_single_birth),
    NodeRule("8535Q", "Child", "PersonDeathDate", before("PersonDeathDate", "PersonBirthDate")),
    NodeRule("8540", "Child", "Disability", _disability_not_valid),
    NodeRule("8545Q", "Child", "PersonDeathDate", outside_year("PersonDeathDate")),
    NodeRule("8590", "Child", "LAchildID", lambda node, _: not node.inside("CINdetails")),
    NodeRule("8750", "Child", "GenderCurrent", _unborn_with_sex),
    NodeRule("8790", "Child", "Disability", _none_and_others),
    NodeRule("8794", "Child", "Disability", _repeats("Disability")),
    # referrals
    NodeRule("2990", "CINdetails", "DateOfInitialCPC", _went_further),
    NodeRule("4000", "CINdetails", "ReferralNFA",
             lambda node, _: _nfa(node) and bool(node.inside("CINPlanDates"))),
    NodeRule("8555Q", "CINdetails", "CINreferralDate",
             after("CINreferralDate", "PersonDeathDate")),
    NodeRule("8565", "CINdetails", "DateOfInitialCPC", _closed_before("DateOfInitialCPC")),
    NodeRule("8568", "CINdetails", "ReferralNFA", _flag_not_valid("ReferralNFA")),
    NodeRule("8585Q", "CINdetails", "ReasonForClosure", _dead_without_date),
    NodeRule("8600", "CINdetails", "CINreferralDate", past_year("CINreferralDate")),
    NodeRule("8606", "CINdetails", "CINreferralDate", _long_before_birth),
    NodeRule("8610", "CINdetails", "PrimaryNeedCode", _no_need),
    NodeRule("8620", "CINdetails", "CINclosureDate", outside_year("CINclosureDate")),
    NodeRule("8630", "CINdetails", "CINclosureDate", before("CINclosureDate", "CINreferralDate")),
    NodeRule("8640", "CINdetails", "ReasonForClosure",
             no_code_of("ReasonForClosure", "closure_reason")),
    NodeRule("8650", "CINdetails", "PrimaryNeedCode",
             no_code_of("PrimaryNeedCode", "primary_need")),
    NodeRule("8805", "CINdetails", "ReasonForClosure",
             only_one("CINclosureDate", "ReasonForClosure")),
    NodeRule("8810", "CINdetails", "CINclosureDate",
             only_one("ReasonForClosure", "CINclosureDate")),
    NodeRule("8825Q", "CINdetails", "ReasonForClosure", _no_assessment),
    NodeRule("8831", "CINdetails", "DateOfInitialCPC", _active_though_nfa),
    NodeRule("8832", "CINdetails", "ReferralNFA",
             lambda node, _: _nfa(node) and bool(node.inside("ChildProtectionPlans"))),
    NodeRule("8866", "CINdetails", "ReferralSource", _source_not_valid),
    NodeRule("K-CIN-FLAG", "CINdetails", "ReferralNFA", _flag_in_words("ReferralNFA")),
    # assessments
    NodeRule("1103", "Assessments", "AssessmentActualStartDate",
             before("AssessmentActualStartDate", "CINreferralDate")),
    NodeRule("8565", "Assessments", "AssessmentActualStartDate",
             _closed_before("AssessmentActualStartDate")),
    NodeRule("8565", "Assessments", "AssessmentAuthorisationDate",
             _closed_before("AssessmentAuthorisationDate")),
    NodeRule("8608", "Assessments", "AssessmentAuthorisationDate",
             before("AssessmentAuthorisationDate", "AssessmentActualStartDate")),
    NodeRule("8614", "Assessments", "AssessmentFactors", _factors_without_end),
    NodeRule("8696", "Assessments", "AssessmentAuthorisationDate",
             outside_year("AssessmentAuthorisationDate")),
    NodeRule("8867", "Assessments", "AssessmentAuthorisationDate",
             _open_in_closed("AssessmentAuthorisationDate")),
    NodeRule("8869", "Assessments", "AssessmentFactors", _none_and_factors),
    NodeRule("8897Q", "Assessments", "AssessmentFactors", _ended_without_factors),
    NodeRule("8898", "Assessments", "AssessmentFactors", _repeats("AssessmentFactors")),
    NodeRule("8945Q", "Assessments", "AssessmentFactors", _has("AssessmentFactors", "18A")),
    NodeRule("8950Q", "Assessments", "AssessmentFactors", _has("AssessmentFactors", "19A")),
    NodeRule("K-CIN-FACTOR", "Assessments", "AssessmentFactors", _factor_not_valid),
    # plans for a child in need
    NodeRule("4008", "CINPlanDates", "CINPlanStartDate",
             after("CINPlanStartDate", "PersonDeathDate")),
    NodeRule("4011", "CINPlanDates", "CINPlanEndDate",
             before("CINPlanEndDate", "CINPlanStartDate")),
    NodeRule("4013", "CINPlanDates", "CINPlanEndDate", outside_year("CINPlanEndDate")),
    NodeRule("4015", "CINPlanDates", "CINPlanStartDate",
             before("CINPlanStartDate", "CINreferralDate")),
    # section 47 enquiries
    NodeRule("1104", "Section47", "DateOfInitialCPC",
             before("DateOfInitialCPC", "CINreferralDate")),
    NodeRule("2889", "Section47", "S47ActualStartDate",
             before("S47ActualStartDate", "CINreferralDate")),
    NodeRule("8615", "Section47", "S47ActualStartDate", _no_enquiry_start),
    NodeRule("8715", "Section47", "DateOfInitialCPC", outside_year("DateOfInitialCPC")),
    NodeRule("8868", "Section47", "ICPCnotRequired", _enquiry_left_open),
    NodeRule("8870Q", "Section47", "InitialCPCtarget", weekend("InitialCPCtarget")),
    NodeRule("8875", "Section47", "DateOfInitialCPC", weekend("DateOfInitialCPC")),
    NodeRule("K-CIN-FLAG", "Section47", "ICPCnotRequired", _flag_in_words("ICPCnotRequired")),
    # child protection plans
    NodeRule("1105", "ChildProtectionPlans", "CPPstartDate",
             before("CPPstartDate", "CINreferralDate")),
    NodeRule("8730", "ChildProtectionPlans", "NumberOfPreviousCPP", _no_count),
    NodeRule("8840", "ChildProtectionPlans", "CPPendDate", _same_day),
    NodeRule("8841", "ChildProtectionPlans", "CPPreviewDate", _reviewed_too_soon),
    NodeRule("8905", "ChildProtectionPlans", "InitialCategoryOfAbuse",
             no_code_of("InitialCategoryOfAbuse", "abuse_category", blank=False)),
    NodeRule("8910", "ChildProtectionPlans", "LatestCategoryOfAbuse",
             no_code_of("LatestCategoryOfAbuse", "abuse_category", blank=False)),
    NodeRule("8915", "ChildProtectionPlans", "CPPstartDate",
             after("CPPstartDate", "PersonDeathDate")),
    NodeRule("8920", "ChildProtectionPlans", "CPPendDate", after("CPPendDate", "PersonDeathDate")),
    NodeRule("8925", "ChildProtectionPlans", "CPPendDate", before("CPPendDate", "CPPstartDate")),
    NodeRule("8930", "ChildProtectionPlans", "CPPendDate", outside_year("CPPendDate")),
)  # fmt: skip

RULES: dict[str, str] = {
    "100": "The reference date is not 31 March of the census year",
    "1103": "The assessment starts before the referral",
    "1104": "The initial child protection conference comes before the referral",
    "1105": "The child protection plan starts before the referral",
    "1510": "The check letter of the unique pupil number is wrong",
    "1520": "Two records have the same unique pupil number",
    "1540": "Characters 5 to 12 of the unique pupil number are not all digits",
    "1550": "Character 13 of the unique pupil number is not valid",
    "1560Q": "The former unique pupil number has not its form",
    "2889": "The section 47 enquiry starts before the referral",
    "2990": "Activity is recorded on a case closed after assessment (RC8 or RC9)",
    "4000": "A plan is recorded on a referral with no further action",
    "4008": "The child in need plan starts after the child's death",
    "4011": "The child in need plan ends before it starts",
    "4013": "The child in need plan ends outside the census year",
    "4014": "Child in need plans overlap",
    "4015": "The child in need plan starts before the referral",
    "4180": "Sex or gender is missing or is no code of the census year",
    "4220": "Ethnicity is missing or not a valid code",
    "8500": "The child's id is missing",
    "8510": "Two child records have the same id",
    "8520": "The date of birth lies after the census year",
    "8525Q": "One of date of birth and expected date of birth must be given, not both",
    "8535Q": "The date of death lies before the date of birth",
    "8540": "Disability is missing or not a valid code",
    "8545Q": "The date of death lies outside the census year",
    "8555Q": "The child is referred after their death",
    "8565": "Activity is recorded after the case was closed",
    "8568": "The flag for no further action is missing or not valid",
    "8585Q": "The case closed because the child died, but there is no date of death",
    "8590": "The child has no episode",
    "8600": "The referral date is missing or lies after the census year",
    "8606": "The referral lies more than 40 weeks before birth",
    "8608": "The assessment starts after its end",
    "8610": "The primary need is missing",
    "8614": "Factors are recorded on an assessment that is not completed",
    "8615": "The section 47 enquiry has no start, or one after its conference",
    "8620": "The closure lies outside the census year",
    "8630": "The closure lies before the referral",
    "8640": "The reason for closure is not a valid code",
    "8650": "The primary need is not a valid code",
    "8696": "The assessment ends outside the census year",
    "8715": "The initial child protection conference lies outside the census year",
    "8730": "The number of previous child protection plans is missing",
    "8750": "An unborn child has a sex",
    "8790": "Disabilities include both none and another",
    "8794": "A disability is given twice",
    "8805": "A closed case has no reason for closure",
    "8810": "A reason for closure is given for a case that is not closed",
    "8820": "The child's episodes overlap",
    "8825Q": "The case closed after assessment, and there is no assessment",
    "8831": "Activity is recorded on a referral with no further action",
    "8832": "A child protection plan is recorded on a referral with no further action",
    "8840": "The child protection plan starts and ends on one day",
    "8841": "A review lies on or before the start of the plan",
    "8842Q": "A review has no date",
    "8866": "The source of referral is missing or not a valid code",
    "8867": "The episode is closed, but an assessment is not completed",
    "8868": "The episode is closed, but a section 47 enquiry is not",
    "8869": "Factor 21 (none) stands beside other factors",
    "8870Q": "The target for the initial conference is on a weekend",
    "8875": "The initial child protection conference is on a weekend",
    "8897Q": "A completed assessment has no factors",
    "8898": "A factor is given twice",
    "8905": "The initial category of abuse is missing or not a valid code",
    "8910": "The latest category of abuse is missing or not a valid code",
    "8915": "The child protection plan starts after the child's death",
    "8920": "The child protection plan ends after the child's death",
    "8925": "The child protection plan ends before it starts",
    "8930": "The child protection plan ends outside the census year",
    "8940": "Child protection plans overlap",
    "8945Q": "Factor 18A gave way to 18B and 18C",
    "8950Q": "Factor 19A gave way to 19B and 19C",
    "K-CIN-DATE": "A date is not a valid date",
    "K-CIN-FACTOR": "A factor is no code of the census; the assessment is loaded without it",
    "K-CIN-FLAG": "A flag is written in words where the schema wants 0 or 1",
    "K-CIN-HEADER": "The file has no header with a year and a reference date",
    "K-CIN-ORPHAN": "A row stands inside a child that has no id",
    "K-CIN-REPEATED": "An element that may stand once is given twice",
    "K-CIN-START": "A row lacks the date on which it began",
    "K-CIN-STRAY": "Text stands outside any element",
    "K-CIN-UNKNOWN": "An element is no part of the layout",
}

# From the census year, not from the file's layout.
SINCE: dict[str, int] = {"8945Q": SEX_SINCE, "8950Q": SEX_SINCE}
NOTES = frozenset(["K-CIN-FLAG"])
