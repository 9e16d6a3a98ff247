"""The commands that do the main job: check, run, explain, demo."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pyarrow.compute as pc
import pyarrow.parquet as pq
import typer

from kithkin.cli import views
from kithkin.cli.arguments import (
    MEMORY,
    THREADS,
    WORKSPACE,
    AsOf,
    EngineOption,
    FeedsArgument,
    JsonOption,
    MemoryOption,
    PolicyOption,
    ThreadsOption,
    WorkspaceOption,
)
from kithkin.cli.looking import NO_PURPOSE, PurposeOption, record
from kithkin.cli.output import console, errors, print_json, stage_bars
from kithkin.cli.story_view import show_story
from kithkin.cli.tie_view import show_tie
from kithkin.engine import Resources, write_text
from kithkin.feeds import check as check_feeds
from kithkin.feeds import write_findings
from kithkin.feeds.checking import accounts_table, findings_table
from kithkin.policy import read_policy
from kithkin.policy.themes import TrackName
from kithkin.releases import (
    Explanation,
    PersonNotFoundError,
    Release,
    RunOptions,
    Workspace,
    summarise,
)
from kithkin.releases import explain as explain_subject
from kithkin.releases import run as run_pipeline
from kithkin.releases.inheriting import register_of
from kithkin.releases.stories import (
    ThemeStory,
    TieStory,
    others_shown,
    story_page,
    theme_story,
    tie_page,
    tie_story,
)
from kithkin.simulation import Plan, simulate_county

DEMO_PEOPLE = 20_000
DEMO_YEARS = 3


def check(
    feeds: FeedsArgument,
    out: Annotated[Path, typer.Option(help="Where to write the findings.")] = Path("findings"),
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> None:
    """Read a feeds folder and say what would be loaded, what set aside, and what to put right.

    Writes findings.csv, findings.json and set_aside.csv. Exit status 1 when a feed is refused.
    """
    result = check_feeds(feeds, read_policy(policy))
    write_findings(result, out)
    if json:
        print_json({"errors": result.errors, "rules": [vars(rule) for rule in result.by_rule()],
                    "files": result.accounts.data.to_pylist()})  # fmt: skip
    else:
        console.print(accounts_table(result), findings_table(result))
        console.print(
            f"Each finding, with file, row, column, value and remedy: {out}/findings.csv",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
    for error in result.errors:
        errors.print(error, markup=False, highlight=False, soft_wrap=True)
    if result.refused:
        raise typer.Exit(1)


def run(
    feeds: FeedsArgument,
    as_of: AsOf,
    workspace: WorkspaceOption = WORKSPACE,
    policy: PolicyOption = None,
    engine: EngineOption = "duckdb",
    memory: MemoryOption = MEMORY,
    threads: ThreadsOption = THREADS,
    history: Annotated[
        int, typer.Option(min=0, help="For how many months before the date to keep history.")
    ] = 36,
    retrain: Annotated[
        bool, typer.Option("--retrain", help="Learn anew what agreement of records is worth.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Do the main job: feeds to a hashed, explained release of indicators."""
    with stage_bars(shown=not json) as bars:
        release = run_pipeline(
            feeds,
            as_of,
            Workspace(workspace),
            RunOptions(policy, history, 1, engine, Resources(memory, threads), bars, retrain),
        )
    summary = summarise(release)
    if json:
        print_json(summary)
    else:
        views.show_summary(summary)


