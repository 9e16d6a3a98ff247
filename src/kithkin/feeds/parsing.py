"""Cells as agencies write them: blanks, dates, numbers, yes and no, and headers.

Every reader goes through these functions, so that a blank is a blank and a date is a date in
the same way in every feed (`tests/feeds/test_parsing.py`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TypeVar

from kithkin.model import dates

# Words that exporting programs write for "nothing here". A surname may be Null or None, so the
# capitalised forms that no program writes stay as they are.
BLANK_WORDS = frozenset(
    ["", "NULL", "null", "#N/A", "N/A", "n/a", "#NULL!", "nan", "NaN", "None", "NaT", "<NA>"]
)
PLACEHOLDER_DAY = date(1900, 1, 1)  # what several case systems store for "no date"
TRUE_WORDS = frozenset(["y", "yes", "1", "1.0", "true", "t", "x", "✓", "✔"])
FALSE_WORDS = frozenset(["n", "no", "0", "0.0", "false", "f"])

MOST_REMEMBERED, LONGEST_REMEMBERED = 20_000, 40  # texts of a column, and their characters

# Zero-width characters go, no-break spaces become spaces.
_INVISIBLE = {ord(c): None for c in "\u200b\u200c\u200d\u2060\ufeff\u00ad"} | {
    ord(c): " " for c in "\u00a0\u202f\u2007"
}


Answer = TypeVar("Answer")


class Remembered(dict[str | None, Answer]):
    """Answers of a function of a text, as a mapping: each is worked out when first asked for.

    Agencies' columns repeat few texts, and looking one up takes a tenth of reading it. It starts
    afresh when it holds `MOST_REMEMBERED` texts, and passes over long ones, so that memory stays
    bounded.
    """

    def __init__(self, work: Callable[[str | None], Answer]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, text: str | None) -> Answer:
        answer = self._work(text)
        if text is None or len(text) <= LONGEST_REMEMBERED:
            if len(self) >= MOST_REMEMBERED:
                self.clear()
            self[text] = answer
        return answer


def clean(value: object) -> str | None:
    """Give a cell's text without white space at its ends or invisible characters; None if blank."""
    if value is None:
        return None
    text = value if type(value) is str else _as_text(value)
    if not text.isascii():
        text = text.translate(_INVISIBLE)
    text = text.strip()
    return None if text in BLANK_WORDS else text


def _as_text(value: object) -> str:
    """Write a workbook's whole number without the decimal point that its float type adds."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# --- dates -----------------------------------------------------------------------------------

_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?)?"
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_ISO = re.compile(rf"(\d{{4}})-(\d{{2}})-(\d{{2}}){_TIME}")
_SLASHED = re.compile(rf"(\d{{1,2}})([/.-])(\d{{1,2}})\2(\d{{4}}){_TIME}")
_CENSUS = re.compile(rf"(\d{{4}})-([A-Za-z]{{3}})-(\d{{2}}){_TIME}")
_SERIAL = re.compile(r"\d{1,7}(?:\.\d+)?")


def _iso(text: str) -> date | None:
    found = _ISO.fullmatch(text)
    return found and date(int(found[1]), int(found[2]), int(found[3]))


def _uk(text: str) -> date | None:
    found = _SLASHED.fullmatch(text)
    return found and date(int(found[4]), int(found[3]), int(found[1]))


def _us(text: str) -> date | None:
    found = _SLASHED.fullmatch(text)
    return found and date(int(found[4]), int(found[1]), int(found[3]))


def _census(text: str) -> date | None:
    found = _CENSUS.fullmatch(text)
    month = _MONTHS.get(found[2].lower()) if found else None
    return date(int(found[1]), month, int(found[3])) if found and month else None


def _excel(text: str) -> date | None:
    if not _SERIAL.fullmatch(text):
        return None
    serial = float(text)
    # Excel shows serials 0 and 1 as 0 and 1 January 1900: an empty date cell.
    return PLACEHOLDER_DAY if serial < 2 else dates.from_excel_serial(serial)


LAYOUTS: Mapping[str, tuple[str, Callable[[str], date | None]]] = {
    "iso": ("2026-03-31", _iso),
    "uk": ("31/03/2026", _uk),
    "us": ("03/31/2026", _us),
    "census": ("2026-Mar-31", _census),
    "excel": ("46112", _excel),
}


def read_day(value: object, layouts: Sequence[str]) -> date | None:
    """Read a date written in one of `layouts` (keys of `LAYOUTS`), tried in order.

    Blank cells and 1 January 1900, a placeholder, give None; a time of day is dropped. Raises
    `ValueError` naming the value and the layouts.
    """
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return None if day == PLACEHOLDER_DAY else day
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is not a date")  # noqa: TRY004 - callers catch ValueError
    text = clean(value)
    return None if text is None else _parse_day(text, tuple(layouts))


@lru_cache(maxsize=65_536)
def _parse_day(text: str, layouts: tuple[str, ...]) -> date | None:
    for layout in layouts:
        try:
            day = LAYOUTS[layout][1](text)
        except ValueError:
            continue  # such as 31/02/2026: the shape of a date, but no day of the calendar
        if day is not None:
            return None if day == PLACEHOLDER_DAY else day
    examples = " or ".join(f"{layout} ({LAYOUTS[layout][0]})" for layout in layouts)
    raise ValueError(f"{text!r} is not a date of layout {examples}")


# --- numbers, yes and no ---------------------------------------------------------------------

_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


def read_number(value: object) -> float | None:
    """Read a number, with or without a pound sign and thousands commas; None for blank."""
    text = clean(value)
    if text is None:
        return None
    bare = text.replace("£", "", 1).strip()
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    try:
        number = float(bare)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None
    if not math.isfinite(number) or "_" in bare:
        raise ValueError(f"{text!r} is not a number")
    return number


def read_truth(value: object) -> bool | None:
    """Read yes or no in any of the usual ways (Y, no, 1, false, X for a ticked box ...)."""
    text = clean(value)
    if text is None:
        return None
    word = text.lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(f"{text!r} is neither yes nor no")


# --- headers ---------------------------------------------------------------------------------


def bind_headers(actual: Sequence[str], synonyms: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Say which actual header stands for which canonical name: canonical -> actual.

    Parameters
    ----------
    actual : the headers of the file.
    synonyms : for each canonical name the other names it goes by; a name in slashes is a
        regular expression for the whole header, case ignored. The canonical name itself always
        counts. Case, spaces and punctuation are ignored. Literal names bind before patterns,
        and each header binds once.

    """
    free = dict.fromkeys(actual)
    bound: dict[str, str] = {}
    for patterns in (False, True):
        for canonical, names in synonyms.items():
            if canonical not in bound:
                wanted = [canonical, *names]
                found = _find(free, (n for n in wanted if _is_pattern(n) == patterns))
                if found is not None:
                    bound[canonical] = found
                    del free[found]
    return bound


def _find(headers: Iterable[str], names: Iterable[str]) -> str | None:
    for name in names:
        for header in headers:
            if _matches(header, name):
                return header
    return None


def _matches(header: str, name: str) -> bool:
    if _is_pattern(name):
        return re.fullmatch(name[1:-1], " ".join((clean(header) or "").split()), re.I) is not None
    return fold_header(header) == fold_header(name)


def _is_pattern(name: str) -> bool:
    return len(name) > 2 and name[0] == name[-1] == "/"


def fold_header(header: str) -> str:
    """Reduce a header to its letters and digits in lower case, for comparison."""
    return "".join(c for c in header.casefold() if c.isalnum())
