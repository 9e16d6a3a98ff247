"""Hard pairs are what they are called, with the county's mistakes on top and the truth beside."""

from collections import Counter, defaultdict

import pytest

from kithkin.model.tables import SOURCE_TABLES
from kithkin.simulation.hard_pairs import BACKGROUND, hard_settings
from tests.simulation.hard_pairs.made import hard, pairs_of, people, rows, said

KINDS = hard_settings().kinds
NO_MISTAKES = 0.0


def test_every_kind_has_its_share_of_pairs_and_a_pair_is_of_two_people() -> None:
    truth = hard().truth.to_pylist()
    of = defaultdict(set)
    for row in truth:
        if row["hypothesis"] in KINDS:
            of[row["hypothesis"], row["group"]].add(row["person"])
    assert len(of) == 200
    assert {len(pair) for pair in of.values()} == {2}
    counts = Counter(kind for kind, _ in of)
    for kind, share in KINDS.items():
        assert counts[kind] == pytest.approx(200 * share, abs=20), kind


def test_the_tables_are_canonical_and_every_record_has_its_truth() -> None:
    made = hard()
    schemas = {kind.name: kind for kind in SOURCE_TABLES}
    for name, table in made.tables.items():
        assert len(schemas[name](table)), name
    truth = {(row["source"], row["record_id"]) for row in made.truth.to_pylist()}
    assert truth == set(rows(made))
    assert all(key in truth for key in rows(made, "residence"))


def test_newcomers_are_known_to_two_agencies_or_more_and_live_among_the_county() -> None:
    made = hard(mistakes=NO_MISTAKES)
    known = Counter(
        len({record["source"] for record in records})
        for kind in KINDS
        for records in people(made, kind).values()
    )
    assert set(known) == {2, 3, 4}
    assert len(people(made, BACKGROUND)) > 300


def test_twins_share_a_birthday_and_a_surname_and_no_forename() -> None:
    for kind in ("twins_unlike_names", "twins_alike_names"):
        for one, other in pairs_of(hard(mistakes=NO_MISTAKES), kind):
            assert said(one, "date_of_birth") == said(other, "date_of_birth")
            assert not said(one, "forename") & said(other, "forename")


def test_twins_of_one_first_name_differ_in_the_second() -> None:
    for one, other in pairs_of(hard(mistakes=NO_MISTAKES), "twins_one_first_name"):
        assert said(one, "forename") == said(other, "forename")
        assert not said(one, "middle_names") & said(other, "middle_names")


def test_a_younger_siblings_birthday_is_the_elders_with_one_agency_at_least() -> None:
    pairs = pairs_of(hard(mistakes=NO_MISTAKES), "siblings_one_birthday")
    shared = [said(one, "date_of_birth") & said(other, "date_of_birth") for one, other in pairs]
    assert all(len(dates) == 1 for dates in shared)
    assert any(len(said(other, "date_of_birth")) == 2 for _, other in pairs)


@pytest.mark.parametrize("kind", ["father_and_son", "mother_and_daughter"])
def test_parent_and_child_of_one_name_are_years_apart_where_births_are_known(kind: str) -> None:
    pairs = pairs_of(hard(mistakes=NO_MISTAKES), kind)
    for one, other in pairs:
        assert said(one, "forename") == said(other, "forename")
        years = [{born.year for born in said(side, "date_of_birth")} for side in (one, other)]
        assert all(abs(a - b) >= 17 for a in years[0] for b in years[1])
    births = [record["date_of_birth"] for pair in pairs for side in pair for record in side]
    assert any(born is None for born in births)
    assert any(born is not None and (born.month, born.day) == (1, 1) for born in births)


def test_cousins_have_one_name_and_not_one_birthday() -> None:
    for one, other in pairs_of(hard(mistakes=NO_MISTAKES), "cousins_one_name"):
        assert said(one, "forename") == said(other, "forename")
        assert said(one, "surname") == said(other, "surname")
        assert not said(one, "date_of_birth") & said(other, "date_of_birth")


def test_no_two_people_have_one_number_when_nobody_errs() -> None:
    made, holders = hard(mistakes=NO_MISTAKES), defaultdict(set)
    person = {(row["source"], row["record_id"]): row["person"] for row in made.truth.to_pylist()}
    for row in made.tables["identifier"].to_pylist():
        if row["scheme"] != "phone":
            holders[row["scheme"], row["value"]].add(person[row["source"], row["record_id"]])
    assert len(holders) > 500
    assert all(len(of) == 1 for of in holders.values())


def test_two_who_live_together_have_one_telephone() -> None:
    made, homes = hard(), defaultdict(set)
    group = {(row["source"], row["record_id"]): row["group"] for row in made.truth.to_pylist()}
    for row in made.tables["identifier"].to_pylist():
        if row["scheme"] == "phone":
            homes[row["value"]].add(group[row["source"], row["record_id"]])
    assert len(homes) > 20
    assert all(len(of) == 1 for of in homes.values())


def test_more_mistakes_leave_fewer_names_as_they_are() -> None:
    def differing(mistakes: float) -> int:
        made = hard(mistakes=mistakes)
        everybody = (people(made, kind).values() for kind in KINDS)
        return sum(len(said(records, "surname")) > 1 for kind in everybody for records in kind)

    assert 0 == differing(NO_MISTAKES) < differing(1.0) < differing(5.0)


def test_a_seed_gives_the_same_tables_and_another_seed_other_families() -> None:
    hard.cache_clear()
    one = hard(pairs=40)
    hard.cache_clear()
    assert hard(pairs=40).tables["person_record"].equals(one.tables["person_record"])
    assert hard(pairs=40).truth.equals(one.truth)
    assert not hard(seed=2, pairs=40).truth.equals(one.truth)
