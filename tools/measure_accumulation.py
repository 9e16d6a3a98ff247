"""Measure what the accumulation detector finds before anything else tells of a child.

    python tools/measure_accumulation.py RELEASE TRUTH [RELEASE TRUTH ...] [--write]

What was chosen before anything was measured on the counties that the page shows. Whom it is about:
children whose first red event came in the last two years of the monthly history, with two or more
small events, and none that is red, in the year before it. Found: an alarm stood at a month's end
from 90 days to a year before. Held against counting the same events over twelve months, looked at
every month: once with the number of events that as few children reach by chance as the policy
declares (a threshold between two whole numbers takes each in part), and once with that by which as
many children of the county are found as by the detector.

False alarms: the detector as it stands on the same children, their events drawn as they usually
come, so that nothing is there to be found: children with an alarm a year among 1,000, beside the
rate that the policy declares. After an alarm: the share of those with a first alarm, a year before
the end or more, whose first red event came within the year, beside that of all children without
one by then. Intervals are the middle 95% of 200 bootstrap draws of children; differences in pairs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from measure_scores import DRAWS, SEED, put

from kithkin.evaluation.alarms import (
    MONTHS_A_YEAR,
    Found,
    by_counting,
    by_detector,
    count_for,
    first_red,
    in_a_year,
    month_end_days,
    small_before,
    usual_events,
)
from kithkin.evaluation.ranking import Interval, draws_of_persons
from kithkin.policy import read_policy
from kithkin.releases.scored import HISTORY, SMALL_EVENTS
from kithkin.scoring import born_days
from kithkin.scoring.accumulation import Alarms, SmallEvents, watch
from kithkin.scoring.memory import ScoreMemory

EARLY, LOOKED_BACK, LEAST, LAST_MONTHS = (90, 365), 365, 2, 24
NULL_SEED = 2


@dataclass(frozen=True)
class Measured:
    """One county."""

    strength: float
    about: Any
    red: Any
    found: dict[str, Found]
    counts_from: dict[str, float]
    alarms: Alarms
    usual_rate: Interval
    declared: float


def main() -> None:
    """Read the arguments, measure, print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="RELEASE TRUTH")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    pairs = zip(given.folders[::2], given.folders[1::2], strict=True)
    counties = [measure(release, truth) for release, truth in pairs]
    for name, lines in (("accumulation", found_table(counties)), ("alarms", null_table(counties))):
        told = list(lines)
        print("\n".join(["", name, *told]), flush=True)
        if given.write:
            put(name, told)


def measure(release: Path, truth: Path) -> Measured:
    """Watch a county's children, and the same children with nothing to be found."""
    rules = read_policy(release / "policy").accumulation
    if rules is None:
        raise SystemExit(f"{release}: its policy watches nobody")
    person = pq.read_table(release / "person.parquet").sort_by("person_key")
    born = born_days(person).astype(np.int64)
    months = ScoreMemory(release / HISTORY).dates()
    told = SmallEvents.read(release / SMALL_EVENTS)
    alarms = watch(told, born, months, rules, seed=SEED)
    watched = alarms.watched
    ends = month_end_days(months)
    red = first_red(told, alarms, int(ends[-1]) * 2)
    about = (red > ends[-1 - LAST_MONTHS]) & (red <= ends[-1])
    about &= small_before(told, alarms, red, LOOKED_BACK) >= LEAST
    usual = usual_events(told, alarms, NULL_SEED)
    nothing = watch(usual, born, months, rules, seed=SEED)
    most = in_a_year(nothing.counts, watched).max(axis=1)
    years = watched.sum() / MONTHS_A_YEAR
    own = in_a_year(alarms.counts, watched).max(axis=1)
    counts_from = {
        "counting, as few by chance": count_for(most, rules.false_alarms / 1000 * years),
        "counting, as many children": count_for(own, float(alarms.raised.any(axis=1).sum())),
    }
    found = {"detector": by_detector(alarms, red, EARLY)}
    found |= {name: by_counting(alarms, red, EARLY, least) for name, least in counts_from.items()}
    about_county = json.loads((truth.parent / "county.json").read_text(encoding="utf-8"))
    return Measured(
        float(about_county["knobs"]["network_strength"]), about, red, found, counts_from, alarms,
        _rate(nothing), rules.false_alarms,
    )  # fmt: skip


def _rate(alarms: Alarms) -> Interval:
    """Give children with an alarm a year among 1,000."""
    had, years = alarms.raised.any(axis=1), alarms.watched.sum(axis=1) / MONTHS_A_YEAR
    draws = [
        1000 * (times * had).sum() / (times * years).sum()
        for times in draws_of_persons(alarms.person, DRAWS, SEED)
    ]
    return Interval.of(1000 * had.sum() / years.sum(), draws)


def found_table(counties: list[Measured]) -> Iterator[str]:
    """Give a row a county and way of finding."""
    yield (
        "| network strength | way | children with a first red event | found 90 days before "
        "| less than the detector | children with an alarm | red within a year of it |"
    )
    yield "| --- " * 7 + "|"
    for one in counties:
        rows = np.flatnonzero(one.about)
        draws = [None, *draws_of_persons(rows, DRAWS, SEED)]
        told = {name: [_mean(found.early[rows], times) for times in draws]
                for name, found in one.found.items()}  # fmt: skip
        for name, found in one.found.items():
            apart = np.subtract(told["detector"], told[name])
            least = f" ({one.counts_from[name]:.1f} or more)" if name in one.counts_from else ""
            less = "-" if name == "detector" else Interval.of(apart[0], apart[1:].tolist()).told()
            yield (
                f"| {one.strength:g} | {name}{least} | {len(rows):,} "
                f"| {Interval.of(told[name][0], told[name][1:]).told()} | {less} "
                f"| {found.ever.sum():,.0f} | {_after(one) if name == 'detector' else '-'} |"
            )


def _mean(values: Any, times: Any) -> float:
    return float(values.mean() if times is None else np.average(values, weights=times))


def _after(one: Measured) -> str:
    ends = month_end_days(one.alarms.months)
    first = one.alarms.first()
    since = ends[np.maximum(first, 0)]
    whole = (first >= 0) & (since + LOOKED_BACK <= ends[-1])
    met = (one.red[whole] > since[whole]) & (one.red[whole] <= since[whole] + LOOKED_BACK)
    middle = ends[-1 - MONTHS_A_YEAR]
    free = one.red > middle
    usually = (one.red[free] <= middle + LOOKED_BACK).mean()
    return f"{met.mean():.0%}, of all children {usually:.0%}"


def null_table(counties: list[Measured]) -> Iterator[str]:
    """Give a row a county: false alarms where nothing is, and alarms as they are."""
    yield (
        "| network strength | declared, a year of 1,000 | where events come as usual | in the county |"
    )
    yield "| --- " * 4 + "|"
    for one in counties:
        seen = _rate(one.alarms).told(1)
        yield f"| {one.strength:g} | {one.declared:g} | {one.usual_rate.told(1)} | {seen} |"


if __name__ == "__main__":
    main()
