"""Finds the lists in a workbook: which sheet is which list, where its header row stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from kithkin.feeds.annex_a.lists import LISTS
from kithkin.feeds.delivery import DeliveredFile
from kithkin.feeds.parsing import bind_headers, clean
from kithkin.feeds.ssd.cells import CellRules
from kithkin.feeds.workbook import read_sheets

RULES: dict[str, str] = {
    "K-AA-1": "A date cannot be read",
    "K-AA-2": "A number cannot be read",
    "K-AA-3": "A cell is neither yes nor no",
    "K-AA-4": "A code is not in its code set, nor among its aliases",
    "K-AA-5": "Something ends before it starts",
    "K-AA-6": "A unique pupil number is cut short or its check letter does not fit",
    "K-AA-7": "A sheet is none of the lists",
    "K-AA-8": "A list has no header row",
    "K-AA-9": "A list lacks columns",
    "K-AA-10": "A row has no child or adopter identifier",
    "K-AA-11": "A row has no date, without which it says nothing",
    "K-AA-12": "A child has no date of birth",
    "K-AA-13": "Two rows disagree about a child's birth, sex or ethnicity",
    "K-AA-14": "Care began before the child was born, or anything more than a year before",
    "K-AA-15": "A cell holds an Excel error",
}
CELL_RULES = CellRules(
    date="K-AA-1",
    number="K-AA-2",
    truth="K-AA-3",
    code="K-AA-4",
    end_before_start="K-AA-5",
    upn="K-AA-6",
)
HEADER_WITHIN = 30  # rows at the top of a sheet among which its header row is looked for
FEWEST_COLUMNS = 3  # bound columns that make a row a header row, the identifier among them
EVERYWHERE = ("child", "gender", "ethnicity", "date_of_birth", "age")  # in lists 1 to 10
# Their titles are words that the titles of other lists hold too ("early help assessments").
GENERIC = (1, 3, 4)

_NUMBERED = re.compile(r"\blist[\s_.-]*0*(\d{1,2})(?!\d)|^\W*0*(\d{1,2})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """A list as it stands in a workbook.

    `columns` gives the file's own header for each name of `headers.toml`; `rows` are numbered
    as Excel numbers them.
    """

    number: int
    title: str
    columns: Mapping[str, str]
    missing: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, object]], ...]


@dataclass(frozen=True)
class Unread:
    """A sheet that could not be read as a list, and its rows."""

    title: str
    number: int | None  # None when it is none of the lists
    rows: tuple[tuple[int, list[object]], ...]


def find_sheets(file: DeliveredFile) -> Iterator[Sheet | Unread]:
    """Yield each worksheet as the list that it is, or as one that cannot be read."""
    for title, rows in read_sheets(file):
        number = list_number(title)
        held = tuple(rows)
        sheet = _sheet(number, title, held) if number else None
        if sheet is not None:
            yield sheet
        elif held:
            yield Unread(title, number, held)


def list_number(title: str) -> int | None:
    """Say which list a sheet is, by the number or the words of its title."""
    for found in _NUMBERED.finditer(title):
        number = int(found[1] or found[2])
        if number in LISTS:
            return number
    words = title.replace("_", " ")
    order = sorted(LISTS, key=lambda number: number in GENERIC)
    titles = (n for n in order if re.search(_headers()[f"list_{n}"]["titles"], words, re.I))
    return next(titles, None)


@cache
def _headers() -> dict[str, Any]:
    text = (files("kithkin.feeds.annex_a") / "headers.toml").read_text("utf-8")
    return tomllib.loads(text)


def synonyms(number: int) -> dict[str, Sequence[str]]:
    """Give what the columns of a list go by, its own before those that lists share."""
    listed, shared = _headers()[f"list_{number}"], _headers()["person"]
    everywhere = EVERYWHERE if LISTS[number].person == "child" else ()
    return listed["columns"] | {name: shared[name] for name in (*everywhere, *listed["also"])}


def _sheet(number: int, title: str, rows: Sequence[tuple[int, list[object]]]) -> Sheet | None:
    known, person = synonyms(number), LISTS[number].person
    for place, (_, cells) in enumerate(rows[:HEADER_WITHIN]):
        headers = _unique(cells)
        bound = bind_headers([header for header in headers if header], known)
        if person in bound and len(bound) >= FEWEST_COLUMNS:
            names = {header: name for name, header in bound.items()}
            missing = tuple(sorted(known.keys() - bound.keys()))
            return Sheet(
                number, title, bound, missing, tuple(_named(rows[place + 1 :], headers, names))
            )
    return None


def _unique(cells: Iterable[object]) -> list[str]:
    """Give the headers of a row; a repeated one is told apart by a number."""
    headers: list[str] = []
    for cell in cells:
        text = clean(cell) or ""
        copies = headers.count(text)
        headers.append(f"{text} ({copies + 1})" if text and copies else text)
    return headers


def _named(
    rows: Iterable[tuple[int, list[object]]], headers: Sequence[str], names: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, object]]]:
    for number, cells in rows:
        named = zip(headers, cells, strict=False)
        yield number, {names.get(header, header): cell for header, cell in named if header}
