"""A run publishes a release that balances, and gives the same bytes wherever it is made."""

from __future__ import annotations

import csv
import getpass
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from county.build import FEEDS as COUNTY
from kithkin.engine import Resources
from kithkin.releases import ReleaseError, Workspace, run, verify
from kithkin.releases.workspace import MANIFEST
from releases import made


class Heard:
    """Remembers which stages were kept and which were done."""

    def __init__(self) -> None:
        self.kept: dict[str, bool] = {}

    def start(self, stage: str, steps: int) -> None:
        assert steps >= 0

    def step(self, stage: str, note: str = "") -> None:
        assert stage

    def finish(self, stage: str, *, kept: bool) -> None:
        self.kept[stage] = kept


def stages(release: Any) -> dict[str, Any]:
    return {stage["name"]: stage for stage in release.manifest["stages"]}


def test_rows_in_are_rows_loaded_and_rows_set_aside_for_each_file_of_the_county() -> None:
    _, release = made.county_release()
    accounts = pq.read_table(release.table("file_account")).to_pylist()
    sent = {f["name"] for entry in release.manifest["inputs"] for f in entry["files"]}
    assert {account["file"] for account in accounts} == sent
    for account in accounts:
        with (COUNTY / account["file"]).open(encoding="utf-8-sig", newline="") as file:
            assert account["rows_in"] == sum(1 for _ in csv.reader(file)) - 1
        assert account["rows_in"] == account["loaded"] + account["set_aside"]
    aside = pq.read_table(release.table("set_aside"))
    assert aside.num_rows == sum(account["set_aside"] for account in accounts) > 0


def test_the_counts_of_each_stage_are_the_rows_that_the_release_holds() -> None:
    _, release = made.county_release()
    counted = stages(release)
    files = {entry["path"]: entry.get("rows") for entry in release.manifest["files"]}
    for table, rows in counted["settle"]["out"].items():
        assert files[f"{table}.parquet"] == rows
    people = counted["people"]["out"]
    assert people["records"] == files["person_record.parquet"]
    assert people["persons"] == files["person.parquet"]
    for level in ("person", "family"):
        facts = sum(files[f] for f in files if f.startswith(f"facts/{level}/part-"))
        values = sum(files[f] for f in files if f.startswith(f"indicator_value/{level}/"))
        runs = sum(files[f] for f in files if f.startswith(f"indicator_history/{level}/part-"))
        assert counted["facts"]["out"][level] == facts > 0
        assert counted[f"values-{level}"]["in"]["facts"] == facts
        assert counted[f"values-{level}"]["out"]["subjects"] == values
        assert values == files[f"{level}.parquet"]
        assert counted[f"history-{level}"]["out"]["runs"] == runs


def test_each_stage_takes_in_what_the_one_before_gave() -> None:
    _, release = made.county_release()
    counted = stages(release)
    assert counted["people"]["in"] == counted["settle"]["out"]
    for level in ("person", "family"):
        given = {"facts": counted["facts"]["out"][level]}
        assert counted[f"values-{level}"]["in"] == given
        assert counted[f"history-{level}"]["in"] == given


def test_no_file_of_a_release_tells_where_or_by_whom_it_was_made() -> None:
    for workspace, release in (made.corner_release(), made.county_release()):
        told = [
            str(workspace.root),
            str(made.scratch()),
            f"/{getpass.getuser()}/",
            str(Path.home()),
        ]
        for name, content in made.contents(release).items():
            found = [text for text in told if text != "/" and text.encode() in content]
            assert not found, f"{name} holds {found}"


@pytest.mark.parametrize("threads", [1, 2])
def test_another_workspace_another_folder_and_other_threads_give_the_same_bytes(
    tmp_path: Path, threads: int
) -> None:
    _, first = made.corner_release()
    elsewhere = shutil.copytree(made.corner_feeds(), tmp_path / "another name")
    again = run(
        elsewhere,
        made.AS_OF,
        Workspace(tmp_path / "workspace"),
        made.options(resources=Resources("2GB", threads)),
    )
    assert again.id == first.id
    assert made.contents(again) == made.contents(first)


