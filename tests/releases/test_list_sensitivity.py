"""The page on how a list moves answers first, names nobody, and says in tables what it draws."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pyarrow.parquet as pq
import pytest

from cli.commands import Typed
from kithkin.policy import read_policy
from kithkin.policy.varying import GROUPS
from kithkin.releases import ReleaseError, Workspace, read_looks
from kithkin.releases.scored import CONTRIBUTIONS, read_ties
from kithkin.releases.stories import ListSensitivity, list_sensitivity, sensitivity_page
from kithkin.releases.stories.sensitivity_page import MOST_DRAWN, answers, moving
from kithkin.scoring import StoredContributions, born_days
from kithkin.scoring.sensitivity import Scorer
from releases import made

LISTED, DRAWS = 3, 12


@cache
def place() -> Workspace:
    """A workspace whose release's policy asks for few draws of a short list."""
    copy = made.copied(made.county_release()[0], made.scratch() / "sensitivity_workspace")
    path = copy.release().folder / "policy" / "scoring.toml"
    for before, after in (("draws = 200", f"draws = {DRAWS}"), ("list_size = 50", f"list_size = {LISTED}")):  # fmt: skip
        made.replace(path, before, after)
    return copy


@cache
def told(theme: str = "cse") -> ListSensitivity:
    found = list_sensitivity(place().release(), theme)
    assert found.found.listed >= LISTED
    return found


