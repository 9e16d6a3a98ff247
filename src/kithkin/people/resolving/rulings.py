"""What people have decided about pairs of records, ready for the resolver."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

Ruling = tuple[int, int, str]  # left rid < right rid, decision id


@dataclass(frozen=True)
class Rulings:
    """Decisions that stand, by what they ask for; `never` outranks all, then `different`.

    `same` holds `confirmed` decisions too. A `never` pair may not be joined, not even through
    other records, and may not appear in a review, an explanation or a list of candidates.
    """

    same: tuple[Ruling, ...] = ()
    different: tuple[Ruling, ...] = ()
    never: tuple[Ruling, ...] = ()

    @property
    def apart(self) -> tuple[Ruling, ...]:
        """Give every pair that may not be one person."""
        return self.different + self.never


@dataclass(frozen=True)
class Conflict:
    """A decision that could not be followed because of another."""

    left: int
    right: int
    why: str


@dataclass(frozen=True)
class Settled:
    """`same` rulings that can be followed, in record order, and those that cannot.

    One that only a `never` forbids is left out of both: to say that it was not followed would
    tell of the `never`.
    """

    joined: tuple[Ruling, ...]
    conflicts: tuple[Conflict, ...]


def settle(rulings: Rulings) -> Settled:
    """Find which `same` rulings hold beside `different` and `never` ones, through any records."""
    groups = _Groups()
    joined, conflicts = [], []
    for left, right, decision in sorted(rulings.same):
        if groups.between(left, right, rulings.never) is not None:
            continue
        against = groups.between(left, right, rulings.different)
        if against is None:
            groups.join(left, right)
            joined.append((left, right, decision))
        else:
            why = f"decisions contradict each other: {decision} says same, {against} says different"
            conflicts.append(Conflict(left, right, why))
    return Settled(tuple(joined), tuple(conflicts))


class _Groups:
    """Records joined by rulings; decisions are few, so plain sets do."""

    def __init__(self) -> None:
        self.group: defaultdict[int, set[int]] = defaultdict(set)

    def of(self, rid: int) -> set[int]:
        return self.group[rid] or {rid}

    def join(self, left: int, right: int) -> None:
        together = self.of(left) | self.of(right)
        for rid in together:
            self.group[rid] = together

    def between(self, left: int, right: int, apart: tuple[Ruling, ...]) -> str | None:
        """Give the first decision that keeps the two groups apart."""
        one, other = self.of(left), self.of(right)
        for a, b, decision in sorted(apart):
            if (a in one and b in other) or (a in other and b in one):
                return decision
        return None
