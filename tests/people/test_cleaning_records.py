"""Records made comparable: which columns they have, and what is no evidence."""

from datetime import date

import pytest

from kithkin.model.dates import add_days
from kithkin.people.cleaning.comparable import comparable_records
from kithkin.people.rules import linkage_rules, name_rules
from tests.people.records import Town


def comparable(town: Town) -> list[dict[str, object]]:
    rows: list[dict[str, object]]
    rows = comparable_records(town.connection(), linkage_rules()).data.to_pylist()
    return rows


def test_placeholder_dates_of_birth_are_null() -> None:
    town = Town().person("a/1", "Ann", date_of_birth=date(1900, 1, 1))
    town.person("a/2", "Ann", date_of_birth=date(1990, 1, 1))
    assert [row["date_of_birth"] for row in comparable(town)] == [None, date(1990, 1, 1)]


def test_a_preferred_name_stands_in_for_a_missing_forename_and_counts_beside_a_given_one() -> None:
    town = Town().person("a/1", None, preferred_name="Kit")
    town.person("a/2", "Katherine", preferred_name="Bo Peep")
    kit, katherine = comparable(town)
    assert kit["forename"] == "KIT"
    assert katherine["forename"] == "KATHERINE"
    assert {"BOPEEP", "CATHERINE"} <= set(katherine["forename_keys"])  # type: ignore[call-overload]


def test_of_two_rows_of_one_record_the_one_known_latest_counts() -> None:
    town = Town().person("a/1", "New", known_at=date(2025, 1, 2))
    town.person("a/1", "Old", known_at=date(2025, 1, 1))
    assert [row["forename"] for row in comparable(town)] == ["NEW"]


def test_superseded_shared_and_too_common_numbers_are_no_evidence() -> None:
    most = linkage_rules().limits.number
    town = Town()
    for at in range(most + 1):
        town.person(f"a/{at:03}").number(f"a/{at:03}", "nino", "AA000000A")
    town.number("a/000", "upn", "X1", superseded_at=date(2025, 1, 1))
    town.number("a/000", "phone", "01452 1", "unchecked").number("a/000", "former_upn", "y 2")
    assert comparable(town)[0]["numbers"] == ["upn:Y2"]
    assert comparable(town)[1]["numbers"] == []


def test_a_local_number_is_compared_inside_its_agency_only() -> None:
    town = Town()
    for key in ("council/1", "police/1"):
        town.person(key).number(key, "legacy_id", "17", "unchecked").number(key, "pnc", "17")
    council, police = (row["numbers"] for row in comparable(town))
    assert council == ["legacy_id@council:17", "pnc:17"]
    assert police == ["legacy_id@police:17", "pnc:17"]


def test_a_number_of_zeros_is_no_number() -> None:
    town = Town().person("a/1").number("a/1", "nhs_number", "000 000 0000")
    assert comparable(town)[0]["numbers"] == []


def test_a_crowded_address_is_no_evidence() -> None:
    most = linkage_rules().limits.crowd
    town = Town().address("hostel", postcode="GL1 1AA").address("home", postcode="GL2 2BB")
    for at in range(most + 1):
        town.person(f"a/{at:03}").lives(f"a/{at:03}", "hostel")
    town.lives("a/000", "home")
    first, second, *_ = comparable(town)
    assert (first["postcodes"], first["address_keys"]) == (["GL22BB"], ["address:home"])
    assert second["postcodes"] == []


def test_tables_without_superseded_at_are_read_as_well() -> None:
    con = Town().person("a/1").number("a/1", "upn", "X1").connection()
    con.execute("ALTER TABLE identifier DROP COLUMN superseded_at")
    row = comparable_records(con, linkage_rules()).data.to_pylist()[0]
    assert row["numbers"] == ["upn:X1"]


def test_swapped_fields_give_the_same_pair_of_names() -> None:
    town = Town().person("a/1", "Asad", surname="Mir").person("a/2", "Mir", surname="Asad")
    town.person("a/3", "Mir")
    assert [row["name_pair"] for row in comparable(town)] == ["ASAD MIR", "ASAD MIR", "MIR"]


def test_a_box_that_says_there_is_no_forename_makes_the_other_name_the_only_one() -> None:
    town = Town().person("a/1", "FNU", surname="Tenzin").person("a/2", "Tenzin", surname="LNU")
    town.person("a/3", "Tenzin", surname="Tenzin").person("a/4", surname="Tenzin")
    read = [(row["forename"], row["surname"], row["name_pair"]) for row in comparable(town)]
    assert read == [*[("TENZIN", None, "TENZIN")] * 3, (None, "TENZIN", "TENZIN")]


