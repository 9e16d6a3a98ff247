"""The case files of children's social care as they stand on a day, under its own numbers.

Whatever is sent on one day (the dataset, the workbook, the returns) is written from these, so
that all of it agrees. Nothing is here that was not on record by that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.dates import day_number
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.care import Care
from kithkin.simulation.county import County
from kithkin.simulation.records import Register
from kithkin.simulation.sending.case_files.cells import Flags, Numbers, days
from kithkin.simulation.sending.case_files.entries import entry_on
from kithkin.simulation.sending.case_files.tidied import tidied
from kithkin.simulation.settings.returns import ReturnSettings
from kithkin.simulation.world import NOBODY, Index

FIRST_NUMBER = 100_001


@dataclass(frozen=True)
class Kept:
    """The rows of one table of care that are on record."""

    rows: Index
    """Positions in the table, in order of their own numbers."""
    numbers: Numbers
    """Shape (the whole table,): the agency's own number of each row, in order of days."""

    def __len__(self) -> int:
        """Count the rows on record."""
        return len(self.rows)

    @property
    def own(self) -> Numbers:
        """Give the own numbers of the rows on record, ascending."""
        return self.numbers[self.rows]

    def holds(self, rows: Index) -> Flags:
        """Say which positions (NOBODY for none) are on record."""
        held = np.zeros(len(self.numbers) + 1, dtype=bool)
        held[self.rows] = True
        return held[rows]  # NOBODY reads the last, which is never held


