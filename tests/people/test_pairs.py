from datetime import date
from functools import cache

import duckdb
import pytest

from kithkin.people.cleaning.comparable import comparable_records
from kithkin.people.pairs import LinkageModel, score_pairs, splink_session, train_model, training
from kithkin.people.pairs.scoring import Scores
from kithkin.people.rules import LinkageRules, linkage_rules
from tests.people.records import Town

RULES = linkage_rules()
BORN = date(2012, 3, 14)
FORENAMES = ["Ann", "Bilal", "Chloe", "Dev", "Esra", "Finn", "Gita", "Hugo", "Isla", "Jude"]
SURNAMES = ["Price", "Rowe", "Shah", "Todd", "Usher", "Vance", "West", "Young", "Zaman", "Okoro"]


def scores(
    town: Town, rules: LinkageRules = RULES, con: duckdb.DuckDBPyConnection | None = None
) -> Scores:
    con = con or town.connection()
    records = comparable_records(con, rules)
    return score_pairs(con, records, rules, train_model(con, records, rules, seed=1))


def learnt(town: Town) -> LinkageModel:
    con = town.connection()
    return train_model(con, comparable_records(con, RULES), RULES, seed=1)


def twice(**change: object) -> Town:
    """One child in two feeds; `change` is what the second says otherwise."""
    said = {"forename": "Chloe", "surname": "Price", "date_of_birth": BORN, "sex": "F"}
    return Town().person("a/1", **said).person("b/1", **said | change)  # type: ignore[arg-type]


def every_key() -> tuple[tuple[str, ...], ...]:
    """Give all rules of blocking: so few records get the wide ones too."""
    return (*RULES.blocking.keys, *RULES.blocking.wide)


def weight(town: Town) -> float | None:
    found = scores(town).pairs.data.column("weight").to_pylist()
    return found[0] if found else None


