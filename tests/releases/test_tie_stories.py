"""What a page says of a tie is what the release holds, down to the source row, and no more."""

from __future__ import annotations

import csv
import json
import math
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.commands import Typed
from county.build import FEEDS as COUNTY
from kithkin.model import dates
from kithkin.releases import (
    PersonNotFoundError,
    Release,
    ReleaseError,
    Workspace,
    read_looks,
)
from kithkin.releases.stories import TieStory, tie_page, tie_story
from kithkin.releases.stories.tie_story import TieEntry
from kithkin.releases.stories.tie_telling import summary
from releases import made

SEALED = "Somebody whose record is sealed"


def release() -> Release:
    return made.county_release()[1]


@cache
def people() -> list[dict[str, Any]]:
    return list(pq.read_table(release().table("person")).sort_by("person_key").to_pylist())


@cache
def ties() -> list[dict[str, Any]]:
    return list(pq.read_table(release().table("person_tie")).to_pylist())


def called(key: int) -> str:
    return str(people()[key]["person_id"])


@cache
def stories() -> list[tuple[dict[str, Any], TieStory]]:
    """Every tie of the county, told of the person with the lower key."""
    return [
        (row, tie_story(release(), called(row["person_a"]), called(row["person_b"])))
        for row in ties()
    ]


@cache
def told() -> list[tuple[dict[str, Any], TieStory]]:
    """Those of which occasions are told."""
    found = [(row, story) for row, story in stories() if not story.sealed]
    assert len(found) > len(ties()) / 2
    return found


def entries(story: TieStory) -> list[TieEntry]:
    return [entry for line in story.lines for entry in line.entries]


def between(one: str, other: str) -> TieStory:
    ids = {person["display_name"]: person["person_id"] for person in people()}
    return tie_story(release(), ids[one], ids[other])


# --- by hand ---------------------------------------------------------------------------------


def test_two_who_were_suspected_together_by_hand() -> None:
    story = between("Marcus Jackson", "Dean Foley")
    # A crime of 5 days of harm on 30 April 2025: gravity 1 + 4 log 5 / log 5475 = 1.748. Weight 1,
    # two people; 276 days old, half of it left after 365: 1.748 x 2^(-276/365) = 1.035.
    (entry,) = entries(story)
    gravity = 1 + 4 * math.log(5) / math.log(5475)
    assert entry.occurred_on == dates.parse_iso("2025-04-30")
    assert (entry.gravity, entry.before) == (pytest.approx(gravity), pytest.approx(gravity))
    assert entry.after == entry.counted == pytest.approx(gravity * 2 ** (-276 / 365))
    assert story.strength == pytest.approx(1.0348671, abs=1e-7)
    assert (entry.people, entry.without, story.occasions) == (2, 0.0, 1)
    assert (entry.roles, entry.other_roles, entry.direction) == (("Suspect",), ("Charged",), "")
    (row,) = entry.rows
    assert (row.table, row.source, row.about) == (
        "event",
        "police",
        ("Marcus Jackson", "Dean Foley"),
    )
    assert summary(story)[0] == "They are tied as peers (1.03). The strength of the tie is 1.03."


def test_what_one_night_gave_is_seen_from_either_side() -> None:
    his, hers = (between(*names) for names in (("Declan Roche", "Siobhan Brennan"),
                                               ("Siobhan Brennan", "Declan Roche")))  # fmt: skip
    # On 27 December 2025, 35 days ago, a domestic incident of gravity 5 between the two: weight 1,
    # half-life 730, so 5 x 2^(-35/730) = 4.837. It makes no tie of peers.
    (night,) = (e for e in entries(his) if e.occurred_on == dates.parse_iso("2025-12-27"))
    assert night.counted == pytest.approx(5 * 2 ** (-35 / 730))
    assert night.without == pytest.approx(his.strength - night.counted)
    assert night.title == "Declan Roche was a suspect, Siobhan Brennan the victim"
    assert his.by_nature["peer"] == 0
    assert {e.direction for e in entries(his)} == {"to", ""}
    assert {e.direction for e in entries(hers)} == {"from", ""}
    assert his.harmed_other == hers.harmed_by_other == 4
    assert his.harmed_by_other == hers.harmed_other == 0
    for story in (his, hers):
        assert "4 times Declan Roche was suspected of harming Siobhan Brennan." in summary(story)


