from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from kithkin.people.arriving import (
    Arrival,
    ArrivingAddress,
    MatchingIndex,
    MatchingIndexError,
    PersonMatcher,
    write_index,
)
from kithkin.people.arriving.arrival import make_comparable
from kithkin.people.arriving.index import key_hash, keys_of, sorted_keys
from kithkin.people.arriving.settings import arriving_rules
from kithkin.people.cleaning import ComparableTable, comparable_records
from kithkin.people.pairs import LinkageModel, score_pairs, train_model
from kithkin.people.pairs.model import ModelError
from kithkin.people.rules import LinkageRules, linkage_rules
from kithkin.people.tables import PersonLinkTable
from tests.people.records import Town

RULES = linkage_rules()
BORN = date(2012, 3, 14)
HOME = ArrivingAddress(line="3 Mill Lane", postcode="GL1 1AA")
CHLOE = {"surname": "Price", "date_of_birth": BORN, "sex": "F"}


def street() -> Town:
    """Chloe and her twin Zara, in two feeds each; their neighbour; two who share a name."""
    town = Town().address("mill", line="3 Mill Lane", postcode="GL1 1AA")
    for source in "ab":
        town.person(f"{source}/1", "Chloe", **CHLOE).lives(f"{source}/1", "mill")
        town.person(f"{source}/2", "Zara", **CHLOE).lives(f"{source}/2", "mill")
    town.person("a/3", "Idris", surname="Okoro", date_of_birth=date(1980, 7, 2), sex="M")
    town.person("a/4", "Idris", surname="Okoro", date_of_birth=date(1999, 1, 9), sex="M")
    return town


def people(records: ComparableTable) -> PersonLinkTable:
    """Name each person after their records' number: a/1 and b/1 are P1."""
    return PersonLinkTable.from_rows(
        {
            **{name: row[name] for name in ("source", "record_id")},
            "person_id": f"P{row['record_id']}",
        }
        for row in records.data.to_pylist()
    )


def indexed(
    town: Town, folder: Path, rules: LinkageRules = RULES
) -> tuple[duckdb.DuckDBPyConnection, ComparableTable, LinkageModel]:
    con = town.connection()
    records = comparable_records(con, rules)
    model = train_model(con, records, rules, seed=1)
    write_index(folder, con, records, people(records), model.keys)
    return con, records, model


def matcher(town: Town, folder: Path, **more: object) -> PersonMatcher:
    _, _, model = indexed(town, folder)
    return PersonMatcher.open(folder, model, RULES, **more)  # type: ignore[arg-type]


def test_who_arrives_is_found_with_reasons_and_with_what_speaks_against(tmp_path: Path) -> None:
    got = matcher(street(), tmp_path).candidates(Arrival("Chloe", addresses=(HOME,), **CHLOE))  # type: ignore[arg-type]
    first, twin = got.candidates
    assert (first.person_id, first.fit, first.records) == ("P1", "likely", 2)
    assert first.reasons[0] == "Both say born 14 March 2012."
    assert first.against == ()
    assert (twin.person_id, twin.fit) == ("P2", "relative")
    assert "Zara" in twin.against[0]
    assert first.probability > 0.99 > twin.probability
    assert got.missing == ()


def test_an_arriving_record_weighs_what_splink_would_have_weighed(tmp_path: Path) -> None:
    con, records, model = indexed(street(), tmp_path)
    pairs = score_pairs(con, records, RULES, model).pairs.data.to_pylist()
    keys = [f"{row['source']}/{row['record_id']}" for row in records.data.to_pylist()]
    between = {(keys[one["left_rid"]], keys[one["right_rid"]]): one for one in pairs}
    got = PersonMatcher.open(tmp_path, model, RULES).candidates(
        Arrival("Chloe", addresses=(HOME,), **CHLOE)  # type: ignore[arg-type]
    )
    for candidate, record in zip(got.candidates, ("b/1", "b/2"), strict=True):
        splink = between["a/1", record]
        assert candidate.weight == pytest.approx(splink["weight"], abs=1e-3)
        assert candidate.home_weight == pytest.approx(splink["home_weight"], abs=1e-3)