def test_what_an_earlier_run_did_is_kept_and_another_date_reuses_the_landing(
    tmp_path: Path,
) -> None:
    workspace, first = made.corner_release()
    place = made.copied(workspace, tmp_path / "workspace")
    again, later = Heard(), Heard()
    assert run(made.corner_feeds(), made.AS_OF, place, made.options(progress=again)).id == first.id
    assert {stage for stage, kept in again.kept.items() if not kept} == {"publish"}
    release = run(made.corner_feeds(), made.NEXT, place, made.options(progress=later))
    assert [stage for stage, kept in later.kept.items() if kept] == ["land", "settle", "people"]
    assert place.latest() == release.id != first.id
    assert [r.id for r in place.releases()] == [first.id, release.id]
    assert all(verify(place, r).identical for r in place.releases())


def test_a_date_before_all_deliveries_is_refused_with_the_first_that_would_do(
    tmp_path: Path,
) -> None:
    with pytest.raises(ReleaseError, match=r"Nothing was known on 2026-01-30.*on 2026-01-31") as e:
        run(made.corner_feeds(), date(2026, 1, 30), Workspace(tmp_path), made.options())
    assert "--as-of" in str(e.value)
    assert Workspace(tmp_path).releases() == []


def test_a_second_run_meanwhile_is_refused(tmp_path: Path) -> None:
    place = Workspace(tmp_path / "workspace")
    with place.locked(), pytest.raises(ReleaseError, match="Another run is working"):
        run(made.corner_feeds(), made.AS_OF, Workspace(place.root), made.options())
    with place.locked():
        assert place.latest() is None


def test_an_input_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sent.csv").write_text("a\n")
    place = Workspace(tmp_path / "workspace")
    with pytest.raises(ReleaseError, match="changed while it was being read"):
        place.keep_input(tmp_path / "sent.csv", "0" * 64)
    assert list((place.root / "inputs").iterdir()) == []


def test_only_the_files_of_the_policy_are_published_with_it(tmp_path: Path) -> None:
    policy = shutil.copytree(made.policy_folder(), tmp_path / "policy")
    (policy / "notes of a meeting.docx").write_text("private")
    workspace, first = made.corner_release()
    place = made.copied(workspace, tmp_path / "workspace")
    shutil.rmtree(place.root / "releases")
    again = run(made.corner_feeds(), made.AS_OF, place, made.options(policy_folder=policy))
    assert made.contents(again) == made.contents(first)


def test_a_delivery_that_was_sent_before_changes_nothing(tmp_path: Path) -> None:
    feeds = made.corner(tmp_path / "feeds")
    shutil.copytree(feeds / "youth_justice", feeds / "again")
    made.add_feed(feeds, made.entry("youth-justice", "youth_justice", "youth_justice", "again/*"))
    workspace, first = made.corner_release()
    place = made.copied(workspace, tmp_path / "workspace")
    shutil.rmtree(place.root / "releases")
    assert made.contents(run(feeds, made.AS_OF, place, made.options())) == made.contents(first)


def test_a_release_is_found_by_the_beginning_of_its_name() -> None:
    workspace, release = made.corner_release()
    assert workspace.release(release.id[:12]) == release
    assert workspace.release() == release
    with pytest.raises(ReleaseError, match=rf"2030 is no release here\. .*{release.id}"):
        workspace.release("2030")


def test_a_beginning_that_fits_several_releases_is_refused(tmp_path: Path) -> None:
    for name in ("2026-01-31-aa", "2026-01-31-ab"):
        (tmp_path / "releases" / name).mkdir(parents=True)
    with pytest.raises(ReleaseError, match=r"fits several releases.*aa, 2026-01-31-ab"):
        Workspace(tmp_path).release("2026")
    with pytest.raises(ReleaseError, match="holds no release yet"):
        Workspace(tmp_path / "other").release()


def test_a_manifest_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "releases" / "2026-01-31-aa"
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text("{")
    with pytest.raises(
        ReleaseError, match=r"manifest.json cannot be read .* make the release anew"
    ):
        _ = Workspace(tmp_path).release("2026").manifest
