"""Every child, every month: whose small events are more than chance, since when, and which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numba
import numpy as np

from kithkin.model import dates
from kithkin.policy.watching import Accumulation
from kithkin.scoring.accumulation.detector import evidence, sums, threshold
from kithkin.scoring.accumulation.small_events import SmallEvents
from kithkin.scoring.accumulation.usual import (
    Usual,
    agencies_seeing,
    banded,
    learn_usual,
)
from kithkin.scoring.ages import ages_on

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Whole = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Alarms:
    """Who stands out, month by month.

    Parameters
    ----------
    months : the month ends that were looked at.
    person : the key of each watched child.
    total : the cumulative sum (children, months); `threshold` is where an alarm begins.
    since : the month from which the sum runs, -1 for none.
    expected, counts : usual and counted events (children, months).
    raised : whether an alarm stands (children, months): sum, events and agencies reached.
    usual : what was learnt.
    watched : whether the child was (children, months).
    each : usual events of each stream (stream, children, months).

    """

    months: tuple[date, ...]
    person: Whole
    total: Numbers
    threshold: float
    since: Whole
    expected: Numbers
    counts: Whole
    raised: Any
    usual: Usual
    watched: Any
    each: Numbers

    def first(self) -> Whole:
        """Give the place of each child's first month of alarm; -1 without one."""
        return np.where(self.raised.any(axis=1), self.raised.argmax(axis=1), -1)


def watch(
    told: SmallEvents,
    born: Whole,
    months: Sequence[date],
    rules: Accumulation,
    *,
    seed: int,
) -> Alarms:
    """Look at every child at every month's end.

    Parameters
    ----------
    born : by person, the day number of birth; below -10**8 for a person without one, who is not
        watched.
    months : ends, ascending; a month runs from the day after the one before it, the first for as
        long as the second.
    seed : of the simulation by which the threshold is found.

    """
    ends = np.array([dates.day_number(day) for day in months], np.int64)
    ages = ages_on(born, months)
    in_ages = (ages >= rules.ages[0]) & (ages <= rules.ages[1])
    person = np.flatnonzero(in_ages.any(axis=1))
    ages, in_ages = ages[person], in_ages[person]
    place = np.full(len(born), -1, np.int64)
    place[person] = np.arange(len(person))
    watched = in_ages & ~_known(told, place, len(person), ends, rules.red_days)
    month, child = _months_of(told.day, months), place[told.child]
    counted = (month >= 0) & (child >= 0)
    streams = np.zeros((len(rules.ratios), *watched.shape), np.int64)
    np.add.at(streams, (told.stream[counted], child[counted], month[counted]), 1)
    cells = (banded(ages, rules.age_bands), banded(_seeing(told, place, ends), rules.seen_bands))
    usual = learn_usual(streams, cells, watched, rules)
    each = usual.rate[:, cells[0], cells[1]]
    counts, expected = streams.sum(axis=0), each.sum(axis=0)
    how: dict[str, Any] = {"ratios": rules.ratios, "spread": usual.spread}
    total, since = sums(evidence(streams, each, **how), watched)
    mark = threshold(each, watched, **how, false_alarms=rules.false_alarms,
                     simulated=rules.simulated, seed=seed)  # fmt: skip
    masks = np.zeros(watched.shape, np.int64)
    bits = np.int64(1) << told.agency[counted]
    np.bitwise_or.at(masks, (child[counted], month[counted]), bits)
    enough = _enough(counts, masks, since, rules.events, rules.agencies)
    return Alarms(
        tuple(months), person, total, mark, since, expected, counts, (total >= mark) & enough,
        usual, watched, each,
    )  # fmt: skip


def month_starts(months: Sequence[date]) -> Whole:
    """Give the first day of each month, and after the last month's end.

    The first begins as long before its end as the second is; a lone one holds 31 days.
    """
    ends = np.array([dates.day_number(day) for day in months], np.int64)
    first = ends[0] - (ends[1] - ends[0] if len(ends) > 1 else 31)
    return np.concatenate([[first], ends]) + 1


def _months_of(day: Whole, months: Sequence[date]) -> Whole:
    """Give the place of the month that a day lies in; -1 before the first or after the last."""
    place = np.searchsorted(month_starts(months), day, side="right") - 1
    return np.where(place < len(months), place, -1)


def _known(told: SmallEvents, place: Whole, children: int, ends: Whole, days: int) -> Any:
    """Say in which months a red event of the last `days` is known of a child."""
    child = place[told.red_child]
    day, child = told.red_day[child >= 0], child[child >= 0]
    steps = np.zeros((children, len(ends) + 1), np.int64)
    np.add.at(steps, (child, np.searchsorted(ends, day)), 1)
    np.add.at(steps, (child, np.searchsorted(ends, day + days)), -1)
    return np.cumsum(steps, axis=1)[:, :-1] > 0


def _seeing(told: SmallEvents, place: Whole, ends: Whole) -> Whole:
    child = place[told.seen_child]
    ours = child >= 0
    found: Whole = agencies_seeing(
        int(place.max(initial=-1)) + 1, ends, child[ours], told.seen_agency[ours],
        told.seen_from[ours], told.seen_to[ours],
    )  # fmt: skip
    return found


@numba.njit(nogil=True, cache=True)
def _enough(counts, masks, since, events, agencies):  # type: ignore[no-untyped-def]
    """Say where the run so far holds so many events of so many agencies (children, months)."""
    enough = np.zeros(since.shape, np.bool_)
    for child in range(since.shape[0]):
        held, mask = 0, np.int64(0)
        for month in range(since.shape[1]):
            if since[child, month] < 0:
                continue
            if since[child, month] == month:
                held, mask = 0, np.int64(0)
            held += counts[child, month]
            mask |= masks[child, month]
            different, rest = 0, mask
            while rest:
                rest &= rest - 1
                different += 1
            enough[child, month] = held >= events and different >= agencies
    return enough