@dataclass(frozen=True)
class CaseFiles:
    """What social care holds of a county on one day."""

    county: County
    register: Register
    settings: ReturnSettings
    extracted: int
    """The day as a number; what came later is not here."""

    @cached_property
    def care(self) -> Care:
        """Give what services did, as the case system accepted it."""
        return tidied(self.county.care, self.county.world.people)

    # --- people ------------------------------------------------------------------------------

    @cached_property
    def _known(self) -> Index:
        """Give the entries of the register that existed by the day."""
        return np.flatnonzero(self.register.known <= self.extracted).astype(np.int32)

    @cached_property
    def entry(self) -> Index:
        """Shape (records,): a row of the register for each number, in order of the numbers."""
        known = self._known
        order = known[np.lexsort((self.register.known[known], self.register.number[known]))]
        numbers = self.register.number[order]
        return order[np.append(True, numbers[1:] != numbers[:-1])[: len(order)]]

    @property
    def numbers(self) -> Numbers:
        """Shape (records,): every number on record, once each, ascending."""
        return self.register.number[self.entry]

    @cached_property
    def _entry_now(self) -> Index:
        """Shape (people + 1,): the entry that stands for each person, or NOBODY."""
        everybody = np.arange(len(self.county.world.people), dtype=np.int32)
        return np.append(entry_on(self.register, everybody, self.extracted), NOBODY)

    def number(self, people: Index) -> Numbers:
        """Give the numbers that people are known by; -1 for NOBODY and those not on record."""
        entry = self._entry_now[people]
        return np.append(self.register.number, -1)[entry]

    def any_number(self, people: Index, when: Days, *use: str) -> Numbers:
        """Give for each row one of its person's numbers: duplicates are used, once they exist."""
        register = self.register
        first = entry_on(register, people, np.minimum(when, self.extracted))
        first = np.where(first < 0, self._entry_now[people], first)
        upto = np.searchsorted(register.person, people, side="right")
        draws = self.county.streams.of("sending", "case_files", *use).random(len(people))
        entry = first + (draws * np.maximum(upto - first, 1)).astype(np.int32)
        entry = np.minimum(np.maximum(entry, 0), len(register.number) - 1)
        entry = np.where(register.known[entry] <= np.minimum(when, self.extracted), entry, first)
        return np.append(register.number, -1)[entry]

    def record_of(self, people: Index) -> Index:
        """Give the rows of the register's entries that describe people on record."""
        at = np.searchsorted(self.numbers, self.number(people))
        return np.append(self.entry, NOBODY)[at]

    def owns(self, people: Index) -> Flags:
        """Say whose number is their own: a record merged by mistake belongs to the first."""
        return np.asarray(np.append(self.register.person, NOBODY)[self.record_of(people)] == people)

    def described(self, field: str, entries: Index) -> pa.Array:
        """Give what the register has in a field, for rows of its entries."""
        column = self.register.entries.column(field).combine_chunks()
        return column.take(pa.array(np.maximum(entries, 0), mask=entries < 0))

    def born(self, people: Index) -> Days:
        """Give days of birth as they are on record; NEVER where they are not."""
        recorded = self.birth(self.record_of(people)).cast(pa.int32())
        return np.asarray(recorded.fill_null(NEVER), dtype=np.int32)

    def birth(self, entries: Index) -> pa.Array:
        """Give dates of birth; the expected ones of children who were unborn."""
        born = self.described("date_of_birth", entries).cast(pa.date32())
        if "expected_date_of_birth" not in self.register.entries.column_names:
            return born
        expected = self.described("expected_date_of_birth", entries).cast(pa.date32())
        return pc.coalesce(born, expected)

    def day(self, values: Days) -> pa.Array:
        """Give days as dates; null for those still to come."""
        return days(values, self.extracted)

    # --- what is on record -------------------------------------------------------------------

    def _keep(self, name: str, when: Days, wanted: Flags) -> Kept:
        draws = self.county.streams.of("sending", "case_files", "number", name).random(len(when))
        order = np.lexsort((draws, when)).astype(np.int32)
        numbers = np.empty(len(when), dtype=np.int64)
        numbers[order] = FIRST_NUMBER + np.arange(len(when))
        return Kept(order[wanted[order] & (when[order] <= self.extracted)], numbers)

    def _lately(self, end: Days) -> Flags:
        """Say what had not ended when the window of what is sent opened."""
        return np.asarray(end >= self.county.calendar.opens)

    @cached_property
    def contacts(self) -> Kept:
        """Contacts with a child on record."""
        rows = self.care.contacts
        return self._keep("contact", rows.day, self._lately(rows.day) & self._on_record(rows.child))

    @cached_property
    def referrals(self) -> Kept:
        """Referrals, none of them closed before the window."""
        rows = self.care.referrals
        wanted = self._lately(rows.closed) & self._on_record(rows.child)
        return self._keep("referral", rows.day, wanted)

    @cached_property
    def assessments(self) -> Kept:
        """Assessments of the referrals on record."""
        rows = self.care.assessments
        return self._keep("assessment", rows.start, self.referrals.holds(rows.referral))

    @cached_property
    def enquiries(self) -> Kept:
        """Section 47 enquiries of the referrals on record."""
        rows = self.care.enquiries
        return self._keep("enquiry", rows.start, self.referrals.holds(rows.referral))

    @cached_property
    def plans(self) -> Kept:
        """Plans of both kinds of the referrals on record."""
        rows = self.care.plans
        return self._keep("plan", rows.start, self.referrals.holds(rows.referral))

    @cached_property
    def care_periods(self) -> Kept:
        """Periods of care, none of them ended before the window."""
        rows = self.care.care_periods
        wanted = self._lately(rows.end) & self._on_record(rows.child)
        return self._keep("care", rows.start, wanted)

    @cached_property
    def placements(self) -> Kept:
        """Placements of the periods of care on record."""
        rows = self.care.placements
        return self._keep("placement", rows.start, self.care_periods.holds(rows.care))

    @cached_property
    def early_help(self) -> Kept:
        """Early help that families took up."""
        rows = self.care.early_help
        wanted = self._lately(rows.end) & self._on_record(rows.child) & ~rows.declined
        return self._keep("early_help", rows.start, wanted)

    def _on_record(self, people: Index) -> Flags:
        return np.asarray(self.number(people) >= 0)

    # --- workers -----------------------------------------------------------------------------

    @cached_property
    def worker_numbers(self) -> Numbers:
        """Shape (workers + 1,): each worker's own number; -1 for NOBODY."""
        workers = len(self.care.worker_team)
        order = self.county.streams.of("sending", "case_files", "worker").permutation(workers)
        return np.append(FIRST_NUMBER + order, -1).astype(np.int64)

    @cached_property
    def worker_names(self) -> pa.Array:
        """Shape (workers,): forename and surname."""
        names = self.county.world.names
        parts: Sequence[pa.Array] = [
            names.take(pa.array(each))
            for each in (self.care.worker_forename, self.care.worker_surname)
        ]
        return pc.binary_join_element_wise(*parts, " ")

    @cached_property
    def worker_teams(self) -> pa.Array:
        """Shape (workers,): names of their teams."""
        teams = pa.array(self.settings.teams)
        return teams.take(pa.array(self.care.worker_team.astype(np.int32) % len(teams)))


def open_case_files(
    county: County, register: Register, extracted: date, settings: ReturnSettings
) -> CaseFiles:
    """Open the case files as they stand at the end of a day."""
    return CaseFiles(county, register, settings, day_number(extracted))
