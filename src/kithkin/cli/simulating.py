"""The command that makes a synthetic county."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from kithkin.cli.arguments import THREADS, JsonOption, ThreadsOption, read_date
from kithkin.cli.output import console, print_json, stage_bars, table
from kithkin.simulation import Plan, Written, simulate_county

MOST_PEOPLE = 5_000_000
MOST_YEARS = 10


def read_knob(text: str) -> tuple[str, float]:
    """Read `name=number` typed on the command line."""
    name, equals, value = text.partition("=")
    try:
        return name.strip().replace("-", "_"), float(value)
    except ValueError as error:
        hint = "write it as network_strength=0.5"
        raise typer.BadParameter(f"{text!r}: {value!r} is no number; {hint}") from error
    finally:
        if not equals:
            raise typer.BadParameter(f"{text!r} sets nothing; write it as network_strength=0.5")


def simulate(
    out: Annotated[Path, typer.Argument(help="The folder to write; it must not hold anything.")],
    people: Annotated[
        int, typer.Option(min=500, max=MOST_PEOPLE, help="How many live in the county at first.")
    ] = 20_000,
    years: Annotated[int, typer.Option(min=1, max=MOST_YEARS, help="Whole years.")] = 3,
    seed: Annotated[
        int, typer.Option(min=0, help="Another seed gives other people, at the same rates.")
    ] = 1,
    ends_on: Annotated[
        date | None,
        typer.Option(parser=read_date, metavar="DATE", help="The last day, a month's last."),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(help="A folder with settings files that replace ours of the same name."),
    ] = None,
    knob: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=NUMBER", help="Turn a knob; may be given often."),
    ] = None,
    events_only: Annotated[
        bool, typer.Option("--events-only", help="Events as Parquet, no agency's own files.")
    ] = False,
    report: Annotated[
        bool,
        typer.Option("--report", help="Pages: the county beside published figures; 40 texts."),
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the simulated county that OUT holds.")
    ] = False,
    threads: ThreadsOption = THREADS,
    json: JsonOption = False,
) -> None:
    """Write a synthetic county: what its agencies send, and, apart, the truth.

    Nobody in it is real. OUT/feeds is the input of `kithkin run`; nothing reads OUT/truth.
    """
    knobs = dict(read_knob(text) for text in knob or ())
    plan = Plan(people, years, seed, ends_on, settings, knobs, events_only, report)
    with stage_bars(shown=not json) as bars:
        written = simulate_county(plan, out, threads=threads, replace=replace, progress=bars)
    if json:
        print_json(asdict(written))
    else:
        show(written)


def show(written: Written) -> None:
    """Print what was written, and what to do with it."""
    console.print(table("What the agencies hold", ("feed", "people", "rows"), written.feeds))
    console.print(
        f"{written.people:,} people, {written.children:,} of them children; {written.events:,} "
        f"event rows; nobody is real.",
        highlight=False,
    )
    if written.agreeing is not None:
        good, all_figures = written.agreeing
        console.print(f"{good} of {all_figures} published figures agree: {written.out}/report",
                      highlight=False, soft_wrap=True)  # fmt: skip
        console.print(f"Area under the curve, to tell who comes back and escalates: "
                      f"{written.area_under_curve:.3f} (target 0.70 to 0.76).", highlight=False)  # fmt: skip
    if written.feeds:
        console.print(f"Next: kithkin run {written.out}/feeds --as-of {written.ends_on}",
                      highlight=False, soft_wrap=True)  # fmt: skip
