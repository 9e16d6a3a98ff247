"""Contacts about children who are not born yet: of mothers whose homes are in trouble."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.care import SOURCES
from kithkin.simulation.front_door.arithmetic import pick, weights_of
from kithkin.simulation.front_door.need import need_sums
from kithkin.simulation.front_door.reports import Reports, Surroundings, expected_contacts
from kithkin.simulation.life import Lives
from kithkin.simulation.settings.front_door import FrontDoorSettings
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, World

MONTHS = 6
"""Months before the birth in which a pregnancy is known to services."""


def unborn_reports(
    world: World,
    lives: Lives,
    calendar: Calendar,
    around: Surroundings,
    settings: FrontDoorSettings,
    knobs: Knobs,
    streams: Streams,
    first_report: int,
) -> Reports:
    """Draw contacts about children born later in the calendar, by the need of the coming home."""
    draw, reporting = streams.of("front_door", "unborn"), settings.reporting
    born = world.people.born[lives.children]
    at_home = (lives.home != NOBODY).any(axis=0)
    coming = np.flatnonzero((born > calendar.begins) & at_home).astype(np.int32)
    child = np.repeat(coming, MONTHS)
    before = np.tile(np.arange(1, MONTHS + 1), len(coming))
    month = calendar.month_of(born[child]) - before
    child, month = child[month >= 0], month[month >= 0].astype(np.int16)
    whose = lives.children[child]
    log_rate = (
        settings.deciding.need * need_sums(world, lives, settings.need, month, child)
        + knobs.surveillance_area * around.deprivation[whose]
        + knobs.surveillance_group * around.minority[whose]
    )
    rate = np.exp(log_rate.astype(np.float64))
    aim = expected_contacts(lives, reporting, calendar.months) * reporting.unborn_share
    chance = -np.expm1(-rate * (aim / max(float(rate.sum()), 1e-9)))
    told = np.flatnonzero(draw.random(len(rate)) < chance)
    starts, at = calendar.month_starts, month[told]
    length = starts[at + 1] - starts[at]
    day = starts[at] + (draw.random(len(told)) * length).astype(np.int32)
    shares = weights_of(reporting.unborn_sources, SOURCES)
    return Reports(
        happening=np.full(len(told), NOBODY, dtype=np.int32),
        child=child[told],
        source=pick(shares, draw.random(len(told))),
        day=np.minimum(day, born[child[told]] - 1).astype(np.int32),
        report=first_report + np.arange(len(told), dtype=np.int64),
    )
