"""Rows of the justice agencies' files: drawing words and numbers, and putting a file in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.tables import FIRST_NUMBER, ident, taken
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile, Column
from kithkin.simulation.world import Float

Mask = npt.NDArray[np.bool_]
MINUTES = 24 * 60


def minute(name: str, values: npt.NDArray[np.int64]) -> Column:
    """Make a column of days and times; -1 is blank."""
    return Column(name, "minute", values.astype(np.int64, copy=False))


def in_order(known: Days, county: County, *name: str) -> npt.NDArray[np.int64]:
    """Give the rows on record within the window, by day; those of one day in no order.

    What comes first on a day must not tell how the county made it.
    """
    calendar = county.calendar
    rows = np.flatnonzero((known >= calendar.opens) & (known <= calendar.ends))
    tie = county.streams.of(*name, "order").random(len(rows), dtype=np.float32)
    return rows[np.lexsort((tie, known[rows]))]


def sent(
    county: County,
    feed: str,
    file: str,
    known: Days,
    columns: Sequence[Column],
    numbered: tuple[str, str] | None = None,
    planned: tuple[str, ...] = (),
) -> AgencyFile:
    """Make the file of the rows on record within the window.

    What lies after the calendar's end is not known yet and stays blank, except in the columns
    `planned`. `numbered` names a column numbered in order of record, and its prefix.
    """
    rows = in_order(known, county, feed, file)
    kept = [_kept(column, rows, county, column.name in planned) for column in columns]
    if numbered is not None:
        own = FIRST_NUMBER + np.arange(len(rows), dtype=np.int64)
        kept.insert(0, ident(numbered[0], own, numbered[1]))
    return AgencyFile(feed, file, tuple(kept), known[rows].astype(np.int32))


def _kept(column: Column, rows: npt.NDArray[np.int64], county: County, planned: bool) -> Column:
    values = column.values[rows]
    ends = county.calendar.ends
    if column.kind == "day" and not planned:
        values = np.where(values > ends, NEVER, values).astype(np.int32)
    if column.kind == "minute":
        values = np.where(values >= (ends + 1) * MINUTES, -1, values)
    return replace(taken(column, rows), values=values)


def logit(share: npt.NDArray[Any] | float) -> Float:
    """Give the log odds of a share, held a little away from 0 and 1."""
    held = np.clip(np.asarray(share, dtype=np.float32), 1e-6, 1 - 1e-6)
    return np.log(held / (1 - held)).astype(np.float32)


def chance(odds: npt.NDArray[Any]) -> Float:
    """Give the share of log odds."""
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


def draw(weights: Sequence[float] | npt.NDArray[Any], uniform: Float) -> npt.NDArray[np.int64]:
    """Give a position in `weights` for each uniform number, as often as its weight says."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    if not len(uniform):
        return np.empty(0, dtype=np.int64)
    places = np.searchsorted(edges, uniform.astype(np.float64) * edges[-1], side="right")
    return np.minimum(places, len(edges) - 1)


def draw_words(
    weights: Mapping[str, float], words: Sequence[str], uniform: Float
) -> npt.NDArray[np.int64]:
    """Give a position in `words` for each uniform number, by the words' weights."""
    places = np.array([words.index(word) for word in weights], dtype=np.int64)
    return places[draw(list(weights.values()), uniform)]


def late(day: Days, same_day: Float | float, mean: Float | float, rng: np.random.Generator) -> Days:
    """Give the days of record: the same day for a share, and days `mean` later for the rest."""
    wait = np.ceil(rng.exponential(1.0, len(day)) * mean)
    wait = np.where(rng.random(len(day)) < same_day, 0, wait)
    return (day + np.minimum(wait, 30_000)).astype(np.int32)


def within(day: Days, county: County) -> Mask:
    """Say which days lie within the window."""
    inside: Mask = (day >= county.calendar.opens) & (day <= county.calendar.ends)
    return inside
