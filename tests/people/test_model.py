"""The model of what agreement is worth: its keys and prior, kept and read again, and its rules."""

from datetime import date
from math import log2
from pathlib import Path

import pytest

from kithkin.people.cleaning.comparable import comparable_records
from kithkin.people.pairs import LinkageModel, score_pairs, train_model
from kithkin.people.pairs.blocking import choose_keys
from kithkin.people.pairs.model import FREQUENCY_FILE, MODEL_FILE, ModelError
from kithkin.people.pairs.training import published_model
from kithkin.people.rules import LinkageRules, linkage_rules
from tests.people.records import Town
from tests.people.test_pairs import model_of_the_hundred

RULES = linkage_rules()
BORN = date(2000, 3, 14)


@pytest.fixture(scope="module")
def trained() -> LinkageModel:
    return model_of_the_hundred()


# --- keys ------------------------------------------------------------------------------------


def keys_chosen(town: Town, *, wide_pairs: int, block: int = 500) -> set[tuple[str, ...]]:
    blocking = RULES.blocking.model_copy(update={"wide_pairs": wide_pairs})
    limits = RULES.limits.model_copy(update={"block": block})
    rules = RULES.model_copy(update={"blocking": blocking, "limits": limits})
    con = town.connection()
    return set(choose_keys(con, comparable_records(con, rules), rules))


def prices(count: int) -> Town:
    """Give people who share a surname and nothing else."""
    town = Town()
    for at in range(count):
        forename = f"{chr(65 + at)}{chr(65 + at)}o"
        town.person(f"a/{at}", forename, surname="Price", date_of_birth=date(1950 + at, 2, 3 + at))
    return town


def test_few_records_get_every_wide_key() -> None:
    every = {*RULES.blocking.keys, *RULES.blocking.wide}
    assert keys_chosen(prices(12), wide_pairs=66) == every, "12 * 11 / 2 pairs share the surname"


def test_a_wide_key_of_too_many_pairs_is_left_out_and_the_others_stay() -> None:
    chosen = keys_chosen(prices(12), wide_pairs=65)
    assert {*RULES.blocking.keys, *RULES.blocking.wide} - chosen == {("surname",)}


def test_a_wide_key_that_too_many_share_to_be_used_costs_nothing() -> None:
    assert ("surname",) in keys_chosen(prices(12), wide_pairs=65, block=11)


# --- prior -----------------------------------------------------------------------------------


def known_twice(people: int, again: int) -> Town:
    """Give people of whom some are known to a second agency, by two in three misspelt there."""
    town = Town()
    for at in range(people):
        name = f"{'BDFGKLMN'[at % 8]}{'aeiou'[at % 5]}{'rstvz'[at // 5 % 5]}{'aeio'[at // 40 % 4]}"
        family = f"{'WTSRPNMH'[at // 3 % 8]}{'uoiea'[at % 5]}{'lmnrst'[at // 7 % 6]}{'ey'[at % 2]}k"
        born = date(1960 + at % 53, 1 + at % 12, 1 + at * 7 % 28)
        town.person(f"a/{at:04}", name, surname=family, date_of_birth=born)
        if at < again:
            said = family if at % 3 == 0 else f"{family}s"
            town.person(f"b/{at:04}", name, surname=said, date_of_birth=born)
    return town


def test_the_prior_settles_near_the_share_of_pairs_that_are_one_person() -> None:
    con = known_twice(700, 150).connection()
    model = train_model(con, comparable_records(con, RULES), RULES, seed=1)
    true = 150 / (850 * 849 / 2)
    assert model.source == "trained"
    assert true / 1.5 < model.prior < true * 1.5
    # Training starts from the pairs that agree in all, as if they were seven in ten of the true.
    start = 50 / 0.7 / (850 * 849 / 2)
    assert abs(log2(model.prior / true)) < abs(log2(start / true))


# --- a saved model ---------------------------------------------------------------------------


