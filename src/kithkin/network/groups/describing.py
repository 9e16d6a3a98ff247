"""What is told of each group: how surely, how close, who holds it together, of what ages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kithkin.network.groups.holding import what_holds
from kithkin.network.groups.searching import FoundGroup
from kithkin.network.groups.tables import (
    PeerGroupMemberTable,
    PeerGroupTable,
    PeerGroupThemeTable,
    PeerGroupTieTable,
)
from kithkin.network.groups.ties import PeerTies

Array = npt.NDArray[Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class People:
    """What is known of persons on the date, by person_key.

    Parameters
    ----------
    person_id : that outlives this run's keys.
    age : whole years, -1 when not known.
    victim, perpetrator : by theme, (persons,) bool, whose index on that track reaches its floor.
    adult : age from which a person is an adult.

    """

    person_id: Sequence[str]
    age: Array
    victim: Mapping[str, Array] = field(default_factory=dict)
    perpetrator: Mapping[str, Array] = field(default_factory=dict)
    adult: int = 18

    def carriers(self, theme: str) -> Array:
        """Say who carries a theme on either track."""
        return self.harmed(theme) | self.harming(theme)

    def harmed(self, theme: str) -> Array:
        """Say whose victim index reaches the floor."""
        return self._of(self.victim, theme)

    def harming(self, theme: str) -> Array:
        """Say which adults' perpetrator index reaches the floor: a child's never counts."""
        return self._of(self.perpetrator, theme) & (self.age >= self.adult)

    def _of(self, track: Mapping[str, Array], theme: str) -> Array:
        return np.asarray(track.get(theme, np.zeros(len(self.age), np.bool_)), np.bool_)


@dataclass(frozen=True)
class Described:
    """Tables of the groups of one theme, in order of the groups."""

    groups: PeerGroupTable
    members: PeerGroupMemberTable
    ties: PeerGroupTieTable
    themes: PeerGroupThemeTable


def describe(
    groups: Sequence[FoundGroup],
    named: Sequence[tuple[str, date]],
    ties: PeerTies,
    people: People,
    *,
    theme: str | None,
    key_links: int,
) -> Described:
    """Tell what there is to tell of groups.

    Parameters
    ----------
    named : id and first date of each group.
    ties : in which they were found.

    """
    within = _Within.of(ties, groups)
    carrying = {
        one: (people.harmed(one), people.harming(one))
        for one in sorted(people.victim.keys() | people.perpetrator.keys())
    }
    rows: tuple[list[Row], ...] = ([], [], [], [])
    for number, (group, (group_id, first_on)) in enumerate(zip(groups, named, strict=True)):
        one = {"group_id": group_id}
        told = {**one, "theme": theme, "first_on": first_on, **_ages(people, group.members)}
        rows[0].append(told | _closeness(within, group, number))
        rows[1].extend(one | row for row in _members(within, group, number))
        rows[2].extend(one | row for row in _key_ties(within, group, number, key_links))
        rows[3].extend(one | row for row in _mix(carrying, group.members))
    return Described(
        PeerGroupTable.from_rows(rows[0]),
        PeerGroupMemberTable.from_rows(rows[1]),
        PeerGroupTieTable.from_rows(rows[2]),
        PeerGroupThemeTable.from_rows(rows[3]),
    )


@dataclass(frozen=True)
class _Within:
    """The ties sorted by group, so that each group is looked at by itself.

    group : by place in `ties.persons`, -1 for none.
    near : strengths in both directions.
    starts, order : where each group's ties begin among those inside any, and their places.
    """

    ties: PeerTies
    group: Array
    near: sp.csr_array
    starts: Array
    order: Array

    @classmethod
    def of(cls, ties: PeerTies, groups: Sequence[FoundGroup]) -> _Within:
        group = np.full(len(ties.persons), -1)
        for number, one in enumerate(groups):
            group[np.searchsorted(ties.persons, one.members)] = number
        inside = np.flatnonzero((group[ties.one] == group[ties.other]) & (group[ties.one] >= 0))
        order = inside[np.argsort(group[ties.one[inside]], kind="stable")]
        starts = np.searchsorted(group[ties.one[order]], np.arange(len(groups) + 1))
        return cls(ties, group, _both_ways(ties), starts, order)

    def inside(self, number: int) -> Array:
        """Give the places of the ties inside a group, in order of pair."""
        return self.order[self.starts[number] : self.starts[number + 1]]

    @cached_property
    def total(self) -> Array:
        """Give the tie strength of each person, by place in `ties.persons`."""
        return np.asarray(self.near.sum(axis=1)).ravel()

    def towards(self, person: int, number: int) -> float:
        """Give the share of a person's tie strength that is with a group."""
        place = int(np.searchsorted(self.ties.persons, person))
        mine = slice(self.near.indptr[place], self.near.indptr[place + 1])
        there = self.group[self.near.indices[mine]] == number
        return float(self.near.data[mine][there].sum() / self.total[place])


