"""What a policy may say of accumulation and of cohorts, and what it may not."""

from pathlib import Path
from shutil import copytree

import pytest

from kithkin.policy import PolicyError, default_policy_folder, read_policy
from kithkin.policy.lists import ByScore


def changed(folder: Path, file: str, old: str, new: str) -> Path:
    """Copy the default policy with one thing said otherwise."""
    copy = folder / "policy"
    copytree(default_policy_folder(), copy)
    text = (copy / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (copy / file).write_text(text.replace(old, new), encoding="utf-8")
    return copy


def test_the_default_policy_watches_no_kind_that_may_stand_for_who_people_are() -> None:
    policy = read_policy(None)
    assert policy.accumulation is not None
    cautions = {c for kind in policy.accumulation.kinds for c in policy.kinds[kind].stands_for()}
    assert not cautions & {"poverty", "disability", "ethnicity", "unproven_information"}


def test_every_cohort_of_the_default_policy_asks_for_themes_that_exist() -> None:
    policy = read_policy(None)
    assert {
        cohort.rank.theme for cohort in policy.cohorts.values() if isinstance(cohort.rank, ByScore)
    } <= set(policy.themes)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("accumulation.toml", '"health.visitor.review_missed",',
         '"health.visitor.review_missed", "education.free_school_meals",', "may stand for poverty"),
        ("accumulation.toml", '"health.visitor.review_missed",',
         '"health.visitor.review_missed", "police.crime.rape",', "also in red"),
        ("accumulation.toml", "rate_ratio = 4.0", "rate_ratio = 1.0", "greater than 1"),
        ("accumulation.toml", 'kinds = ["education.suspension",', 'kinds = ["education.attendance",',
         "not among the kinds of small events"),
        ("accumulation.toml", 'kinds = ["education.suspension",',
         'kinds = ["health.emergency.injury",', "in two streams"),
        ("accumulation.toml", '"police.call.*"', '"police.calls.*"', "unknown kind"),
        ("cohorts.toml", 'every = [{ theme = "cse", at_least = 30.0 }]',
         'every = [{ theme = "csa", at_least = 30.0 }]', "unknown theme"),
        ("cohorts.toml", 'every = [{ theme = "cse", at_least = 30.0 }]',
         'every = [{ indicator = "EDU-99" }]', "unknown indicator"),
        ("cohorts.toml", 'rank = { theme = "serious_violence" }',
         'rank = { theme = "neglect", track = "perpetrator" }', "no perpetrator track"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place_and_a_remedy(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        read_policy(changed(tmp_path, file, old, new))
    assert told in str(refused.value)
    assert file in str(refused.value)


def test_a_cohort_cannot_ask_for_alarms_of_a_detector_that_the_policy_lacks(tmp_path: Path) -> None:
    copy = tmp_path / "policy"
    copytree(default_policy_folder(), copy)
    (copy / "accumulation.toml").unlink()
    with pytest.raises(PolicyError, match=r"no \[accumulation\]"):
        read_policy(copy)
