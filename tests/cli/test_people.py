"""People decide who is one person; the commands record it, and every run honours it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.commands import Typed
from kithkin.people.deciding import DECISIONS, read_decisions
from kithkin.releases import Release, Workspace, read_looks
from releases import made

BY = ("--by", "R. Osei", "--why", "met them both")
ONE, OTHER = "wardens/W1", "wardens/W2"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("COLUMNS", "200")
    return Typed(monkeypatch, capsys)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """A workspace with one release, which a test may write in."""
    return made.copied(made.corner_release()[0], tmp_path / "workspace")


def again(typed: Typed, place: Workspace) -> Release:
    """Run the corner once more in a workspace."""
    said = typed(
        "run", made.corner_feeds(), "--as-of", made.AS_OF, "--workspace", place.root,
        "--policy", made.policy_folder(), "--history", 2, "--threads", 1, "--memory", "1GB",
    )  # fmt: skip
    assert said.status == 0, said.err
    return place.release()


def person_of(release: Release, record: str) -> str:
    rows = pq.read_table(release.table("person_link")).to_pylist()
    return next(r["person_id"] for r in rows if f"{r['source']}/{r['record_id']}" == record)


def decide(typed: Typed, place: Workspace, kind: str, *words: str) -> str:
    said = typed("people", "decide", kind, ONE, OTHER, *BY, *words, "--workspace", place.root,
                 "--json")  # fmt: skip
    assert said.status == 0, said.err
    return str(json.loads(said.out)["decision_id"])


def test_a_decision_joins_two_records_an_old_id_leads_on_and_taking_it_back_restores_both(
    typed: Typed, place: Workspace
) -> None:
    first = place.release()
    before = [person_of(first, record) for record in (ONE, OTHER)]
    assert before[0] != before[1]
    decision = decide(typed, place, "same")
    joined = again(typed, place)
    stays = person_of(joined, ONE)
    assert stays == person_of(joined, OTHER)
    gone = next(person for person in before if person != stays)
    said = typed("explain", gone, "--workspace", place.root)
    assert said.status == 0
    assert f"{gone} is {stays} in {joined.id}." in said.err
    assert f"Person {stays}" in said.out
    said = typed("people", "history", gone, "--workspace", place.root)
    assert f"{gone} leads to {stays}." in said.out
    assert "merged" in said.out
    typed("people", "withdraw", decision, *BY, "--workspace", place.root)
    apart = again(typed, place)
    assert [person_of(apart, record) for record in (ONE, OTHER)] == before
    looks = read_looks(place.root)
    assert [look["subject"] for look in looks] == [stays, gone]


def test_a_decision_that_nothing_shows_leaves_no_trace_of_what_was_together(
    typed: Typed, place: Workspace
) -> None:
    decide(typed, place, "same")
    joined = again(typed, place)
    said = typed("people", "decide", "never", ONE, OTHER, *BY, "--workspace", place.root)
    assert said.status == 0
    assert "archive" in said.err
    never = read_decisions(place.root / DECISIONS)[-1]
    apart = again(typed, place)
    one, other = (person_of(apart, record) for record in (ONE, OTHER))
    assert one != other
    assert apart.id != joined.id
    for name, content in made.contents(apart).items():
        found = [text for text in (never.decision_id, "met them both") if text.encode() in content]
        assert not found, f"{name} holds {found}"
    for table in pq.read_table(apart.table("person_lineage")).to_pylist():
        assert {table["person_id"], table["other_person_id"]} != {one, other}
    for asked, not_told in ((one, other), (other, one)):
        said = typed("people", "history", asked, "--workspace", place.root)
        assert not_told not in said.out
        assert f"{asked} is in use." in said.out
    said = typed("people", "review", "--workspace", place.root)
    assert not (ONE in said.out and OTHER in said.out)


def test_a_record_that_no_feed_sent_is_refused_unless_it_is_meant(
    typed: Typed, place: Workspace
) -> None:
    words = ("people", "decide", "different", ONE, "wardens/W9", *BY, "--workspace", place.root)
    said = typed(*words)
    assert said.status == 1
    assert "holds no record wardens/W9" in said.err
    assert "--unsent" in said.err
    assert not (place.root / DECISIONS).exists()
    assert typed(*words, "--unsent").status == 0
    assert len(read_decisions(place.root / DECISIONS)) == 1


def test_what_is_no_record_or_no_reason_is_told(typed: Typed, place: Workspace) -> None:
    said = typed("people", "decide", "same", "W1", OTHER, *BY, "--workspace", place.root)
    assert said.status == 2
    assert "write it as source/record_id" in said.words
    said = typed("people", "decide", "same", ONE, OTHER, "--by", "R. Osei", "--why", " ",
                 "--workspace", place.root)  # fmt: skip
    assert said.status == 1
    assert "Nothing is decided without it" in said.err


def test_a_torn_line_stops_the_run_and_says_which(typed: Typed, place: Workspace) -> None:
    decide(typed, place, "same")
    path = place.root / DECISIONS
    path.write_bytes(path.read_bytes()[:-5])
    said = typed("run", made.corner_feeds(), "--as-of", made.AS_OF, "--workspace", place.root)
    assert said.status == 1
    assert "line 1, is torn" in said.err


def test_a_review_is_recorded_before_it_is_shown(typed: Typed, place: Workspace) -> None:
    said = typed("people", "review", "--workspace", place.root, "--purpose", "weekly review")
    assert said.status == 0
    rows = pq.read_table(place.release().table("person_pair_review")).num_rows
    assert f"of {rows}" in said.out
    assert [look["purpose"] for look in read_looks(place.root)] == ["weekly review"]
    said = typed("people", "review", "--workspace", place.root, "--json")
    assert len(json.loads(said.out)) == min(rows, 20)


def test_a_pair_that_must_not_be_known_leaves_the_queue_of_a_release_made_before(
    typed: Typed, tmp_path: Path
) -> None:
    place = made.copied(made.county_release()[0], tmp_path / "county")
    before = json.loads(typed("people", "review", "--workspace", place.root, "--json").out)
    one = before[0]
    ends = (
        f"{one['source']}/{one['record_id']}",
        f"{one['other_source']}/{one['other_record_id']}",
    )
    said = typed("people", "decide", "never", *ends, "--by", "the adoption team", "--why", "order",
                 "--workspace", place.root)  # fmt: skip
    assert said.status == 0
    after = json.loads(typed("people", "review", "--workspace", place.root, "--json").out)
    persons = {one["person_id"], one["other_person_id"]}
    assert persons not in [{row["person_id"], row["other_person_id"]} for row in after]
    assert len(after) == len(before) - 1


def test_an_id_that_was_never_given_is_told(typed: Typed, place: Workspace) -> None:
    said = typed("people", "history", "PNOBODY", "--workspace", place.root)
    assert said.status == 1
    assert "was never given" in said.err
    assert read_looks(place.root) == []


def test_a_run_learns_anew_when_told(typed: Typed, place: Workspace) -> None:
    said = typed(
        "run", made.corner_feeds(), "--as-of", made.AS_OF, "--workspace", place.root,
        "--policy", made.policy_folder(), "--history", 2, "--retrain", "--json",
    )  # fmt: skip
    # So few records teach nothing: the published weights stand, and so does the release.
    assert json.loads(said.out)["release"] == made.corner_release()[1].id
