"""A partnership's own mapping: what it can say, what becomes of odd rows, and what is refused."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from feeds.kit import Landed, read
from kithkin.feeds.delivery import FeedError
from kithkin.feeds.mapped import MappingError, read_mapped
from kithkin.feeds.mapping import reader
from kithkin.feeds.mapping.kinds import kinds_of
from kithkin.feeds.mapping.reading import read_mapping
from shared_data import shared_data

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "feeds" / "mappings"

WARDENS = """
[mapping]
name = "wardens"
title = "Community wardens"

[values.part]
"seen by warden" = "subject"
complained = "victim"

[files.incident]
title = "Incidents"
names = ["*incident*"]
layouts = ["uk"]

[files.incident.columns]
incident_id = { means = "number", also = ["Incident No."], required = true }
seen_on = { means = "day" }
what = { means = "what it was" }
weapon = { means = "Y when a weapon was seen" }
place = { means = "where" }
notes = { means = "words", stored = false }

[files.incident.places.spot]
lines = "place"
postcode_in_last_line = true

[[files.incident.events]]
kind = { column = "what", values = { nuisance = "police.antisocial_behaviour.incident", lost = "" } }
occurred_on = "seen_on"
key = "incident_id"
group = "incident_id"
detail = "what"
at = "spot"
parts = { victim = "witness" }

[[files.incident.events]]
kind = "police.marker.weapon"
when = { weapon = true }
occurred_on = "seen_on"
key = "incident_id"
group = "incident_id"

[files.person]
title = "People"
names = ["*person*"]
layouts = ["uk"]

[files.person.columns]
incident_id = { means = "incident", required = true }
warden_ref = { means = "person" }
first = { means = "first name" }
last = { means = "family name" }
born = { means = "date of birth" }
sex = { means = "sex" }
age = { means = "age" }
part = { means = "part taken" }
nhs = { means = "NHS number" }

[files.person.joins.incident]
file = "incident"
on = "incident_id"
key = "incident_id"

[files.person.people.someone]
record_id = "warden_ref"
forename = "first"
surname = "last"
date_of_birth = "born"
sex = "sex"
age_at_event = "age"
identifiers = { nhs_number = "nhs" }

