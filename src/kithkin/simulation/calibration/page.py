"""The calibration page: one HTML file, no script, that can be read, printed and passed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np

from kithkin.simulation.calibration.figures import Measured, source_titles
from kithkin.simulation.calibration.hardness import TARGET, Hardness
from kithkin.simulation.calibration.measures.counting import Year
from kithkin.simulation.calibration.pictures import bars, map_of_areas, pyramid, strip

MONTHS = ("Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar")


def write_page(path: Path, year: Year, measured: Sequence[Measured], hardness: Hardness) -> None:
    """Write the page to `path`."""
    body = "\n".join([_opening(year, measured), _table(measured), _hard(hardness), _pictures(year)])
    page = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    path.write_text(page.replace("<!-- body -->", body), encoding="utf-8")


def _opening(year: Year, measured: Sequence[Measured]) -> str:
    good = sum(one.agrees for one in measured)
    county = year.county
    return (
        "<h1>A synthetic county beside published figures</h1>"
        f"<p>{year.population:,} people, {year.children:,} of them under 18; seed "
        f"{county.streams.seed}; the year to {county.calendar.day(year.last):%d %B %Y}. "
        "Nobody here is real. That the county agrees with published totals shows only that the "
        "simulator is set as intended; it says nothing of how well anything would work on real "
        "children.</p>"
        f"<p class='total'><strong>{good} of {len(measured)}</strong> figures lie within what "
        "is allowed. Figures and tolerances were fixed before a county was first measured; none "
        "has been loosened since.</p>"
    )


def _table(measured: Sequence[Measured]) -> str:
    sources = source_titles()
    head = (
        "<table><thead><tr><th scope='col'>Figure</th><th scope='col'>Published</th>"
        "<th scope='col'>County</th><th scope='col'>Allowed</th><th scope='col'>Picture</th>"
        "<th scope='col'>Verdict</th><th scope='col'>Source</th></tr></thead>"
    )
    parts = []
    for section, within in groupby(measured, key=lambda one: one.figure.section):
        rows = "".join(_row(one, sources) for one in within)
        title = f"<tr><th scope='rowgroup' colspan='7'><h2>{escape(section)}</h2></th></tr>"
        parts.append(f"<tbody>{title}{rows}</tbody>")
    return f"{head}{''.join(parts)}</table>"


def _row(one: Measured, sources: Mapping[str, str]) -> str:
    figure = one.figure
    low, high = figure.allowed
    verdict = "<b class='ok'>agrees</b>" if one.agrees else "<b class='no'>misses</b>"
    doubt = f" ± {1.96 * one.spread:.2g}" if np.isfinite(one.spread) else ""
    where = f"{sources[figure.source]}; {figure.area} {figure.year}"
    note = f" ({figure.note})" if figure.note else ""
    return (
        f"<tr><th scope='row'>{escape(figure.title)}<br><small>{escape(figure.unit)}</small></th>"
        f"<td>{figure.published:g}</td><td>{one.value:.4g}<small>{doubt}</small></td>"
        f"<td>{low:.4g} to {high:.4g}</td><td>{strip(one)}</td><td>{verdict}</td>"
        f"<td><small>{escape(where + note)}</small></td></tr>"
    )


def _hard(hardness: Hardness) -> str:
    low, high = TARGET
    verdict = "within" if hardness.in_target else "outside"
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{value:.3f}</td></tr>"
        for name, value in hardness.rows()
    )
    return (
        "<h2>How hard it is to tell who comes back and escalates</h2>"
        f"<p>A sound model on structured history should reach an area under the curve of {low:.2f} "
        f"to {high:.2f}, as published systems do; here it reaches {hardness.auc:.3f} "
        f"({hardness.low:.3f} to {hardness.high:.3f}), {verdict} the target. "
        f"{hardness.cases:,} later closed cases, of which {hardness.events:,} came back and "
        "escalated within twelve months.</p>"
        f"<table><tbody>{rows}</tbody></table>"
    )


def _pictures(year: Year) -> str:
    table = year.county.care.referrals
    starts = year.county.calendar.month_starts[-13:]
    by_month = [
        float(np.count_nonzero((table.day >= a) & (table.day < b))) for a, b in pairwise(starts)
    ]
    return (
        "<h2>Pictures</h2><div class='pictures'>"
        + bars("Referrals by month", MONTHS, by_month, "referrals")
        + pyramid(year)
        + map_of_areas(year)
        + "</div>"
    )
