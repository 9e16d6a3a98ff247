"""Who is a family, in the sense of Think Family: children, their carers, and who belongs to them.

Everybody is in one main family, decided in this order.

1. People of one home (`stays.py`) are one family where a record states a relationship of two of
   them, or where one came under 25 to live with somebody a generation older, there or at a home
   before. A shared surname is no evidence. Grown people of an age who share a home are no family
   when no record says so, nor when one says no more than that they share it.
2. Children with no adult at home - placed elsewhere, or of an unknown home - are with their mother,
   else father, other parent, carer, an adult of the family list they stand on, sibling.
3. A grown person whom that leaves alone is with their youngest child, when it is under 18; a young
   person under 25 left alone is with their mother, else father, other parent, carer or sibling.

So a father with children at two other homes does not make one family of their mothers: who lives
with one of the families is in that one, and stands in the others as a parent living apart
(`links.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kithkin.people.identity import unlike_ids_of
from kithkin.people.living.households import Households
from kithkin.people.living.statements import (
    CARER,
    FATHER,
    KINDS,
    MOTHER,
    OTHER,
    PARENT,
    PARTNER,
    SHARER,
    SIBLING,
    UPWARD,
    Ages,
    Statements,
    believable,
    generation_apart,
    read_ages,
    read_statements,
)
from kithkin.people.living.stays import ALWAYS, NEVER, NOWHERE, Flags, Ints, Stays
from kithkin.people.rules import linkage_rules
from kithkin.people.tables import FamilyMemberTable, FamilyTable


class Tie(NamedTuple):
    """How the two ends of a relationship are described: who the record is of, and the other."""

    record: str
    other: str


TIES = {
    MOTHER: Tie("child of a recorded mother", "recorded as mother"),
    FATHER: Tie("child of a recorded father", "recorded as father"),
    PARENT: Tie("child of a recorded parent", "recorded as parent"),
    SIBLING: Tie("recorded sibling", "recorded sibling"),
    CARER: Tie("has a recorded carer", "recorded as carer"),
    PARTNER: Tie("recorded partner, lives with them", "recorded partner, lives with them"),
    OTHER: Tie("recorded relation, lives with them", "recorded relation, lives with them"),
    SHARER: Tie("recorded in the household", "recorded in the household"),
}
LISTED = "recorded in one family, lives elsewhere"
ONE_HOME = Tie(
    "lives with someone a generation older; no relationship recorded",
    "lives with a child or young person; no relationship recorded",
)
ALONE = "a family of one: no recorded relationship joins them to anyone"
REASONS = (
    *dict.fromkeys(text for tie in (*TIES.values(), ONE_HOME) for text in tie),
    LISTED,
    ALONE,
)


@dataclass(frozen=True)
class Edges:
    """Two persons by position, row by row."""

    one: Ints
    other: Ints

    @staticmethod
    def join(*parts: Edges) -> Edges:
        """Put edges below each other."""
        return Edges(
            np.concatenate([part.one for part in parts]),
            np.concatenate([part.other for part in parts]),
        )


@dataclass(frozen=True)
class Kinship:
    """All that decides families, by position of persons.

    `home` is `NOWHERE` also for who is placed elsewhere or has died. `stated` holds what the ages
    allow and no professional carer; `professional` the statements about those. `under` are pairs
    of one home, `one` having come to live with `other`, a generation older, as a child or young.
    """

    stays: Stays
    ages: Ages
    home: Ints
    stated: Statements
    professional: Statements
    under: Edges

    def together(self, one: Ints, other: Ints) -> Flags:
        """Say which pairs have the same home."""
        return np.asarray((self.home[one] == self.home[other]) & (self.home[one] != NOWHERE))


@dataclass(frozen=True)
class Families:
    """The tables of main families; what they were decided by, and what was left out.

    `main` is each person's main family by position, `ids` what families are called; `left_out` counts relationships with a record
    that no feed sent, `disbelieved` those of a parent too young to be one.
    """

    family: FamilyTable
    member: FamilyMemberTable
    left_out: int
    disbelieved: int
    kinship: Kinship
    main: Ints
    ids: pa.StringArray


def find_families(
    con: duckdb.DuckDBPyConnection,
    households: Households,
    *,
    most_people: int,
) -> Families:
    """Put every person in one family, with the strongest reason that holds them there.

    A carer of more than `most_people` persons is a professional and joins nobody.
    """
    stays, living = households.stays, linkage_rules().living
    stated, left_out = read_statements(con, stays, most_people=most_people)
    ages = read_ages(con, stays.records, living, stated)
    allowed = believable(stated, ages)
    professional = _professional(stated, most_people, len(stays.people))
    nowhere = stays.placed | ages.dead
    home = np.where(nowhere, NOWHERE, stays.home)
    kinship = Kinship(
        stays,
        ages,
        home,
        stated.where(allowed & ~professional),
        stated.where(professional),
        _children_at_home(home, stays, ages),
    )
    family = main_families(kinship)
    tables, ids = _tables(kinship, family)
    return Families(*tables, left_out, int((~allowed).sum()), kinship, family, ids)


def _professional(stated: Statements, most_people: int, people: int) -> Flags:
    carer = stated.kind == CARER
    cared_for = np.bincount(stated.other[carer], minlength=people)
    return np.asarray(carer & (cared_for[stated.other] > most_people))


def _children_at_home(home: Ints, stays: Stays, ages: Ages) -> Edges:
    """Give pairs of one home whose younger came to live with the other when young, there or before."""
    parts = [_raised(rows, stays, ages) for rows in _pairs(stays.place)]
    if not parts:
        return Edges(home[:0], home[:0])
    raised = Edges.join(*parts)
    code = np.unique(raised.one * len(home) + raised.other)
    one, other = code // len(home), code % len(home)
    now = (home[one] == home[other]) & (home[one] != NOWHERE)
    return Edges(one[now], other[now])


def _raised(rows: tuple[Ints, Ints], stays: Stays, ages: Ages) -> Edges:
    """Of pairs of stays at one place, give those of a young person and one a generation older."""
    a, b = rows
    since = np.maximum(stays.start[a], stays.start[b])
    meet = since < np.minimum(stays.end[a], stays.end[b])
    a, b, since = stays.person[a[meet]], stays.person[b[meet]], since[meet]
    older = ages.born[a] <= ages.born[b]
    elder, younger = np.where(older, a, b), np.where(older, b, a)
    as_child = np.where(since == ALWAYS, ages.child[younger], since < ages.settled[younger])
    told = ages.known[elder] & ages.known[younger] & ~ages.child[elder]
    kept = told & as_child & (ages.adult_gap[elder] <= ages.born[younger])
    return Edges(younger[kept], elder[kept])


def _pairs(group: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield all pairs of rows of one group, step by step along the groups; rows are in order."""
    for step in range(1, len(group)):
        first = np.flatnonzero(group[step:] == group[:-step])
        if not len(first):
            return
        yield first, first + step


