"""What a release lists: who is on which list, which groups act together, and which places stand out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow.parquet as pq

from kithkin.model import dates
from kithkin.policy import Policy, read_policy
from kithkin.policy.mistakes import choose_from
from kithkin.releases.explaining import Row, rows_where
from kithkin.releases.stories.naming import is_sealed, other_called
from kithkin.releases.workspace import Release, ReleaseError

SECTOR, SCHOOL = "postcode_sector", "school"


@dataclass(frozen=True)
class Listed:
    """Somebody on a list, in a group or at a place.

    Parameters
    ----------
    who : their name, unless their record is sealed. age : whole years, None when not told.

    """

    person_id: str
    who: str
    age: int | None


@dataclass(frozen=True)
class Place:
    """A place of a list: whose, by which value, and if they just missed it what they lacked."""

    place: int | None
    person: Listed
    value: float
    tied_with_last: bool
    near_miss: str | None


@dataclass(frozen=True)
class WorkList:
    """A list that the policy asks for, best first; near misses after those who are on it."""

    release: str
    as_of: date
    name: str
    title: str
    purpose: str
    capacity: int
    places: tuple[Place, ...]

    @property
    def on_it(self) -> int:
        """Count those who are on the list: more than fit when several tie with the last."""
        return sum(place.near_miss is None for place in self.places)


@dataclass(frozen=True)
class Member:
    """One of a group, or who may be; together: in which share of the partitions."""

    person: Listed
    member: bool
    together: float


@dataclass(frozen=True)
class KeyTie:
    """A tie that holds a group together; cut_off: members it would leave apart if it were gone."""

    one: Listed
    other: Listed
    strength: float
    cut_off: int


@dataclass(frozen=True)
class GroupTold:
    """A group that acts together, as a release found it.

    Parameters
    ----------
    summary : its row of `peer_group`. themes : how many carry which, and how. became : what became
        of it since the month before.

    """

    release: str
    as_of: date
    summary: Row
    members: tuple[Member, ...]
    key_ties: tuple[KeyTie, ...]
    themes: tuple[Row, ...]
    became: tuple[Row, ...]


@dataclass(frozen=True)
class PlaceTold:
    """A place: its measures, each a row of `place`, and the children whom each has to do with."""

    release: str
    as_of: date
    place_kind: str
    place_id: str
    called: str
    measures: tuple[Row, ...]
    children: tuple[tuple[str, Listed, int, bool], ...]  # measure, who, occasions, harmed


def people_named(people: Sequence[Listed]) -> list[str]:
    """List the ids of those who are named: showing them is a look at each."""
    return sorted({one.person_id for one in people})


class Listing:
    """Reads the lists, groups and places of a release."""

    def __init__(self, release: Release) -> None:
        self.release = release

    @cached_property
    def policy(self) -> Policy:
        """Read the policy of the release."""
        return read_policy(self.release.folder / "policy")

    @cached_property
    def as_of(self) -> date:
        """Give the date of the release."""
        return dates.parse_iso(self.release.manifest["as_of"])

    # --- work lists ------------------------------------------------------------------------------

    def work_lists(self) -> list[WorkList]:
        """Give every list of the policy."""
        return [self.work_list(name) for name in self.policy.cohorts]

    def work_list(self, name: str) -> WorkList:
        """Give one list; `ReleaseError` when the policy has none of the name."""
        cohort = self.policy.cohorts.get(name)
        if cohort is None:
            raise ReleaseError(
                f"The policy has no list {name!r}; {choose_from(name, self.policy.cohorts)}."
            )
        rows = self._rows("cohort_member", "cohort", [name])
        people = self._people([row["person_key"] for row in rows])
        places = [
            Place(
                row["place"],
                people[row["person_key"]],
                row["value"],
                row["tied_with_last"],
                row["near_miss"],
            )
            for row in rows
        ]
        return WorkList(self.release.id, self.as_of, name, cohort.title, cohort.purpose,
                        cohort.capacity, tuple(places))  # fmt: skip

    # --- groups ----------------------------------------------------------------------------------

    def groups(self, theme: str | None = None) -> list[Row]:
        """Give the rows of `peer_group`, of a theme or all, the largest first."""
        rows = pq.read_table(self._table("peer_group")).to_pylist()
        chosen = [row for row in rows if theme is None or row["theme"] == theme]
        return sorted(chosen, key=lambda row: (-row["persons"], row["group_id"]))

    def group(self, group_id: str) -> GroupTold:
        """Tell of one group; `ReleaseError` when the release has none of the id."""
        found = self._rows("peer_group", "group_id", [group_id])
        if not found:
            raise ReleaseError(
                f"{self.release.id} has no group {group_id!r}; `kithkin groups` lists them."
            )
        members = self._rows("peer_group_member", "group_id", [group_id])
        ties = self._rows("peer_group_tie", "group_id", [group_id])
        keys = [row["person_key"] for row in members]
        keys += [row[end] for row in ties for end in ("person_a", "person_b")]
        people = self._people(keys)
        return GroupTold(
            self.release.id,
            self.as_of,
            found[0],
            tuple(Member(people[m["person_key"]], m["member"], m["agreement"]) for m in members),
            tuple(
                KeyTie(people[t["person_a"]], people[t["person_b"]], t["strength"], t["cut_off"])
                for t in ties
            ),
            tuple(self._rows("peer_group_theme", "group_id", [group_id])),
            tuple(self._rows("peer_group_change", "group_id", [group_id])),
        )

    # --- places ----------------------------------------------------------------------------------

    def places(self, kind: str | None = None, measure: str | None = None) -> list[Row]:
        """Give the rows of `place` with something to tell, those most above their kind first."""
        rows = pq.read_table(self._table("place")).to_pylist()
        chosen = [
            row | {"called": self._called(row["place_kind"], row["place_id"])}
            for row in rows
            if (row["occasions"] or row["occasions_before"])
            and kind in (None, row["place_kind"])
            and measure in (None, row["measure"])
        ]
        return sorted(chosen, key=lambda row: (-(row["against_mean"] or 0), row["place_id"]))

    def place(self, asked: str) -> PlaceTold:
        """Tell of one place, told by its id or the beginning of it.

        `ReleaseError` when the release has none of the id, or several that begin so.
        """
        place_id = self._place_id(asked)
        rows = self._rows("place", "place_id", [place_id])
        children = self._rows("place_child", "place_id", [place_id])
        people = self._people([child["person_key"] for child in children])
        kind = rows[0]["place_kind"]
        return PlaceTold(
            self.release.id,
            self.as_of,
            kind,
            place_id,
            self._called(kind, place_id),
            tuple(rows),
            tuple(
                (child["measure"], people[child["person_key"]], child["occasions"], child["harmed"])
                for child in children
            ),
        )

    def _place_id(self, asked: str) -> str:
        ids = set(pq.read_table(self._table("place"), columns=["place_id"])["place_id"].to_pylist())
        fitting = [asked] if asked in ids else [one for one in ids if one.startswith(asked)]
        if len(fitting) != 1:
            many = f"{len(fitting)} places that begin with" if fitting else "no place"
            raise ReleaseError(
                f"{self.release.id} has {many} {asked!r}; `kithkin places` lists them."
            )
        return fitting[0]

    def _called(self, kind: str, place_id: str) -> str:
        if kind == SECTOR:
            return f"sector {place_id}"
        return f"school {place_id}" if kind == SCHOOL else self._addresses.get(place_id, place_id)

    @cached_property
    def _addresses(self) -> Mapping[str, str]:
        columns = ["address_id", "line", "town", "postcode"]
        rows = pq.read_table(self._table("address"), columns=columns).to_pylist()
        return {
            row["address_id"]: ", ".join(row[name] for name in columns[1:] if row[name])
            or row["address_id"]
            for row in rows
        }

    # --- within ----------------------------------------------------------------------------------

    def _table(self, name: str) -> Any:
        return self.release.table(name)

    def _rows(self, table: str, column: str, values: Sequence[Any]) -> list[Row]:
        return rows_where(self._table(table), column, values)

    def _people(self, keys: Sequence[int]) -> dict[int, Listed]:
        rows = self._rows("person", "person_key", sorted(set(keys)))
        return {row["person_key"]: self._listed(row) for row in rows}

    def _listed(self, person: Row) -> Listed:
        born = person["date_of_birth"]
        age = None if is_sealed(person) or born is None else dates.age_in_years(born, self.as_of)
        return Listed(person["person_id"], other_called(person), age)
