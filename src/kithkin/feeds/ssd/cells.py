"""One source row of a children's social care feed: its cells read as dates, codes, yes or no.

A cell that cannot be read gives a finding with its column and value, and counts as blank; the
row is not lost for it. The dump, the Annex A workbook and the DfE payload all read through here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeVar

from kithkin.feeds.loading import FileSink
from kithkin.feeds.parsing import clean, read_day, read_number, read_truth
from kithkin.model import codes, dates
from kithkin.model.identifiers import check_upn

T = TypeVar("T")

# What exports write where the specification has a field and the case system has none.
PLACEHOLDER = "PLACEHOLDER_DATA"
NEITHER = frozenset(["", "na", "not applicable", "unknown", "not known", "u"])
_LIST_MARK = re.compile(r"^(?:[a-z]\)|\d\s*-)\s*(?=\S)", re.IGNORECASE)
_DECIMAL_ID = re.compile(r"(-?\d+)\.0+")
LONGEST_UPN = 13
# A plan may precede a birth; more than a year before it, one of the two dates is wrong.
DAYS_KNOWN_BEFORE_BIRTH = 365


@dataclass(frozen=True)
class CellRules:
    """The rule ids under which one format reports its cells."""

    date: str
    number: str
    truth: str
    code: str
    end_before_start: str
    upn: str


class Cells:
    """The cells of one row, read by column name.

    Parameters
    ----------
    sink, row : where findings go and the row that they name.
    cells : value by column name.
    rules : the format's rule ids.
    layouts : date layouts in the order in which to try them; see `parsing.read_day`.
    headers : the file's own name of a column, where it is not the name in `cells`.

    """

    def __init__(
        self,
        sink: FileSink,
        row: int,
        cells: Mapping[str, object],
        rules: CellRules,
        layouts: Sequence[str],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.sink, self.row, self.cells = sink, row, cells
        self.rules, self.layouts, self.headers = rules, layouts, headers or {}
        self._reported: set[tuple[str, str]] = set()
        self._texts: dict[str, str | None] = {}  # several events read the same cells

    def text(self, column: str) -> str | None:
        """Give the cell's text; None when it is blank, absent or a placeholder."""
        if column not in self._texts:
            text = clean(self.cells.get(column))
            self._texts[column] = None if text == PLACEHOLDER else text
        return self._texts[column]

    def identifier(self, column: str) -> str | None:
        """Give an identifier as text, without the `.0` that a spreadsheet added to it."""
        text = self.text(column)
        found = _DECIMAL_ID.fullmatch(text) if text else None
        return found[1] if found else text

    def day(self, column: str, *, past: bool = False) -> date | None:
        """Give the cell's date.

        `past` says that it cannot lie after the extract and that no event will report it.
        """
        day = self._read(column, self._day, self.rules.date, "Write it as 2026-03-31.")
        if past and day and day > self.sink.delivery.extracted_on:
            self.finding(
                "K-CORE-FUTURE",
                f"The date lies after the extract of {self.sink.delivery.extracted_on}.",
                "Correct the date in the source system, or extracted_on in feeds.toml.",
                column,
            )
        return day

    def _day(self, value: object) -> date | None:
        return read_day(value, self.layouts)

    def number(self, column: str) -> float | None:
        """Give the cell's number."""
        return self._read(column, read_number, self.rules.number, "Write a plain number.")

    def truth(self, column: str) -> bool | None:
        """Give the cell's yes or no; None when it is blank, or says not known or not applicable."""
        return self._read(column, _truth, self.rules.truth, "Write Y or N.")

    def _read(
        self, column: str, reader: Callable[[object], T | None], rule: str, remedy: str
    ) -> T | None:
        if self.text(column) is None:
            return None
        try:
            return reader(self.cells[column])
        except ValueError as error:
            self.finding(rule, f"{error}; it was read as blank.", remedy, column)
            return None

    def code(self, column: str, *code_sets: str, on: date | None = None) -> codes.Code | None:
        """Give the cell's code in the first set that holds it; a finding and None if none does.

        `on` is the day on which the code was used: a retired code draws a note.
        """
        raw = self.text(column)
        if raw is None:
            return None
        for name in code_sets:
            if (found := code_of(name, raw)) is not None:
                if on is not None and not found.valid_on(on):
                    self._retired(column, found, on)
                return found
        self.unknown_code(column, code_sets[0])
        return None

    def _retired(self, column: str, code: codes.Code, on: date) -> None:
        self.finding(
            self.rules.code,
            f"Code {code.code} was not in use on {on}.",
            "Check the code and the date.",
            column,
            severity="note",
        )

    def unknown_code(self, column: str, code_set: str) -> None:
        """Report a value that no code of the set stands for; the row loads without it."""
        self.finding(
            self.rules.code,
            f"The value is no code of {code_set.replace('_', ' ')}; the row loads without it.",
            "Correct it, or add it to the aliases of the code set.",
            column,
        )

    def finding(
        self, rule: str, message: str, remedy: str, column: str, severity: str = "warning"
    ) -> None:
        """Report a problem of one cell, under the file's own header; once, however often read."""
        if (rule, column) in self._reported:
            return
        self._reported.add((rule, column))
        self.sink.finding(
            rule,
            message,
            remedy,
            row=self.row,
            column=self.headers.get(column, column),
            value=self.cells.get(column),
            severity=severity,
        )

    def set_aside(self, rule: str, reason: str, remedy: str, column: str | None = None) -> None:
        """Settle the row as set aside."""
        content = {self.headers.get(name, name): value for name, value in self.cells.items()}
        named = self.headers.get(column, column) if column else None
        self.sink.set_aside(self.row, rule, reason, content, column=named, remedy=remedy)

    def last_day(self, column: str, started_on: date) -> date | None:
        """Give the end of what started on `started_on`; never before it.

        An end before its start is reported and counts as the day of the start: the agency says
        that it is over, and an open end would say that it is not.
        """
        ended_on = self.day(column)
        if ended_on is None or ended_on >= started_on:
            return ended_on
        self.finding(
            self.rules.end_before_start,
            f"It ends before it starts ({started_on}) and was read as ending on that day.",
            "Correct one of the two dates.",
            column,
        )
        return started_on

    def upn(self, record_id: str, column: str, scheme: str = "upn") -> None:
        """Put a unique pupil number; one cut short or with a wrong check letter is reported."""
        value = self.text(column)
        if value is None or re.fullmatch(r"UN\d{1,2}", value):
            return  # UN1 to UN7 say why there is no number
        value = value.upper()
        check = check_upn(value)
        self.sink.identifier(self.row, record_id, scheme, value, check)
        if check == "failed":
            short = len(value) < LONGEST_UPN
            self.finding(
                self.rules.upn,
                f"The number has {len(value)} characters, not 13: it was cut short."
                if short
                else "The check letter does not fit the number.",
                "Send the full number." if short else "Check it with the school.",
                column,
            )


@lru_cache(maxsize=65_536)
def code_of(name: str, raw: str) -> codes.Code | None:
    """Find the code of a set that a value stands for; columns hold few values, many times."""
    return codes.code_set(name).match(raw)


def _truth(value: object) -> bool | None:
    """Read `a) Yes` and `0 - No` as well as what `read_truth` reads."""
    text = _LIST_MARK.sub("", clean(value) or "")
    return None if text.casefold() in NEITHER else read_truth(text)


def impossible_before_birth(day: date, born: date) -> bool:
    """Say if `day` is too long before a birth for anybody to have known of the child."""
    return dates.days_between(day, born) > DAYS_KNOWN_BEFORE_BIRTH
