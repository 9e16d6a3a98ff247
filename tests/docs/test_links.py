"""Whatever a document or a comment points to is there."""

import re
from pathlib import Path

import pytest
from defusedxml.ElementTree import parse

from docs.made import ROOT, documents, name, text_files

LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
MENTIONED = re.compile(r"`((?:docs|tests|src|tools|bench|requirements)/[\w./-]+\.\w+)`")
DECISIONS = ROOT / "docs" / "decisions"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", documents(), ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        found = page.parent / target if target else page
        assert found.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors(found), f"{target} has no heading #{anchor}"


@pytest.mark.parametrize("page", documents(), ids=name)
def test_files_that_documents_name_are_there(page: Path) -> None:
    for target in MENTIONED.findall(page.read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target


def test_files_that_comments_name_are_there() -> None:
    missing = [
        f"{name(path)}: {target}"
        for path in text_files()
        if path.suffix == ".py"
        for target in MENTIONED.findall(path.read_text(encoding="utf-8"))
        if not (ROOT / target).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("picture", sorted((ROOT / "docs").glob("*.svg")), ids=name)
def test_pictures_can_be_drawn_and_say_what_they_show(picture: Path) -> None:
    root = parse(picture).getroot()
    assert root is not None
    titles = {child.text for child in root if child.tag.endswith("}title")}
    assert root.get("role") == "img"
    assert root.get("aria-label") or titles


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    pages = sorted(DECISIONS.glob("0*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    listed = (DECISIONS / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in pages if page.name not in listed] == []


@pytest.mark.parametrize("page", sorted(DECISIONS.glob("0*.md")), ids=name)
def test_a_decision_says_situation_decision_and_what_follows(page: Path) -> None:
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    assert headings[0].startswith(page.name[:4])
    assert headings[1:4] == ["Situation", "Decision", "What follows"]


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop().resolve()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            links = LINK.findall(page.read_text(encoding="utf-8"))
            ahead += [page.parent / target for target, _ in links if target]
    assert [name(page) for page in documents() if page not in seen] == []


def test_every_folder_of_tests_is_listed_with_its_risk() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert {folder for folder in folders if f"`tests/{folder}`" not in table} == set()
