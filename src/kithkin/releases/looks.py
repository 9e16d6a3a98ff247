"""The record of who looked at whom, written before anything is shown.

One line of JSON a look, appended and forced to the disk; a look that cannot be recorded raises
and is not shown. The workbench's audit trail takes this over for people who sign in.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

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
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(look, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ReleaseError(
            f"The look cannot be recorded in {path.name} ({error.strerror}), so nothing is shown. "
            "Make the workspace writable for you."
        ) from error


def read_looks(root: Path) -> list[dict[str, Any]]:
    """Give every look that a workspace has recorded, oldest first."""
    path = root / LOOKS
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
