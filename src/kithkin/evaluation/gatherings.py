"""How far groups that were found are those that were there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations

from sklearn.metrics import adjusted_mutual_info_score


@dataclass(frozen=True)
class Agreement:
    """Found groups against true ones.

    Parameters
    ----------
    groups, persons : found. inside : adjusted mutual information of those found in a group who are
        of a true one. over_all : of all who are of a true one; who was not found is alone.
    sharing : share of the pairs of found groups who are of one true group.

    """

    groups: int
    persons: int
    inside: float
    over_all: float
    sharing: float


def agreement(
    found: Mapping[str, Sequence[int]], true: Mapping[int, str], of: Mapping[int, AbstractSet[str]]
) -> Agreement:
    """Compare groups.

    Parameters
    ----------
    found : persons of each group, each in one at most.
    true : by person, the one true group that stands for them.
    of : by person, all true groups they are of.

    """
    where = {person: name for name, persons in found.items() for person in persons}
    both = sorted(where.keys() & true.keys())
    every = sorted(true)
    alone = [where.get(person, f"alone {person}") for person in every]
    pairs = [pair for persons in found.values() for pair in combinations(persons, 2)]
    sharing = [bool(of.get(a, frozenset()) & of.get(b, frozenset())) for a, b in pairs]
    return Agreement(
        len(found),
        len(where),
        _ami([true[person] for person in both], [where[person] for person in both]),
        _ami([true[person] for person in every], alone),
        sum(sharing) / len(sharing) if sharing else float("nan"),
    )


def steadiness(before: Mapping[str, Sequence[int]], after: Mapping[str, Sequence[int]]) -> float:
    """Give the adjusted mutual information of two dates' groups, of who is in one on both."""
    first, then = (
        {person: name for name, persons in groups.items() for person in persons}
        for groups in (before, after)
    )
    both = sorted(first.keys() & then.keys())
    return _ami([first[person] for person in both], [then[person] for person in both])


def _ami(one: Sequence[str], other: Sequence[str]) -> float:
    return float(adjusted_mutual_info_score(one, other)) if one else float("nan")
