"""An explanation as a picture: each comparison's bar begins where the one before it ended."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from html import escape

from kithkin.people.explaining.explanation import MatchExplanation
from kithkin.people.explaining.narrative import sum_in_words
from kithkin.people.explaining.wording import wording

WIDTH, ROW, TOP, FOOT = 760, 34, 44, 30
LEFT, RIGHT = 270, 660  # where the bars may stand; figures stand to their right
FOR, AGAINST, TOTAL = "#1d70b8", "#b1520a", "#0b0c0c"  # each at least 4.5 to 1 on white
DECIMALS = 2


@dataclass(frozen=True)
class Bar:
    """One row of the picture: from where to where, and its figure as shown."""

    title: str
    start: float
    end: float
    figure: float
    total: bool = False


def waterfall_bars(told: MatchExplanation) -> list[Bar]:
    """Give the bars: the prior, every comparison that tells, the sum.

    A figure is the difference of the rounded ends, so that the figures shown add up to the sum
    shown.
    """
    words = wording()
    steps = [(words.title("prior"), told.prior)]
    for part in told.parts:
        if part.level is not None:
            steps.append((f"{part.title}: {part.level}", part.level_weight))
            if part.rarity_weight:
                how = "common" if part.rarity_weight < 0 else "rare"
                steps.append((f"{part.title}: how {how} it is", part.rarity_weight))
    bars: list[Bar] = []
    at = 0.0
    for title, weight in steps:
        figure = round(round(at + weight, DECIMALS) - round(at, DECIMALS), DECIMALS)
        bars.append(Bar(title, at, at + weight, figure))
        at += weight
    return [*bars, Bar("Sum", 0.0, at, round(at, DECIMALS), total=True)]


def waterfall_svg(told: MatchExplanation) -> str:
    """Draw the explanation as one SVG that needs nothing else.

    Sign and place tell what colour tells; `title` and `desc` say the same to a screen reader. No
    name, date or address is in the picture.
    """
    bars = waterfall_bars(told)
    ends = [0.0, *(bar.start for bar in bars), *(bar.end for bar in bars)]
    scale = _Scale(min(ends), max(ends))
    height = TOP + ROW * len(bars) + FOOT
    rows = "".join(_row(at, bar, scale) for at, bar in enumerate(bars))
    zero = scale.x(0)
    said, description = _title(told), _description(told, bars)
    # Of its own, so that several pictures can stand on one page.
    name = "why-" + hashlib.sha256((said + description).encode()).hexdigest()[:12]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" aria-labelledby="{name} {name}-desc" '
        'font-family="Arial, sans-serif" font-size="14">'
        f'<title id="{name}">{escape(said)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        f'<text x="8" y="24" font-weight="bold" fill="{TOTAL}">'
        "For one person (right) and against (left), in bits</text>"
        f'<line x1="{zero}" x2="{zero}" y1="{TOP - 8}" y2="{height - FOOT}" '
        f'stroke="#505a5f" stroke-dasharray="3 3"/>{rows}'
        f'<text x="8" y="{height - 10}" fill="#505a5f">'
        "Each bit doubles or halves the odds.</text></svg>\n"
    )


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    def x(self, weight: float) -> float:
        """Give where a weight stands across the picture, in pixels."""
        span = (self.high - self.low) or 1.0
        return round(LEFT + (weight - self.low) / span * (RIGHT - LEFT), 1)


def _row(at: int, bar: Bar, scale: _Scale) -> str:
    y = TOP + ROW * at
    low, high = sorted((scale.x(bar.start), scale.x(bar.end)))
    up = bar.end >= bar.start
    colour = TOTAL if bar.total else FOR if up else AGAINST
    # Evidence against is hollow, so that the two are told apart without colour.
    fill = colour if up or bar.total else "#ffffff"
    weight = ' font-weight="bold"' if bar.total else ""
    return (
        f'<g{weight}><text x="8" y="{y + 18}" fill="{TOTAL}">{escape(bar.title)}</text>'
        f'<rect x="{low}" y="{y + 4}" width="{max(high - low, 1.0):.1f}" height="{ROW - 12}" '
        f'fill="{fill}" stroke="{colour}" stroke-width="2"/>'
        f'<text x="{WIDTH - 8}" y="{y + 18}" text-anchor="end" fill="{TOTAL}">'
        f"{bar.figure:+.{DECIMALS}f}</text></g>"
    )


def _title(told: MatchExplanation) -> str:
    said = "are one person" if told.verdict.together else "are not held to be one person"
    who = "two records" if told.hidden else f"{told.left} and {told.right}"
    return f"Why {who} {said}"


def _description(told: MatchExplanation, bars: list[Bar]) -> str:
    steps = "; ".join(f"{bar.title} {bar.figure:+.{DECIMALS}f}" for bar in bars)
    kept = " Addresses and contact details are left out: a record is protected."
    return f"{steps}. {sum_in_words(told)}{kept if told.protected else ''}"
