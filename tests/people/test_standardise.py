from datetime import date

import pytest

from kithkin.people.cleaning.comparable import comparable_records
from kithkin.people.cleaning.names import given_keys, normalise_name, surname_keys
from kithkin.people.rules import linkage_rules, name_rules
from tests.people.records import Town


def forename(text: str | None) -> str | None:
    return normalise_name(text, forename=True, rules=name_rules())


def surname(text: str | None) -> str | None:
    return normalise_name(text, forename=False, rules=name_rules())


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Łukasz", "LUKASZ"),
        ("Søren", "SOREN"),
        ("Grœßæ", "GROESSAE"),
        ("Zoë-Renée", "ZOE RENEE"),
        ("  Mr  John ", "JOHN"),
        ("Dr", "DR"),
        ("O’Neill", "ONEILL"),
        ("D'Arcy", "DARCY"),
        ("Aylin\u00a0Su", "AYLIN SU"),
    ],
)
def test_names_lose_accents_titles_and_punctuation(written: str, plain: str) -> None:
    assert forename(written) == plain


@pytest.mark.parametrize(
    "written", [None, "", "  ", "-", "Unknown", "not known", "N/A", "Baby", "Baby Girl", "Twin 2"]
)
def test_what_stands_for_not_known_is_no_forename(written: str | None) -> None:
    assert forename(written) is None


def test_a_named_baby_keeps_the_name() -> None:
    assert forename("Baby Noah") == "NOAH"


def test_a_surname_may_be_a_word_that_no_forename_may_be() -> None:
    assert surname("Child") == "CHILD"
    assert surname("Unknown") is None


def test_a_double_barrelled_surname_agrees_by_its_parts_but_not_by_its_particles() -> None:
    keys = surname_keys(surname("Van der Smith-Jones"))
    assert keys == ["JONES", "SMITH", "VANDERSMITHJONES"]


def test_spellings_of_one_name_share_a_key() -> None:
    keys = [set(given_keys(forename(name))) for name in ("Muhammad", "Mohd")]
    assert keys[0] & keys[1] == {"MOHAMMED"}


def comparable(town: Town) -> list[dict[str, object]]:
    return comparable_records(town.connection(), linkage_rules()).data.to_pylist()


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
