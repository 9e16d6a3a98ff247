"""The SSDA903 return: what a few hand-written rows become."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.feeds.kit import Landed, read

from kithkin.feeds.delivery import FeedError
from kithkin.feeds.ssda903 import RULES, read_ssda903

HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n"
EPISODES = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN\n"
CARE = "social_care.looked_after"


def returned(tmp_path: Path, files: dict[str, str], **delivery: Any) -> Landed:
    usual: dict[str, Any] = {"extracted_on": date(2018, 6, 30), "options": {"year_ending": 2018}}
    return read(read_ssda903, files, tmp_path, **(usual | delivery))


def episodes(tmp_path: Path, *rows: str, header: str = "7,1,01/02/2008,WBRI,UN3,,") -> Landed:
    files = {"a.csv": HEADER + header + "\n", "b.csv": EPISODES + "\n".join(rows) + "\n"}
    return returned(tmp_path, files)


def spans(landed: Landed, kind: str) -> list[tuple[date, date | None]]:
    found = [e for e in landed.tables["event"] if e["kind"] == kind]
    return [(event["occurred_on"], event["ended_on"]) for event in found]


def rows_of(landed: Landed, rule: str) -> list[tuple[str, int, str]]:
    found = [f for f in landed.findings if f["rule"] == rule]
    return [(finding["file"], finding["row"], finding["column"]) for finding in found]


def test_files_are_known_by_their_columns_and_not_by_their_names(tmp_path: Path) -> None:
    landed = returned(
        tmp_path,
        {"x1.csv": "child,Review,REVIEW_CODE,DOB\n7,01/05/2017,PN1,01/02/2008\n",
         "header_old.csv": "CHILD,DOB,MISSING,MIS_START,MIS_END\n7,01/02/2008,M,02/05/2017,\n"},
    )  # fmt: skip
    kinds = {event["kind"] for event in landed.tables["event"]}
    assert kinds == {f"{CARE}.review", "social_care.missing.episode"}


def test_a_file_that_is_none_of_the_returns_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"odd\.csv: has the columns CHILD, SHOE"):
        returned(tmp_path, {"odd.csv": "CHILD,SHOE\n7,9\n"})


def test_a_child_has_sex_ethnicity_and_birth_from_the_header(tmp_path: Path) -> None:
    landed = returned(tmp_path, {"h.csv": HEADER + "7,2,01/02/2008,WROM,P207000016049,,\n"})
    (child,) = landed.tables["person_record"]
    assert (child["record_id"], child["sex"], child["ethnicity"]) == ("7", "F", "WROM")
    assert child["date_of_birth"] == date(2008, 2, 1)
    (upn,) = landed.tables["identifier"]
    assert (upn["scheme"], upn["value"], upn["check"]) == ("upn", "P207000016049", "passed")


def test_a_wrong_check_letter_is_reported_and_keeps_nobody_out(tmp_path: Path) -> None:
    landed = returned(tmp_path, {"h.csv": HEADER + "7,2,01/02/2008,WROM,A801200005001,,\n"})
    assert landed.tables["identifier"][0]["check"] == "failed"
    assert rows_of(landed, "K-903-UPN") == [("h.csv", 2, "UPN")]
    assert len(landed.tables["person_record"]) == 1


def test_a_reason_for_no_pupil_number_is_not_a_number(tmp_path: Path) -> None:
    landed = returned(tmp_path, {"h.csv": HEADER + "7,2,01/02/2008,WROM,UN3,,\n"})
    assert landed.tables["identifier"] == []
    assert landed.findings == []


def test_a_period_of_care_runs_from_its_start_to_the_reason_for_ceasing(tmp_path: Path) -> None:
    landed = episodes(
        tmp_path,
        "7,01/05/2016,S,C1,N1,U1,PR1,03/04/2017,X1,,,,",
        "7,03/04/2017,L,C2,N1,U1,PR1,09/09/2017,E4A,,,,",
    )
    assert spans(landed, f"{CARE}.open") == [(date(2016, 5, 1), date(2017, 9, 9))]


def test_a_period_stays_open_while_nothing_says_that_it_ceased(tmp_path: Path) -> None:
    landed = episodes(tmp_path, "7,01/05/2016,S,C1,N1,U1,PR1,03/04/2017,X1,,,,")
    assert spans(landed, f"{CARE}.open") == [(date(2016, 5, 1), None)]
    assert rows_of(landed, "388") == [("b.csv", 2, "REC")]


def test_an_open_episode_with_a_reason_to_cease_is_reported_and_open(tmp_path: Path) -> None:
    landed = episodes(tmp_path, "7,01/05/2016,S,C1,N1,U1,PR1,,X1,,,,")
    assert spans(landed, f"{CARE}.open") == [(date(2016, 5, 1), None)]
    assert rows_of(landed, "148") == [("b.csv", 2, "DEC")]


def test_a_return_to_care_is_a_second_period(tmp_path: Path) -> None:
    landed = episodes(
        tmp_path,
        "7,01/05/2015,S,V2,N1,U1,PR1,01/06/2015,E4A,,,,",
        "7,01/05/2017,S,V2,N1,U1,PR1,,,,,,",
    )
    assert spans(landed, f"{CARE}.open") == [
        (date(2015, 5, 1), date(2015, 6, 1)),
        (date(2017, 5, 1), None),
    ]


def test_overlapping_episodes_are_reported_and_all_load(tmp_path: Path) -> None:
    landed = episodes(
        tmp_path,
        "7,01/05/2016,S,C1,N1,U1,PR1,03/04/2017,X1,,,,",
        "7,01/03/2017,P,C1,N1,K1,PR1,,,,,,",
    )
    assert rows_of(landed, "501") == [("b.csv", 3, "DECOM")]
    assert landed.set_aside == []
    assert len(spans(landed, f"{CARE}.placement_started")) == 2
    assert spans(landed, f"{CARE}.open") == [(date(2016, 5, 1), None)]


def test_a_change_of_legal_status_alone_moves_nobody(tmp_path: Path) -> None:
    landed = episodes(
        tmp_path,
        "7,01/05/2016,S,V2,N1,U1,PR1,03/04/2017,X1,,,,",
        "7,03/04/2017,L,C1,N1,U1,PR1,,,,,,",
    )
    assert spans(landed, f"{CARE}.placement_started") == [(date(2016, 5, 1), None)]
    assert spans(landed, f"{CARE}.care_order") == [(date(2017, 4, 3), None)]


def test_a_care_order_is_put_when_made_or_changed_and_not_repeated(tmp_path: Path) -> None:
    landed = episodes(
        tmp_path,
        "7,01/05/2016,S,C1,N1,U1,PR1,03/04/2017,X1,,,,",
        "7,03/04/2017,P,C1,N1,K1,PR1,09/09/2017,X1,,,,",
        "7,09/09/2017,L,C2,N1,K1,PR1,,,,,,",
    )
    orders = [e for e in landed.tables["event"] if e["kind"] == f"{CARE}.care_order"]
    assert [order["detail"] for order in orders] == ["C1", "C2"]


def test_an_adopted_childs_earlier_identity_is_sealed(tmp_path: Path) -> None:
    landed = episodes(tmp_path, "7,01/05/2016,S,E1,N1,A4,PR1,09/09/2017,E12,,,,")
    assert landed.tables["person_record"][0]["seal"] == "S2"
    assert spans(landed, "social_care.adoption.placed") == [(date(2016, 5, 1), date(2017, 9, 9))]
    assert spans(landed, "social_care.adoption.order") == [(date(2017, 9, 9), None)]


def test_a_child_who_died_in_care_has_the_date_of_death(tmp_path: Path) -> None:
    landed = episodes(tmp_path, "7,01/05/2016,S,C2,N1,U1,PR1,09/09/2017,E2,,,,")
    assert landed.tables["person_record"][0]["date_of_death"] == date(2017, 9, 9)


def test_a_malformed_postcode_is_reported_and_loads(tmp_path: Path) -> None:
    landed = episodes(tmp_path, "7,01/05/2016,S,C2,N1,U1,PR1,,,,GL1 2AB,QQ999 1,")
    kept = {a["postcode"]: a["postcode_valid"] for a in landed.tables["address"]}
    assert kept == {"GL1 2AB": True, "QQ999 1": False}
    kinds = {r["kind"]: (r["started_on"], r["ended_on"]) for r in landed.tables["residence"]}
    assert kinds == {"placement": (date(2016, 5, 1), None), "home": (None, date(2016, 5, 1))}
    [finding] = [f for f in landed.findings if f["rule"] == "392c"]
    assert (finding["column"], finding["value"]) == ("PL_POST", "QQ999 1")


def test_a_mother_in_care_is_linked_to_her_child(tmp_path: Path) -> None:
    landed = returned(tmp_path, {"h.csv": HEADER + "7,2,01/02/2001,WBRI,UN3,1.0,27/08/2016\n"})
    (link,) = landed.tables["relationship"]
    assert (link["other_record_id"], link["kind"]) == ("7", "mother")
    births = {p["record_id"]: p["date_of_birth"] for p in landed.tables["person_record"]}
    assert births[link["record_id"]] == date(2016, 8, 27)


def test_missing_is_told_from_absence_and_counts_whole_days_in_hours(tmp_path: Path) -> None:
    rows = "7,,M,01/05/2017,04/05/2017\n8,,A,01/05/2017,01/05/2017\n9,,M,04/05/2017,01/05/2017\n"
    landed = returned(tmp_path, {"m.csv": "CHILD,DOB,MISSING,MIS_START,MIS_END\n" + rows})
    events = landed.tables["event"]
    assert [(e["kind"].rpartition(".")[2], e["value"]) for e in events] == [
        ("episode", 72.0), ("unauthorised_absence", 0.0), ("episode", None),
    ]  # fmt: skip
    assert events[2]["ended_on"] is None
    assert rows_of(landed, "K-903-ENDS-FIRST") == [("m.csv", 4, "MIS_END")]


def test_unaccompanied_status_to_come_to_an_end_at_eighteen_is_still_open(tmp_path: Path) -> None:
    rows = "7,1,01/02/2008,01/02/2026\n8,1,01/02/2000,01/02/2018\n"
    landed = returned(tmp_path, {"u.csv": "CHILD,SEX,DOB,DUC\n" + rows})
    kind = "social_care.unaccompanied_child.status"
    assert spans(landed, kind) == [(date(2017, 4, 1), None), (date(2017, 4, 1), date(2018, 2, 1))]


def test_yearly_outcomes_stand_on_the_last_day_of_the_year(tmp_path: Path) -> None:
    header = (
        "CHILD,DOB,SDQ_SCORE,SDQ_REASON,CONVICTED,HEALTH_CHECK,IMMUNISATIONS,SUBSTANCE_MISUSE\n"
    )
    landed = returned(tmp_path, {"o.csv": header + "7,01/02/2006,17,,1,0,0,1\n"})
    events = {e["kind"]: (e["occurred_on"], e["value"]) for e in landed.tables["event"]}
    assert events == {
        f"{CARE}.sdq_score": (date(2018, 3, 31), 17.0),
        f"{CARE}.convicted": (date(2018, 3, 31), None),
        f"{CARE}.substance_misuse": (date(2018, 3, 31), None),
        "health.immunisation.overdue": (date(2018, 3, 31), None),
    }


def test_a_care_leaver_is_described_on_the_birthday_in_the_year(tmp_path: Path) -> None:
    rows = "CHILD,DOB,IN_TOUCH,ACTIV,ACCOM\n7,09/05/1998,YES,F2,S2\n8,09/05/1998,DIED,0,0\n"
    landed = returned(tmp_path, {"o.csv": rows})
    contact = spans(landed, "social_care.care_leaver.contact")
    assert contact == [(date(2017, 5, 9), None)]
    assert spans(landed, "social_care.care_leaver.unsuitable_accommodation") == contact
    assert rows_of(landed, "K-903-DIED") == [("o.csv", 3, "IN_TOUCH")]


def test_one_decision_to_place_for_adoption_in_two_files_is_one_event(tmp_path: Path) -> None:
    landed = returned(
        tmp_path,
        {"1.csv": "CHILD,DOB,DATE_INT,DATE_MATCH\n7,,01/05/2017,02/06/2017\n",
         "2.csv": "CHILD,DOB,DATE_PLACED,DATE_PLACED_CEASED,REASON_PLACED_CEASED\n"
                  "7,,01/05/2017,,\n"},
    )  # fmt: skip
    assert spans(landed, "social_care.adoption.decision") == [(date(2017, 5, 1), None)]
    assert spans(landed, "social_care.adoption.matched") == [(date(2017, 6, 2), None)]


def test_social_workers_and_deprivations_of_liberty_load(tmp_path: Path) -> None:
    landed = returned(
        tmp_path,
        {"s.csv": "CHILD,DOB,SW_ID,SW_DECOM,SW_DEC,SW_REASON\n7,,SW1,01/05/2017,03/05/2017,LEFTRL\n",
         "d.csv": "CHILD,DOB,DOLO_START,DOLO_END\n7,,01/06/2017,03/06/2017\n"},
    )  # fmt: skip
    (worked,) = landed.tables["service_involvement"]
    assert (worked["professional_id"], worked["ended_on"]) == ("SW1", date(2017, 5, 3))
    assert spans(landed, f"{CARE}.deprivation_of_liberty") == [(date(2017, 6, 1), date(2017, 6, 3))]


def test_earlier_permanence_without_a_date_stands_on_the_start_of_care(tmp_path: Path) -> None:
    landed = returned(
        tmp_path,
        {"p.csv": "CHILD,DOB,PREV_PERM,LA_PERM,DATE_PERM\n7,,P1,,zz/MM/2012\n8,,Z1,,\n",
         "e.csv": EPISODES + "7,01/05/2016,S,C2,N1,U1,PR1,,,,,,\n"},
    )  # fmt: skip
    assert spans(landed, f"{CARE}.previous_permanence") == [(date(2016, 5, 1), None)]
    assert rows_of(landed, "K-903-DATE") == [("p.csv", 2, "DATE_PERM")]


def test_a_row_without_a_child_or_its_start_is_set_aside_whole(tmp_path: Path) -> None:
    landed = episodes(
        tmp_path, ",01/05/2016,S,C2,N1,U1,PR1,,,,,,", "7,31/02/2016,S,C2,N1,U1,PR1,,,,,,"
    )
    assert [(each["row"], each["rule"]) for each in landed.set_aside] == [
        (2, "K-903-CHILD"), (3, "K-903-START"),
    ]  # fmt: skip
    assert rows_of(landed, "141") == [("b.csv", 3, "DECOM")]


def test_a_child_without_a_header_row_is_known_from_the_rows_there_are(tmp_path: Path) -> None:
    rows = "CHILD,DOB,REVIEW,REVIEW_CODE\n7,01/02/2008,01/05/2017,PN1\n"
    landed = returned(tmp_path, {"r.csv": rows})
    assert landed.tables["person_record"][0]["date_of_birth"] == date(2008, 2, 1)
    assert rows_of(landed, "K-903-HEADER") == [("r.csv", 2, "CHILD")]


@pytest.mark.parametrize(
    ("extracted", "ends"),
    [(date(2018, 6, 30), 2018), (date(2018, 1, 15), 2018), (date(2018, 10, 1), 2019)],
)
def test_the_day_of_the_extract_tells_the_collection_year(
    tmp_path: Path, extracted: date, ends: int
) -> None:
    rows = "CHILD,DOB,SDQ_SCORE\n7,01/02/2008,17\n"
    landed = returned(tmp_path, {"o.csv": rows}, extracted_on=extracted, options={})
    (score,) = landed.tables["event"]
    assert score["occurred_on"] == min(date(ends, 3, 31), extracted)


def test_every_rule_that_is_reported_has_a_title(tmp_path: Path) -> None:
    landed = episodes(tmp_path, "7,01/05/2016,Q,X9,N0,ZZ,PR9,01/04/2016,E99,,,,")
    assert {"143", "144", "145", "146", "149", "178", "356"} <= set(landed.rules())
    assert {rule for rule in landed.rules() if not rule.startswith("K-CORE")} <= RULES.keys()
