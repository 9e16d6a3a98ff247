"""What the resolver gives: who is one person, by what, and what is left for a human."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kithkin.model.tables import NUMBER, TEXT, WHOLE, Columns, TypedTable


class JoinedTable(TypedTable):
    """The edges that brought records together: for a person of n records, n - 1 of them.

    In the order in which they joined: rulings, numbers, scores from the strongest down, records
    without a forename. No two records of a person are tied by a stronger chain than through these.
    """

    name = "joined_pair"
    columns: ClassVar[Columns] = {
        "left_rid": WHOLE,
        "right_rid": WHOLE,
        "basis": TEXT,  # ruling | number | score
        "weight": NUMBER,  # infinite for a ruling or a number
        "home_weight": NUMBER,
        "probability": NUMBER,
        "reason": TEXT,
    }


class RefusedTable(TypedTable):
    """Two records of different persons, left for a human, and why; in `left_rid` order."""

    name = "refused_pair"
    columns: ClassVar[Columns] = {
        "left_rid": WHOLE,
        "right_rid": WHOLE,
        "kind": TEXT,  # join? | contradiction
        "weight": NUMBER,  # null: not scored
        "home_weight": NUMBER,
        "probability": NUMBER,  # that they are one person; null: not scored
        "why": TEXT,
    }


class FindingTable(TypedTable):
    """A person who may be two: the check that says so and two of their records to compare."""

    name = "person_finding"
    columns: ClassVar[Columns] = {
        "left_rid": WHOLE,
        "right_rid": WHOLE,
        "check": TEXT,  # births | sexes | numbers | size | one source
        "probability": NUMBER,  # of the person's weakest join: that they are one
        "why": TEXT,
    }


@dataclass(frozen=True)
class Resolution:
    """`cluster[rid]` is the smallest rid of the same person."""

    cluster: NDArray[np.int32]
    joined: JoinedTable
    refused: RefusedTable
    findings: FindingTable
