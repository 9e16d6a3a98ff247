"""A dozen families small enough to draw, and what is made of each."""

from datetime import date

from kithkin.people import build_people
from kithkin.people.living import Families, find_families, find_households, link_families
from kithkin.people.living.families import ALONE
from kithkin.people.tables import PersonLinkTable
from tests.people.records import Town

JAN, FEB, MAR, APR = (date(2025, month, 1) for month in (1, 2, 3, 4))
GROWN = {"date_of_birth": date(1985, 5, 6)}
OLD = {"date_of_birth": date(1955, 5, 6)}
CHILD = {"date_of_birth": date(2015, 5, 6)}
TEEN = {"date_of_birth": date(2009, 5, 6)}
YOUNG = {"date_of_birth": date(2005, 5, 6)}


def people(*keys: str) -> Town:
    """Records of whom nothing is known; each is a person."""
    town = homes()
    for key in keys:
        town.person(key)
    return town


def homes() -> Town:
    town = Town().address("home", line="1 High Street", postcode="GL1 1AA")
    return town.address("away", line="2 Low Street", postcode="GL1 1AA")


def town_of(**folk: dict[str, date]) -> Town:
    """Records in one feed, `a`, with what is known of each."""
    town = homes()
    for name, known in folk.items():
        town.person(f"a/{name}", **known)
    return town


def lives(town: Town, home: str, *names: str, since: date | None = JAN) -> Town:
    for name in names:
        town.lives(f"a/{name}", home, since)
    return town


def each_a_person(town: Town) -> PersonLinkTable:
    return PersonLinkTable.from_rows(
        {"source": row["source"], "record_id": row["record_id"], "person_id": row["record_id"],
         "probability": 1.0, "reason": "alone"}
        for row in town.rows["person_record"]
    )  # fmt: skip


def found(town: Town, most_people: int = 12) -> Families:
    con, links = town.connection(), each_a_person(town)
    households = find_households(con, links, most_people=most_people)
    return find_families(con, households, most_people=most_people)


def families(town: Town, most_people: int = 12) -> dict[frozenset[str], set[str]]:
    """Give each family's members with the reasons it holds."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in found(town, most_people).member.data.to_pylist():
        groups.setdefault(row["family_id"], []).append((row["person_id"], row["reason"]))
    return {
        frozenset(person for person, _ in group): {reason for _, reason in group}
        for group in groups.values()
    }


def members(town: Town, most_people: int = 12) -> set[frozenset[str]]:
    return set(families(town, most_people))


def roles(town: Town, person: str, most_people: int = 12) -> dict[str, str]:
    """Give the roles of everybody in the person's main family."""
    built = found(town, most_people)
    mine = {row["person_id"]: row["family_id"] for row in built.member.data.to_pylist()}[person]
    rows = link_families(built).data.to_pylist()
    return {row["person_id"]: row["role"] for row in rows if row["family_id"] == mine}


