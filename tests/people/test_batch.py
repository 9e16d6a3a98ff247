from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from kithkin.people.arriving import MatchingIndexError, score_batch, write_index, write_pairs
from kithkin.people.cleaning import comparable_records
from kithkin.people.pairs import LinkageModel, score_pairs
from kithkin.people.pairs.scoring import Scores
from kithkin.people.rules import LinkageRules, linkage_rules
from kithkin.people.tables import PersonLinkTable
from tests.people.records import Town
from tests.people.test_pairs import hundred_people_six_times, model_of_the_hundred

RULES = linkage_rules()


def few_to_a_key(most: int) -> LinkageRules:
    """Limit keys so narrowly that a small batch pushes some over the limit."""
    limits = RULES.limits.model_copy(update={"block": most, "number": 2, "crowd": 3})
    return RULES.model_copy(update={"limits": limits})


@pytest.fixture(scope="module")
def model() -> LinkageModel:
    return model_of_the_hundred()


def run(town: Town, folder: Path, rules: LinkageRules, model: LinkageModel) -> Scores:
    """Do a whole run and keep what the next batch goes on from."""
    con = town.connection()
    records = comparable_records(con, rules)
    scores = score_pairs(con, records, rules, model)
    links = PersonLinkTable.from_rows(
        {"source": row["source"], "record_id": row["record_id"], "person_id": "P"}
        for row in records.data.to_pylist()
    )
    write_index(folder, con, records, links, model.keys)
    write_pairs(folder, scores.pairs, model)
    return scores


def both_ways(
    town: Town, folder: Path, rules: LinkageRules, model: LinkageModel
) -> tuple[Scores, Scores]:
    """Score as a batch on what the folder keeps, and all anew."""
    con = town.connection()
    records = comparable_records(con, rules)
    return (
        score_batch(con, folder, records, rules, model),
        score_pairs(con, records, rules, model),
    )


def the_same(batch: Scores, anew: Scores) -> bool:
    return batch.pairs.data.equals(anew.pairs.data) and batch.keys_left_out == anew.keys_left_out


def a_few_of(town: Town, share: float, random: Random) -> Town:
    """Give a town with some of the records."""
    some = Town()
    some.rows = {name: list(rows) for name, rows in town.rows.items()}
    some.rows["person_record"] = [
        row for row in town.rows["person_record"] if random.random() < share
    ]
    return some


def with_homes_and_numbers(random: Random) -> Town:
    """Give the hundred people homes and numbers, some of which too many share."""
    town = hundred_people_six_times()
    for at in range(40):
        town.address(f"home{at}", line=f"{at} Mill Lane", postcode=f"GL1 {at % 9}AA")
    for row in list(town.rows["person_record"]):
        key = f"{row['source']}/{row['record_id']}"
        town.lives(key, f"home{random.randrange(40)}")
        town.number(key, "nino", f"QQ{random.randrange(300):06}C", "unchecked")
    return town


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_gives_exactly_the_pairs_of_a_full_run(
    seed: int, tmp_path: Path, model: LinkageModel
) -> None:
    random = Random(seed)  # noqa: S311 - a small town, not a secret
    rules = few_to_a_key(random.choice([4, 7, 40]))
    whole = with_homes_and_numbers(random)
    before = a_few_of(whole, 0.9, random)
    first = run(before, tmp_path, rules, model)
    now = a_few_of(whole, 0.97, random)  # some come, some go
    for row in random.sample(now.rows["person_record"], 5):
        row["surname"] = "Corrected"
    batch, anew = both_ways(now, tmp_path, rules, model)
    assert the_same(batch, anew)
    assert not first.pairs.data.equals(anew.pairs.data)  # the batch made a difference
    assert len(anew.pairs) > 100


def test_a_key_pushed_over_its_limit_loses_the_pairs_that_it_alone_found(
    tmp_path: Path, model: LinkageModel
) -> None:
    rules = few_to_a_key(3)

    def chloes(count: int) -> Town:
        town = Town()
        for at in range(count):  # they share keys of the name alone, and all share each
            born = date(1950 + at, 1, 9)
            town.person(f"{'abcd'[at]}/1", "Chloe", surname="Price", date_of_birth=born)
        return town

    lenient = replace(model, prior=0.5)
    assert len(run(chloes(3), tmp_path, rules, lenient).pairs) == 3
    batch, anew = both_ways(chloes(4), tmp_path, rules, lenient)
    assert the_same(batch, anew)
    assert (len(batch.pairs), batch.keys_left_out > 0) == (0, True)
    run(chloes(4), tmp_path, rules, lenient)
    back, _ = both_ways(chloes(3), tmp_path, rules, lenient)
    assert len(back.pairs) == 3


def test_a_batch_of_nothing_changes_nothing(tmp_path: Path, model: LinkageModel) -> None:
    town = hundred_people_six_times()
    first = run(town, tmp_path, RULES, model)
    batch, anew = both_ways(town, tmp_path, RULES, model)
    assert the_same(batch, first)
    assert the_same(batch, anew)


def test_a_batch_onto_nothing_is_a_full_run(tmp_path: Path, model: LinkageModel) -> None:
    run(Town(), tmp_path, RULES, model)
    batch, anew = both_ways(hundred_people_six_times(), tmp_path, RULES, model)
    assert the_same(batch, anew)


def test_pairs_weighed_by_another_model_are_refused(tmp_path: Path, model: LinkageModel) -> None:
    town = hundred_people_six_times()
    run(town, tmp_path, RULES, model)
    with pytest.raises(MatchingIndexError, match="another model"):
        both_ways(town, tmp_path, RULES, replace(model, prior=0.2))


def test_a_folder_without_pairs_is_said_to_have_none(tmp_path: Path, model: LinkageModel) -> None:
    run(Town(), tmp_path, RULES, model)
    (tmp_path / "pairs.arrow").unlink()
    with pytest.raises(MatchingIndexError, match="no pairs of an earlier run"):
        both_ways(Town(), tmp_path, RULES, model)


def test_the_kept_pairs_are_a_table_of_scored_pairs(tmp_path: Path, model: LinkageModel) -> None:
    first = run(hundred_people_six_times(), tmp_path, RULES, model)
    with pa.memory_map(str(tmp_path / "pairs.arrow")) as file:
        kept = pa.ipc.open_file(file).read_all().replace_schema_metadata(None)
        assert kept.equals(first.pairs.data)
