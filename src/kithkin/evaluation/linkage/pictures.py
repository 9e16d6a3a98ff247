"""Pictures as SVG text: values with intervals, one below another, and bars side by side.

Each has a title and a description for who cannot see it, and tells nothing by colour alone: its
figures stand beside it as text, and in the table that goes with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from kithkin.drawing import BLUE, INK, PALE, QUIET, figure, shortened
from kithkin.evaluation.linkage.intervals import Value

LABELS, PLOT, FIGURES, LINE, TOP = 250, 330, 190, 26, 34
"""Widths of the three columns of a picture, the height of a line and of what is above, in pixels."""
LETTER = 7.2
"""Width of a letter of the labels, in pixels, at most."""


@dataclass(frozen=True)
class Mark:
    """One line of a picture: a value with its interval, or words in its place."""

    label: str
    value: Value | None
    words: str
    heading: bool = False


def intervals(name: str, title: str, told: str, marks: Sequence[Mark], reach: tuple[float, float],
              ends: tuple[str, str]) -> str:  # fmt: skip
    """Draw one line a value: a dot, its 95% interval as a bar, and the figures as text.

    Parameters
    ----------
    name : unique on the page; ids are made of it.
    title, told : what the picture shows, in short and at length.
    reach : values at the left and right end; what lies beyond is drawn at the end.
    ends : the words that stand there.

    """
    tall = TOP + LINE * len(marks) + 8
    low, high = LABELS, LABELS + PLOT
    grid = (
        f'<path d="M{low} {TOP - 8}V{tall - 4}M{high} {TOP - 8}V{tall - 4}" stroke="{QUIET}"/>'
        f'<text x="{low}" y="16">{escape(ends[0])}</text>'
        f'<text x="{high}" y="16" text-anchor="end">{escape(ends[1])}</text>'
    )
    lines = [_line(mark, TOP + LINE * place, reach) for place, mark in enumerate(marks)]
    return figure(name, title, told, (LABELS + PLOT + FIGURES, tall), grid + "".join(lines))


def _line(mark: Mark, y: int, reach: tuple[float, float]) -> str:
    weight = ' style="font-weight:700"' if mark.heading else ""
    text = f'<text x="0" y="{y + 13}"{weight}>{escape(_short(mark.label))}</text>'
    words = f'<text x="{LABELS + PLOT + 12}" y="{y + 13}">{escape(mark.words)}</text>'
    value = mark.value
    if value is None or value.value is None or value.low is None or value.high is None:
        return text + words
    left, at, right = (_place(each, reach) for each in (value.low, value.value, value.high))
    return (
        f"{text}{words}"
        f'<rect x="{left:.1f}" y="{y + 4}" width="{max(right - left, 1):.1f}" height="9" fill="{PALE}"/>'
        f'<path d="M{left:.1f} {y + 2}v13M{right:.1f} {y + 2}v13M{left:.1f} {y + 8.5}H{right:.1f}" '
        f'stroke="{BLUE}"/><circle cx="{at:.1f}" cy="{y + 8.5}" r="4.5" fill="{INK}"/>'
    )


def _place(value: float, reach: tuple[float, float]) -> float:
    share = (value - reach[0]) / (reach[1] - reach[0])
    return LABELS + PLOT * min(max(share, 0.0), 1.0)


def _short(label: str) -> str:
    return shortened(label, int(LABELS / LETTER))


def bars(name: str, title: str, told: str, rows: Sequence[tuple[str, Sequence[float], str]],
         kinds: Sequence[str]) -> str:  # fmt: skip
    """Draw one line a row with a bar a kind, plain or hatched, and the figures as text.

    Each row is its label, a number for each kind (one or two), and the words beside the bars.
    """
    most = max((number for _, numbers, _ in rows for number in numbers), default=0) or 1
    tall = TOP + LINE * len(rows) + 8
    fills = [BLUE, f"url(#{name}-hatched)"]
    hatched = (
        f'<defs><pattern id="{name}-hatched" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<rect width="5" height="5" fill="#fff"/><path d="M0 5L5 0" stroke="{INK}"/></pattern></defs>'
    )
    parts = [hatched]
    if len(kinds) > 1:
        parts += [
            f'<rect x="{LABELS + 170 * place}" y="6" width="14" height="10" fill="{fills[place]}" '
            f'stroke="{INK}"/><text x="{LABELS + 20 + 170 * place}" y="16">{escape(kind)}</text>'
            for place, kind in enumerate(kinds)
        ]
    for place, (label, numbers, words) in enumerate(rows):
        y, thick = TOP + LINE * place, 18 / len(numbers)
        parts.append(f'<text x="0" y="{y + 14}">{escape(_short(label))}</text>')
        parts += [
            f'<rect x="{LABELS}" y="{y + thick * k:.1f}" width="{PLOT * number / most:.1f}" '
            f'height="{thick - 1:.1f}" fill="{fills[k]}" stroke="{INK}" stroke-width="0.5"/>'
            for k, number in enumerate(numbers)
        ]
        parts.append(f'<text x="{LABELS + PLOT + 12}" y="{y + 14}">{escape(words)}</text>')
    return figure(name, title, told, (LABELS + PLOT + FIGURES, tall), "".join(parts))
