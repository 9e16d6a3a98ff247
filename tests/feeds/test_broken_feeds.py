import tracemalloc
from pathlib import Path

import pytest

from feeds.broken import BROKEN, build
from kithkin.feeds.checking import CheckResult, check
from kithkin.policy import read_policy

REFUSED = [name for name, broken in BROKEN.items() if broken.refused]
FOUND = [name for name, broken in BROKEN.items() if not broken.refused]


def checked(name: str, folder: Path) -> CheckResult:
    build(name, folder)
    return check(folder, read_policy())


@pytest.mark.parametrize("name", REFUSED)
def test_broken_feeds_are_refused_with_file_and_remedy(tmp_path: Path, name: str) -> None:
    result, broken = checked(name, tmp_path), BROKEN[name]
    (error, *_) = result.errors
    assert result.refused
    assert broken.file in error
    assert broken.says in error
    assert broken.remedy in error
    assert str(tmp_path) not in error


@pytest.mark.parametrize("name", FOUND)
def test_feeds_with_odd_facts_load_with_findings(tmp_path: Path, name: str) -> None:
    result, broken = checked(name, tmp_path), BROKEN[name]
    assert not result.refused
    found = [f for f in result.findings.data.to_pylist() if f["rule"] == broken.says]
    assert found
    assert all(f["file"] == broken.file and f["row"] and f["remedy"] for f in found)
    for account in result.accounts.data.to_pylist():
        assert account["rows_in"] == account["loaded"] > 0


def test_all_mistakes_of_a_bad_manifest_are_told(tmp_path: Path) -> None:
    contract, day = checked("bad_manifest", tmp_path).errors
    assert "polise" in contract
    assert 'extracted_on = "soon"' in day


@pytest.mark.parametrize("name", ["endless_line", "endless_zeros", "zip_bomb", "entity_bomb"])
def test_harmful_feeds_do_not_fill_the_memory(tmp_path: Path, name: str) -> None:
    build(name, tmp_path)
    policy = read_policy()
    tracemalloc.start()
    result = check(tmp_path, policy)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.refused
    assert peak < 40 << 20