[[files.person.takes_part]]
join = "incident"
people = { someone = { column = "part", values = "part", otherwise = "subject" } }
"""

INCIDENTS = (
    "Incident No.,Seen On,What,Weapon,Place,Notes\n"
    'A1,03/01/2026,Nuisance,Y,"The Green\nStroud\nGL5 1AA",shouting\n'
    "A2,04/01/2026,lost,,,\n"
)
PEOPLE = (
    "incident_id,warden_ref,first,last,born,sex,age,part,nhs\n"
    "A1,W1,Ada,Lamb,02/05/2010,Female,15,Seen by warden,9434765919\n"
    "A1,W2,Ben,Reed,09/11/2009,M,16,complained,9434765918\n"
)


@pytest.fixture
def wardens(tmp_path: Path) -> Callable[..., Landed]:
    def landed(files: dict[str, str | bytes], mapping: str = WARDENS) -> Landed:
        (tmp_path / "wardens.toml").write_text(mapping, encoding="utf-8")
        return read(read_mapped, files, tmp_path, options={"mapping": "wardens.toml"})

    return landed


def people_of(landed: Landed, kind: str) -> set[tuple[str, str]]:
    ids = {event["event_id"] for event in landed.tables["event"] if event["kind"] == kind}
    return {
        (part["record_id"], part["role"])
        for part in landed.tables["event_person"]
        if part["event_id"] in ids
    }


def test_people_of_one_file_take_part_in_the_events_of_another(wardens: Any) -> None:
    landed = wardens({"incidents.csv": INCIDENTS, "persons.csv": PEOPLE})
    kinds = [event["kind"] for event in landed.tables["event"]]
    assert kinds == ["police.antisocial_behaviour.incident", "police.marker.weapon"]
    assert {event["group_id"] for event in landed.tables["event"]} == {"A1"}
    assert people_of(landed, "police.marker.weapon") == {("W1", "subject"), ("W2", "victim")}


def test_a_kind_may_take_joined_roles_under_another_name(wardens: Any) -> None:
    landed = wardens({"incidents.csv": INCIDENTS, "persons.csv": PEOPLE})
    assert people_of(landed, "police.antisocial_behaviour.incident") == {
        ("W1", "subject"),
        ("W2", "witness"),
    }


def test_every_canonical_row_names_the_row_that_a_person_can_open(wardens: Any) -> None:
    landed = wardens({"incidents.csv": INCIDENTS, "persons.csv": PEOPLE})
    assert [(r["record_id"], r["file"], r["row"]) for r in landed.tables["person_record"]] == [
        ("W1", "persons.csv", 2),
        ("W2", "persons.csv", 3),
    ]
    assert {(e["file"], e["row"]) for e in landed.tables["event"]} == {("incidents.csv", 2)}
    assert {part["age_at_event"] for part in landed.tables["event_person"]} == {15, 16}


def test_an_event_has_its_address_and_nobody_lives_there(wardens: Any) -> None:
    landed = wardens({"incidents.csv": INCIDENTS})
    (address,) = landed.tables["address"]
    assert (address["line"], address["postcode"]) == ("The Green, Stroud", "GL5 1AA")
    assert landed.tables["event"][0]["address_id"] == address["address_id"]
    assert landed.tables["residence"] == []


def test_a_file_that_others_need_may_come_alone_and_its_events_load_without_people(
    wardens: Any,
) -> None:
    landed = wardens({"incidents.csv": INCIDENTS})
    assert len(landed.tables["event"]) == 2
    assert landed.tables["event_person"] == []


def test_a_row_whose_joined_row_is_missing_is_set_aside_with_the_reason(wardens: Any) -> None:
    stray = "incident_id,warden_ref,part\nA9,W1,complained\n,W2,complained\n"
    landed = wardens({"incidents.csv": INCIDENTS, "persons.csv": stray})
    assert [row["rule"] for row in landed.set_aside] == ["K-MAP-JOIN", "K-MAP-JOIN"]
    assert "'A9'" in landed.set_aside[0]["reason"]
    assert landed.tables["person_record"] == []


def test_a_file_of_people_without_the_file_they_join_is_refused(wardens: Any) -> None:
    with pytest.raises(FeedError, match="needs the incident file"):
        wardens({"persons.csv": PEOPLE})


def test_an_unknown_word_is_a_finding_and_the_row_loads(wardens: Any) -> None:
    people = PEOPLE.replace("complained", "bystander")
    landed = wardens({"incidents.csv": INCIDENTS, "persons.csv": people})
    (finding,) = [one for one in landed.findings if one["rule"] == "K-MAP-CODE"]
    assert (finding["column"], finding["value"], finding["row"]) == ("part", "bystander", 3)
    assert "mapping" in finding["remedy"]
    assert ("W2", "subject") in people_of(landed, "police.marker.weapon")


def test_an_unknown_word_for_the_kind_makes_no_event_and_the_row_loads(wardens: Any) -> None:
    landed = wardens({"incidents.csv": INCIDENTS.replace("Nuisance", "arson")})
    assert [event["kind"] for event in landed.tables["event"]] == ["police.marker.weapon"]
    assert landed.rules() == ["K-MAP-CODE"]
    assert landed.set_aside == []


def test_an_event_without_a_date_sets_its_row_aside_and_leaves_nothing_behind(
    wardens: Any,
) -> None:
    landed = wardens({"incidents.csv": INCIDENTS.replace("03/01/2026", "soon")})
    (aside,) = landed.set_aside
    assert (aside["rule"], aside["row"]) == ("K-MAP-DATE", 2)
    assert landed.tables["event"] == landed.tables["address"] == []


def test_an_unreadable_date_of_birth_is_a_finding_and_the_person_loads(wardens: Any) -> None:
    people = PEOPLE.replace("02/05/2010", "2010")
    landed = wardens({"incidents.csv": INCIDENTS, "persons.csv": people})
    ada = landed.tables["person_record"][0]
    assert (ada["forename"], ada["date_of_birth"]) == ("Ada", None)
    assert "K-MAP-DATE" in landed.rules()


def test_a_row_about_nobody_is_set_aside(wardens: Any) -> None:
    people = PEOPLE.replace("A1,W2", "A1,")
    landed = wardens({"incidents.csv": INCIDENTS, "persons.csv": people})
    assert [row["rule"] for row in landed.set_aside] == ["K-MAP-PERSON"]


def test_a_failed_check_digit_lowers_trust_and_keeps_the_person(wardens: Any) -> None:
    landed = wardens({"incidents.csv": INCIDENTS, "persons.csv": PEOPLE})
    checks = {one["record_id"]: one["check"] for one in landed.tables["identifier"]}
    assert checks == {"W1": "passed", "W2": "failed"}
    assert "K-MAP-CHECK" in landed.rules()
    assert len(landed.tables["person_record"]) == 2


def test_a_person_on_many_rows_is_one_record_and_a_difference_is_found(wardens: Any) -> None:
    people = PEOPLE + "A2,W1,Ada,Lamb,02/05/2011,,,complained,\n"
    landed = wardens({"incidents.csv": INCIDENTS, "persons.csv": people})
    ada = [one for one in landed.tables["person_record"] if one["record_id"] == "W1"]
    assert [(one["date_of_birth"], one["row"]) for one in ada] == [(date(2010, 5, 2), 2)]
    (finding,) = [one for one in landed.findings if one["rule"] == "K-MAP-DIFFERS"]
    assert (finding["column"], finding["row"]) == ("date_of_birth", 4)


def test_free_text_that_is_not_to_be_stored_is_stored_nowhere(wardens: Any) -> None:
    landed = wardens({"incidents.csv": INCIDENTS})
    assert "shouting" not in repr(landed.tables)


def test_two_rows_with_one_key_are_found_and_the_later_is_joined(wardens: Any) -> None:
    twice = INCIDENTS + "A1,05/01/2026,Nuisance,,,\n"
    landed = wardens({"incidents.csv": twice, "persons.csv": PEOPLE})
    (finding,) = [one for one in landed.findings if one["rule"] == "K-MAP-REPEAT"]
    assert (finding["row"], finding["value"]) == (4, "A1")


def test_a_worksheet_is_read_as_a_text_file_is_and_a_stray_one_is_noted(wardens: Any) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Incidents 2026"
    sheet.append(["Incident No.", "Seen On", "What", "Weapon"])
    sheet.append(["A1", "03/01/2026", "Nuisance", "Y"])
    sheet.append(["A1", "03/01/2026", "Nuisance", "Y"])
    book.create_sheet("Guidance").append(["how to fill it in"])
    saved = BytesIO()
    book.save(saved)
    mapping = WARDENS.replace('names = ["*incident*"]', 'names = ["*.xlsx"]\nsheet = "incidents*"')
    landed = wardens({"wardens.xlsx": saved.getvalue()}, mapping)
    assert len(landed.tables["event"]) == 2
    assert [row["rule"] for row in landed.set_aside] == ["K-MAP-DUPLICATE"]
    assert [row["file"] for row in landed.accounts] == ["wardens.xlsx#Incidents 2026"]
    assert landed.rules()[-1] == "K-MAP-SHEET"


def test_a_file_with_a_name_that_no_table_knows_is_refused(wardens: Any) -> None:
    with pytest.raises(FeedError, match=r"\*incident\*, \*person\*"):
        wardens({"minutes.csv": "a,b\n1,2\n"})


def test_a_number_that_cannot_be_read_is_a_finding_and_the_row_loads(wardens: Any) -> None:
    people = PEOPLE.replace(",15,", ",fifteen,")
    landed = wardens({"incidents.csv": INCIDENTS, "persons.csv": people})
    assert "K-MAP-NUMBER" in landed.rules()
    assert [one["age_at_event"] for one in landed.tables["event_person"]][:2] == [None, None]


def test_more_rows_to_join_than_fit_in_memory_are_refused(
    wardens: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MAX_JOINED_ROWS", 1)
    with pytest.raises(FeedError, match="more than 1 rows that other files join"):
        wardens({"incidents.csv": INCIDENTS, "persons.csv": PEOPLE})


def test_a_worksheet_without_a_required_column_is_refused(wardens: Any) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Seen On"])
    saved = BytesIO()
    book.save(saved)
    with pytest.raises(FeedError, match="no column incident_id"):
        wardens({"incidents.xlsx": saved.getvalue()})


def test_a_join_may_be_optional_and_then_a_row_stands_without_it(wardens: Any) -> None:
    mapping = WARDENS.replace('key = "incident_id"\n\n[files.person.people', 'key = "incident_id"\n'
                              "optional = true\n\n[files.person.people")  # fmt: skip
    landed = wardens({"persons.csv": PEOPLE}, mapping)
    assert landed.set_aside == []
    assert len(landed.tables["person_record"]) == 2


def test_the_kinds_that_a_mapping_can_make_can_be_held_against_a_policy(tmp_path: Path) -> None:
    (tmp_path / "wardens.toml").write_text(WARDENS, encoding="utf-8")
    assert kinds_of(read_mapping(tmp_path / "wardens.toml", "wardens.toml")) == {
        "police.antisocial_behaviour.incident",
        "police.marker.weapon",
    }


# --- mistakes in a mapping ---------------------------------------------------------------------


def mistakes(wardens: Any, mapping: str) -> list[str]:
    with pytest.raises(MappingError) as refused:
        wardens({"incidents.csv": INCIDENTS}, mapping)
    assert refused.value.file == "wardens.toml"
    return [str(mistake) for mistake in refused.value.mistakes]


def test_every_mistake_is_told_at_once_with_file_table_key_and_what_is_allowed(
    wardens: Any,
) -> None:
    wrong = WARDENS.replace('surname = "last"', 'sirname = "last"')
    wrong = wrong.replace('at = "spot"', 'at = "spott"').replace('names = ["*person*"]', "")
    told = mistakes(wardens, wrong)
    assert len(told) == 3
    assert any(
        'wardens.toml: [files.person.people.someone] sirname = "last": no such key; '
        'did you mean "surname"?' in one
        for one in told
    )
    assert any("[files.person] names: is missing" in one for one in told)
    assert any('[files.incident.events #1] at = "spott": not named here' in one for one in told)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('occurred_on = "seen_on"', 'occurred_on = "seen"', 'did you mean "seen_on"?'),
        ('values = "part"', 'values = "parts"', "not named under [values]"),
        ('sex = "sex"', 'sex = { column = "sex", codes = "sexes" }', "no such code set"),
        ('age_at_event = "age"\n', "", "[files.person.columns] age: is not used"),
        ('means = "day" }', 'means = "day", stored = false }', "yet says `stored = false`"),
        (
            'layouts = ["uk"]',
            'layouts = ["british"]',
            '[files.incident] layouts = "british": not allowed',
        ),
        ('file = "incident"', 'file = "incidents"', 'did you mean "incident"?'),
        ("people = { someone = {", "people = { nobody = {", '"nobody": not named here'),
        ('join = "incident"', 'join = "crime"', '"crime": not named here'),
        ('kind = "police.marker.weapon"', "kind = { values = { a = 'b' } }", "fixed word"),
        ("[mapping]", "[mapping", "not TOML"),
        ('values = "part"', 'values = "part", codes = "sex"', "either `values` or `codes`"),
        ('kind = "police.marker.weapon"', 'kind = "Weapon"', "a kind is written like"),
        ('complained = "victim"', 'complained = "The victim"', "a role is written like"),
    ],
)
def test_a_mistake_says_where_it_is(wardens: Any, before: str, after: str, told: str) -> None:
    assert before in WARDENS
    assert told in "\n".join(mistakes(wardens, WARDENS.replace(before, after)))


def test_a_relationship_and_a_seal_are_of_those_that_the_tables_hold(wardens: Any) -> None:
    wrong = WARDENS + (
        '\n[files.person.people.parent]\nrecord_id = "part"\nseal = { fixed = "S9" }\n'
        '\n[[files.person.relationships]]\nof = "someone"\nother = "parent"\nkind = "mum"\n'
    )
    told = "\n".join(mistakes(wardens, wrong))
    assert '"S9": not allowed: use one of S0, S1, S2, S3' in told
    assert '"mum": not allowed: use one of mother, father' in told


def test_files_that_wait_for_each_other_are_a_mistake(wardens: Any) -> None:
    circle = WARDENS + (
        '\n[files.incident.joins.person]\nfile = "person"\non = "incident_id"\n'
        'key = "incident_id"\n'
    )
    assert "files wait for each other: incident, person" in "\n".join(mistakes(wardens, circle))


@pytest.mark.parametrize("name", [None, "nobody", "../wardens.toml", "absent.toml"])
def test_a_mapping_that_is_not_there_is_refused(tmp_path: Path, name: str | None) -> None:
    with pytest.raises(FeedError):
        read(read_mapped, {"incidents.csv": INCIDENTS}, tmp_path, options={"mapping": name})


def test_a_shipped_contract_can_be_named_instead_of_a_file(tmp_path: Path) -> None:
    flags = "nominal_id,flag,flagged_from\nN1,CSE,2026-01-02\n"
    landed = read(read_mapped, {"flags.csv": flags}, tmp_path, options={"mapping": "police"})
    assert landed.tables["event"][0]["kind"] == "police.flag.child_sexual_exploitation"


# --- the examples --------------------------------------------------------------------------------

CSC = (
    "Cms Id,First Name,Last Name,Date Of Birth,Gender,Address,Service Involvement,"
    "Local Authority Organisation,Contact Name,Contact Role,Contact Phone,Contact Email,"
    "Date Current As Of,Date Of Most Recent Interaction,Start Date Of Last Involvement\n"
    '71,Ada,Lamb,2011-12-13,Female,"Flat 7\nThe Green\nStroud\nGL5 1AA",Historic,'
    "A Council,Jo Hill,Social Worker,01632 960 167,jo@example.org,"
    "2022-10-15 00:00:00,2022-07-07,2018-08-23\n"
    '72,Ben,Reed,2014-07-28,Other,"3 Mill Lane\nStroud\nGL5 1AB",Current,'
    "A Council,Jo Hill,Social Worker,01632 960 167,jo@example.org,"
    "2022-10-15 00:00:00,2019-08-24,2022-02-17\n"
)


def example(name: str, files: dict[str, str | bytes], folder: Path) -> Landed:
    mapping = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
    (folder / f"{name}.toml").write_text(mapping, encoding="utf-8")
    return read(
        read_mapped,
        files,
        folder,
        options={"mapping": f"{name}.toml"},
        extracted_on=date(2022, 10, 15),
    )


def test_the_social_care_example_reads_addresses_workers_and_involvement(tmp_path: Path) -> None:
    landed = example("csc", {"csc.csv": CSC}, tmp_path)
    assert [(p["surname"], p["sex"]) for p in landed.tables["person_record"]] == [
        ("Lamb", "F"),
        ("Reed", None),
    ]
    assert [(a["line"], a["postcode"]) for a in landed.tables["address"]] == [
        ("Flat 7, The Green, Stroud", "GL5 1AA"),
        ("3 Mill Lane, Stroud", "GL5 1AB"),
    ]
    (worker,) = landed.tables["professional"]
    assert (worker["full_name"], worker["email"]) == ("Jo Hill", "jo@example.org")
    past, now = landed.tables["service_involvement"]
    assert (past["started_on"], past["ended_on"]) == (date(2018, 8, 23), date(2022, 7, 7))
    assert (now["started_on"], now["ended_on"]) == (date(2022, 2, 17), None)
    assert past["professional_id"] == worker["professional_id"]
    assert landed.findings == []


@pytest.mark.parametrize("name", ["csc", "education"])
def test_the_linkage_files_are_read_row_for_row(tmp_path: Path, name: str) -> None:
    content = shared_data(f"linkage/{name}.csv").read_bytes()
    landed = example(name, {f"{name}.csv": content}, tmp_path)
    (account,) = landed.accounts
    assert account["rows_in"] == 500 == account["loaded"] + account["set_aside"]
    assert len(landed.tables["person_record"]) == account["loaded"]
    assert all(row["postcode"] for row in landed.tables["address"])
    assert len(landed.tables["service_involvement"]) == account["loaded"]
