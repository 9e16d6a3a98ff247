"""The year of a statutory return, and the faults that are planted in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from kithkin.model.dates import add_days, add_months, day_number
from kithkin.simulation.calendar import Days
from kithkin.simulation.sending.case_files.cells import Flags
from kithkin.simulation.sending.case_files.files import CaseFiles


@dataclass(frozen=True)
class PlantedFault:
    """How many rows of a file break a rule, and why they do."""

    file: str
    rule: str
    count: int
    why: str


@dataclass(frozen=True)
class ReturnYear:
    """A collection year: from 1 April to 31 March, as day numbers too."""

    ends_on: date
    starts: int
    ends: int

    @classmethod
    def before(cls, extracted: date) -> ReturnYear:
        """Give the last year that had ended on the day of the extract."""
        over = (extracted.month, extracted.day) >= (3, 31)
        ends_on = date(extracted.year if over else extracted.year - 1, 3, 31)
        starts_on = add_days(add_months(ends_on, -12), 1)
        return cls(ends_on, day_number(starts_on), day_number(ends_on))

    def holds(self, days: Days) -> Flags:
        """Say which days lie in the year."""
        return np.asarray((days >= self.starts) & (days <= self.ends))


def plant(files: CaseFiles, sent: str, rule: str, could: Flags) -> Flags:
    """Choose the rows to be made to break a rule, among those that could.

    The share is the settings' (`planted.<return>.<rule>`); where it is above 0 and any row could,
    at least one does, so that a small county has every fault as well.
    """
    share = files.settings.planted.get(sent, {}).get(rule, 0.0)
    draws = files.county.streams.of("sending", "planted", sent, rule).random(len(could))
    chosen = could & (draws < share)
    if share > 0 and could.any() and not chosen.any():
        chosen[np.flatnonzero(could)[np.argmin(draws[could])]] = True
    return chosen
