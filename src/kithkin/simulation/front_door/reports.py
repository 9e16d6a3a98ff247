"""What would be reported to the front door if it came about: reports of happenings, by source.

Readiness to report differs by kind, severity, month, area and group. The level of each source is
set by one declared offset, so that a county without help would have the published number of
contacts from it; no outcome is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar, Days
from kithkin.simulation.care import SOURCES
from kithkin.simulation.front_door.arithmetic import weights_of
from kithkin.simulation.front_door.told_by import ToldBy, ages_on
from kithkin.simulation.life import HAPPENINGS, PARTS, Happenings, Lives, Participants
from kithkin.simulation.settings.front_door import Reporting
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import ETHNICITIES, NOBODY, Float, Index, Small, World

__all__ = ["Reports", "Surroundings", "potential_reports", "surroundings"]

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Surroundings:
    """Of each person: what surveillance and leniency go by."""

    deprivation: Float
    """Shape (people,): the area's score in standard deviations from the county's mean."""
    decile: Small
    minority: npt.NDArray[np.bool_]
    """Shape (people,): of an ethnic group other than White British."""


@dataclass(frozen=True)
class Reports:
    """A row a report and child named in it."""

    happening: Index
    child: Index
    """Position in `lives.children`."""
    source: Small
    day: Days
    report: Rows
    """Number of the report; children of one report have one worker."""


def surroundings(world: World) -> Surroundings:
    """Find each person's area by the last home; of those without one, the county's middle."""
    stays = world.stays
    order = np.argsort(stays.start, kind="stable")
    area = np.full(len(world.people), NOBODY, dtype=np.int32)
    area[stays.person[order]] = world.postcodes.area[world.addresses.postcode[stays.address[order]]]
    score = world.areas.score[area].astype(np.float32)
    housed = area != NOBODY
    middle, spread = score[housed].mean(), max(float(score[housed].std()), 1e-6)
    return Surroundings(
        deprivation=np.where(housed, (score - middle) / spread, 0).astype(np.float32),
        decile=np.where(housed, world.areas.decile[area], 5).astype(np.int8),
        minority=world.people.ethnicity != ETHNICITIES.index("WBRI"),
    )


def potential_reports(
    world: World,
    lives: Lives,
    happenings: Happenings,
    participants: Participants,
    calendar: Calendar,
    around: Surroundings,
    settings: Reporting,
    knobs: Knobs,
    streams: Streams,
) -> Reports:
    """Draw which happenings would be reported, by whom, when, and which children are named."""
    row = _named_children(lives, happenings, participants, calendar, settings, streams)
    happening = participants.happening[row]
    children_named = np.bincount(happening, minlength=len(happenings))
    readiness = _readiness(world, happenings, around, settings, knobs)
    told_by = ToldBy(settings)
    of = _Cells(
        happenings.kind,
        _season(calendar, happenings.day),
        told_by.band(ages_on(world, happenings.child, happenings.day)),
    )
    year = last_year(calendar, happenings.day)
    aim = expected_contacts(lives, settings, 12) * (1 - settings.background_share)
    table = _levels(of.only(year), readiness[year], children_named[year], aim, told_by, settings)
    draw = streams.of("front_door", "reported").random(len(happenings), dtype=np.float32)
    rate = readiness * of.look_up(table.sum(axis=3))
    reported = (draw < -np.expm1(-rate)) & (children_named > 0)
    source, day = _told(happenings, reported, of, table, settings, knobs, streams)
    kept = reported[happening]
    return Reports(
        happening=happening[kept].astype(np.int32),
        child=lives.child_of[participants.person[row[kept]]].astype(np.int32),
        source=source[happening[kept]],
        day=day[happening[kept]],
        report=happening[kept].astype(np.int64),
    )


@dataclass(frozen=True)
class _Cells:
    """What a source's readiness goes by: kind, month of the year, and the child's band of age."""

    kind: Small
    season: Small
    band: Small

    def only(self, rows: slice | Rows) -> _Cells:
        return _Cells(self.kind[rows], self.season[rows], self.band[rows])

    def look_up(self, table: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = table[self.kind, self.season, self.band]
        return found


def _named_children(
    lives: Lives,
    happenings: Happenings,
    participants: Participants,
    calendar: Calendar,
    settings: Reporting,
    streams: Streams,
) -> Rows:
    chances = weights_of(settings.named, PARTS)
    child = lives.child_of[participants.person]
    month = calendar.month_of(happenings.day)[participants.happening]
    inside = (child != NOBODY) & (month >= 0) & (month < calendar.months)
    inside &= lives.home[np.where(inside, month, 0), np.maximum(child, 0)] != NOBODY
    draw = streams.of("front_door", "named").random(len(participants), dtype=np.float32)
    return np.flatnonzero(inside & (draw < chances[participants.part]))


def _readiness(
    world: World,
    happenings: Happenings,
    around: Surroundings,
    settings: Reporting,
    knobs: Knobs,
) -> Float:
    home = world.households.reference[np.maximum(happenings.household, 0)]
    whose = np.where(happenings.child != NOBODY, happenings.child, home)
    log_rate = (
        settings.severity * (happenings.severity.astype(np.float32) - 2)
        + knobs.surveillance_area * around.deprivation[whose]
        + knobs.surveillance_group * around.minority[whose]
    )
    return np.exp(log_rate).astype(np.float32)


def _season(calendar: Calendar, days: Days) -> Small:
    first = calendar.day(int(calendar.month_starts[0])).month - 1
    month = np.clip(calendar.month_of(days), 0, calendar.months - 1)
    return ((month.astype(np.int32) + first) % 12).astype(np.int8)


def _levels(
    of: _Cells,
    readiness: Float,
    children_named: npt.NDArray[np.int64],
    aim: float,
    told_by: ToldBy,
    settings: Reporting,
) -> npt.NDArray[np.float32]:
    """Give the rate of reporting by kind, month of the year, age and source, at readiness 1.

    The rows are the happenings of the last twelve months, the year that published figures are of.
    """
    table = _relative(settings)[:, :, None, :] * told_by.of_band.T[None, None, :, :]
    shape = table.shape[:3]
    cell = np.ravel_multi_index((of.kind, of.season, of.band), shape)
    weight = np.bincount(cell, readiness * children_named, minlength=int(np.prod(shape)))
    by_source = weight @ table.reshape(len(weight), -1)
    share = weights_of(settings.source_share, SOURCES)
    table = table * (aim * share / share.sum() / np.maximum(by_source, 1e-9))
    for _ in range(4):  # the rarer reports are, the nearer their chance is to their rate
        rate = readiness * of.look_up(table.sum(axis=3))
        expected = float((-np.expm1(-rate) * children_named).sum())
        table = table * min(5.0, aim / max(expected, 1e-9))
    return table.astype(np.float32)


def last_year(calendar: Calendar, days: Days) -> slice:
    """Give the rows of the last twelve months, of days in order."""
    first = calendar.month_starts[max(0, calendar.months - 12)]
    return slice(*(int(x) for x in np.searchsorted(days, [first, calendar.ends + 1])))


def expected_contacts(lives: Lives, settings: Reporting, months: int) -> float:
    """Give the contacts that the published rate means for the children of the last `months`."""
    child_years = float((lives.home[-months:] != NOBODY).sum()) / 12
    return settings.contacts_per_10000 / 10_000 * child_years / (1 - settings.lost_to_help)


def _relative(settings: Reporting) -> npt.NDArray[np.float64]:
    unknown = set(settings.kinds) - set(HAPPENINGS)
    if unknown:
        raise KeyError(f"front_door.toml: [reporting.kinds] has unknown kinds {sorted(unknown)}")
    kinds = [weights_of(settings.kinds.get(kind, {}), SOURCES) for kind in HAPPENINGS]
    months = [settings.months.get(source, settings.months["other"]) for source in SOURCES]
    return np.array(kinds)[:, None, :] * np.array(months).T[None, :, :]


def _told(
    happenings: Happenings,
    reported: npt.NDArray[np.bool_],
    of: _Cells,
    table: npt.NDArray[np.float32],
    settings: Reporting,
    knobs: Knobs,
    streams: Streams,
) -> tuple[Small, Days]:
    """Give the source and the day of each happening's report, for those reported."""
    rows = np.flatnonzero(reported)
    edges = np.cumsum(of.only(rows).look_up(table), axis=1)
    draw = streams.of("front_door", "source").random(len(rows)) * edges[:, -1]
    source = np.zeros(len(happenings), dtype=np.int8)
    source[rows] = np.minimum((edges <= draw[:, None]).sum(axis=1), len(SOURCES) - 1)
    mean = weights_of(settings.delay_days, SOURCES) * knobs.delays
    waits = streams.of("front_door", "delay").exponential(size=len(rows)) * mean[source[rows]]
    day = happenings.day.copy()
    day[rows] += np.minimum(waits, 60).astype(np.int32)
    return source, day