def test_a_misspelt_name_at_a_known_address_is_still_found(tmp_path: Path) -> None:
    said = Arrival("Chloë", "Pryce", BORN, addresses=(HOME,))
    assert matcher(street(), tmp_path).candidates(said).candidates[0].person_id == "P1"


def test_a_record_without_a_date_of_birth_gets_doubtful_candidates(tmp_path: Path) -> None:
    got = matcher(street(), tmp_path).candidates(Arrival("Idris", "Okoro"))
    assert {one.person_id for one in got.candidates} == {"P3", "P4"}
    assert {one.fit for one in got.candidates} == {"doubtful"}
    assert got.missing == ("date of birth",)


def test_a_single_name_with_a_date_of_birth_finds_its_person(tmp_path: Path) -> None:
    got = matcher(street(), tmp_path).candidates(Arrival("Chloe", date_of_birth=BORN))
    assert got.candidates[0].person_id == "P1"
    assert got.missing == ("surname",)


def test_a_record_that_says_nothing_finds_nobody(tmp_path: Path) -> None:
    got = matcher(street(), tmp_path).candidates(Arrival())
    assert (got.candidates, got.fitting, got.crowds) == ((), 0, ())
    assert len(got.missing) == 3


def test_too_many_candidates_are_a_count_and_not_a_list(tmp_path: Path) -> None:
    town = Town()
    many = arriving_rules().most_listed + 1
    for at in range(many):
        town.person(f"a/{at}", "Ann", surname="Young", date_of_birth=date(1950 + at, 1, 2))
    got = matcher(town, tmp_path).candidates(Arrival("Ann", "Young"))
    assert (got.candidates, got.fitting) == ((), many)


def test_what_too_many_records_share_is_told_as_a_crowd(tmp_path: Path) -> None:
    town, many = Town(), arriving_rules().most_holders + 1
    for at in range(many):
        town.person(f"a/{at}", "Ann", surname=f"Name{at}")
    got = matcher(town, tmp_path).candidates(Arrival("Ann"))
    assert got.candidates == ()
    assert [(one.columns, one.records) for one in got.crowds] == [(("forename",), many)]


def test_two_who_must_never_be_shown_together_are_not_and_no_count_tells(tmp_path: Path) -> None:
    never = [(("a", "3"), ("a", "4"))]
    said = Arrival("Idris", "Okoro", date(1980, 7, 2), "M")
    vague = Arrival("Idris", "Okoro")
    open_ = matcher(street(), tmp_path).candidates(vague)
    kept = matcher(street(), tmp_path, never=never)
    assert open_.fitting == 2
    assert kept.candidates(vague).fitting == len(kept.candidates(vague).candidates) == 1
    assert [one.person_id for one in kept.candidates(said).candidates] == ["P3"]


def test_a_sealed_record_is_not_found_or_weighed_by_its_address(tmp_path: Path) -> None:
    def chloe(seal: str) -> PersonMatcher:
        town = Town().address("mill", line="3 Mill Lane", postcode="GL1 1AA")
        town.person("a/1", "Chloe", seal=seal, **CHLOE).lives("a/1", "mill")
        folder = tmp_path / seal
        folder.mkdir()
        return matcher(town, folder)

    said = Arrival("Chloe", addresses=(HOME,), **CHLOE)  # type: ignore[arg-type]
    open_, sealed = (chloe(seal).candidates(said).candidates[0] for seal in ("S0", "S3"))
    assert sealed.weight < open_.weight
    assert not any("lived" in reason for reason in sealed.reasons)
    only_home = Arrival("Chloe", addresses=(HOME,))
    (tmp_path / "x").mkdir()
    assert chloe_found(tmp_path / "S0", only_home)
    assert not chloe_found(tmp_path / "S3", only_home)


def chloe_found(folder: Path, said: Arrival) -> bool:
    model = train_model(street().connection(), comparable_records(street().connection(), RULES),
                        RULES, seed=1)  # fmt: skip
    return bool(PersonMatcher.open(folder, model, RULES).candidates(said).candidates)


