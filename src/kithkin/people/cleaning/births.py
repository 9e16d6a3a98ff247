"""Dates of birth: which stand for "not known", and which are known to the year alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.tables import DAY
from kithkin.people.cleaning.distinct import Column
from kithkin.people.rules import Dates

DAYS_OF_YEAR = 365.25


def real_births(column: Column, rules: Dates) -> Column:
    """Give dates of birth, null where the date stands for "not known"."""
    placeholder = pc.is_in(column, value_set=pa.array(rules.placeholders, DAY))
    return pc.if_else(placeholder, pa.scalar(None, DAY), column)


def rough_births(source: Column, born: Column, rules: Dates) -> pa.Array:
    """Say whose day of birth is likely made up: 1 January, or a day that its source over-uses.

    Authorities give 1 January to people who come without papers, and case systems ask for a day
    where only a month or an age is known. A day of the year is over-used when one source has
    `rough_least` births on it and `rough_times` its even share. False where the date is null.
    """
    sources = pa.chunked_array([source]) if isinstance(source, pa.Array) else source
    code = sources.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    days = _days_of_year(born)
    listed = np.isin(days, [month * 100 + day for month, day in rules.rough_days])
    rough = (listed | _over_used(code, days, rules)) & (days > 0)
    return pa.array(rough)


def _days_of_year(born: Column) -> npt.NDArray[np.int64]:
    """Give the month times 100 and the day of the month; 0 where the date is null."""
    month, day = (pc.fill_null(part(born), 0).to_numpy() for part in (pc.month, pc.day))
    found: npt.NDArray[np.int64] = month * 100 + day
    return found


def _over_used(
    source: npt.NDArray[np.int64], days: npt.NDArray[np.int64], rules: Dates
) -> npt.NDArray[np.bool_]:
    born = np.bincount(source[days > 0], minlength=source.max(initial=0) + 1)
    _, place, count = np.unique(source * 10_000 + days, return_inverse=True, return_counts=True)
    share = np.maximum(born[source] / DAYS_OF_YEAR * rules.rough_times, rules.rough_least)
    found: npt.NDArray[np.bool_] = count[place] >= share
    return found