def test_a_model_kept_and_read_again_is_the_same(trained: LinkageModel, tmp_path: Path) -> None:
    assert trained.source == "trained"
    assert trained.frequencies.num_rows > 0
    trained.save(tmp_path)
    again = LinkageModel.load(tmp_path)
    assert again == trained
    assert again.hash == trained.hash


def test_a_published_model_is_kept_as_well(tmp_path: Path) -> None:
    published = published_model(RULES, "too few", 3)
    published.save(tmp_path)
    assert LinkageModel.load(tmp_path) == published


def test_a_model_of_other_rules_does_not_fit(trained: LinkageModel) -> None:
    other = RULES.model_copy(update={"marks": RULES.marks.model_copy(update={"join": 11.0})})
    assert trained.fits(RULES)
    assert not trained.fits(other)


def spoil(folder: Path, how: str) -> None:
    model, frequency = folder / MODEL_FILE, folder / FREQUENCY_FILE
    text = model.read_text(encoding="utf-8")
    match how:
        case "no model":
            model.unlink()
        case "no frequencies":
            frequency.unlink()
        case "cut short":
            model.write_text(text[: len(text) // 2], encoding="utf-8")
        case "a key is missing":
            model.write_text(text.replace('"prior"', '"other"', 1), encoding="utf-8")
        case "a list":
            model.write_text("[]", encoding="utf-8")
        case "no Parquet":
            frequency.write_bytes(b"not a table")


@pytest.mark.parametrize(
    "how", ["no model", "no frequencies", "cut short", "a key is missing", "a list", "no Parquet"]
)
def test_a_spoilt_model_says_which_file_and_what_to_do(how: str, tmp_path: Path) -> None:
    published_model(RULES, "").save(tmp_path)
    spoil(tmp_path, how)
    with pytest.raises(ModelError) as caught:
        LinkageModel.load(tmp_path)
    assert str(tmp_path / MODEL_FILE) in str(caught.value)
    assert "Run without it" in str(caught.value)


# --- rules that every model has --------------------------------------------------------------


def pair(rules: LinkageRules = RULES, other: str = "b/1", **change: object) -> tuple[float, float]:
    """Give weight and home weight of two records of one home; `change` is what one says else."""
    said = {"forename": "Chloe", "surname": "Price", "date_of_birth": BORN, "sex": "F"}
    town = Town().address("mill", line="3 Mill Lane", postcode="GL1 1AA")
    for key, told in (("a/1", said), (other, said | change)):
        town.person(key, **told).lives(key, "mill")  # type: ignore[arg-type]
        town.number(key, "phone", "01452 396396", "unchecked")
    con = town.connection()
    records = comparable_records(con, rules)
    [row] = score_pairs(con, records, rules, published_model(rules, "")).pairs.data.to_pylist()
    return row["weight"], row["home_weight"]


def test_a_shared_forename_tells_more_of_two_too_near_in_age_to_be_named_after_one_another() -> (
    None
):
    near, far = (pair(date_of_birth=date(year, 3, 14)) for year in (1987, 1986))
    assert near[0] == far[0], "between strangers it makes no difference"
    assert near[1] - far[1] == pytest.approx(RULES.home.namesake, abs=2e-4)


def test_of_two_forenames_that_are_not_shared_age_tells_nothing_more() -> None:
    near, far = (pair(forename="Zara", date_of_birth=date(year, 3, 14)) for year in (1999, 1986))
    assert near[1] == far[1]


def test_two_records_of_one_source_are_less_likely_one_person() -> None:
    two, one = pair(other="b/1"), pair(other="a/2")
    # Published: m/u .9/.7 against .1/.3, and m/home .9/.6 against .1/.4.
    assert two[0] - one[0] == pytest.approx(log2(0.9 / 0.7) - log2(0.1 / 0.3), abs=2e-4)
    assert two[1] - one[1] == pytest.approx(log2(0.9 / 0.6) - log2(0.1 / 0.4), abs=2e-4)
