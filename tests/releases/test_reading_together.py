"""Deliveries read at once give what they give one by one."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from kithkin.engine import Resources
from kithkin.feeds import FeedsRefused
from kithkin.releases import RunOptions, Workspace, reading_together, run

FEED = """
[[feed]]
name = "{name}"
agency = "health"
contract = "mapped"
files = ["{name}/*.csv"]
extracted_on = 2025-03-31
gateway = "nhs_act_2006"
options = {{ mapping = "health" }}
"""


def _feeds(folder: Path, header: str = "patient_id,forename,date_of_birth") -> Path:
    for name in ("north", "south"):
        (folder / name).mkdir(parents=True)
        (folder / name / "patient.csv").write_text(f"{header}\nP1,Ann,2010-01-02\n")
    manifest = "".join(FEED.format(name=name) for name in ("north", "south"))
    (folder / "feeds.toml").write_text(manifest)
    return folder


def _run(feeds: Path, workspace: Path, threads: int) -> list[tuple[str, bytes]]:
    options = RunOptions(resources=Resources("1GB", threads), history_months=1)
    release = run(feeds, date(2025, 3, 31), Workspace(workspace), options)
    files = sorted(path for path in release.folder.rglob("*") if path.is_file())
    return [(str(path.relative_to(release.folder)), path.read_bytes()) for path in files]


@pytest.mark.slow
def test_two_processes_give_the_bytes_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = _feeds(tmp_path / "feeds")
    alone = _run(feeds, tmp_path / "alone", threads=1)
    monkeypatch.setattr(reading_together, "WORTH_A_PROCESS", 1)
    assert _run(feeds, tmp_path / "together", threads=2) == alone


def test_every_feed_that_is_refused_in_another_process_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = _feeds(tmp_path / "feeds", header="nothing,that,fits")
    monkeypatch.setattr(reading_together, "WORTH_A_PROCESS", 1)
    with pytest.raises(FeedsRefused) as refused:
        _run(feeds, tmp_path / "workspace", threads=2)
    assert [error.split(":")[0] for error in refused.value.errors] == ["feed north", "feed south"]
    assert not list((tmp_path / "workspace").rglob(".partial-*"))
    shutil.rmtree(feeds)


def test_few_bytes_are_read_where_they_are(tmp_path: Path) -> None:
    with reading_together.readers([], threads=2) as (_, at_once):
        assert at_once == 1
