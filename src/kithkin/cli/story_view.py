"""A story of one person and theme as a terminal shows it: reasons first, the number last."""

from __future__ import annotations

from datetime import date

from kithkin.cli.output import console, table
from kithkin.releases.stories.changes_telling import became, changed, listed, signed
from kithkin.releases.stories.story import Entry, Reason, ThemeStory
from kithkin.releases.stories.telling import (
    around,
    belonging,
    earlier,
    left,
    level,
    limit,
    sentences,
    shown,
    unnamed,
)

MOST_OCCASIONS = 5  # shown of what ties two persons


def show_story(story: ThemeStory) -> None:
    """Print a story."""
    say("OFFICIAL - SENSITIVE: PERSONAL", "bold")
    born = f"born {_day(story.born)}" if story.born else "date of birth not known"
    say(f"{story.name}: {story.title}", "bold")
    say(f"{story.person_id}, {born}. What was known on {_day(story.as_of)}.")
    say(limit(story))
    _heading(f"Why {story.name} is on this page")
    for sentence in sentences(story):
        say(sentence)
    for reason in story.reasons:
        _show_reason(reason)
    _show_changes(story)
    if story.near is not None:
        _show_network(story)
    _show_groups(story)
    _show_accumulated(story)
    _heading("Strengths, and who is already helping")
    _list(story.strengths, "No strength is recorded. Agencies record few; ask the family.")
    say(f"  At work now: {', '.join(story.services) or 'no service is recorded'}.")
    _heading("What to doubt")
    _list(story.doubts, "")
    _heading("What is missing")
    _list(story.missing, "Every agency that sends records has sent some.")
    _show_number(story)


def _show_reason(reason: Reason) -> None:
    say("")
    more = "; more than this line may count, so each counts less" if reason.capped else ""
    say(f"{reason.title}: {reason.points:.1f} points{more}", "bold")
    first, rest = shown(reason)
    for entry in first:
        say(f"  {_day(entry.occurred_on)}  {entry.title}{_tags(entry)}")
        place = f"{entry.file} row {entry.row}" if entry.file else "made from other records"
        say(
            f"      {entry.points:.1f} points, {left(entry)}; without it the score would be {entry.without:.1f}. "
            f"{entry.agency}, known {_day(entry.known_on)}, {place}",
            "dim",
        )
    if rest:
        say(f"  and {earlier(rest)}, each of them with --html or --json", "dim")


def _show_changes(story: ThemeStory) -> None:
    if story.changed is None:
        return
    _heading("What changed since last time")
    for sentence in changed(story):
        say(sentence)
    for one in listed(story.changed):
        say(
            f"  {signed(one.after - one.before)}  {_day(one.occurred_on)}  {one.title}: "
            f"{became(story, one)}",
            "dim",
        )


def _tags(entry: Entry) -> str:
    tags = [
        tag
        for tag, holds in (
            ("unproven", entry.unproven), ("may stand for poverty", entry.poverty_proxy),
        )
        if holds
    ]  # fmt: skip
    told = f": {entry.value}" if entry.value else ""
    return f"{told} [{', '.join(tags)}]" if tags else told


def _show_network(story: ThemeStory) -> None:
    _heading(f"People around {story.name}")
    say(around(story))
    if unnamed(story):
        say(unnamed(story))
    for tied in story.tied:
        say("")
        age = "" if tied.age is None else f", {tied.age}"
        through = f", through {tied.through}" if tied.through else ""
        say(f"{tied.who}{age}{through}: adds {tied.points:.1f}; own evidence {tied.carries:.1f}")
        for occasion in tied.occasions[:MOST_OCCASIONS]:
            unproven = " [unproven]" if occasion.unproven else ""
            say(f"  {_day(occasion.occurred_on)}  {occasion.title}{unproven}", "dim")


def _show_groups(story: ThemeStory) -> None:
    if story.groups:
        _heading("Groups seen together")
        for group in story.groups:
            say(f"- {belonging(story, group)}")
        say("To be seen together is no finding; family ties never make a group.")


def _show_accumulated(story: ThemeStory) -> None:
    found = story.accumulated
    if found is None:
        return
    _heading("Many small events")
    say(
        f"Since {_day(found.since)}: {found.events} from {found.agencies} agencies, where "
        f"{found.expected:.1f} are usual for a child of this age whom as many agencies see."
    )
    for on, what, agency in found.entries:
        say(f"  {_day(on)}  {what} ({agency})", "dim")


def _show_number(story: ThemeStory) -> None:
    rows = [
        ("Own evidence", f"{story.index:.1f}"),
        ("What the network adds", f"{story.network_points:.1f}"),
        ("Together", f"{story.score:.1f}"),
        ("Were there no network", f"{story.without_network:.1f}"),
        ("Without records that may stand for poverty", f"{story.without_poverty_proxies:.1f}"),
        ("Without unproven information", f"{story.without_unproven:.1f}"),
    ]
    console.print()
    console.print(table("The number", ("what counts", "points of 100"), rows))
    say(f"{level(story)} It is no probability, and it decides nothing.")


def _heading(text: str) -> None:
    say("")
    say(text, "bold underline")


def _list(lines: tuple[str, ...], nothing: str) -> None:
    for line in lines:
        say(f"  {line}")
    if not lines and nothing:
        say(f"  {nothing}")


def say(text: str, style: str | None = None) -> None:
    """Print a line as it is; the terminal wraps it."""
    console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"
