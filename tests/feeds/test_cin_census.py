"""The children in need census: what a few hand-written children become, in every layout."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.feeds.kit import Landed, read
from tests.shared_data import shared_data

from kithkin.feeds.cin_census import RULES, read_cin_census
from kithkin.feeds.delivery import FeedError

HEADER = (
    "<Header><CollectionDetails><Collection>CIN</Collection><Year>{year}</Year>"
    "<ReferenceDate>{ends}</ReferenceDate></CollectionDetails></Header>"
)
CHILD = """<Child>
<ChildIdentifiers><LAchildID>{id}</LAchildID>{who}</ChildIdentifiers>
<ChildCharacteristics><Ethnicity>WBRI</Ethnicity>
<Disabilities><Disability>{disability}</Disability></Disabilities></ChildCharacteristics>
{cases}
</Child>"""
CASE = """<CINdetails>
<CINreferralDate>2023-05-01</CINreferralDate><ReferralSource>6</ReferralSource>
<PrimaryNeedCode>N1</PrimaryNeedCode>{more}
</CINdetails>"""
BORN = "<PersonBirthDate>2015-02-03</PersonBirthDate><GenderCurrent>2</GenderCurrent>"
NOT_NFA = "<ReferralNFA>0</ReferralNFA>"


def child(*cases: str, la_id: str = "A1", who: str = BORN, disability: str = "NONE") -> str:
    return CHILD.format(id=la_id, who=who, disability=disability, cases="\n".join(cases))


def case(more: str = NOT_NFA) -> str:
    return CASE.format(more=more)


def message(*children: str, year: int = 2024) -> str:
    header = HEADER.format(year=year, ends=date(year, 3, 31))
    return f"<Message>{header}<Children>{''.join(children)}</Children></Message>"


def census(tmp_path: Path, *children: str, year: int = 2024, **delivery: Any) -> Landed:
    usual: dict[str, Any] = {"extracted_on": date(2026, 7, 1)}
    files = {"cin.xml": message(*children, year=year)}
    return read(read_cin_census, files, tmp_path, **(usual | delivery))


def spans(landed: Landed, kind: str) -> list[tuple[date, date | None]]:
    found = [e for e in landed.tables["event"] if e["kind"] == f"social_care.{kind}"]
    return [(event["occurred_on"], event["ended_on"]) for event in found]


def found(landed: Landed, rule: str) -> list[tuple[int, str]]:
    return [(f["row"], f["column"]) for f in landed.findings if f["rule"] == rule]


def test_each_part_of_a_case_is_a_row_of_the_account_at_its_line(tmp_path: Path) -> None:
    landed = census(tmp_path, child(case(
        NOT_NFA + "\n<Assessments><AssessmentActualStartDate>2023-05-02</AssessmentActualStartDate>"
        "</Assessments>\n<Section47><S47ActualStartDate>2023-05-03</S47ActualStartDate></Section47>"
    )))  # fmt: skip
    assert landed.accounts[0]["rows_in"] == 4
    rows = {
        event["kind"].removeprefix("social_care."): event["row"] for event in landed.tables["event"]
    }
    assert rows["referral.received"] == 5
    assert rows["assessment.started"] == 8
    assert rows["section_47.started"] == 9


def test_a_file_without_line_breaks_still_has_a_row_for_each_part(tmp_path: Path) -> None:
    text = message(child(case()), child(case(), la_id="A2")).replace("\n", "")
    landed = read(read_cin_census, {"cin.xml": text}, tmp_path)
    assert (landed.accounts[0]["rows_in"], landed.accounts[0]["loaded"]) == (4, 4)
    assert sorted(p["row"] for p in landed.tables["person_record"]) == [1, 3]


@pytest.mark.parametrize(
    ("year", "element", "sex"),
    [
        (2021, "<GenderCurrent>1</GenderCurrent>", "M"),
        (2024, "<GenderCurrent>2</GenderCurrent>", "F"),
        (2024, "<GenderCurrent>0</GenderCurrent>", None),
        (2024, "<GenderCurrent>9</GenderCurrent>", None),
        (2025, "<Sex>F</Sex>", "F"),
        (2026, "<Sex>U</Sex>", None),
    ],
)
def test_sex_is_read_in_the_codes_of_every_year(
    tmp_path: Path, year: int, element: str, sex: str | None
) -> None:
    who = "<PersonBirthDate>2015-02-03</PersonBirthDate>" + element
    landed = census(tmp_path, child(case(), who=who), year=year)
    assert landed.tables["person_record"][0]["sex"] == sex
    assert found(landed, "4180") == []


def test_a_sex_in_the_codes_of_gender_is_understood_and_reported(tmp_path: Path) -> None:
    who = "<PersonBirthDate>2015-02-03</PersonBirthDate><Sex>1</Sex>"
    landed = census(tmp_path, child(case(), who=who), year=2026)
    assert landed.tables["person_record"][0]["sex"] == "M"
    assert found(landed, "4180") == [(1, "Sex")]


def test_an_unborn_child_has_an_expected_date_and_no_other(tmp_path: Path) -> None:
    who = "<ExpectedPersonBirthDate>2023-12-01</ExpectedPersonBirthDate><GenderCurrent>0</GenderCurrent>"
    landed = census(tmp_path, child(case(), who=who))
    (unborn,) = landed.tables["person_record"]
    assert (unborn["unborn"], unborn["date_of_birth"]) == (True, None)
    assert unborn["expected_date_of_birth"] == date(2023, 12, 1)
    assert landed.findings == []


def test_a_child_who_died_without_a_date_is_reported_and_given_none(tmp_path: Path) -> None:
    closed = "<CINclosureDate>2023-09-01</CINclosureDate><ReasonForClosure>RC2</ReasonForClosure>"
    landed = census(tmp_path, child(case(closed + NOT_NFA)))
    assert landed.tables["person_record"][0]["date_of_death"] is None
    assert found(landed, "8585Q") == [(5, "ReasonForClosure")]


def test_a_date_of_death_is_kept(tmp_path: Path) -> None:
    who = BORN + "<PersonDeathDate>2023-09-01</PersonDeathDate>"
    landed = census(tmp_path, child(case(), who=who))
    assert landed.tables["person_record"][0]["date_of_death"] == date(2023, 9, 1)


def test_a_case_is_open_from_referral_to_closure(tmp_path: Path) -> None:
    closed = "<CINclosureDate>2023-09-01</CINclosureDate><ReasonForClosure>RC9</ReasonForClosure>"
    landed = census(tmp_path, child(case(closed + NOT_NFA)))
    assert spans(landed, "referral.open") == [(date(2023, 5, 1), date(2023, 9, 1))]
    assert spans(landed, "case.closed") == [(date(2023, 9, 1), None)]
    assert spans(landed, "case.stepped_down") == [(date(2023, 9, 1), None)]


def test_a_referral_with_no_further_action_opens_no_case(tmp_path: Path) -> None:
    landed = census(tmp_path, child(case("<ReferralNFA>1</ReferralNFA>")))
    assert spans(landed, "referral.no_further_action") == [(date(2023, 5, 1), None)]
    assert spans(landed, "referral.open") == []


@pytest.mark.parametrize(("flag", "reported"), [("true", True), ("1", False)])
def test_true_is_one_and_is_reported_where_the_schema_wants_one(
    tmp_path: Path, flag: str, reported: bool
) -> None:
    landed = census(tmp_path, child(case(f"<ReferralNFA>{flag}</ReferralNFA>")))
    assert len(spans(landed, "referral.no_further_action")) == 1
    assert found(landed, "K-CIN-FLAG") == ([(5, "ReferralNFA")] if reported else [])


def assessment(start: str | None, end: str | None, *factors: str) -> str:
    began = f"<AssessmentActualStartDate>{start}</AssessmentActualStartDate>" if start else ""
    ended = f"<AssessmentAuthorisationDate>{end}</AssessmentAuthorisationDate>" if end else ""
    each = "".join(f"<AssessmentFactors>{factor}</AssessmentFactors>" for factor in factors)
    inside = f"<FactorsIdentifiedAtAssessment>{each}</FactorsIdentifiedAtAssessment>"
    return f"\n<Assessments>{began}{ended}{inside}</Assessments>"


def test_factors_are_events_on_the_day_the_assessment_was_authorised(tmp_path: Path) -> None:
    landed = census(
        tmp_path, child(case(NOT_NFA + assessment("2023-05-02", "2023-06-10", "3B", "18B")))
    )
    assert spans(landed, "assessment.factor.3b") == [(date(2023, 6, 10), None)]
    assert spans(landed, "assessment.factor.18b") == [(date(2023, 6, 10), None)]
    assert spans(landed, "assessment.open") == [(date(2023, 5, 2), date(2023, 6, 10))]


def test_factors_of_an_open_assessment_stand_on_its_start(tmp_path: Path) -> None:
    landed = census(tmp_path, child(case(NOT_NFA + assessment("2023-05-02", None, "16A"))))
    assert spans(landed, "assessment.factor.16a") == [(date(2023, 5, 2), None)]
    assert found(landed, "8614") == [(8, "AssessmentFactors")]


def test_an_impossible_factor_is_reported_and_the_others_load(tmp_path: Path) -> None:
    landed = census(
        tmp_path, child(case(NOT_NFA + assessment("2023-05-02", "2023-06-10", "1C", "RB")))
    )
    assert found(landed, "K-CIN-FACTOR") == [(8, "AssessmentFactors")]
    kinds = [e["kind"] for e in landed.tables["event"] if ".factor." in e["kind"]]
    assert kinds == ["social_care.assessment.factor.1c"]


def test_dates_out_of_order_load_with_their_rule_and_no_end(tmp_path: Path) -> None:
    landed = census(tmp_path, child(case(NOT_NFA + assessment("2023-06-10", "2023-05-02"))))
    assert found(landed, "8608") == [(8, "AssessmentAuthorisationDate")]
    assert spans(landed, "assessment.open") == [(date(2023, 6, 10), None)]


def test_a_conference_recorded_twice_is_held_once(tmp_path: Path) -> None:
    held = "<DateOfInitialCPC>2023-05-20</DateOfInitialCPC>"
    enquiry = f"<Section47><S47ActualStartDate>2023-05-03</S47ActualStartDate>{held}</Section47>"
    landed = census(tmp_path, child(case(held + NOT_NFA + enquiry)))
    assert spans(landed, "conference.initial") == [(date(2023, 5, 20), None)]
    assert spans(landed, "section_47.substantiated") == [(date(2023, 5, 20), None)]


def test_a_second_protection_plan_carries_its_count_category_and_reviews(tmp_path: Path) -> None:
    plan = (
        "<ChildProtectionPlans><CPPstartDate>2023-06-01</CPPstartDate>"
        "<CPPendDate>2024-01-10</CPPendDate><InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse>"
        "<LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse><NumberOfPreviousCPP>1</NumberOfPreviousCPP>"
        "<Reviews><CPPreviewDate>2023-08-20</CPPreviewDate></Reviews></ChildProtectionPlans>"
    )
    landed = census(tmp_path, child(case(NOT_NFA + plan)))
    values = {e["kind"]: e["value"] for e in landed.tables["event"]}
    kind = "child_protection_plan"
    assert spans(landed, f"{kind}.open") == [(date(2023, 6, 1), date(2024, 1, 10))]
    assert values[f"social_care.{kind}.open"] == 1.0
    assert spans(landed, f"{kind}.repeat_start") == [(date(2023, 6, 1), None)]
    assert spans(landed, f"{kind}.category.neglect") == [(date(2023, 6, 1), None)]
    assert spans(landed, f"{kind}.category.emotional") == [(date(2024, 1, 10), None)]
    assert spans(landed, f"{kind}.review") == [(date(2023, 8, 20), None)]


def test_pre_proceedings_of_2026_and_after_are_read(tmp_path: Path) -> None:
    group = (
        "<PreProceedingsandFGDM><LBPSentDate>2025-05-01</LBPSentDate>"
        "<PPStartDate>2025-05-10</PPStartDate><PPOutcome>1</PPOutcome>"
        "<StepDecisionDate>2025-09-01</StepDecisionDate></PreProceedingsandFGDM>"
    )
    landed = census(tmp_path, child(case(NOT_NFA + group)), year=2026)
    assert spans(landed, "pre_proceedings.open") == [(date(2025, 5, 10), date(2025, 9, 1))]
    assert "K-CIN-UNKNOWN" not in landed.rules()


def test_an_element_of_no_layout_is_noted_with_its_value(tmp_path: Path) -> None:
    landed = census(tmp_path, child(case(NOT_NFA + "<FamilyHelp>Y</FamilyHelp>")))
    (note,) = [f for f in landed.findings if f["rule"] == "K-CIN-UNKNOWN"]
    assert (note["column"], note["value"], note["severity"]) == ("FamilyHelp", "Y", "note")


def test_stray_text_is_noted_and_the_element_after_it_read(tmp_path: Path) -> None:
    landed = census(
        tmp_path, child(case(), who="<UPNunknown>UN3</UPNunknown>PersonBirthDate" + BORN)
    )
    (note,) = [f for f in landed.findings if f["rule"] == "K-CIN-STRAY"]
    assert note["value"] == "PersonBirthDate"
    assert landed.tables["person_record"][0]["date_of_birth"] == date(2015, 2, 3)


def test_a_case_without_a_referral_date_is_set_aside_and_its_parts_load(tmp_path: Path) -> None:
    undated = "<CINdetails>" + NOT_NFA + assessment("2023-05-02", None) + "</CINdetails>"
    landed = census(tmp_path, child(undated))
    assert [row["rule"] for row in landed.set_aside] == ["8600"]
    assert len(spans(landed, "assessment.started")) == 1


def test_a_child_without_an_id_is_set_aside_with_all_inside(tmp_path: Path) -> None:
    landed = census(tmp_path, child(case(), la_id=""))
    assert [row["rule"] for row in landed.set_aside] == ["8500", "K-CIN-ORPHAN"]
    assert landed.tables["event"] == []


def test_two_children_with_one_pupil_number_are_both_reported(tmp_path: Path) -> None:
    who = "<UPN>B801200005001</UPN>" + BORN
    landed = census(tmp_path, child(case(), who=who), child(case(), who=who, la_id="A2"))
    assert len(found(landed, "1520")) == 2
    assert [each["check"] for each in landed.tables["identifier"]] == ["passed", "passed"]


def test_disabilities_stand_on_the_reference_date(tmp_path: Path) -> None:
    landed = census(tmp_path, child(case(), disability="AUT"))
    assert spans(landed, "disability.recorded") == [(date(2024, 3, 31), None)]


def test_an_adopted_childs_earlier_identity_is_sealed(tmp_path: Path) -> None:
    closed = "<CINclosureDate>2023-09-01</CINclosureDate><ReasonForClosure>RC1</ReasonForClosure>"
    landed = census(tmp_path, child(case(closed + NOT_NFA)))
    assert landed.tables["person_record"][0]["seal"] == "S2"


def test_of_two_years_files_the_later_says_how_a_case_stands(tmp_path: Path) -> None:
    closed = "<CINclosureDate>2024-09-01</CINclosureDate><ReasonForClosure>RC7</ReasonForClosure>"
    files = {
        "a.xml": message(child(case()), year=2024),
        "b.xml": message(child(case(closed + NOT_NFA)), year=2025),
    }
    landed = read(read_cin_census, files, tmp_path, extracted_on=date(2025, 7, 1))
    assert spans(landed, "referral.open") == [(date(2023, 5, 1), date(2024, 9, 1))]
    assert len(landed.tables["person_record"]) == 1


def test_overlapping_cases_are_reported_and_both_load(tmp_path: Path) -> None:
    later = case().replace("2023-05-01", "2023-08-01")
    landed = census(tmp_path, child(case(), later))
    assert len(found(landed, "8820")) == 1
    assert len(spans(landed, "referral.open")) == 2


def test_a_file_that_is_no_xml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"cin\.xml"):
        read(read_cin_census, {"cin.xml": "<Message><Children>"}, tmp_path)


def test_every_rule_that_is_reported_has_a_title(tmp_path: Path) -> None:
    landed = census(tmp_path, child("<CINdetails/>", who="<UPN>1</UPN>", disability="XX"))
    rules = {rule for rule in landed.rules() if not rule.startswith("K-CORE")}
    assert {"8525Q", "4180", "8540", "8568", "8600", "1540"} <= rules <= RULES.keys()


def test_a_file_without_a_header_is_judged_by_the_day_of_the_extract(tmp_path: Path) -> None:
    text = f"<Message><Children>{child(case())}</Children></Message>"
    landed = read(read_cin_census, {"cin.xml": text}, tmp_path, extracted_on=date(2024, 3, 31))
    assert landed.rules() == ["K-CIN-HEADER"]
    assert len(spans(landed, "referral.open")) == 1


def test_a_reference_date_other_than_31_march_is_reported(tmp_path: Path) -> None:
    text = message(child(case())).replace("2024-03-31", "2024-07-21")
    landed = read(read_cin_census, {"cin.xml": text}, tmp_path)
    assert found(landed, "100") == [(1, "ReferenceDate")]


def test_an_element_given_twice_counts_once_and_is_reported(tmp_path: Path) -> None:
    twice = BORN + "<PersonBirthDate>2016-02-03</PersonBirthDate>"
    landed = census(tmp_path, child(case(), who=twice))
    assert landed.tables["person_record"][0]["date_of_birth"] == date(2015, 2, 3)
    assert found(landed, "K-CIN-REPEATED") == [(1, "PersonBirthDate")]


def test_a_date_that_is_none_is_reported_and_left_out(tmp_path: Path) -> None:
    plan = (
        "<ChildProtectionPlans><CPPstartDate>2023-06-01</CPPstartDate>"
        "<CPPendDate>2023-02-31</CPPendDate>"
        "<Reviews><CPPreviewDate>soon</CPPreviewDate><CPPreviewDate/></Reviews>"
        "</ChildProtectionPlans>"
    )
    landed = census(tmp_path, child(case(NOT_NFA + plan)))
    assert spans(landed, "child_protection_plan.open") == [(date(2023, 6, 1), None)]
    assert [column for _, column in found(landed, "K-CIN-DATE")] == ["CPPreviewDate", "CPPendDate"]
    assert len(found(landed, "8842Q")) == 1


# --- the outside samples ---------------------------------------------------------------------


def outside(name: str, tmp_path: Path, extracted_on: date) -> Landed:
    text = shared_data(f"cin_census/{name}").read_bytes()
    return read(read_cin_census, {name: text}, tmp_path, extracted_on=extracted_on)


def test_the_outside_census_loads_whole_with_its_faults_counted(tmp_path: Path) -> None:
    landed = outside("fake_CIN_data.xml", tmp_path, date(2022, 7, 31))
    assert (landed.accounts[0]["rows_in"], landed.accounts[0]["set_aside"]) == (332 + 402, 0)
    rules = Counter(landed.rules())
    assert rules["1510"] == 320  # pupil numbers with a wrong check letter
    assert rules["K-CIN-FLAG"] == 402  # true for 1
    assert rules["8585Q"] == 35  # died without a date of death
    checks = Counter(each["check"] for each in landed.tables["identifier"])
    assert checks == {"failed": 320, "passed": 12}


def test_the_outside_samples_of_other_layouts_load_with_their_faults_counted(
    tmp_path: Path,
) -> None:
    old = outside("CIN_Census_2021.xml", tmp_path, date(2026, 1, 31))
    new = outside("CIN_Census_2024.xml", tmp_path, date(2026, 1, 31))
    assert [landed.accounts[0]["set_aside"] for landed in (old, new)] == [0, 0]
    assert "K-CIN-STRAY" in old.rules()
    assert {"K-CIN-FACTOR", "8608", "4180"} <= set(new.rules())
    assert [p["sex"] for p in new.tables["person_record"]] == ["M", "M"]
