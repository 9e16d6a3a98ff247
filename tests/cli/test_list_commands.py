"""Lists, groups and places are printed, and everybody named is in the look that is recorded first."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest

from cli.commands import Typed
from kithkin.cli.output import console
from kithkin.releases import Release, Workspace, read_looks
from releases import made
from releases.test_listing import listed  # noqa: F401


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setattr(console, "width", 160)
    return Typed(monkeypatch, capsys)


@pytest.fixture
def place(tmp_path: Path, listed: Release) -> Workspace:  # noqa: F811
    """A workspace with the release of known groups and places."""
    root = tmp_path / "workspace"
    copytree(listed.folder, root / "releases" / made.county_release()[1].id)
    (root / "latest").write_text(made.county_release()[1].id)
    return Workspace(root)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["lists"], ["cse_review", "decides nothing"]),
        (["lists", "cse_review"], ["Weekly review by the multi-agency exploitation panel"]),
        (["groups"], ["any-00001", "15 to 17", "never make a group"]),
        (["groups", "--theme", "cse"], ["cse-00001"]),
        (["groups", "cse-00001"],
         ["Somebody whose record is sealed", "may belong", "came back", "leave apart"]),
        (["places"], ["sector GL1 1", "3.0 times", "not to publish"]),
        (["places", "--most", "1"], ["1 of 3 rows"]),
        (["places", "GL1 1"], ["4 in the period, 2 in the one before", "that may be chance"]),
    ],
)  # fmt: skip
def test_what_is_listed_is_told_in_words(
    typed: Typed, place: Workspace, words: list[str], told: list[str]
) -> None:
    said = typed(*words, "--workspace", place.root)
    assert said.status == 0, said.err
    for words_told in told:
        assert words_told in said.out


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize(
    ("words", "subject"),
    [
        (["groups", "cse-00001"], "group cse-00001"),
        (["places", "GL1 1"], "place GL1 1"),
        (["lists", "cse_review"], "list cse_review"),
    ],
)
def test_everybody_who_is_named_is_in_the_look(
    typed: Typed, place: Workspace, words: list[str], subject: str, form: list[str]
) -> None:
    said = typed(*words, *form, "--workspace", place.root, "--purpose", "panel")
    (look,) = read_looks(place.root)
    assert (look["subject"], look["purpose"]) == (subject, "panel")
    assert look["shown"]
    for person in look["shown"]:
        assert person in said.out or "Somebody whose record is sealed" in said.out
    if form:
        assert json.loads(said.out)


def test_a_list_without_names_is_no_look_at_anybody(typed: Typed, place: Workspace) -> None:
    for words in (["lists"], ["groups"], ["places"]):
        assert typed(*words, "--json", "--workspace", place.root).status == 0
    assert read_looks(place.root) == []


@pytest.mark.parametrize(
    "words", [["groups", "cse-00001", "--theme", "cse"], ["places", "GL1", "--kind", "school"]]
)
def test_options_that_choose_among_all_are_refused_beside_one(
    typed: Typed, place: Workspace, words: list[str]
) -> None:
    said = typed(*words, "--workspace", place.root)
    assert said.status == 2
    assert "choose" in said.words