def explain(
    subject: Annotated[str, typer.Argument(metavar="PERSON", help="A person or family id.")],
    indicator: Annotated[
        list[str] | None,
        typer.Option(help="Our code (EDU-01) or Bristol's (2A); may be given several times."),
    ] = None,
    release: Annotated[str | None, typer.Option(help="A release; the newest without it.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Values not raised as well.")] = False,
    theme: Annotated[
        str | None, typer.Option(help="A theme's score instead of indicators, such as cse.")
    ] = None,
    perpetrator: Annotated[
        bool, typer.Option("--perpetrator", help="Of the theme, an adult's score as perpetrator.")
    ] = False,
    other: Annotated[
        str | None,
        typer.Option("--with", metavar="OTHER", help="Another person: what ties the two instead."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="With --theme or --with: write it to this file as a page.")
    ] = None,
    purpose: PurposeOption = NO_PURPOSE,
    workspace: WorkspaceOption = WORKSPACE,
    json: JsonOption = False,
) -> None:
    """List the dated source records behind a person's or family's indicators, a theme's score, or a tie.

    An id of an earlier release is followed to the person it names now. Who looked, when and why is recorded in the workspace before anything is shown.
    """
    _check_asked(theme, other, html, indicator, everything=everything, perpetrator=perpetrator)
    place = Workspace(workspace)
    chosen = place.release(release)
    asked, subject = subject, _led_on(place, chosen, subject, purpose)
    if other is not None:
        other = _led_on(place, chosen, other, purpose)
        tied = tie_story(chosen, subject, other)
        record(place, tied.release, tied.person_id, ["tie", other], purpose)
        _tell_tie(tied, html, json=json)
        return
    if theme is not None:
        track: TrackName = "perpetrator" if perpetrator else "victim"
        story = theme_story(chosen, subject, theme, track)
        shown = [f"{theme}.{track}", *others_shown(story)]
        record(place, story.release, story.person_id, shown, purpose)
        _tell(story, html, json=json)
        return
    found = explain_subject(chosen, subject, indicators=indicator or (), everything=everything)
    record(place, found.release, found.subject_id, _codes(found), purpose)
    if asked != subject:
        errors.print(f"{asked} is {subject} in {chosen.id}.", highlight=False, soft_wrap=True)
    if json:
        print_json(views.explanation_data(found))
    else:
        views.show_explanation(found)


def _check_asked(
    theme: str | None,
    other: str | None,
    html: Path | None,
    indicator: list[str] | None,
    *,
    everything: bool,
    perpetrator: bool,
) -> None:
    """Refuse options that do not go together, before anything is looked up."""
    if theme is not None and other is not None:
        raise typer.BadParameter("--theme and --with are two questions; ask one at a time")
    if theme is None and perpetrator:
        raise typer.BadParameter("--perpetrator is for a theme; add --theme")
    if theme is None and other is None and html:
        raise typer.BadParameter("--html is for a theme or a tie; add --theme or --with")
    if (theme or other) and (indicator or everything):
        raise typer.BadParameter("--indicator and --all are not for --theme or --with; leave them")


def _tell_tie(story: TieStory, html: Path | None, *, json: bool) -> None:
    if html is not None:
        write_text(tie_page(story), html)
        console.print(f"{story.name}, {story.other}: {html}", highlight=False, markup=False)
    elif json:
        print_json(asdict(story))
    else:
        show_tie(story)


def _tell(story: ThemeStory, html: Path | None, *, json: bool) -> None:
    if html is not None:
        write_text(story_page(story), html)
        console.print(f"{story.name}, {story.title}: {html}", highlight=False, markup=False)
    elif json:
        print_json(asdict(story))
    else:
        show_story(story)


def demo(
    people: Annotated[
        int, typer.Option(min=500, help="How many live in the county.")
    ] = DEMO_PEOPLE,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other people.")] = 1,
    workspace: WorkspaceOption = WORKSPACE / "demo",
    threads: ThreadsOption = THREADS,
) -> None:
    """Simulate a small county, do the main job on what its agencies send, explain one person."""
    place = Workspace(workspace)
    with stage_bars(shown=True) as bars:
        plan = Plan(people, DEMO_YEARS, seed)
        county = simulate_county(
            plan, workspace / "county", threads=threads, replace=True, progress=bars
        )
        options = RunOptions(resources=Resources(MEMORY, threads), progress=bars)
        release = run_pipeline(workspace / "county" / "feeds", county.ends_on, place, options)
    summary = summarise(release)
    views.show_summary(summary)
    if summary.example is not None:
        found = explain_subject(release, summary.example)
        record(place, found.release, found.subject_id, _codes(found), "demonstration")
        views.show_explanation(found, most=3)


def _led_on(place: Workspace, release: Release, subject: str, purpose: str) -> str:
    """Give the person to whom an id of earlier releases leads; an id that is in use, itself."""
    known = (release.table("person"), "person_id"), (release.table("family"), "family_id")
    if any(pq.read_table(file, filters=pc.field(name) == subject).num_rows for file, name in known):
        return subject
    heirs = register_of(release).forward(subject)
    if len(heirs) > 1:
        record(place, release.id, subject, list(heirs), purpose)
        raise PersonNotFoundError(
            f"{subject} names several persons in {release.id}: {', '.join(heirs)}. "
            "Ask for one of them."
        )
    return heirs[0] if heirs else subject


def _codes(found: Explanation) -> list[str]:
    return [answer.indicator.code for answer in found.answers]
