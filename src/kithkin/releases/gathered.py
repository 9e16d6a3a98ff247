"""The stages of what people share: groups that act together, and places where harm happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kithkin.engine import Engine, write_table
from kithkin.indicators import Sources
from kithkin.indicators.parts import CodedParts
from kithkin.network.groups import (
    GroupMemoryTable,
    GroupsOn,
    Memories,
    People,
    Remembered,
    find_groups,
    memories_in,
    memory_table,
    tie_rows,
)
from kithkin.network.groups.tables import (
    PeerGroupChangeTable,
    PeerGroupMemberTable,
    PeerGroupTable,
    PeerGroupThemeTable,
    PeerGroupTieTable,
)
from kithkin.network.places import (
    PlaceChildTable,
    PlacePartTable,
    PlaceRows,
    PlaceStayTable,
    PlaceTable,
    place_rows,
    places_on,
)
from kithkin.people.identity import PersonIndex
from kithkin.policy import Policy
from kithkin.policy.gatherings import Groups
from kithkin.releases.hashing import file_hash
from kithkin.releases.inheriting import GROUP_MEMORY
from kithkin.releases.scored import CONTRIBUTIONS, read_ties
from kithkin.scoring import Plan, StoredContributions, born_days, index_on
from kithkin.scoring.ages import ages_on
from kithkin.scoring.indices import eligible_on

MEMORY = GROUP_MEMORY
MEMORY_BEFORE = f"{GroupMemoryTable.name}_before.parquet"
TABLES = (
    PeerGroupTable,
    PeerGroupMemberTable,
    PeerGroupTieTable,
    PeerGroupThemeTable,
    PeerGroupChangeTable,
)
Say = Callable[[str], None]


@dataclass(frozen=True)
class GroupsBefore:
    """The groups that a run goes on from: those of the newest date before its own.

    Parameters
    ----------
    file : a group memory; None where there is none.

    """

    file: Path | None = None

    @classmethod
    def of(cls, folder: Path | None, as_of: date) -> GroupsBefore:
        """Choose from a release, or from what was kept of one.

        One of the same date hands on what it went on from itself, so that a release that is made
        again is made from the same.
        """
        if folder is None:
            return cls()
        for name in (MEMORY, MEMORY_BEFORE):
            memories = _read(folder / name) if (folder / name).exists() else {}
            if memories and all(one.on is None or one.on < as_of for one in memories.values()):
                return cls(folder / name)
        return cls()

    @property
    def hash(self) -> str | None:
        """Hash the memory; None without one."""
        return None if self.file is None else file_hash(self.file)

    @property
    def memories(self) -> Memories:
        """Read the memory, by theme."""
        return {} if self.file is None else _read(self.file)


def _read(file: Path) -> Memories:
    return memories_in(GroupMemoryTable(pq.read_table(file)))


@dataclass(frozen=True)
class Gathering:
    """What a stage of groups is made from.

    Parameters
    ----------
    evidence : folder of the stage that `store_evidence` filled.
    person : the person index, in person_key order.
    register : which id leads to whom now.

    """

    policy: Policy
    as_of: date
    evidence: Path
    person: pa.Table
    register: PersonIndex
    before: GroupsBefore = field(default_factory=GroupsBefore)


def write_groups(
    known: Gathering, months: Sequence[date], folder: Path, *, threads: int, say: Say
) -> dict[str, int]:
    """Find the groups of today, going on from those of the months before; gives how many.

    Parameters
    ----------
    months : ascending; the last is the as-of date.
    folder : gets the tables of groups and what the next run goes on from.

    """
    settings, tables = known.policy.groups, folder / "tables"
    before = known.before.memories
    write_table(memory_table(before).data, tables / MEMORY_BEFORE)
    found: dict[str | None, GroupsOn] = {}
    if settings is not None:
        found = _found(_Months(known, settings, threads), settings, before, months, say)
    remembered = {**before, **{theme: on.remembered for theme, on in found.items()}}
    write_table(memory_table(remembered).data, tables / MEMORY)
    for table in TABLES:
        rows = [_tables(on)[table.name] for on in found.values()]
        data = pa.concat_tables([table.schema().empty_table(), *rows]).combine_chunks()
        write_table(data, tables / f"{table.name}.parquet")
    return {"peer_group": sum(len(on.described.groups) for on in found.values())}


def _tables(on: GroupsOn) -> dict[str, pa.Table]:
    told = on.described
    every = (told.groups, told.members, told.ties, told.themes, on.changes)
    return {table.name: table.data for table in every}


class _Months:
    """Ties and carriers of a date, each made once for all themes."""

    def __init__(self, known: Gathering, settings: Groups, threads: int) -> None:
        self.known, self.settings, self.threads = known, settings, threads
        self.ties = read_ties(known.evidence / "tables", known.as_of)
        self.stored = StoredContributions(known.evidence / CONTRIBUTIONS)
        self.plan, self.born = Plan(known.policy), born_days(known.person)
        self.ids = known.person["person_id"].to_pylist()

    def people(self, on: date) -> People:
        """Say who carries which theme on a date."""
        index = index_on(self.stored, self.plan, self.born, [on], variants=1, threads=self.threads)[
            0, 0
        ]
        eligible = eligible_on(self.plan, self.born, on)
        carrying: dict[str, dict[str, Any]] = {"victim": {}, "perpetrator": {}}
        for place, planned in enumerate(self.plan.tracks):
            if (network := planned.theme.network) is not None:
                floor = index[place] >= network.floor
                carrying[planned.name][planned.theme.name] = floor & eligible[place]
        ages = ages_on(self.born.astype(np.int64), [on])[:, 0]
        adult = self.known.policy.scoring.adult
        return People(self.ids, ages, carrying["victim"], carrying["perpetrator"], adult)

    def same_person(self, memories: Memories) -> dict[str, str]:
        """Say to whom ids lead that are no more; one that leads to several leads to nobody."""
        present = set(self.ids)
        gone = {
            person
            for remembered in memories.values()
            for group in remembered.groups
            for person in group.persons - present
        }
        led = {person: self.known.register.forward(person) for person in sorted(gone)}
        return {person: to[0] for person, to in led.items() if len(to) == 1}


def _found(
    by_month: _Months, settings: Groups, before: Memories, months: Sequence[date], say: Say
) -> dict[str | None, GroupsOn]:
    """Find groups month by month, each theme from where it was left; gives the last of each."""
    themes: tuple[str | None, ...] = (None, *settings.themes)
    same = by_month.same_person(before)
    remembered = {theme: before.get(theme, Remembered()) for theme in themes}
    first = {theme: _first(remembered[theme], months, settings) for theme in themes}
    found: dict[str | None, GroupsOn] = {}
    for place in range(min(first.values()), len(months)):
        on = months[place]
        say(f"groups of {on}")
        rows = tie_rows(by_month.ties, by_month.known.policy, on, threads=by_month.threads)
        people = by_month.people(on)
        for theme in themes:
            if place >= first[theme]:
                found[theme] = find_groups(
                    rows, by_month.known.policy.ties, settings, people, on, theme=theme,
                    before=remembered[theme], same_person=same,
                )  # fmt: skip
                remembered[theme] = found[theme].remembered
    return found


def _first(remembered: Remembered, months: Sequence[date], settings: Groups) -> int:
    """Give the place of the first month that a theme's groups are looked for in."""
    if remembered.on is None:
        return max(0, len(months) - 1 - settings.months_at_first)
    return sum(1 for month in months if month <= remembered.on)


