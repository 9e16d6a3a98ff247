"""Networks on which groups are tried: hand-made, planted, and two that are public."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np

from kithkin.model import dates
from kithkin.network.groups import TieRows
from kithkin.network.groups.searching import Search, search
from kithkin.network.groups.ties import peer_ties
from kithkin.policy.gatherings import Groups
from kithkin.policy.networks import EventTie, HouseholdTie, MembershipTie, RelationshipTie

ON = date(2025, 3, 31)
RECENT = dates.day_number(date(2025, 3, 1))

_COMMON: dict[str, Any] = {
    "weight": 1.0,
    "half_life_days": 365,
    "at_most": 10.0,
    "most_people": 20,
    "basis": "made for a test",
}
_SUSPECTS: dict[str, Any] = {
    **_COMMON, "source": "events", "kinds": ("police.crime.robbery",), "roles": ("suspect",)
}  # fmt: skip

RULES = {
    "co_suspects": EventTie(name="co_suspects", title="Suspects", nature="peer", **_SUSPECTS),
    "missing_together": EventTie(name="missing_together", title="Gone", nature="peer", **_SUSPECTS),
    "harmed": EventTie(
        name="harmed", title="Harmed", nature="peer", other_roles=("victim",), **_SUSPECTS
    ),
    "household": HouseholdTie(
        name="household",
        title="Home",
        nature="family",
        source="household",
        least_days=30,
        **_COMMON,
    ),
    "school": MembershipTie(
        name="school",
        title="School",
        nature="peer",
        source="membership",
        kinds=("roll",),
        **_COMMON,
    ),
    "sibling": RelationshipTie(
        name="sibling",
        title="Siblings",
        nature="family",
        source="relationship",
        relationships=("sibling",),
        **_COMMON,
    ),
}
NAMES = tuple(RULES)


COLUMNS = ("person_a", "person_b", "rule", "strength", "last", "related")


def settings(**changed: Any) -> Groups:
    """Give settings of groups, some of them changed."""
    usual: dict[str, Any] = {
        "rules": ("co_suspects", "missing_together"),
        "recent_days": 365,
        "least_strength": 0.0,
        "theme_rules": {"cse": ("missing_together",)},
        "one_carries": 0.5,
        "none_carries": 0.0,
        "least_carriers": 2,
        "smallest": 5,
        "largest": 50,
        "lowest_resolution": 0.01,
        "highest_resolution": 0.5,
        "resolutions": 8,
        "stay": 0.05,
        "searches": 4,
        "partitions": 16,
        "seed": 1,
        "ties_left_out": 0.1,
        "agreement": 0.7,
        "member": 0.5,
        "possible": 0.25,
        "same": 0.5,
        "months_at_first": 0,
        "remember_days": 200,
        "key_links": 5,
        "basis": "made for a test",
    }
    return Groups(**(usual | changed))


def rows_of(edges: Any, rule: str = "co_suspects", last: int = RECENT) -> TieRows:
    """Give ties of one rule from pairs of persons, or of persons and a strength."""
    ends = [(min(edge[:2]), max(edge[:2]), edge[2] if len(edge) > 2 else 1.0) for edge in edges]
    one, other, strength = zip(*ends, strict=True) if ends else ((), (), ())
    return TieRows(
        np.array(one, np.int64),
        np.array(other, np.int64),
        np.full(len(ends), NAMES.index(rule)),
        np.array(strength, np.float64),
        np.full(len(ends), last),
        np.full(len(ends), RULES[rule].nature == "family"),
        NAMES,
    )


def together(*several: TieRows) -> TieRows:
    """Put rows one after the other; a pair that one of them relates is related in all."""
    rows = TieRows(*(np.concatenate([getattr(r, c) for r in several]) for c in COLUMNS), NAMES)
    pairs = list(zip(rows.person_a.tolist(), rows.person_b.tolist(), strict=True))
    kin = {pair for pair, related in zip(pairs, rows.related, strict=True) if related}
    return replace(rows, related=np.array([pair in kin for pair in pairs], np.bool_))


def clique(first: int, people: int, strength: float = 1.0) -> list[tuple[int, int, float]]:
    """Tie each of some persons with each other."""
    return [(a, b, strength) for a, b in combinations(range(first, first + people), 2)]


def searched(edges: Any, **changed: Any) -> Search:
    """Find the groups of a network."""
    return search(peer_ties(rows_of(edges), RULES, settings(**changed), ON), settings(**changed))


def labels(found: Search, persons: int) -> Any:
    """Give each person the number of their group; one of their own to who has none."""
    label = np.arange(persons) + len(found.groups)
    for number, group in enumerate(found.groups):
        label[group.members] = number
    return label


def karate() -> tuple[list[tuple[int, int, float]], list[bool]]:
    """Zachary's karate club and who went with the officer (Zachary 1977), with networkx.

    Strength: in how many contexts two members met.
    """
    club = nx.karate_club_graph()
    edges = [(a, b, float(of["weight"])) for a, b, of in club.edges(data=True)]
    return edges, [club.nodes[member]["club"] == "Officer" for member in club]


def southern_women() -> tuple[list[tuple[int, int, float]], list[bool]]:
    """Eighteen women and the events at which they met (Davis, Gardner and Gardner 1941).

    With networkx. An event of k women ties each two by 1/(k - 1), as Kithkin's occasions do. The
    groups are those on which 21 analyses agree: the first nine, the last nine (Freeman 2003).
    """
    graph = nx.davis_southern_women_graph()
    women = graph.graph["top"]
    strength: Counter[tuple[int, int]] = Counter()
    for event in graph.graph["bottom"]:
        there = sorted(women.index(woman) for woman in graph[event])
        for pair in combinations(there, 2):
            strength[pair] += 1 / (len(there) - 1)
    return [(*pair, s) for pair, s in strength.items()], [place >= 9 for place in range(18)]
