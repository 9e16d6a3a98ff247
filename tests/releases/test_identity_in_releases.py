"""Ids go on from release to release, and a release is made again with what it went on from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kithkin.people.certainty import (
    CALIBRATION,
    CALIBRATION_FILE,
    Calibration,
    read_calibration,
)
from kithkin.people.deciding import DECISIONS, record_decision
from kithkin.people.pairs import LinkageModel
from kithkin.people.rules import linkage_rules
from kithkin.releases import Release, ReleaseError, Workspace, explain, reproduce, run
from kithkin.releases.hashing import file_hash
from kithkin.releases.inheriting import inherit, register_of
from releases import made


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return made.copied(made.corner_release()[0], tmp_path / "workspace")


def persons(release: Release) -> dict[str, str]:
    rows = pq.read_table(release.table("person_link")).to_pylist()
    return {f"{row['source']}/{row['record_id']}": row["person_id"] for row in rows}


def join(place: Workspace, kind: str = "same") -> None:
    record_decision(
        place.root / DECISIONS, kind=kind, by="R. Osei", at=datetime(2026, 2, 1, tzinfo=UTC),
        why="seen both", pair=(("wardens", "W1"), ("wardens", "W2")),
    )  # fmt: skip


def test_a_second_run_goes_on_from_the_first_and_gives_the_same_release(place: Workspace) -> None:
    first = place.release()
    assert inherit(place, made.AS_OF).folder == first.folder
    again = run(made.corner_feeds(), made.AS_OF, place, made.options())
    assert again.id == first.id
    assert register_of(again).version == first.manifest["people"]["version"] == 1


def test_a_run_learning_anew_from_the_same_records_gives_the_same(place: Workspace) -> None:
    first = place.release()
    assert run(made.corner_feeds(), made.AS_OF, place, made.options(retrain=True)).id == first.id


def test_a_smaller_record_that_comes_later_changes_no_id(place: Workspace, tmp_path: Path) -> None:
    first = place.release()
    feeds = made.corner(tmp_path / "feeds")
    people = feeds / "wardens" / "people[1].csv"
    people.write_text(made.PEOPLE + "W0,Nobody,Else,1970-02-03\n")
    join(place)
    record_decision(
        place.root / DECISIONS, kind="same", by="R. Osei", at=datetime(2026, 2, 2, tzinfo=UTC),
        why="one man", pair=(("wardens", "W0"), ("wardens", "W2")),
    )  # fmt: skip
    later = run(feeds, made.NEXT, place, made.options())
    assert persons(later)["wardens/W0"] == persons(later)["wardens/W2"] in persons(first).values()
    kept = {r: p for r, p in persons(first).items() if not r.startswith("wardens")}
    assert kept.items() <= persons(later).items()
    register = register_of(later)
    assert register.version == 2
    assert register.as_of(2) == made.NEXT


def test_a_decision_changes_the_release_which_is_made_again_with_it(place: Workspace) -> None:
    first = place.release()
    join(place)
    decided = run(made.corner_feeds(), made.AS_OF, place, made.options())
    assert decided.id != first.id
    assert persons(decided)["wardens/W1"] == persons(decided)["wardens/W2"]
    (place.root / DECISIONS).unlink()  # it is kept with the inputs
    assert reproduce(place, decided, made.options()).differences == ()
    assert reproduce(place, first, made.options()).differences == ()


def test_what_is_no_longer_kept_of_the_register_is_named(place: Workspace) -> None:
    release = place.release()
    digest = release.manifest["people"]["files"]["person_index.parquet"]
    (place.root / "inputs" / digest).unlink()
    with pytest.raises(ReleaseError, match=rf"person_index.parquet is no longer kept .*{digest}"):
        reproduce(place, release, made.options())


def test_a_run_for_an_earlier_date_does_not_go_on_from_a_later_one(place: Workspace) -> None:
    join(place)
    later = run(made.corner_feeds(), made.NEXT, place, made.options())
    assert inherit(place, made.NEXT).folder == later.folder
    assert inherit(place, made.AS_OF).folder != later.folder
    assert inherit(Workspace(place.root / "nowhere"), made.NEXT).folder is None


def test_of_releases_of_one_date_the_one_with_the_newest_register_is_gone_on_from(
    place: Workspace,
) -> None:
    join(place)
    decided = run(made.corner_feeds(), made.AS_OF, place, made.options())
    assert inherit(place, made.AS_OF).folder == decided.folder


def test_a_release_says_what_its_weights_were_learnt_from(place: Workspace) -> None:
    release = place.release()
    model = LinkageModel.load(release.folder)
    assert model.source == "published"
    assert model.reason in json.dumps(release.manifest["stages"])


def test_a_calibration_is_told_kept_and_used_when_a_release_is_made_again(place: Workspace) -> None:
    first = place.release()
    shifts = {"joined": -3.0, "too alike to part": -3.0}
    calibration = Calibration(40, linkage_rules().hash, shifts)
    (place.root / CALIBRATION).parent.mkdir(exist_ok=True)
    (place.root / CALIBRATION).write_text(calibration.text)
    later = run(made.corner_feeds(), made.AS_OF, place, made.options())
    assert later.manifest["people"]["calibration"] == file_hash(place.root / CALIBRATION)
    assert first.manifest["people"]["calibration"] is None
    assert read_calibration((later.folder / CALIBRATION_FILE).read_bytes()) == calibration
    assert persons(later) == persons(first)
    (person, *_) = persons(later).values()
    assert explain(later, person).pairs_judged == 40
    (place.root / CALIBRATION).unlink()  # it is kept with the inputs
    assert reproduce(place, later, made.options()).differences == ()
