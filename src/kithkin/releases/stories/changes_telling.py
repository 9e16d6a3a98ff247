"""What changed since the last time, in sentences: how the score went, and what became of records."""

from __future__ import annotations

from kithkin.releases.stories.story import Change, Changed, ThemeStory
from kithkin.scoring.changing import How

HOW: dict[How, str] = {
    "new": "new",
    "of age": "counts now: {name} was not of the ages that this is asked of",
    "instead": "counts now in place of another record of the same occasion",
    "ended": "ended, and fades from its end",
    "faded": "faded",
    "stands": "as it was",
    "too old": "too old to count",
    "elsewhere": "its occasion counts by another record now",
    "withdrawn": "corrected or withdrawn by the agency",
    "not of age": "{name} is no longer of the ages that this is asked of",
}
QUIET: tuple[How, ...] = ("faded", "stands")
"""What happens to every record with time: counted, and not listed."""
GROUPED: dict[How, str] = {
    "new": "{n} new",
    "of age": "{n} that {now} since {name} came of the ages asked of",
    "instead": "{n} in place of another of the same occasion",
    "ended": "{n} ended",
    "faded": "{n} faded",
    "stands": "{n} not faded, beside more or less else",
    "too old": "{n} too old to count",
    "elsewhere": "{n} whose occasion counts by another now",
    "withdrawn": "{n} corrected or withdrawn",
    "not of age": "{n} no longer asked of {name}'s age",
}


def changed(story: ThemeStory) -> list[str]:
    """Say how the score went since the last time, and what became of records."""
    told = story.changed
    if told is None:
        return []
    since = f"{told.since:%-d %B %Y}"
    went = (
        f"Since {since} own evidence {_went(told.index, story.index)}, and what the network adds "
        f"{_went(told.network_points, story.network_points)}."
    )
    records = _by_how(story, told)
    return [went, f"Records: {records}." if records else "No record came or went, and none faded."]


def _went(before: float, now: float) -> str:
    if f"{before:.1f}" == f"{now:.1f}":
        return f"stayed at {now:.1f} points"
    return f"went from {before:.1f} to {now:.1f} points ({signed(now - before)})"


def _by_how(story: ThemeStory, told: Changed) -> str:
    parts = []
    for how, words in GROUPED.items():
        mine = [one for one in told.records if one.how == how]
        if mine:
            points = sum(one.after - one.before for one in mine)
            now = "counts" if len(mine) == 1 else "count"
            what = words.format(n=len(mine), name=story.name, now=now)
            parts.append(f"{what} ({signed(points)})")
    return "; ".join(parts)


def listed(told: Changed) -> list[Change]:
    """Give the records that came, went or ended; of others only how many faded is told."""
    return [one for one in told.records if one.how not in QUIET]


def became(story: ThemeStory, change: Change) -> str:
    """Say what became of a record."""
    return HOW[change.how].format(name=story.name)


def signed(points: float) -> str:
    """Write a gain or a loss; what rounds to nothing has no sign."""
    text = f"{points:+.1f}"
    return "0.0" if float(text) == 0 else text
