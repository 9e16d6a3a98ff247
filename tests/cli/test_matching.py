"""A match is explained, and a new contact's person found, from a release and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cli.commands import Typed
from kithkin.people.deciding import DECISIONS
from kithkin.releases import Workspace, read_looks
from releases import made


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setenv("COLUMNS", "200")
    return Typed(monkeypatch, capsys)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """A workspace with one release, which a test may write in."""
    return made.copied(made.corner_release()[0], tmp_path / "workspace")


def two_records_of_one_person(place: Workspace) -> tuple[str, str, str]:
    rows = pq.read_table(place.release().table("person_link")).to_pylist()
    held: dict[str, list[str]] = {}
    for row in rows:
        held.setdefault(row["person_id"], []).append(f"{row['source']}/{row['record_id']}")
    person, records = next((who, keys) for who, keys in sorted(held.items()) if len(keys) > 1)
    return person, records[0], records[1]


def test_why_two_records_are_one_person_is_told_after_the_look_is_recorded(
    typed: Typed, place: Workspace, tmp_path: Path
) -> None:
    _, one, other = two_records_of_one_person(place)
    picture = tmp_path / "why.svg"
    said = typed("people", "why", one, other, "--workspace", place.root, "--purpose", "audit",
                 "--picture", picture, "--json")  # fmt: skip
    assert said.status == 0, said.err
    told = json.loads(said.out)
    assert told["verdict"]["together"]
    assert told["weight"] == pytest.approx(
        told["prior"] + sum(part["weight"] for part in told["parts"])
    )
    assert picture.read_text().startswith("<svg")
    (look,) = read_looks(place.root)
    assert (look["purpose"], sorted(look["shown"])) == ("audit", sorted([one, other]))


def test_hidden_words_hold_no_name(typed: Typed, place: Workspace) -> None:
    person, one, other = two_records_of_one_person(place)
    rows = pq.read_table(place.release().table("person")).to_pylist()
    name = next(row["surname"] for row in rows if row["person_id"] == person)
    shown = typed("people", "why", one, other, "--workspace", place.root)
    hidden = typed("people", "why", one, other, "--hide", "--workspace", place.root)
    assert name in shown.out
    assert name not in hidden.out


def test_a_pair_never_to_be_shown_is_answered_like_one_that_was_never_compared(
    typed: Typed, place: Workspace
) -> None:
    _, one, other = two_records_of_one_person(place)
    said = typed("people", "decide", "never", one, other, "--by", "R. Osei", "--why", "adopted",
                 "--workspace", place.root)  # fmt: skip
    assert said.status == 0, said.err
    assert (place.root / DECISIONS).exists()
    kept = typed("people", "why", one, other, "--workspace", place.root)
    assert kept.status == 1
    assert "were not compared" in kept.err
    assert "never" not in kept.err
    assert "adopted" not in kept.err


def test_a_contact_finds_its_person_and_changes_no_release(typed: Typed, place: Workspace) -> None:
    rows = pq.read_table(place.release().table("person")).to_pylist()
    row = next(row for row in rows if row["surname"] and row["forename"] and row["date_of_birth"])
    before = sorted((path.name, path.stat().st_size) for path in place.release().folder.iterdir())
    said = typed("people", "find", "--forename", row["forename"], "--surname", row["surname"],
                 "--born", row["date_of_birth"], "--workspace", place.root, "--json")  # fmt: skip
    assert said.status == 0, said.err
    told = json.loads(said.out)
    assert row["person_id"] in [one["person_id"] for one in told["candidates"]]
    after = sorted((path.name, path.stat().st_size) for path in place.release().folder.iterdir())
    assert after == before
    assert len(read_looks(place.root)) == 1


def test_a_record_that_no_release_holds_is_named(typed: Typed, place: Workspace) -> None:
    said = typed("people", "why", "nobody/1", "nobody/2", "--workspace", place.root)
    assert said.status == 1
    assert "nobody/1" in said.err