def main_families(kin: Kinship) -> Ints:
    """Give each person's family, numbered in the order of their first members."""
    people = len(kin.home)
    now = kin.stated.where((kin.stated.until == NEVER) | np.isin(kin.stated.kind, UPWARD))
    # A child who died stays in the family: what happened to them is of the living children's story.
    mourned = ~kin.ages.dead[now.person] | np.isin(now.kind, UPWARD)
    now = now.where(mourned & ~kin.ages.dead[now.other])
    here = kin.together(now.person, now.other) & ~_sharers(now, kin.ages)
    edges = Edges.join(Edges(now.person[here], now.other[here]), kin.under)
    upward = _upward(now, kin.ages)
    for attach in (_children_without_adult, _adults_alone, _young_alone):
        edges = Edges.join(edges, attach(kin.ages, _components(people, edges), upward))
    return _components(people, edges)


def _sharers(stated: Statements, ages: Ages) -> Flags:
    """Say which rows state a household of two grown people, and no more: they share a tenancy."""
    apart = generation_apart(stated.person, stated.other, ages)
    grown = ages.known & ~ages.child
    two = grown[stated.person] & grown[stated.other]
    return np.asarray((stated.kind == SHARER) & two & ~apart)


def _components(people: int, edges: Edges) -> Ints:
    """Number the connected parts in the order of their first members."""
    if not people:
        return np.zeros(0, dtype=np.int64)
    ones = np.ones(len(edges.one), dtype=np.int8)
    graph = coo_array((ones, (edges.one, edges.other)), shape=(people, people))
    label = connected_components(graph.tocsr(), directed=False)[1]
    _, first, at = np.unique(label, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[at], dtype=np.int64)


@dataclass(frozen=True)
class _Upward:
    """Who a person belongs to when they live with nobody: best first for each `young`."""

    young: Ints
    elder: Ints
    parental: Flags


