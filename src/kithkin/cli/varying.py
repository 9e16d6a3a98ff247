"""The command that says how much of a list rests on constants that people chose."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kithkin.cli.arguments import THREADS, WORKSPACE, JsonOption, ThreadsOption, WorkspaceOption
from kithkin.cli.looking import NO_PURPOSE, PurposeOption, record
from kithkin.cli.output import console, print_json, stage_bars, table
from kithkin.cli.story_view import say
from kithkin.engine import write_text
from kithkin.policy.themes import TrackName
from kithkin.releases import Workspace
from kithkin.releases.stories import ListSensitivity, list_sensitivity, sensitivity_page
from kithkin.releases.stories.sensitivity_page import LIMIT, answers, heading, moving

MOST_CONSTANTS = 12  # shown of those that move the list
STAGE = "sensitivity"


def sensitivity(
    theme: Annotated[str, typer.Option(help="A theme's list, such as cse.")],
    perpetrator: Annotated[
        bool, typer.Option("--perpetrator", help="The list of adults who may harm.")
    ] = False,
    release: Annotated[str | None, typer.Option(help="A release; the newest without it.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write it to this file as a page with pictures.")
    ] = None,
    purpose: PurposeOption = NO_PURPOSE,
    workspace: WorkspaceOption = WORKSPACE,
    threads: ThreadsOption = THREADS,
    json: JsonOption = False,
) -> None:
    """Say how a theme's list moves when weights, half-lives and the network's bound are varied.

    Ranges, draws and the size of the list stand in the policy. Nobody is named; the look at the list is recorded before anything is shown.
    """
    place = Workspace(workspace)
    chosen = place.release(release)
    track: TrackName = "perpetrator" if perpetrator else "victim"
    with stage_bars(shown=not json) as bars:
        bars.start(STAGE, 0)

        def step(done: int, whole: int) -> None:
            if done == 1:
                bars.start(STAGE, whole)
            bars.step(STAGE)

        told = list_sensitivity(chosen, theme, track, threads=threads, step=step)
    record(place, told.release, f"sensitivity of {theme}.{track}", [f"{theme}.{track}"], purpose)
    if html is not None:
        write_text(sensitivity_page(told), html)
        console.print(f"{told.title}: {html}", highlight=False, markup=False)
    elif json:
        print_json(asdict(told))
    else:
        _show(told)


def _show(told: ListSensitivity) -> None:
    say("OFFICIAL - SENSITIVE", "bold")
    say(heading(told), "bold")
    for answer in (*answers(told), LIMIT):
        say(answer)
    moved = moving(told)[:MOST_CONSTANTS]
    if moved:
        rows = [
            (one.constant.title, f"{one.constant.low:g}", one.leave_low, f"{one.constant.high:g}",
             one.leave_high)
            for one in moved
        ]  # fmt: skip
        console.print()
        columns = ("constant", "at least", "leave", "at most", "leave")
        console.print(table("What moves the list most, one at a time", columns, rows))