def group(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_a_mother_and_her_children_are_a_family_wherever_they_live() -> None:
    town = people("a/1", "a/2", "a/3").related("a/1", "mother", "a/3")
    assert families(town.related("a/2", "mother", "a/3")) == {
        group("1", "2", "3"): {"child of a recorded mother", "recorded as mother"}
    }


def test_partners_are_a_family_only_while_they_live_together() -> None:
    town = people("a/1", "a/2").related("a/1", "partner", "a/2")
    assert len(families(town)) == 2
    town.lives("a/1", "home", JAN, FEB).lives("a/2", "home", MAR)
    assert len(families(town)) == 2
    town.lives("a/1", "home", APR)
    assert families(town) == {group("1", "2"): {"recorded partner, lives with them"}}


def test_a_surname_and_an_address_alone_make_no_family() -> None:
    town = homes().person("a/1", "Ann", surname="Price", **GROWN)
    town.person("a/2", "Dev", surname="Price", **GROWN).lives("a/1", "home").lives("a/2", "home")
    assert families(town) == {group("1"): {ALONE}, group("2"): {ALONE}}


def test_a_carer_of_very_many_joins_nobody_and_is_marked_as_a_professional() -> None:
    keys = [f"a/{at}" for at in range(4)]
    town = people(*keys, "a/carer")
    for key in keys:
        town.related(key, "carer", "a/carer")
    assert len(families(town, most_people=3)) == 5
    assert roles(town, "0", most_people=3)["carer"] == "professional carer"
    assert len(families(town, most_people=4)) == 1


def test_a_relationship_with_a_record_that_no_feed_sent_is_counted() -> None:
    built = found(people("a/1").related("a/1", "mother", "a/nobody"))
    assert built.left_out == 1
    assert len(built.family) == 1


def test_a_family_reaches_over_feeds_through_the_people_in_it() -> None:
    said = {"surname": "Price", "date_of_birth": date(1985, 5, 6), "sex": "F"}
    town = Town().person("a/mum", "Esra", **said).person("b/mum", "Esra", **said)
    town.person("a/1").person("b/2").related("a/1", "mother", "a/mum")
    built = build_people(town.related("b/2", "mother", "b/mum").connection())
    assert (len(built.person), built.account.largest_family) == (3, 3)


def test_a_parent_younger_than_the_child_is_not_believed_and_counted() -> None:
    town = town_of(mum=CHILD, kid=GROWN).related("a/kid", "mother", "a/mum")
    assert found(town).disbelieved == 1
    assert members(town) == {group("mum"), group("kid")}


def parted() -> Town:
    """Ann and Bob live with their mother; their father lives with his new child and her mother."""
    town = town_of(mum=GROWN, ann=CHILD, bob=TEEN, dad=GROWN, eve=GROWN, fay=CHILD)
    lives(lives(town, "home", "mum", "ann", "bob"), "away", "dad", "eve", "fay")
    for child, mother in (("ann", "mum"), ("bob", "mum"), ("fay", "eve")):
        town.related(f"a/{child}", "mother", f"a/{mother}")
        town.related(f"a/{child}", "father", "a/dad")
    return town


def test_a_father_of_children_with_two_mothers_does_not_make_one_family_of_them() -> None:
    assert members(parted()) == {group("mum", "ann", "bob"), group("dad", "eve", "fay")}


def test_parted_parents_children_stand_in_both_families() -> None:
    assert roles(parted(), "ann") == {
        "mum": "carer", "ann": "child", "bob": "child",
        "dad": "parent living apart", "fay": "sibling living elsewhere",
    }  # fmt: skip
    assert roles(parted(), "fay") == {
        "dad": "carer", "eve": "carer", "fay": "child",
        "ann": "child living elsewhere", "bob": "child living elsewhere",
    }  # fmt: skip


def test_a_father_alone_is_in_the_family_of_his_youngest_child() -> None:
    town = lives(town_of(mum=GROWN, ann=CHILD, dad=GROWN), "home", "mum", "ann")
    lives(town, "away", "dad").related("a/ann", "mother", "a/mum").related(
        "a/ann", "father", "a/dad"
    )
    assert roles(town, "ann") == {"mum": "carer", "ann": "child", "dad": "parent living apart"}
    assert len(members(town)) == 1


def test_a_blended_family_is_one_with_the_partner_of_the_carer() -> None:
    town = lives(town_of(mum=GROWN, ann=CHILD, sam=GROWN), "home", "mum", "ann", "sam")
    town.related("a/ann", "mother", "a/mum").related("a/mum", "partner", "a/sam")
    assert roles(town, "ann") == {"mum": "carer", "ann": "child", "sam": "partner of carer"}


def test_three_generations_in_one_home_are_one_family() -> None:
    town = lives(town_of(nan=OLD, mum=GROWN, ann=CHILD), "home", "nan", "mum", "ann")
    town.related("a/mum", "mother", "a/nan").related("a/ann", "mother", "a/mum")
    assert members(town) == {group("nan", "mum", "ann")}
    assert roles(town, "ann")["mum"] == "carer"


def test_a_grandparent_who_has_the_child_is_its_carer_and_the_mother_lives_apart() -> None:
    town = lives(town_of(nan=OLD, mum=GROWN, ann=CHILD), "home", "nan", "ann")
    lives(town, "away", "mum").related("a/ann", "mother", "a/mum")
    assert roles(town, "ann") == {"nan": "carer", "ann": "child", "mum": "parent living apart"}


def test_a_child_placed_with_foster_carers_stays_in_the_birth_family() -> None:
    town = lives(town_of(mum=GROWN, ann=CHILD, fos=GROWN), "home", "mum")
    lives(town, "away", "fos", "ann").related("a/ann", "mother", "a/mum")
    town._add("residence", {"source": "a", "record_id": "ann", "address_id": "away",
                            "kind": "placement", "started_on": FEB})  # fmt: skip
    assert members(town) == {group("mum", "ann"), group("fos")}
    assert roles(town, "ann")["ann"] == "child living elsewhere"


def test_students_who_share_a_house_are_no_family_even_on_one_tenancy() -> None:
    town = lives(town_of(dee=YOUNG, eli=YOUNG), "home", "dee", "eli")
    town.related("a/dee", "household_member", "a/eli")
    assert members(town) == {group("dee"), group("eli")}


def test_twins_are_two_children_of_one_family() -> None:
    town = lives(town_of(mum=GROWN, ann=CHILD, bea=CHILD), "home", "mum", "ann", "bea")
    assert roles(town, "ann") == {"mum": "carer", "ann": "child", "bea": "child"}


def test_an_unborn_baby_is_a_child_of_the_mother() -> None:
    town = lives(town_of(mum=GROWN), "home", "mum").person("a/baby", unborn=True)
    assert roles(town.related("a/baby", "mother", "a/mum"), "mum") == {
        "mum": "carer", "baby": "child",
    }  # fmt: skip


def test_a_care_leaver_alone_belongs_to_the_mothers_family_until_twenty_five() -> None:
    town = lives(town_of(mum=GROWN, ann=CHILD, cal=YOUNG), "home", "mum", "ann")
    lives(town, "away", "cal").related("a/ann", "mother", "a/mum").related(
        "a/cal", "mother", "a/mum"
    )
    assert roles(town, "ann")["cal"] == "sibling living elsewhere"
    town.rows["person_record"][2]["date_of_birth"] = date(1999, 5, 6)
    assert group("cal") in members(town)


def test_who_grew_up_in_the_home_is_of_the_family_and_who_moved_in_grown_is_not() -> None:
    town = lives(
        town_of(mum=OLD, kim=GROWN, guy=GROWN), "home", "mum", "kim", since=date(1999, 1, 1)
    )
    assert members(lives(town, "home", "guy")) == {group("mum", "kim"), group("guy")}


def test_a_partnership_that_ended_stays_with_its_last_day() -> None:
    town = lives(town_of(mum=GROWN, ann=CHILD, ex=GROWN), "home", "mum", "ann")
    lives(town, "away", "ex").related("a/ann", "mother", "a/mum")
    town.related("a/mum", "partner", "a/ex").rows["relationship"][-1]["ended_on"] = FEB
    rows = link_families(found(town)).data.to_pylist()
    assert [(row["role"], row["until"]) for row in rows if row["until"]] == [
        ("former partner of carer", FEB)
    ]


def test_every_person_has_one_main_family_and_stands_in_it_among_the_links() -> None:
    built = found(parted())
    main = {(row["family_id"], row["person_id"]) for row in built.member.data.to_pylist()}
    links = [(row["family_id"], row["person_id"]) for row in link_families(built).data.to_pylist()]
    assert sorted(person for _, person in main) == ["ann", "bob", "dad", "eve", "fay", "mum"]
    assert main < set(links)
    assert len(links) == len(set(links))


def test_the_order_of_rows_changes_no_family() -> None:
    town = parted()
    con, links = town.connection(shuffle=list.reverse), each_a_person(town)
    households = find_households(con, links, most_people=12)
    turned = find_families(con, households, most_people=12)
    assert turned.member.data.equals(found(town).member.data)
    assert link_families(turned).data.equals(link_families(found(town)).data)


def test_nobody_at_all_makes_no_family() -> None:
    built = found(Town())
    assert len(built.member) == len(link_families(built)) == 0
