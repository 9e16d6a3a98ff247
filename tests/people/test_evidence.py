from datetime import date

from kithkin.people.cleaning.comparable import comparable_records
from kithkin.people.resolving.evidence import Evidence, gather_evidence
from kithkin.people.rules import linkage_rules
from tests.people.records import Town

BORN, OTHER = date(2012, 3, 4), date(2014, 3, 4)


def evidence(town: Town) -> Evidence:
    con = town.connection()
    return gather_evidence(con, comparable_records(con, linkage_rules()), linkage_rules())


def shared(town: Town) -> list[tuple[int, int, str | None]]:
    rows = evidence(town).shared.data.to_pylist()
    return [(row["left_rid"], row["right_rid"], row["against"]) for row in rows]


def twins(*names: str, middle: tuple[str | None, str | None] = (None, None)) -> bool:
    town = Town()
    for at, (name, second) in enumerate(zip(names, middle, strict=True)):
        town.person(f"s{at}/1", name, middle_names=second, surname="Khan", date_of_birth=BORN)
    return len(evidence(town).twins) == 1


def two_with_one_number(first: dict[str, object], second: dict[str, object]) -> Town:
    town = Town().person("health/1", **first).person("police/1", **second)  # type: ignore[arg-type]
    return town.number("health/1", "nhs_number", "943 476 5919").number(
        "police/1", "nhs_number", "9434765919"
    )


def test_a_verified_number_binds_records_whose_dates_of_birth_agree_or_are_missing() -> None:
    agree = two_with_one_number({"date_of_birth": BORN}, {"date_of_birth": BORN})
    missing = two_with_one_number({"date_of_birth": BORN}, {})
    assert shared(agree) == shared(missing) == [(0, 1, None)]


def test_it_does_not_when_dates_of_birth_differ() -> None:
    differ = two_with_one_number({"date_of_birth": BORN}, {"date_of_birth": OTHER})
    assert shared(differ) == [(0, 1, "dates of birth differ")]


def test_a_newborn_with_the_mothers_number_is_not_the_mother() -> None:
    named = two_with_one_number({"forename": "Ann", "date_of_birth": OTHER}, {"forename": "Leo"})
    assert shared(named) == [(0, 1, "forenames differ and a date of birth is missing")]
    unborn = two_with_one_number({"forename": "Ann", "date_of_birth": OTHER}, {"unborn": True})
    assert shared(unborn) == [(0, 1, "one is unborn")]


def test_a_record_without_a_date_of_birth_does_not_stand_between_two_dates() -> None:
    town = two_with_one_number({"date_of_birth": BORN}, {"date_of_birth": OTHER})
    town.person("school/1").number("school/1", "nhs_number", "9434765919")
    assert {against for *_, against in shared(town)} == {
        "dates of birth differ",
        "others with this number have two dates of birth",
    }


def test_failed_and_superseded_numbers_bind_nobody() -> None:
    failed = Town().person("a/1").person("b/1")
    failed.number("a/1", "upn", "X", "failed").number("b/1", "upn", "X", "failed")
    superseded = Town().person("a/1").person("b/1")
    superseded.number("a/1", "upn", "X", superseded_at=OTHER).number("b/1", "upn", "X")
    assert shared(failed) == shared(superseded) == []


def test_a_former_upn_is_a_upn() -> None:
    town = Town().person("a/1").person("b/1").number("a/1", "former_upn", "X")
    assert shared(town.number("b/1", "upn", "X")) == [(0, 1, None)]


def test_a_case_id_binds_inside_one_agency_only() -> None:
    town = Town().person("care/1", agency="council").person("cin/7", agency="council")
    town.person("police/1")
    for key in ("care/1", "cin/7", "police/1"):
        town.number(key, "case_id", "1234", "unchecked")
    assert shared(town) == [(0, 1, None)]


def test_a_number_on_very_many_records_binds_nobody_and_is_counted() -> None:
    town = Town()
    for at in range(linkage_rules().limits.number + 1):
        town.person(f"a/{at}").number(f"a/{at}", "nhs_number", "9434765919")
    got = evidence(town)
    assert (len(got.shared), got.numbers_left_out) == (0, 1)


def test_twins_are_seen_by_different_given_names() -> None:
    assert twins("Ayaan", "Zara")
    assert twins("Ali", "Alia"), "alike to look at, known to be two names"
    assert twins("Mohammed", "Mohammed", middle=("Hassan", "Hussain"))


def test_spellings_and_initials_of_one_name_are_no_twins() -> None:
    assert not twins("Mohammed", "Muhamad")
    assert not twins("Katherine", "Kate")
    assert not twins("Jonathan", "Jonathen")
    assert not twins("J", "Jonathan")
    assert not twins("Sara", "Sara", middle=("M", "Maryam"))


def test_siblings_of_different_ages_need_no_twin_rule() -> None:
    town = Town().person("a/1", "Ayaan", surname="Khan", date_of_birth=BORN)
    town.person("a/2", "Zara", surname="Khan", date_of_birth=OTHER)
    assert len(evidence(town).twins) == 0


def test_twins_are_seen_through_a_double_barrelled_surname() -> None:
    town = Town().person("a/1", "Ayaan", surname="Khan", date_of_birth=BORN)
    town.person("a/2", "Zara", surname="Khan-Jones", date_of_birth=BORN)
    assert len(evidence(town).twins) == 1


