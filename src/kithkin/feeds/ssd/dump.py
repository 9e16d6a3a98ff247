"""The dump's rules, and what is remembered while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from kithkin.feeds.ssd.cells import CellRules, Cells
from kithkin.feeds.ssd.tables import Table

RULES: dict[str, str] = {
    "K-SSD-1": "A date cannot be read",
    "K-SSD-2": "A number cannot be read",
    "K-SSD-3": "A cell is neither yes nor no",
    "K-SSD-4": "A code is not in its code set, or was not in use on the day",
    "K-SSD-5": "Something ends before it starts",
    "K-SSD-6": "A unique pupil number is cut short or its check letter does not fit",
    "K-SSD-7": "A row names no person",
    "K-SSD-8": "A row belongs to a record of the system itself, such as person -1",
    "K-SSD-9": "A row repeats the key of an earlier row of its table",
    "K-SSD-10": "A row has no date, without which it says nothing",
    "K-SSD-11": "A row names a person who is not in ssd_person",
    "K-SSD-12": "A JSON column cannot be read",
    "K-SSD-13": "A file is no table of the dataset, or one that carries nothing to read",
    "K-SSD-14": "A child has more than one mother",
    "K-SSD-15": "A strengths and difficulties score is not from 0 to 40",
    "K-SSD-16": "A date is known in part only",
    "K-SSD-17": "An NHS number's check digit does not fit",
    "K-SSD-18": "A person has neither a date of birth nor an expected one",
    "K-SSD-19": "A worker is not in ssd_professionals",
}

CELL_RULES = CellRules(
    date="K-SSD-1",
    number="K-SSD-2",
    truth="K-SSD-3",
    code="K-SSD-4",
    end_before_start="K-SSD-5",
    upn="K-SSD-6",
)
LAYOUTS = ("iso", "uk")
SYSTEM_PERSON = "-1"  # System C's dimension tables hold an "unknown" row with this id


@dataclass
class Dump:
    """Everything that later rows of the dump need to know of earlier ones."""

    people: set[str] = field(default_factory=set)
    unborn: dict[str, date] = field(default_factory=dict)  # child -> expected date of birth
    adopted: set[str] = field(default_factory=set)  # whose earlier identity is sealed
    mothers: dict[str, str] = field(default_factory=dict)  # child -> the mother read first
    families: dict[str, str] = field(default_factory=dict)  # family -> the member read first
    workers: set[str] = field(default_factory=set)
    assessed_on: dict[str, date] = field(default_factory=dict)  # assessment -> its day
    owners: dict[str, dict[str, str]] = field(default_factory=dict)  # table -> id -> person
    keys: dict[str, set[tuple[str | None, ...]]] = field(default_factory=dict)

    def owner(self, table: Table, cells: Cells) -> str | None:
        """Say whose row it is: the person it names, else the person of its parent row."""
        person = cells.identifier(table.person) if table.person else None
        if person is None and table.parent:
            column, parent = table.parent
            named = cells.identifier(column)
            person = self.owners.get(parent, {}).get(named) if named else None
        return person

    def remember(self, table: Table, cells: Cells, person: str) -> None:
        """Keep whose row it is, for the rows that name it as their parent."""
        key = cells.identifier(table.index or table.id) if table.index or table.id else None
        if key:
            self.owners.setdefault(table.name, {})[key] = person

    def is_repeated(self, table: Table, cells: Cells) -> bool:
        """Say if an earlier row of the table had the same key; a blank key repeats nothing."""
        columns = table.unique or ((table.id,) if table.id else ())
        key = tuple(cells.identifier(column) for column in columns)
        if not key or key[0] is None:
            return False
        seen = self.keys.setdefault(table.name, set())
        repeated = key in seen
        seen.add(key)
        return repeated

    def known(self, cells: Cells, person: str, column: str) -> None:
        """Give a person whom ssd_person lacks a bare record, so that no event hangs in the air."""
        if person in self.people:
            return
        self.people.add(person)
        cells.sink.person(cells.row, person)
        cells.finding(
            "K-SSD-11",
            f"Person {person} is not in ssd_person; a record without name or birth date was made.",
            "Include every person of the other tables in ssd_person.",
            column,
        )