@pytest.mark.parametrize("numbers", [(), (("nhs_number", "9434765919"), ("phone", "01452 396396"))])
@pytest.mark.parametrize("homes", [(), (HOME,)])
def test_one_record_is_made_comparable_as_all_are(
    numbers: tuple[tuple[str, str], ...], homes: tuple[ArrivingAddress, ...]
) -> None:
    town = Town().person("arriving/1", "Anne-Marie", former_surname="Rowe", **CHLOE)
    for scheme, value in numbers:
        town.number("arriving/1", scheme, value)
    for at, home in enumerate(homes):
        town.address(f"arriving-{at}", **vars(home)).lives("arriving/1", f"arriving-{at}")
    said = Arrival("Anne-Marie", former_surname="Rowe", numbers=numbers, addresses=homes, **CHLOE)  # type: ignore[arg-type]
    record = make_comparable(duckdb.connect(), said, RULES)
    assert record.equals(comparable_records(town.connection(), RULES).data)


def test_keys_made_for_one_record_are_those_made_for_all() -> None:
    con = duckdb.connect()
    said = Arrival("Anne-Marie", "O'Neill Price", BORN, "F", former_surname="Rowe",
                   addresses=(HOME,), numbers=(("nhs_number", "9434765919"),
                                               ("phone", "01452 396396"),
                                               ("email", "ann@example.org")))  # fmt: skip
    record = make_comparable(con, said, RULES)
    # A rule may be both a run's and a look-up's: its keys are the same, so they count once.
    told = (*RULES.blocking.keys, *RULES.blocking.wide, *arriving_rules().keys)
    columns = tuple(dict.fromkeys((*told, ("unborn", "surname"))))
    by_sql = sorted_keys(con, record, columns).column("key").to_pylist()
    row = record.to_pylist()[0]
    by_hand = sorted({key_hash(key) for one in columns for key in keys_of(row, one)})
    assert len(by_hand) > 15
    assert by_hand == by_sql


def test_an_index_gives_records_in_the_order_asked_and_by_their_keys(tmp_path: Path) -> None:
    _, records, _ = indexed(street(), tmp_path)
    index = MatchingIndex(tmp_path)
    wanted = [4, 0, 4, 2]
    assert index.records(wanted).column("rid").to_pylist() == wanted
    for row in records.data.to_pylist():
        assert index.find(row["source"], row["record_id"]) == row["rid"]
    assert index.find("a", "0") is None
    assert index.find("z", "9") is None


def test_the_same_records_give_the_same_bytes_whatever_their_order(tmp_path: Path) -> None:
    made = []
    for at, shuffle in enumerate((None, list.reverse)):
        folder = tmp_path / str(at)
        folder.mkdir()
        con = street().connection(shuffle)
        records = comparable_records(con, RULES)
        write_index(folder, con, records, people(records), RULES.blocking.keys)
        made.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert made[0] == made[1]
    assert len(made[0]) == 3


def test_an_index_of_no_records_finds_nobody(tmp_path: Path) -> None:
    got = matcher(Town(), tmp_path).candidates(Arrival("Chloe", **CHLOE))  # type: ignore[arg-type]
    assert got.candidates == ()


def test_a_folder_without_an_index_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(MatchingIndexError, match="no matching index"):
        MatchingIndex(tmp_path)


def test_a_model_made_for_other_rules_is_refused(tmp_path: Path) -> None:
    _, _, model = indexed(street(), tmp_path)
    with pytest.raises(ModelError, match="other rules"):
        PersonMatcher.open(tmp_path, replace(model, rules="other"), RULES)


def test_a_calibrated_probability_is_used_when_there_is_one(tmp_path: Path) -> None:
    got = matcher(street(), tmp_path, probability_of=lambda _weight, _home: 0.5)
    said = Arrival("Chloe", **CHLOE)  # type: ignore[arg-type]
    assert {one.probability for one in got.candidates(said).candidates} == {0.5}


def test_a_look_up_changes_no_byte_of_the_index(tmp_path: Path) -> None:
    asking = matcher(street(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    asking.candidates(Arrival("Chloe", **CHLOE))  # type: ignore[arg-type]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert np.all(np.diff(asking.index.keys.hashes.astype(np.float64)) >= 0)
