"""Health, housing, benefits, youth justice, early help and the small lists, file by file."""

from datetime import date
from pathlib import Path
from typing import Any

from feeds.kit import Landed, read
from kithkin.feeds.plain import read_plain


def landed(contract: str, folder: Path, **files: str) -> Landed:
    named: dict[str, str | bytes] = {f"{name}.csv": text for name, text in files.items()}
    return read(read_plain(contract), named, folder, agency=contract)


def kinds(found: Landed) -> list[str]:
    return [event["kind"] for event in found.tables["event"]]


def roles(found: Landed, kind: str) -> set[tuple[str, str]]:
    ids = {event["event_id"] for event in found.tables["event"] if event["kind"] == kind}
    return {
        (part["record_id"], part["role"])
        for part in found.tables["event_person"]
        if part["event_id"] in ids
    }


def ties(found: Landed) -> set[tuple[str, str, str]]:
    return {
        (tie["record_id"], tie["other_record_id"], tie["kind"])
        for tie in found.tables["relationship"]
    }


def spans(rows: list[dict[str, Any]]) -> list[tuple[date | None, date | None]]:
    return [(row["started_on"], row["ended_on"]) for row in rows]


# --- health --------------------------------------------------------------------------------------


def test_patients_have_checked_numbers_and_an_unborn_child_is_unborn(tmp_path: Path) -> None:
    patients = (
        "patient_id,nhs_no,forename,surname,dob,edd,gender\n"
        "H1,943 476 5919,Ada,Lamb,2010-05-02,,2\nH2,9434765918,Ben,Reed,2009-11-09,,1\n"
        "H3,,,Lamb,,2026-06-01,\n"
    )
    found = landed("health", tmp_path, patients=patients)
    assert [one["check"] for one in found.tables["identifier"]] == ["passed", "failed"]
    people = {one["record_id"]: one for one in found.tables["person_record"]}
    assert [people[key]["sex"] for key in ("H1", "H2", "H3")] == ["F", "M", None]
    assert people["H3"]["unborn"] is True
    assert people["H3"]["expected_date_of_birth"] == date(2026, 6, 1)


def test_an_emergency_attendance_for_an_injury_is_an_attendance_and_an_injury(
    tmp_path: Path,
) -> None:
    contacts = (
        "contact_id,patient_id,contact_on,category,diagnosis\n"
        "A1,H1,2026-01-02,Emergency injury,S52.5\nA2,H1,2026-01-03,Emergency,\n"
        "A3,H1,2026-01-04,CAMHS referral rejected,\nA4,H1,2026-01-05,chiropody,\n"
    )
    found = landed("health", tmp_path, contacts=contacts)
    assert kinds(found) == [
        "health.emergency.attendance",
        "health.emergency.injury",
        "health.emergency.attendance",
        "health.camhs.rejected",
    ]
    assert found.rules() == ["K-MAP-CODE"]
    assert "S52.5" not in repr(found.tables)


def test_every_appointment_is_booked_and_some_were_not_brought(tmp_path: Path) -> None:
    appointments = (
        "appointment_id,patient_id,date,wnb\nB1,H1,2026-01-02,Y\nB2,H1,2026-01-09,N\n"
        "B3,H1,2026-01-12,perhaps\n"
    )
    found = landed("health", tmp_path, appointments=appointments)
    assert kinds(found).count("health.appointment.booked") == 3
    assert kinds(found).count("health.appointment.was_not_brought") == 1
    assert found.rules() == ["K-MAP-TRUTH"]


def test_an_episode_is_an_event_and_an_involvement_with_who_leads(tmp_path: Path) -> None:
    episodes = (
        "episode_id,patient_id,service,started_on,ended_on,lead_name,lead_organisation\n"
        "E1,H1,CAMHS,2025-03-01,2025-09-01,Jo Hill,A Trust\n"
        "E2,H2,adult mental health,2025-04-01,,,\n"
    )
    found = landed("health", tmp_path, episodes=episodes)
    assert kinds(found) == ["health.camhs.open", "health.adult_mental_health.open"]
    camhs, adult = found.tables["service_involvement"]
    assert (camhs["service"], adult["service"]) == ("camhs", "adult_mental_health")
    assert camhs["professional_id"] == found.tables["professional"][0]["professional_id"]
    assert adult["professional_id"] is None
    assert spans([camhs, adult]) == [
        (date(2025, 3, 1), date(2025, 9, 1)),
        (date(2025, 4, 1), None),
    ]


