"""The measures of linkage, each a ratio of sums over records.

Every sum is shared out among records so that it can be taken over any group: a pair of records
counts half for each of the two, a person counts a share for each of their records. Over all
records the sums are the usual ones: pairs of records of one human being, of one person that
linkage made, and of both (pairwise precision, recall, F1); persons that hold exactly the records
of one human being (cluster measures); each record's own precision and recall (B-cubed, Bagga and
Baldwin 1998).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kithkin.evaluation.linkage.judging import Judged

SUMS = (
    "records",
    "pairs_true",  # pairs of records of one human being
    "pairs_made",  # pairs of records of one person that linkage made
    "pairs_right",  # both
    "pairs_scored",  # pairs of records of one human being that were scored
    "pairs_awaited",  # missed pairs whose two persons await a human's decision
    "own_precision",
    "own_recall",
    "people",  # human beings
    "persons",  # persons that linkage made
    "exact",  # persons that are one human being, whole
    "merged",  # persons that hold records of two human beings or more
    "right",  # human beings alone in one person
    "split",  # human beings spread over several persons, alone in each
    "shared",  # human beings in one person, with another's records
    "both",  # human beings spread over several persons, with another's records
)
Sums = dict[str, np.ndarray]
THOUSAND = 1000.0


@dataclass(frozen=True)
class Metric:
    """One measure: how it is worked out of sums, and what it is a share of.

    `over` is the sum below the line; `scale` is the value when the share is whole.
    """

    name: str
    title: str
    over: str
    work_out: Callable[[Sums], np.ndarray]
    scale: float = 1.0
    more_is_better: bool = True


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _bcubed_f1(sums: Sums) -> np.ndarray:
    precision, recall = sums["own_precision"], sums["own_recall"]
    return _ratio(2 * precision * recall, sums["records"] * (precision + recall))


METRICS = (
    Metric("precision", "pairwise precision", "pairs_made",
           lambda s: _ratio(s["pairs_right"], s["pairs_made"])),
    Metric("recall", "pairwise recall", "pairs_true",
           lambda s: _ratio(s["pairs_right"], s["pairs_true"])),
    Metric("f1", "pairwise F1", "pairs_true",
           lambda s: _ratio(2 * s["pairs_right"], s["pairs_made"] + s["pairs_true"])),
    Metric("cluster_precision", "persons exactly right, of persons made", "persons",
           lambda s: _ratio(s["exact"], s["persons"])),
    Metric("cluster_recall", "people exactly right, of human beings", "people",
           lambda s: _ratio(s["exact"], s["people"])),
    Metric("cluster_f1", "cluster F1", "people",
           lambda s: _ratio(2 * s["exact"], s["persons"] + s["people"])),
    Metric("bcubed_precision", "B-cubed precision", "records",
           lambda s: _ratio(s["own_precision"], s["records"])),
    Metric("bcubed_recall", "B-cubed recall", "records",
           lambda s: _ratio(s["own_recall"], s["records"])),
    Metric("bcubed_f1", "B-cubed F1", "records", _bcubed_f1),
    Metric("false_merges", "persons who are two human beings or more, per thousand persons",
           "persons", lambda s: THOUSAND * _ratio(s["merged"], s["persons"]), THOUSAND,
           more_is_better=False),
    Metric("missed_links", "human beings spread over several persons, per thousand", "people",
           lambda s: THOUSAND * _ratio(s["split"] + s["both"], s["people"]), THOUSAND,
           more_is_better=False),
    Metric("over_merged", "human beings in one person with another, per thousand", "people",
           lambda s: THOUSAND * _ratio(s["shared"] + s["both"], s["people"]), THOUSAND,
           more_is_better=False),
    Metric("blocking_recall", "true pairs that were looked at", "pairs_true",
           lambda s: _ratio(s["pairs_scored"], s["pairs_true"])),
    Metric("awaited", "missed pairs that await a human's decision", "pairs_true",
           lambda s: _ratio(s["pairs_awaited"], s["pairs_true"] - s["pairs_right"])),
)  # fmt: skip
BY_NAME = {metric.name: metric for metric in METRICS}


def pair_number(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the distinct pairs of two codes; give each row's number and each number's count."""
    width = int(right.max(initial=0)) + 1
    _, number, count = np.unique(left * width + right, return_inverse=True, return_counts=True)
    return number, count


def sums_by_record(
    judged: Judged,
    awaited: np.ndarray | None = None,
    scored: np.ndarray | None = None,
) -> Sums:
    """Share every sum of `SUMS` out among records.

    Parameters
    ----------
    judged : the records.
    awaited : each record's half-share of missed pairs that await a decision; nought without it.
    scored : each record's half-share of true pairs that were scored; not a number without it.

    """
    number, count = pair_number(judged.true, judged.made)
    people, persons = np.bincount(judged.true), np.bincount(judged.made)
    own = count[number].astype(float)  # records of this human being in this person
    of_true, of_made = people[judged.true].astype(float), persons[judged.made].astype(float)
    mixed, whole = own < of_made, own == of_true
    shares = np.bincount(judged.true, mixed, len(people))[judged.true] > 0
    none = np.zeros(len(judged))
    return {
        "records": none + 1,
        "pairs_true": (of_true - 1) / 2,
        "pairs_made": (of_made - 1) / 2,
        "pairs_right": (own - 1) / 2,
        "pairs_scored": none + np.nan if scored is None else scored,
        "pairs_awaited": none if awaited is None else awaited,
        "own_precision": own / of_made,
        "own_recall": own / of_true,
        "people": 1 / of_true,
        "persons": 1 / of_made,
        "exact": (whole & ~mixed) / of_true,
        "merged": mixed / of_made,
        "right": (whole & ~shares) / of_true,
        "split": (~whole & ~shares) / of_true,
        "shared": (whole & shares) / of_true,
        "both": (~whole & shares) / of_true,
    }
