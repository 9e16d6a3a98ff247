"""The Standard Safeguarding Dataset: each fault that its field has reported, and each table."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.kit import Landed, read
from kithkin.feeds.delivery import FeedError
from kithkin.feeds.ssd import RULES, read_standard_safeguarding_dataset
from kithkin.feeds.ssd.reader import table_of
from kithkin.feeds.ssd.tables import TABLES, Table
from kithkin.policy import read_policy
from shared_data import shared_data

PEOPLE = (
    "pers_person_id,pers_forename,pers_dob\n1,Ann,2010-01-02\n2,Bea,2012-03-04\n3,Cal,1985-05-06\n"
)


@pytest.fixture
def dump(tmp_path: Path) -> Any:
    def run(people: str = PEOPLE, **tables: str) -> Landed:
        files = {"ssd_person.csv": people} | {f"{name}.csv": text for name, text in tables.items()}
        return read(read_standard_safeguarding_dataset, files, tmp_path)

    return run


def events(landed: Landed, start: str = "") -> list[tuple[str, date, date | None]]:
    found = [
        (event["kind"].removeprefix("social_care."), event["occurred_on"], event["ended_on"])
        for event in landed.tables["event"]
        if event["kind"].startswith(start)
    ]
    return sorted(found, key=lambda event: (event[0], event[1], event[2] or date.min))


def table(header: str, *rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header.split(","), *rows])
    return out.getvalue()


# --- files and headers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ssd_person.csv", "ssd_person"),
        ("ssd_development.ssd_person_20260131.csv", "ssd_person"),
        ("extract/dbo.ssd_cla_placements.csv", "ssd_cla_placement"),
        ("SSD_CP_Visits-2026-01-31.CSV", "ssd_cp_visits"),
        ("cin_episodes.csv", "ssd_cin_episodes"),
        ("hdm.ssd_cla_previous_permanence.txt", "ssd_cla_previous_permanence"),
        ("school_roll.csv", None),
        ("salesperson.csv", None),
    ],
)
def test_a_file_is_known_by_its_name_with_or_without_schema_and_date(
    name: str, expected: str | None
) -> None:
    assert table_of(name) == expected


def test_every_column_that_is_read_stands_in_the_specification() -> None:
    with shared_data("ssd/data_objects_specification.csv").open(encoding="utf-8-sig") as lines:
        fields = {(row["object_name"], row["field_name"]) for row in csv.DictReader(lines)}
    ours = {("ssd_person", "pers_restricted_flag")} | {
        # columns that only one case system's own SQL has
        ("ssd_cin_visits", "cinv_cin_plan_id"),
        ("ssd_cla_reviews", "clar_person_id"),
    }
    for each in TABLES:
        named = {each.id, each.person, *each.also, *each.unique, each.index}
        named |= {column for mark in each.marks for column in (*mark.on, *mark.until, mark.by)}
        named |= {test.column for m in each.marks for test in (*m.only, *m.unless)}
        missing = {(each.name, column) for column in named if column} - fields - ours
        assert missing == set()


def _full_row(each: Table) -> dict[str, str]:
    row = dict.fromkeys(column for mark in each.marks for column in mark.on)
    cells = dict.fromkeys(row, "2025-02-03 00:00:00.000")
    cells |= {each.id: "77", each.person: "1"}
    if each.parent and not each.person:
        cells[each.parent[0]] = "77"
    cells |= {mark.by: next(iter(mark.parts)) for mark in each.marks if mark.by}
    tests = [test for mark in each.marks for test in mark.only]
    cells |= {test.column: next(iter(test.words), "Y") for test in tests}
    flagged = [test for test in tests if test.flags]
    for column in {test.column for test in flagged}:
        flags = [flag for test in flagged if test.column == column for flag in test.flags]
        cells[column] = json.dumps(dict.fromkeys(flags, "Y"))
    return {column: value for column, value in cells.items() if column}


@pytest.mark.parametrize("each", [t for t in TABLES if t.marks], ids=lambda t: t.name)
def test_a_full_row_of_every_table_lands_as_events_of_the_policy(each: Table, dump: Any) -> None:
    files, chain = {}, each
    while True:
        row = _full_row(chain)
        files[chain.name] = table(",".join(row), list(row.values()))
        if chain.person or chain.parent is None:
            break
        chain = next(t for t in TABLES if t.name == chain.parent[1])
    landed = dump(**files)
    assert landed.set_aside == []
    wanted = {mark.kind for mark in each.marks if not mark.unless and not mark.by}
    kinds = {event["kind"] for event in landed.tables["event"]}
    assert wanted <= kinds
    assert kinds
    assert kinds <= set(read_policy().kinds)


def test_columns_go_by_the_names_of_the_specification_and_of_the_live_sql(dump: Any) -> None:
    header = "{},PERS_UPN,Forename,pers_sex,pers_dob\n1,B801200005001,Ann,F,2010-01-02\n"
    for name in ("pers_common_child_id", "pers_single_unique_id"):
        people = f"pers_person_id,{header.format(name)}".replace("\n1,", "\n1,9434765919,")
        landed = dump(people)
        assert [(i["scheme"], i["check"]) for i in landed.tables["identifier"]] == [
            ("upn", "passed"),
            ("nhs_number", "passed"),
        ]
        assert landed.tables["person_record"][0]["forename"] == "Ann"


def test_a_dump_without_people_is_refused_and_one_with_people_alone_is_not(
    tmp_path: Path, dump: Any
) -> None:
    with pytest.raises(FeedError, match=r"ssd_person.*ssd_contacts\.csv"):
        read(read_standard_safeguarding_dataset, {"ssd_contacts.csv": "a\n1\n"}, tmp_path)
    assert len(dump().tables["person_record"]) == 3


def test_a_file_that_carries_nothing_is_reported_and_does_not_stop_the_rest(dump: Any) -> None:
    landed = dump(ssd_department="dept_team_id\n1\n", school_roll="a\n1\n")
    assert [(f["file"], f["rule"]) for f in landed.findings] == [
        ("school_roll.csv", "K-SSD-13"),
        ("ssd_department.csv", "K-SSD-13"),
    ]


# --- people ----------------------------------------------------------------------------------


def test_duplicate_persons_load_once_and_the_other_row_is_kept_aside(dump: Any) -> None:
    landed = dump("pers_person_id,pers_forename,pers_dob\n1,Ann,2010-01-02\n1,Anne,2010-01-02\n")
    assert [p["forename"] for p in landed.tables["person_record"]] == ["Ann"]
    assert [(r["row"], r["rule"]) for r in landed.set_aside] == [(3, "K-SSD-9")]


def test_the_systems_own_row_is_set_aside_wherever_it_stands(dump: Any) -> None:
    landed = dump(
        PEOPLE + "-1,Unknown,1900-01-01\n",
        ssd_contacts="cont_contact_id,cont_person_id,cont_contact_date\n5,-1,2025-01-01\n",
    )
    assert [(r["file"], r["rule"]) for r in landed.set_aside] == [
        ("ssd_person.csv", "K-SSD-8"),
        ("ssd_contacts.csv", "K-SSD-8"),
    ]


def test_an_unborn_child_has_an_expected_birth_in_which_the_mother_takes_part(dump: Any) -> None:
    landed = dump(
        "pers_person_id,pers_dob,pers_expected_dob,pers_death_date\n"
        "1,1900-01-01 00:00:00.000,2026-04-01,NULL\n3,1985-05-06,NULL,2025-11-30\n",
        ssd_mother="moth_table_id,moth_person_id,moth_childs_person_id\n9,3,1\n",
    )
    child, mother = landed.tables["person_record"]
    assert (child["unborn"], child["date_of_birth"]) == (True, None)
    assert child["expected_date_of_birth"] == date(2026, 4, 1)
    assert (mother["unborn"], mother["date_of_death"]) == (False, date(2025, 11, 30))
    [event] = landed.tables["event"]
    assert event["occurred_on"] == date(2026, 1, 31)
    parts = {(p["record_id"], p["role"]) for p in landed.tables["event_person"]}
    assert parts == {("1", "child"), ("3", "mother")}
    assert {p["event_id"] for p in landed.tables["event_person"]} == {event["event_id"]}


def test_duplicate_mothers_load_once_and_a_second_mother_is_reported(dump: Any) -> None:
    landed = dump(
        ssd_mother="moth_table_id,moth_person_id,moth_childs_person_id,moth_childs_dob\n"
        "1,3,1,2010-01-02\n2,3,1,2010-01-02 00:00:00\n3,2,1,\n"
    )
    ties = landed.tables["relationship"]
    assert [(t["record_id"], t["other_record_id"], t["kind"]) for t in ties] == [
        ("1", "3", "mother"),
        ("1", "2", "mother"),
    ]
    assert ties[0]["started_on"] == date(2010, 1, 2)
    assert landed.rules() == ["K-SSD-9", "K-SSD-14"]


def test_a_family_is_tied_through_one_member_only(dump: Any) -> None:
    rows = "".join(f"{n},F1,{n}\n" for n in (1, 2, 3))
    landed = dump(ssd_family="fami_table_id,fami_family_id,fami_person_id\n" + rows)
    ties = [(t["record_id"], t["other_record_id"]) for t in landed.tables["relationship"]]
    assert ties == [("1", "2"), ("1", "3")]
    assert {t["kind"] for t in landed.tables["relationship"]} == {"family_member"}


def test_a_pupil_number_cut_short_is_kept_and_reported_and_a_reason_is_no_number(dump: Any) -> None:
    landed = dump("pers_person_id,pers_dob,pers_upn\n1,2010-01-02,B80120000500\n2,2012-03-04,UN1\n")
    assert [(i["value"], i["check"]) for i in landed.tables["identifier"]] == [
        ("B80120000500", "failed")
    ]
    [finding] = landed.findings
    assert (finding["rule"], finding["column"], finding["row"]) == ("K-SSD-6", "pers_upn", 2)
    assert "12 characters" in finding["message"]


def test_null_blank_and_placeholder_are_all_nothing(dump: Any) -> None:
    landed = dump(
        "pers_person_id,pers_dob,pers_upn,pers_gender,pers_death_date\n"
        "1,2010-01-02,NULL,PLACEHOLDER_DATA,1900-01-01 00:00:00.000\n2,2012-03-04,,,\n"
    )
    for person in landed.tables["person_record"]:
        assert (person["gender"], person["date_of_death"]) == (None, None)
    assert landed.findings == []
    assert landed.tables["identifier"] == []


def test_restricted_and_adopted_people_are_sealed(dump: Any) -> None:
    landed = dump(
        "pers_person_id,pers_dob,pers_restricted_flag\n1,2010-01-02,Y\n2,2012-03-04,\n4,2013-03-04,N\n",
        ssd_permanence="perm_table_id,perm_person_id,perm_permanence_order_date,"
        "perm_permanence_order_type\n1,2,2020-05-06,Adoption\n2,4,2020-05-06,Special Guardianship\n",
    )
    seals = {p["record_id"]: p["seal"] for p in landed.tables["person_record"]}
    assert seals == {"1": "S1", "2": "S2", "4": "S0"}
    assert events(landed) == [("adoption.order", date(2020, 5, 6), None)]


def test_a_person_whom_the_person_table_lacks_gets_a_bare_record(dump: Any) -> None:
    landed = dump(
        ssd_contacts="cont_contact_id,cont_person_id,cont_contact_date\n5,99.0,2025-01-01\n"
    )
    assert landed.tables["event_person"][0]["record_id"] == "99"
    assert "99" in {p["record_id"] for p in landed.tables["person_record"]}
    assert landed.rules() == ["K-SSD-11"]


def test_all_dated_addresses_are_kept_with_the_parts_of_their_json(dump: Any) -> None:
    header = (
        "addr_table_id,addr_person_id,addr_address_type,addr_address_start_date,"
        "addr_address_end_date,addr_address_postcode,addr_address_json"
    )
    parts = {
        "FLAT": "2",
        "HOUSE": "14",
        "STREET": 'The "Old" Road',
        "TOWN": "Stroud",
        "UPRN": "100",
    }
    landed = dump(
        ssd_address=table(
            header,
            ["1", "1", "Home", "2019-01-01", "2020-02-02", "GL5 1AA", json.dumps(parts)],
            ["2", "1", "Placement", "2020-02-02", "", "GL5 1AB", '{"STREET": "C:\\Lane"}'],
            ["3", "1", "Home", "2021-02-02", "", "GL5 1AB", '{"STREET": broken'],
        )
    )
    stays = [(r["kind"], r["started_on"], r["ended_on"]) for r in landed.tables["residence"]]
    assert stays == [
        ("home", date(2019, 1, 1), date(2020, 2, 2)),
        ("placement", date(2020, 2, 2), None),
        ("home", date(2021, 2, 2), None),
    ]
    first, second, _ = landed.tables["address"]
    assert (first["line"], first["town"], first["uprn"]) == (
        '2, 14, The "Old" Road',
        "Stroud",
        "100",
    )
    assert second["line"] == "C:\\Lane"
    assert landed.rules() == ["K-SSD-12"]


def test_linked_identifiers_keep_their_scheme_and_validity(dump: Any) -> None:
    landed = dump(
        ssd_linked_identifiers="link_table_id,link_person_id,link_identifier_type,"
        "link_identifier_value,link_valid_from_date\n"
        "1,1,NHS Number,9434765918,2020-01-01\n2,1,YOT Number,Y7,\n3,1,Case Number,,\n"
    )
    found = [(i["scheme"], i["check"], i["valid_from"]) for i in landed.tables["identifier"]]
    assert found == [("nhs_number", "failed", date(2020, 1, 1)), ("yot_id", "unchecked", None)]
    assert landed.rules() == ["K-SSD-17", "K-SSD-10"]


def test_a_worker_without_a_name_goes_by_the_staff_number(dump: Any) -> None:
    landed = dump(
        ssd_professionals="prof_professional_id,prof_staff_id,prof_professional_job_title\n"
        "W1,S100,Social Worker\n",
        ssd_involvements="invo_involvements_id,invo_professional_id,invo_professional_role_id,"
        "invo_professional_team,invo_involvement_start_date,invo_involvement_end_date,invo_person_id\n"
        "1,W1,Allocated worker,Locality 1,2025-01-01,,1\n"
        "2,W2,Keyworker,Early Help North,2025-01-01,2025-02-01,1\n",
    )
    assert [p["full_name"] for p in landed.tables["professional"]] == ["S100", "W2"]
    found = [(i["service"], i["professional_id"], i["ended_on"])
             for i in landed.tables["service_involvement"]]  # fmt: skip
    assert found == [("social_care", "W1", None), ("early_help", "W2", date(2025, 2, 1))]
    assert landed.rules() == ["K-SSD-19"]


# --- what happened ---------------------------------------------------------------------------


def test_a_contact_says_what_became_of_it(dump: Any) -> None:
    outcome = json.dumps({"NEW_REFERRAL_FLAG": "Y", "NFA_FLAG": "N", "ADVICE_FLAG": ""})
    landed = dump(
        ssd_contacts=table(
            "cont_contact_id,cont_person_id,cont_contact_date,cont_contact_source_code,"
            "cont_contact_outcome_json",
            ["5", "1", "2025-01-01", "6", outcome],
        )
    )
    assert events(landed) == [
        ("contact.received", date(2025, 1, 1), None),
        ("contact.to_referral", date(2025, 1, 1), None),
    ]
    [contact] = landed.tables["contact"]
    assert (contact["referral_source"], contact["outcome"]) == ("6", "NEW_REFERRAL_FLAG")


def test_a_contact_is_the_act_of_the_agency_that_made_it(dump: Any) -> None:
    sources = {"6": "police", "2A": "education", "3E": "health", "4": "housing", "5D": "early_help",
               "1A": "social_care", "10": "social_care", "": "social_care"}  # fmt: skip
    rows = "".join(
        f"{place},{place},2025-01-01,{source}\n" for place, source in enumerate(sources, 1)
    )
    landed = dump(
        ssd_contacts="cont_contact_id,cont_person_id,cont_contact_date,cont_contact_source_code\n"
        + rows
    )
    received = [e for e in landed.tables["event"] if e["kind"].endswith("contact.received")]
    assert [event["agency"] for event in received] == list(sources.values())


def test_a_referral_without_further_action_opens_nothing_and_rc9_steps_down(dump: Any) -> None:
    landed = dump(
        ssd_cin_episodes="cine_referral_id,cine_person_id,cine_referral_date,cine_referral_nfa,"
        "cine_close_date,cine_close_reason\n"
        "1,1,2025-01-01,N,2025-03-01,RC9\n2,1,2025-05-01,Y,2025-05-01,\n3,2,2025-06-01,N,,\n"
    )
    assert events(landed) == [
        ("case.closed", date(2025, 3, 1), None),
        ("case.stepped_down", date(2025, 3, 1), None),
        ("referral.no_further_action", date(2025, 5, 1), None),
        ("referral.open", date(2025, 1, 1), date(2025, 3, 1)),
        ("referral.open", date(2025, 6, 1), None),
        ("referral.received", date(2025, 1, 1), None),
        ("referral.received", date(2025, 5, 1), None),
        ("referral.received", date(2025, 6, 1), None),
    ]


@pytest.mark.parametrize(
    "cell",
    [
        '["1B", "2B"]',
        '{"1B":"Yes","2B":"Yes","3A":"No","4A":""}',
        '{\\"1B\\":\\"Yes\\",\\"2B\\":\\"Yes\\"}',
    ],
)
def test_assessment_factors_are_read_in_both_shapes(cell: str, dump: Any) -> None:
    landed = dump(
        ssd_cin_assessments="cina_assessment_id,cina_person_id,cina_assessment_start_date,"
        "cina_assessment_auth_date\nA,1,2025-01-02,2025-02-02\n",
        ssd_assessment_factors=table(
            "cinf_table_id,cinf_assessment_id,cinf_assessment_factors_json", ["1", "A", cell]
        ),
    )
    assert events(landed, "social_care.assessment.factor") == [
        ("assessment.factor.1b", date(2025, 2, 2), None),
        ("assessment.factor.2b", date(2025, 2, 2), None),
    ]
    assert landed.findings == []


def test_an_unknown_factor_is_reported_and_factors_of_nobody_are_set_aside(dump: Any) -> None:
    landed = dump(
        ssd_cin_assessments="cina_assessment_id,cina_person_id,cina_assessment_start_date\n"
        "A,1,2025-01-02\n",
        ssd_assessment_factors=table(
            "cinf_table_id,cinf_assessment_id,cinf_assessment_factors_json",
            ["1", "A", '["99Z", "1B"]'],
            ["2", "B", '["1B"]'],
        ),
    )
    assert len(events(landed, "social_care.assessment.factor")) == 1
    assert sorted(landed.rules()) == ["K-SSD-4", "K-SSD-7"]


def test_one_section_47_enquiry_under_two_ids_counts_once(dump: Any) -> None:
    header = "s47e_s47_enquiry_id,s47e_person_id,s47e_s47_start_date,s47e_s47_end_date,{}\n"
    landed = dump(
        ssd_s47_enquiry=header.format("s47e_s47_nfa")
        + "1,1,2025-01-01,2025-01-20,Y\n2,1,2025-01-01,2025-01-20,Y\n3,2,2025-01-01,2025-01-20,N\n"
    )
    assert events(landed) == [
        ("section_47.not_substantiated", date(2025, 1, 20), None),
        ("section_47.started", date(2025, 1, 1), None),
        ("section_47.started", date(2025, 1, 1), None),
    ]
    assert [r["row"] for r in landed.set_aside] == [3]


def test_a_second_plan_is_known_by_the_dates_whatever_the_order_of_rows(dump: Any) -> None:
    landed = dump(
        ssd_cp_plans="cppl_cp_plan_id,cppl_person_id,cppl_cp_plan_start_date,cppl_cp_plan_end_date,"
        "cppl_cp_plan_initial_category,cppl_cp_plan_latest_category\n"
        "P2,1,2025-01-01,,Neglect,Emotional abuse\nP1,1,2021-01-01,2022-01-01,NEG,NEG\n"
    )
    plans = [
        (e["occurred_on"].year, e["value"], e["ended_on"])
        for e in landed.tables["event"]
        if e["kind"].endswith("plan.open")
    ]
    assert sorted(plans) == [(2021, 0, date(2022, 1, 1)), (2025, 1, None)]
    repeat = "child_protection_plan.repeat_start"
    assert (repeat, date(2025, 1, 1), None) in events(landed)
    assert len(events(landed, f"social_care.{repeat}")) == 1
    known = {
        (e["kind"].rpartition(".")[2], e["occurred_on"].year): e["known_at"]
        for e in landed.tables["event"]
        if ".category." in e["kind"]
    }
    assert known[("neglect", 2025)] == date(2025, 1, 1)
    assert known[("emotional", 2025)] == date(2026, 1, 31), "the change has no date of its own"


def test_visits_without_a_person_are_found_through_their_plan(dump: Any) -> None:
    landed = dump(
        ssd_cin_plans="cin_plan_id,cinp_person_id,cinp_cin_plan_start_date\nP,2,2025-01-01\n",
        ssd_cin_visits="cinv_cin_visit_id,cinv_cin_plan_id,cinv_cin_visit_date\nV,P,2025-02-01\nW,Q,2025-02-01\n",
    )
    assert {p["record_id"] for p in landed.tables["event_person"]} == {"2"}
    assert [r["rule"] for r in landed.set_aside] == ["K-SSD-7"]


CARE = (
    "clae_cla_episode_id,clae_person_id,clae_cla_episode_start_date,clae_cla_episode_start_reason,"
    "clae_cla_episode_ceased_date,clae_cla_episode_ceased_reason,clae_cla_id\n"
)


def test_episodes_that_follow_on_one_another_are_one_period_of_care(dump: Any) -> None:
    rows = (
        "E2,1,2020-03-01,P,2020-06-01,E4A,\n"
        "E1,1,2020-01-01,S,2020-03-01,X1,\n"
        "E3,1,2023-01-01,S,,,\n"
        "E4,2,2020-01-01,S,2020-02-01,X1,C9\n"
    )
    assert events(dump(ssd_cla_episodes=CARE + rows)) == [
        ("looked_after.open", date(2020, 1, 1), None),
        ("looked_after.open", date(2020, 1, 1), date(2020, 6, 1)),
        ("looked_after.open", date(2023, 1, 1), None),
    ]


def test_placements_find_their_child_and_become_residences(dump: Any) -> None:
    landed = dump(
        ssd_cla_episodes=CARE + "E1,2,2020-01-01,S,,,C1\n",
        ssd_cla_placement="clap_cla_placement_id,clap_cla_id,clap_cla_placement_start_date,"
        "clap_cla_placement_type,clap_cla_placement_postcode\nP1,C1,2020-01-01,U6,GL5 1AB\n",
    )
    [stay] = landed.tables["residence"]
    assert (stay["record_id"], stay["kind"], stay["ended_on"]) == ("2", "placement", None)
    started = [e for e in landed.tables["event"] if e["kind"].endswith("placement_started")]
    assert [e["detail"] for e in started] == ["U6"]


def test_missing_episodes_lead_to_a_return_interview(dump: Any) -> None:
    landed = dump(
        ssd_missing="miss_table_id,miss_person_id,miss_missing_episode_start_date,"
        "miss_missing_episode_type,miss_missing_episode_end_date,miss_missing_rhi_offered,"
        "miss_missing_rhi_accepted\n"
        "1,1,2025-01-01,M,2025-01-03,Y,Y\n2,1,2025-02-01,Away,2025-02-02,NA,NA\n3,2,2025-03-01,Missing,,,\n"
    )
    assert events(landed) == [
        ("missing.episode", date(2025, 1, 1), date(2025, 1, 3)),
        ("missing.episode", date(2025, 3, 1), None),
        ("missing.return_interview_done", date(2025, 1, 3), None),
        ("missing.return_interview_due", date(2025, 1, 3), None),
        ("missing.unauthorised_absence", date(2025, 2, 1), date(2025, 2, 2)),
    ]
    assert landed.findings == []


def test_an_unaccompanied_childs_status_without_an_end_stays_open(dump: Any) -> None:
    landed = dump(
        ssd_immigration_status="immi_immigration_status_id,immi_person_id,immi_immigration_status,"
        "immi_immigration_status_start_date,immi_immigration_status_end_date\n"
        "1,1,Unaccompanied Asylum Seeking Child,2024-01-01,\n2,1,British citizen,,\n"
        "3,2,NRPF,2024-01-01,2023-01-01\n"
    )
    assert events(landed) == [
        ("immigration.no_recourse", date(2024, 1, 1), date(2024, 1, 1)),
        ("unaccompanied_child.status", date(2024, 1, 1), None),
    ]
    assert landed.rules() == ["K-SSD-5"]


def test_care_leavers_repeated_once_a_worker_load_once(dump: Any) -> None:
    landed = dump(
        ssd_care_leavers="clea_table_id,clea_person_id,clea_care_leaver_eligibility,"
        "clea_care_leaver_latest_contact,clea_care_leaver_accom_suitable,clea_care_leaver_worker_id\n"
        "1,1,Former Relevant,2025-01-01,2,W1\n2,1,Former Relevant,2025-01-01,2,W2\n"
        "3,2,No Current Eligibility,2025-01-01,1,W1\n"
    )
    kinds = [kind for kind, *_ in events(landed)]
    assert kinds == [
        "care_leaver.contact",
        "care_leaver.contact",
        "care_leaver.eligible",
        "care_leaver.unsuitable_accommodation",
    ]
    assert [r["row"] for r in landed.set_aside] == [3]


def test_scores_outside_the_questionnaire_are_reported_and_left_out(dump: Any) -> None:
    landed = dump(
        ssd_sdq_scores="csdq_table_id,csdq_person_id,csdq_sdq_completed_date,csdq_sdq_score,csdq_sdq_reason\n"
        "1,1,2025-01-01,17,\n2,1,2025-02-01,41,\n3,1,2025-03-01,,SDQ2\n4,1,,20,\n"
    )
    assert [e["value"] for e in landed.tables["event"]] == [17]
    assert landed.rules() == ["K-SSD-15", "K-SSD-10"]
    assert [r["row"] for r in landed.set_aside] == [5]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("zz/05/2020", date(2020, 5, 31)),
        ("zz/zz/2020", date(2020, 12, 31)),
        ("14/05/2020", date(2020, 5, 14)),
        ("zz/zz/zzzz", date(2026, 1, 31)),
    ],
)
def test_a_permanence_date_known_in_part_counts_from_when_it_is_certain(
    cell: str, expected: date, dump: Any
) -> None:
    landed = dump(
        ssd_cla_previous_permanence="lapp_table_id,lapp_person_id,"
        "lapp_previous_permanence_order_date,lapp_previous_permanence_option\n"
        f"1,1,{cell},P1 - Adoption\n2,2,{cell},Z1\n"
    )
    assert [(e["occurred_on"], e["detail"]) for e in landed.tables["event"]] == [(expected, "P1")]


def test_early_help_says_how_it_ended_and_who_led(dump: Any) -> None:
    landed = dump(
        ssd_early_help_episodes="earl_episode_id,earl_person_id,earl_episode_start_date,"
        "earl_episode_end_date,earl_episode_end_reason,earl_episode_worker_id\n"
        "1,1,2025-01-01,2025-02-01,Family did not engage,W1\n2,2,2025-01-01,2025-02-01,Needs met,W1\n"
        "3,3,2025-01-01,,,\n"
    )
    kinds = [kind for kind, *_ in events(landed) if ".closed." in kind]
    assert kinds == ["early_help.closed.needs_met", "early_help.closed.not_engaged"]
    assert len(landed.tables["service_involvement"]) == 3


def test_rows_without_a_date_are_set_aside_and_dates_that_cannot_be_read_are_named(
    dump: Any,
) -> None:
    landed = dump(
        ssd_cp_visits="cppv_cp_visit_id,cppv_person_id,cppv_cp_visit_date\n1,1,\n2,1,31/02/2025\n"
    )
    assert [r["rule"] for r in landed.set_aside] == ["K-SSD-10", "K-SSD-10"]
    [unread] = [f for f in landed.findings if f["rule"] == "K-SSD-1"]
    assert (unread["row"], unread["column"], unread["value"]) == (
        3,
        "cppv_cp_visit_date",
        "31/02/2025",
    )


def test_every_rule_that_is_reported_has_a_title(dump: Any) -> None:
    landed = dump(ssd_contacts="cont_contact_id,cont_person_id,cont_contact_date\n5,9,soon\n")
    assert {rule for rule in landed.rules() if rule.startswith("K-SSD")} <= RULES.keys()
    assert len(landed.rules()) == 3


@given(cell=st.text(alphabet='{}[]":,\\ABY1\n', max_size=40))
def test_no_json_cell_however_broken_stops_the_feed(
    cell: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = {
        "ssd_person.csv": PEOPLE,
        "ssd_contacts.csv": table(
            "cont_contact_id,cont_person_id,cont_contact_date,cont_contact_outcome_json",
            ["5", "1", "2025-01-01", cell],
        ),
    }
    landed = read(read_standard_safeguarding_dataset, files, tmp_path_factory.mktemp("dump"))
    assert sum(a["loaded"] for a in landed.accounts) == 4
