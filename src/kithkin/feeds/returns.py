"""What the statutory returns share: rows whose cells report a problem instead of failing.

A return is judged by rules with ids that the sector knows. A broken rule becomes a finding with
that id and never keeps a child out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from kithkin.feeds.loading import FileSink
from kithkin.feeds.parsing import read_day, read_truth
from kithkin.model.codes import Code, code_set
from kithkin.model.identifiers import UPN_UNKNOWN, check_uln, check_upn

Cells = Mapping[str, str | None]
DATE_REMEDY = "Correct the date in the source system and send the return again."
CODE_REMEDY = "Use a code of the return's own code list."


@dataclass
class Entry:
    """One source row: where it stands and what its cells say."""

    sink: FileSink
    row: int
    cells: Cells
    days: dict[str, date | None] = field(default_factory=dict)

    def text(self, column: str) -> str | None:
        """Give a cell; None when it is blank or the file has no such column."""
        return self.cells.get(column)

    def day(self, column: str) -> date | None:
        """Give a date cell; None when it is blank or no date."""
        return self.days.get(column)

    def finding(
        self, rule: str, title: str, column: str, remedy: str, severity: str = "warning"
    ) -> None:
        """Report this row under a rule, with the value of the column that breaks it."""
        value = self.text(column)
        said = "is blank" if value is None else f"is {value!r}"
        self.sink.finding(rule, f"{title}: {column} {said}.", remedy, row=self.row, column=column,
                          value=value, severity=severity)  # fmt: skip

    def read_days(self, rules: Mapping[str, tuple[str, str]], layouts: Sequence[str]) -> None:
        """Read the date columns in `rules` (column -> rule and title for a date that is none)."""
        for column, (rule, title) in rules.items():
            if self.text(column) is None:
                continue
            try:
                self.days[column] = read_day(self.text(column), layouts)
            except ValueError:
                self.finding(rule, title, column, DATE_REMEDY)

    def truth(self, column: str, rule: str, title: str) -> bool | None:
        """Read a yes or no; anything else is a finding and counts as not said."""
        try:
            return read_truth(self.text(column))
        except ValueError:
            self.finding(rule, title, column, CODE_REMEDY)
            return None


@lru_cache(maxsize=65_536)
def code_of(name: str, raw: str | None) -> Code | None:
    """Find the code of the named set that a value stands for, whatever its spelling."""
    return None if raw is None else code_set(name).match(raw)


def put_pupil_numbers(
    entry: Entry,
    record_id: str,
    columns: Iterable[tuple[str, str]],
    failed: tuple[str, str] | None,
    *,
    is_number: Callable[[str], bool] = lambda _: True,
) -> None:
    """Put the identifiers in `columns` (column, scheme: upn, former_upn or uln).

    A reason in place of a number (UN1 to UN7) is no identifier. A failed check is reported under
    `failed` (rule, title), unless another rule reports it, and lowers the trust in that number
    alone; a value that `is_number` denies, such as a pseudonym, is kept unchecked.
    """
    for column, scheme in columns:
        value = entry.text(column)
        if value is None or value.upper() in UPN_UNKNOWN:
            continue
        check = (check_uln if scheme == "uln" else check_upn)(value)
        if not is_number(value):
            check = "unchecked"
        entry.sink.identifier(entry.row, record_id, scheme, value.upper(), check)
        if check == "failed" and failed:
            entry.finding(*failed, column, "Correct the number in the source system.")


class Once:
    """Puts events; what two files of a delivery both state is put once.

    Rows of one file that state the same kind on the same day of the same person are events of
    their own, told apart by a number, unless the fact is `shared` between rows.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[str, int]] = {}  # -> first file, how often there

    def event(
        self,
        entry: Entry,
        kind: str,
        day: date | None,
        record_id: str,
        *,
        key: str = "",
        shared: bool = False,
        ended_on: date | None = None,
        value: float | None = None,
        detail: str | None = None,
    ) -> bool:
        """Put an event about one person unless its date is missing; say if there was a date."""
        if day is None:
            return False
        key = f"{record_id}:{key or day.isoformat()}"
        file, count = self._seen.get((kind, key), (entry.sink.name, 0))
        if count and (shared or file != entry.sink.name):
            return True
        self._seen[kind, key] = file, count + 1
        entry.sink.event(entry.row, kind, day, [(record_id, "subject")],
                         key=f"{key}:{count + 1}" if count else key, ended_on=ended_on,
                         value=value, detail=detail)  # fmt: skip
        return True
