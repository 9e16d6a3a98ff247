"""What the network carries to each person on a date, and who near them carries a theme.

Of a victim track every tie counts; of a perpetrator track only ties between adults by rules that
may carry to one, so that nothing reaches a perpetrator score from a victim's part in an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kithkin.network import Choice, Evidence, Graph, Near, Strengths, TiePath, strengths_on
from kithkin.policy.themes import ThemeNetwork, TrackName
from kithkin.scoring.indices import adults_on
from kithkin.scoring.plan import Plan


def choice_of(network: ThemeNetwork, track: TrackName, *, proven: bool) -> Choice:
    """Say which ties bear on a track of a theme."""
    return Choice(network.natures, proven=proven, perpetrator=track == "perpetrator")


@dataclass(frozen=True)
class Reach:
    """The network as it was on one date, by the choices of ties that themes ask for.

    Parameters
    ----------
    pairs : persons of each tie, the lower first. strengths : of these, for every choice.
    adult : who is an adult on the date, (person).

    """

    pairs: tuple[Any, Any]
    strengths: Strengths
    adult: Any
    _graphs: dict[Choice, Graph] = field(default_factory=dict, repr=False)

    def graph(self, choice: Choice) -> Graph:
        """Give the ties of a choice; between adults alone when they may carry to a perpetrator."""
        if choice not in self._graphs:
            among = self.adult if choice.perpetrator else None
            strength = self.strengths.of(choice)
            self._graphs[choice] = Graph.of(self.pairs, strength, len(self.adult), among)
        return self._graphs[choice]

    def attention(self, choice: Choice, network: ThemeNetwork, seeds: Any) -> Any:
        """Give what of the seeds reaches each person: float64 (person, column), as `seeds` is."""
        return self.graph(choice).attention(seeds, network.kept, network.onward)

    def paths(
        self, choice: Choice, network: ThemeNetwork, person: int, seeds: Any
    ) -> list[TiePath]:
        """Give by which paths attention reaches one person, the largest first; seeds (person)."""
        return self.graph(choice).paths(person, seeds, network.kept, network.onward)

    def near(self, choice: Choice, carrying: Any, seeds: Any) -> Near:
        """Count who is near; carrying and seeds are (person, column)."""
        return self.graph(choice).near(carrying, self.adult, seeds)


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
    choices = {
        choice_of(planned.theme.network, planned.name, proven=only)
        for planned in plan.tracks
        if planned.theme.network is not None
        for only in ((False, True) if proven else (False,))
    }
    ordered = sorted(choices, key=lambda one: (one.natures, one.proven, one.perpetrator))
    for strengths in strengths_on(evidence, plan.policy, on, ordered, threads=threads):
        adult = adults_on(born, strengths.day, plan.policy.scoring.adult)
        yield Reach(evidence.pairs, strengths, adult)
