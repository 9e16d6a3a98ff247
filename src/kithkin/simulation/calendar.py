"""The county's time: days as numbers, months, and the two years before the window opens.

Days are int32 counts from 1 January 1970 (Arrow's date32), as in `kithkin.model.dates`. The
simulation starts earlier than what is sent, so that on the first day of the window there are open
cases, children in care and friendships of some age.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from kithkin.model.dates import add_days, add_months, day_number, from_day_number

Days = npt.NDArray[np.int32]

NEVER = 2**31 - 1
"""A day later than any other: what has not ended, who has not died."""


@dataclass(frozen=True)
class Calendar:
    """From `begins` (the warm-up) through `opens` to `ends`, the last day; all day numbers."""

    begins: int
    opens: int
    ends: int
    month_starts: Days
    """Shape (months + 1,): the first day of each month, and the day after the last."""

    @classmethod
    def ending(cls, last_day: date, years: int, warm_up_months: int) -> Calendar:
        """Make the calendar of `years` whole years that end with `last_day`, a month's last."""
        after = add_days(last_day, 1)
        months = 12 * years + warm_up_months
        starts = [day_number(add_months(after, back - months)) for back in range(months + 1)]
        return cls(
            begins=starts[0],
            opens=starts[warm_up_months],
            ends=day_number(last_day),
            month_starts=np.array(starts, dtype=np.int32),
        )

    @property
    def months(self) -> int:
        """Months from the start of the warm-up to the end."""
        return len(self.month_starts) - 1

    @property
    def first_month(self) -> int:
        """Number of the month with which the window opens."""
        return int(np.searchsorted(self.month_starts, self.opens))

    def month_of(self, days: Days) -> npt.NDArray[np.int16]:
        """Give the number of the month of each day; -1 before the start, `months` after it."""
        return (np.searchsorted(self.month_starts, days, side="right") - 1).astype(np.int16)

    def day(self, number: int) -> date:
        """Give a day number as a date."""
        return from_day_number(number)


def whole_years(born: Days, on: Days | int) -> npt.NDArray[np.int16]:
    """Give ages in completed years, by whole months of the civil calendar, exact to the day.

    A vectorised `kithkin.model.dates.age_in_years`; defended by tests/simulation/test_calendar.py.
    """
    birth = np.asarray(born).astype("datetime64[D]")
    then = np.asarray(on).astype("datetime64[D]")
    months = then.astype("datetime64[M]").astype(np.int64) - birth.astype("datetime64[M]").astype(
        np.int64
    )
    day_of_birth = (birth - birth.astype("datetime64[M]")).astype(np.int64)
    day_then = (then - then.astype("datetime64[M]")).astype(np.int64)
    return ((months - (day_then < day_of_birth)) // 12).astype(np.int16)
