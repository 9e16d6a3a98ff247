"""The outside sample return: each thing known to be dirty in it is found, and nobody is lost."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from tests.feeds.kit import Landed, read
from tests.shared_data import shared_data

from kithkin.feeds import cin_census, ssda903

TOOLS = Path(__file__).resolve().parents[2] / "tools" / "community_validators"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    folder = shared_data("ssda903/header.csv").parent
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}
    return read(ssda903.read_ssda903, files, tmp_path_factory.mktemp("903"),
                extracted_on=date(2018, 6, 30))  # fmt: skip


def counts(landed: Landed) -> Counter[str]:
    return Counter(landed.rules())


def test_every_child_and_every_episode_is_loaded(sample: Landed) -> None:
    loaded = {account["file"]: account["loaded"] for account in sample.accounts}
    assert len(loaded) == 10
    assert (loaded["header.csv"], loaded["episodes.csv"]) == (2675, 5050)
    children = {p["record_id"] for p in sample.tables["person_record"]}
    assert len(children) == 2675 + 1  # and the child of the one young mother


def test_only_two_exact_copies_are_set_aside(sample: Landed) -> None:
    assert [row["rule"] for row in sample.set_aside] == ["K-CORE-DUPLICATE"] * 2


def test_wrong_check_letters_are_reported_one_by_one(sample: Landed) -> None:
    found = [f for f in sample.findings if f["rule"] == "K-903-UPN"]
    assert len(found) == 2568
    assert all(f["row"] and f["column"] == "UPN" and f["value"] for f in found)


def test_overlapping_and_open_episodes_are_reported(sample: Landed) -> None:
    assert counts(sample)["501"] == 62
    assert counts(sample)["148"] == 1413
    still_open = {
        f["row"] for f in sample.findings if f["rule"] == "148" and f["file"] == "episodes.csv"
    }
    assert len(still_open) == 1413


def test_about_half_the_postcodes_are_malformed_and_stay_with_their_address(
    sample: Landed,
) -> None:
    addresses = sample.tables["address"]
    bad = [address for address in addresses if not address["postcode_valid"]]
    assert 0.4 < len(bad) / len(addresses) < 0.6
    assert len(bad) == counts(sample)["392c"]
    assert all(address["postcode"] for address in bad)


def test_the_reasons_of_the_comparison_are_about_rules_that_exist() -> None:
    reasons = tomllib.loads((TOOLS / "reasons.toml").read_text())
    rules = {"903": {*ssda903.RULES}, "CIN": {*cin_census.RULES}}
    for collection, said in reasons.items():
        assert said["differs"].keys() <= rules[collection]
        for group in said["not_checked"]:
            assert not rules[collection] & set(group["rules"])
