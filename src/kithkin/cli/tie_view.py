"""What ties two persons, as a terminal shows it."""

from __future__ import annotations

from kithkin.cli.output import console, table
from kithkin.cli.story_view import say
from kithkin.releases.stories.tie_page import numbers
from kithkin.releases.stories.tie_story import TieEntry, TieLine, TieStory
from kithkin.releases.stories.tie_telling import (
    LIMIT,
    fading,
    heading,
    line_summary,
    parts,
    summary,
    when,
)


def show_tie(story: TieStory) -> None:
    """Print what ties two persons."""
    say("OFFICIAL - SENSITIVE: PERSONAL", "bold")
    say(f"{heading(story)}: what ties them", "bold")
    say(f"What was known on {story.as_of:%-d %b %Y}. {LIMIT}")
    say("")
    for sentence in summary(story):
        say(sentence)
    for line in story.lines:
        _show_line(story, line)
    rows = [(title, f"{number:.2f}") for title, number in numbers(story)]
    console.print()
    console.print(table("The number", ("what counts", "strength"), rows))


def _show_line(story: TieStory, line: TieLine) -> None:
    say("")
    say(line.title, "bold")
    say(line_summary(line))
    for entry in line.entries:
        _show_entry(story, entry)


def _show_entry(story: TieStory, entry: TieEntry) -> None:
    unproven = " [unproven]" if entry.unproven else ""
    kind = f": {entry.kind}" if entry.kind else ""
    say(f"  {when(entry)}: {entry.title}{kind}{unproven}")
    known = f"known {entry.known_on:%-d %B %Y}"
    for told in filter(None, (parts(story, entry), known, fading(entry))):
        say(f"      {told}", "dim")
    say(f"      counts {entry.counted:.2f}; without it the tie would be {entry.without:.2f}", "dim")
    for row in entry.rows:
        place = f"{row.file} row {row.row}" if row.file else "made from other records"
        say(
            f"      {row.agency}, of {' and '.join(row.about)}: {row.title}, {place} "
            f"({row.table} {row.row_id}, delivery {row.source} {row.batch_id})",
            "dim",
        )
