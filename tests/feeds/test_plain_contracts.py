"""What holds of every shipped contract: the words it uses, what it stores, what docs say of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.kit import read
from kithkin.feeds.contracts import CONTRACTS
from kithkin.feeds.mapping.cells import Cells, Readers
from kithkin.feeds.mapping.describe import describe_mapping, refresh
from kithkin.feeds.mapping.kinds import roles_by_kind
from kithkin.feeds.mapping.models import FileMapping, Lookup
from kithkin.feeds.plain import PLAIN_CONTRACTS, plain_mapping, read_plain
from kithkin.policy import read_policy

DOCS = Path(__file__).resolve().parents[2] / "docs" / "feeds.md"
FREE_TEXT = {"notes", "details", "text", "narrative", "circumstances", "reason", "discussion"}


def tables() -> Iterator[tuple[str, str, FileMapping]]:
    for contract in PLAIN_CONTRACTS:
        for name, table in plain_mapping(contract).files.items():
            yield contract, name, table


@pytest.mark.parametrize("contract", PLAIN_CONTRACTS)
def test_every_kind_and_role_is_one_that_the_policy_holds(contract: str) -> None:
    policy = read_policy(None)
    for kind, roles in roles_by_kind(plain_mapping(contract)).items():
        assert kind in policy.kinds
        assert roles <= set(policy.kinds[kind].roles), kind


@pytest.mark.parametrize("contract", PLAIN_CONTRACTS)
def test_a_lasting_kind_may_end_and_a_kind_with_a_value_has_one(contract: str) -> None:
    policy = read_policy(None)
    for table in plain_mapping(contract).files.values():
        for event in table.events:
            kind = policy.kinds.get(event.kind.fixed or "")
            if kind is not None and kind.lasting:
                assert event.ended_on, kind
            if kind is not None and kind.value:
                assert event.value is not None, kind


def test_free_text_about_a_person_is_never_stored() -> None:
    told = {(c, n, column) for c, n, t in tables() for column in t.columns if column in FREE_TEXT}
    assert len(told) > 10
    for contract, name, column in told:
        assert not plain_mapping(contract).files[name].columns[column].stored


def test_every_contract_that_is_ours_is_among_those_that_feeds_may_follow() -> None:
    ours = {name for name, contract in CONTRACTS.items() if contract.shipped}
    assert ours <= set(PLAIN_CONTRACTS)


@pytest.mark.parametrize("contract", PLAIN_CONTRACTS)
def test_each_table_finds_its_own_file_by_a_name_of_the_table(
    contract: str, tmp_path: Path
) -> None:
    mapping = plain_mapping(contract)
    files = {}
    for name, table in mapping.files.items():
        required = [column for column, spec in table.columns.items() if spec.required]
        files[f"2026-01/{name}.csv"] = ",".join(required) + "\n"
    landed = read(read_plain(contract), files, tmp_path)
    assert {account["file"] for account in landed.accounts} == set(files)


def test_the_documented_tables_are_those_of_the_shipped_contracts() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for contract in PLAIN_CONTRACTS:
        assert describe_mapping(plain_mapping(contract)) in text, (
            f"run: python -m kithkin.feeds.mapping.describe {DOCS.name}"
        )
    assert refresh(text) == text


def test_a_table_that_is_out_of_date_is_brought_up_to_date() -> None:
    stale = "before\n<!-- columns of police -->\noutdated\n<!-- end -->\nafter\n"
    fresh = refresh(stale)
    assert "outdated" not in fresh
    assert "| `circumstances` |" in fresh
    assert "**nothing, on purpose**" in fresh
    assert fresh.startswith("before\n")
    assert fresh.endswith("<!-- end -->\nafter\n")


def test_words_are_known_whatever_their_case_spacing_and_punctuation() -> None:
    cells = Cells({"role": " Child-Present "})
    readers = Readers(["iso"], plain_mapping("police").values_by_word)
    assert readers.word(Lookup(column="role", values_named="role"))(cells) == "present"
    assert cells.problems == []


def test_an_unknown_contract_has_no_mapping() -> None:
    with pytest.raises(KeyError):
        plain_mapping("ambulance")
