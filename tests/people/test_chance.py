"""How often two people agree by chance, learnt from pairs of which some are one person."""

from collections.abc import Mapping

import numpy as np
import pytest

from kithkin.people.cleaning.comparable import comparable_records
from kithkin.people.pairs.blocking import blocked
from kithkin.people.pairs.chance import Patterns, draw_patterns, learn_chance
from kithkin.people.pairs.training import published_model
from kithkin.people.rules import linkage_rules
from tests.people.records import Town

RULES = linkage_rules()
PUBLISHED = published_model(RULES, "").shares
NAMES = [one.name for one in RULES.comparison]
LAST = {one.name: len(one.levels) - 1 for one in RULES.comparison}
BIRTH = ("date_of_birth", "same")


def pattern(said: Mapping[str, int]) -> list[int]:
    """Give a pattern in which all is different but what is said; -1 stands for missing."""
    return [said.get(name, LAST[name]) for name in NAMES]


def patterns(*told: tuple[Mapping[str, int], float]) -> Patterns:
    levels = np.array([pattern(said) for said, _ in told])
    return Patterns(levels, np.array([pairs for _, pairs in told], dtype=float), seen=len(told))


ALL_AGREE = dict.fromkeys(NAMES, 0)
NEARLY_ALL = {}, 499_085.0


def test_pairs_that_are_one_person_are_not_counted_as_chance() -> None:
    found = learn_chance(
        patterns(NEARLY_ALL, ({"date_of_birth": 0}, 15.0), (ALL_AGREE, 400.0)), RULES, PUBLISHED
    )
    by_chance = 15 / 499_500
    assert found[BIRTH][1] == pytest.approx(by_chance, rel=0.05)
    assert found[BIRTH][0] == PUBLISHED[BIRTH][0], "what it is worth among one person's stays"


def test_what_was_never_met_is_rare_and_not_impossible() -> None:
    found = learn_chance(patterns(NEARLY_ALL, (ALL_AGREE, 400.0)), RULES, PUBLISHED)
    assert 0 < found[BIRTH][1] <= RULES.training.published_u * PUBLISHED[BIRTH][1] * 1.01


def test_a_missing_value_says_nothing_of_how_common_agreement_is() -> None:
    some = patterns(({"date_of_birth": -1}, 900_000.0), ({}, 99_000.0), ({"date_of_birth": 0}, 1e3))
    assert learn_chance(some, RULES, PUBLISHED)[BIRTH][1] == pytest.approx(0.01, rel=0.1)


def test_a_fixed_comparison_keeps_what_is_written() -> None:
    assert (
        learn_chance(patterns(NEARLY_ALL), RULES, PUBLISHED)["sex", "same"]
        == (PUBLISHED["sex", "same"])
    )


@pytest.fixture(scope="module")
def town() -> Town:
    """Give 200 people, of whom each tenth stands in two registers."""
    made = Town()
    for at in range(200):
        said = {"surname": f"Surname{chr(65 + at % 26)}{chr(65 + at // 26)}", "sex": "F"}
        made.person(f"a/{at}", f"Name{chr(65 + at % 19)}", **said)
        if at % 10 == 0:
            made.person(f"b/{at}", f"Name{chr(65 + at % 19)}", **said)
    return made


@pytest.mark.parametrize("u_pairs", [100.0, 1e6])
def test_what_is_drawn_stands_for_all_pairs(town: Town, u_pairs: float) -> None:
    rules = RULES.model_copy(
        update={"training": RULES.training.model_copy(update={"u_pairs": u_pairs})}
    )
    con = town.connection()
    records = comparable_records(con, rules)
    with blocked(con, records, rules, [("surname",)]):
        drawn = draw_patterns(con, rules, part=1, seed=1)
    assert drawn.pairs.sum() == pytest.approx(220 * 219 / 2)
    sharing = drawn.levels[:, NAMES.index("surname")] == 0
    assert drawn.pairs[sharing].sum() == pytest.approx(20), "each of the 20 pairs that share a key"
    assert drawn.seen <= 3 * u_pairs
