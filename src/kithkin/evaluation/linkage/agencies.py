"""How well each two agencies' records are linked to one another, and each agency's to its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kithkin.evaluation.linkage.intervals import Kinds, kinds_by_group
from kithkin.evaluation.linkage.judging import Judged
from kithkin.evaluation.linkage.metrics import Sums, pair_number

PAIR_METRICS = ("precision", "recall", "f1")


def kinds_by_agency_pair(
    judged: Judged, agency: np.ndarray, agencies: int
) -> Iterator[tuple[int, int, Kinds]]:
    """Give, for each two agencies, the sums of pairs with one record in each.

    A pair that was made of two human beings counts half for each of them.
    """
    number, count = pair_number(judged.true, judged.made)
    true, made = np.empty(len(count), np.int64), np.empty(len(count), np.int64)
    true[number], made[number] = judged.true, judged.made
    here = _counts(number, agency, len(count), agencies)
    of_true = _counts(judged.true, agency, int(judged.true.max()) + 1, agencies)
    of_made = _counts(judged.made, agency, int(judged.made.max()) + 1, agencies)
    for one in range(agencies):
        for other in range(one, agencies):
            sums = {
                "pairs_true": _pairs(here, of_true[true], one, other),
                "pairs_made": _pairs(here, of_made[made], one, other),
                "pairs_right": _pairs(here, here, one, other),
            }
            yield one, other, _kinds(true, sums)


def _counts(row: np.ndarray, agency: np.ndarray, rows: int, agencies: int) -> np.ndarray:
    flat = np.bincount(row * agencies + agency, minlength=rows * agencies)
    return flat.reshape(rows, agencies).astype(np.int32)


def _pairs(here: np.ndarray, there: np.ndarray, one: int, other: int) -> np.ndarray:
    """Give each row's share of the pairs of its records `here` with all those `there`."""
    if one == other:
        return here[:, one] * (there[:, one] - 1.0) / 2
    return (here[:, one] * 1.0 * there[:, other] + here[:, other] * 1.0 * there[:, one]) / 2


def _kinds(true: np.ndarray, sums: Sums) -> Kinds:
    """Put together the people who have any such pair, true or made."""
    any_pair = (sums["pairs_true"] + sums["pairs_made"]) > 0
    kept = {name: each[any_pair] for name, each in sums.items()}
    return kinds_by_group(true[any_pair], np.zeros(any_pair.sum(), np.int64), 1, kept)[0]
