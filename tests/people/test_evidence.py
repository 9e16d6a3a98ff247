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
        town.person(f"a/{at}", name, middle_names=second, surname="Khan", date_of_birth=BORN)
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
    assert twins("Ella", "Ellie") is False, "both are short for Eleanor: a score decides"
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
