"""Events as data: which columns of a row say that something happened, when, and of what kind.

The tables of the dataset and the lists of Annex A are both written in these terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from kithkin.feeds.ssd.cells import Cells
from kithkin.feeds.ssd.json_cells import flags


@dataclass(frozen=True)
class Test:
    """A question to a row: is the column yes, one of these words, JSON with a flag, or filled."""

    column: str
    words: frozenset[str] = frozenset()  # case folded; empty when yes or no is asked
    flags: tuple[str, ...] = ()  # keys of the column's JSON, any of which says yes
    filled: bool = False  # whether the column holds anything


@dataclass(frozen=True)
class Mark:
    """An event that a row of a table stands for.

    Attributes
    ----------
    kind : the event's kind; ends in a dot when `by` chooses its last part.
    on, until : columns of the start and of the end; the first that is filled counts.
    only, unless : any of these must hold; none of these may.
    by : the column whose code chooses the kind, with `code_sets` and `parts` (code -> last part).
    words : what the specification writes in place of a code, case folded -> code.
    detail : the column of the code to keep; `code_sets` read the code, the first that can.
    by_referrer : the event is the act of the agency that the detail's code names, where it names
        one (the `agency` of the code set), so that the agencies that raised concern can be counted.
    undated : the table has no date for it, so that it counts from the day of the extract.

    """

    kind: str
    on: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    only: tuple[Test, ...] = ()
    unless: tuple[Test, ...] = ()
    by: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
    code_sets: tuple[str, ...] = ()
    by_referrer: bool = False
    undated: bool = False


def put_mark(
    mark: Mark, cells: Cells, person: str, key: str | None, group: str | None = None
) -> bool:
    """Put the event that a mark stands for; False when its date is missing.

    `key` identifies the row in its source (see `FileSink.event`); the events of a row share
    `group`.
    """
    on = _first_day(cells, mark.on)
    if on is None and mark.undated:
        on = cells.sink.delivery.extracted_on
    if on is None:
        return False
    kind = _kind(mark, cells)
    if kind is None or not _applies(mark, cells):
        return True
    detail = cells.code(mark.detail, *mark.code_sets, on=on) if mark.detail else None
    cells.sink.event(
        cells.row,
        kind,
        on,
        [(person, "subject")],
        key=key,
        ended_on=_end(mark, cells, on),
        detail=detail.code if detail else None,
        group=group,
        agency=detail.more.get("agency") if detail and mark.by_referrer else None,
    )
    return True


def _kind(mark: Mark, cells: Cells) -> str | None:
    if not mark.by:
        return mark.kind
    code = mark.words.get((cells.text(mark.by) or "").casefold())
    if code is None and (found := cells.code(mark.by, *mark.code_sets)):
        code = found.code
    part = mark.parts.get(code) if code else None
    return mark.kind + part if part else None


def _applies(mark: Mark, cells: Cells) -> bool:
    wanted = not mark.only or any(holds(test, cells) for test in mark.only)
    return wanted and not any(holds(test, cells) for test in mark.unless)


def holds(test: Test, cells: Cells) -> bool:
    """Say if a row answers a test with yes."""
    if test.flags:
        return not flags(cells, test.column).isdisjoint(test.flags)
    if test.words:
        return (cells.text(test.column) or "").casefold() in test.words
    if test.filled:
        return cells.text(test.column) is not None
    return cells.truth(test.column) is True


def _first_day(cells: Cells, columns: Iterable[str]) -> date | None:
    return next((day for column in columns if (day := cells.day(column))), None)


def _end(mark: Mark, cells: Cells, on: date) -> date | None:
    filled = next((column for column in mark.until if cells.text(column)), None)
    return cells.last_day(filled, on) if filled else None
