"""Code sets with validity dates: what a code stands for, and which code a value stands for.

Each set is a CSV file in `code_sets`, with the columns code, label, valid_from, valid_to, group
and aliases (separated by `|`); further columns are the code's attributes. A partnership's own
spelling is matched generously, but never by choosing between two codes.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from io import StringIO

from kithkin.model.dates import parse_iso

FOLDER = files("kithkin.model") / "code_sets"
COLUMNS = ("code", "label", "valid_from", "valid_to", "group", "aliases")
SHARED_ALIASES = "annex_a_aliases"

_DASHES_AND_QUOTES = str.maketrans(
    {"‐": "-", "‑": "-", "–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"'}
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff")
)
# `N1 - Abuse`, `q) 6: Police`, `WBRI [White British]`
_CODE_THEN_NAME = re.compile(r"[(\[]?(\S+?)\s*([-:)\]([])\s*(.+?)[)\]]*")
_CODE_SPACE_NAME = re.compile(r"(\S+)()\s(.+)")
_NAME_THEN_CODE = re.compile(r"(.+?)\s*[(\[]\s*(\S+?)\s*[)\]]")
# What counts the items of a list, and may be passed over before a name: `q`, `12`, `A1`, `A.A1`
_LIST_MARKER = re.compile(r"[a-z]|\d{1,2}[a-z]?|[a-z]{1,2}\d{1,2}|[a-z]\.[a-z]{1,2}\d{1,2}")
# Free text in a column of codes is given up early; the longest label has 475 characters, and
# `WBRI - A1 - White - British` goes two codes deep.
_LONGEST, _DEEPEST = 600, 3
_PLAIN = re.compile(r"[a-z]|\d+")


class CodeSetError(ValueError):
    """There is no such code set, or its data file is malformed."""


@dataclass(frozen=True)
class Code:
    """One code of a set; dates are the first and last day on which it may be used."""

    code: str
    label: str
    valid_from: date | None = None
    valid_to: date | None = None
    group: str | None = None
    aliases: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict, hash=False)

    def valid_on(self, day: date) -> bool:
        """Say if the code may be used for something that happened on `day`."""
        started = self.valid_from is None or self.valid_from <= day
        return started and (self.valid_to is None or day <= self.valid_to)


class CodeSet:
    """A named list of codes, and the values that stand for each."""

    def __init__(self, name: str, codes: Sequence[Code]) -> None:
        self.name = name
        self.codes = tuple(codes)
        self._by_code: dict[str, set[Code]] = defaultdict(set)
        self._by_name: dict[str, set[Code]] = defaultdict(set)
        for code in self.codes:
            self._by_code[_plain(code.code)].add(code)
            for text in (code.label, *code.aliases):
                self._by_name[_plain(text)].add(code)
                self._by_name[_words(text)].add(code)

    def match(self, raw: str, on: date | None = None) -> Code | None:
        """Find the code that a value stands for, or None when there is none or more than one.

        Reads a code, a label, an alias, and a code beside its label (`N1 - Abuse or neglect`,
        `b) Female`, `q) 6: Police`, `White British [WBRI]`), whatever the case and spacing.
        With `on`, only codes that were valid on that day are answered.
        """
        found = self._read(_plain(raw))
        if on is not None:
            found = {code for code in found if code.valid_on(on)}
        return next(iter(found)) if len(found) == 1 else None

    def is_valid(self, code: str, on: date) -> bool:
        """Say if this exact code is in the set and may be used on `on`."""
        return any(each.code == code and each.valid_on(on) for each in self.codes)

    def _read(self, text: str, depth: int = 0) -> set[Code]:
        """Give every code that the first reading to find any finds."""
        if not text or len(text) > _LONGEST or depth > _DEEPEST:
            return set()
        return next((found for found in self._readings(text, depth) if found), set())

    def _readings(self, text: str, depth: int) -> Iterator[set[Code]]:
        yield self._named(text)
        yield self._by_name.get(_words(text), set()) if _words(text) else set()
        yield self._by_code.get(_as_whole_number(text), set())
        for pattern in (_CODE_THEN_NAME, _CODE_SPACE_NAME):
            if parts := pattern.fullmatch(text):
                yield self._beside(parts[1], parts[3], depth, marked=bool(parts[2]))
        if parts := _NAME_THEN_CODE.fullmatch(text):
            yield self._beside(parts[2], parts[1], depth, marked=True)

    def _named(self, text: str) -> set[Code]:
        return self._by_code.get(text, set()) | self._by_name.get(text, set())

    def _beside(self, head: str, rest: str, depth: int, *, marked: bool) -> set[Code]:
        """Read a code with a name beside it; when they disagree both stand, so neither wins."""
        by_head, by_rest = self._named(head), self._read(rest, depth + 1)
        if by_head and by_rest:
            return by_head & by_rest or by_head | by_rest
        if by_rest:
            return by_rest if _LIST_MARKER.fullmatch(head) else set()
        alone = marked and self._stands_alone(head, rest)
        return self._by_code.get(head, set()) if alone else set()

    def _stands_alone(self, head: str, rest: str) -> bool:
        """Say if a code carries a name that is not known.

        Not a plain letter or number, which may count the items of somebody else's list, and not
        when the rest names a second code.
        """
        return not _PLAIN.fullmatch(head) and not any(
            word in self._by_code for word in rest.split()
        )


@cache
def code_set(name: str) -> CodeSet:
    """Load a code set by its name; `CodeSetError` when there is none or its file is malformed."""
    path = FOLDER / f"{name}.csv"
    if name == SHARED_ALIASES or not path.is_file():
        raise CodeSetError(f"no code set {name!r}; there are {', '.join(code_set_names())}")
    shared = _shared_aliases().get(name, {})
    lines = StringIO(path.read_text(encoding="utf-8"))
    return CodeSet(name, list(_read_codes(name, lines, shared)))


def code_set_names() -> list[str]:
    """List the names of the code sets that are installed, in order."""
    names = (entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".csv"))
    return sorted(name[:-4] for name in names if name != f"{SHARED_ALIASES}.csv")


def _read_codes(
    name: str, lines: Iterable[str], shared: Mapping[str, Sequence[str]]
) -> Iterator[Code]:
    rows = csv.DictReader(lines)
    if tuple(rows.fieldnames or ())[: len(COLUMNS)] != COLUMNS:
        raise CodeSetError(f"code set {name}: the columns must start {', '.join(COLUMNS)}")
    for number, row in enumerate(rows, start=2):
        try:
            yield _code(row, shared.get(row["code"], ()))
        except ValueError as problem:
            raise CodeSetError(f"code set {name}, row {number}: {problem}") from problem


def _code(row: dict[str, str], shared: Sequence[str]) -> Code:
    if None in row or None in row.values() or not (row["code"] and row["label"]):
        raise ValueError("a code, a label and as many cells as there are columns are needed")
    aliases = [alias for alias in row["aliases"].split("|") if alias]
    return Code(
        code=row["code"],
        label=row["label"],
        valid_from=parse_iso(row["valid_from"]) if row["valid_from"] else None,
        valid_to=parse_iso(row["valid_to"]) if row["valid_to"] else None,
        group=row["group"] or None,
        aliases=(*aliases, *shared),
        more={key: text for key, text in row.items() if key not in COLUMNS},
    )


@cache
def _shared_aliases() -> dict[str, dict[str, list[str]]]:
    """Read the dictionary of raw values once: set, then code, then its aliases."""
    text = (FOLDER / f"{SHARED_ALIASES}.csv").read_text(encoding="utf-8")
    shared: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in csv.DictReader(StringIO(text)):
        shared[row["set"]][row["code"]].append(row["alias"])
    return shared


def _plain(text: str) -> str:
    """Fold case, compatibility characters, dashes, quotes and runs of white space."""
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES_AND_QUOTES).casefold()
    return " ".join(folded.split())


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", _plain(text).replace("&", " and ")))


def _as_whole_number(text: str) -> str:
    """Undo what spreadsheets do to codes: `6.0` and `006` are 6, `008N` is 8N."""
    return re.sub(r"^(\d+)\.0$", r"\1", text).lstrip("0")
