"""What one run hands to the next, so that a group keeps its id from release to release."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from kithkin.model.tables import DAY, TEXT, WHOLE, Columns, TypedTable
from kithkin.network.groups.identity import KnownGroup, Remembered
from kithkin.policy.gatherings import ANY_THEME

Memories = Mapping[str | None, Remembered]


class GroupMemoryTable(TypedTable):
    """A row a person of a group that is remembered; of a theme without any, a row without."""

    name = "group_memory"
    columns: ClassVar[Columns] = {
        "theme": TEXT,  # "any" for groups in all ties of peers alike
        "on": DAY,  # the last date for which groups of the theme were looked for
        "next_number": WHOLE,  # the lowest that no group of the theme has had
        "resolution": WHOLE,  # place of the one that was chosen
        "number": WHOLE,
        "first_on": DAY,
        "last_on": DAY,
        "person_id": TEXT,
    }


def memory_table(memories: Memories) -> GroupMemoryTable:
    """Put what is remembered into a table, in order of theme, number and person."""
    rows: list[dict[str, Any]] = []
    for theme, remembered in sorted(memories.items(), key=lambda one: one[0] or ANY_THEME):
        of_theme = {
            "theme": theme or ANY_THEME,
            "on": remembered.on,
            "next_number": remembered.next_number,
            "resolution": remembered.resolution,
        }
        rows.append(of_theme)
        rows.extend(
            of_theme
            | {
                "number": group.number,
                "first_on": group.first_on,
                "last_on": group.last_on,
                "person_id": person,
            }
            for group in remembered.groups
            for person in sorted(group.persons)
        )
    return GroupMemoryTable.from_rows(rows)


def memories_in(table: GroupMemoryTable) -> dict[str | None, Remembered]:
    """Read what `memory_table` wrote."""
    by_theme: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in table.data.to_pylist():
        by_theme[row["theme"]].append(row)
    return {
        None if theme == ANY_THEME else theme: Remembered(
            _groups(rows), rows[0]["on"], rows[0]["next_number"], rows[0]["resolution"]
        )
        for theme, rows in by_theme.items()
    }


def _groups(rows: list[dict[str, Any]]) -> tuple[KnownGroup, ...]:
    found: dict[int, tuple[set[str], date, date]] = {}
    for row in rows:
        if row["number"] is not None:
            one = found.setdefault(row["number"], (set(), row["first_on"], row["last_on"]))
            one[0].add(row["person_id"])
    return tuple(
        KnownGroup(number, frozenset(persons), first, last)
        for number, (persons, first, last) in sorted(found.items())
    )
