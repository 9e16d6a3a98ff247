"""Police files: occurrences and their people, missing reports, custody, intelligence, flags."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from feeds.kit import Landed, read
from kithkin.feeds.plain import read_plain

OCCURRENCES = (
    "Occurrence No,Reported On,Committed From,HO Code,DA Flag,DASH Grade,DASH Score,Markers,"
    "Order Breached,ASB,Location,Postcode,Circumstances\n"
    "O1,2026-01-04,2026-01-03,105A,Y,High,15,CSE;County Lines,N,N,1 Mill Lane,GL5 1AA,he said\n"
    "O2,2026-01-05,,,Y,,,,N,N,,,\n"
    "O3,2026-01-06,2026-01-06,999Z,,,,,Y,Y,,,\n"
    "O4,2026-01-07,2026-01-07,39,,,,,,,,,\n"
)
PEOPLE = (
    "Occurrence No,Nominal,Role,Age\n"
    "O1,N1,Aggrieved,34\n"
    "O1,N2,Charged,36\n"
    "O1,N3,Child Present,7\n"
    "O2,N1,victim,34\n"
    "O3,N4,suspect,15\n"
)
NOMINALS = (
    "Nominal ID,Forename,Surname,DOB,Sex,Ethnicity,PNC,Home Address,Postcode,Address From\n"
    "N1,Ada,Lamb,01/02/1991,F,White British,,1 Mill Lane,GL5 1AA,2020-05-01\n"
    "N4,Ben,Reed,09/11/2010,M,,,,,\n"
)


def police(tmp_path: Path, **files: str) -> Landed:
    named: dict[str, str | bytes] = {f"{name}.csv": text for name, text in files.items()}
    return read(read_plain("police"), named, tmp_path, agency="police")


def events(landed: Landed, prefix: str = "") -> dict[str, dict[str, Any]]:
    return {e["kind"]: e for e in landed.tables["event"] if e["kind"].startswith(prefix)}


def parts(landed: Landed, event: dict[str, Any]) -> set[tuple[str, str, int | None]]:
    return {
        (part["record_id"], part["role"], part["age_at_event"])
        for part in landed.tables["event_person"]
        if part["event_id"] == event["event_id"]
    }


@pytest.fixture
def landed(tmp_path: Path) -> Landed:
    return police(tmp_path, occurrence=OCCURRENCES, occurrence_person=PEOPLE, nominal=NOMINALS)


def test_an_occurrence_is_one_crime_with_all_its_people_in_their_roles(landed: Landed) -> None:
    crime = events(landed)["police.crime.violence_without_injury"]
    assert crime["occurred_on"] == date(2026, 1, 3)
    assert (crime["known_at"], crime["known_basis"]) == (date(2026, 1, 4), "recorded")
    assert crime["detail"] == "105A"
    assert parts(landed, crime) == {
        ("N1", "victim", 34),
        ("N2", "charged", 36),
        ("N3", "present", 7),
    }


def test_markers_and_domestic_abuse_are_events_besides_in_one_group(landed: Landed) -> None:
    group = {e["kind"] for e in landed.tables["event"] if e["group_id"] == "O1"}
    assert group == {
        "police.crime.violence_without_injury",
        "police.marker.child_sexual_exploitation",
        "police.marker.county_lines",
        "police.domestic_abuse.crime",
        "police.domestic_abuse.dash_grade",
        "police.domestic_abuse.dash_score",
    }
    assert events(landed)["police.domestic_abuse.dash_grade"]["value"] == 3
    assert events(landed)["police.domestic_abuse.dash_score"]["value"] == 15


def test_a_charged_person_is_a_suspect_of_domestic_abuse(landed: Landed) -> None:
    abuse = events(landed)["police.domestic_abuse.crime"]
    assert parts(landed, abuse) == {
        ("N1", "victim", 34),
        ("N2", "suspect", 36),
        ("N3", "present", 7),
    }


def test_a_domestic_incident_without_an_offence_is_a_non_crime_of_the_day_reported(
    landed: Landed,
) -> None:
    incident = events(landed)["police.domestic_abuse.non_crime"]
    assert (incident["group_id"], incident["occurred_on"]) == ("O2", date(2026, 1, 5))


def test_an_offence_code_that_nobody_knows_is_an_unclassified_crime_with_a_finding(
    landed: Landed,
) -> None:
    crime = events(landed)["police.crime.unclassified"]
    assert (crime["group_id"], crime["detail"]) == ("O3", "999Z")
    assert ("K-MAP-CODE", "999Z") in {(f["rule"], f["value"]) for f in landed.findings}


def test_a_breach_counts_against_the_suspect_alone(landed: Landed) -> None:
    assert parts(landed, events(landed)["police.order.breached"]) == {("N4", "suspect", 15)}


def test_an_occurrence_without_people_loads_as_an_event(landed: Landed) -> None:
    theft = events(landed)["police.crime.theft_from_person"]
    assert theft["group_id"] == "O4"
    assert parts(landed, theft) == set()
    assert landed.set_aside == []


def test_the_scene_and_the_home_are_one_address(landed: Landed) -> None:
    crime = events(landed)["police.crime.violence_without_injury"]
    (home,) = landed.tables["residence"]
    assert (home["record_id"], home["kind"]) == ("N1", "home")
    assert home["started_on"] == date(2020, 5, 1)
    assert home["address_id"] == crime["address_id"]


def test_nominals_carry_names_and_circumstances_are_not_stored(landed: Landed) -> None:
    names = {p["record_id"]: (p["surname"], p["sex"]) for p in landed.tables["person_record"]}
    assert names == {"N1": ("Lamb", "F"), "N4": ("Reed", "M")}
    assert "he said" not in repr(landed.tables)


def test_people_of_an_occurrence_that_was_not_delivered_are_set_aside(tmp_path: Path) -> None:
    landed = police(
        tmp_path, occurrence=OCCURRENCES, occurrence_person=PEOPLE + "O8,N1,victim,34\n"
    )
    (aside,) = landed.set_aside
    assert (aside["rule"], aside["row"]) == ("K-MAP-JOIN", 7)
    assert "'O8'" in aside["reason"]


def test_a_suspect_with_one_five_years_older_is_marked_and_the_older_is_not(
    tmp_path: Path,
) -> None:
    people = (
        "occurrence_id,nominal_id,role,age,date_of_birth\n"
        "O3,N4,suspect,15,\n"
        "O3,N5,charged,,2005-06-01\n"
        "O3,N6,suspect,16,\n"
        "O3,N7,victim,60,\n"
        "O1,N8,suspect,15,\n"
        "O1,N9,suspect,19,\n"
    )
    landed = police(tmp_path, occurrence=OCCURRENCES, occurrence_person=people)
    marked = [e for e in landed.tables["event"] if e["kind"] == "police.marker.older_co_suspect"]
    # N5 is 20 on 6 January 2026: five years older than N4 (15), four older than N6 (16).
    assert [parts(landed, event) for event in marked] == [{("N4", "suspect", 15)}]
    assert [(e["group_id"], e["occurred_on"]) for e in marked] == [("O3", date(2026, 1, 6))]


def test_a_missing_episode_has_its_hours_and_ends_on_return(tmp_path: Path) -> None:
    missing = (
        "misper id,nominal id,last seen,reported,found,risk level,exploitation answers,"
        "found out of area\n"
        "M1,N4,2026-01-02 22:00,2026-01-02 23:30,2026-01-03T04:30:00,High,2,Y\n"
        "M2,N4,05/01/2026 10:00,05/01/2026 11:00,05/01/2026 14:15,No apparent risk,0,N\n"
        "M3,N4,,2026-01-20,,medium,,\n"
    )
    landed = police(tmp_path, missing=missing)
    episodes = [e for e in landed.tables["event"] if e["kind"] == "police.missing.episode"]
    assert [e["value"] for e in episodes] == [6.5, 4.25, None]
    assert [e["ended_on"] for e in episodes] == [date(2026, 1, 3), date(2026, 1, 5), None]
    assert [e["occurred_on"] for e in episodes][2] == date(2026, 1, 20)
    of_first = {e["kind"]: e["value"] for e in landed.tables["event"] if e["group_id"] == "M1"}
    assert of_first == {
        "police.missing.episode": 6.5,
        "police.missing.overnight": None,
        "police.missing.found_out_of_area": None,
        "police.missing.risk_grade": 3,
        "police.missing.exploitation_answer": 2,
    }
    assert [e["value"] for e in landed.tables["event"] if "risk_grade" in e["kind"]] == [3, 1, 2]
    assert "police.missing.overnight" not in {
        e["kind"] for e in landed.tables["event"] if e["group_id"] == "M2"
    }


def test_custody_past_midnight_is_overnight(tmp_path: Path) -> None:
    custody = (
        "custody_id,nominal_id,arrived_at,released_at,risk_answers,weapon_found\n"
        "C1,N4,2026-01-02 23:10,2026-01-03 01:00,3,Y\n"
        "C2,N4,2026-01-09 10:00,2026-01-09 12:00,0,N\n"
    )
    landed = police(tmp_path, custody=custody)
    assert [e["kind"] for e in landed.tables["event"]] == [
        "police.custody.arrival",
        "police.custody.overnight",
        "police.custody.risk_answer",
        "police.custody.weapon_found",
        "police.custody.arrival",
    ]
    assert {part["role"] for part in landed.tables["event_person"]} == {"detainee"}


def test_intelligence_is_stored_as_category_and_reliability(tmp_path: Path) -> None:
    intelligence = (
        "report_id,nominal_id,reported_on,category,reliability,role,text\n"
        "I1,N4,2026-01-02,County Lines,untested,,seen at the park\n"
        "I1,N5,2026-01-02,County Lines,untested,victim,seen at the park\n"
        "I2,N4,2026-01-03,fly tipping,,suspect,\n"
    )
    landed = police(tmp_path, intelligence=intelligence)
    assert [(e["kind"], e["value"]) for e in landed.tables["event"]] == [
        ("police.intelligence.county_lines", 2),
        ("police.intelligence.county_lines", 2),
        ("police.intelligence.other", None),
    ]
    assert [p["role"] for p in landed.tables["event_person"]] == ["subject", "victim", "suspect"]
    assert landed.rules() == ["K-MAP-CODE"]
    assert "park" not in repr(landed.tables)


def test_a_notice_is_known_when_it_was_shared_and_keeps_its_grade(tmp_path: Path) -> None:
    notices = (
        "notice_id,nominal_id,noticed_on,shared_on,notice_type,grade\n"
        "V1,N3,2026-01-02,2026-01-09,child,Amber\n"
        "V2,N3,2026-01-03,2026-01-04,child,\n"
        "V3,N1,2026-01-03,2026-01-04,Adult,\n"
    )
    landed = police(tmp_path, vulnerability_notice=notices)
    assert [(e["kind"], e["known_at"]) for e in landed.tables["event"]] == [
        ("police.notice.child_concern_amber", date(2026, 1, 9)),
        ("police.notice.child_concern_ungraded", date(2026, 1, 4)),
        ("police.notice.adult_concern", date(2026, 1, 4)),
    ]


def test_orders_last_and_a_breach_is_of_the_order_s_own_sort(tmp_path: Path) -> None:
    orders = (
        "order_id,nominal_id,order_type,granted_on,ends_on,breached_on\n"
        "R1,N4,Criminal Behaviour Order,2026-01-02,2027-01-02,\n"
        "R2,N2,Non-molestation order,2026-01-02,2026-07-02,2026-01-20\n"
        "R3,N4,bail conditions,2026-01-02,,2026-01-21\n"
    )
    landed = police(tmp_path, orders=orders)
    assert [(e["kind"], e["occurred_on"].day) for e in landed.tables["event"]] == [
        ("police.antisocial_behaviour.managed", 2),
        ("police.domestic_abuse.order_breached", 20),
        ("police.order.breached", 21),
    ]
    assert [p["role"] for p in landed.tables["event_person"]] == ["subject", "suspect", "subject"]


def test_a_flag_lasts_and_one_that_nobody_knows_is_an_other_flag(tmp_path: Path) -> None:
    flags = (
        "nominal_id,flag,flagged_from,flagged_to\n"
        "N4,CSE,2025-03-01,2025-09-01\nN4,vip,2025-03-02,\n"
    )
    landed = police(tmp_path, flags=flags)
    assert [(e["kind"], e["ended_on"]) for e in landed.tables["event"]] == [
        ("police.flag.child_sexual_exploitation", date(2025, 9, 1)),
        ("police.flag.other", None),
    ]


def test_a_call_without_a_person_is_an_event_at_its_address(tmp_path: Path) -> None:
    calls = (
        "call_id,called_on,closing_code,nominal_id,address,postcode\n"
        "K1,2026-01-02,Domestic,,1 Mill Lane,GL5 1AA\n"
        "K2,2026-01-03,concern for safety,N4,1 Mill Lane,GL5 1AA\n"
        "K3,2026-01-03,other,,,\n"
    )
    landed = police(tmp_path, calls=calls)
    first, second = landed.tables["event"]
    assert (first["kind"], second["kind"]) == (
        "police.call.domestic",
        "police.call.concern_for_safety",
    )
    assert first["address_id"] == second["address_id"] is not None
    assert [p["record_id"] for p in landed.tables["event_person"]] == ["N4"]


def test_the_other_small_police_lists_make_their_events(tmp_path: Path) -> None:
    landed = police(
        tmp_path,
        police_protection="protection_id,nominal_id,used_on\nP1,N3,2026-01-02\n",
        encompass="notification_id,nominal_id,sent_on,occurrence_id\nE1,N3,2026-01-05,O1\n",
        encounters=(
            "encounter_id,nominal_id,encountered_on,at_night,high_harm_place\n"
            "X1,N4,2026-01-05,Y,Y\nX2,N4,2026-01-06,Y,N\n"
        ),
    )
    assert set(events(landed)) == {
        "police.police_protection.used",
        "police.notice.encompass",
        "police.place.night_encounter",
    }
    assert len(landed.tables["event"]) == 3
