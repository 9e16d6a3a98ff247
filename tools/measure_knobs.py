"""Measures what each knob of the synthetic county changes, and prints the table as Markdown.

Each row turns one knob and leaves the rest as shipped; each number is the mean of several counties
of different seeds. `python tools/measure_knobs.py --people 40000 --seeds 3` takes some minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from measure_calibration import put

from kithkin.simulation.calibration import knob_effects as effects
from kithkin.simulation.calibration.hardness import measure_hardness
from kithkin.simulation.county import County
from kithkin.simulation.making import Plan, make_county
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.sending.one_agency import AGENCIES
from kithkin.simulation.settings.whole import Settings

Files = Mapping[tuple[str, str], AgencyFile]
Effect = Callable[[County, Files, Settings], float]


def gain(county: County, files: Files, _: Settings) -> float:
    """Area under the curve with linked people's records, less without."""
    alone, linked = effects.network_gain(county, files)
    return linked - alone


ROWS: tuple[tuple[str, tuple[float, ...], str, Effect, str], ...] = (
    ("network_strength", (0.0, 0.5, 1.0, 2.0, 3.0), "gain in area under the curve from linked people's records, who is exploited or drawn into violence in the next year, children of 10 to 17, logistic model", gain, "+.3f"),
    ("hidden_difference", (0.0, 0.8, 1.6), "area under the curve for return and escalation, logistic model on structured history", lambda c, _f, _s: measure_hardness(c).auc, ".3f"),
    ("yearly_drift", (-0.1, 0.03, 0.2), "yearly change in happenings, %", lambda c, _f, _s: effects.yearly_change(c), "+.1f"),
    ("surveillance_area", (-0.5, 0.15, 1.0), "contacts a child in the more deprived half of areas, over the other half, at equal true need", lambda c, _f, _s: effects.area_gap(c), ".2f"),
    ("surveillance_group", (-0.5, 0.1, 0.5, 1.0), "contacts a child of minority groups, over the majority, at equal true need", lambda c, _f, _s: effects.recorded_gap(c), ".2f"),
    ("worker_spread", (0.0, 0.35, 1.0), "agreement of two workers on contacts that look alike, %", lambda c, _f, _s: 100 * effects.agreement(c), ".1f"),
    ("worker_noise", (0.0, 0.5, 1.5), "agreement of two workers on contacts that look alike, %", lambda c, _f, _s: 100 * effects.agreement(c), ".1f"),
    ("worker_drift", (0.0, 0.1, 1.0), "agreement of two workers on contacts that look alike, %", lambda c, _f, _s: 100 * effects.agreement(c), ".1f"),
    ("worker_fatigue", (0.0, 0.1, 0.8), "share referred in the busiest quarter of weeks less the quietest, at equal seriousness, points", lambda c, _f, _s: effects.fatigue_gap(c), "+.1f"),
    ("worker_bias", (-0.8, 0.0, 0.8), "share referred of minority groups less the majority, at equal seriousness, points", lambda c, _f, _s: effects.referral_gap(c), "+.1f"),
    ("support_effect", (0.0, 0.45, 0.9), "escalations that support would prevent, %", lambda c, _f, _s: 100 * effects.prevented(c), ".0f"),
    ("mistakes", (0.0, 1.0, 3.0), "entries of the police register whose name, birth or postcode differs from the truth, %", lambda c, f, s: effects.wrong_entries(c, f, s), ".1f"),
    ("delays", (0.0, 1.0, 3.0), "mean days from a police occurrence to its record", lambda _c, f, _s: effects.mean_delay(f), ".1f"),
)  # fmt: skip


LARGER = {"network_strength": 2.5, "hidden_difference": 2.5}
"""Knobs whose effect shows only in larger counties, and how many times larger."""


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=40_000)
    words.add_argument("--seeds", type=int, default=3)
    words.add_argument("--processes", type=int, default=2)
    words.add_argument("--only", default="", help="one knob")
    words.add_argument("--write", action="store_true", help="put it into docs/simulation.md")
    given = words.parse_args()
    rows = [row for row in ROWS if not given.only or row[0] == given.only]
    opening = (
        f"{given.people:,} people, three years, {given.people * 2.5:,.0f} for the first two knobs; "
        f"mean of {given.seeds} seeds (lowest to highest).\n"
    )
    lines = [
        opening,
        "| knob | what is measured | setting: measured |",
        "| --- | --- | --- |",
    ]
    with ProcessPoolExecutor(given.processes) as pool:
        for knob, values, what, _, layout in rows:
            people = int(given.people * LARGER.get(knob, 1))
            found = [
                list(pool.map(partial(one, knob, value, people), range(1, given.seeds + 1)))
                for value in values
            ]
            cells = [_cell(v, f, layout) for v, f in zip(values, found, strict=True)]
            lines.append(f"| `{knob}` | {what} | {'; '.join(cells)} |")
            print(lines[-1], flush=True)
    if given.write:
        put("knobs", "\n".join(lines))


def one(knob: str, value: float, people: int, seed: int) -> float:
    """Measure the knob's effect in one county."""
    effect = next(row[3] for row in ROWS if row[0] == knob)
    plan = Plan(people, 3, seed, knobs={knob: value})
    county, settings = make_county(plan), plan.read_settings()
    needed = ("police", "youth_justice", "health", "other")
    files = {
        (file.feed, file.file): file for feed in needed for file in AGENCIES[feed](county, settings)
    }
    return effect(county, files, settings)


def _cell(value: float, found: list[float], layout: str) -> str:
    mean, low, high = np.mean(found), min(found), max(found)
    return f"{value:g}: {mean:{layout}} ({low:{layout}} to {high:{layout}})"


if __name__ == "__main__":
    main()
