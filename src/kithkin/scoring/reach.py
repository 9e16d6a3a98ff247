"""What the network carries to each person on a date, and who near them carries a theme.

Of a victim track every tie counts; of a perpetrator track only ties between adults by rules that
may carry to one, so that nothing reaches a perpetrator score from a victim's part in an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from kithkin.network import (
    BothWays,
    Choice,
    Evidence,
    Graph,
    Near,
    Strengths,
    TiePath,
    plainest,
    strengths_on,
)
from kithkin.policy.themes import ThemeNetwork
from kithkin.scoring.indices import adults_on
from kithkin.scoring.plan import Plan


def choice_of(plan: Plan, position: int, *, proven: bool) -> Choice | None:
    """Say which ties bear on a track; None when there are none, or its theme has no network."""
    planned = plan.tracks[position]
    if planned.theme.network is None:
        return None
    natures, perpetrator = planned.theme.network.natures, planned.name == "perpetrator"
    choice = plainest(plan.policy, Choice(natures, proven=proven, perpetrator=perpetrator))
    return choice if choice.natures else None


@dataclass(frozen=True)
class Reach:
    """The network as it was on one date, by the choices of ties that themes ask for.

    Parameters
    ----------
    ties : of which pairs there is evidence. strengths : of these, for every choice.
    adult : who is an adult on the date, (person).

    """

    ties: BothWays
    strengths: Strengths
    adult: Any
    threads: int = 2

    @cached_property
    def graphs(self) -> Mapping[Choice, Graph]:
        """Give the ties by choice; between adults alone when they may carry to a perpetrator."""
        choices = self.strengths.choices
        only = np.array([choice.perpetrator for choice in choices], np.bool_)
        found = self.ties.several(self.strengths.strength, self.adult, only)
        return {choice: Graph(ties) for choice, ties in zip(choices, found, strict=True)}

    def attention(
        self, choice: Choice, network: ThemeNetwork, seeds: Any, *, wanted: Any | None = None
    ) -> Any:
        """Give what of the seeds reaches each person: float64 (person, column), as `seeds` is.

        wanted : (person) bool, who is to be told; everybody without it.
        """
        kept, onward = network.kept, network.onward
        return self.graphs[choice].attention(
            seeds, kept, onward, wanted=wanted, threads=self.threads
        )

    def paths(
        self, choice: Choice, network: ThemeNetwork, person: int, seeds: Any
    ) -> list[TiePath]:
        """Give by which paths attention reaches one person, the largest first; seeds (person)."""
        return self.graphs[choice].paths(person, seeds, network.kept, network.onward)

    def near(self, choice: Choice, carrying: Any, seeds: Any, wanted: Any) -> Near:
        """Count who is near; carrying, seeds and who wants to know are (person, column)."""
        return self.graphs[choice].near(
            carrying, self.adult, seeds, wanted=wanted, threads=self.threads
        )


def reaches(
    evidence: Evidence,
    plan: Plan,
    born: Any,
    on: Sequence[date],
    *,
    proven: bool = False,
    threads: int = 2,
) -> Iterator[Reach]:
    """Give the network on each date in turn, so that memory holds one.

    Parameters
    ----------
    born : day of birth by person, as `born_days` gives it.
    on : none later than the evidence.
    proven : whether it will be asked for ties without unproven information as well.

    """
    asked = [
        choice_of(plan, position, proven=only)
        for position in range(len(plan.tracks))
        for only in ((False, True) if proven else (False,))
    ]
    ordered = list(dict.fromkeys(choice for choice in asked if choice is not None))
    ties = BothWays.of(evidence.pairs, len(born))
    for strengths in strengths_on(evidence, plan.policy, on, ordered, threads=threads):
        adult = adults_on(born, strengths.day, plan.policy.scoring.adult)
        yield Reach(ties, strengths, adult, threads)
