"""The commands about releases: list, show, diff, verify, reproduce."""

from __future__ import annotations

from typing import Annotated

import typer

from kithkin.cli import views
from kithkin.cli.arguments import (
    MEMORY,
    THREADS,
    WORKSPACE,
    JsonOption,
    MemoryOption,
    ThreadsOption,
    WorkspaceOption,
)
from kithkin.cli.looking import NO_PURPOSE, PurposeOption, record
from kithkin.cli.output import console, print_json, stage_bars, table
from kithkin.engine import Resources
from kithkin.releases import RunOptions, Verification, Workspace, compare, summarise
from kithkin.releases import reproduce as make_again
from kithkin.releases import verify as hash_again

app = typer.Typer(help="List, show, compare, verify and reproduce releases.", no_args_is_help=True)
Name = Annotated[str | None, typer.Argument(metavar="RELEASE", help="The newest without it.")]


@app.command("list")
def list_releases(workspace: WorkspaceOption = WORKSPACE, json: JsonOption = False) -> None:
    """List the releases of a workspace."""
    place = Workspace(workspace)
    rows = [
        (r.id, r.manifest["as_of"], r.manifest["policy"]["hash"][:10], len(r.manifest["inputs"]),
         "newest" if r.id == place.latest() else "")
        for r in place.releases()
    ]  # fmt: skip
    columns = ("release", "as of", "policy", "feeds", "")
    if json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        console.print(table("Releases", columns, rows))


@app.command()
def show(
    release: Name = None, workspace: WorkspaceOption = WORKSPACE, json: JsonOption = False
) -> None:  # fmt: skip
    """Show a release: rows by agency, findings, people, the commonest indicators."""
    summary = summarise(Workspace(workspace).release(release))
    if json:
        print_json(summary)
    else:
        views.show_summary(summary)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="The earlier release.")],
    after: Annotated[str, typer.Argument(help="The later release.")],
    workspace: WorkspaceOption = WORKSPACE,
    most: Annotated[int, typer.Option(help="How many rows to print of each kind.")] = 50,
    purpose: PurposeOption = NO_PURPOSE,
    json: JsonOption = False,
) -> None:
    """Say who and what changed between two releases.

    It names people by their ids, so the look is recorded before anything is shown.
    """
    place = Workspace(workspace)
    comparison = compare(place.release(before), place.release(after))
    named = {change.subject for change in comparison.values}
    named |= {name for _, name in (*comparison.appeared, *comparison.gone)}
    record(place, comparison.after, f"compared with {comparison.before}", sorted(named), purpose)
    if json:
        print_json(comparison)
    else:
        views.show_comparison(comparison, most)


@app.command()
def verify(
    release: Name = None, workspace: WorkspaceOption = WORKSPACE, json: JsonOption = False
) -> None:  # fmt: skip
    """Hash a release again and compare with what was published; exit 1 when it differs."""
    place = Workspace(workspace)
    _report(hash_again(place, place.release(release)), "as published", as_json=json)


@app.command()
def reproduce(
    release: Name = None,
    workspace: WorkspaceOption = WORKSPACE,
    memory: MemoryOption = MEMORY,
    threads: ThreadsOption = THREADS,
    json: JsonOption = False,
) -> None:
    """Make a release again from its kept inputs and compare every byte; exit 1 when it differs."""
    place = Workspace(workspace)
    with stage_bars(shown=not json) as bars:
        options = RunOptions(resources=Resources(memory, threads), progress=bars)
        result = make_again(place, place.release(release), options)
    _report(result, "identical, byte for byte", as_json=json)


def _report(result: Verification, good: str, *, as_json: bool) -> None:
    if as_json:
        print_json(result)
    elif result.identical:
        console.print(f"{result.release}: {result.files} files, {good}.")
    else:
        rows = [line.partition(": ")[::2] for line in result.differences]
        console.print(table(f"{result.release} differs", ("file", "how"), rows))
        for note in result.notes:
            console.print(f"It was {note}.")
    if not result.identical:
        raise typer.Exit(1)
