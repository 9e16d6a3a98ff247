"""The frame of every picture: SVG text with a title and a description for who cannot see it."""

from __future__ import annotations

from html import escape

INK, BLUE, PALE, QUIET = "#0b0c0c", "#1d70b8", "#d2e2f1", "#b1b4b6"


def figure(name: str, title: str, told: str, size: tuple[float, float], inside: str) -> str:
    """Give a picture as a figure of HTML.

    Parameters
    ----------
    name : unique on the page; ids are made of it.
    title, told : what the picture shows, in short and at length.
    size : width and height, in pixels.
    inside : what is drawn, as SVG.

    """
    wide, tall = size
    return (
        f'<figure><svg role="img" aria-labelledby="{name}-title {name}-desc" '
        f'viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(told)}</desc>{inside}</svg></figure>'
    )


def shortened(label: str, letters: int) -> str:
    """Cut a label that is longer than so many letters."""
    return label if len(label) <= letters else f"{label[: letters - 1]}…"
