"""The commands that documents show work, and print what the documents show."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from typer import Typer

from docs.made import ROOT, documents, make_docs, name
from kithkin.cli.main import app

SHELL = [page for page in documents() if "```console" in page.read_text(encoding="utf-8")]
RUN = [page for page in SHELL if "$ kithkin " in page.read_text(encoding="utf-8")]


def commands(page: Path) -> list[tuple[str, list[str]]]:
    text = page.read_text(encoding="utf-8")
    return [command for block in make_docs.blocks(text) for command in block]


def not_printed(shown: list[str], printed: str) -> list[str]:
    """List the lines shown that were not printed in that order."""
    lines = iter(make_docs.without_ids(printed).splitlines())
    wanted = [make_docs.without_ids(line) for line in shown if line != make_docs.LEFT_OUT]
    return [line for line in wanted if not any(line == other for other in lines)]


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=name)
def test_commands_end_well_and_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    folder = make_docs.prepared(tmp_path)
    for command, shown in commands(page):
        if command.startswith("kithkin "):
            printed = make_docs.run(command, folder)
            assert not_printed(shown, printed) == [], f"$ {command}; run tools/make_docs.py"
    if page == ROOT / "README.md":
        assert_files_are_described(folder)


def assert_files_are_described(folder: Path) -> None:
    """Hold docs/architecture.md to a real release: every file is described, and no other."""
    [release] = (folder / "workspace" / "releases").glob("20*")
    files = {path.relative_to(release).as_posix() for path in release.rglob("*") if path.is_file()}
    patterns = described()
    assert [f for f in files if not any(fnmatchcase(f, p) for p in patterns)] == []
    assert [p for p in patterns if not any(fnmatchcase(f, p) for f in files)] == []


def described() -> list[str]:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.split("\n## A release\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [pattern for row in rows for pattern in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


def test_a_line_that_is_not_printed_is_noticed() -> None:
    assert not_printed(["a", "…", "c"], "a\nb\nc") == []
    assert not_printed(["c", "a"], "a\nb\nc") == ["a"]
    assert not_printed(["d"], "a\nb\nc") == ["d"]


@pytest.mark.parametrize("page", documents(), ids=name)
def test_targets_of_make_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    asked = re.findall(r"(?:^\$ |`)make ([a-z-]+)", text, re.M)
    assert set(asked) <= targets


def test_the_readme_needs_two_commands_to_set_up() -> None:
    asked = [command for command, _ in commands(ROOT / "README.md") if command.startswith("make ")]
    assert asked == ["make demo", "make test"]


def test_the_readme_lists_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    groups = {group.name: group.typer_instance or app for group in app.registered_groups}
    rows = {line for line in text.splitlines() if line.startswith("| `kithkin ")}
    for command in called(app):
        assert any(row.startswith(f"| `kithkin {command}") for row in rows), command
    for group, commands_of in groups.items():
        listed = " ".join(row for row in rows if row.startswith(f"| `kithkin {group} "))
        for command in called(commands_of):
            assert f"`{command}`" in listed.replace(f"kithkin {group} ", ""), command


def called(commands_of: Typer) -> list[str]:
    return [
        c.name or (c.callback.__name__ if c.callback else "")
        for c in commands_of.registered_commands
    ]