def test_only_a_time_without_a_practice_is_an_event(tmp_path: Path) -> None:
    periods = "patient_id,registered,from,to\nH1,Y,2020-01-01,2024-12-31\nH1,N,2025-01-01,\n"
    found = landed("health", tmp_path, registration=periods)
    (event,) = found.tables["event"]
    assert (event["kind"], event["occurred_on"]) == ("health.gp.unregistered", date(2025, 1, 1))


# --- housing -------------------------------------------------------------------------------------

TENANCIES = (
    "tenancy_id,person_id,address,postcode,uprn,started_on,ended_on\n"
    "T1,P1,1 Mill Lane,GL5 1AA,200001,2020-05-01,\n"
)


def test_members_live_at_the_tenancy_and_a_child_s_parent_is_the_tenant(tmp_path: Path) -> None:
    members = "tenancy_id,person_id,relationship,from\nT1,P2,son,\nT1,P3,partner,2024-02-01\n"
    found = landed("housing", tmp_path, tenancy=TENANCIES, members=members)
    assert {row["record_id"] for row in found.tables["residence"]} == {"P1", "P2", "P3"}
    assert len({row["address_id"] for row in found.tables["residence"]}) == 1
    assert ties(found) == {
        ("P1", "P2", "household_member"),
        ("P2", "P1", "parent"),
        ("P1", "P3", "partner"),
    }
    assert spans(found.tables["residence"])[2] == (date(2024, 2, 1), None)


def test_arrears_notices_complaints_and_hazards_are_the_tenant_s(tmp_path: Path) -> None:
    found = landed(
        "housing",
        tmp_path,
        tenancy=TENANCIES,
        arrears="tenancy_id,balance_on,weeks_in_arrears\nT1,2026-01-01,9.5\nT2,2026-01-01,1\n",
        notices="notice_id,tenancy_id,served_on,stage\nN1,T1,2026-01-03,NOSP\n",
        asb="case_id,tenancy_id,opened_on,type\nC1,T1,2026-01-04,noise\nC2,T1,2026-01-05,Cuckooing\n",
        hazards="inspection_id,tenancy_id,finding,found_on\nZ1,T1,Category 1 hazard,2026-01-06\n",
    )
    assert sorted(kinds(found)) == [
        "housing.antisocial_behaviour.complaint",
        "housing.arrears.balance",
        "housing.condition.category_1_hazard",
        "housing.cuckooing.reported",
        "housing.notice.seeking_possession",
    ]
    assert roles(found, "housing.cuckooing.reported") == {("P1", "victim")}
    (balance,) = [e for e in found.tables["event"] if e["kind"] == "housing.arrears.balance"]
    assert balance["value"] == 9.5
    assert [row["rule"] for row in found.set_aside] == ["K-MAP-JOIN"]


def test_duties_are_events_on_their_days_and_the_household_takes_part(tmp_path: Path) -> None:
    found = landed(
        "housing",
        tmp_path,
        homelessness=(
            "application_id,person_id,applied_on,prevention_duty_on,relief_duty_on,aged_16_or_17\n"
            "A1,P1,2025-11-01,2025-11-03,2026-01-02,N\nA2,P9,2025-12-01,,,Y\n"
        ),
        application_members="application_id,person_id,relationship\nA1,P2,child\n",
    )
    assert kinds(found) == [
        "housing.homelessness.prevention_duty",
        "housing.homelessness.relief_duty",
        "housing.homelessness.aged_16_17",
    ]
    assert roles(found, "housing.homelessness.relief_duty") == {
        ("P1", "applicant"),
        ("P2", "household_member"),
    }
    assert roles(found, "housing.homelessness.aged_16_17") == {("P9", "applicant")}
    assert ("P2", "P1", "parent") in ties(found)


def test_temporary_accommodation_is_an_event_and_where_each_member_lives(tmp_path: Path) -> None:
    placements = (
        "placement_id,person_id,role,placed_from,placed_to,address,postcode\n"
        "L1,P1,,2026-01-02,,Hostel Lane,GL1 1AA\nL1,P2,child,2026-01-02,,Hostel Lane,GL1 1AA\n"
    )
    found = landed("housing", tmp_path, temporary=placements)
    assert roles(found, "housing.temporary_accommodation") == {
        ("P1", "applicant"),
        ("P2", "household_member"),
    }
    assert [row["kind"] for row in found.tables["residence"]] == ["temporary", "temporary"]


