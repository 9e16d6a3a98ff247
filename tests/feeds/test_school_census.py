"""The school census: what a few hand-written pupils and modules become."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.feeds.kit import Landed, read
from tests.shared_data import shared_data

from kithkin.feeds.delivery import FeedError
from kithkin.feeds.school_census import RULES, read_school_census

PUPIL = "pupilonrolltableid,NativeId,dob,surname,forename,upn,sex,entrydate"
ANN = "a1,SCH1,2012-Jan-21 00:00:00,Ash,Ann,B801200005001,F,2023-Sep-04 00:00:00"
KEYS = "pupilonrolltableid,NativeId"
Term = dict[str, str]


def term(tmp_path: Path, name: str = "2024_autumn", **modules: Any) -> Landed:
    options = modules.pop("options", {})
    files = {f"{name}_{module}.csv": text for module, text in modules.items()}
    files.setdefault(f"{name}_pupilonroll.csv", f"{PUPIL}\n{ANN}\n")
    return read(read_school_census, files, tmp_path, extracted_on=date(2025, 1, 31),
                agency="education", options=options)  # fmt: skip


def pupils(columns: str, cells: str) -> str:
    return f"{PUPIL},{columns}\n{ANN},{cells}\n"


def events(landed: Landed, kind: str) -> list[tuple[date, date | None, float | None]]:
    found = [e for e in landed.tables["event"] if e["kind"] == f"education.{kind}"]
    return [(event["occurred_on"], event["ended_on"], event["value"]) for event in found]


def found(landed: Landed, rule: str) -> list[tuple[int, str]]:
    return [(f["row"], f["column"]) for f in landed.findings if f["rule"] == rule]


def test_a_pupil_is_a_record_with_a_registration_at_the_school(tmp_path: Path) -> None:
    landed = term(tmp_path)
    (ann,) = landed.tables["person_record"]
    assert (ann["record_id"], ann["forename"], ann["sex"]) == ("a1", "Ann", "F")
    assert ann["date_of_birth"] == date(2012, 1, 21)
    assert events(landed, "registration.mainstream") == [(date(2023, 9, 4), None, None)]
    assert landed.tables["event"][0]["detail"] == "SCH1"
    assert landed.tables["identifier"][0]["check"] == "passed"


def test_a_pupil_who_left_has_an_ended_registration(tmp_path: Path) -> None:
    header = PUPIL.replace("pupilonroll", "pupilnolongeronroll") + ",leavingdate"
    text = f"{header}\n{ANN},2024-Oct-11 00:00:00\n"
    landed = term(tmp_path, pupilnolongeronroll=text, pupilonroll=f"{PUPIL}\n")
    assert events(landed, "registration.mainstream") == [
        (date(2023, 9, 4), date(2024, 10, 11), None)
    ]


def test_a_feed_can_say_which_schools_are_not_mainstream(tmp_path: Path) -> None:
    landed = term(tmp_path, options={"schools": {"SCH1": "pupil_referral_unit"}})
    assert len(events(landed, "registration.pupil_referral_unit")) == 1
    assert events(landed, "registration.mainstream") == []


def test_a_guest_is_on_another_schools_register(tmp_path: Path) -> None:
    landed = term(tmp_path, pupilonroll=pupils("enrolstatus", "G"))
    assert events(landed, "registration.mainstream") == []


def test_a_hash_for_a_pupil_number_is_kept_unchecked(tmp_path: Path) -> None:
    text = f"{PUPIL}\n{ANN}\n".replace("B801200005001", "21db2df8-fa0")
    landed = term(tmp_path, pupilonroll=text)
    (upn,) = landed.tables["identifier"]
    assert (upn["value"], upn["check"]) == ("21DB2DF8-FA0", "unchecked")
    assert landed.findings == []


def test_a_wrong_check_letter_is_reported(tmp_path: Path) -> None:
    text = f"{PUPIL}\n{ANN}\n".replace("B801200005001", "A801200005001")
    landed = term(tmp_path, pupilonroll=text)
    assert landed.tables["identifier"][0]["check"] == "failed"
    assert found(landed, "K-SC-UPN") == [(2, "upn")]


def test_a_pupil_at_two_schools_is_one_record_with_two_registrations(tmp_path: Path) -> None:
    other = ANN.replace("SCH1", "SCH2").replace("2023-Sep-04", "2024-Sep-04")
    landed = term(tmp_path, pupilonroll=f"{PUPIL}\n{ANN}\n{other}\n")
    assert [p["record_id"] for p in landed.tables["person_record"]] == ["a1"]
    assert len(events(landed, "registration.mainstream")) == 2


def test_two_pupils_with_one_table_id_stay_two(tmp_path: Path) -> None:
    other = "a1,SCH2,2010-May-05 00:00:00,Oak,Bo,P207000016049,M,2023-Sep-04 00:00:00"
    landed = term(tmp_path, pupilonroll=f"{PUPIL}\n{ANN}\n{other}\n")
    assert [p["record_id"] for p in landed.tables["person_record"]] == ["a1", "a1/SCH2"]
    assert found(landed, "K-SC-CONFLICT") == [(3, "pupilonrolltableid")]


@pytest.mark.parametrize(
    ("code", "kind", "retired"),
    [("K", "support", False), ("E", "education_health_care_plan", False), ("P", "support", True),
     ("A", "support", True), ("S", "education_health_care_plan", True)],
)  # fmt: skip
def test_special_needs_stand_on_census_day_in_old_codes_and_new(
    tmp_path: Path, code: str, kind: str, retired: bool
) -> None:
    landed = term(tmp_path, pupilonroll=pupils("senprovision", code))
    assert events(landed, f"special_needs.{kind}") == [(date(2024, 10, 3), None, None)]
    assert found(landed, "K-SC-RETIRED") == ([(2, "senprovision")] if retired else [])


def test_no_special_needs_are_no_event(tmp_path: Path) -> None:
    landed = term(tmp_path, pupilonroll=pupils("senprovision", "N"))
    assert {e["kind"] for e in landed.tables["event"]} == {"education.registration.mainstream"}


def test_a_social_and_emotional_need_is_put_and_others_are_not(tmp_path: Path) -> None:
    text = f"{KEYS},sentype,rank\na1,SCH1,SEMH,1\na1,SCH1,SLCN,2\n"
    landed = term(tmp_path, senneedsonroll=text)
    kind = "special_needs.social_emotional_mental_health"
    assert events(landed, kind) == [(date(2024, 10, 3), None, None)]
    assert len([e for e in landed.tables["event"] if "special_needs" in e["kind"]]) == 1


def test_a_hash_where_a_code_is_due_is_reported(tmp_path: Path) -> None:
    landed = term(tmp_path, pupilonroll=pupils("moveoffrollflag,missingaddress", "3787f713,True"))
    assert found(landed, "K-SC-HASHED") == [(2, "moveoffrollflag")]


# --- meals and exclusions --------------------------------------------------------------------


def meals(start: str, end: str) -> str:
    return f"{KEYS},fsmstartdate,fsmenddate,ukcountry\na1,SCH1,{start},{end},ENG\n"


def test_free_meals_run_from_their_start_to_their_end(tmp_path: Path) -> None:
    text = meals("2024-Oct-16 00:00:00", "2024-Dec-01 00:00:00")
    landed = term(tmp_path, fsmperiodsonroll=text)
    assert events(landed, "free_school_meals") == [(date(2024, 10, 16), date(2024, 12, 1), None)]


def test_free_meals_that_end_before_they_start_have_begun_and_not_ended(tmp_path: Path) -> None:
    text = meals("2024-Oct-16 00:00:00", "2024-Sep-01 00:00:00")
    landed = term(tmp_path, fsmperiodsonroll=text)
    assert events(landed, "free_school_meals") == [(date(2024, 10, 16), None, None)]
    assert found(landed, "K-SC-ENDS-FIRST") == [(2, "fsmenddate")]


def test_free_meals_without_a_start_are_set_aside(tmp_path: Path) -> None:
    landed = term(tmp_path, fsmperiodsonroll=meals("", "2024-Sep-01 00:00:00"))
    assert [row["rule"] for row in landed.set_aside] == ["K-SC-START"]


@pytest.mark.parametrize(
    ("category", "kind", "value", "retired"),
    [
        ("SUSP", "suspension", 10.0, False),
        ("FIXD", "suspension", 10.0, True),
        ("PERM", "permanent_exclusion", None, False),
        ("LNCH", "lunchtime_exclusion", None, True),
    ],
)
def test_exclusions_are_read_in_old_categories_and_new(
    tmp_path: Path, category: str, kind: str, value: float | None, retired: bool
) -> None:
    row = f"a1,SCH1,2024-Oct-08 00:00:00,10.0,PP,{category}"
    text = f"{KEYS},startdate,sessions,reason1,category\n{row}\n"
    landed = term(tmp_path, termlyexclusionsonroll=text)
    assert events(landed, kind) == [(date(2024, 10, 8), None, value)]
    assert found(landed, "K-SC-RETIRED") == ([(2, "category")] if retired else [])


def test_two_exclusions_of_one_day_and_reason_are_two(tmp_path: Path) -> None:
    row = "a1,SCH1,2024-Oct-08 00:00:00,10.0,PP,SUSP"
    text = f"{KEYS},startdate,sessions,reason1,category,order\n{row},1\n{row},2\n"
    assert len(events(term(tmp_path, termlyexclusionsonroll=text), "suspension")) == 2


def test_reasons_that_are_retired_or_no_code_are_reported(tmp_path: Path) -> None:
    row = "a1,SCH1,2024-Oct-08 00:00:00,10.0,OT,ZZ,SUSP"
    text = f"{KEYS},startdate,sessions,reason1,reason2,category\n{row}\n"
    landed = term(tmp_path, termlyexclusionsonroll=text)
    assert found(landed, "K-SC-RETIRED") == [(2, "reason1")]
    assert found(landed, "K-SC-CODE") == [(2, "reason2")]
    assert len(events(landed, "suspension")) == 1


# --- attendance ------------------------------------------------------------------------------

TOTALS = "termlysessionspossible,termlysessionsauthorised,termlysessionsunauthorised"
DETAILS = f"{KEYS},attendancereason,sessions\n"


def test_totals_of_sessions_stand_on_the_last_day_of_their_period(tmp_path: Path) -> None:
    landed = term(tmp_path, pupilonroll=pupils(TOTALS, "134.0,8.0,2.0"))
    assert events(landed, "attendance.possible") == [(date(2024, 5, 31), None, 134.0)]
    assert events(landed, "attendance.authorised_absence") == [(date(2024, 5, 31), None, 8.0)]
    assert events(landed, "attendance.unauthorised_absence") == [(date(2024, 5, 31), None, 2.0)]


@pytest.mark.parametrize(
    ("name", "ends"),
    [("2025_spring", date(2024, 12, 31)), ("2024_summer", date(2024, 4, 30))],
)
def test_each_terms_census_collects_the_term_before(tmp_path: Path, name: str, ends: date) -> None:
    landed = term(tmp_path, name, pupilonroll=pupils(TOTALS, "134.0,,"))
    assert events(landed, "attendance.possible") == [(ends, None, 134.0)]


def test_a_feed_can_say_when_its_attendance_period_ends(tmp_path: Path) -> None:
    options = {"termly_ends_on": "2024-12-20"}
    landed = term(tmp_path, pupilonroll=pupils(TOTALS, "134.0,,"), options=options)
    assert events(landed, "attendance.possible") == [(date(2024, 12, 20), None, 134.0)]


def test_details_of_absence_add_up_where_there_is_no_total(tmp_path: Path) -> None:
    text = DETAILS + "a1,SCH1,I,4.0\na1,SCH1,M,3.0\na1,SCH1,O,2.0\na1,SCH1,L,9.0\n"
    landed = term(tmp_path, termlysessiondetailsonroll=text)
    assert events(landed, "attendance.authorised_absence") == [(date(2024, 5, 31), None, 7.0)]
    assert events(landed, "attendance.unauthorised_absence") == [(date(2024, 5, 31), None, 2.0)]


def test_details_are_never_counted_beside_their_total(tmp_path: Path) -> None:
    text = DETAILS + "a1,SCH1,I,4.0\na1,SCH1,M,4.0\na1,SCH1,G,1.0\n"
    landed = term(
        tmp_path, pupilonroll=pupils(TOTALS, "134.0,8.0,"), termlysessiondetailsonroll=text
    )
    assert events(landed, "attendance.authorised_absence") == [(date(2024, 5, 31), None, 8.0)]
    assert events(landed, "attendance.unauthorised_absence") == [(date(2024, 5, 31), None, 1.0)]
    assert found(landed, "K-SC-DETAIL") == []


def test_details_that_exceed_their_total_are_reported(tmp_path: Path) -> None:
    text = DETAILS + "a1,SCH1,I,9.0\n"
    landed = term(
        tmp_path, pupilonroll=pupils(TOTALS, "134.0,8.0,"), termlysessiondetailsonroll=text
    )
    assert events(landed, "attendance.authorised_absence") == [(date(2024, 5, 31), None, 8.0)]
    assert found(landed, "K-SC-DETAIL") == [(2, "sessions")]


def test_the_second_half_of_summer_is_a_period_of_its_own(tmp_path: Path) -> None:
    text = DETAILS + "a1,SCH1,I,4.0\n"
    landed = term(tmp_path, pupilonroll=pupils(TOTALS, "134.0,8.0,"),
                  summerhalfterm2sessiondetailsonroll=text)  # fmt: skip
    assert events(landed, "attendance.authorised_absence") == [
        (date(2024, 5, 31), None, 8.0), (date(2024, 7, 31), None, 4.0),
    ]  # fmt: skip


def test_retired_attendance_codes_count_as_they_did_and_are_reported(tmp_path: Path) -> None:
    text = DETAILS + "a1,SCH1,H,4.0\na1,SCH1,Y,5.0\na1,SCH1,I,1.0\n"
    landed = term(tmp_path, termlysessiondetailsonroll=text)
    assert found(landed, "K-SC-RETIRED") == [(2, "attendancereason"), (3, "attendancereason")]
    assert events(landed, "attendance.authorised_absence") == [(date(2024, 5, 31), None, 5.0)]


def test_an_unknown_attendance_code_is_reported_and_counts_for_nothing(tmp_path: Path) -> None:
    landed = term(tmp_path, termlysessiondetailsonroll=DETAILS + "a1,SCH1,?,4.0\n")
    assert found(landed, "K-SC-ABSENCE") == [(2, "attendancereason")]
    assert [e for e in landed.tables["event"] if "attendance" in e["kind"]] == []


# --- addresses, orphans, names ---------------------------------------------------------------


def test_a_property_number_that_is_a_count_joins_nobody(tmp_path: Path) -> None:
    text = (
        f"{KEYS},uniquepropertyreferencenumber,postcode\na1,SCH1,1.0,GL1 2AB\na1,SCH1,-1.0,QQ 1\n"
    )
    landed = term(tmp_path, addressesonroll=text)
    assert [a["uprn"] for a in landed.tables["address"]] == [None, None]
    assert [a["postcode_valid"] for a in landed.tables["address"]] == [True, False]
    assert len(found(landed, "K-SC-UPRN")) == 2
    assert {r["kind"] for r in landed.tables["residence"]} == {"declared"}


def test_a_row_of_no_pupil_is_set_aside_with_the_reason(tmp_path: Path) -> None:
    text = DETAILS + "a1,SCH9,I,4.0\nzz,SCH1,I,4.0\n"
    landed = term(tmp_path, termlysessiondetailsonroll=text)
    assert [row["rule"] for row in landed.set_aside] == ["K-SC-ORPHAN", "K-SC-ORPHAN"]


def test_a_module_that_is_not_read_is_set_aside_row_by_row(tmp_path: Path) -> None:
    landed = term(tmp_path, classes="class,size\nR,30\n")
    assert [row["rule"] for row in landed.set_aside] == ["K-SC-MODULE"]


def test_a_file_that_names_no_term_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"pupils\.csv: has no name of the form"):
        read(read_school_census, {"pupils.csv": PUPIL}, tmp_path)


def test_a_young_carer_is_recorded_on_census_day(tmp_path: Path) -> None:
    landed = term(tmp_path, pupilonroll=pupils("youngcarer", "P"))
    assert events(landed, "young_carer.recorded") == [(date(2024, 10, 3), None, None)]


@pytest.mark.parametrize(
    ("columns", "cells", "rule", "column"),
    [
        ("leavingdate", "2022-Jan-01 00:00:00", "K-SC-ENDS-FIRST", "leavingdate"),
        ("leavingdate", "soon", "K-SC-DATE", "leavingdate"),
        ("senprovision", "Q", "K-SC-UNKNOWN-CODE", "senprovision"),
        ("termlysessionspossible", "many", "K-SC-NUMBER", "termlysessionspossible"),
    ],
)
def test_a_cell_that_cannot_be_used_is_reported_and_the_pupil_stays(
    tmp_path: Path, columns: str, cells: str, rule: str, column: str
) -> None:
    landed = term(tmp_path, pupilonroll=pupils(columns, cells))
    assert found(landed, rule) == [(2, column)]
    assert events(landed, "registration.mainstream") == [(date(2023, 9, 4), None, None)]
    assert len(landed.tables["event"]) == 1


def test_a_pupil_row_without_a_table_id_is_set_aside(tmp_path: Path) -> None:
    landed = term(tmp_path, pupilonroll=f"{PUPIL}\n{ANN.replace('a1,', ',', 1)}\n")
    assert [row["rule"] for row in landed.set_aside] == ["K-SC-PUPIL"]


# --- the outside sample ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    folder = shared_data("school_census/2024_autumn_pupilonroll.csv").parent
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}
    return read(read_school_census, files, tmp_path_factory.mktemp("census"),
                extracted_on=date(2025, 1, 31))  # fmt: skip


@pytest.mark.slow
def test_the_outside_sample_loads_whole(sample: Landed) -> None:
    assert sample.set_aside == []
    assert sum(account["loaded"] for account in sample.accounts) == 129_342
    assert len(sample.tables["person_record"]) == 9_091
    assert {rule for rule in sample.rules() if not rule.startswith("K-CORE")} <= RULES.keys()


@pytest.mark.slow
def test_every_kind_of_dirt_in_the_outside_sample_is_reported_by_row_and_column(
    sample: Landed,
) -> None:
    at = Counter((f["rule"], f["column"]) for f in sample.findings if f["row"])
    assert at["K-SC-ENDS-FIRST", "fsmenddate"] == 6_263
    assert at["K-SC-RETIRED", "category"] == 4_137 + 2_122 + 115 + 76  # FIXD and LNCH
    assert at["K-SC-HASHED", "moveoffrollflag"] == 9_088
    retired = {f["value"] for f in sample.findings
               if f["rule"] == "K-SC-RETIRED" and f["column"] == "attendancereason"}  # fmt: skip
    assert retired == {"H", "Y"}
    assert {each["check"] for each in sample.tables["identifier"]} == {"unchecked"}
