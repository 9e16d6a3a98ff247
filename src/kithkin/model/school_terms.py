"""The terms of the school census: their days, and the periods whose sessions each collects.

Source: DfE, School census guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

# Attendance is collected in arrears: for each census, the last day (month, day) of the period
# whose sessions stand in the `termly` columns, and whether that day is in the year before. The
# autumn census has the summer term's first part, to the end of May, and its second half beside;
# the summer census runs to Easter, of which 30 April is never too soon.
TERMLY_ENDS = {"autumn": (5, 31, 0), "spring": (12, 31, -1), "summer": (4, 30, 0)}
SECOND_HALF_ENDS = (7, 31)

# Census day is the first Thursday of October, the third of January, the third of May.
CENSUS_DAYS = {"autumn": (10, 1), "spring": (1, 15), "summer": (5, 15)}
THURSDAY = 3


@dataclass(frozen=True)
class Term:
    """One term's census."""

    year: int
    name: str

    @property
    def census_day(self) -> date:
        """Give the day for which the census states what pupils are."""
        month, earliest = CENSUS_DAYS[self.name]
        first = date(self.year, month, earliest)
        return first.replace(day=earliest + (THURSDAY - first.weekday()) % 7)

    @property
    def termly_ends(self) -> date:
        """Give the last day of the sessions in the termly columns and module."""
        month, day, years = TERMLY_ENDS[self.name]
        return date(self.year + years, month, day)

    @property
    def second_half_ends(self) -> date:
        """Give the last day of the sessions of the summer term's second half."""
        return date(self.year, *SECOND_HALF_ENDS)
