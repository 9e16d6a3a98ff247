"""Feeds, policies and releases for the tests: the fixture county, and a corner of it that is quick."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from county.build import FEEDS as COUNTY
from kithkin.engine import Resources
from kithkin.policy import default_policy_folder
from kithkin.releases import Release, RunOptions, Workspace, run

AS_OF = date(2026, 1, 31)
NEXT = date(2026, 2, 28)
ENTRY = """
[[feed]]
name = "{name}"
agency = "{agency}"
contract = "{contract}"
files = ["{files}"]
extracted_on = {extracted_on}
gateway = "children_act_2004"
{more}"""
MAPPING = """
[mapping]
name = "wardens"
title = "Community wardens"

[files.people]
title = "People"
names = ["*people*"]
layouts = ["iso"]

[files.people.columns]
id = { means = "the wardens' number", required = true }
forename = { means = "forename" }
surname = { means = "surname" }
born = { means = "date of birth" }

[files.people.people.person]
record_id = "id"
forename = "forename"
surname = "surname"
date_of_birth = "born"
"""
PEOPLE = "id,forename,surname,born\nW1,Arjan,Dhillon,2013-09-02\nW2,Nobody,Else,1970-02-03\n"


def entry(
    name: str, agency: str, contract: str, files: str, *, on: date = AS_OF, more: str = ""
) -> str:
    """Write one delivery as feeds.toml has it."""
    return ENTRY.format(
        name=name, agency=agency, contract=contract, files=files, extracted_on=on, more=more
    )


def corner(folder: Path) -> Path:
    """Write three feeds of the county: early help, youth justice, and one read by a mapping."""
    for name in ("early_help", "youth_justice"):
        shutil.copytree(COUNTY / name, folder / name)
    (folder / "wardens").mkdir()
    (folder / "wardens" / "people[1].csv").write_text(PEOPLE)
    (folder / "wardens.toml").write_text(MAPPING)
    mapped = '[feed.options]\nmapping = "wardens.toml"\n'
    entries = [
        entry("early-help", "early_help", "early_help", "early_help/*.csv"),
        entry("youth-justice", "youth_justice", "youth_justice", "youth_justice/*.csv"),
        entry("wardens", "police", "mapped", "wardens/*.csv", more=mapped),
    ]
    (folder / "feeds.toml").write_text("".join(entries))
    return folder


def add_feed(folder: Path, text: str, files: Mapping[str, str] = {}) -> None:
    """Add a delivery, and files, to a feeds folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    with (folder / "feeds.toml").open("a") as manifest:
        manifest.write(text)


def replace(path: Path, before: str, after: str) -> None:
    """Change one thing in a file; it must be there, once."""
    text = path.read_text()
    assert text.count(before) == 1, f"{path.name} holds {before!r} {text.count(before)} times"
    path.write_text(text.replace(before, after))


def short_policy(folder: Path) -> Path:
    """Write the default policy with a tenth of its indicators, which is quicker to answer."""
    shutil.copytree(default_policy_folder(), folder)
    for path in (folder / "indicators").glob("*.toml"):
        if path.stem not in ("early_help", "youth_justice"):
            path.unlink()
    for path in (folder / "themes").glob("*.toml"):  # whose strengths are among those indicators
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = (line for line in lines if not line.startswith("strengths ="))
        path.write_text("".join(kept), encoding="utf-8")
    return folder


@cache
def scratch() -> Path:
    """Give a folder that all tests share, removed when they end."""
    folder = Path(mkdtemp(prefix="kithkin-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def policy_folder() -> Path:
    """Give the short policy."""
    return short_policy(scratch() / "policy")


def options(**changes: Any) -> RunOptions:
    """Give options of a quick run."""
    quick: dict[str, Any] = {
        "policy_folder": policy_folder(),
        "history_months": 2,
        "resources": Resources("1GB", 2),
    }
    return RunOptions(**(quick | changes))


@cache
def corner_feeds() -> Path:
    """Give the corner's feeds, to be read only."""
    return corner(scratch() / "corner")


@cache
def corner_release() -> tuple[Workspace, Release]:
    """Give a release of the corner, to be read only."""
    workspace = Workspace(scratch() / "corner_workspace")
    return workspace, run(corner_feeds(), AS_OF, workspace, options())


@cache
def county_release() -> tuple[Workspace, Release]:
    """Give a release of the whole county under the default policy, to be read only."""
    workspace = Workspace(scratch() / "county_workspace")
    return workspace, run(COUNTY, AS_OF, workspace, RunOptions(resources=Resources("1GB", 2)))


def copied(workspace: Workspace, folder: Path) -> Workspace:
    """Copy a workspace, so that a test can spoil it."""
    shutil.copytree(workspace.root, folder)
    return Workspace(folder)


def contents(release: Release) -> dict[str, bytes]:
    """Give every file of a release."""
    return {
        path.relative_to(release.folder).as_posix(): path.read_bytes()
        for path in sorted(release.folder.rglob("*"))
        if path.is_file()
    }
