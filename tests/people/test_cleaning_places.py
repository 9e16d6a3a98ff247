"""Addresses as people word them, postcodes as they mistype them, and places that are no homes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kithkin.people.cleaning.comparable import comparable_records
from kithkin.people.cleaning.places import compact_postcode
from kithkin.people.rules import linkage_rules, place_rules
from tests.people.records import Town


def doors(line: str | None, postcode: str | None = "GL1 1AA") -> list[str]:
    town = Town().person("a/1").address("x", line=line, postcode=postcode).lives("a/1", "x")
    keys = comparable_records(town.connection(), linkage_rules()).data.column("address_keys")
    return [key.split(":")[1].split("@")[0] for key in keys[0].as_py() if key.startswith("door:")]


@pytest.mark.parametrize(
    ("line", "door"),
    [
        ("14 Mill Lane", "14"),
        ("14, Mill Lane", "14"),
        ("12A Mill Lane", "12A"),
        ("12a, Mill Lane", "12A"),
        ("Flat A, 12 Mill Lane", "12A"),
        ("12 Mill Lane, Flat A", "12A"),
        ("Flat 2, 14 Mill Lane", "14/2"),
        ("14 Mill Lane Flat 2", "14/2"),
        ("Apartment 2, 14 Mill Lane", "14/2"),
        ("Flat No. 2, 14 Mill Lane", "14/2"),
        ("2/14 Mill Lane", "14/2"),
        ("Ground Floor Flat, 14 Mill Lane", "14/GF"),
        ("First Floor, 14 Mill Lane", "14/F1"),
        ("3 1st Avenue", "3"),
        ("Rose Cottage, Mill Lane", "ROSECOTTAGE"),
        ("Rose Cottage Mill Lane", "ROSECOTTAGE"),
        ("The Old Forge, Mill Lane", "THEOLDFORGE"),
        ("Flat 2, Rose House", "ROSEHOUSE/2"),
    ],
)
def test_one_door_has_one_key_however_it_is_worded(line: str, door: str) -> None:
    assert doors(line) == [door]


def test_a_named_house_with_a_number_has_both_keys() -> None:
    assert doors("Flat 2, Rose House, 14 Mill Lane") == ["14/2", "ROSEHOUSE/2"]


@pytest.mark.parametrize(
    ("line", "postcode"), [("14 Mill Lane", None), (None, "GL1 1AA"), ("", "GL1 1AA")]
)
def test_half_an_address_names_no_door(line: str | None, postcode: str | None) -> None:
    assert doors(line, postcode) == []


@pytest.mark.parametrize(
    "line",
    [
        "Gloucester Royal Hospital, Great Western Road", "Room 4, YMCA Hostel", "HMP Eastwood Park",
        "No fixed abode", "C/O Council Offices", "Archdeacon Street Police Station", "NFA",
    ],
)  # fmt: skip
def test_a_place_of_strangers_is_no_evidence(line: str) -> None:
    town = Town().person("a/1").address("x", line=line, town="Gloucester", postcode="GL1 3NN")
    row = comparable_records(town.lives("a/1", "x").connection(), linkage_rules()).data.to_pylist()[
        0
    ]
    assert (row["address_keys"], row["postcodes"], row["towns"]) == ([], [], [])


@pytest.mark.parametrize("line", ["12 Hospital Lane", "School House, Mill Lane", "3 College Court"])
def test_a_home_called_after_one_is_a_home(line: str) -> None:
    assert doors(line)


def test_an_address_worded_two_ways_is_a_crowd_by_its_door() -> None:
    most, town = linkage_rules().limits.crowd, Town()
    town.address("x", line="14 Mill Lane", postcode="GL1 1AA")
    town.address("y", line="14, Mill Ln.", postcode="GL11AA")
    for at in range(most + 1):
        town.person(f"a/{at:03}").lives(f"a/{at:03}", "x" if at % 2 else "y")
    rows = comparable_records(town.connection(), linkage_rules()).data.to_pylist()
    assert all(row["address_keys"] == [] for row in rows)


def test_a_home_given_twice_by_each_of_a_few_is_no_crowd() -> None:
    most, town = linkage_rules().limits.crowd, Town()
    town.address("x", line="14 Mill Lane", postcode="GL1 1AA")
    town.address("y", line="14, Mill Ln.", postcode="GL11AA")
    for at in range(most // 2 + 1):
        town.person(f"a/{at:03}").lives(f"a/{at:03}", "x", date(2020, 1, 1)).lives(
            f"a/{at:03}", "y"
        )
    rows = comparable_records(town.connection(), linkage_rules()).data.to_pylist()
    assert all("door:14@GL11AA" in row["address_keys"] for row in rows)


@pytest.mark.parametrize(
    ("written", "compact"),
    [
        ("gl1 1aa", "GL11AA"),
        ("GL11AA", "GL11AA"),
        ("GLI 1AA", "GL11AA"),
        ("GL1 IAA", "GL11AA"),
        ("GL5O 9AS", "GL509AS"),
        ("0X1 2JD", "OX12JD"),
        ("SW1A 1AA", "SW1A1AA"),
        ("00-950", "00950"),
        ("ZZ99 3VZ", None),
        ("Unknown", None),
        ("000 000", None),
        ("", None),
        (None, None),
    ],
)
def test_postcodes_are_put_right_where_one_thing_alone_can_be_meant(
    written: str | None, compact: str | None
) -> None:
    assert compact_postcode(written, place_rules()) == compact


@given(st.one_of(st.none(), st.text(max_size=12), st.from_regex(r"[A-Z0-9]{5,7}", fullmatch=True)))
def test_any_postcode_can_be_read_and_reading_it_again_changes_nothing(text: str | None) -> None:
    once = compact_postcode(text, place_rules())
    assert compact_postcode(once, place_rules()) == once


def test_one_town_worded_two_ways_is_one() -> None:
    town = Town().person("a/1").person("a/2")
    town.address("x", town="Saint Neots", postcode="PE19 1AA").lives("a/1", "x")
    town.address("y", town="St. Neots", postcode="PE19 1AA").lives("a/2", "y")
    towns = comparable_records(town.connection(), linkage_rules()).data.column("towns").to_pylist()
    assert towns == [["STNEOTS"], ["STNEOTS"]]