def store_places(
    engine: Engine,
    sources: Sources,
    coded: CodedParts,
    policy: Policy,
    folder: Path,
    *,
    as_of: date,
) -> dict[str, int]:
    """Store what happened where and who belongs there; gives how many rows of it."""
    if policy.places is None:
        rows = PlaceRows(
            PlacePartTable(PlacePartTable.schema().empty_table()),
            PlaceStayTable(PlaceStayTable.schema().empty_table()),
        )
    else:
        rows = place_rows(engine, sources, coded, policy, policy.places, as_of=as_of)
    for table in (rows.parts, rows.stays):
        write_table(table.data, folder / "tables" / f"{table.name}.parquet")
    return {"place_part": len(rows.parts)}


def write_places(policy: Policy, as_of: date, evidence: Path, folder: Path) -> dict[str, int]:
    """Tell of every place on the date; gives how many places and measures.

    Parameters
    ----------
    evidence : folder of the stage that `store_places` filled.
    folder : gets the tables `place` and `place_child`.

    """
    tables = evidence / "tables"
    places = PlaceTable(PlaceTable.schema().empty_table())
    children = PlaceChildTable(PlaceChildTable.schema().empty_table())
    if policy.places is not None:
        rows = PlaceRows(
            PlacePartTable(pq.read_table(tables / f"{PlacePartTable.name}.parquet")),
            PlaceStayTable(pq.read_table(tables / f"{PlaceStayTable.name}.parquet")),
        )
        told = places_on(rows, policy.places, as_of, adult=policy.scoring.adult)
        places, children = told.places, told.children
    for table in (places, children):
        write_table(table.data, folder / "tables" / f"{table.name}.parquet")
    return {"place": len(places)}
