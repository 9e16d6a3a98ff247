"""Taking one agency's feed away touches no other agency's records and leaves a whole index."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kithkin.releases import Release, Workspace, run
from releases import made

RAW = ("person_record", "identifier", "address", "residence", "relationship", "event_person")
SOURCES = [one["name"] for one in tomllib.loads((made.COUNTY / "feeds.toml").read_text())["feed"]]
pytestmark = pytest.mark.slow


def rows(release: Release, table: str, *, but: str = "") -> list[dict[str, Any]]:
    found = pq.read_table(release.table(table))
    kept: pa.Table = found.filter(pc.not_equal(found.column("source"), but))
    return kept.sort_by([(name, "ascending") for name in kept.column_names]).to_pylist()


def without(source: str, folder: Path) -> Path:
    """Copy the county's feeds, the entry and the files of one agency left out."""
    shutil.copytree(made.COUNTY, folder)
    manifest = folder / "feeds.toml"
    head, *entries = manifest.read_text(encoding="utf-8").split("[[feed]]")
    kept = [entry for entry in entries if f'name = "{source}"' not in entry]
    assert len(kept) == len(entries) - 1
    manifest.write_text("[[feed]]".join([head, *kept]), encoding="utf-8")
    return folder


@pytest.mark.parametrize("source", SOURCES)
def test_other_agencies_records_are_as_they_were_and_the_index_is_whole(
    source: str, tmp_path: Path
) -> None:
    _, whole = made.county_release()
    less = run(
        without(source, tmp_path / "feeds"), made.AS_OF, Workspace(tmp_path / "workspace"),
        made.options(),
    )  # fmt: skip
    for table in RAW:
        assert rows(less, table) == rows(whole, table, but=source), table
    keys = [(row["source"], row["record_id"]) for row in rows(less, "person_record")]
    links = {(row["source"], row["record_id"]): row["person_id"]
             for row in rows(less, "person_link")}  # fmt: skip
    assert sorted(links) == sorted(set(keys)), "every record is a person's, once"
    persons = set(pq.read_table(less.table("person")).column("person_id").to_pylist())
    assert set(links.values()) == persons
    members = pq.read_table(less.table("family_member")).column("person_id").to_pylist()
    assert sorted(members) == sorted(persons), "every person has one main family"