def test_housing_support_is_an_event_and_an_involvement(tmp_path: Path) -> None:
    support = (
        "support_id,person_id,started_on,ended_on,officer_name,organisation\n"
        "S1,P1,2025-01-01,2024-01-01,Jo Hill,A Landlord\n"
    )
    found = landed("housing", tmp_path, support=support)
    assert kinds(found) == ["housing.support.open"]
    assert found.tables["service_involvement"][0]["service"] == "housing"
    assert set(found.rules()) == {"K-MAP-ORDER"}


# --- benefits ------------------------------------------------------------------------------------

CLAIMS = (
    "claim_id,claimant_id,partner_id,started_on,ended_on,out_of_work,employed,address,postcode\n"
    "C1,P1,P3,2024-04-01,,Y,N,1 Mill Lane,GL5 1AA\nC2,P7,,2024-04-01,,N,Y,,\n"
)


def test_a_claim_ties_partner_and_members_to_the_claimant(tmp_path: Path) -> None:
    members = "claim_id,person_id,relationship\nC1,P2,Child\nC1,P4,Non-dependant\n"
    found = landed("benefits", tmp_path, claims=CLAIMS, members=members)
    assert ties(found) == {
        ("P1", "P3", "partner"),
        ("P1", "P2", "household_member"),
        ("P2", "P1", "parent"),
        ("P1", "P4", "household_member"),
    }
    assert {row["kind"] for row in found.tables["residence"]} == {"declared"}
    assert {row["record_id"] for row in found.tables["residence"]} == {"P1", "P2", "P3", "P4"}
    assert roles(found, "benefits.out_of_work") == {("P1", "claimant"), ("P3", "household_member")}
    assert roles(found, "benefits.employment") == {("P7", "claimant")}


def test_caps_sanctions_debts_and_awards_are_events_of_the_claimant(tmp_path: Path) -> None:
    found = landed(
        "benefits",
        tmp_path,
        claims=CLAIMS,
        cap="claim_id,capped_from,capped_to,weekly_amount\nC1,2025-01-06,,40.12\n",
        sanctions="sanction_id,person_id,sanctioned_on\nS1,P1,2025-02-01\n",
        debt="case_id,person_id,enforced_on,amount\nD1,P1,2025-03-01,912\n",
        hardship="award_id,person_id,awarded_on\nW1,P1,2025-04-01\n",
        person="person_id,forename,surname,dob,nino\nP1,Ada,Lamb,1991-02-01,AB123456C\n",
    )
    assert {"benefits.capped", "benefits.sanction", "benefits.debt.enforcement"} <= set(
        kinds(found)
    )
    assert roles(found, "benefits.hardship.award") == {("P1", "claimant")}
    assert found.tables["identifier"][0]["check"] == "passed"
    assert "40.12" not in repr(found.tables)


# --- youth justice -------------------------------------------------------------------------------


def test_outcomes_orders_and_ratings_of_a_child(tmp_path: Path) -> None:
    found = landed(
        "youth_justice",
        tmp_path,
        outcomes=(
            "outcome_id,person_id,outcome_on,disposal,fte,ho_code\n"
            "U1,Y1,2025-10-01,Youth Caution,Y,105A\nU2,Y1,2025-12-01,Referral Order,N,39\n"
        ),
        orders=(
            "order_id,person_id,started_on,ended_on,breached_on,worker_name\n"
            "R1,Y1,2025-12-01,,2026-01-10,Jo Hill\n"
        ),
        assessments=(
            "assessment_id,person_id,assessed_on,harm_rating,safety_rating\n"
            "A1,Y1,2025-12-10,Medium,Very High\n"
        ),
        custody="custody_id,person_id,from,to\nC1,Y1,2026-01-11,2026-01-20\n",
    )
    assert kinds(found) == [
        "youth_justice.disposal.out_of_court",
        "youth_justice.disposal.first_time_entrant",
        "youth_justice.order.open",
        "youth_justice.order.breached",
        "youth_justice.assessment.risk_rating",
        "youth_justice.assessment.risk_rating",
        "youth_justice.custody",
    ]
    ratings = [e for e in found.tables["event"] if e["kind"].endswith("risk_rating")]
    assert [event["value"] for event in ratings] == [2, 4]
    assert len({event["event_id"] for event in ratings}) == 2
    assert found.tables["service_involvement"][0]["service"] == "youth_justice"


# --- early help ----------------------------------------------------------------------------------


