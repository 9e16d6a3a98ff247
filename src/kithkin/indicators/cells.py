"""What a fact counts towards, looked up rather than worked out.

On one as-of date that depends only on the fact's signature (which selections it satisfies) and
its age. Ages fall into classes between the catalogue's window bounds, so a small table of
signature and age class (a cell) says it all: a mask of the accumulators that the fact reaches,
the counts it adds to, several packed into one number, and for sums and latest days what to
multiply or add so that facts which do not reach them fall away. One join then stands in for
hundreds of conditions on every fact (`docs/decisions/0004-shape-of-the-aggregation.md`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from kithkin.indicators.catalogue import BITS_A_WORD, Catalogue, Measure

SUM_BITS = 52  # a double holds whole numbers up to 2^53 exactly
NEVER = -(1 << 30)  # added to a day number or a packed value, it says: not reached
PACKED_NEVER = -(1 << 61)
Array = Any


class Cells:
    """The cells of a catalogue, for the signatures of its stored facts.

    `most` is how many facts any subject has: counts are packed as tightly as it allows.
    """

    def __init__(
        self, catalogue: Catalogue, signatures: Sequence[Sequence[int]], most: int
    ) -> None:
        self.catalogue, self.signatures = catalogue, signatures
        self.count_bits = max(1, most.bit_length())
        self.counts_a_sum = SUM_BITS // self.count_bits
        everything = list(enumerate(catalogue.accumulators))
        self.counted = [i for i, a in everything if a.measure == Measure.COUNT]
        self.marked = [i for i, a in everything if a.measure != Measure.COUNT]

    @cached_property
    def bounds(self) -> list[int]:
        """List the ages, in days, at which what a fact counts towards may change."""
        bounds = {
            bound
            for a in self.catalogue.accumulators
            for bound in ((a.newest,) if a.measure == Measure.OPEN else (a.newest, a.oldest))
            if a.measure != Measure.OVERLAPS
        }
        return sorted(bounds - {0})

    @property
    def classes(self) -> int:
        """Count the age classes."""
        return len(self.bounds) + 1

    def word_and_bit(self, accumulator: int) -> tuple[int, int]:
        """Say where in the marks an accumulator stands; `KeyError` for one that counts."""
        return divmod(self._mark_at[accumulator], BITS_A_WORD)

    def sum_and_shift(self, accumulator: int) -> tuple[int, int]:
        """Say in which packed sum, and shifted by how many bits, a count stands."""
        position, place = divmod(self._count_at[accumulator], self.counts_a_sum)
        return position, place * self.count_bits

    @property
    def words(self) -> int:
        """Count the words of marks."""
        return -(-len(self.marked) // BITS_A_WORD)

    @property
    def sums(self) -> int:
        """Count the packed sums."""
        return -(-len(self.counted) // self.counts_a_sum)

    def table(self) -> pa.Table:
        """Give a row a cell: `cell` (signature times classes plus class) and what it leads to.

        `marks_<word>`: the accumulators that its facts reach. `counts_<sum>`: what each adds to
        the packed counts. For single accumulators: `weight_<a>`, nought or one, for sums;
        `shift_<a>`, nought or never, for latest days and values.
        """
        size = len(self.signatures) * self.classes
        marks: Array = np.zeros((self.words, size), np.int64)
        sums: Array = np.zeros((self.sums, size), np.float64)
        for position in self.marked:
            word, bit = self.word_and_bit(position)
            marks[word] |= self._reached(position).astype(np.int64) << bit
        for position in self.counted:
            which, shift = self.sum_and_shift(position)
            sums[which] += self._reached(position) * float(1 << shift)
        columns = {"cell": pa.array(np.arange(size, dtype=np.int32))}
        columns |= {f"marks_{i}": pa.array(word) for i, word in enumerate(marks)}
        columns |= {f"counts_{i}": pa.array(one) for i, one in enumerate(sums)}
        return pa.table(columns | self._single())

    def _single(self) -> dict[str, pa.Array]:
        columns = {}
        for position in self.marked:
            measure = self.catalogue.accumulators[position].measure
            if measure == Measure.SUM:
                weight = self._reached(position).astype(np.float64)
                columns[f"weight_{position}"] = pa.array(weight)
            elif measure == Measure.LAST:
                shift = np.where(self._reached(position), 0, NEVER).astype(np.int32)
                columns[f"shift_{position}"] = pa.array(shift)
            elif measure == Measure.LATEST:
                shift = np.where(self._reached(position), 0, PACKED_NEVER).astype(np.int64)
                columns[f"shift_{position}"] = pa.array(shift)
        return columns

    @cached_property
    def _mark_at(self) -> dict[int, int]:
        return {accumulator: place for place, accumulator in enumerate(self.marked)}

    @cached_property
    def _count_at(self) -> dict[int, int]:
        return {accumulator: place for place, accumulator in enumerate(self.counted)}

    def _reached(self, position: int) -> Array:
        """Say for each cell whether its facts reach the accumulator."""
        accumulator = self.catalogue.accumulators[position]
        selected = np.array([accumulator.selection in chosen for chosen in self.signatures], bool)
        ages = np.array([0, *self.bounds])
        inside = (ages >= accumulator.newest) & (ages < accumulator.oldest)
        if accumulator.measure == Measure.OVERLAPS:
            inside = np.ones(len(ages), bool)  # its own condition looks at the end as well
        return (selected[:, None] & inside[None, :]).ravel()
