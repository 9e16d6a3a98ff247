"""Builds periods of care out of episodes: from starting to be looked after to ceasing.

A period begins with an episode whose reason is S, or with a child's first episode whatever its
reason. It ends when an episode ceases for a reason other than X1 (a new episode begins). What is
missing in between never ends it: a child is looked after until the return says otherwise.
Episodes that overlap belong to one period; no episode is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kithkin.feeds.returns import Entry


@dataclass
class Period:
    """A period of care; `ended_on` is None while the return does not say that it ceased."""

    started_on: date
    episodes: list[Entry]
    ended_on: date | None = None
    reason: str | None = None  # for ceasing


def periods_of_care(episodes: list[Entry]) -> list[Period]:
    """Join one child's episodes, sorted by their start, into periods of care."""
    periods: list[Period] = []
    for entry in episodes:
        begins = entry.days["DECOM"]
        if begins is None:
            continue
        if not periods or _starts_anew(periods[-1], entry, begins):
            _close(periods, begins)
            periods.append(Period(begins, []))
        _extend(periods[-1], entry)
    return periods


def _starts_anew(period: Period, entry: Entry, begins: date) -> bool:
    if period.ended_on is not None:
        return begins >= period.ended_on
    return entry.text("RNE") == "S" and begins > period.started_on


def _close(periods: list[Period], begins: date) -> None:
    """End a period that the next one shows to have ended: on the last day that it states."""
    if periods and periods[-1].ended_on is None:
        known = [day for entry in periods[-1].episodes if (day := entry.day("DEC"))]
        periods[-1].ended_on = min(max(known, default=begins), begins)


def _extend(period: Period, entry: Entry) -> None:
    period.episodes.append(entry)
    ceased, reason = entry.day("DEC"), entry.text("REC")
    if ceased and ceased >= period.started_on and reason and reason != "X1":
        period.ended_on = max(ceased, period.ended_on or ceased)
        period.reason = reason
