"""What comes of a group of people, against others who are like them in all that is matched on.

Each of the group is expected to meet with the outcome as often as the others of their cell, so
that the ratio is one of directly standardised risks (the standard is the group's own make-up).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kithkin.evaluation.ranking import Interval, Numbers, Whole, draws_of_persons


@dataclass(frozen=True)
class Matched:
    """What a group met with, and what those like them did.

    Parameters
    ----------
    group, unmatched : rows of the group that were matched, and that nobody was like.
    observed, expected : outcomes of those matched, and as many as those like them would have had.
    ratio : of the two, with the middle 95% of draws of persons.

    """

    group: int
    unmatched: int
    observed: float
    expected: float
    ratio: Interval


def matched_risk(
    person: Whole, cell: Whole, grouped: Any, happened: Any, *, draws: int, seed: int
) -> Matched:
    """Compare rows of a group with the other rows of their cells.

    Parameters
    ----------
    cell : number of the cell, all that is matched on together, the date included.
    grouped, happened : bool by row.

    """
    seen = _sums(cell, grouped, happened, np.ones(len(cell)))
    told = [
        _sums(cell, grouped, happened, times) for times in draws_of_persons(person, draws, seed)
    ]
    return Matched(
        int(seen[0]),
        int(grouped.sum() - seen[0]),
        seen[1],
        seen[2],
        Interval.of(_ratio(seen), [_ratio(one) for one in told]),
    )


def _sums(cell: Whole, grouped: Any, happened: Any, times: Numbers) -> tuple[float, float, float]:
    """Give those of the group who have somebody like them, their outcomes, and those expected."""
    cells = int(cell.max(initial=-1)) + 1
    ours, others = times * grouped, times * ~grouped
    size, like = (np.bincount(cell, weight, cells) for weight in (ours, others))
    met, met_like = (np.bincount(cell, weight * happened, cells) for weight in (ours, others))
    there = like > 0
    risk = met_like[there] / like[there]
    return float(size[there].sum()), float(met[there].sum()), float((size[there] * risk).sum())


def _ratio(sums: tuple[float, float, float]) -> float:
    return sums[1] / sums[2] if sums[2] else float("nan")