def test_a_slip_in_a_date_of_birth_does_not_part_one_name_and_number_but_a_generation_does() -> (
    None
):
    def against(other: date) -> str | None:
        ann = {"forename": "Ann", "surname": "Lee"}
        made = two_with_one_number({**ann, "date_of_birth": BORN}, {**ann, "date_of_birth": other})
        return shared(made)[0][2]

    assert against(date(2012, 3, 14)) is None, "a figure"
    assert against(date(2012, 4, 3)) is None, "day and month"
    assert against(date(2014, 7, 20)) == "dates of birth differ"
    assert against(date(1982, 3, 4)) == "dates of birth differ", "a father of the same name"


def test_a_twins_number_on_the_other_twin_binds_nobody() -> None:
    lee = {"surname": "Lee", "date_of_birth": BORN}
    town = two_with_one_number({"forename": "Ayaan", **lee}, {"forename": "Zara", **lee})
    assert shared(town) == [(0, 1, None)], "one child called two names"
    town.person("school/1", "Zara", **lee).number("school/1", "nhs_number", "9434765870")
    why = "a possible twin of that forename has another number"
    assert shared(town) == [(0, 1, why)]


def test_numbers_that_followed_one_another_are_one_exclusive_number() -> None:
    town = Town().person("a/1").person("b/1").person("c/1")
    town.number("a/1", "upn", "NEW").number("a/1", "former_upn", "OLD")
    town.number("b/1", "upn", "OLD").number("c/1", "upn", "OTHER")
    rows = evidence(town).exclusive.data.to_pylist()
    number = {row["rid"]: row["number"] for row in rows}
    assert number[0] == number[1] != number[2]
    assert {row["scheme"] for row in rows} == {"upn"}


def test_of_two_shared_numbers_the_more_trusted_is_told() -> None:
    town = two_with_one_number({"date_of_birth": BORN}, {"date_of_birth": BORN})
    town.number("health/1", "upn", "X").number("police/1", "upn", "X")
    rows = evidence(town).shared.data.to_pylist()
    assert [row["scheme"] for row in rows] == ["nhs_number"]


def test_a_forename_and_a_surname_in_each_others_place_are_no_twins() -> None:
    town = Town().person("a/1", "Ayaan", surname="Khan", date_of_birth=BORN)
    town.person("a/2", "Khan", surname="Ayaan", former_surname="Khan", date_of_birth=BORN)
    assert len(evidence(town).twins) == 0


def test_twins_differ_by_forename_or_by_middle_name() -> None:
    def differ(*names: tuple[str, str]) -> str:
        town = Town()
        for at, (forename, middle) in enumerate(names):
            town.person(
                f"a/{at}", forename, middle_names=middle, surname="Khan", date_of_birth=BORN
            )
        return str(evidence(town).twins.data.column("differ")[0])

    assert differ(("Ayaan", "Hassan"), ("Zara", "Hassan")) == "forename"
    assert differ(("Mohammed", "Hassan"), ("Mohammed", "Hussain")) == "middle"


def test_a_slip_of_the_pen_that_nobody_bears_is_no_twin() -> None:
    assert not twins("John", "Jogn")
    assert twins("Ella", "Rosie")


def register_with(shared_number: bool, one_source: bool) -> list[str]:
    """Give how Lily and Lilly differ at the mill; those of one source or number are elsewhere."""
    town = Town().person("a/1", "Lily", surname="Mill", date_of_birth=BORN)
    town.person("b/1", "Lilly", surname="Mill", date_of_birth=BORN)
    town.person("c/1", "Lily", surname="Dale", date_of_birth=OTHER)
    town.person("c/2" if one_source else "d/2", "Lilly", surname="Dale", date_of_birth=OTHER)
    if shared_number:
        town.number("c/1", "nhs_number", "9434765919")
        town.number("c/2" if one_source else "d/2", "nhs_number", "9434765919")
    rows = evidence(town).twins.data.to_pylist()
    return [row["differ"] for row in rows if row["right_rid"] == 1]


def test_variants_are_two_names_where_one_source_holds_both_of_a_family_and_birthday() -> None:
    assert register_with(shared_number=False, one_source=True) == ["spelling"]
    assert register_with(shared_number=False, one_source=False) == []
    assert register_with(shared_number=True, one_source=True) == []


def test_a_register_that_holds_one_child_twice_does_not_part_two_spellings_everywhere() -> None:
    town = Town().person("a/1", "Lily", surname="Mill", date_of_birth=BORN)
    town.person("b/1", "Lilly", surname="Mill", date_of_birth=BORN)
    town.person("c/1", "Lily", surname="Dale", date_of_birth=OTHER)
    town.person("c/2", "Lilly", surname="Dale", date_of_birth=OTHER)
    for at, surname in enumerate(["Ashe", "Boyd", "Cook", "Dunn", "Earl"]):
        town.person(f"d/{at}", "Lily", surname=surname, date_of_birth=BORN)
        town.person(f"e/{at}", "Lilly", surname=surname, date_of_birth=BORN)
    apart = [(row["left_rid"], row["right_rid"]) for row in evidence(town).twins.data.to_pylist()]
    assert apart == [(2, 3)], "only those whom one register holds beside each other"
