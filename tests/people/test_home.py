"""What two relatives of one home are like, learnt from pairs that share a home and a surname."""

from datetime import date

import pytest

from kithkin.people.cleaning.comparable import comparable_records
from kithkin.people.pairs.blocking import blocked
from kithkin.people.pairs.home import Home, learn_home, published_home
from kithkin.people.pairs.training import published_model
from kithkin.people.rules import LinkageRules, linkage_rules
from tests.people.records import Town

RULES = linkage_rules()
PUBLISHED = published_home(RULES)
MEMBERS = [
    ("Ann", date(1980, 2, 7), "F"),
    ("Bilal", date(1978, 11, 23), "M"),
    ("Chloe", date(2009, 6, 15), "F"),
    ("Dev", date(2012, 9, 25), "M"),
]


def learnt(town: Town, rules: LinkageRules = RULES) -> Home:
    con = town.connection()
    records = comparable_records(con, rules)
    with blocked(con, records, rules, rules.blocking.keys):
        return learn_home(con, rules, published_model(rules, "").shares)


def home(town: Town, at: int, people: int, *, sources: str = "a") -> None:
    """Put `people` of one family, all of other names, into a home, each in every source."""
    town.address(f"home{at}", line=f"{at + 1} Mill Lane", postcode="GL1 1AA")
    for member, (forename, born, sex) in enumerate(MEMBERS[:people]):
        for source in sources:
            key = f"{source}/{at}-{member}"
            said = born.replace(year=born.year + at % 9, month=1 + (born.month + at) % 12)
            town.person(key, forename, surname=f"Price{chr(65 + at % 26)}{chr(65 + at // 26)}",
                        date_of_birth=said, sex=sex)  # fmt: skip
            town.lives(key, f"home{at}")


def families(homes: int) -> Town:
    """Give families of four, each known once, and one person of every tenth known twice."""
    town = Town()
    for at in range(homes):
        home(town, at, 4)
        if at % 10 == 0:
            home(town, at, 1, sources="b")
    return town


@pytest.fixture(scope="module")
def of_families() -> Home:
    return learnt(families(60))


def test_in_a_town_of_families_most_pairs_of_one_home_are_relatives(of_families: Home) -> None:
    prior, _, pairs = of_families
    # 60 homes of six pairs, and in six of them a fifth record that pairs with four.
    assert pairs == 60 * 6 + 6 * 4
    # Six pairs of 384 are one person: log2(7 / 379) = -5.76 with one of each taken as seen.
    assert prior == pytest.approx(-5.76, abs=0.3)


def test_where_every_home_is_one_patient_most_pairs_of_one_home_are_one_person() -> None:
    town = Town()
    for at in range(60):
        home(town, at, 1, sources="ab")
    prior, _, pairs = learnt(town)
    assert pairs == 60
    assert prior == pytest.approx(5.93, abs=0.1), "log2(61 / 1)"


def test_agreement_is_worth_no_more_at_home_than_published(of_families: Home) -> None:
    _, found, _ = of_families  # no two relatives here share a forename
    shares = published_model(RULES, "").shares
    agreement = [
        one
        for one, home_share in PUBLISHED.items()
        if one[0] in ("forename", "date_of_birth") and shares[one][0] > home_share
    ]
    assert ("forename", "same") in agreement
    for one in agreement:
        # Shares are made to add up to one after the floor: a twentieth may be lost.
        assert found[one] >= 0.95 * PUBLISHED[one], one


def test_a_town_of_namesakes_learns_that_a_shared_forename_tells_less() -> None:
    town = Town()
    for at in range(60):
        home(town, at, 2)
        born = date(1950 + at % 9, 5, 17)
        surname = f"Price{chr(65 + at % 26)}{chr(65 + at // 26)}"
        town.person(f"a/{at}-father", "Bilal", surname=surname, date_of_birth=born, sex="M")
        town.lives(f"a/{at}-father", f"home{at}")
    _, found, _ = learnt(town)
    assert found["forename", "same"] > 10 * PUBLISHED["forename", "same"]


def test_where_there_are_no_pairs_the_published_shares_stand() -> None:
    prior, found, pairs = learnt(Town().person("a/1", "Ann", surname="Price"))
    assert (prior, pairs) == (0.0, 0)
    assert found == pytest.approx(PUBLISHED)


def test_few_pairs_hardly_move_the_published_shares() -> None:
    _, found, pairs = learnt(families(1))
    assert pairs == 10
    # The published count for 20 pairs: ten more move no share by over 10 / 30.
    moved = {one: abs(share - PUBLISHED[one]) for one, share in found.items()}
    assert 0 < max(moved.values()) <= 10 / 30


def test_shares_of_each_comparison_add_up_to_one(of_families: Home) -> None:
    _, found, _ = of_families
    for one in RULES.comparison:
        shares = [found[one.name, level.label] for level in one.levels if level.home is not None]
        assert sum(shares) == pytest.approx(1, abs=1e-6) or shares == []


def test_a_home_of_very_many_records_tells_nothing_of_relatives() -> None:
    crowded = RULES.model_copy(update={"home": RULES.home.model_copy(update={"records": 3})})
    assert learnt(families(10), crowded)[2] == 0
    assert learnt(families(10))[2] > 0


def test_of_many_records_a_part_is_looked_at() -> None:
    sampled = RULES.model_copy(update={"home": RULES.home.model_copy(update={"sample": 50})})
    everything, part = learnt(families(60))[2], learnt(families(60), sampled)[2]
    assert 0 < part < everything / 2


def test_the_order_of_records_changes_nothing(of_families: Home) -> None:
    town = families(60)
    for rows in town.rows.values():
        rows.reverse()
    assert learnt(town) == of_families
