"""A county is written whole or not at all, the same for a seed, with the truth out of reach."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from hashlib import file_digest
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pyarrow.parquet as pq
import pytest

from kithkin.feeds import check
from kithkin.feeds.manifest import ManifestError, read_manifest
from kithkin.policy import read_policy
from kithkin.simulation import Plan, SettingsError, simulate_county, writing

PLAN = Plan(people=1500, years=2, seed=5)
LAST_DAY = date(2025, 3, 31)


@cache
def county(seed: int = 5, threads: int = 1) -> Path:
    """A county as written, for tests that only read it."""
    out = Path(mkdtemp(prefix="county-")) / "county"
    simulate_county(replace(PLAN, seed=seed), out, threads=threads)
    return out


@pytest.fixture(scope="module", autouse=True)
def _tidied() -> Iterator[None]:
    yield
    for key in ((), (5, 2), (6,)):
        shutil.rmtree(county(*key).parent, ignore_errors=True)
    county.cache_clear()


def sums(folder: Path) -> dict[str, str]:
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


# --- the same for a seed ---------------------------------------------------------------------


def test_two_threads_write_the_bytes_of_one() -> None:
    assert sums(county(5, 2)) == sums(county())


def test_the_sums_are_those_of_every_file() -> None:
    folder = county()
    told = sums(folder)
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(told) == there - {"SHA256SUMS"}
    for name in ("feeds/feeds.toml", "truth/persons.parquet"):
        with (folder / name).open("rb") as file:
            assert file_digest(file, "sha256").hexdigest() == told[name]


def test_another_seed_gives_other_people_at_the_same_rates() -> None:
    one, other = (pq.read_table(county(*key) / "truth/persons.parquet") for key in ((), (6,)))
    assert not one.equals(other)
    for column in ("sex", "heritage"):
        shares = [_shares(table[column].to_pylist()) for table in (one, other)]
        for value in shares[0]:
            assert shares[0][value] == pytest.approx(shares[1].get(value, 0), abs=0.06)


def _shares(values: list[object]) -> dict[object, float]:
    found, counts = np.unique(np.array([str(value) for value in values]), return_counts=True)
    return dict(zip(found.tolist(), (counts / counts.sum()).tolist(), strict=True))


# --- what agencies send ----------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["feeds", "returns"])
def test_everything_that_is_sent_is_accepted_and_hardly_a_row_is_set_aside(folder: str) -> None:
    found = check(county() / folder, read_policy(None))
    assert found.errors == ()
    accounts = found.accounts.data.to_pylist()
    rows, aside = (sum(a[name] for a in accounts) for name in ("rows_in", "set_aside"))
    assert rows > 0
    assert aside <= 0.001 * rows


def test_every_contract_but_those_for_single_messages_is_sent() -> None:
    policy = read_policy(None)
    sent = {
        delivery.contract
        for folder in ("feeds", "returns")
        for delivery in read_manifest(county() / folder, policy)
    }
    assert sent == {
        "police", "health", "housing", "benefits", "early_help", "youth_justice", "other",
        "school_census", "standard_safeguarding_dataset", "annex_a", "cin_census", "ssda903",
    }  # fmt: skip


# --- the truth is out of reach ---------------------------------------------------------------

RUN = """
import sys
from datetime import date
from pathlib import Path
from kithkin.engine import Resources
from kithkin.releases import RunOptions, Workspace, run
opened = []
sys.addaudithook(lambda event, told: opened.append(str(told[0])) if event == "open" else None)
options = RunOptions(resources=Resources("2GB", 1), history_months=2)
release = run(Path(sys.argv[1]), date(2025, 3, 31), Workspace(Path(sys.argv[2])), options)
assert any("feeds.toml" in path for path in opened)
print(release.folder.name, *[path for path in opened if path.startswith(sys.argv[3])])
"""


@pytest.mark.slow
def test_a_run_without_the_truth_gives_the_same_release_byte_for_byte(tmp_path: Path) -> None:
    beside, alone = tmp_path / "beside", tmp_path / "alone"
    shutil.copytree(county(), beside)
    shutil.copytree(county(), alone)
    shutil.rmtree(alone / "truth")
    releases = [_run(folder, tmp_path / f"of-{folder.name}") for folder in (beside, alone)]
    assert releases[0] == releases[1]
    assert len(releases[0]) > 10


def _run(folder: Path, workspace: Path) -> dict[str, bytes]:
    """Run the pipeline in a process of its own, which tells each file that it opens in truth."""
    words = [sys.executable, "-c", RUN, folder / "feeds", workspace, folder / "truth"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert said[1:] == []
    release = workspace / "releases" / said[0]
    files = (path for path in release.rglob("*") if path.is_file())
    return {str(path.relative_to(release)): path.read_bytes() for path in files}


@pytest.mark.parametrize("name", ["../truth/persons.parquet", "../../truth/*"])
def test_a_manifest_cannot_name_the_truth(tmp_path: Path, name: str) -> None:
    feeds = tmp_path / "feeds"
    shutil.copytree(county() / "feeds", feeds)
    manifest = feeds / "feeds.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('files = ["police', f'files = ["{name}", "police', 1))
    with pytest.raises(ManifestError, match=r"leads out of|inside the feeds folder"):
        read_manifest(feeds, read_policy(None))


def test_whoever_names_the_county_for_its_feeds_is_told_where_they_are() -> None:
    with pytest.raises(ManifestError, match="name its folder feeds or returns"):
        read_manifest(county(), read_policy(None))


def test_a_link_into_the_truth_is_refused(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds"
    shutil.copytree(county() / "feeds", feeds)
    target = next((feeds / "police").glob("*/missing.csv"))
    target.unlink()
    target.symlink_to(county() / "truth" / "persons.parquet")
    with pytest.raises(ManifestError, match=r"leads out of|inside the feeds folder"):
        read_manifest(feeds, read_policy(None))


# --- whole or not at all ---------------------------------------------------------------------


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_facts", full)
    with pytest.raises(OSError, match="No space"):
        simulate_county(replace(PLAN, people=600, years=1), tmp_path / "county")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_not_written_to(tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "letter.txt"
    kept.parent.mkdir()
    kept.write_text("ours")
    for replacing in (False, True):
        with pytest.raises(SettingsError, match="no simulated county"):
            simulate_county(PLAN, kept.parent, replace=replacing)
    assert kept.read_text() == "ours"


def test_a_county_is_replaced_only_when_asked(tmp_path: Path) -> None:
    out = tmp_path / "county"
    small = replace(PLAN, people=600, years=1, events_only=True)
    simulate_county(small, out)
    with pytest.raises(SettingsError, match="--replace"):
        simulate_county(small, out)
    simulate_county(replace(small, seed=8), out, replace=True)
    assert json.loads((out / "county.json").read_text())["seed"] == 8
    assert not (out / "feeds").exists()
