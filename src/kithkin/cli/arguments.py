"""Arguments and options that several commands share."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from kithkin.engine import Resources
from kithkin.model import dates


def read_date(text: str) -> date:
    """Read a date typed on the command line."""
    try:
        return dates.parse_iso(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date; write it as 2026-03-31") from error


def read_memory(text: str) -> str:
    """Read an amount of memory typed on the command line."""
    if not re.fullmatch(r"[1-9][0-9]*(MB|GB|TB)", text):
        raise typer.BadParameter(f"{text!r} is no amount of memory; write it as 4GB or 500MB")
    return text


FeedsArgument = Annotated[
    Path, typer.Argument(help="A folder with feeds.toml and the files that it names.")
]
AsOf = Annotated[
    date,
    typer.Option(
        "--as-of",
        parser=read_date,
        metavar="DATE",
        help="Nothing that happened or became known after this date counts, such as 2026-03-31.",
    ),
]
WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", help="The folder that holds releases.")
]
PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", help="A folder with the partnership's policy; without it, ours."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
EngineOption = Annotated[
    Literal["duckdb", "spark"],
    typer.Option("--engine", help="duckdb, or spark when a region outgrows one machine."),
]
MemoryOption = Annotated[
    str,
    typer.Option(
        "--memory", parser=read_memory, metavar="AMOUNT", help="What the engine may hold: 4GB."
    ),
]
ThreadsOption = Annotated[int, typer.Option("--threads", min=1, help="How many to work with.")]

WORKSPACE = Path("workspace")
MEMORY = Resources().memory
THREADS = os.cpu_count() or 1
