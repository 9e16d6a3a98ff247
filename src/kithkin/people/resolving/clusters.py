"""From pairs to persons: clustering that keeps what must be apart apart.

Plain connected components make one person of twins, and of siblings between whom a nameless
record stands. Here records join one edge at a time, the strongest first, and no edge may bring
together two persons whom something forbids to be one. What is refused is left for a human.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.resolving.evidence import Evidence
from kithkin.people.rules import Marks

TWINS = "possible twins: one surname and date of birth, different given names"
NUMBERS = "different verified numbers of a kind that a person has once"
NAMELESS = "a record without a forename could be several people"
BETWEEN = "too alike to part, not enough to join"
RELATIVES = "could be two relatives of one home: little agrees that is one person's alone"


@dataclass(frozen=True)
class Edge:
    """Two records that may be one person; `weight` is infinite for a verified number."""

    left: int
    right: int
    weight: float
    reason: str
    home_weight: float = inf


@dataclass(frozen=True)
class Refusal:
    """Two records left for a human, and why."""

    left: int
    right: int
    weight: float | None  # null: not scored
    why: str


@dataclass(frozen=True)
class Resolution:
    """`cluster[rid]` is the smallest rid of the same person."""

    cluster: list[int]
    joined: list[Edge]  # the edges that brought persons together
    refused: list[Refusal]  # between different persons only


def resolve(
    records: ComparableTable, scored: ScoredPairTable, evidence: Evidence, marks: Marks
) -> Resolution:
    """Decide which records are one person.

    Records that share a verified number join first, when nothing speaks against it; then scored
    pairs from the join mark up, named records before nameless ones. Two persons with different
    exclusive numbers never join, possible twins not by a score. What is left from the review mark
    up, and every contradiction, is refused with its reason.
    """
    clusters = _Clusters(len(records), evidence)
    refused = _join_by_number(clusters, evidence)
    named = records.data.column("forename").is_valid().to_pylist()
    edges = _scored_edges(scored)
    both = [edge for edge in edges if named[edge.left] and named[edge.right]]
    rest = [edge for edge in edges if not (named[edge.left] and named[edge.right])]
    refused += _join_by_score(clusters, both, marks)
    refused += _attach_nameless(clusters, rest, named, marks)
    return _finish(clusters, refused)


def _scored_edges(scored: ScoredPairTable) -> list[Edge]:
    """Strongest first; equal weights in record order, so that the answer is always the same."""
    wanted = ("left_rid", "right_rid", "weight", "home_weight")
    columns = (scored.data.column(name).to_pylist() for name in wanted)
    edges = [
        Edge(left, right, weight, f"names and details agree (weight {weight:.1f})", home)
        for left, right, weight, home in zip(*columns, strict=True)
    ]
    return sorted(edges, key=lambda edge: (-edge.weight, edge.left, edge.right))


def _join_by_number(clusters: _Clusters, evidence: Evidence) -> list[Refusal]:
    refused = []
    for row in evidence.shared.data.to_pylist():
        left, right, scheme = row["left_rid"], row["right_rid"], row["scheme"]
        why = row["against"] and f"share an identifying number ({scheme}), but {row['against']}"
        why = why or clusters.numbers_differ(left, right)
        if why:
            refused.append(Refusal(left, right, None, why))
        else:
            clusters.join(Edge(left, right, inf, f"share an identifying number ({scheme})"))
    return refused


def _join_by_score(clusters: _Clusters, edges: Iterable[Edge], marks: Marks) -> list[Refusal]:
    refused = []
    for edge in edges:
        why = clusters.numbers_differ(edge.left, edge.right) or clusters.twins(edge)
        if edge.weight < marks.join:
            why = why or BETWEEN
        elif edge.home_weight < marks.home_join:
            why = why or RELATIVES
        if why:
            refused.append(Refusal(edge.left, edge.right, edge.weight, why))
        else:
            clusters.join(edge)
    return refused


def _attach_nameless(
    clusters: _Clusters, edges: Iterable[Edge], named: list[bool], marks: Marks
) -> list[Refusal]:
    """Join a nameless record to the one person it can be; it never brings two together.

    A record counts once, with all its pairs, when every person it could be is known: so the
    order of the pairs cannot decide whose it is.
    """
    candidates: defaultdict[int, list[Edge]] = defaultdict(list)
    refused = []
    for edge in edges:
        ends = [end for end in (edge.left, edge.right) if not named[end]]
        if len(ends) == 1 and clusters.alone(ends[0]) and _joins(edge, marks):
            candidates[ends[0]].append(edge)
        else:
            refused.append(Refusal(edge.left, edge.right, edge.weight, NAMELESS))
    homes = {
        rid: {clusters.find(_other(edge, rid)) for edge in mine} for rid, mine in candidates.items()
    }
    for rid, mine in candidates.items():
        why = clusters.numbers_differ(mine[0].left, mine[0].right) or clusters.twins(mine[0])
        if len(homes[rid]) > 1:
            why = NAMELESS
        if why:
            refused += [Refusal(edge.left, edge.right, edge.weight, why) for edge in mine]
        else:
            clusters.join(mine[0])
    return refused


def _joins(edge: Edge, marks: Marks) -> bool:
    return edge.weight >= marks.join and edge.home_weight >= marks.home_join


def _other(edge: Edge, rid: int) -> int:
    return edge.right if edge.left == rid else edge.left


def _finish(clusters: _Clusters, refused: list[Refusal]) -> Resolution:
    cluster = [clusters.find(rid) for rid in range(len(clusters.parent))]
    apart = [one for one in refused if cluster[one.left] != cluster[one.right]]
    return Resolution(cluster, clusters.joined, apart)


class _Clusters:
    """Disjoint sets of records; the smallest record leads its set."""

    def __init__(self, size: int, evidence: Evidence) -> None:
        self.parent = list(range(size))
        self.members: dict[int, list[int]] = {}
        self.joined: list[Edge] = []
        self.apart: defaultdict[int, set[int]] = defaultdict(set)
        self.numbers: defaultdict[int, frozenset[str]] = defaultdict(frozenset)
        for row in evidence.twins.data.to_pylist():
            self.apart[row["left_rid"]].add(row["right_rid"])
            self.apart[row["right_rid"]].add(row["left_rid"])
        for row in evidence.exclusive.data.to_pylist():
            self.numbers[row["rid"]] |= {row["number"]}

    def find(self, rid: int) -> int:
        while self.parent[rid] != rid:
            self.parent[rid] = self.parent[self.parent[rid]]
            rid = self.parent[rid]
        return rid

    def of(self, leader: int) -> list[int]:
        return self.members.get(leader, [leader])

    def alone(self, rid: int) -> bool:
        return len(self.of(self.find(rid))) == 1

    def join(self, edge: Edge) -> None:
        low, high = sorted((self.find(edge.left), self.find(edge.right)))
        if low == high:
            return
        self.parent[high] = low
        self.members[low] = self.of(low) + self.of(high)
        self.members.pop(high, None)
        self.numbers[low] |= self.numbers[high]
        self.joined.append(edge)

    def numbers_differ(self, left: int, right: int) -> str | None:
        one, other = self.numbers[self.find(left)], self.numbers[self.find(right)]
        return NUMBERS if one and other and one != other else None

    def twins(self, edge: Edge) -> str | None:
        """Look for possible twins anywhere in the two sets, not only at the ends of the edge."""
        small, large = sorted(
            (self.of(self.find(edge.left)), self.of(self.find(edge.right))), key=len
        )
        within = set(large)
        return TWINS if any(not within.isdisjoint(self.apart[rid]) for rid in small) else None
