"""The record of who looked at whom, written before anything is shown.

One line of JSON a look, appended and forced to the disk; a look that cannot be recorded raises
and is not shown. The workbench's audit trail takes this over for people who sign in.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from kithkin.releases.workspace import ReleaseError, Workspace

LOOKS = "looks.jsonl"


def record_look(
    workspace: Workspace,
    *,
    at: datetime,
    user: str,
    purpose: str,
    release: str,
    subject: str,
    shown: list[str],
) -> None:
    """Record a look at a person or family before it is shown.

    Raises `ReleaseError` when it cannot be recorded: then nothing may be shown.
    """
    look: dict[str, Any] = {
        "at": at.isoformat(timespec="seconds"),
        "user": user,
        "purpose": purpose,
        "release": release,
        "subject": subject,
        "shown": shown,
    }
    path = workspace.root / LOOKS
    line = json.dumps(look, ensure_ascii=False) + "\n"
    try:
        with path.open("a+b") as file:
            file.write(_line_end(file) + line.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ReleaseError(
            f"The look cannot be recorded in {path.name} ({error.strerror}), so nothing is shown. "
            "Make the workspace writable for you."
        ) from error


def _line_end(file: BinaryIO) -> bytes:
    """Give the line end that a look lacks which failed half-written; nothing was shown of it."""
    if file.seek(0, os.SEEK_END) == 0:
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def read_looks(root: Path) -> list[dict[str, Any]]:
    """Give every look that a workspace has recorded, oldest first.

    A line that was torn when its look failed has the keys `line`, its number, and `torn`, what
    there is of it.
    """
    path = root / LOOKS
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    return [_read_look(*each) for each in enumerate(lines, 1) if each[1]]


def _read_look(number: int, line: bytes) -> dict[str, Any]:
    try:
        look = json.loads(line)
    except ValueError:
        look = None
    if isinstance(look, dict):
        return look
    return {"line": number, "torn": line.decode("utf-8", errors="replace")}
