"""The groups of a hypothesis differ in what it names, and in nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from kithkin.simulation.hard_pairs import COMPARISON, TEST
from kithkin.simulation.population.lists import heritages
from tests.simulation.hard_pairs.made import groups, people, rows, said

NO_MISTAKES = 0.0
IN_NAMES = (
    "transliteration", "name_order", "double_surnames", "somali_chain", "sikh_names",
    "icelandic_names", "single_names", "changed_names",
)  # fmt: skip
OTHERS = ("born_first_of_january", "shared_hostels")


def names(records: list[Any]) -> set[tuple[str | None, ...]]:
    fields = ("forename", "middle_names", "surname")
    return {tuple(record[field] for field in fields) for record in records}


def share(hypothesis: str, group: str, holds: Callable[[list[Any]], bool]) -> float:
    of = list(people(groups(mistakes=NO_MISTAKES), hypothesis, group).values())
    return sum(map(holds, of)) / len(of)


@pytest.mark.parametrize("hypothesis", [*IN_NAMES, *OTHERS])
def test_both_groups_have_as_many_people(hypothesis: str) -> None:
    for group in (TEST, COMPARISON):
        assert len(people(groups(), hypothesis, group)) == 40


@pytest.mark.parametrize("hypothesis", IN_NAMES)
def test_only_the_test_group_is_named_in_different_ways(hypothesis: str) -> None:
    def told(group: str) -> float:
        return share(hypothesis, group, lambda records: len(names(records)) > 1)

    # Benefits and the partnership hold no middle names: they are a difference of their own.
    def surnames(group: str) -> float:
        fields = ("forename", "surname")
        return share(
            hypothesis,
            group,
            lambda records: len({tuple(r[f] for f in fields) for r in records}) > 1,
        )

    assert surnames(COMPARISON) == 0
    assert surnames(TEST) > 0.3
    assert told(TEST) > told(COMPARISON)


def test_somebody_of_one_name_has_no_second_one_anywhere() -> None:
    for records in people(groups(mistakes=NO_MISTAKES), "single_names", TEST).values():
        told = said(records, "forename") | said(records, "surname")
        assert len(told - {"FNU", "LNU"}) == 1


def test_only_the_test_group_is_born_on_the_first_of_january() -> None:
    def january(records: list[Any]) -> bool:
        return all((born.month, born.day) == (1, 1) for born in said(records, "date_of_birth"))

    assert share("born_first_of_january", TEST, january) == 1
    assert share("born_first_of_january", COMPARISON, january) < 0.1


def test_a_hostel_has_many_unrelated_people_and_homes_have_one() -> None:
    made = groups(mistakes=NO_MISTAKES)
    homes = rows(made, "residence")

    def addresses(group: str) -> list[str]:
        of = people(made, "shared_hostels", group).values()
        keys = [(record["source"], record["record_id"]) for records in of for record in records]
        return [homes[key]["address_id"] for key in keys if key in homes]

    crowded, apart = addresses(TEST), addresses(COMPARISON)
    assert len(set(crowded)) <= 4 < 30 < len(set(apart))


def test_names_changed_in_care_come_with_another_address_and_at_times_the_former_name() -> None:
    made = groups(mistakes=NO_MISTAKES)
    of = people(made, "changed_names", TEST).values()
    assert any(said(records, "former_surname") for records in of)
    for records in of:
        for record in records:
            if record["former_surname"]:
                assert record["surname"] != record["former_surname"]


def test_every_community_is_a_group() -> None:
    for heritage in heritages():
        assert len(people(groups(), "heritage", heritage)) == 20, heritage
