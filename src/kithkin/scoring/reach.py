"""The network as scoring asks of it: what reaches whom through ties as they were on a date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from kithkin.network import Choice, Evidence, Graph, TiePath, strengths_on
from kithkin.policy import Policy
from kithkin.policy.themes import ThemeNetwork, TrackName
from kithkin.scoring.plan import Plan
from kithkin.scoring.scores import Near, adults_on


def choices_of(plan: Plan, *, proven: bool) -> tuple[Choice, ...]:
    """Give which strengths the themes ask for; `proven` adds those without unproven information."""
    asked = [
        _choice(planned.theme.network, planned.name, proven=kind)
        for planned in plan.tracks
        if planned.theme.network is not None
        for kind in ((False, True) if proven else (False,))
    ]
    return tuple(dict.fromkeys(asked))


def _choice(network: ThemeNetwork, track: TrackName, *, proven: bool) -> Choice:
    return Choice(tuple(sorted(network.natures)), proven, track == "perpetrator")


@dataclass(frozen=True)
class TieReach:
    """Ties on one date, a graph for each choice of rules (`scores.Reach`).

    pairs : person_keys of each pair (`Evidence.pairs`). strength : by choice, of each pair.
    adult : by person. A perpetrator track sees ties between adults only.
    """

    pairs: tuple[Any, Any]
    strength: dict[Choice, Any]
    adult: Any
    _graphs: dict[Choice, Graph] = field(default_factory=dict)

    def attention(
        self, network: ThemeNetwork, track: TrackName, seeds: Any, *, proven: bool
    ) -> Any:
        """Give how much of others' seeds reaches each person, float64 (person)."""
        graph = self.graph(network, track, proven=proven)
        return graph.attention(np.asarray(seeds), network.kept, network.onward)

    def near(
        self, network: ThemeNetwork, track: TrackName, seeds: Any, carrying: Any, adult: Any
    ) -> Near:
        """Count distinct persons who are `carrying` within two steps, and sum their seeds."""
        graph = self.graph(network, track, proven=False)
        found = graph.near(carrying[:, None], adult, np.asarray(seeds)[:, None])
        # (person, theme, step, age) there, (age, step, person) here.
        count, total = (one[:, 0].transpose(2, 1, 0) for one in (found.count, found.total))
        return Near(count, total, found.nearest[:, 0])

    def paths(
        self, network: ThemeNetwork, track: TrackName, person: int, seeds: Any
    ) -> list[TiePath]:
        """Give by which paths attention reaches one person, the largest first."""
        graph = self.graph(network, track, proven=False)
        return graph.paths(person, np.asarray(seeds), network.kept, network.onward)

    def graph(self, network: ThemeNetwork, track: TrackName, *, proven: bool) -> Graph:
        """Give the graph that a track of a theme sees."""
        choice = _choice(network, track, proven=proven)
        if choice not in self._graphs:
            among = self.adult if choice.perpetrator else None
            self._graphs[choice] = Graph.of(
                self.pairs, self.strength[choice], len(self.adult), among
            )
        return self._graphs[choice]


def reaches(
    evidence: Evidence,
    policy: Policy,
    plan: Plan,
    born: Any,
    on: Sequence[date],
    *,
    proven: bool = False,
    threads: int = 2,
) -> Iterator[TieReach]:
    """Give the network as it was on each date, in turn, so that memory holds one.

    Parameters
    ----------
    born : day of birth by person (`indices.born_days`).
    on : none later than the evidence.
    proven : whether it will be asked for ties without unproven information as well.

    """
    choices = choices_of(plan, proven=proven)
    found = strengths_on(evidence, policy, on, choices, threads=threads)
    for strengths in found:
        adult = adults_on(born, strengths.day, plan.scoring.adult)
        by_choice = {choice: strengths.of(choice) for choice in choices}
        yield TieReach(evidence.pairs, by_choice, adult)
