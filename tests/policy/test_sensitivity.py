"""What a policy may say of how far constants are varied, and how that is said and compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from kithkin.policy import (
    PolicyError,
    default_policy_folder,
    describe_sensitivity,
    diff_policies,
    read_policy,
)
from kithkin.policy.varying import GROUPS, Sensitivity
from policy.test_lists import changed

FILE = "scoring.toml"


def test_every_range_of_the_default_policy_is_named_and_holds_the_constant_as_it_is() -> None:
    told = read_policy(None).sensitivity
    assert told is not None
    assert {*GROUPS} == {*Sensitivity.model_fields} - {
        "draws", "seed", "list_size", "mostly", "basis"
    }  # fmt: skip
    for group in GROUPS:
        low, high = getattr(told, group)
        assert low <= 1 <= high


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("\nweights = [0.5, 2.0]", "\nweights = [1.5, 2.0]", "the range does not hold 1"),
        ("\nweights = [0.5, 2.0]", "\nweights = [0.5, 0.9]", "[lowest, highest] factors"),
        ("\nweights = [0.5, 2.0]", "\nweights = [0, 2.0]", "greater than 0"),
        ("\nweights = [0.5, 2.0]", "\nweigths = [0.5, 2.0]", 'did you mean "weights"'),
        ("draws = 200", "draws = 0", "greater than or equal to 1"),
        ("mostly = 0.9", "mostly = 1.0", "less than 1"),
        ("list_size = 50", "list_size = 0.5", "integer"),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_a_remedy(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        read_policy(changed(tmp_path, FILE, old, new))
    assert told in str(refused.value)
    assert f"{FILE}: [sensitivity]" in str(refused.value)


def test_a_range_that_was_changed_is_told_and_changes_the_hash(tmp_path: Path) -> None:
    before = read_policy(None)
    after = read_policy(changed(tmp_path, FILE, "\ncaps = [0.5, 2.0]", "\ncaps = [0.25, 2.0]"))
    (change,) = diff_policies(before, after)
    assert str(change) == "[sensitivity] caps: [0.5, 2.0] became [0.25, 2.0]"
    assert before.hash != after.hash


def test_ranges_are_said_in_plain_english(tmp_path: Path) -> None:
    copy = changed(tmp_path, FILE, "\ntie_weights = [0.5, 2.0]", "\ntie_weights = [0.25, 1.5]")
    said = describe_sensitivity(read_policy(copy))
    assert "200 sets of constants are drawn (seed 1), and the 50 people at the top" in said
    assert "weights of rules for ties 0.25 to 1.5" in said


def test_a_policy_may_do_without_and_says_so(tmp_path: Path) -> None:
    text = (default_policy_folder() / FILE).read_text(encoding="utf-8")
    section = text[text.index("[sensitivity]") :]
    policy = read_policy(changed(tmp_path, FILE, section, ""))
    assert policy.sensitivity is None
    assert "cannot be asked" in describe_sensitivity(policy)