class Tables(HTMLParser):
    """Keeps the cells of every table by caption, and all that is drawn as text."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.drawn: dict[str, list[str]] = {}
        self._rows: list[list[str]] = []
        self._in: list[str] = []
        self._caption = self._svg = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._in.append(tag)
        if tag == "svg":
            self._svg = dict(attrs)["aria-labelledby"].split("-")[0]
        if tag == "caption":
            self._caption = ""
        if tag == "table":
            self._rows = []
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._in and self._in.pop() != tag:
            pass
        if tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data: str) -> None:
        where = self._in[-1] if self._in else ""
        if where == "caption":
            self._caption += data
        elif where in ("td", "th"):
            self._rows[-1][-1] += data
        elif where == "text":
            self.drawn.setdefault(self._svg, []).append(data)


@cache
def page(theme: str = "cse") -> Tables:
    found = Tables()
    found.feed(sensitivity_page(told(theme)))
    return found


def test_the_first_sentence_says_how_many_stay_and_they_make_up_the_list() -> None:
    found = told().found
    first = answers(told())[0]
    assert [int(n) for n in re.findall(r"\d+", first)][:3] == [
        found.listed, found.always, found.mostly
    ]  # fmt: skip
    assert found.always + found.mostly + found.sometimes == found.listed
    text = sensitivity_page(told())
    assert text.index("stay") < text.index("<svg")


def test_a_list_that_is_longer_by_who_ties_with_its_last_says_so() -> None:
    words = f"The list is for {LISTED}; so many share its last place."
    for listed, said in ((LISTED, False), (LISTED + 1, True)):
        longer = replace(told(), found=replace(told().found, listed=listed))
        assert (words in answers(longer)[0]) == said


def test_it_says_that_it_says_nothing_of_what_is_true() -> None:
    assert "It says nothing of what is true." in sensitivity_page(told())


def test_nobody_is_named() -> None:
    text = unescape(sensitivity_page(told()))
    for person in pq.read_table(place().release().table("person")).to_pylist():
        assert person["person_id"] not in text
        assert person["display_name"] is None or person["display_name"] not in text


def test_every_bar_has_its_twin_in_a_table() -> None:
    assert moving(told())
    (rows,) = (rows for caption, rows in page().tables.items() if "leave the list" in caption)
    by_title = {row[0]: (row[3], row[5]) for row in rows[1:]}
    assert len(by_title) == len(moving(told()))
    drawn = page().drawn["tornado"]
    for one in moving(told())[:MOST_DRAWN]:
        assert by_title[one.constant.title] == (str(one.leave_low), str(one.leave_high))
    assert drawn.count("at its least") == 1
    figures = [text for text in drawn if text.isdigit()]
    assert figures == [
        str(n) for one in moving(told())[:MOST_DRAWN] for n in (one.leave_low, one.leave_high)
    ]


def test_every_line_of_ranks_has_its_twin_in_a_table() -> None:
    rows = page().tables[f"Ranks in {DRAWS} draws"][1:]
    people = told().found.people
    assert [row[0] for row in rows] == [str(one.number) for one in people]
    for row, one in zip(rows, people, strict=True):
        assert row[1] == str(one.rank)
        assert row[4:6] == [str(one.best), str(one.worst)]
    svg = sensitivity_page(told()).split('aria-labelledby="ranks-title')[1].split("</svg>")[0]
    assert svg.count("<circle") == len(people)


def test_every_range_that_bears_is_in_the_table_of_ranges() -> None:
    rows = page().tables["Ranges, as factors of what the policy says"][1:]
    assert [row[0].lower() for row in rows] == [title.lower() for title in GROUPS.values()]
    assert all(row[2:] == ["0.5", "2"] for row in rows)


def test_a_list_of_need_says_nothing_of_risk_and_has_no_network() -> None:
    text = sensitivity_page(told("education"))
    assert "it says nothing of risk" in text
    assert "network adds half" not in text


def test_with_the_policys_constants_scores_are_those_of_the_release() -> None:
    release = made.county_release()[1]
    policy, as_of = read_policy(release.folder / "policy"), made.AS_OF
    born = born_days(pq.read_table(release.table("person")))
    stored = StoredContributions(release.folder / CONTRIBUTIONS)
    ties = read_ties(release.folder, as_of)
    scores = pq.read_table(release.table("score")).to_pylist()
    for theme in policy.themes.values():
        for track in theme.tracks():
            found = Scorer(policy, theme.name, track, stored, ties, born, as_of).scores()
            held = {row["person_key"]: row["score"] for row in scores
                    if (row["theme"], row["track"]) == (theme.name, track)}  # fmt: skip
            assert dict(enumerate(found)) == pytest.approx(
                dict.fromkeys(range(len(found)), 0.0) | held, abs=1e-12
            )


def test_the_same_release_gives_the_same_page() -> None:
    again = list_sensitivity(place().release(), "cse", threads=1)
    assert sensitivity_page(again) == sensitivity_page(told())


# --- the command -----------------------------------------------------------------------------


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("COLUMNS", "160")
    return Typed(monkeypatch, capsys)


def test_the_look_at_the_list_is_recorded_and_it_is_told_as_words_page_and_data(
    typed: Typed, tmp_path: Any
) -> None:
    own = made.copied(place(), tmp_path / "workspace")
    words = ["sensitivity", "--theme", "cse", "--workspace", own.root, "--purpose", "method"]
    plain, data = typed(*words), typed(*words, "--json")
    assert typed(*words, "--html", tmp_path / "list.html").status == 0
    assert (plain.status, data.status) == (0, 0)
    assert answers(told())[0].split(";")[0] in " ".join(plain.out.split())
    assert json.loads(data.out)["found"]["always"] == told().found.always
    assert (tmp_path / "list.html").read_text(encoding="utf-8") == sensitivity_page(told())
    looks = read_looks(own.root)
    assert [(look["subject"], look["shown"], look["purpose"]) for look in looks] == [
        ("sensitivity of cse.victim", ["cse.victim"], "method")
    ] * 3


def test_what_cannot_be_asked_is_refused_with_a_remedy() -> None:
    release = made.county_release()[1]
    with pytest.raises(ReleaseError, match="no theme 'csx'"):
        list_sensitivity(release, "csx")
    with pytest.raises(ReleaseError, match="no perpetrator track"):
        list_sensitivity(release, "education", "perpetrator")


def test_a_release_whose_policy_has_no_ranges_is_told_so(tmp_path: Any) -> None:
    own = made.copied(place(), tmp_path / "workspace")
    path = own.release().folder / "policy" / "scoring.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[sensitivity]")], encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"no \[sensitivity\].*Add it to scoring.toml"):
        list_sensitivity(own.release(), "cse")
