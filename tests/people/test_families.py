from datetime import date

from kithkin.people import PeopleTables, build_people
from kithkin.people.living.families import ALONE
from tests.people.records import Town

JAN, FEB, MAR, APR = (date(2025, month, 1) for month in (1, 2, 3, 4))


def people(*keys: str) -> Town:
    """Records that nothing links: each is a person."""
    town = Town().address("home", line="1 High Street", postcode="GL1 1AA")
    for key in keys:
        town.person(key)
    return town


def build(town: Town, most_people: int = 12) -> PeopleTables:
    return build_people(town.connection(), most_people=most_people)


def key_of(built: PeopleTables) -> dict[str, str]:
    rows = built.person_link.data.to_pylist()
    return {row["person_id"]: f"{row['source']}/{row['record_id']}" for row in rows}


def households(town: Town, most_people: int = 12) -> set[frozenset[str]]:
    built = build(town, most_people)
    groups: dict[str, set[str]] = {}
    for row in built.household_member.data.to_pylist():
        groups.setdefault(row["household_id"], set()).add(key_of(built)[row["person_id"]])
    return {frozenset(group) for group in groups.values()}


def families(town: Town, most_people: int = 12) -> dict[frozenset[str], set[str]]:
    """Give each family's members with the reasons it holds."""
    built = build(town, most_people)
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in built.family_member.data.to_pylist():
        member = (key_of(built)[row["person_id"]], row["reason"])
        groups.setdefault(row["family_id"], []).append(member)
    return {
        frozenset(key for key, _ in group): {reason for _, reason in group}
        for group in groups.values()
    }


def test_people_at_one_address_at_one_time_are_a_household() -> None:
    town = people("a/1", "a/2").lives("a/1", "home", JAN, MAR).lives("a/2", "home", FEB)
    built = build(town)
    assert households(town) == {frozenset({"a/1", "a/2"})}
    row = built.household.data.to_pylist()[0]
    assert (row["started_on"], row["ended_on"], row["people"]) == (JAN, None, 2)
    assert (row["line"], row["postcode"]) == ("1 High Street", "GL1 1AA")


def test_who_moves_in_on_the_day_the_other_leaves_is_another_household() -> None:
    town = people("a/1", "a/2").lives("a/1", "home", JAN, FEB).lives("a/2", "home", FEB, MAR)
    assert households(town) == {frozenset({"a/1"}), frozenset({"a/2"})}


def test_a_stay_of_unknown_dates_overlaps_every_other() -> None:
    town = people("a/1", "a/2").lives("a/1", "home").lives("a/2", "home", JAN, FEB)
    assert households(town) == {frozenset({"a/1", "a/2"})}


def test_one_person_told_by_two_feeds_lives_there_once() -> None:
    town = people("a/1").lives("a/1", "home", JAN, MAR).lives("a/1", "home", FEB, APR)
    rows = build(town).household_member.data.to_pylist()
    assert [(row["started_on"], row["ended_on"]) for row in rows] == [(JAN, APR)]


def test_one_uprn_worded_two_ways_is_one_place() -> None:
    town = people("a/1", "b/1").address("x", uprn="100").address("y", uprn="100")
    town.lives("a/1", "x").lives("b/1", "y")
    assert households(town) == {frozenset({"a/1", "b/1"})}


def test_an_address_with_more_people_at_once_than_a_home_has_is_no_household() -> None:
    town = people("a/1", "a/2", "a/3")
    for key, start, end in (("a/1", JAN, FEB), ("a/2", JAN, FEB), ("a/3", FEB, MAR)):
        town.lives(key, "home", start, end)
    assert households(town, most_people=1) == set()
    assert build(town, most_people=1).account.addresses_left_out == 1
    assert len(households(town, most_people=2)) == 2, "three in turn, never more than two at once"


def test_a_mother_and_her_children_are_a_family_wherever_they_live() -> None:
    town = people("a/1", "a/2", "a/3").related("a/1", "mother", "a/3")
    assert families(town.related("a/2", "mother", "a/3")) == {
        frozenset({"a/1", "a/2", "a/3"}): {"child of a recorded mother", "recorded as mother"}
    }


def test_partners_are_a_family_only_while_they_live_together() -> None:
    town = people("a/1", "a/2").related("a/1", "partner", "a/2")
    assert len(families(town)) == 2
    town.lives("a/1", "home", JAN, FEB).lives("a/2", "home", MAR)
    assert len(families(town)) == 2
    town.lives("a/2", "home", JAN, MAR)
    assert families(town) == {frozenset({"a/1", "a/2"}): {"recorded partner, lives with them"}}


def test_a_surname_and_an_address_alone_make_no_family() -> None:
    town = Town().address("home").person("a/1", "Ann", surname="Price")
    town.person("a/2", "Dev", surname="Price").lives("a/1", "home").lives("a/2", "home")
    assert families(town) == {frozenset({"a/1"}): {ALONE}, frozenset({"a/2"}): {ALONE}}


def test_a_carer_of_very_many_joins_nobody() -> None:
    keys = [f"a/{at}" for at in range(4)]
    town = people(*keys, "a/carer")
    for key in keys:
        town.related(key, "carer", "a/carer")
    assert len(families(town, most_people=3)) == 5
    assert len(families(town, most_people=4)) == 1


def test_a_relationship_with_a_record_that_no_feed_sent_is_counted() -> None:
    built = build(people("a/1").related("a/1", "mother", "a/nobody"))
    assert built.account.relationships_left_out == 1
    assert len(built.family) == 1


def test_a_family_reaches_over_feeds_through_the_people_in_it() -> None:
    said = {"surname": "Price", "date_of_birth": date(1985, 5, 6), "sex": "F"}
    town = Town().person("a/mum", "Esra", **said).person("b/mum", "Esra", **said)
    town.person("a/1").person("b/2").related("a/1", "mother", "a/mum")
    built = build(town.related("b/2", "mother", "b/mum"))
    assert (len(built.person), built.account.largest_family) == (3, 3)
