"""Pictures of how a list moves: a bar a constant to either side, and a range of ranks a person."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from kithkin.drawing import BLUE, INK, PALE, QUIET, figure, shortened
from kithkin.scoring.sensitivity import Moved, RankRange

LABELS, PLOT, FIGURES, LINE, TOP = 400, 380, 60, 24, 44
"""Widths of labels, plot and figures, height of a line and of what is above it, in pixels."""
LETTERS = 58
WHOLE = LABELS + PLOT + FIGURES
MIDDLE = LABELS + PLOT / 2
HALF = PLOT / 2 - 26  # of the plot, so that a figure fits beside the longest bar
NUMBERS = 60  # where the plot of ranks begins


def tornado(moved: Sequence[Moved], listed: int) -> str:
    """Draw how many leave the list when a constant is at its least (left) and its most (right)."""
    most = max((one.most for one in moved), default=0) or 1
    tall = TOP + LINE * len(moved) + 8
    parts = [
        f'<text x="{MIDDLE - 8}" y="18" text-anchor="end">at its least</text>',
        f'<text x="{MIDDLE + 8}" y="18">at its most</text>',
        f'<path d="M{MIDDLE} 8V{tall}" stroke="{INK}"/>',
    ]
    for place, one in enumerate(moved):
        y = TOP + LINE * place
        parts.append(
            f'<text x="0" y="{y + 4}">{escape(shortened(one.constant.title, LETTERS))}</text>'
        )
        parts += [_bar(-1, one.leave_low / most, one.leave_low, y)]
        parts += [_bar(1, one.leave_high / most, one.leave_high, y)]
    told = (
        f"A line a constant, those that move the list most first. The bar to the left is how many of "
        f"the {listed} people leave the list when it is at its least, to the right when it is at its "
        "most, all others as they are. The table below says the same."
    )
    title = "How many leave the list when one constant is changed"
    return figure("tornado", title, told, (WHOLE, tall), "".join(parts))


def _bar(side: int, share: float, count: int, y: int) -> str:
    wide = HALF * share
    x = MIDDLE if side > 0 else MIDDLE - wide
    at, anchor = MIDDLE + side * (wide + 6), "start" if side > 0 else "end"
    fill = BLUE if side > 0 else PALE
    return (
        f'<rect x="{x:.1f}" y="{y - 8}" width="{wide:.1f}" height="15" fill="{fill}" '
        f'stroke="{INK}" stroke-width="0.5"/>'
        f'<text x="{at:.1f}" y="{y + 4}" text-anchor="{anchor}">{count}</text>'
    )


def rank_ranges(people: Sequence[RankRange], size: int) -> str:
    """Draw for each person where nine draws of ten put them, and where they are today."""
    last = max([size, *(one.worst for one in people)], default=1)
    wide = WHOLE - NUMBERS - FIGURES
    tall = TOP + 16 * len(people) + 8

    def x(rank: float) -> float:
        return NUMBERS + wide * (rank - 1) / max(1, last - 1)

    parts = [
        (
            f'<rect x="{NUMBERS}" y="{TOP - 12}" width="{x(size) - NUMBERS:.1f}" '
            f'height="{tall - TOP + 8}" fill="#f3f2f1"/>'
        ),
        '<text x="0" y="18">number</text>',
        f'<text x="{NUMBERS}" y="18">first</text>',
        f'<text x="{x(size):.1f}" y="18" text-anchor="middle">{size}, the last on the list</text>',
    ]
    if last > size:
        parts.append(f'<text x="{x(last):.1f}" y="34" text-anchor="middle">{last}</text>')
    for place, one in enumerate(people):
        y = TOP + 16 * place
        low, high = x(one.ranks.low), x(one.ranks.high)
        parts.append(
            f'<text x="0" y="{y + 5}">{one.number}</text>'
            f'<path d="M{x(one.best):.1f} {y}H{x(one.worst):.1f}" stroke="{QUIET}"/>'
            f'<rect x="{low:.1f}" y="{y - 4}" width="{max(high - low, 1):.1f}" height="8" '
            f'fill="{PALE}" stroke="{BLUE}"/>'
            f'<circle cx="{x(one.rank):.1f}" cy="{y}" r="4" fill="{INK}"/>'
        )
    told = (
        f"A line a person of today's list, by number and not by name. The dot is their rank today, "
        f"the bar where nine draws of ten put them, the thin line where any does; the grey ground is "
        f"the list of {size}. The table below says the same."
    )
    return figure("ranks", "Where each of today's list stands in the draws", told, (WHOLE, tall),
                  "".join(parts))  # fmt: skip
