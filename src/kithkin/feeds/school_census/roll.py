"""The pupils of a term: who they are, where they are registered, and what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from kithkin.feeds.delivery import Delivery
from kithkin.feeds.parsing import read_day
from kithkin.feeds.returns import Entry, Once
from kithkin.feeds.school_census.layout import RULES
from kithkin.model.codes import Code, code_set
from kithkin.model.school_terms import Term

AUTHORISED, UNAUTHORISED = "authorised", "unauthorised"
REGISTERS = ("pupil_referral_unit", "alternative_provision", "special_school")


@dataclass
class Pupil:
    """One pupil at one school in one term."""

    record_id: str
    school: str
    entry: Entry
    totals: dict[tuple[date, str], float] = field(default_factory=dict)  # sessions by last day
    details: dict[tuple[date, str], float] = field(default_factory=dict)
    detailed_at: Entry | None = None  # the first row of details


class Roll:
    """All pupils of a delivery; a pupil of several terms or schools is one record."""

    def __init__(self, delivery: Delivery) -> None:
        self.once = Once()
        self._options = delivery.options
        self._extracted_on = delivery.extracted_on
        self._who: dict[str, tuple[str | None, str | None]] = {}
        self._known: set[str] = set()
        self._pupils: dict[tuple[str, str], Pupil] = {}
        self.detailed: dict[tuple[str, str], Pupil] = {}

    def begin(self, term: Term) -> None:
        """Turn to another term, whose modules join its own pupils alone."""
        self._pupils.clear()
        self.census_day = min(term.census_day, self._extracted_on)
        self.termly_ends = self._ends("termly_ends_on", term.termly_ends)
        self.second_half_ends = self._ends("second_half_ends_on", term.second_half_ends)

    def _ends(self, option: str, usual: date) -> date:
        return read_day(self._options.get(option), ("iso",)) or usual

    def enter(self, entry: Entry, key: str) -> Pupil:
        """Enter a pupil's row in the roll.

        Rows at two schools with one table id are one pupil, unless number and date of birth
        both say otherwise.
        """
        table_id, school = entry.text(key) or "", entry.text("NativeId") or ""
        who = (entry.text("upn"), entry.text("dob"))
        first = self._who.setdefault(table_id, who)
        record_id = table_id
        if all(a and b and a != b for a, b in zip(first, who, strict=True)):
            record_id = f"{table_id}/{school}"
            entry.finding("K-SC-CONFLICT", RULES["K-SC-CONFLICT"], key,
                          "Give each pupil an id of their own.")  # fmt: skip
        pupil = Pupil(record_id, school, entry)
        self._pupils[table_id, school] = pupil
        return pupil

    def is_new(self, pupil: Pupil) -> bool:
        """Say if no row has described this pupil yet, and remember that one has."""
        new = pupil.record_id not in self._known
        self._known.add(pupil.record_id)
        return new

    def pupil(self, table_id: str | None, school: str | None) -> Pupil | None:
        """Find the pupil that a module's row belongs to."""
        return self._pupils.get((table_id or "", school or ""))

    def register_of(self, school: str) -> str:
        """Say what kind of register a school keeps: mainstream unless the feed says otherwise."""
        kind = self._options.get("schools", {}).get(school, "mainstream")
        return kind if kind in REGISTERS else "mainstream"


@lru_cache(maxsize=4096)
def attendance_code(raw: str, on: date) -> tuple[Code | None, bool]:
    """Find an attendance code, and say if it was not in use on the day of the census."""
    if code := code_set("attendance_2024").match(raw, on):
        return code, False
    if code := code_set("attendance_before_2024").match(raw, on):
        return code, False
    other = (code_set(name).match(raw) for name in ("attendance_before_2024", "attendance_2024"))
    return next((code for code in other if code), None), True
