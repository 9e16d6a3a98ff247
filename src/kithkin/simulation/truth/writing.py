"""Writing `truth/`: Parquet with fixed row groups, so that the same county gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from kithkin.simulation.county import County
from kithkin.simulation.event_rows import write_parquet
from kithkin.simulation.records import Register
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.truth.knowable import best_rankings, quarterly
from kithkin.simulation.truth.tables import (
    conditions_table,
    event_tables,
    people_tables,
    who_is_who,
)

ROWS_A_GROUP = 1 << 18
README = """The truth of a synthetic county. No pipeline may read this folder: it is there to judge
what was made of the agencies' files, and for nothing else. No record of a real person is in it.

Persons are numbered from 0 (`person`, `child`); a household, group, place or happening likewise.

persons.parquet        who everybody is: names, days of birth and death, family, in truth
who_is_who.parquet     for each agency's number, the person it stands for; a number with several
                       persons is a mistaken merger, a person with several numbers a duplicate
households.parquet     households, how poor they are, and a difference that no record shows
stays.parquet          who lived where, with which household, and when
ties.parquet           true relationships; parent, grandparent and exploits go from a to b
groups.parquet         peer groups and organised groups; memberships.parquet who belonged to them
places.parquet         where groups meet, how much each place draws and how dangerous it is
conditions.parquet     latent states of households and children: 1 mild, 2 marked, 3 severe
happenings.parquet     what would have happened without help; came_about says whether it did;
                       participants.parquet who took part
contacts.parquet       contacts with the true level of need, 1 to 4
outcomes.parquet       what followed each closed contact or referral within twelve months: as it
                       came about, and had there been help never and always; only rows marked
                       mature have their twelve months
best_rankings.parquet  for each outcome and as-of date, the ranking by what was true
                       (given_lives, out of anybody's reach) and by what was knowable
                       (given_known); happened is null when the twelve months are not over,
                       happened_on is its first day; before says whether it ever had by the date
"""


def write_truth(
    county: County, justice: JusticeSettings, registers: Mapping[str, Register], folder: Path
) -> tuple[str, ...]:
    """Write everything that is true of the county into `folder`, and give the files' names.

    Raises `OSError` when the folder cannot be written to.
    """
    return (*write_facts(county, registers, folder), write_rankings(county, justice, folder))


def write_facts(county: County, registers: Mapping[str, Register], folder: Path) -> tuple[str, ...]:
    """Write all of the truth but the rankings, and give the files' names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.txt").write_text(README, encoding="utf-8", newline="\n")
    written = ["README.txt"]
    for name, table in _tables(county, registers):
        write_parquet(folder / f"{name}.parquet", table)
        written.append(f"{name}.parquet")
    return tuple(written)


def write_rankings(county: County, justice: JusticeSettings, folder: Path) -> str:
    """Write the best achievable rankings, which take longest, and give the file's name."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "best_rankings.parquet"
    write_parquet(folder / name, best_rankings(county, justice, quarterly(county.calendar)))
    return name


def _tables(county: County, registers: Mapping[str, Register]) -> Iterator[tuple[str, pa.Table]]:
    yield from people_tables(county)
    yield "who_is_who", who_is_who(registers)
    yield "conditions", conditions_table(county)
    yield from event_tables(county)
