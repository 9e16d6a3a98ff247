"""Verify finds what was touched, reproduce what comes out otherwise, compare what moved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from county.build import FEEDS as COUNTY
from kithkin.releases import Release, ReleaseError, Workspace, compare, reproduce, run, verify
from kithkin.releases.comparing import ValueChange
from kithkin.releases.workspace import MANIFEST
from releases import made


@pytest.fixture
def spoilt(tmp_path: Path) -> tuple[Workspace, Release]:
    """A release that a test may spoil."""
    workspace, release = made.corner_release()
    place = made.copied(workspace, tmp_path / "workspace")
    return place, place.release(release.id)


def one_byte(release: Release) -> str:
    path = release.table("event")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    return "event.parquet: its bytes have changed since it was published"


def missing(release: Release) -> str:
    (release.folder / "facts" / "family" / "facts.json").unlink()
    return "facts/family/facts.json: is missing"


def added(release: Release) -> str:
    (release.folder / "policy" / MANIFEST).write_text("{}")
    return f"policy/{MANIFEST}: is not in the manifest"


def other_manifest(release: Release) -> str:
    made.replace(release.folder / MANIFEST, '"seed": 1', '"seed": 2')
    return f"{MANIFEST}: is not the one that was published"


def test_a_release_as_published_verifies() -> None:
    found = verify(*made.county_release())
    assert found.identical
    assert found.files > 40


@pytest.mark.parametrize("spoil", [one_byte, missing, added, other_manifest])
def test_verify_names_the_one_file_that_was_touched(
    spoilt: tuple[Workspace, Release], spoil: Callable[[Release], str]
) -> None:
    problem = spoil(spoilt[1])
    assert verify(*spoilt).differences == (problem,)


def test_a_release_is_made_again_byte_for_byte(spoilt: tuple[Workspace, Release]) -> None:
    place, release = spoilt
    found = reproduce(place, release, made.options())
    assert found.identical
    assert found.notes == ()
    assert not list(place.root.glob(".partial-*"))


def test_reproduce_names_what_was_tampered_with(spoilt: tuple[Workspace, Release]) -> None:
    place, release = spoilt
    one_byte(release)
    missing(release)
    (release.folder / "extra.csv").write_text("a\n")
    manifest = json.loads((release.folder / MANIFEST).read_text())
    manifest["stages"][0]["out"]["event"] += 1
    manifest["dependencies"]["duckdb"] = "0.1"
    manifest["code"]["fingerprint"] = "other"
    (release.folder / MANIFEST).write_text(json.dumps(manifest))
    found = reproduce(place, release, made.options())
    assert found.differences == (
        "event.parquet: differs",
        "extra.csv: was not made again",
        "facts/family/facts.json: is new",
        f"{MANIFEST}: stages differs",
    )
    assert "made by other code" in found.notes[0]
    assert found.notes[1].startswith("made with duckdb 0.1, now ")


def test_an_input_that_is_no_longer_kept_or_has_changed_is_named(
    spoilt: tuple[Workspace, Release],
) -> None:
    place, release = spoilt
    file = release.manifest["inputs"][0]["files"][0]
    kept = place.root / "inputs" / file["sha256"]
    kept.write_bytes(kept.read_bytes() + b"\n")
    with pytest.raises(ReleaseError, match=rf"{file['name']} is not as it was: .* back\."):
        reproduce(place, release, made.options())
    kept.unlink()
    with pytest.raises(ReleaseError, match=rf"{file['name']} is no longer kept .*{file['sha256']}"):
        reproduce(place, release, made.options())


@pytest.mark.slow
def test_options_of_every_type_survive_being_made_again(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds"
    schools = 'schools = { "Weir \\"Primary\\"" = "special_school" }\n'
    more = f"[feed.options]\ntermly_ends_on = 2026-01-16\n{schools}"
    feeds.mkdir()
    (feeds / "feeds.toml").write_text("")
    roll = COUNTY / "schools" / "2026_spring_pupilonroll.csv"
    entry = made.entry("schools", "education", "school_census", "*.csv", more=more)
    made.add_feed(feeds, entry, {roll.name: roll.read_text()})
    place = Workspace(tmp_path / "workspace")
    release = run(feeds, made.AS_OF, place, made.options())
    assert release.manifest["inputs"][0]["options"] == {
        "termly_ends_on": "2026-01-16",
        "schools": {'Weir "Primary"': "special_school"},
    }
    assert reproduce(place, release, made.options()).identical


# --- compare ---------------------------------------------------------------------------------


def test_a_changed_date_moves_the_indicator_of_that_person_and_nothing_else(
    tmp_path: Path,
) -> None:
    workspace, first = made.corner_release()
    place = made.copied(workspace, tmp_path / "workspace")
    feeds = made.corner(tmp_path / "feeds")
    made.replace(
        feeds / "youth_justice" / "outcome.csv", "YO2,Y112,2025-07-21", "YO2,Y112,2024-07-21"
    )
    found = compare(first, run(feeds, made.AS_OF, place, made.options()))
    assert found.inputs == ("youth_justice/outcome.csv: changed",)
    assert [*found.settings, *found.rows, *found.appeared, *found.gone] == []
    links = pq.read_table(first.table("person_link")).to_pylist()
    (who,) = {link["person_id"] for link in links if link["record_id"] == "Y112"}
    # A first-time entrant within a year of 31 January 2026, and by the new date no longer.
    assert found.values == (ValueChange("person", who, "YJ-02", 1.0, 0.0),)


def test_a_release_does_not_differ_from_itself() -> None:
    _, release = made.county_release()
    assert compare(release, release).identical


def test_compare_names_feeds_people_and_settings_that_came_and_went(tmp_path: Path) -> None:
    workspace, first = made.corner_release()
    place = made.copied(workspace, tmp_path / "workspace")
    feeds = made.corner(tmp_path / "feeds")
    manifest = (feeds / "feeds.toml").read_text()
    before, wardens = manifest.rsplit("[[feed]]", 1)
    assert "wardens" in wardens
    (feeds / "feeds.toml").write_text(
        before.replace('gateway = "ch', 'full_extract = true\ngateway = "ch')
    )
    second = run(feeds, made.NEXT, place, made.options())
    found = compare(first, second)
    assert "wardens/people[1].csv: no longer sent" in found.inputs
    assert "wardens.toml: no longer sent" in found.inputs
    assert "early-help of 2026-01-31: full_extract False -> True" in found.inputs
    assert "as_of: 2026-01-31 -> 2026-02-28" in found.settings
    assert ("person_record", 10, 8) in found.rows
    assert {level for level, _ in found.gone} == {"person", "family"}
    back = compare(second, first)
    assert back.appeared == found.gone
    assert "wardens/people[1].csv: new" in back.inputs
