"""What people have decided about pairs of records, ready for the resolver."""

from __future__ import annotations

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
