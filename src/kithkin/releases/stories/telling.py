"""A story in sentences: reasons first, and never more than the records say."""

from __future__ import annotations

from collections.abc import Sequence

from kithkin.releases.stories.story import Belonging, Entry, Near, Reason, ThemeStory

MOST_ENTRIES = 8  # records of a line that are told before the rest
NATURES = {
    "peer": "between peers",
    "family": "of family and home",
    "professional": "through professionals",
}
TRENDS = {
    "emerging": "Nothing that counts is recorded of {name}, but much reaches them through the network.",
    "rising": "It is rising: above {name}'s own past by more than that usually swings.",
    "falling": "It is falling: below {name}'s own past by more than that usually swings.",
    "high": "It is where it was: {name}'s own past is as high.",
    "steady": "Against {name}'s own past it is steady.",
}


def limit(story: ThemeStory) -> str:
    """Say what the page does not say."""
    if story.need:
        told = (
            "These records are about support that may help. They say nothing of risk, and nobody may "
            "be treated with suspicion for them."
        )
    elif story.track == "victim":
        told = (
            f"These records may point to harm to {story.name}. They do not say that harm happened, "
            f"and nothing here is held against {story.name}."
        )
    else:
        told = (
            f"These records may point to harm by {story.name}. They do not say that harm happened, "
            "and they prove nothing."
        )
    return f"{told} They decide nothing: a person who knows the family does."


def sentences(story: ThemeStory) -> list[str]:
    """Say why the person is on the page, weightiest first."""
    if not story.reasons:
        return [_nothing_of_their_own(story)]
    said = [_reason(reason) for reason in _weightiest_first(story)[:3]]
    rest = len(story.reasons) - len(said)
    if rest:
        said.append(f"And {rest} more line{'s' if rest > 1 else ''} of evidence, below.")
    if story.network_points >= 1:
        said.append(f"People around them add {story.network_points:.1f} points.")
    return said


def _nothing_of_their_own(story: ThemeStory) -> str:
    if story.network_points > 0:
        return (
            f"Nothing that counts here is recorded of {story.name}. They are on this page since "
            "people to whom they are tied carry it; the table below says who and why."
        )
    return f"Nothing that counts here is recorded of {story.name}."


def _weightiest_first(story: ThemeStory) -> list[Reason]:
    return sorted(story.reasons, key=lambda reason: (-reason.points, reason.title))


def _reason(reason: Reason) -> str:
    latest = max(entry.occurred_on for entry in reason.entries)
    times = {1: "once", 2: "twice"}.get(len(reason.entries), f"{len(reason.entries)} times")
    agencies = sorted({entry.agency for entry in reason.entries})
    return (
        f"{reason.title}: {times}, last on {latest:%-d %B %Y} ({', '.join(agencies)}); "
        f"{reason.points:.1f} points."
    )


def left(entry: Entry) -> str:
    """Say what is left of a record after its age, and of what lasts whether it is open."""
    share = f"{entry.decay:.0%} left"
    match entry.standing:
        case "open":
            since = f"{entry.occurred_on:%-d %B %Y}"
            return f"{share}: still open, since {since}; nobody has closed it"
        case "ended":
            return f"{share} since it ended on {entry.fades_from_on:%-d %B %Y}"
        case "unclosed":
            since = f"{entry.occurred_on:%-d %B %Y}"
            until = f"{entry.fades_from_on:%-d %B %Y}"
            return f"{share}: open since {since}, for so long that it is taken to have ended on {until}"
        case _:
            return f"{share} after its age"


def shown(reason: Reason) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Give the records of a line that are told first, and the earlier ones."""
    return reason.entries[:MOST_ENTRIES], reason.entries[MOST_ENTRIES:]


def earlier(entries: Sequence[Entry]) -> str:
    """Say what the earlier records of a line give together."""
    many = f"{len(entries)} earlier record{'s' if len(entries) > 1 else ''}"
    return f"{many}, {sum(entry.points for entry in entries):.1f} points together"


def around(story: ThemeStory) -> str:
    """Say how many linked persons carry the theme, and which ties were asked."""
    near, ties = story.near, " and ".join(NATURES[nature] for nature in story.natures)
    only = f"Only ties {ties} bear on this theme."
    if near is None or not _people(near):
        points = f"{story.floor:g} points or more of own evidence"
        return f"{only} Along them nobody, at one step or two, has {points}."
    parts = [
        _count(near.children_at_one, "child", "children", "directly tied"),
        _count(near.adults_at_one, "adult", "adults", "directly tied"),
        _count(near.children_at_two, "child", "children", "at one remove"),
        _count(near.adults_at_two, "adult", "adults", "at one remove"),
    ]
    told = "; ".join(part for part in parts if part)
    points = f"{story.floor:g} points or more of own evidence"
    return f"{only} Along them these have {points}: {told}."


def unnamed(story: ThemeStory) -> str:
    """Say what those add to whom no line is given; nothing when they add less than is shown."""
    if story.network_points <= 0 or not story.unnamed:
        return ""
    if story.unnamed == 1:
        return f"One further way through the network adds {story.unnamed_points:.1f}."
    many = f"{story.unnamed} further ways through the network, each of little"
    return f"{many}, add {story.unnamed_points:.1f} together."


def belonging(story: ThemeStory, group: Belonging) -> str:
    """Say of what group the person is one, how surely, and that it is no finding."""
    found = "for this theme" if group.of_theme else "in all ties of peers"
    ages = f"{group.children} of them children" if group.children else "all of them adults"
    told = (
        f"{group.group_id}, found {found} since {group.first_on:%-d %B %Y}: {group.people} people, "
        f"{ages}, {group.carrying or 'none'} of whom carry this theme."
    )
    sure = f"in {group.together:.0%} of the searches"
    if not group.member:
        return f"{told} {story.name} is no member of it, but is found with them {sure}."
    return f"{told} {story.name} is found with them {sure}."


def _people(near: Near) -> int:
    return (
        near.children_at_one + near.children_at_two + near.adults_at_one + near.adults_at_two
    )  # fmt: skip


def _count(number: int, one: str, many: str, how: str) -> str:
    return f"{number} {one if number == 1 else many} {how}" if number else ""


def level(story: ThemeStory) -> str:
    """Say where the score stands, in words."""
    where = (
        f"The score is {'at or above' if story.score >= story.high_from else 'below'} "
        f"{story.high_from:g}, from which this policy calls it high."
    )
    return f"{where} {TRENDS[story.trend].format(name=story.name)}"
