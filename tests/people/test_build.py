import random
from datetime import date

import pyarrow as pa
import pytest

from kithkin.people import PeopleTables, PersonTable, build_people
from kithkin.people.identity import stable_id, unlike_ids, unlike_ids_of
from tests.people.records import Town

BORN = date(2012, 3, 14)
MUM = {"surname": "Price", "date_of_birth": date(1985, 5, 6), "sex": "F"}


def town() -> Town:
    """Twelve records: the Price twins and their mother in three feeds, and records without names."""
    made = Town().address("home", line="1 High Street", postcode="GL1 1AA")
    for source in ("council", "school", "health"):
        made.person(f"{source}/ayaan", "Ayaan", surname="Price", date_of_birth=BORN, sex="M")
        made.person(f"{source}/idris", "Idris", surname="Price", date_of_birth=BORN, sex="M")
        made.lives(f"{source}/ayaan", "home").lives(f"{source}/idris", "home")
    made.person("council/mum", "Esra", **MUM, seal="S1").lives("council/mum", "home")
    made.person("health/mum", "Esra", **MUM, seal="S0", ethnicity="WBRI")
    made.related("council/ayaan", "mother", "council/mum")
    made.related("council/idris", "mother", "council/mum")
    for feed in ("care", "cin"):
        made.person(f"{feed}/7", agency="council", date_of_birth=BORN, sex="M")
        made.number(f"{feed}/7", "case_id", "L7", "unchecked")
    made.person("care/8", agency="council", date_of_birth=BORN, sex="M")
    made.person("police/unborn", "Unborn", surname="Rowe", unborn=True)
    return made


def build(of: Town) -> PeopleTables:
    return build_people(of.connection())


def persons(built: PeopleTables) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for row in built.person_link.data.to_pylist():
        groups.setdefault(row["person_id"], set()).add(f"{row['source']}/{row['record_id']}")
    return {frozenset(group) for group in groups.values()}


def only_person(built: PeopleTables) -> dict[str, object]:
    rows = built.person.data.to_pylist()
    assert len(rows) == 1
    return dict(rows[0])


def test_a_dozen_records_become_the_people_they_are() -> None:
    assert persons(build(town())) == {
        frozenset({"council/ayaan", "school/ayaan", "health/ayaan"}),
        frozenset({"council/idris", "school/idris", "health/idris"}),
        frozenset({"council/mum", "health/mum"}),
        frozenset({"care/7", "cin/7"}),
        frozenset({"care/8"}),
        frozenset({"police/unborn"}),
    }


def test_twins_are_left_for_a_human_not_merged_and_named_once() -> None:
    review = build(town()).person_pair_review.data.to_pylist()
    twins = [row for row in review if row["why"].startswith("possible twins")]
    assert len(twins) == 1


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_change_a_byte(seed: int) -> None:
    shuffled = build_people(town().connection(shuffle=random.Random(seed).shuffle))  # noqa: S311
    for one, other in zip(build(town()).tables(), shuffled.tables(), strict=True):
        assert one.data.equals(other.data), one.name


@pytest.mark.parametrize("size", [0, 1, 2])
def test_very_few_records_are_people_too(size: int) -> None:
    few = Town()
    for at in range(size):
        few.person(f"a/{at}", "Ann" if at else "Dev")
    built = build(few)
    assert len(built.person) == len(built.family) == len(built.person_link) == size
    assert built.account.persons == size


def test_every_record_has_one_person_and_every_person_one_family() -> None:
    made = town()
    built = build(made)
    keys = [(row["source"], row["record_id"]) for row in built.person_link.data.to_pylist()]
    assert sorted(keys) == sorted(
        (row["source"], row["record_id"]) for row in made.rows["person_record"]
    )
    members = built.family_member.data.column("person_id").to_pylist()
    assert sorted(members) == built.person.data.column("person_id").to_pylist()