def _upward(now: Statements, ages: Ages) -> _Upward:
    up, kin, listed = now.of(*UPWARD), now.of(SIBLING), now.of(OTHER)
    older = ages.born[listed.person] <= ages.born[listed.other]
    elder = np.where(older, listed.person, listed.other)
    younger = np.where(older, listed.other, listed.person)
    apart = (ages.known[elder] & ages.known[younger]) & (
        ages.adult_gap[elder] <= ages.born[younger]
    )
    elder, younger = elder[apart], younger[apart]
    young = np.concatenate([up.person, younger, kin.person, kin.other])
    old = np.concatenate([up.other, elder, kin.other, kin.person])
    rank = np.repeat([0, 1, 2], [len(up.person), len(elder), 2 * len(kin.person)])
    rank = rank * len(KINDS)
    rank[: len(up.person)] += up.kind
    order = np.lexsort((old, rank, young))
    return _Upward(young[order], old[order], rank[order] < 2 * len(KINDS))


def _first(rows: Ints, of: Ints) -> Ints:
    """Keep of `rows` the first for each value of `of`."""
    return np.asarray(rows[np.unique(of[rows], return_index=True)[1]])


def _children_without_adult(ages: Ages, family: Ints, up: _Upward) -> Edges:
    adults = np.bincount(family[~ages.child], minlength=len(family))
    alone = ages.child & (adults[family] == 0)
    rows = _first(np.flatnonzero(alone[up.young]), up.young)
    return Edges(up.young[rows], up.elder[rows])


def _adults_alone(ages: Ages, family: Ints, up: _Upward) -> Edges:
    alone = ~ages.child & (np.bincount(family, minlength=len(family))[family] == 1)
    rows = np.flatnonzero(alone[up.elder] & ages.child[up.young] & up.parental)
    rows = rows[np.lexsort((up.young[rows], -ages.born[up.young[rows]]))]
    rows = _first(rows, up.elder)
    return Edges(up.young[rows], up.elder[rows])


def _young_alone(ages: Ages, family: Ints, up: _Upward) -> Edges:
    alone = ages.young & (np.bincount(family, minlength=len(family))[family] == 1)
    rows = _first(np.flatnonzero(alone[up.young]), up.young)
    return Edges(up.young[rows], up.elder[rows])


def _tables(
    kin: Kinship, family: Ints
) -> tuple[tuple[FamilyTable, FamilyMemberTable], pa.StringArray]:
    first = np.unique(family, return_index=True)[1]
    names = kin.stays.people.take(pa.array(first))
    ids = unlike_ids_of("F", names, pa.array([], pa.string()))
    order = pc.sort_indices(ids)
    sizes = np.bincount(family, minlength=len(ids)).astype(np.int32)
    table = pa.Table.from_arrays(
        [
            ids.take(order),
            pa.array(np.arange(len(ids), dtype=np.int32)),
            pa.array(sizes[order.to_numpy()], pa.int32()),
        ],
        schema=FamilyTable.schema(),
    )
    return (FamilyTable(table), _members(kin, family, ids)), ids


def family_keys(ids: pa.StringArray) -> Ints:
    """Give each family's place in the order of ids."""
    key = np.empty(len(ids), np.int64)
    key[pc.sort_indices(ids).to_numpy()] = np.arange(len(ids))
    return key


def _members(kin: Kinship, family: Ints, ids: pa.StringArray) -> FamilyMemberTable:
    reason = reasons_in(kin, family)
    by_family = np.argsort(family_keys(ids)[family], kind="stable")
    columns = [
        ids.take(pa.array(family[by_family])),
        kin.stays.people.take(pa.array(by_family)),
        pa.array(REASONS).take(pa.array(reason[by_family])),
    ]
    return FamilyMemberTable(pa.Table.from_arrays(columns, schema=FamilyMemberTable.schema()))


def reasons_in(kin: Kinship, family: Ints) -> Ints:
    """Give each person's strongest reason to be in their main family, as a place in `REASONS`."""
    reason = np.full(len(family), REASONS.index(ALONE))
    given = np.zeros(len(family), dtype=bool)

    def give(people: Ints, text: str) -> None:
        fresh = people[~given[people]]
        reason[fresh], given[fresh] = REASONS.index(text), True

    inside = kin.stated.where(family[kin.stated.person] == family[kin.stated.other])
    here = kin.together(inside.person, inside.other)
    for kind, tie in TIES.items():
        rows = (inside.kind == kind) & (here | (kind not in (PARTNER, OTHER, SHARER)))
        give(inside.person[rows], tie.record)
        give(inside.other[rows], tie.other)
    give(kin.under.one, ONE_HOME.record)
    give(kin.under.other, ONE_HOME.other)
    for people in (inside.person, inside.other):
        give(people[~here], LISTED)
    return reason
