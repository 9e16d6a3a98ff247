"""Records each look at people's data that a command gives, before the command shows anything."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from kithkin.releases import Workspace, record_look

NO_PURPOSE = "not stated"
PurposeOption = Annotated[
    str,
    typer.Option(envvar="KITHKIN_PURPOSE", help="Why you look; recorded before anything is shown."),
]


def record(
    workspace: Workspace, release: str, subject: str, shown: list[str], purpose: str
) -> None:
    """Record who looks at whom, now, and why; `ReleaseError` when it cannot be recorded."""
    record_look(
        workspace,
        at=datetime.now(UTC),
        user=getpass.getuser(),
        purpose=purpose,
        release=release,
        subject=subject,
        shown=shown,
    )
