"""The example feeds are read, every row of them is accounted for, and they are what was cut."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pyarrow.parquet as pq
import pytest

from kithkin.feeds.landing import land, landed_files
from kithkin.feeds.manifest import read_manifest
from kithkin.policy import read_policy
from shared_data import shared_data

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLES = REPOSITORY / "examples"
FEEDS = EXAMPLES / "feeds"
MOST_BYTES = 6_000_000


def test_every_row_of_the_example_feeds_is_loaded_or_set_aside(tmp_path: Path) -> None:
    deliveries = read_manifest(FEEDS, read_policy(None))
    land(deliveries, tmp_path, as_of=None)
    accounts = [
        account
        for path in landed_files(tmp_path, "file_account")
        for account in pq.read_table(path).to_pylist()
    ]
    assert all(one["rows_in"] == one["loaded"] + one["set_aside"] for one in accounts)
    assert {one["file"].partition("#")[0] for one in accounts} == {
        file.name for delivery in deliveries for file in delivery.files
    }
    rows = {
        feed: sum(one["rows_in"] for one in accounts if one["source"] == feed)
        for feed in {one["source"] for one in accounts}
    }
    assert (rows["csc"], rows["education"]) == (500, 500)
    assert min(rows.values()) > 50


def test_every_folder_of_outside_files_has_its_licence_beside_it() -> None:
    folders = {path.parent for path in FEEDS.rglob("*") if path.suffix in {".csv", ".xlsx", ".xml"}}
    assert len(folders) == 5
    for folder in folders:
        assert "MIT License" in (folder / "LICENSE.txt").read_text(encoding="utf-8")


def test_the_examples_are_small() -> None:
    assert sum(path.stat().st_size for path in EXAMPLES.rglob("*") if path.is_file()) < MOST_BYTES


def test_the_same_looked_after_children_are_in_every_file() -> None:
    children = {
        path.stem: {line.split(",")[0] for line in path.read_text().splitlines()[1:]}
        for path in (FEEDS / "ssda903").glob("*.csv")
    }
    assert len(children) == 10
    assert all(children.values())
    assert set().union(*children.values()) == children["header"] | children["uasc"]


def script(path: Path) -> ModuleType:
    """Import a script that is no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_cut_is_what_the_script_cuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = shared_data("ssda903/header.csv").parents[1]
    make_cut = script(EXAMPLES / "make_cut.py")
    monkeypatch.setenv("KITHKIN_SHARED_DATA", str(data))
    monkeypatch.setattr(make_cut, "FEEDS", tmp_path)
    make_cut.main()
    for path in sorted(tmp_path.rglob("*.*")):
        assert path.read_bytes() == (FEEDS / path.relative_to(tmp_path)).read_bytes(), path.name


def test_the_feeds_of_all_outside_files_are_those_of_the_examples_uncut(tmp_path: Path) -> None:
    tool = script(REPOSITORY / "tools" / "shared_data_feeds.py")
    data = tmp_path / "data"
    shutil.copytree(FEEDS, data)
    census = data / "cin_census" / "fake_CIN_data.xml"
    for year in (2021, 2024):
        shutil.copyfile(census, census.with_name(f"CIN_Census_{year}.xml"))
    written = tool.write_feeds(data, tmp_path / "all")
    deliveries = read_manifest(tmp_path / "all", read_policy(None))
    assert written == sum(len(delivery.files) for delivery in deliveries)
    of_the_examples = [d.source for d in read_manifest(FEEDS)]
    samples = ["cin-sample-2021", "cin-sample-2024"]
    assert [d.source for d in deliveries] == [*of_the_examples, *samples]


def test_an_outside_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    tool = script(REPOSITORY / "tools" / "shared_data_feeds.py")
    with pytest.raises(FileNotFoundError, match="annex_a"):
        tool.write_feeds(tmp_path, tmp_path / "all")
