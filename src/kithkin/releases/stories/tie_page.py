"""One page of HTML of what ties two persons: no script, to be read, printed and spoken about."""

from __future__ import annotations

from functools import partial

from kithkin.releases.stories.page import template
from kithkin.releases.stories.tie_story import TieStory
from kithkin.releases.stories.tie_telling import (
    LIMIT,
    UNIT,
    fading,
    heading,
    line_summary,
    parts,
    summary,
    when,
)

NATURES = {"family": "As family", "peer": "As peers", "professional": "Through professionals"}


def tie_page(story: TieStory) -> str:
    """Give the page."""
    return template("tie.html").render(
        story=story,
        heading=heading(story),
        limit=LIMIT,
        unit=UNIT,
        summary=summary(story),
        numbers=numbers(story),
        line_summary=line_summary,
        parts=partial(parts, story),
        fading=fading,
        when=when,
    )


def numbers(story: TieStory) -> list[tuple[str, float]]:
    """List the strength by nature, in all, and without unproven information."""
    by_nature = [
        (title, story.by_nature[nature])
        for nature, title in NATURES.items()
        if nature in story.by_nature
    ]  # fmt: skip
    return [
        *by_nature,
        ("Together", story.strength),
        ("Without unproven information", story.without_unproven),
    ]
