"""Pictures of a story as SVG text: when what was recorded, and how the score went.

Each has a title and a description for who cannot see it, and tells nothing by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from kithkin.drawing import BLUE, INK, PALE, QUIET, figure, shortened
from kithkin.model import dates
from kithkin.releases.stories.story import Month, Reason

LEFT, WIDE, LINE, LETTERS = 300, 560, 26, 40
"""Widths of labels and plot, height of a line, in pixels; letters of a label at most."""
WHOLE = LEFT + WIDE + 12
MOST_DOT, LEAST_DOT = 9.0, 3.0


def timeline(reasons: Sequence[Reason], first: date, last: date) -> str:
    """Draw one line a reason, with a dot a record: the larger, the more points; open when unproven."""
    most = max((entry.points for reason in reasons for entry in reason.entries), default=1.0)
    top, tall = 34, 34 + LINE * len(reasons) + 24
    parts = [_years(first, last, top - 8, tall - 20)]
    for place, reason in enumerate(reasons):
        y = top + LINE * place + 10
        parts.append(f'<text x="0" y="{y + 5}">{escape(shortened(reason.title, LETTERS))}</text>')
        parts.append(f'<path d="M{LEFT} {y}H{LEFT + WIDE}" stroke="{QUIET}"/>')
        for entry in reason.entries:
            if not first <= entry.occurred_on <= last:
                continue
            size = max(LEAST_DOT, MOST_DOT * (entry.points / most) ** 0.5)
            fill = "#fff" if entry.unproven else BLUE
            parts.append(
                f'<circle cx="{_x(entry.occurred_on, first, last):.1f}" cy="{y}" r="{size:.1f}" '
                f'fill="{fill}" stroke="{INK}"><title>{entry.occurred_on:%-d %B %Y}: '
                f"{escape(entry.title)}</title></circle>"
            )
    told = (
        f"From {first:%B %Y} to {last:%B %Y}, a dot a record: the larger, the more points it gives; "
        "open where the information is unproven. The table below says the same."
    )
    return figure("timeline", "When what was recorded", told, (WHOLE, tall), "".join(parts))


def memory(months: Sequence[Month], high_from: float) -> str:
    """Draw the score of each month: own evidence as an area, what the network adds upon it."""
    top, tall = 20, 220
    low = tall - 30
    first, last = months[0].on, months[-1].on

    def at(month: Month, points: float) -> str:
        return f"{_x(month.on, first, last):.1f} {low - (low - top) * points / 100:.1f}"

    own = " L".join(at(month, month.index) for month in months)
    whole = " L".join(at(month, month.index + month.network_points) for month in months)
    line = low - (low - top) * high_from / 100
    parts = [
        _years(first, last, top, low),
        *(f'<text x="{LEFT - 8}" y="{low - (low - top) * p / 100 + 5:.1f}" text-anchor="end">{p}'
          f"</text>" for p in (0, 50, 100)),
        f'<path d="M{LEFT} {low} L{own} L{LEFT + WIDE} {low}Z" fill="{PALE}" stroke="{BLUE}"/>',
        f'<path d="M{whole}" fill="none" stroke="{INK}" stroke-width="2"/>',
        f'<path d="M{LEFT} {line:.1f}H{LEFT + WIDE}" stroke="{INK}" stroke-dasharray="4 4"/>',
        f'<text x="0" y="{line + 5:.1f}">high from {high_from:g}</text>',
        f'<text x="0" y="{tall - 4}">filled: own evidence; line: with the network</text>',
    ]  # fmt: skip
    told = (
        f"From {first:%B %Y} to {last:%B %Y}: at first "
        f"{months[0].index + months[0].network_points:.0f}, at last "
        f"{months[-1].index + months[-1].network_points:.0f} of 100."
    )
    return figure("memory", "The score month by month", told, (WHOLE, tall), "".join(parts))


def _x(day: date, first: date, last: date) -> float:
    whole = max(1, dates.days_between(first, last))
    return LEFT + WIDE * dates.days_between(first, day) / whole


def _years(first: date, last: date, top: float, low: float) -> str:
    marks = []
    for year in range(first.year + 1, last.year + 1):
        x = _x(date(year, 1, 1), first, last)
        marks.append(
            f'<path d="M{x:.1f} {top}V{low}" stroke="{QUIET}"/>'
            f'<text x="{x:.1f}" y="{low + 16}" text-anchor="middle">{year}</text>'
        )
    return "".join(marks)
