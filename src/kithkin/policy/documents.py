"""The TOML files of a policy folder, taken apart into named entries."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kithkin.policy.mistakes import Mistake, choose_from

SECTIONS = (
    "agencies", "gateways", "retention", "roles", "kinds", "indicators", "left_out", "ties", "themes",
    "cohorts",
)  # fmt: skip
HEADER = "policy"
SCORING = "scoring"
ACCUMULATION = "accumulation"
GROUPS = "groups"
PLACES = "places"
SENSITIVITY = "sensitivity"
SINGLE = (
    HEADER,
    SCORING,
    ACCUMULATION,
    GROUPS,
    PLACES,
    SENSITIVITY,
)  # sections of one table, which has no name of its own
DEFAULTS = "defaults"  # of the kinds in the same file


@dataclass(frozen=True)
class Entry:
    """One named table of the policy, such as an indicator, and the file that it stands in."""

    file: str
    section: str
    name: str
    body: dict[str, Any]

    @property
    def table(self) -> str:
        """The table as TOML writes it; a name is quoted where TOML would ask for it."""
        if self.section in SINGLE:
            return self.section
        plain = self.name.replace("_", "").isalnum() and self.name.islower()
        return f"{self.section}.{self.name}" if plain else f'{self.section}."{self.name}"'

    def mistake(self, key: str, value: object, problem: str) -> Mistake:
        """Make a mistake at a key of this entry."""
        return Mistake(self.file, self.table, key, value, problem)


def read_documents(folder: Path) -> tuple[list[Entry], list[Mistake]]:
    """Read all entries of all `.toml` files below the folder, and what kept any from being read.

    Which file an entry stands in does not matter; the same name twice is a mistake. The header
    is the entry of section and name "policy", and `[scoring]` likewise.
    """
    paths = sorted(folder.rglob("*.toml"))
    if not paths:
        return [], [Mistake(str(folder), "", "", None, "no .toml files; point to a policy folder")]
    entries: list[Entry] = []
    mistakes: list[Mistake] = []
    for path in paths:
        found, wrong = _read_file(path, path.relative_to(folder).as_posix())
        entries += found
        mistakes += wrong
    return entries, mistakes + _duplicates(entries)


def _read_file(path: Path, file: str) -> tuple[list[Entry], list[Mistake]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        problem = f"not UTF-8 at byte {error.start}; save the file as UTF-8"
        return [], [Mistake(file, "", "", None, problem)]
    except tomllib.TOMLDecodeError as error:
        return [], [Mistake(file, "", "", None, f"not TOML: {_uncapitalised(str(error))}")]
    return _entries(file, document)


def _entries(file: str, document: dict[str, Any]) -> tuple[list[Entry], list[Mistake]]:
    entries: list[Entry] = []
    mistakes: list[Mistake] = []
    allowed = {*SINGLE, DEFAULTS, *SECTIONS}
    defaults = document.get(DEFAULTS, {})
    if not isinstance(defaults, dict):
        mistakes.append(Mistake(file, "", DEFAULTS, defaults, "not a table; write [defaults]"))
        defaults = {}
    if DEFAULTS in document and "kinds" not in document:
        problem = "defaults are for the kinds of the same file, and it has none; remove them"
        mistakes.append(Mistake(file, DEFAULTS, "", None, problem))
    for section, tables in document.items():
        if section not in allowed:
            problem = f"unknown table; {choose_from(section, allowed)}"
            mistakes.append(Mistake(file, section, "", None, problem))
        elif not isinstance(tables, dict):
            problem = f"not a table; write [{section}]"
            mistakes.append(Mistake(file, "", section, tables, problem))
        elif section in SINGLE:
            entries.append(Entry(file, section, section, tables))
        elif section != DEFAULTS:
            for name, body in tables.items():
                if isinstance(body, dict):
                    base = defaults if section == "kinds" else {}
                    entries.append(Entry(file, section, name, {**base, **body}))
                else:
                    problem = 'not a table; a dotted name needs quotes, as in [kinds."a.b"]'
                    mistakes.append(Mistake(file, section, name, body, problem))
    return entries, mistakes


def _duplicates(entries: Iterable[Entry]) -> list[Mistake]:
    first: dict[tuple[str, str], Entry] = {}
    mistakes: list[Mistake] = []
    for entry in entries:
        earlier = first.setdefault((entry.section, entry.name), entry)
        if earlier is not entry:
            problem = f"already in {earlier.file}; keep one of the two"
            mistakes.append(entry.mistake("", None, problem))
    return mistakes


def _uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:]
