"""Small pictures as SVG text: how a value sits in its band, bars, a pyramid of ages, a map."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from kithkin.simulation.calibration.figures import Measured
from kithkin.simulation.calibration.measures.counting import Year
from kithkin.simulation.world import SEXES

INK, BAND, GOOD, BAD, QUIET = "#0b0c0c", "#d2e2f1", "#00703c", "#d4351c", "#b1b4b6"
STRIP_REACH = 2.0
"""A strip shows twice the allowed room on each side of the published value."""


def strip(measured: Measured, width: int = 180) -> str:
    """Draw the allowed band, the published value as a line and the county's as a dot."""
    low, high = measured.figure.allowed
    middle, room = measured.figure.published, (high - low) / 2
    inside = (measured.value - middle) / (STRIP_REACH * room)
    clipped = float(np.clip(np.nan_to_num(inside), -1, 1))
    at, half = width * (0.5 + 0.46 * clipped), width * 0.46 / STRIP_REACH
    colour = GOOD if measured.agrees else BAD
    label = f"{measured.value:.4g} against {middle:g}, allowed {low:.4g} to {high:.4g}"
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{width}" height="16">'
        f'<rect x="{width / 2 - half:.1f}" y="3" width="{2 * half:.1f}" height="10" fill="{BAND}"/>'
        f'<path d="M{width / 2:.1f} 1v14" stroke="{INK}"/>'
        f'<circle cx="{at:.1f}" cy="8" r="4.5" fill="{colour}"/></svg>'
    )


def bars(title: str, labels: Sequence[str], values: Sequence[float], unit: str) -> str:
    """Draw one bar a label, from nought, with its value above it."""
    width, height, foot = 46 * len(labels) + 20, 180, 30
    top = max([*values, 1e-9])
    parts = []
    for place, (label, value) in enumerate(zip(labels, values, strict=True)):
        x, tall = 12 + 46 * place, 120 * value / top
        parts.append(
            f'<rect x="{x}" y="{height - foot - tall:.1f}" width="36" height="{tall:.1f}" fill="#1d70b8"/>'
            f'<text x="{x + 18}" y="{height - foot - tall - 4:.1f}" class="n">{value:.3g}</text>'
            f'<text x="{x + 18}" y="{height - foot + 15}" class="n">{escape(label)}</text>'
        )
    return _picture(title, f"{title}, {unit}", width, height, "".join(parts))


def pyramid(year: Year) -> str:
    """Draw how many people of each age and sex live in the county."""
    people, there = year.county.world.people, year.present
    bands = np.clip(year.ages[there] // 5, 0, 18)
    counts = [
        np.bincount(bands[people.sex[there] == sex], minlength=19) for sex in range(len(SEXES))
    ]
    top = max(int(c.max()) for c in counts) or 1
    parts = []
    for band in range(19):
        y = 18 + 12 * (18 - band)
        for sex, way in ((0, -1), (1, 1)):
            long = 150 * int(counts[sex][band]) / top
            x = 200 - long if way < 0 else 200
            colour = "#1d70b8" if way < 0 else "#5694ca"
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{long:.1f}" height="10" fill="{colour}"/>'
            )
        parts.append(f'<text x="20" y="{y + 9}" class="n">{band * 5}</text>')
    parts.append(
        '<text x="120" y="12" class="n">female</text><text x="280" y="12" class="n">male</text>'
    )
    return _picture("Ages", "People by age in steps of five years", 370, 260, "".join(parts))


def map_of_areas(year: Year) -> str:
    """Draw every neighbourhood as a dot at the middle of its postcodes, darker when deprived."""
    world = year.county.world
    used = np.unique(world.postcodes.area[world.addresses.postcode])
    areas = len(world.areas)
    counts = np.maximum(np.bincount(world.postcodes.area, minlength=areas), 1)
    east = np.bincount(world.postcodes.area, world.postcodes.easting, areas) / counts
    north = np.bincount(world.postcodes.area, world.postcodes.northing, areas) / counts
    x, y = east[used], north[used]
    span = max(float(np.ptp(x)), float(np.ptp(y)), 1.0)
    dots = []
    for place, area in enumerate(used):
        shade = 90 - 7 * (10 - int(world.areas.decile[area]))
        dots.append(
            f'<circle cx="{20 + 380 * (x[place] - x.min()) / span:.1f}" '
            f'cy="{400 - 380 * (y[place] - y.min()) / span:.1f}" r="4" '
            f'fill="hsl(208 60% {shade}%)" stroke="{QUIET}" stroke-width="0.5"/>'
        )
    title = "Neighbourhoods"
    return _picture(title, "Neighbourhoods, darker where more deprived", 420, 420, "".join(dots))


def _picture(title: str, label: str, width: int, height: int, inside: str) -> str:
    return (
        f'<figure><svg role="img" aria-label="{escape(label)}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">{inside}</svg>'
        f"<figcaption>{escape(title)}</figcaption></figure>"
    )
