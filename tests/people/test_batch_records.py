"""Records made comparable after a batch are what a full run makes of them; so are persons."""

from datetime import date
from pathlib import Path
from random import Random

import duckdb
import pytest

from kithkin.people import Before, build_people
from kithkin.people.arriving import add_batch, build_and_keep, going_on, renewing
from kithkin.people.arriving.index import write_index
from kithkin.people.arriving.renewing import renewed_records, survey, write_survey, written_records
from kithkin.people.cleaning import ComparableTable, comparable_records
from kithkin.people.identity import PersonIndex
from kithkin.people.pairs import LinkageModel, score_pairs, train_model
from kithkin.people.pairs.scoring import Scores
from kithkin.people.rules import LinkageRules, linkage_rules, name_rules
from kithkin.people.tables import PersonLinkTable
from tests.people.records import Town
from tests.people.test_batch import few_to_a_key
from tests.people.test_pairs import hundred_people_six_times

RULES = linkage_rules()
NARROW = few_to_a_key(40)  # two records to a number, three to an address
PHONES = ("01452 {}", "+44 1452 {}", "0044 1452 {}", "(0)1452 {}")


def keep(town: Town, folder: Path, rules: LinkageRules) -> None:
    """Keep what a batch's cleaning goes on from."""
    con = town.connection()
    records = comparable_records(con, rules)
    write_index(folder, con, records, PersonLinkTable.from_rows([]), [("name_pair",)])
    write_survey(folder, survey(con, written_records(con), rules), rules)


def renewed(town: Town, folder: Path, rules: LinkageRules) -> ComparableTable:
    return renewed_records(town.connection(), folder, rules).records


def anew(town: Town, rules: LinkageRules) -> ComparableTable:
    return comparable_records(town.connection(), rules)


def row(records: ComparableTable, key: str) -> dict[str, object]:
    rows: list[dict[str, object]] = records.data.to_pylist()
    return next(one for one in rows if f"{one['source']}/{one['record_id']}" == key)


def furnished(random: Random) -> Town:
    """Give the hundred people homes, numbers, telephones and emails, of which some share many."""
    town = hundred_people_six_times()
    for at in range(260):
        town.address(
            f"home{at}", line=f"{at % 130} Mill Lane", postcode=f"GL{at % 7 + 1} 1AA",
            uprn=f"{at % 200}" if at % 3 else None,
        )  # fmt: skip
    for person in list(town.rows["person_record"]):
        key = f"{person['source']}/{person['record_id']}"
        for _ in range(random.choice([0, 1, 1, 2])):
            town.lives(key, f"home{random.randrange(260)}")
        town.number(key, "nino", f"QQ {random.randrange(400):06} C", "unchecked")
        town.number(key, "case_id", f"{random.randrange(400)}", "unchecked")
        phone = random.choice(PHONES).format(396000 + random.randrange(300))
        town.number(key, "phone", phone, "unchecked")
        mail = random.choice(["mailto:A{}@Example.org", "a{}@example.org"])
        town.number(key, "email", mail.format(random.randrange(300)), "unchecked")
    return town


def some_of(town: Town, share: float, random: Random) -> Town:
    """Give a town with some of each table's rows."""
    some = Town()
    some.rows = {
        name: [dict(one) for one in rows if name == "address" or random.random() < share]
        for name, rows in town.rows.items()
    }
    return some


def changed(town: Town, random: Random) -> Town:
    """Correct a few rows of every table."""
    for person in random.sample(town.rows["person_record"], 4):
        person["forename"] = random.choice(["Zebedee", "Wilhelmina"])
        person["date_of_birth"] = date(1990, 5, random.randrange(1, 28))
    for name, column in (("identifier", "value"), ("residence", "address_id")):
        for one, other in zip(*[iter(random.sample(town.rows[name], 6))] * 2, strict=True):
            one[column] = other[column]
    for place in random.sample(town.rows["address"], 2):
        place["line"] = "4 Mill Lane"
    return town


@pytest.mark.parametrize("seed", range(6))
def test_records_after_a_batch_are_those_of_a_full_run(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "MOST", 1.0)
    random = Random(seed)  # noqa: S311 - a small town, not a secret
    whole = furnished(random)
    before = some_of(whole, 0.99, random)
    keep(before, tmp_path, NARROW)
    now = changed(some_of(whole, 0.99, random), random)
    full = anew(now, NARROW)
    assert renewed(now, tmp_path, NARROW).data.equals(full.data)
    assert not full.data.equals(anew(before, NARROW).data)


