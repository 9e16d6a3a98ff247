"""Who lives together, from what agencies say of where each person lives."""

from datetime import date
from typing import Any

import pytest

from kithkin.people.living import Households, find_households
from tests.people.records import Town
from tests.people.test_families import each_a_person, people

JAN, FEB, MAR, APR = (date(2025, month, 1) for month in (1, 2, 3, 4))


def found(town: Town, most_people: int = 12) -> Households:
    return find_households(town.connection(), each_a_person(town), most_people=most_people)


def households(town: Town, most_people: int = 12) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for row in found(town, most_people).member.data.to_pylist():
        groups.setdefault(row["household_id"], set()).add(row["person_id"])
    return {frozenset(group) for group in groups.values()}


def stays(town: Town) -> list[dict[str, Any]]:
    rows = found(town).member.data.to_pylist()
    return sorted(rows, key=lambda row: (row["person_id"], str(row["started_on"])))


def at(line: str) -> Town:
    return Town().person("a/1").person("a/2").address("there", line=line, postcode="GL1 1AA")


def test_people_at_one_address_at_one_time_are_a_household() -> None:
    town = people("a/1", "a/2").lives("a/1", "home", JAN, MAR).lives("a/2", "home", FEB)
    assert households(town) == {frozenset({"1", "2"})}
    row = found(town).household.data.to_pylist()[0]
    assert (row["started_on"], row["ended_on"], row["people"]) == (JAN, None, 2)
    assert (row["line"], row["postcode"]) == ("1 High Street", "GL1 1AA")


def test_who_moves_in_on_the_day_the_other_leaves_is_another_household() -> None:
    town = people("a/1", "a/2").lives("a/1", "home", JAN, FEB).lives("a/2", "home", FEB, MAR)
    assert households(town) == {frozenset({"1"}), frozenset({"2"})}


def test_a_stay_of_unknown_dates_overlaps_every_other() -> None:
    town = people("a/1", "a/2").lives("a/1", "home").lives("a/2", "home", JAN, FEB)
    assert households(town) == {frozenset({"1", "2"})}


def test_one_person_told_by_two_feeds_lives_there_once() -> None:
    town = people("a/1").lives("a/1", "home", JAN, MAR).lives("a/1", "home", FEB, APR)
    assert [(row["started_on"], row["ended_on"]) for row in stays(town)] == [(JAN, APR)]


def test_one_uprn_worded_two_ways_is_one_place() -> None:
    town = people("a/1", "b/2").address("x", uprn="100").address("y", uprn="100")
    town.lives("a/1", "x").lives("b/2", "y")
    assert households(town) == {frozenset({"1", "2"})}


def test_an_address_without_uprn_is_the_place_of_one_worded_alike() -> None:
    town = people("a/1", "b/2").address(
        "x", uprn="100", line="Flat 2, 9 Low Rd", postcode="GL2 1AB"
    )
    town.address("y", line="FLAT 2  9 Low Rd.", postcode="gl21ab").lives("a/1", "x")
    assert households(town.lives("b/2", "y")) == {frozenset({"1", "2"})}


def test_a_postcode_alone_is_no_place_where_people_live_together() -> None:
    town = people("a/1", "a/2").address("area", postcode="GL1 1AA")
    assert households(town.lives("a/1", "area").lives("a/2", "area")) == set()
    assert found(town).residences_left_out == 2


def test_an_address_with_more_people_at_once_than_a_home_has_is_no_household() -> None:
    town = people("a/1", "a/2", "a/3")
    for key, start, end in (("a/1", JAN, FEB), ("a/2", JAN, FEB), ("a/3", FEB, MAR)):
        town.lives(key, "home", start, end)
    assert households(town, most_people=1) == set()
    assert found(town, most_people=1).left_out == 1
    assert len(households(town, most_people=2)) == 2, "three in turn, never more than two at once"


@pytest.mark.parametrize(
    "line",
    ["Haven Women's Refuge", "St Anne's Hostel", "Oak Children's Home", "County Hospital, Ward 3"],
)
def test_a_place_whose_wording_says_that_it_is_no_home_makes_no_household(line: str) -> None:
    town = at(line).lives("a/1", "there").lives("a/2", "there")
    assert households(town) == set()
    assert found(town).residences_left_out == 2


def test_a_street_named_after_a_hospital_has_homes() -> None:
    town = at("12 Hospital Lane").lives("a/1", "there").lives("a/2", "there")
    assert households(town) == {frozenset({"1", "2"})}


def test_nobody_with_a_sealed_record_is_shown_to_live_with_anyone() -> None:
    town = people("a/1", "a/2").lives("a/1", "home").lives("a/2", "home")
    town.rows["person_record"][1]["seal"] = "S1"
    assert households(town) == {frozenset({"1"})}
    assert found(town).residences_left_out == 1


def test_an_agency_that_heard_of_no_move_keeps_nobody_at_the_old_address() -> None:
    town = people("a/1").lives("a/1", "home", JAN).lives("a/1", "away", MAR)
    old, new = stays(town)
    assert (old["ended_on"], old["ended_by"], old["current"]) == (MAR, "moved", False)
    assert (new["ended_on"], new["ended_by"], new["current"]) == (None, None, True)
    assert new["sure"] == pytest.approx(2 / (2 + 2 * 0.5))  # 2 a dated home, halved when outdated


def test_a_tenancy_outweighs_a_later_word_of_another_agency() -> None:
    town = people("a/1").lives("a/1", "home", JAN).lives("a/1", "away", MAR)
    assert [row["started_on"] for row in stays(town) if row["current"]] == [MAR]
    town.rows["residence"][0]["kind"] = "tenancy"
    town.lives("a/1", "home", FEB).rows["residence"][-1]["source"] = "b"
    town.person("b/1").rows["residence"][-1]["kind"] = "declared"
    assert [row["started_on"] for row in stays(town) if row["current"]] == [JAN]


def test_who_has_nobody_at_the_heavier_address_lives_where_their_kin_live() -> None:
    town = people("a/1", "a/2").related("a/1", "mother", "a/2").lives("a/2", "away", FEB)
    town.lives("a/1", "home", JAN).lives("a/1", "away")  # undated: worth less
    assert {row["person_id"] for row in stays(town) if row["current"]} == {"1", "2"}
    assert frozenset({"1", "2"}) in households(town)
    alone = people("a/1").lives("a/1", "home", JAN).lives("a/1", "away")
    assert [row["started_on"] for row in stays(alone) if row["current"]] == [JAN]


def test_a_household_member_of_whom_no_address_is_kept_lives_with_the_tenant() -> None:
    town = people("a/1", "a/2").lives("a/1", "home", JAN)
    town.related("a/1", "household_member", "a/2")
    town.rows["relationship"][0]["started_on"] = FEB
    assert households(town) == {frozenset({"1", "2"})}
    assert [(row["person_id"], row["started_on"]) for row in stays(town)] == [
        ("1", JAN),
        ("2", FEB),
    ]


def test_the_order_of_rows_changes_no_household() -> None:
    town = people("a/1", "a/2").lives("a/1", "home", JAN).lives("a/2", "home", FEB)
    town.lives("a/2", "away", MAR)
    con = town.connection(shuffle=list.reverse)
    turned = find_households(con, each_a_person(town), most_people=12)
    assert turned.household.data.equals(found(town).household.data)
    assert turned.member.data.equals(found(town).member.data)