def test_keys_are_dense_in_the_order_of_ids() -> None:
    built = build(town())
    for table, id_name, key_name in (
        (built.person, "person_id", "person_key"),
        (built.family, "family_id", "family_key"),
    ):
        ids = table.data.column(id_name).to_pylist()
        assert ids == sorted(set(ids))
        assert table.data.column(key_name).to_pylist() == list(range(len(ids)))


def test_an_id_comes_from_the_smallest_record_and_survives_new_ones() -> None:
    before = only_person(build(Town().person("b/1", "Esra", **MUM)))
    grown = Town().person("b/1", "Esra", **MUM).person("c/1", "Esra", **MUM)
    assert only_person(build(grown))["person_id"] == before["person_id"] == stable_id("P", "b", "1")


def test_an_id_is_a_letter_and_twelve_characters() -> None:
    # base32(sha256("b" + unit separator + "1"))[:12]
    made = stable_id("P", "b", "1")
    assert len(made) == 13
    assert made[1:].isalnum()
    assert made != stable_id("P", "b1")


def test_two_names_with_one_id_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def clash(letter: str, *parts: str) -> str:
        return letter + parts[1] if len(parts) > 1 else letter

    monkeypatch.setattr("kithkin.people.identity.naming.stable_id", clash)
    assert unlike_ids("P", [("b",), ("a",)]) == {("a",): "P", ("b",): "P1"}


def test_ids_made_all_at_once_are_those_made_one_by_one() -> None:
    names = pa.array([f"source{at % 7}\x1f{at}" for at in range(500)])
    one_by_one = [stable_id("P", *name.split("\x1f")) for name in names.to_pylist()]
    assert unlike_ids_of("P", names, pa.array([], pa.string())).to_pylist() == one_by_one
    taken = pa.array([one_by_one[3]])
    again = unlike_ids_of("P", names, taken).to_pylist()
    assert again == [*one_by_one[:3], stable_id("P", "source3", "3", "1"), *one_by_one[4:]]


def test_links_say_why_and_how_sure() -> None:
    links = {
        f"{row['source']}/{row['record_id']}": (row["reason"], row["probability"])
        for row in build(town()).person_link.data.to_pylist()
    }
    assert links["care/8"] == ("only record of this person", 1.0)
    assert links["cin/7"] == ("share an identifying number (case_id)", 0.999)
    reason, probability = links["health/mum"]
    assert reason == "names and details agree (weight 11.9)"
    assert 0.999 < probability < 1


def test_a_person_is_what_most_records_say_and_the_strictest_seal() -> None:
    made = Town()
    for at, born in enumerate((BORN, BORN, date(2012, 3, 15))):
        made.person(f"a/{at}", "Chloe", surname="Price", date_of_birth=born, seal=f"S{at}")
        made.number(f"a/{at}", "upn", "A1", "failed").lives(f"a/{at}", "home")
    person = only_person(build(made.address("home", postcode="GL1 1AA")))
    assert (person["date_of_birth"], person["dob_conflict"]) == (BORN, True)
    assert (person["seal"], person["records"], person["agencies"]) == ("S2", 3, 1)
    assert person["display_name"] == "Chloe Price"


def test_of_equals_what_was_known_latest_counts_and_placeholders_do_not() -> None:
    made = (
        Town().number("a/1", "nhs_number", "9434765919").number("b/1", "nhs_number", "9434765919")
    )
    made.person("a/1", "Esra", surname="Price", sex="M", known_at=date(2024, 1, 1))
    made.person("b/1", "Baby", surname="Rowe", sex="F", date_of_birth=date(1900, 1, 1))
    person = only_person(build(made))
    assert (person["display_name"], person["sex"]) == ("Esra Price", "F")
    assert (person["date_of_birth"], person["dob_conflict"]) == (None, False)


def test_progress_hears_of_every_stage() -> None:
    heard: list[str] = []
    build_people(Town().connection(), progress=heard.append)
    assert heard[0] == "making records comparable"
    assert heard[-1] == "finding households and families"


def test_a_person_table_refuses_other_columns() -> None:
    with pytest.raises(ValueError, match="no column"):
        PersonTable.from_rows([{"name": "Esra"}])