# --- every tie -------------------------------------------------------------------------------


def test_what_counts_of_all_occasions_adds_up_to_the_tie() -> None:
    for row, story in told():
        whole = sum(entry.counted for entry in entries(story))
        assert whole == pytest.approx(row["strength"], abs=1e-9)
        for nature, strength in story.by_nature.items():
            mine = sum(entry.counted for entry in entries(story) if entry.nature == nature)
            assert mine == pytest.approx(strength, abs=1e-9)


def test_the_whole_is_what_the_link_table_holds() -> None:
    for row, story in told():
        assert (story.first_on, story.last_on) == (row["first_on"], row["last_on"])
        assert len(story.agencies) == row["sources"]
        assert (story.harmed_other, story.harmed_by_other) == (
            row["harm_a_to_b"],
            row["harm_b_to_a"],
        )
        counting = [line for line in story.lines if line.counted > 0]
        believed = sum(line.counted * line.reliability for line in counting) / row["strength"]
        assert story.reliability == pytest.approx(believed)


def test_every_occasion_has_source_rows_of_both_that_were_known_in_time() -> None:
    names = {person["person_id"]: person["display_name"] for person in people()}
    for _, story in told():
        both = {names[story.person_id], names[story.other_id]}
        for entry in entries(story):
            assert {name for row in entry.rows for name in row.about} == both
            assert all(row.known_on <= story.as_of for row in entry.rows)
            days = [row.occurred_on for row in entry.rows]
            assert entry.occurred_on is None or entry.occurred_on in days


def test_every_source_row_is_in_the_file_that_it_names() -> None:
    places = {(row.file, row.row) for _, story in told() for e in entries(story) for row in e.rows}
    assert len(places) > 10
    for file, number in places:
        if file is None:
            continue
        with (COUNTY / file).open(encoding="utf-8-sig", newline="") as sent:
            lines = sum(1 for _ in csv.reader(sent))
        assert number is None or 2 <= number <= lines


def test_a_tie_seen_from_the_other_is_the_same_tie() -> None:
    for _, story in told()[:10]:
        other = tie_story(release(), str(story.other_id), story.person_id)
        assert (other.strength, other.occasions) == (story.strength, story.occasions)
        assert [e.counted for e in entries(other)] == [e.counted for e in entries(story)]


def test_it_says_family_professional_or_peer_and_the_page_has_every_source_row() -> None:
    words = {"family": "as family", "peer": "as peers", "professional": "through the professionals"}
    for _, story in told():
        first = summary(story)[0]
        for nature, strength in story.by_nature.items():
            assert (words[nature] in first) == (strength > 0)
        page = unescape(tie_page(story))
        for row in (row for entry in entries(story) for row in entry.rows):
            assert row.batch_id in page
            assert row.row_id in page


# --- who may not be told ---------------------------------------------------------------------


@pytest.fixture
def sealed(tmp_path: Path) -> tuple[Workspace, TieStory]:
    """A workspace in which the other of a tie has a sealed record, and the tie as it was told."""
    place = made.copied(made.county_release()[0], tmp_path / "workspace")
    _, story = told()[0]
    table = place.release().table("person")
    person = pq.read_table(table)
    ids = person["person_id"].to_pylist()
    seals = pa.array(["S2" if one == story.other_id else "S0" for one in ids])
    pq.write_table(person.set_column(person.column_names.index("seal"), "seal", seals), table)
    return place, story


