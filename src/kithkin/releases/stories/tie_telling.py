"""A tie in sentences: what ties two persons, how many agencies know, and what that does not say."""

from __future__ import annotations

from kithkin.policy.networks import Nature
from kithkin.releases.stories.tie_story import TieEntry, TieLine, TieStory

AS: dict[Nature, str] = {
    "family": "as family",
    "peer": "as peers",
    "professional": "through the professionals who work with both",
}
LIMIT = (
    "A tie says that two people were recorded together, live or lived together, or are related, as "
    "far as agencies wrote it down. It says nothing of what they think of each other. A suspicion "
    "is no finding, and nobody is judged by whom they know."
)
UNIT = (
    "An occasion of gravity 1 that two people share gives a strength of 1 on its day, times the "
    "rule's weight and reliability; more people share it among them, and it fades."
)


def heading(story: TieStory) -> str:
    """Name the two."""
    return f"{story.name} and {story.other}"


def summary(story: TieStory) -> list[str]:
    """Say whether, how and since when the two are tied, and which way."""
    if not story.strength:
        return ["Nothing that was known on the date ties them." + _but(story)]
    said = [f"They are tied {_natures(story)}. The strength of the tie is {story.strength:.2f}."]
    if story.sealed:
        return [*said, "What it rests on is not told, since the record of one of them is sealed."]
    times = "once" if story.occasions == 1 else f"{story.occasions} times"
    said.append(f"Recorded {times}, {_dates(story)}, by {_agencies(story)}.")
    said += _harm(story)
    if story.without_unproven < story.strength:
        said.append(
            f"Without information that nobody has proved, the strength is "
            f"{story.without_unproven:.2f}."
        )
    return said


def _but(story: TieStory) -> str:
    if not story.lines:
        return ""
    return " What is listed below counts only beside another tie."


def _natures(story: TieStory) -> str:
    told = [
        f"{AS[nature]} ({strength:.2f})"
        for nature, strength in sorted(story.by_nature.items(), key=lambda one: -one[1])
        if strength > 0
    ]
    return " and ".join(told)


def _dates(story: TieStory) -> str:
    if story.first_on is None or story.last_on is None or story.first_on == story.last_on:
        return f"on {story.last_on:%-d %B %Y}"
    last = "to this day" if story.last_on == story.as_of else f"last on {story.last_on:%-d %B %Y}"
    return f"first on {story.first_on:%-d %B %Y}, {last}"


def _agencies(story: TieStory) -> str:
    if not story.agencies:
        return "no agency by itself: it was made when records were linked"
    count = "one agency" if len(story.agencies) == 1 else f"{len(story.agencies)} agencies"
    return f"{count} ({', '.join(story.agencies)})"


def _harm(story: TieStory) -> list[str]:
    both = (story.harmed_other, story.name, story.other), (
        story.harmed_by_other, story.other, story.name)  # fmt: skip
    return [
        f"{'Once' if times == 1 else f'{times} times'} {one} was suspected of harming {other}."
        for times, one, other in both
        if times
    ]


def line_summary(line: TieLine) -> str:
    """Say what a rule gives, and what of it counts."""
    many = len(line.entries) > 1
    occasions = f"{len(line.entries)} occasions give" if many else "1 occasion gives"
    told = f"{occasions} {line.counted:.2f} of the tie's strength, {AS[line.nature]}"
    if line.counted == 0 and line.given > 0:
        return f"{told}: belonging to one place counts only beside another tie of this nature."
    if line.counted < line.given:
        return (
            f"{told}. Together {line.given:.2f}, of which this may count {line.at_most:g} at most, "
            "so each counts less."
        )
    return f"{told}."


def parts(story: TieStory, entry: TieEntry) -> str:
    """Say what the two were in an occasion, where the records say it."""
    if not entry.roles and not entry.other_roles:
        return ""
    return (
        f"{story.name}: {', '.join(entry.roles).lower() or 'not named'}; "
        f"{story.other}: {', '.join(entry.other_roles).lower() or 'not named'}"
    )


def when(entry: TieEntry) -> str:
    """Say when it was; of what lasts, from when to when."""
    if not entry.lasting:
        return f"{entry.occurred_on:%-d %B %Y}"
    since = f"{entry.occurred_on:%-d %B %Y}" if entry.occurred_on else "since when is not recorded"
    if entry.ended_on is None:
        return f"{since}, not known to have ended"
    until = f"{entry.ended_on:%-d %B %Y}"
    if entry.unclosed:
        return f"{since}, open for so long that it is taken to have ended on {until}"
    return f"{since} to {until}" if entry.occurred_on else f"until {until}; {since}"


def fading(entry: TieEntry) -> str:
    """Say how an occasion comes to its strength."""
    left = "nothing faded" if entry.left >= 1 else f"{entry.left:.0%} left after its age"
    among = "between the two" if entry.people == 2 else f"shared by {entry.people} people"
    gravity = f"gravity {entry.gravity:.1f}, " if entry.kind else ""
    return f"{gravity}{among}: {entry.before:.2f}; {left}: {entry.after:.2f}"