def test_an_episode_opens_ends_with_its_reason_and_holds_the_family(tmp_path: Path) -> None:
    found = landed(
        "early_help",
        tmp_path,
        episodes=(
            "episode_id,person_id,started_on,ended_on,end_reason,lead_name,notes\n"
            "E1,B1,2025-01-01,2025-06-01,Disengaged,Jo Hill,words\nE2,B9,2025-07-01,,,,\n"
        ),
        members="episode_id,person_id,role,relationship\nE1,B2,parent,mother\n",
    )
    assert kinds(found) == [
        "early_help.episode.open",
        "early_help.closed.not_engaged",
        "early_help.episode.open",
    ]
    assert roles(found, "early_help.closed.not_engaged") == {("B1", "subject"), ("B2", "parent")}
    assert ties(found) == {("B1", "B2", "mother")}
    assert found.tables["service_involvement"][0]["end_reason"] == "Disengaged"
    assert "words" not in repr(found.tables)


def test_a_row_that_is_set_aside_does_not_silence_the_next_one(tmp_path: Path) -> None:
    episodes = (
        "episode_id,person_id,started_on,lead_name\nE1,B1,,Jo Hill\nE2,B2,2025-01-01,Jo Hill\n"
    )
    found = landed("early_help", tmp_path, episodes=episodes)
    assert [row["row"] for row in found.set_aside] == [2]
    assert [(one["full_name"], one["row"]) for one in found.tables["professional"]] == [
        ("Jo Hill", 3)
    ]


def test_needs_assessments_and_declined_offers(tmp_path: Path) -> None:
    found = landed(
        "early_help",
        tmp_path,
        needs=(
            "person_id,need,found_on\nB1,Safe from domestic abuse,2025-01-02\n"
            "B1,juggling,2025-01-02\n"
        ),
        assessment="assessment_id,person_id,started_on,completed_on\nA1,B1,2025-01-03,\n",
        offers="offer_id,person_id,answered_on,declined\nO1,B1,2025-01-05,Y\nO2,B1,2025-02-05,N\n",
        people="person_id,forename,surname,upn\nB1,Ada,Lamb,A801200005001\n",
    )
    assert kinds(found) == [
        "early_help.need.domestic_abuse",
        "early_help.assessment.started",
        "early_help.offer.declined",
    ]
    assert found.tables["identifier"][0]["check"] == "failed"
    assert set(found.rules()) == {"K-MAP-CODE", "K-MAP-CHECK"}


# --- small lists ---------------------------------------------------------------------------------


def test_panels_conferences_and_services_say_that_and_not_what(tmp_path: Path) -> None:
    found = landed(
        "other",
        tmp_path,
        exploitation=(
            "record_id,person_id,record_on,record_to,record_type,screening_band,screening_score,"
            "discussion\n"
            "X1,Q1,2026-01-02,,panel,,,names\nX2,Q1,2025-06-01,2025-12-01,CSE,,,\n"
            "X3,Q1,2026-01-03,,,medium,14,\n"
        ),
        marac="case_id,person_id,role,heard_on\nM1,Q2,perpetrator,2026-01-05\n",
        refuge="episode_id,person_id,service,started_on\nR1,Q3,Refuge,2026-01-06\n",
        prevent="referral_id,person_id,decided_on,adopted\nV1,Q1,2026-01-07,N\n",
        probation=(
            "episode_id,person_id,type,started_on,ended_on,release_told_on,release_due_on\n"
            "P1,Q2,Prison,2024-01-01,,2026-01-08,2026-11-30\n"
        ),
        context="assessment_id,person_id,type,started_on,address\nG1,Q1,location,2026-01-09,Park\n",
    )
    assert sorted(kinds(found)) == [
        "context.location_assessment",
        "domestic_abuse_service.marac.heard",
        "domestic_abuse_service.refuge",
        "exploitation.flag.child_sexual_exploitation",
        "exploitation.panel.heard",
        "exploitation.screening.band",
        "exploitation.screening.score",
        "probation.prison",
        "probation.release_due",
    ]
    assert roles(found, "domestic_abuse_service.marac.heard") == {("Q2", "suspect")}
    assert roles(found, "domestic_abuse_service.refuge") == {("Q3", "victim")}
    due = next(e for e in found.tables["event"] if e["kind"] == "probation.release_due")
    assert (due["occurred_on"], due["detail"]) == (date(2026, 1, 8), "2026-11-30")
    assert "names" not in repr(found.tables)


def test_a_protected_person_is_sealed_and_so_is_one_of_whom_it_is_unclear(tmp_path: Path) -> None:
    people = "person_id,surname,protected\nQ1,Lamb,N\nQ2,Reed,Y\nQ3,Hill,ask\nQ4,Moss,\n"
    found = landed("other", tmp_path, people=people)
    assert [one["seal"] for one in found.tables["person_record"]] == ["S0", "S2", "S2", "S0"]
    assert found.rules() == ["K-MAP-CODE"]