def _both_ways(ties: PeerTies) -> sp.csr_array:
    ends = (np.concatenate([ties.one, ties.other]), np.concatenate([ties.other, ties.one]))
    size = (len(ties.persons), len(ties.persons))
    return sp.coo_array((np.tile(ties.strength, 2), ends), shape=size).tocsr()


def _closeness(within: _Within, group: FoundGroup, number: int) -> Row:
    inside = within.inside(number)
    people = len(group.members)
    among = float(within.ties.strength[inside].sum())
    places = np.searchsorted(within.ties.persons, group.members)
    return {
        "persons": people,
        "possible_persons": len(group.possible),
        "stability": group.stability,
        "least_agreement": float(group.agreement.min()),
        "cohesion": 2 * among / float(within.total[places].sum()),
        "density": len(inside) / (people * (people - 1) / 2),
        "strength": among,
        "resolution": group.resolution,
    }


def _ages(people: People, members: Array) -> Row:
    known = people.age[members]
    known = known[known >= 0]
    return {
        "children": int((known < people.adult).sum()),
        "adults": int((known >= people.adult).sum()),
        "of_unknown_age": len(members) - len(known),
        "youngest": int(known.min()) if len(known) else None,
        "median_age": float(np.median(known)) if len(known) else None,
        "oldest": int(known.max()) if len(known) else None,
    }


def _members(within: _Within, group: FoundGroup, number: int) -> Iterator[Row]:
    for who, agreement, member in (
        (group.members, group.agreement, True),
        (group.possible, group.possible_agreement, False),
    ):
        for i in np.lexsort((who, -agreement)):
            yield {
                "person_key": int(who[i]),
                "member": member,
                "agreement": float(agreement[i]),
                "inside": within.towards(int(who[i]), number),
            }


def _key_ties(within: _Within, group: FoundGroup, number: int, many: int) -> Iterator[Row]:
    ties, inside = within.ties, within.inside(number)
    one, other = ties.persons[ties.one[inside]], ties.persons[ties.other[inside]]
    local = np.searchsorted(group.members, one), np.searchsorted(group.members, other)
    holding = what_holds(*local, ties.strength[inside], len(group.members))
    for place, tie in enumerate(holding.order[:many], start=1):
        yield {
            "place": place,
            "person_a": int(one[tie]),
            "person_b": int(other[tie]),
            "strength": float(ties.strength[inside][tie]),
            "betweenness": float(holding.betweenness[tie]),
            "cut_off": int(holding.cut_off[tie]),
        }


def _mix(carrying: Mapping[str, tuple[Array, Array]], members: Array) -> Iterator[Row]:
    for theme, tracks in carrying.items():
        harmed, harming = (track[members] for track in tracks)
        if (harmed | harming).any():
            yield {
                "theme": theme,
                "victims": int(harmed.sum()),
                "perpetrators": int(harming.sum()),
                "both": int((harmed & harming).sum()),
                "neither": int((~harmed & ~harming).sum()),
            }
