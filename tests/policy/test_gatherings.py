"""What a policy may say of groups and of places, and what it may not."""

from pathlib import Path

import pytest

from kithkin.policy import PolicyError, diff_policies, read_policy
from policy.test_lists import changed


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("groups.toml", '"peer_group"]', '"peergroup"]', 'did you mean "peer_group"'),
        ("groups.toml", '"peer_group"]', '"household"]', "may not tie a group"),
        ("groups.toml", '"peer_group"]', '"suspect_to_victim"]', "may not tie a group"),
        ("groups.toml", 'themes = ["cse",', 'themes = ["csa",', "unknown theme"),
        ("groups.toml", "serious_violence = [", "hate = [", "unknown theme of groups"),
        ("groups.toml", 'cse = ["missing_together"]', 'cse = ["same_report"]', "rule of groups"),
        ("groups.toml", "smallest = 5", "smallest = 60", "smallest is above largest"),
        ("groups.toml", "agreement = 0.7", "agreement = 0.5", "greater than 0.5"),
        ("places.toml", '"police.marker.drug_supply"]', '"police.market"]', "unknown kind"),
        ("places.toml", 'roll_kinds = ["education.registration.mainstream"',
         'roll_kinds = ["education.suspension"', "does not last"),
        ("places.toml", 'home_kinds = ["home"', 'home_kinds = ["house"', "kind of residence"),
        ("places.toml", "least_children = 5", "least_children = 1", "greater than or equal to 2"),
        ("cohorts.toml", 'any_of = [{ theme = "cse", trend = ["emerging"] }]',
         'any_of = [{ group = "hate", membership = 0.5 }]', "no groups are found"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place_and_a_remedy(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        read_policy(changed(tmp_path, file, old, new))
    assert told in str(refused.value)
    assert file in str(refused.value)


def test_a_list_may_not_ask_for_groups_that_no_run_finds(tmp_path: Path) -> None:
    folder = changed(
        tmp_path, "cohorts.toml", 'any_of = [{ theme = "cse", trend = ["emerging"] }]',
        'any_of = [{ group = "cse", membership = 0.5 }]',
    )  # fmt: skip
    assert read_policy(folder).cohorts["emerging_exploitation"].any_of
    (folder / "groups.toml").unlink()
    with pytest.raises(PolicyError, match=r"the policy has no \[groups\]"):
        read_policy(folder)


def test_kinds_of_a_measure_are_written_out(tmp_path: Path) -> None:
    folder = changed(tmp_path, "places.toml", '"police.marker.drug_supply"]', '"police.marker.*"]')
    places = read_policy(folder).places
    assert places is not None
    assert "police.marker.gang" in places.measures["criminal_exploitation"].kinds


def test_what_changed_of_groups_and_places_is_told_key_by_key(tmp_path: Path) -> None:
    after = read_policy(changed(tmp_path, "groups.toml", "largest = 50", "largest = 40"))
    assert [str(change) for change in diff_policies(read_policy(None), after)] == [
        "[groups] largest: 50 became 40"
    ]
