"""Measures counties beside the published figures and puts the table into docs/simulation.md.

`python tools/measure_calibration.py --people 200000 --seeds 3` takes some minutes; with --write
the table goes between the page's markers.
"""

from __future__ import annotations

import argparse
import re
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from kithkin.simulation.calibration import (
    Hardness,
    Measured,
    Year,
    measure,
    measure_hardness,
    published_figures,
)
from kithkin.simulation.making import Plan, make_county
from kithkin.simulation.sending.one_agency import AGENCIES

PAGE = Path(__file__).parents[1] / "docs" / "simulation.md"
NEEDED = ("police", "youth_justice", "school_census")


def main() -> None:
    """Print the table, or write it."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=200_000)
    words.add_argument("--seeds", type=int, default=3)
    words.add_argument("--write", action="store_true")
    given = words.parse_args()
    seeds = range(1, given.seeds + 1)
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(partial(one, given.people), seeds))
    text = table(given.people, [figures for figures, _ in found], [hard for _, hard in found])
    print(text)
    if given.write:
        put("calibration", text)


def one(people: int, seed: int) -> tuple[list[Measured], Hardness]:
    """Measure one county."""
    plan = Plan(people, 3, seed)
    county, settings = make_county(plan), plan.read_settings()
    files = {
        (file.feed, file.file): file for feed in NEEDED for file in AGENCIES[feed](county, settings)
    }
    return measure(Year.last_of(county, files, settings.services)), measure_hardness(county)


def table(people: int, found: list[list[Measured]], hardness: list[Hardness]) -> str:
    """Say how many figures agree, how hard the county is, and list the figures that miss."""
    agreeing = [sum(one.agrees for one in figures) for figures in found]
    areas = ", ".join(f"{h.auc:.3f} ({h.low:.3f} to {h.high:.3f})" for h in hardness)
    mean = np.mean([h.auc for h in hardness])
    opening = (
        f"Counties of {people:,} people, seeds 1 to {len(found)}, last year. Of "
        f"{len(published_figures())} figures, {', '.join(map(str, agreeing))} agree. Area under the "
        f"curve for return and escalation, logistic model on structured history: {areas}; mean "
        f"{mean:.3f}, target 0.70 to 0.76. Figures that miss in any of them:\n"
    )
    lines = [opening, "| figure | published | allowed | measured |", "| --- | --- | --- | --- |"]
    for row in zip(*found, strict=True):
        if not all(one.agrees for one in row):
            low, high = row[0].figure.allowed
            values = ", ".join(f"{one.value:.4g}" for one in row)
            title = f"{row[0].figure.title}, {row[0].figure.unit}"
            lines.append(
                f"| {title} | {row[0].figure.published:g} | {low:.4g} to {high:.4g} | {values} |"
            )
    return "\n".join(lines)


def put(name: str, text: str) -> None:
    """Put a text between the page's markers of this name."""
    page = PAGE.read_text(encoding="utf-8")
    marked = re.compile(rf"(<!-- {name}: [^\n]* -->\n).*?(\n<!-- {name}: end -->)", re.S)
    if not marked.search(page):
        raise SystemExit(f"{PAGE.name} has no markers for {name}")
    PAGE.write_text(marked.sub(lambda m: f"{m[1]}\n{text}\n{m[2]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
