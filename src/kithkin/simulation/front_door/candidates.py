"""Potential contacts: each child of each potential report, and contacts with nothing behind them.

All that a worker will see, and all later chances, are drawn here, before anything is decided. So
the same draws serve what came about and both worlds of the outcomes (common random numbers).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar, Days
from kithkin.simulation.care import SOURCES
from kithkin.simulation.front_door.arithmetic import looked_up, pick, weights_of
from kithkin.simulation.front_door.need import hidden_difference, home_of, levels, need_sums
from kithkin.simulation.front_door.reports import Reports, Surroundings, expected_contacts
from kithkin.simulation.front_door.told_by import ToldBy, ages_on
from kithkin.simulation.front_door.unborn import unborn_reports
from kithkin.simulation.life import Happenings, Lives
from kithkin.simulation.settings.front_door import FrontDoorSettings, Reporting
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, Float, Index, Small, Table, World

SATURDAY, SUNDAY = 2, 3


@dataclass(frozen=True)
class Candidates(Table):
    """A row a potential contact, in order of days."""

    child: Index
    """Position in `lives.children`."""
    day: Days
    month: npt.NDArray[np.int16]
    source: Small
    happening: Index
    household: Index
    need: Small
    hidden: Float
    severity: Small
    """Of the happening; 1 when there is none."""
    shown: Float
    report: npt.NDArray[np.int64]
    noise: Float
    """The worker's noise at this contact, standard normal; siblings in one report share it."""


def make_candidates(
    world: World,
    lives: Lives,
    happenings: Happenings,
    reports: Reports,
    calendar: Calendar,
    around: Surroundings,
    settings: FrontDoorSettings,
    knobs: Knobs,
    streams: Streams,
) -> Candidates:
    """Put reports and groundless contacts together, with their true need and what they show."""
    parts = [reports]
    parts.append(
        _background(world, lives, calendar, around, settings, knobs, streams, len(happenings))
    )
    first = len(happenings) + len(parts[-1].day)
    parts.append(unborn_reports(world, lives, calendar, around, settings, knobs, streams, first))
    both = Reports(
        **{
            f.name: np.concatenate([getattr(part, f.name) for part in parts])
            for f in fields(Reports)
        }
    )
    both = replace(both, day=_on_working_days(both, settings.reporting))
    month = np.minimum(calendar.month_of(both.day), calendar.months - 1)
    age = ages_on(world, lives.children[both.child], both.day)
    inside = (both.day <= calendar.ends) & ToldBy(settings.reporting).fit(both.source, age)
    inside &= (lives.home[month, both.child] != NOBODY) | (age < 0)
    order = np.flatnonzero(inside)
    order = order[np.lexsort((both.child[order], both.report[order], both.day[order]))]
    return _with_need(world, lives, happenings, both, month, order, settings, streams)


def _on_working_days(both: Reports, settings: Reporting) -> Days:
    """Move weekends' reports of sources with office hours to Monday."""
    office = weights_of(dict.fromkeys(settings.weekdays_only, 1.0), SOURCES)[both.source] > 0
    weekday = both.day % 7  # 1 January 1970 was a Thursday
    wait = np.where(weekday == SATURDAY, 2, np.where(weekday == SUNDAY, 1, 0))
    return (both.day + wait * office).astype(np.int32)


def _background(
    world: World,
    lives: Lives,
    calendar: Calendar,
    around: Surroundings,
    settings: FrontDoorSettings,
    knobs: Knobs,
    streams: Streams,
    first_report: int,
) -> Reports:
    """Draw contacts with nothing behind them, somewhat more in deprived areas."""
    reporting = settings.reporting
    draw = streams.of("front_door", "background")
    count = expected_contacts(lives, reporting, calendar.months) * reporting.background_share
    month, child = _who_and_when(lives, calendar, around, knobs, draw, int(draw.poisson(count)))
    starts = calendar.month_starts
    length = (starts[month + 1] - starts[month]).astype(np.float64)
    size = len(child)
    day = (starts[month] + draw.random(size) * length).astype(np.int32)
    age = ages_on(world, lives.children[child], day)
    return Reports(
        happening=np.full(size, NOBODY, dtype=np.int32),
        child=child,
        source=_by_age(reporting, age, draw.random(size)),
        day=day,
        report=first_report + np.arange(size, dtype=np.int64),
    )


def _by_age(
    settings: Reporting, age: npt.NDArray[np.int16], uniform: npt.NDArray[np.float64]
) -> Small:
    """Pick sources of contacts with nothing behind them, among those that tell of such an age."""
    told_by, source = ToldBy(settings), np.zeros(len(age), dtype=np.int8)
    shares, band = weights_of(settings.background_sources, SOURCES), told_by.band(age)
    for at, fits in enumerate(told_by.of_band.T):
        rows = np.flatnonzero(band == at)
        source[rows] = pick(shares * fits, uniform[rows])
    return source


def _who_and_when(
    lives: Lives,
    calendar: Calendar,
    around: Surroundings,
    knobs: Knobs,
    draw: np.random.Generator,
    count: int,
) -> tuple[npt.NDArray[np.int64], Index]:
    """Draw months and children by rejection: at home that month, and as closely watched as drawn."""
    tries = 4 * count + 50
    month = draw.integers(calendar.months, size=tries)
    child = draw.integers(len(lives.children), size=tries).astype(np.int32)
    whose = lives.children[child]
    seen = knobs.surveillance_area * around.deprivation[whose]
    seen = seen + knobs.surveillance_group * around.minority[whose]
    kept = np.flatnonzero(
        (lives.home[month, child] != NOBODY) & (np.log(draw.random(tries)) < seen - 0.5)
    )[:count]
    return month[kept], child[kept]


def _with_need(
    world: World,
    lives: Lives,
    happenings: Happenings,
    both: Reports,
    month: npt.NDArray[np.int16],
    order: npt.NDArray[np.int64],
    settings: FrontDoorSettings,
    streams: Streams,
) -> Candidates:
    child, months = both.child[order], month[order]
    home = home_of(lives, months, child)
    happening = both.happening[order]
    need = levels(need_sums(world, lives, settings.need, months, child), settings.need)
    severity = looked_up(happenings.severity, happening, 1)
    deciding = settings.deciding
    by_source = weights_of(deciding.by_source, SOURCES)[both.source[order]]
    blur = streams.of("front_door", "shown").standard_normal(len(order), dtype=np.float32)
    shown = deciding.need * (need - 2.0) + deciding.severity * (severity - 2.0) + by_source
    same, number = np.unique(both.report[order], return_inverse=True)
    noise = streams.of("front_door", "noise").standard_normal(len(same), dtype=np.float32)
    return Candidates(
        child=child,
        day=both.day[order],
        month=months,
        source=both.source[order],
        happening=happening,
        household=home,
        need=need,
        hidden=hidden_difference(lives, home, child),
        severity=severity.astype(np.int8),
        shown=(shown + deciding.shown_noise * blur).astype(np.float32),
        report=number.astype(np.int64),
        noise=noise[number],
    )