def test_few_records_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = furnished(Random(1))  # noqa: S311 - a small town, not a secret
    keep(town, tmp_path, RULES)
    read: list[int] = []

    def counted(con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> ComparableTable:
        records = comparable_records(con, rules)
        read.append(len(records))
        return records

    monkeypatch.setattr(renewing, "comparable_records", counted)
    town.person("new/1", "Zebedee", surname="Price")
    records = renewed(town, tmp_path, RULES)
    assert read == [1]
    assert len(records) > 500
    assert records.data.equals(anew(town, RULES).data)


def two_strangers(**more: str) -> Town:
    town = Town().person("a/1", "Chloe", surname="Price").person("a/2", "Idris", surname="Okoro")
    for at in range(6):
        town.person(f"b/{at}", f"Name{at}", surname=f"Other{at}")
    return town


def test_a_number_pushed_over_its_limit_is_taken_from_those_who_had_it(tmp_path: Path) -> None:
    town = two_strangers()
    for key in ("a/1", "a/2"):
        town.number(key, "nino", "QQ123456C", "unchecked")
    keep(town, tmp_path, NARROW)
    assert row(renewed(town, tmp_path, NARROW), "a/1")["numbers"] == ["nino:QQ123456C"]
    town.number("b/1", "nino", "QQ 12 34 56 C", "unchecked")
    assert row(renewed(town, tmp_path, NARROW), "a/1")["numbers"] == []
    assert renewed(town, tmp_path, NARROW).data.equals(anew(town, NARROW).data)


def test_a_number_that_fewer_have_again_comes_back(tmp_path: Path) -> None:
    town = two_strangers()
    for key in ("a/1", "a/2", "b/1"):
        town.number(key, "phone", "01452 396396", "unchecked")
    keep(town, tmp_path, NARROW)
    assert row(renewed(town, tmp_path, NARROW), "a/1")["contacts"] == []
    town.rows["identifier"].pop()
    assert row(renewed(town, tmp_path, NARROW), "a/1")["contacts"] == ["phone:+441452396396"]


def test_an_address_with_a_crowd_by_one_of_its_keys_is_no_evidence_for_anyone(
    tmp_path: Path,
) -> None:
    town = two_strangers().address("one", line="3 Mill Lane", postcode="GL1 1AA", town="Stroud")
    town.address("other", line="3, Mill La.", postcode="GL1 1AA")
    for key in ("a/1", "a/2", "b/1"):
        town.lives(key, "one")
    keep(town, tmp_path, NARROW)
    assert row(renewed(town, tmp_path, NARROW), "a/1")["towns"] == ["STROUD"]
    town.lives("b/2", "other")
    after = renewed(town, tmp_path, NARROW)
    assert [row(after, "a/1")[name] for name in ("address_keys", "towns")] == [[], []]
    assert after.data.equals(anew(town, NARROW).data)


def test_an_address_worded_anew_is_read_anew(tmp_path: Path) -> None:
    town = (
        two_strangers().address("one", line="3 Mill Lane", postcode="GL1 1AA").lives("a/1", "one")
    )
    keep(town, tmp_path, RULES)
    town.rows["address"][0]["line"] = "5 Mill Lane"
    assert "door:5@GL11AA" in row(renewed(town, tmp_path, RULES), "a/1")["address_keys"]  # type: ignore[operator]


def test_a_name_that_more_people_bear_is_no_slip_any_longer(tmp_path: Path) -> None:
    least = name_rules().words.borne_by
    town = two_strangers().person("c/0", "Xyloo", surname="Rowe")
    keep(town, tmp_path, RULES)
    for at in range(1, least):
        assert not row(renewed(town, tmp_path, RULES), "c/0")["forename_borne"]
        town.person(f"c/{at}", "Xyloo", surname=f"Stranger{at}")
    assert row(renewed(town, tmp_path, RULES), "c/0")["forename_borne"]


def test_a_day_that_a_source_comes_to_over_use_is_rough_for_all_who_have_it(tmp_path: Path) -> None:
    least = name_rules().dates.rough_least
    town = Town()
    for at in range(least - 1):
        town.person(f"c/{at}", "Ann", surname=f"S{at}", date_of_birth=date(1950 + at % 60, 6, 15))
    keep(town, tmp_path, RULES)
    assert not row(renewed(town, tmp_path, RULES), "c/0")["birth_rough"]
    town.person("c/last", "Ann", surname="Last", date_of_birth=date(2001, 6, 15))
    assert row(renewed(town, tmp_path, RULES), "c/0")["birth_rough"]


def test_records_read_by_other_rules_are_all_read_again(tmp_path: Path) -> None:
    town = furnished(Random(2))  # noqa: S311 - a small town, not a secret
    keep(town, tmp_path, RULES)
    assert renewed(town, tmp_path, NARROW).data.equals(anew(town, NARROW).data)
    assert not anew(town, NARROW).data.equals(anew(town, RULES).data)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_persons_after_two_batches_are_those_of_full_runs(seed: int, tmp_path: Path) -> None:
    random = Random(seed)  # noqa: S311 - a small town, not a secret
    whole = furnished(random)
    towns = [changed(some_of(whole, share, random), random) for share in (0.96, 0.98, 0.99)]
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    con = towns[0].connection()
    model = train_model(con, comparable_records(con, RULES), RULES, seed=1)
    people = build_and_keep(con, folders[0], before=Before(model=model))
    for at in (1, 2):
        before = Before(PersonIndex(people.person_index, people.person_lineage), model)
        full = build_people(towns[at].connection(), before=before)
        people = add_batch(towns[at].connection(), folders[at - 1], before=before, keep=folders[at])
        assert people.model.hash == model.hash
        assert people.account == full.account
        for ours, theirs in zip(people.tables(), full.tables(), strict=True):
            assert ours.data.equals(theirs.data), ours.name


def test_a_model_learnt_anew_weighs_all_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = furnished(Random(3))  # noqa: S311 - a small town, not a secret
    build_and_keep(town.connection(), tmp_path)
    town.person("new/1", "Chloe", surname="Price")
    weighed: list[int] = []

    def noted(
        con: duckdb.DuckDBPyConnection,
        records: ComparableTable,
        rules: LinkageRules,
        model: LinkageModel,
    ) -> Scores:
        weighed.append(len(records))
        return score_pairs(con, records, rules, model)

    monkeypatch.setattr(going_on, "score_pairs", noted)
    people = add_batch(town.connection(), tmp_path, before=Before())
    assert weighed == [len(people.person_link)]
    assert people.person_link.data.equals(build_people(town.connection()).person_link.data)
