"""What agencies' files held by a day: of each person, and of the people recorded with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.world import Index

COUNTED = (
    ("police", "occurrence_person"), ("police", "missing"), ("police", "intelligence"),
    ("police", "vulnerability_notice"), ("police", "custody"), ("police", "encounters"),
    ("youth_justice", "outcome"), ("health", "contact"), ("other", "exploitation"),
)  # fmt: skip
TOGETHER = ((("police", "occurrence_person"), "occurrence_id"),
            (("police", "intelligence"), "report_id"))  # fmt: skip
"""Files in which rows with one number are people recorded together."""
MOST_TOGETHER = 12
"""Larger crowds make no ties: everybody in them would be linked to everybody."""

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recorded:
    """Rows by person and kind of file, and who was recorded with whom."""

    counts: Float
    """Shape (people, files counted)."""
    ties: sparse.csr_matrix
    """Shape (people, people): 1 for each pair recorded together, or of one household."""

    @classmethod
    def upto(
        cls, county: County, files: Mapping[tuple[str, str], AgencyFile], day: int
    ) -> Recorded:
        """Take what was known to agencies by a day."""
        people = len(county.world.people)
        counts = [_count(files[name], people, day) for name in COUNTED if name in files]
        ties = sum(
            (_together(files[name], key, people, day) for name, key in TOGETHER if name in files),
            _household(county, day),
        )
        ties.setdiag(0)
        ties.eliminate_zeros()
        ties.data[:] = 1.0
        return cls(np.column_stack(counts), ties.tocsr())

    def own(self, persons: Index) -> Float:
        """Give the log counts of each person's own rows."""
        return np.log1p(self.counts[persons])

    def linked(self, persons: Index) -> Float:
        """Give the number of linked people, and their rows by kind, as log counts."""
        near = self.ties[persons]
        return np.log1p(np.column_stack([near.sum(axis=1).A1, near @ self.counts]))


def _count(file: AgencyFile, people: int, day: int) -> Float:
    known = file.known <= day
    total = np.zeros(people)
    for column in file.columns:
        if column.kind == "person":
            who = column.values[known & (column.values >= 0)]
            total += np.bincount(who, minlength=people)
    return total


def _together(file: AgencyFile, key: str, people: int, day: int) -> sparse.csr_matrix:
    known = file.known <= day
    person = next(c for c in file.columns if c.kind == "person").values[known]
    _, event, sizes = np.unique(file.column(key).values[known], return_inverse=True,
                                return_counts=True)  # fmt: skip
    fit = (sizes[event] > 1) & (sizes[event] <= MOST_TOGETHER) & (person >= 0)
    return _pairs(person[fit], event[fit], people)


def _household(county: County, day: int) -> sparse.csr_matrix:
    stays = county.world.stays
    there = (stays.start <= day) & (stays.end >= day)
    household = stays.household[there]
    sizes = np.bincount(household)
    fit = sizes[household] <= MOST_TOGETHER
    return _pairs(stays.person[there][fit], household[fit], people=len(county.world.people))


def _pairs(
    person: npt.NDArray[np.integer], group: npt.NDArray[np.integer], people: int
) -> sparse.csr_matrix:
    shape = (people, int(group.max()) + 1 if len(group) else 1)
    belongs = sparse.csr_matrix((np.ones(len(person)), (person, group)), shape=shape)
    return belongs @ belongs.T
