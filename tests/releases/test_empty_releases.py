"""A release of which nothing is asked at one level, or that holds nobody, can be used like any."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kithkin.releases import (
    PersonNotFoundError,
    Release,
    Workspace,
    compare,
    explain,
    run,
    summarise,
    verify,
)
from releases import made


def of_persons_alone(folder: Path) -> Path:
    """Write a policy that asks nothing of a family."""
    made.short_policy(folder)
    for path in (folder / "indicators").glob("*.toml"):
        path.write_text(path.read_text().replace('levels = ["person", "family"]',
                                                 'levels = ["person"]')
                        .replace('levels = ["family"]', 'levels = ["person"]'))  # fmt: skip
    return folder


def nobody(folder: Path) -> Path:
    """Write a feed whose one file has its header alone."""
    folder.mkdir()
    mapped = '[feed.options]\nmapping = "wardens.toml"\n'
    feed = made.entry("wardens", "police", "mapped", "wardens/*.csv", more=mapped)
    (folder / "feeds.toml").write_text("")
    made.add_feed(folder, feed, {"wardens.toml": made.MAPPING,
                                 "wardens/people.csv": made.PEOPLE.splitlines()[0] + "\n"})  # fmt: skip
    return folder


def released(feeds: Path, folder: Path) -> Release:
    options = made.options(policy_folder=of_persons_alone(folder / "policy"))
    release = run(feeds, made.AS_OF, Workspace(folder / "workspace"), options)
    assert verify(Workspace(folder / "workspace"), release).identical
    return release


def test_a_release_that_asks_nothing_of_families_explains_persons_and_families(
    tmp_path: Path,
) -> None:
    release = released(made.corner_feeds(), tmp_path)
    family = pq.read_table(release.table("family"))["family_id"][0].as_py()
    people = pq.read_table(release.table("person"))["person_id"].to_pylist()
    found = explain(release, family, everything=True)
    assert found.answers == ()
    assert found.members
    assert any(explain(release, person, everything=True).answers for person in people)
    assert {row[0] for row in summarise(release).raised} == {"person"}
    assert compare(release, release).values == ()


def test_a_release_that_holds_nobody_says_so(tmp_path: Path) -> None:
    release = released(nobody(tmp_path / "feeds"), tmp_path)
    summary = summarise(release)
    assert (summary.people, summary.raised, summary.example) == ((0, 0, 0), (), None)
    with pytest.raises(PersonNotFoundError, match="no person or family 'P1'"):
        explain(release, "P1")
    assert compare(release, release).appeared == ()


def test_people_who_come_to_a_county_without_any_are_all_told(tmp_path: Path) -> None:
    before = released(nobody(tmp_path / "feeds"), tmp_path)
    (tmp_path / "after").mkdir()
    after = released(made.corner_feeds(), tmp_path / "after")
    found = compare(before, after)
    people = pq.read_metadata(after.table("person")).num_rows
    families = pq.read_metadata(after.table("family")).num_rows
    assert len(found.appeared) == people + families