def hundred_people_six_times() -> Town:
    town = Town()
    for at in range(100):
        born = date(1990 + at % 30, 1 + at % 12, 1 + at % 28)
        for source in "abcdef":
            forename = FORENAMES[at % 10] if source != "c" or at % 3 else FORENAMES[at // 10]
            surname = SURNAMES[at // 10] if source != "b" or at % 4 else f"{SURNAMES[at % 10]}s"
            said = born if source != "d" or at % 5 else date(born.year + 1, born.month, born.day)
            town.person(f"{source}/{at:03}", forename, surname=surname, date_of_birth=said)
    return town


@cache
def model_of_the_hundred() -> LinkageModel:
    """Give what the hundred people teach; learnt once for all tests, and frozen."""
    return learnt(hundred_people_six_times())


@pytest.mark.parametrize("size", [0, 1])
def test_fewer_than_two_records_are_no_pairs(size: int) -> None:
    town = Town()
    for at in range(size):
        town.person(f"a/{at}", "Ann")
    assert len(scores(town).pairs) == 0


def test_a_dozen_records_are_scored_by_the_published_weights_and_the_answer_says_so() -> None:
    got = learnt(twice())
    assert got.source == "published"
    assert got.reason == "2 records with a forename; learning needs 500"
    assert got.prior == RULES.model.prior


def test_a_published_weight_is_the_sum_that_can_be_done_by_hand() -> None:
    # log2 of: prior odds 1e-5/(1-1e-5), then m/u of the four "same" levels and of "two sources".
    # -16.6096 + log2(.85/.005) 7.4094 + log2(.86/.006) 7.1632 + log2(.92/.00015) 12.5825
    # + log2(.97/.5) 0.9561 + log2(.9/.7) 0.3626 = 11.8641
    assert weight(twice()) == pytest.approx(11.8641, abs=0.002)


def test_less_agreement_weighs_less() -> None:
    typo = weight(twice(date_of_birth=date(2012, 3, 15)))
    variant = weight(twice(surname="Price-Jones"))
    assert typo is None or typo < RULES.marks.join
    assert variant is not None
    assert variant < (weight(twice()) or 0)


def level(comparison: str, town: Town) -> str | None:
    """Give the level at which the only pair stands; nothing where there is no comparison."""
    place = [one.name for one in RULES.comparison].index(comparison)
    (levels,) = scores(town).pairs.data.column("levels").to_pylist()
    told = RULES.comparison[place].levels
    return told[levels[place]].label if levels[place] >= 0 else None


@pytest.mark.parametrize("other", ["Tenzin", "FNU"])
def test_who_has_one_name_has_it_in_either_box(other: str) -> None:
    first = {"forename": "Tenzin", "surname": None}
    town = Town().person("a/1", **first, date_of_birth=BORN, sex="F")
    town.person("b/1", surname="Tenzin", date_of_birth=BORN, sex="F")
    assert level("forename", town) == "one name, in one box and the other"
    assert level("surname", town) is None
    both = Town().person("a/1", **first, date_of_birth=BORN, sex="F")
    both.person("b/1", other, surname="Tenzin", date_of_birth=BORN, sex="F")
    assert (level("forename", both), level("surname", both)) == ("same", "neither has one")


def test_a_family_called_like_a_stranger_is_not_that_stranger() -> None:
    town = Town().person("a/1", "Ramesh", surname="Kumar", date_of_birth=BORN, sex="M")
    town.person("b/1", surname="Ramesh", date_of_birth=BORN, sex="M")
    assert weight(town) is None


def test_names_exchanged_letter_for_letter_are_as_good_as_in_their_place() -> None:
    turned = twice(forename="Price", surname="Chloe")
    assert level("forename", turned) == "forename and surname exactly swapped"
    assert level("surname", turned) is None, "counted once"
    assert (weight(turned) or 0) >= RULES.marks.join


@pytest.mark.parametrize(
    ("surname", "other", "expected"),
    [
        ("Singh", "Basra", None),
        ("Kaur", "Kaur", "same"),
        ("Singh", "Singh Gill", None),
        ("Jones", "Jonestaylor", "one within the other"),
        ("Basra", "Gill", "different"),
    ],
)
def test_half_a_communitys_name_beside_another_says_nothing(
    surname: str, other: str, expected: str | None
) -> None:
    home = {"date_of_birth": BORN, "sex": "F"}
    town = Town().person("a/1", "Harpreet", surname=surname, **home)
    town.person("b/1", "Harpreet", surname=other, **home)
    for key in ("a/1", "b/1"):
        town.lives(key, "home")
    assert (
        level("surname", town.address("home", line="1 High Street", postcode="GL1 1AA")) == expected
    )


def test_records_without_names_form_no_pairs_however_many_there_are() -> None:
    town = Town()
    for at in range(600):
        town.person(f"care/{at:03}", date_of_birth=BORN, sex="M")
    got = scores(town)
    assert len(got.pairs) == 0
    assert got.keys_left_out == 1, "the wide key of the date of birth, which all share"


def test_a_blocking_key_that_too_many_records_share_is_left_out_and_counted() -> None:
    rules = RULES.model_copy(update={"limits": RULES.limits.model_copy(update={"block": 1})})
    got = scores(twice(), rules)
    assert len(got.pairs) == 0
    # One key of each rule without addresses, numbers and contacts, which the two have not.
    given = {"postcodes", "address_keys", "towns", "numbers", "contacts", "email"}
    rules_met = [one for one in every_key() if given.isdisjoint(one)]
    assert got.keys_left_out == len(rules_met) == 16


def test_with_enough_records_the_weights_are_learnt(caplog: pytest.LogCaptureFixture) -> None:
    got = learnt(hundred_people_six_times())
    assert not caplog.records, "Splink's advice to its user is not shown to ours"
    assert got.source == "trained"
    published = {
        (one.name, level.label): (level.m, level.u)
        for one in RULES.comparison
        for level in one.levels
    }
    assert got.shares["forename", "same"] != published["forename", "same"]
    assert got.shares["address", "same address"] == published["address", "same address"]


def test_where_learning_fails_the_published_weights_stand_in() -> None:
    town = Town()
    for at in range(600):
        town.person(f"a/{at:03}", "Ann" if at % 2 else "Bilal")
    got = learnt(town)
    assert got.source == "published"
    assert "expectation maximisation failed" in got.reason


def test_learnt_weights_by_which_agreement_speaks_against_a_match_are_refused() -> None:
    upside_down = {
        (one.name, level.label): (level.u, level.m)
        for one in RULES.comparison
        for level in one.levels
    }
    with pytest.raises(training.UntrainableError, match="forename make no sense"):
        training._check_sense(upside_down, RULES)


SETTINGS = "SELECT current_setting('memory_limit'), current_setting('max_temp_directory_size')"


def test_the_connection_is_left_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    con = twice().connection()
    before = con.sql(SETTINGS).fetchall(), con.sql("SHOW ALL TABLES").fetchall()
    for _ in range(2):
        scores(twice(), con=con)
    assert (con.sql(SETTINGS).fetchall(), con.sql("SHOW ALL TABLES").fetchall()) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("limit", ["2 GB", "7.3 GiB", "0.9 TiB", "900 MiB"])
def test_memory_is_held_to_the_limit_and_given_back(limit: str) -> None:
    con = duckdb.connect()
    con.execute(f"SET memory_limit = '{limit}'")
    con.execute("SET max_temp_directory_size = '20 GB'")
    before = con.sql(SETTINGS).fetchall()
    with splink_session.within(con, RULES.limits):
        memory, spill = con.sql(SETTINGS).fetchall()[0]
        assert splink_session._bytes(memory) <= splink_session._bytes(RULES.limits.memory)
        assert splink_session._bytes(memory) <= splink_session._bytes(limit)
        assert splink_session._bytes(spill) <= splink_session._bytes(RULES.limits.spill)
    assert con.sql(SETTINGS).fetchall() == before


def test_sizes_are_read_as_duckdb_writes_them() -> None:
    assert splink_session._bytes("4GB") == 4e9
    assert splink_session._bytes("1.5 KiB") == 1536
    assert splink_session._bytes("0 bytes") == 0
    assert splink_session._bytes("90% of available disk space") > 1e30
