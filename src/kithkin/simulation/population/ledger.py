"""Who lives with which household, and unions: rows that the steps of family life write down."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.population.drawing import Ints
from kithkin.simulation.world import HOUSEHOLD_KINDS, STAY_KINDS

HOME, SECOND_HOME, KINSHIP, PRISON = (
    STAY_KINDS.index(kind) for kind in ("home", "second_home", "kinship", "prison")
)


@dataclass
class Ledger:
    """Rows of residence, and the areas of households that form on the way."""

    households: int
    """Number of households so far."""
    rows: list[tuple[Ints, Ints, Days, Days, Ints]] = field(default_factory=list)
    formed: list[tuple[Ints, Ints, Ints]] = field(default_factory=list)
    """For households formed on the way: the unit that they came out of, reference and kind."""
    unions: list[tuple[Ints, Ints, Days, Days]] = field(default_factory=list)
    """Couples: woman or first, man or second, first day, last day."""

    def live(
        self, person: Ints, household: Ints, start: Days | int, end: Days | int, kind: int = HOME
    ) -> None:
        """Write down that people live with households from one day to another."""
        size = len(person)
        self.rows.append((
            person, household, np.broadcast_to(np.asarray(start, np.int32), size),
            np.broadcast_to(np.asarray(end, np.int32), size), np.full(size, kind),
        ))  # fmt: skip

    def found(self, person: Ints, unit: Ints, kind: str = "alone") -> Ints:
        """Form a household of a kind for each person, out of a unit; gives their numbers."""
        numbers = self.households + np.arange(len(person))
        self.households += len(person)
        self.formed.append((unit, person, np.full(len(person), HOUSEHOLD_KINDS.index(kind))))
        return numbers

    def unite(self, one: Ints, other: Ints, start: Days | int, end: Days | int = NEVER) -> None:
        """Write down couples."""
        size = len(one)
        self.unions.append((
            one, other, np.broadcast_to(np.asarray(start, np.int32), size),
            np.broadcast_to(np.asarray(end, np.int32), size),
        ))  # fmt: skip

    def residence(self) -> tuple[Ints, Ints, Days, Days, Ints]:
        """Give all rows of residence: person, household, first day, last day, kind of stay."""
        return tuple(np.concatenate(column) for column in zip(*self.rows, strict=True))  # type: ignore[return-value]

    def couples(self) -> tuple[Ints, Ints, Days, Days]:
        """Give all couples."""
        return tuple(np.concatenate(column) for column in zip(*self.unions, strict=True))  # type: ignore[return-value]
