"""Annex A: a small workbook of our own with every oddity, and the one that authorities share."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from feeds.kit import Landed, read
from kithkin.feeds.annex_a import RULES, read_annex_a
from kithkin.feeds.annex_a.lists import LISTS
from kithkin.feeds.annex_a.sheets import list_number
from kithkin.feeds.delivery import FeedError
from kithkin.policy import read_policy
from shared_data import shared_data

Sheets = Mapping[str, Sequence[Sequence[object]]]
CHILD = ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age of Child (Years)"]
CONTACTS = [*CHILD, "Date of Contact", "Contact Source"]
PLANS = [*CHILD, "Child Protection Plan Start Date", "Initial Category of Abuse",
         "Latest Category of Abuse", "Child Protection Plan End Date",
         "Number of Previous Child Protection Plans"]  # fmt: skip


def workbook(sheets: Sheets) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def annex(tmp_path: Path) -> Callable[[Sheets], Landed]:
    return lambda sheets: read(
        read_annex_a, {"annex_a.xlsx": workbook(sheets)}, tmp_path, extracted_on=date(2025, 6, 30)
    )


@pytest.fixture
def authority(tmp_path: Path) -> Landed:
    content = shared_data("annex_a/Annex_A_2024_Jan.xlsx").read_bytes()
    return read(read_annex_a, {"a.xlsx": content}, tmp_path, extracted_on=date(2021, 3, 16))


def events(landed: Landed) -> list[tuple[str, date, date | None]]:
    found = [
        (event["kind"].removeprefix("social_care."), event["occurred_on"], event["ended_on"])
        for event in landed.tables["event"]
    ]
    return sorted(found, key=lambda event: event[:2])


def place(finding: Mapping[str, object]) -> tuple[object, ...]:
    return str(finding["file"]).partition("#")[2], finding["row"], finding["column"]


# --- sheets and headers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("List 1", 1),
        ("List_10", 10),
        ("AnnexA - list 08 CLA", 8),
        ("3. Referrals", 3),
        ("Contacts", 1),
        ("Early help assessments", 2),
        ("Assessments", 4),
        ("Section 47 and ICPC", 5),
        ("Children in need", 6),
        ("CP plans", 7),
        ("Looked after children", 8),
        ("Care leavers", 9),
        ("Adoption", 10),
        ("Prospective adopters", 11),
        ("Guidance", None),
        ("List 12", None),
        ("Sheet1", None),
    ],
)
def test_a_sheet_is_found_by_the_number_or_the_words_of_its_title(
    title: str, number: int | None
) -> None:
    assert list_number(title) == number


def test_the_header_row_is_found_below_titles_and_however_it_is_worded(
    annex: Callable[[Sheets], Landed],
) -> None:
    landed = annex(
        {
            "8 - CLA": [
                ["Annex A: children looked after", None],
                [],
                ["CHILD  unique  identifier", "sex", "Ethnic group", "date of BIRTH", "Age",
                 "Unaccompanied Asylum Seeking Child (UASC) within the Last 12 Months (Y/N))",
                 "Date Started to be Looked After", "Child’s Legal Status",
                 "Start date of current legal status", "Placement\xa0postcode"],
                ["7", "F", "WBRI", date(2010, 1, 2), 15.4, "a) Yes", date(2024, 5, 6),
                 "C2: FCO", 45450, "GL5 1AB"],
            ]
        }
    )  # fmt: skip
    assert [f for f in landed.findings if f["severity"] != "note"] == []
    assert events(landed) == [
        ("looked_after.care_order", date(2024, 6, 7), None),
        ("looked_after.open", date(2024, 5, 6), None),
        ("unaccompanied_child.status", date(2024, 5, 6), None),
    ]
    assert landed.tables["residence"][0]["kind"] == "placement"
    assert landed.tables["event"][0]["row"] == 4


def test_a_sheet_that_is_no_list_is_reported_and_a_list_without_headers_is_kept_aside(
    annex: Callable[[Sheets], Landed],
) -> None:
    landed = annex(
        {
            "Cover": [["Prepared for the inspection"]],
            "List 3": [["7", "F"], ["8", "M"]],
            "List 1": [CONTACTS, ["7", "F", "WBRI", "02/01/2010", 15, "01/03/2025", "Police"]],
        }
    )
    assert [f["rule"] for f in landed.findings if f["row"] is None] == ["K-AA-7"]
    assert [(r["file"], r["row"], r["rule"]) for r in landed.set_aside] == [
        ("annex_a.xlsx#List 3", 1, "K-AA-8"),
        ("annex_a.xlsx#List 3", 2, "K-AA-8"),
    ]
    assert len(landed.tables["event"]) == 1


def test_a_workbook_without_any_list_is_refused(annex: Callable[[Sheets], Landed]) -> None:
    with pytest.raises(FeedError, match=r"'Rota'.*List 1 to List 11"):
        annex({"Rota": [["Monday"]]})


# --- rows ------------------------------------------------------------------------------------


def test_dates_come_as_dates_as_serial_numbers_and_as_text(
    annex: Callable[[Sheets], Landed],
) -> None:
    days = [date(2025, 3, 1), 45717, "01/03/2025", "2025-03-01", "01/03/2025 00:00"]
    rows = [[n, "M", "WBRI", date(2010, 1, 2), 15, day, "6"] for n, day in enumerate(days)]
    landed = annex({"List 1": [CONTACTS, *rows]})
    assert {event["occurred_on"] for event in landed.tables["event"]} == {date(2025, 3, 1)}
    assert len(landed.tables["contact"]) == 5
    assert {contact["referral_source"] for contact in landed.tables["contact"]} == {"6"}
    received = [e for e in landed.tables["event"] if e["kind"].endswith("contact.received")]
    assert {event["agency"] for event in received} == {"police"}


def test_values_are_read_in_the_words_of_any_authority(annex: Callable[[Sheets], Landed]) -> None:
    landed = annex(
        {
            "List 1": [
                CONTACTS,
                ["1", "Female", "a) WBRI", "02/01/2010", "15.5", "01/03/2025", "q) 6: Police"],
                ["2", "b) Female", "White - British", "02/01/2010", 15, "01/03/2025", "Carrier pigeon"],
            ]
        }
    )  # fmt: skip
    assert [p["sex"] for p in landed.tables["person_record"]] == ["F", "F"]
    assert landed.tables["person_record"][0]["ethnicity"] == "WBRI"
    assert [(*place(f), f["rule"], f["value"]) for f in landed.findings] == [
        ("List 1", 3, "Contact Source", "K-AA-4", "Carrier pigeon")
    ]


def test_a_row_without_identifier_or_date_is_kept_aside_and_a_copy_too(
    annex: Callable[[Sheets], Landed],
) -> None:
    row = ["1", "F", "WBRI", "02/01/2010", 15, "01/03/2025", "6"]
    landed = annex({"List 1": [CONTACTS, row, row, [None, *row[1:]], [*row[:5], "soon", "6"]]})
    assert sorted((r["row"], r["rule"]) for r in landed.set_aside) == [
        (3, "K-CORE-DUPLICATE"),
        (4, "K-AA-10"),
        (5, "K-AA-11"),
    ]
    assert len(landed.tables["event"]) == 1


def test_a_child_in_many_lists_is_one_person_and_disagreement_is_reported(
    annex: Callable[[Sheets], Landed],
) -> None:
    landed = annex(
        {
            "List 1": [CONTACTS, [7, "F", None, None, 15, "01/03/2025", "6"]],
            "List 7": [PLANS, [7.0, "F", "WBRI", "02/01/2010", 15, "01/04/2025", "Neglect",
                               "Neglect", None, 2]],
            "List 3": [[*CHILD, "Date of Referral", "Referral Source", "Referral NFA?"],
                       ["7", "M", "WBRI", "02/01/2010", 15, "05/03/2025", "6", "a) Yes"]],
        }
    )  # fmt: skip
    [person] = landed.tables["person_record"]
    assert (person["record_id"], person["sex"], person["date_of_birth"]) == (
        "7", "F", date(2010, 1, 2))  # fmt: skip
    reported = [(*place(f), f["rule"]) for f in landed.findings if f["rule"] != "K-AA-9"]
    assert reported == [
        ("List 1", 2, "Date of Birth", "K-AA-12"),
        ("List 3", 2, "Gender", "K-AA-13"),
    ]
    assert ("child_protection_plan.repeat_start", date(2025, 4, 1), None) in events(landed)
    assert ("referral.no_further_action", date(2025, 3, 5), None) in events(landed)


def test_a_plan_before_birth_is_right_and_care_before_birth_is_not(
    annex: Callable[[Sheets], Landed],
) -> None:
    born = date(2025, 5, 1)
    plan = [1, "F", "WBRI", born, 0, date(2025, 3, 1), "Neglect", "Neglect", None, 0]
    care = [*CHILD, "Date Started to be Looked After", "Placement Type"]
    landed = annex(
        {
            "List 7": [PLANS, plan, [2, *plan[1:5], date(2020, 1, 1), *plan[6:]]],
            "List 8": [care, [1, "F", "WBRI", born, 0, date(2025, 4, 30), "U6"]],
        }
    )
    assert [(*place(f), f["rule"]) for f in landed.findings if f["severity"] == "warning"] == [
        ("List 7", 3, PLANS[5], "K-AA-14"),
        ("List 8", 2, "Date Started to be Looked After", "K-AA-14"),
    ]
    assert sum(account["loaded"] for account in landed.accounts) == 3


def test_a_birth_after_the_extract_is_an_expected_one(annex: Callable[[Sheets], Landed]) -> None:
    landed = annex(
        {"List 1": [CONTACTS, [1, "c) Not stated/recorded (or unborn)", None,
                               date(2025, 9, 1), None, date(2025, 6, 1), "6"]]}
    )  # fmt: skip
    [person] = landed.tables["person_record"]
    assert (person["unborn"], person["date_of_birth"]) == (True, None)
    assert person["expected_date_of_birth"] == date(2025, 9, 1)
    assert person["sex"] is None


def test_adopters_are_restricted_adults_apart_from_children_of_the_same_number(
    annex: Callable[[Sheets], Landed],
) -> None:
    adopters = ["Individual adopter identifier", "Family identifier", "Gender", "Ethnicity",
                "Date enquiry received", "Date adopter matched with child(ren)"]  # fmt: skip
    adoptions = [*CHILD, "Date the Child Entered Care", "Date of Adoption Order"]
    landed = annex(
        {
            "List 10": [adoptions, [7, "M", "WBRI", "02/01/2010", 15, "01/01/2015", "01/01/2017"]],
            "List 11": [adopters, [7, "F1", "F", "WBRI", "01/01/2014", "01/01/2016"]],
        }
    )
    people = {p["record_id"]: p["seal"] for p in landed.tables["person_record"]}
    assert people == {"7": "S2", "adopter-7": "S1"}
    assert {p["role"] for p in landed.tables["event_person"]} == {"subject"}
    assert landed.tables["relationship"] == [], "a sealed identity is tied to no adopter"


def test_every_event_of_the_lists_is_a_kind_of_the_policy() -> None:
    kinds = {
        kind
        for each in LISTS.values()
        for mark in each.marks
        for kind in ([mark.kind + part for part in mark.parts.values()] if mark.by else [mark.kind])
    }
    assert kinds <= set(read_policy().kinds)


# --- the workbook that authorities share ------------------------------------------------------


def test_every_row_of_the_shared_workbook_loads(authority: Landed) -> None:
    assert [a["rows_in"] for a in authority.accounts] == [a["loaded"] for a in authority.accounts]
    assert sum(a["rows_in"] for a in authority.accounts) == 59
    assert len(authority.accounts) == 11
    assert authority.set_aside == []
    assert set(authority.rules()) <= RULES.keys() | {"K-CORE-POSTCODE"}


def test_the_shared_workbooks_header_age_and_its_decimal_ages_are_read(authority: Landed) -> None:
    assert "K-AA-2" not in authority.rules()
    assert "K-AA-9" not in authority.rules(), "no column of any list is missing"


def test_the_shared_workbooks_female_and_b_female_are_one_sex(authority: Landed) -> None:
    sexes = {p["record_id"]: (p["gender"], p["sex"]) for p in authority.tables["person_record"]}
    assert sexes["9212044"] == ("Female", "F")
    assert sexes["11973218"] == ("b) Female", "F")


def test_the_shared_workbooks_teams_that_are_excel_errors_are_reported(authority: Landed) -> None:
    reported = {place(f) for f in authority.findings if f["rule"] == "K-AA-15"}
    teams = {("List 6", row, column) for row in range(2, 7)
             for column in ("Allocated Team", "Allocated Worker")}  # fmt: skip
    assert reported == teams
    in_need = [i for i in authority.tables["service_involvement"] if i["file"].endswith("List 6")]
    assert [i["professional_id"] for i in in_need] == [None] * 5


def test_the_shared_workbooks_no_break_spaces_become_spaces(authority: Landed) -> None:
    names = {p["full_name"] for p in authority.tables["professional"]}
    assert {"Dustin Hazlett", "Mathilde Cutsforth", "Franciszek Hampton"} <= names
    assert not any("\xa0" in name for name in names if name)


def test_the_shared_workbooks_postcode_nope_is_reported_and_its_row_loads(
    authority: Landed,
) -> None:
    [finding] = [f for f in authority.findings if f["value"] == "nope"]
    assert (finding["rule"], *place(finding)) == (
        "K-CORE-POSTCODE",
        "List 8",
        3,
        "Placement postcode",
    )
    assert "1373595" in {p["record_id"] for p in authority.tables["event_person"]}


def test_the_shared_workbooks_missing_date_of_birth_is_reported_and_its_row_loads(
    authority: Landed,
) -> None:
    missing = [f for f in authority.findings if f["rule"] == "K-AA-12"]
    assert [place(f) for f in missing] == [("List 1", 3, "Date of Birth")]
    [person] = [p for p in authority.tables["person_record"] if p["record_id"] == "11973218"]
    assert person["date_of_birth"] is None


def test_the_shared_workbooks_plans_before_birth_load_without_a_finding(
    authority: Landed,
) -> None:
    assert not [f for f in authority.findings if f["file"].endswith("List 7")]
    plans = {
        part["record_id"]: event["occurred_on"]
        for event, part in zip(
            authority.tables["event"], authority.tables["event_person"], strict=True
        )
        if event["kind"] == "social_care.child_protection_plan.open"
    }
    born = {p["record_id"]: p["date_of_birth"] for p in authority.tables["person_record"]}
    assert {child for child, on in plans.items() if on < born[child]} == {"10721552", "6913085"}


def test_the_shared_workbooks_curly_quotes_and_stray_bracket_are_read_through(
    authority: Landed,
) -> None:
    raw = openpyxl.load_workbook(shared_data("annex_a/Annex_A_2024_Jan.xlsx"))["List 8"]
    headers = [cell.value for cell in raw[1]]
    assert any(header.endswith("(Y/N))") for header in headers)
    assert any("‘Missing’" in header for header in headers)
    assert not [f for f in authority.findings if f["rule"] == "K-AA-9"]


def test_the_shared_workbooks_odd_codes_are_reported_where_they_stand(authority: Landed) -> None:
    odd = {(*place(f), f["value"]) for f in authority.findings if f["rule"] in {"K-AA-3", "K-AA-4"}}
    support = "Was the child assessed as requiring LA children's social care support?"
    assert odd == {("List 4", row, support, "CS Assessment Updated") for row in range(2, 7)} | {
        ("List 6", 2, "Primary Need Code", "PSRMEM - Support with memory and cognition")
    }
