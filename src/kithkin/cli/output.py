"""How the commands print: tables for people, JSON for programs, a bar for each stage."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console()
errors = Console(stderr=True)

STAGES = {
    "county": "Making the county",
    "agencies": "What agencies hold",
    "rest": "Truth, texts, returns",
    "land": "Reading feeds",
    "settle": "Settling versions",
    "people": "Linking people",
    "facts": "Coding facts",
    "values-person": "Indicators of persons",
    "history-person": "History of persons",
    "values-family": "Indicators of families",
    "history-family": "History of families",
    "groups": "Groups that act together",
    "places": "Places",
    "scores": "Scores and lists",
    "publish": "Publishing",
    "sensitivity": "Varying constants",
}


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    print(json.dumps(_plain(value), indent=1, ensure_ascii=False, default=str))  # noqa: T201


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Table:
    """Make a table; numbers stand to the right."""
    made = Table(title=title, title_justify="left", title_style="bold")
    body = [[_cell(value) for value in row] for row in rows]
    numeric = _numeric(body)
    for position, column in enumerate(columns):
        made.add_column(column, justify="right" if position in numeric else "left")
    for row in body:
        made.add_row(*(escape(text) for text in row))
    return made


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.3g}" if isinstance(value, float) else str(value)


def _numeric(body: list[list[str]]) -> set[int]:
    columns = zip(*body, strict=True)
    return {
        position
        for position, cells in enumerate(columns)
        if all(cell.replace(",", "").replace(".", "").isdigit() for cell in cells if cell)
    }


class StageBars:
    """Shows a bar a stage."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def start(self, stage: str, steps: int) -> None:
        """Show the stage's bar; a second start says how many steps there are."""
        if stage in self._tasks:
            self._progress.update(self._tasks[stage], total=steps)
        else:
            name = STAGES.get(stage, stage)
            self._tasks[stage] = self._progress.add_task(name, total=steps or None, note="")

    def step(self, stage: str, note: str = "") -> None:
        """Move the bar on."""
        self._progress.update(self._tasks[stage], advance=1, note=note)

    def finish(self, stage: str, *, kept: bool) -> None:
        """Fill the bar, and say if an earlier run had done the stage."""
        note = "done before" if kept else ""
        self._progress.update(self._tasks[stage], total=1, completed=1, note=note)


@contextmanager
def stage_bars(*, shown: bool) -> Iterator[StageBars]:
    """Show bars on standard error while the work goes on."""
    columns = (
        TextColumn("{task.description:24}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=errors, disable=not shown) as progress:
        yield StageBars(progress)
