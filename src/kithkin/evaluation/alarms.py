"""Whether an alarm came well before what it warns of, and how often it comes where nothing is.

Counting is what the detector is held against: a child is found when so many events fall within a
year. A threshold between two whole numbers finds in part, as often as the lower one is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from kithkin.evaluation.ranking import Numbers, Whole
from kithkin.model import dates
from kithkin.scoring.accumulation import SmallEvents
from kithkin.scoring.accumulation.watch import Alarms, month_starts

MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Found:
    """Of each watched child, from 0 to 1: whether an alarm stood in time, and whether one ever did."""

    early: Numbers
    ever: Numbers


def by_detector(alarms: Alarms, red: Whole, days: tuple[int, int]) -> Found:
    """Say whose alarm stood at a month's end so many days before the first red event.

    Parameters
    ----------
    red : by watched child, the day number of the first red event; later than all months for none.
    days : fewest and most.

    """
    ends = np.array([dates.day_number(day) for day in alarms.months], np.int64)
    before = red[:, None] - ends[None, :]
    inside = (before >= days[0]) & (before <= days[1])
    early = (alarms.raised & inside).any(axis=1)
    return Found(early.astype(float), alarms.raised.any(axis=1).astype(float))


def by_counting(alarms: Alarms, red: Whole, days: tuple[int, int], least: float) -> Found:
    """Say the same of children with at least so many events in a year; see `in_a_year`."""
    low = int(np.floor(least))
    part = least - low
    counted = counting(alarms, low), counting(alarms, low + 1)
    lower, upper = (by_detector(one, red, days) for one in counted)
    return Found(
        (1 - part) * lower.early + part * upper.early, (1 - part) * lower.ever + part * upper.ever
    )


def counting(alarms: Alarms, least: int) -> Alarms:
    """Give the alarms of somebody who counts."""
    reached = in_a_year(alarms.counts, alarms.watched) >= least
    return replace(alarms, raised=alarms.watched & reached)


def in_a_year(counts: Whole, watched: Any) -> Whole:
    """Count the events of each child (children, months) in the twelve months to each month's end."""
    whole = np.cumsum(counts * watched, axis=1)
    found = whole.copy()
    found[:, MONTHS_A_YEAR:] -= whole[:, :-MONTHS_A_YEAR]
    return np.asarray(found)


def count_for(most: Whole, allowed: float) -> float:
    """Give the number of events from which just so many children are found.

    Parameters
    ----------
    most : of each child, the most events in any twelve months.
    allowed : children. A fraction f above a whole number k: k is taken 1 - f of the time, else k + 1.

    """
    reached = np.array([(most >= least).sum() for least in range(int(most.max(initial=0)) + 2)])
    above = int(np.searchsorted(-reached, -allowed))  # the first that no more than allowed reach
    if above == 0:
        return 0.0
    many, few = reached[above - 1], reached[above]
    return float(above - (allowed - few) / (many - few))


def usual_events(told: SmallEvents, alarms: Alarms, seed: int) -> SmallEvents:
    """Draw events for the same children as they come as usual, of the agencies that tell of such."""
    draw = np.random.default_rng(seed)
    spread = alarms.usual.spread
    each = alarms.each
    size = each.shape[1:]
    luck = draw.gamma(1 / spread, spread, size) if spread > 0 else np.ones(size)
    many = draw.poisson(each * luck)
    stream, child, month = (np.repeat(axis, many[many > 0]) for axis in np.nonzero(many))
    starts = month_starts(alarms.months)
    day = starts[month] + (draw.random(len(month)) * (starts[month + 1] - starts[month])).astype(
        int
    )
    agency = np.zeros(len(month), np.int64)
    for number in range(len(each)):
        mine, theirs = stream == number, told.agency[told.stream == number]
        if len(theirs):
            agency[mine] = theirs[draw.integers(0, len(theirs), int(mine.sum()))]
    person = alarms.person[child]
    order = np.lexsort((day, person))
    return replace(
        told,
        child=person[order],
        day=day[order].astype(np.int64),
        agency=agency[order],
        kind=np.zeros(len(order), np.int64),
        stream=stream[order].astype(np.int64),
        event_no=np.arange(len(order)),
    )


def first_red(told: SmallEvents, alarms: Alarms, never: int) -> Whole:
    """Give of each watched child the day of the first red event; `never` without one."""
    place = np.full(int(max(alarms.person.max(initial=0), told.red_child.max(initial=0))) + 1, -1)
    place[alarms.person] = np.arange(len(alarms.person))
    child = place[told.red_child]
    found = np.full(len(alarms.person), never, np.int64)
    np.minimum.at(found, child[child >= 0], told.red_day[child >= 0])
    return found


def small_before(told: SmallEvents, alarms: Alarms, red: Whole, days: int) -> Whole:
    """Count of each watched child the small events in so many days before the first red event."""
    place = np.full(int(max(alarms.person.max(initial=0), told.child.max(initial=0))) + 1, -1)
    place[alarms.person] = np.arange(len(alarms.person))
    child = place[told.child]
    day, child = told.day[child >= 0], child[child >= 0]
    inside = (day < red[child]) & (day >= red[child] - days)
    return np.bincount(child[inside], minlength=len(alarms.person))


def month_end_days(months: Sequence[date]) -> Whole:
    """Give the day numbers of the months' ends."""
    return np.array([dates.day_number(day) for day in months], np.int64)
