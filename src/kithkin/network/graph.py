"""What reaches each person through their ties: attention of one and of two steps.

Of what a person j carries, the share `M[i, j] = s_ij / (kept + sum_k s_kj)` reaches i: the more
and the stronger the ties of j, the less each gets, and together less than all. Attention is
`T = M x + onward * (M M x - diag(M M) x)`: what comes by one step and, weaker, by two, where
nobody gets back what they sent themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from kithkin.network.both_ways import BothWays, Neighbours
from kithkin.network.near import Near, find_near
from kithkin.network.paths import TiePath, find_paths
from kithkin.network.reaching import reached, totals

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Graph:
    """Ties between persons with their strengths on one day.

    neighbours : each person's ties (`BothWays.strengths`).
    """

    neighbours: Neighbours

    @classmethod
    def of(
        cls, pairs: tuple[Array, Array], strength: Array, persons: int, among: Array | None = None
    ) -> Self:
        """Make a graph of pairs in order; of many days, lay them out once (`BothWays`).

        Parameters
        ----------
        pairs : person_keys of each pair, the lower first, sorted (`Evidence.pairs`).
        strength : of each pair, 0 for none (`Strengths.of`).
        persons : how many there are.
        among : (persons,) bool; a tie counts only when both are among them. All without it.

        """
        return cls(BothWays.of(pairs, persons).strengths(strength, among))

    @property
    def persons(self) -> int:
        """How many persons there are, tied or not."""
        return self.neighbours.persons

    @cached_property
    def totals(self) -> Array:
        """Give each person's tie strength in all, (persons,)."""
        return totals(self.neighbours.rows, self.neighbours.strength)

    def attention(
        self,
        seeds: Array,
        kept: float,
        onward: float,
        *,
        wanted: Array | None = None,
        threads: int = 2,
    ) -> Array:
        """Give what reaches each person, in points of index.

        Parameters
        ----------
        seeds : (persons, k) or (persons,), what each person carries, for k themes at once.
        kept : tie strength that stands for attention which a person does not pass on.
        onward : share of the attention of one step that goes on to the second.
        wanted : (persons,) bool, who is to be told, others 0; everybody without it.

        """
        if wanted is None:
            wanted = np.ones(self.persons, np.bool_)
        carried = (seeds if seeds.ndim > 1 else seeds[:, None]).astype(np.float64)
        found = reached(self.neighbours, self.totals, carried, kept, onward, wanted, threads)
        return found.reshape(seeds.shape)

    def near(
        self,
        carriers: Array,
        adult: Array,
        scores: Array,
        *,
        wanted: Array | None = None,
        threads: int = 2,
    ) -> Near:
        """Count the distinct persons at one and at exactly two steps who carry each theme.

        Parameters
        ----------
        carriers : (persons, k) bool, who carries each of k themes.
        adult : (persons,) bool.
        scores : (persons, k), of which sums over those found are given.
        wanted : (persons, k) bool, who is to be told of which, others 0; all without it.

        """
        if wanted is None:
            wanted = np.ones_like(carriers)
        return find_near(self.neighbours, carriers, adult, scores, wanted, threads=threads)

    def paths(self, person: int, seeds: Array, kept: float, onward: float) -> list[TiePath]:
        """Give the terms of one person's attention, the largest first; they sum to it.

        seeds : (persons,), what each person carries of one theme.
        """
        return find_paths(self.neighbours, self.totals, person, seeds, kept, onward)
