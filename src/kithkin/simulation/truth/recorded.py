"""What agencies wrote down of children that follows from what befalls them, and not from a happening.

Intelligence, flags, the exploitation panel's screenings, and factors that assessments found: records
of what was noticed of a condition, true or not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies.partners_exploitation import BANDS, screenings
from kithkin.simulation.agencies.partners_exploitation import CONDITIONS as SCREENED_FOR
from kithkin.simulation.agencies.police_intelligence import CATEGORIES, reports
from kithkin.simulation.agencies.police_standing import FLAGS, early_flags
from kithkin.simulation.agencies.seeing import Watch
from kithkin.simulation.care import FACTORS
from kithkin.simulation.county import County
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import NOBODY

Rows = npt.NDArray[np.int64]

FIRST_FLAG = len(CATEGORIES)
FIRST_SCREENING = FIRST_FLAG + len(FLAGS)
FIRST_FACTOR = FIRST_SCREENING + len(SCREENED_FOR) * len(BANDS)
KINDS = FIRST_FACTOR + len(FACTORS)


@dataclass(frozen=True)
class Recorded:
    """A row a record of a child, in order of months."""

    kind: Rows
    """Category of intelligence, flag, band of a screening by what it was about, or factor."""
    month: Rows
    child: Rows
    """Position in `lives.children`."""


def recorded(county: County, settings: JusticeSettings) -> Recorded:
    """Take the records of these kinds that were made of children by the calendar's end."""
    watch = Watch(county)
    told = reports(county, settings, watch)
    people, flag, start, _ = early_flags(county, settings, watch)
    screened = screenings(county, settings, watch)
    band = screened.condition.astype(np.int64) * len(BANDS) + screened.band
    parts = [
        (told.category.astype(np.int64), told.person, told.day),
        (FIRST_FLAG + flag.astype(np.int64), people, start),
        (FIRST_SCREENING + band, screened.person, screened.day),
        *_factors(county),
    ]
    kind, who, day = (np.concatenate(each) for each in zip(*parts, strict=True))
    child = county.lives.child_of[who].astype(np.int64)
    month = county.calendar.month_of(day).astype(np.int64)
    inside = (child != NOBODY) & (month >= 0) & (day <= county.calendar.ends)
    rows = np.flatnonzero(inside)
    rows = rows[np.argsort(month[rows], kind="stable")]
    return Recorded(kind[rows], month[rows], child[rows])


def _factors(
    county: County,
) -> list[tuple[Rows, npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
    made, child = county.care.assessments, county.care.referrals.child
    found = []
    for number in range(len(FACTORS)):
        rows = np.flatnonzero((made.factors >> number) & 1)
        kind = np.full(len(rows), FIRST_FACTOR + number, dtype=np.int64)
        found.append((kind, child[made.referral[rows]], made.end[rows]))
    return found
