"""Social care's exports: they load whole, agree with what happened, and know no future."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from kithkin.model.dates import add_days, add_months, day_number, from_day_number
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.records import Delivery
from kithkin.simulation.sending.annex_a import write_annex_a
from kithkin.simulation.sending.case_files import open_case_files
from kithkin.simulation.sending.case_files.episodes import episodes_of
from kithkin.simulation.sending.case_files.practice import care_visits
from kithkin.simulation.sending.case_files.spans import Spells, months_after, recurring
from kithkin.simulation.sending.case_files.years import ReturnYear
from kithkin.simulation.sending.cin_census import planted_in_census, write_cin_census
from kithkin.simulation.sending.planted import planted_faults
from kithkin.simulation.sending.ssd import write_ssd
from kithkin.simulation.sending.ssda903 import planted_in_return, write_ssda903
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.returns import ReturnSettings
from tests.simulation.hand_made_care import ENDS, hand_made_county, register_of
from tests.simulation.loading_returns import Loaded, load

SCHEMA = Path(__file__).parent / "data" / "CIN_schema_2026.xsd"
WRITERS: dict[str, Callable[..., Delivery]] = {
    "ssd": write_ssd,
    "annex_a": write_annex_a,
    "cin_census": write_cin_census,
    "ssda903": write_ssda903,
}
EARLIER = date(2025, 9, 30)


def sent(folder: Path, name: str, extracted: date = ENDS) -> Delivery:
    county = hand_made_county()
    return WRITERS[name](folder, county, register_of(county), extracted)


def loaded(folder: Path, name: str, extracted: date = ENDS) -> Loaded:
    return load(folder, sent(folder, name, extracted))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def hashes(folder: Path, delivery: Delivery) -> list[str]:
    return [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in delivery.files]


@pytest.mark.parametrize("name", WRITERS)
def test_every_row_of_an_export_is_loaded_and_none_is_set_aside(tmp_path: Path, name: str) -> None:
    accounts = loaded(tmp_path, name).tables["file_account"]
    assert sum(account["rows_in"] for account in accounts) > 20
    assert all(account["rows_in"] == account["loaded"] for account in accounts)


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_county_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert hashes(first, sent(first, name)) == hashes(second, sent(second, name))


def test_the_dataset_has_every_case_of_the_window(tmp_path: Path) -> None:
    care, found = hand_made_county().care, loaded(tmp_path, "ssd")
    opened = ~care.referrals.no_further_action
    assert len(found.tables["contact"]) == len(care.contacts)
    assert len(found.events("social_care.referral.received")) == len(care.referrals)
    assert len(found.events("social_care.referral.open")) == opened.sum()
    assert len(found.events("social_care.assessment.started")) == len(care.assessments)
    assert len(found.events("social_care.section_47.started")) == len(care.enquiries)
    assert len(found.events("social_care.conference.initial")) == len(care.enquiries)
    plans = "social_care.child_protection_plan.open"
    assert len(found.events(plans)) == care.plans.protection.sum()
    assert len(found.events("social_care.looked_after.open")) == len(care.care_periods)
    assert len(found.events("early_help.episode.open")) == len(care.early_help)


def test_people_are_known_by_the_registers_numbers(tmp_path: Path) -> None:
    register = register_of(hand_made_county())
    sent(tmp_path, "ssd")
    people = {int(row["pers_person_id"]) for row in rows_of(tmp_path / "ssd" / "ssd_person.csv")}
    contacts = {
        int(row["cont_person_id"]) for row in rows_of(tmp_path / "ssd" / "ssd_contacts.csv")
    }
    assert people == set(register.number.tolist())
    assert contacts <= people


@pytest.mark.parametrize("name", ["ssd", "annex_a"])
def test_an_export_knows_nothing_that_came_after_its_day(tmp_path: Path, name: str) -> None:
    found = loaded(tmp_path, name, EARLIER)
    assert max(row["occurred_on"] for row in found.tables["event"]) <= EARLIER
    ended = [row["ended_on"] for row in found.tables["event"] if row["ended_on"]]
    assert ended
    assert max(ended) <= EARLIER


def test_a_later_dump_continues_an_earlier_one(tmp_path: Path) -> None:
    """Rows of the past keep their numbers and days, whatever came about since."""
    for day in (EARLIER, ENDS):
        sent(tmp_path / day.isoformat(), "ssd", day)
    for table in ("ssd_contacts", "ssd_cp_visits", "ssd_cla_reviews", "ssd_sdq_scores"):
        before, after = (
            rows_of(tmp_path / day.isoformat() / "ssd" / f"{table}.csv") for day in (EARLIER, ENDS)
        )
        assert before
        assert before == after[: len(before)]


def test_a_case_that_closes_later_is_open_in_the_dump(tmp_path: Path) -> None:
    care = hand_made_county().care
    late = (care.referrals.closed > day_number(EARLIER)) & (care.referrals.closed != NEVER)
    assert late.any()
    sent(tmp_path, "ssd", EARLIER)
    rows = rows_of(tmp_path / "ssd" / "ssd_cin_episodes.csv")
    shown = sum(row["cine_close_date"] == "" for row in rows)
    open_then = (care.referrals.closed > day_number(EARLIER)) & (
        care.referrals.day <= day_number(EARLIER)
    )
    assert shown == open_then.sum()
    assert all(row["cine_close_reason"] == "" for row in rows if row["cine_close_date"] == "")


# --- the census of children in need --------------------------------------------------------------


def test_the_census_is_valid_by_the_schema(tmp_path: Path) -> None:
    (name,) = sent(tmp_path, "cin_census").files
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    schema.assertValid(etree.parse(str(tmp_path / name)))


def test_the_census_has_the_cases_that_were_open_in_the_year(tmp_path: Path) -> None:
    care, year = hand_made_county().care, ReturnYear.before(ENDS)
    table = care.referrals
    due = np.where(table.no_further_action, year.holds(table.day), table.closed >= year.starts)
    (name,) = sent(tmp_path, "cin_census").files
    found = etree.parse(str(tmp_path / name)).findall(".//CINdetails")
    assert len(found) == due.sum()


def test_the_census_breaks_only_rules_that_were_planted(tmp_path: Path) -> None:
    county = hand_made_county()
    planted = planted_in_census(county, register_of(county), ENDS)
    counts = {fault.rule: fault.count for fault in planted}
    found = loaded(tmp_path, "cin_census").findings()
    assert found == {rule: counts[rule] for rule in found}
    assert counts["8897Q"] >= 1
    assert found["8897Q"] == counts["8897Q"]


# --- the return on children looked after ----------------------------------------------------------


def test_the_return_breaks_only_rules_that_were_planted(tmp_path: Path) -> None:
    county = hand_made_county()
    planted = planted_in_return(county, register_of(county), ENDS)
    counts = {fault.rule: fault.count for fault in planted}
    found = loaded(tmp_path, "ssda903").findings()
    assert found == {rule: counts[rule] for rule in found}
    assert found["209"] == counts["209"] >= 1


def test_a_childs_episodes_follow_on_one_another(tmp_path: Path) -> None:
    sent(tmp_path, "ssda903")
    rows = rows_of(tmp_path / "ssda903" / "episodes.csv")
    pairs = [(a, b) for a, b in pairwise(rows) if a["CHILD"] == b["CHILD"]]
    assert pairs
    for row, following in pairs:
        assert (row["DEC"], row["REC"]) == (following["DECOM"], "X1")
        assert following["RNE"] != "S"
    assert {"S", "B"} <= {row["RNE"] for row in rows}


def test_a_return_without_faults_planted_breaks_no_rule(tmp_path: Path) -> None:
    county, clean = hand_made_county(), read_section(ReturnSettings, changes={"planted": {}})
    register = register_of(county)
    faults = planted_faults(county, register, ENDS, clean).to_pylist()
    assert {row["count"] for row in faults if row["why"] == "planted"} == {0}
    for name in ("cin_census", "ssda903"):
        found = load(tmp_path, WRITERS[name](tmp_path, county, register, ENDS, clean)).findings()
        assert not {"8897Q", "8870Q", "8770Q", "103", "168", "209"} & set(found)


# --- days ----------------------------------------------------------------------------------------


def test_months_are_stepped_as_the_model_steps_them() -> None:
    days = np.arange(day_number(date(2023, 11, 1)), day_number(date(2024, 4, 2)), dtype=np.int32)
    for months in (-14, -1, 1, 3, 12 * 18):
        stepped = months_after(days, months)
        assert [from_day_number(int(day)) for day in stepped] == [
            add_months(from_day_number(int(day)), months) for day in days
        ]


def test_what_recurs_stops_with_its_spell() -> None:
    start, stop = np.array([100, 100, 100], np.int32), np.array([119, 125, 160], np.int32)
    of, day, turn = recurring(start, stop, (20, 5, 15))
    assert of.tolist() == [1, 1, 2, 2, 2, 2]
    assert day.tolist() == [120, 125, 120, 125, 140, 155]
    assert turn.tolist() == [0, 1, 0, 1, 2, 3]


def test_a_spell_is_found_by_person_and_day() -> None:
    spells = Spells.of(
        np.array([7, 7, 3], np.int32), np.array([10, 30, 5], np.int32),
        np.array([20, NEVER, 9], np.int32),
    )  # fmt: skip
    asked = [(7, 9), (7, 10), (7, 20), (7, 25), (7, 99), (3, 9), (3, 10), (5, 7)]
    person, day = (np.array(each, np.int32) for each in zip(*asked, strict=True))
    assert spells.at(person, day).tolist() == [-1, 0, 0, -1, 1, 2, -1, -1]


def test_the_year_of_a_return_is_the_last_that_has_ended() -> None:
    assert ReturnYear.before(ENDS).ends_on == ENDS
    assert ReturnYear.before(add_days(ENDS, -1)).ends_on == date(2025, 3, 31)
    assert ReturnYear.before(date(2026, 12, 1)).ends_on == ENDS


def test_visits_fall_within_the_period_of_care_and_on_working_days() -> None:
    county = hand_made_county()
    files = open_case_files(county, register_of(county), ENDS, read_section(ReturnSettings))
    visits, periods = care_visits(files), files.care.care_periods
    assert len(visits) > 50
    assert (visits.day > periods.start[visits.of]).all()
    assert (visits.day <= np.minimum(periods.end[visits.of], files.extracted)).all()
    assert {from_day_number(int(day)).weekday() for day in visits.day} <= set(range(5))
    begun = files.care.placements.start <= files.extracted
    assert len(episodes_of(files)) == begun.sum()
