"""One page of HTML of a story: no script, to be read, printed and spoken about."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from kithkin.releases.stories.pictures import memory, timeline
from kithkin.releases.stories.story import ThemeStory
from kithkin.releases.stories.telling import around, level, limit, sentences


def story_page(story: ThemeStory) -> str:
    """Give the page."""
    pages = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pages.filters["day"] = _day
    pages.filters["points"] = _points
    template = pages.from_string(
        files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    )
    dated = [entry.occurred_on for reason in story.reasons for entry in reason.entries]
    return template.render(
        story=story,
        limit=limit(story),
        sentences=sentences(story),
        around=around(story),
        level=level(story),
        timeline=timeline(story.reasons, min(dated), story.as_of) if dated else "",
        memory=memory(story.months, story.high_from) if len(story.months) > 1 else "",
    )  # fmt: skip


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _points(number: float) -> str:
    return f"{number:.1f}"