def test_whose_record_is_sealed_is_not_named_nor_any_occasion_told(
    sealed: tuple[Workspace, TieStory],
) -> None:
    place, open_story = sealed
    story = tie_story(place.release(), open_story.person_id, str(open_story.other_id))
    page = tie_page(story)
    assert story.other == SEALED
    assert story.strength == open_story.strength
    assert (story.lines, story.agencies, story.first_on, story.other_id) == ((), (), None, None)
    for secret in (open_story.other, str(open_story.other_id)):
        assert secret not in page
    for entry in entries(open_story):
        assert all(row.row_id not in page for row in entry.rows)


# --- the command -----------------------------------------------------------------------------


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("COLUMNS", "160")
    return Typed(monkeypatch, capsys)


def test_the_look_names_both_and_the_tie_is_told_as_words_page_and_data(
    typed: Typed, tmp_path: Path
) -> None:
    place = made.copied(made.county_release()[0], tmp_path / "workspace")
    story = between("Marcus Jackson", "Dean Foley")
    words = ["explain", story.person_id, "--with", story.other_id, "--workspace", place.root]
    plain, data = typed(*words), typed(*words, "--json")
    page = typed(*words, "--html", tmp_path / "tie.html")
    assert [said.status for said in (plain, data, page)] == [0, 0, 0]
    assert "Marcus Jackson and Dean Foley: what ties them" in plain.out
    assert "counts 1.03; without it the tie would be 0.00" in plain.out
    assert json.loads(data.out)["lines"][0]["entries"][0]["rows"][0]["source"] == "police"
    assert "Suspected together" in (tmp_path / "tie.html").read_text(encoding="utf-8")
    looks = read_looks(place.root)
    assert [(look["subject"], look["shown"]) for look in looks] == [
        (story.person_id, ["tie", story.other_id])
    ] * 3


def test_a_look_at_a_sealed_record_is_in_the_record_of_looks_though_not_named(
    typed: Typed, sealed: tuple[Workspace, TieStory]
) -> None:
    place, story = sealed
    said = typed("explain", story.person_id, "--with", story.other_id, "--workspace", place.root)
    assert said.status == 0
    assert SEALED in said.out
    assert str(story.other_id) not in said.out
    (look,) = read_looks(place.root)
    assert look["shown"] == ["tie", story.other_id]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--theme", "cse"], "ask one at a time"),
        (["--perpetrator"], "add --theme"),
        (["--all"], "not for --theme or --with"),
    ],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)
def test_options_that_do_not_go_together_are_refused_before_any_look(
    typed: Typed, tmp_path: Path, more: list[str], says: str
) -> None:
    place = made.copied(made.county_release()[0], tmp_path / "workspace")
    _, story = told()[0]
    said = typed(
        "explain", story.person_id, "--with", story.other_id, "--workspace", place.root, *more
    )
    assert said.status == 2
    assert says in said.words
    assert read_looks(place.root) == []


def test_who_is_not_there_and_who_is_one_person_is_refused() -> None:
    _, story = told()[0]
    with pytest.raises(PersonNotFoundError, match="holds no person 'P0'"):
        tie_story(release(), story.person_id, "P0")
    with pytest.raises(ReleaseError, match="a tie is between two"):
        tie_story(release(), story.person_id, story.person_id)


def test_two_whom_nothing_ties_are_told_so() -> None:
    tied = {frozenset((row["person_a"], row["person_b"])) for row in ties()}
    one, other = next(
        (a["person_key"], b["person_key"]) for a in people() for b in people()
        if a["person_key"] < b["person_key"] and b["seal"] == "S0"
        and frozenset((a["person_key"], b["person_key"])) not in tied
    )  # fmt: skip
    story = tie_story(release(), called(one), called(other))
    assert (story.strength, story.lines) == (0, ())
    assert "Nothing that was known on the date ties them." in tie_page(story)