def test_who_bears_mohammed_before_another_name_may_go_by_either() -> None:
    town = Town().person("a/1", "Muhammad", middle_names="Hamza", surname="Khan")
    town.person("a/2", "Daniel", middle_names="Hamza", surname="Khan")
    first, second = comparable(town)
    assert "HAMZA" in first["given_words"]
    assert "HAMZA" not in first["forename_keys"], "his brother is Muhammad as well"
    assert "HAMZA" not in second["given_words"]


def test_an_unknown_forename_and_a_baby_are_not_called_by_the_familys_name() -> None:
    town = Town().person("a/1", "Unknown", surname="Smith").person("a/2", "Baby", surname="Smith")
    assert [row["forename"] for row in comparable(town)] == [None, None]


def test_a_baby_of_no_name_but_the_familys_has_no_forename() -> None:
    town = Town().person("a/1", "Baby Okafor", surname="Okafor")
    town.person("a/2", "Twin 1 Okafor", surname="OKAFOR").person(
        "a/3", "Baby Ada", surname="Okafor"
    )
    assert [row["forename"] for row in comparable(town)] == [None, None, "ADA"]


def test_names_have_sounds_and_other_names_in_the_box_count() -> None:
    row = comparable(Town().person("a/1", "Katherine (Kate)", surname="Smith nee Jones"))[0]
    assert (row["forename_sound"], row["surname_sound"]) == ("K0RN", "SM0")
    assert row["forename_keys"] == ["CATHERINE", "KATE", "KATHERINE"]
    assert row["surname_keys"] == ["JONES", "SMITH"]


def test_a_first_of_january_is_rough_and_a_birthday_is_not() -> None:
    town = Town().person("a/1", "Ann", date_of_birth=date(1990, 1, 1))
    town.person("a/2", "Ann", date_of_birth=date(1990, 7, 4)).person("a/3", "Ann")
    assert [row["birth_rough"] for row in comparable(town)] == [True, False, False]


def test_a_day_that_one_source_over_uses_is_rough_in_that_source_alone() -> None:
    town = Town()
    for at in range(100):
        day = add_days(date(1990, 2, 1), 3 * at)
        town.person(f"a/{at:03}", "Ann", date_of_birth=day)
        town.person(f"b/{at:03}", "Ann", date_of_birth=day)
    for at in range(name_rules().dates.rough_least):
        town.person(f"a/x{at:02}", "Bo", date_of_birth=date(1960 + at, 7, 2))
    town.person("b/x", "Bo", date_of_birth=date(1990, 7, 2))
    rough = [row["record_id"] for row in comparable(town) if row["birth_rough"]]
    assert len(rough) == name_rules().dates.rough_least
    assert all(str(one).startswith("x") for one in rough)


@pytest.mark.parametrize(
    ("written", "contact"),
    [
        ("07700 900123", ["phone:+447700900123"]),
        ("+44 (0)7700 900123", ["phone:+447700900123"]),
        ("0044 7700 900123", ["phone:+447700900123"]),
        ("7700900123", ["phone:+447700900123"]),
        ("01452 396396", ["phone:+441452396396"]),
        ("+48 512 345 678", ["phone:+48512345678"]),
        ("none", []),
        ("00000000000", []),
        ("396396", []),
    ],
)
def test_a_telephone_number_is_one_however_it_is_written(written: str, contact: list[str]) -> None:
    assert (
        comparable(Town().person("a/1").number("a/1", "phone", written))[0]["contacts"] == contact
    )


def test_the_first_email_is_given_and_what_an_office_gives_for_everybody_is_not() -> None:
    most = linkage_rules().limits.number
    town = Town()
    for at in range(most + 1):
        town.person(f"a/{at:03}").number(f"a/{at:03}", "email", "Office@Example.org")
    town.number("a/000", "email", " Zoe@Example.org").number("a/000", "email", "ann@example.org")
    town.number("a/001", "email", "not given")
    first, second, *_ = comparable(town)
    assert first["email"] == "ann@example.org"
    assert first["contacts"] == ["email:ann@example.org", "email:zoe@example.org"]
    assert (second["email"], second["contacts"]) == (None, [])


def test_no_records_give_no_rows() -> None:
    assert comparable(Town()) == []


def test_one_name_in_both_boxes_is_a_forename_said_twice() -> None:
    town = Town().person("a/1", "Pema").person("b/1", "Pema", surname="Pema")
    assert [(row["forename"], row["surname"]) for row in comparable(town)] == [("PEMA", None)] * 2
    assert comparable(town)[1]["surname_keys"] == ["PEMA"]
