"""One page of HTML of a story: no script, to be read, printed and spoken about."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from kithkin.releases.stories.changes_telling import became, changed, listed, signed
from kithkin.releases.stories.pictures import memory, timeline
from kithkin.releases.stories.story import ThemeStory
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


def story_page(story: ThemeStory, note: str = "") -> str:
    """Give the page; `note` stands at its top, above all else."""
    dated = [entry.occurred_on for reason in story.reasons for entry in reason.entries]
    return template("page.html").render(
        story=story,
        note=note,
        limit=limit(story),
        sentences=sentences(story),
        around=around(story),
        unnamed=unnamed(story),
        belonging=belonging,
        shown=shown,
        earlier=earlier,
        level=level(story),
        changed=changed(story),
        listed=listed(story.changed) if story.changed else (),
        became=became,
        signed=signed,
        timeline=timeline(story.reasons, min(dated), story.as_of) if dated else "",
        memory=memory(story.months, story.high_from) if len(story.months) > 1 else "",
    )  # fmt: skip


def template(name: str) -> Template:
    """Give a template of this package, with the ways in which pages write days and numbers."""
    pages = Environment(
        loader=FunctionLoader(_text), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    pages.filters["day"] = _day
    pages.filters["points"] = _points
    pages.filters["strength"] = _strength
    pages.filters["left"] = left
    pages.filters["share"] = _share
    pages.globals["style"] = Markup(_text("page.css"))  # noqa: S704 - a file of this package
    return pages.get_template(name)


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _points(number: float) -> str:
    return f"{number:.1f}"


def _strength(number: float) -> str:
    return f"{number:.2f}"


def _share(number: float) -> str:
    """Write a share as a percentage; only what is whole is 100, and only what is nothing 0."""
    return f"{min(99, max(1, round(100 * number))) if 0 < number < 1 else 100 * number:.0f}%"
