"""The record of looks: a look that failed half-written stops neither later looks nor reading."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kithkin.releases import Workspace, read_looks, record_look
from kithkin.releases.looks import LOOKS

AT = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)


def look(workspace: Workspace, subject: str) -> None:
    record_look(workspace, at=AT, user="analyst", purpose="review", release="r1",
                subject=subject, shown=["CSC-01"])  # fmt: skip


@pytest.mark.parametrize("torn", [b'{"at": "2026-03-31T09', "Zoë".encode()[:-1], b"7"])
def test_a_torn_line_is_reported_and_the_next_look_starts_a_new_one(
    tmp_path: Path, torn: bytes
) -> None:
    workspace = Workspace(tmp_path)
    look(workspace, "person-1")
    with (tmp_path / LOOKS).open("ab") as file:
        file.write(torn)
    assert [one.get("line") for one in read_looks(tmp_path)] == [None, 2]
    look(workspace, "person-2")
    first, broken, last = read_looks(tmp_path)
    assert (first["subject"], last["subject"]) == ("person-1", "person-2")
    assert broken == {"line": 2, "torn": torn.decode(errors="replace")}


def test_whole_lines_stand_under_one_another(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    look(workspace, "person\u2028one")
    look(workspace, "person-2")
    assert [one["subject"] for one in read_looks(tmp_path)] == ["person\u2028one", "person-2"]
    assert (tmp_path / LOOKS).read_bytes().count(b"\n") == 2
