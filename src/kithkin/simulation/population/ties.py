"""True relationships: partners, parents, brothers and sisters, grandparents, friends."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.population.drawing import Floats, Ints, until
from kithkin.simulation.population.folk import Folk
from kithkin.simulation.population.ledger import Ledger
from kithkin.simulation.settings.population import Kith
from kithkin.simulation.world import GROUP_KINDS, TIE_KINDS, Groups, Memberships, Ties

MOST_IN_FAMILY = 9
LEAST_FRIENDSHIP = 60
"""Days that two must share a group to be counted as friends."""

Columns = tuple[Ints, Ints, str, Days, Days]


def make_ties(
    calendar: Calendar,
    folk: Folk,
    ledger: Ledger,
    groups: Groups,
    memberships: Memberships,
    settings: Kith,
    rng: np.random.Generator,
) -> Ties:
    """Make all ties that begin before the calendar's end."""
    parts = [
        *_couples(calendar, folk, ledger),
        _blood(folk, *_parents(folk), "parent"),
        _blood(folk, *_siblings(folk), "sibling"),
        _blood(folk, *_grandparents(folk), "grandparent"),
        _friends(groups, memberships, settings, rng),
    ]
    a, b, start, end = (np.concatenate([part[at] for part in parts]) for at in (0, 1, 3, 4))
    kind = np.repeat([TIE_KINDS.index(part[2]) for part in parts], [len(part[0]) for part in parts])
    kept = (start <= calendar.ends) & (start <= end)
    return Ties(
        a=a[kept].astype(np.int32),
        b=b[kept].astype(np.int32),
        kind=kind[kept].astype(np.int8),
        start=start[kept].astype(np.int32),
        end=until(end[kept], calendar.ends),
    )


def _couples(calendar: Calendar, folk: Folk, ledger: Ledger) -> list[Columns]:
    """Couples while they are together, and from the day after as former partners."""
    one, other, start, end = ledger.couples()
    dead = np.minimum(folk.died[one], folk.died[other])
    parted = (end < dead) & (end <= calendar.ends)
    until_dead = np.where(parted, dead, NEVER)
    return [
        (one, other, "partner", start, np.minimum(end, dead)),
        (one[parted], other[parted], "former_partner", end[parted] + 1, until_dead[parted]),
    ]


def _blood(folk: Folk, a: Ints, b: Ints, kind: str) -> Columns:
    start = np.maximum(folk.born[a], folk.born[b])
    return a, b, kind, start, np.minimum(folk.died[a], folk.died[b])


def _parents(folk: Folk) -> tuple[Ints, Ints]:
    by_mother, by_father = np.flatnonzero(folk.mother >= 0), np.flatnonzero(folk.father >= 0)
    return (
        np.concatenate([folk.mother[by_mother], folk.father[by_father]]),
        np.concatenate([by_mother, by_father]),
    )


def _siblings(folk: Folk) -> tuple[Ints, Ints]:
    """Pairs with a mother or a father in common, once each."""
    pairs = [_alike(folk.mother), _alike(folk.father)]
    low = np.concatenate([pair[0] for pair in pairs])
    high = np.concatenate([pair[1] for pair in pairs])
    codes = np.unique(np.minimum(low, high) * 2**32 + np.maximum(low, high))
    return codes // 2**32, codes % 2**32


def _alike(parent: Ints) -> tuple[Ints, Ints]:
    rows = np.flatnonzero(parent >= 0)
    rows = rows[np.argsort(parent[rows], kind="stable")]
    first, second = [], []
    for step in range(1, MOST_IN_FAMILY):
        same = parent[rows[step:]] == parent[rows[:-step]]
        first.append(rows[:-step][same])
        second.append(rows[step:][same])
    return np.concatenate(first), np.concatenate(second)


def _grandparents(folk: Folk) -> tuple[Ints, Ints]:
    elder, younger = _parents(folk)
    above = [folk.mother[elder], folk.father[elder]]
    known = [line >= 0 for line in above]
    return (
        np.concatenate([line[k] for line, k in zip(above, known, strict=True)]),
        np.concatenate([younger[k] for k in known]),
    )


def _friends(
    groups: Groups,
    memberships: Memberships,
    settings: Kith,
    rng: np.random.Generator,
) -> Columns:
    """Some pairs of each group who are in it together for a while; once for each pair."""
    order = np.argsort(memberships.group, kind="stable")
    group = memberships.group[order].astype(np.int64)
    share = _shares(settings)[groups.kind[group]]
    low, high, start, end = [], [], [], []
    for step in range(1, int(np.bincount(group).max(initial=1))):
        same = np.flatnonzero(group[step:] == group[:-step])
        same = same[rng.random(len(same)) < share[same]]
        a, b = order[same], order[same + step]
        since = np.maximum(memberships.start[a], memberships.start[b])
        last = np.minimum(memberships.end[a], memberships.end[b])
        kept = last.astype(np.int64) - since >= LEAST_FRIENDSHIP
        low.append(memberships.person[a[kept]])
        high.append(memberships.person[b[kept]])
        start.append(since[kept])
        end.append(last[kept])
    return _once(low, high, start, end)


def _shares(settings: Kith) -> Floats:
    """By kind of group: the share of pairs who are friends. Outside school half as many."""
    share = settings.friends_within_group
    return np.array([share if kind == "school_friends" else share / 2 for kind in GROUP_KINDS])


def _once(low: list[Ints], high: list[Ints], start: list[Days], end: list[Days]) -> Columns:
    one, other = np.concatenate(low).astype(np.int64), np.concatenate(high).astype(np.int64)
    since, last = np.concatenate(start), np.concatenate(end)
    code = np.minimum(one, other) * 2**32 + np.maximum(one, other)
    order = np.lexsort((since, code))
    _, first = np.unique(code[order], return_index=True)
    rows = order[first]
    rows = rows[one[rows] != other[rows]]
    return one[rows], other[rows], "friend", since[rows], last[rows]
