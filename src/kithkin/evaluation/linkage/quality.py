"""The whole judgement of a release's linkage against the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from kithkin.evaluation.linkage.agencies import PAIR_METRICS, kinds_by_agency_pair
from kithkin.evaluation.linkage.groups import NOT_KNOWN, groups_by_record
from kithkin.evaluation.linkage.intervals import (
    Draws,
    Kinds,
    Value,
    difference,
    draw,
    kinds_by_group,
    value_of,
)
from kithkin.evaluation.linkage.judging import Judged, judge
from kithkin.evaluation.linkage.metrics import BY_NAME, METRICS, THOUSAND, Sums, sums_by_record
from kithkin.evaluation.linkage.pairs_at_hand import awaited_shares, scored_shares
from kithkin.evaluation.linkage.released import Released, codes
from kithkin.evaluation.linkage.truth import Truth

MINIMUM = 10
"""Human beings below which a group is not shown."""
REPLICATES = 1000
GAP_METRICS = ("precision", "recall", "false_merges", "missed_links")
ERROR_KINDS = ("right", "split", "shared", "both")
SIZES = (1, 2, 3, 4, 5, 6, 8, 11, 21)
"""The least number of records of each class of cluster size."""


@dataclass(frozen=True)
class GroupRow:
    """The measures of one group; none of them, and no count, when it is suppressed."""

    grouping: str
    group: str
    people: int | None
    values: Mapping[str, Value]

    @property
    def suppressed(self) -> bool:
        """Whether too few people are in it to be shown."""
        return self.people is None


@dataclass(frozen=True)
class Gap:
    """Between the best and the worst shown group of a grouping; never less than nought."""

    grouping: str
    metric: str
    best: str
    worst: str
    gap: Value


@dataclass(frozen=True)
class SizeRow:
    """How many human beings, and persons made, have so many records."""

    records: str
    people: int
    persons: int


@dataclass(frozen=True)
class LinkageQuality:
    """How good a release's linkage is; records that the truth does not name are left out."""

    release: str
    as_of: str
    truth: str
    records: int  # judged
    records_released: int
    people: int
    persons: int
    minimum: int
    replicates: int
    seed: int
    review_pairs: int
    review_per_thousand_records: float
    overall: Mapping[str, Value]
    errors: Mapping[str, int]  # human beings, by ERROR_KINDS
    sizes: Sequence[SizeRow]
    groups: Sequence[GroupRow]
    agency_pairs: Sequence[GroupRow]
    gaps: Sequence[Gap]


@dataclass(frozen=True)
class Settings:
    """How intervals are drawn, and from how many people on a group is shown."""

    minimum: int = MINIMUM
    replicates: int = REPLICATES
    seed: int = 1

    def draws(self, kinds: Kinds, name: str) -> Draws:
        """Draw the people of a group again and again."""
        return draw(kinds, seed=self.seed, replicates=self.replicates, name=name)


def assess(release: Released, truth: Truth, settings: Settings | None = None) -> LinkageQuality:
    """Judge a release's linkage by the truth: over all, by group, and between agencies.

    Raises `EvaluationError` when the truth names a record that the release does not hold.
    """
    chosen = settings or Settings()
    judged = judge(release, truth)
    sums = sums_by_record(judged, awaited_shares(judged, release), scored_shares(judged, release))
    everyone = kinds_by_group(judged.true, np.zeros(len(judged), np.int64), 1, sums)[0]
    groupings = groups_by_record(judged, release, truth)
    rows, gaps = _by_group(judged, groupings, sums, chosen)
    reviewed, released = release.review.num_rows, release.links.num_rows
    return LinkageQuality(
        release=release.id,
        as_of=release.as_of.isoformat(),
        truth=truth.file,
        records=len(judged),
        records_released=released,
        people=everyone.people,
        persons=len(judged.persons),
        minimum=chosen.minimum,
        replicates=chosen.replicates,
        seed=chosen.seed,
        review_pairs=reviewed,
        review_per_thousand_records=THOUSAND * reviewed / released,
        overall=_values(chosen.draws(everyone, "everyone")),
        errors={kind: round(float(everyone.total()[kind])) for kind in ERROR_KINDS},
        sizes=_sizes(judged),
        groups=rows,
        agency_pairs=list(_by_agency_pair(judged, groupings["agency"], chosen)),
        gaps=gaps,
    )


def _values(draws: Draws, names: Sequence[str] = tuple(BY_NAME)) -> dict[str, Value]:
    return {name: value_of(BY_NAME[name], draws) for name in names}


def _by_group(
    judged: Judged, groupings: Mapping[str, pa.Array], sums: Sums, settings: Settings
) -> tuple[list[GroupRow], list[Gap]]:
    rows: list[GroupRow] = []
    gaps: list[Gap] = []
    for grouping, values in groupings.items():
        group, names = _in_name_order(values)
        kinds = kinds_by_group(judged.true, group, len(names), sums)
        drawn = {
            name: settings.draws(each, f"{grouping}: {name}")
            for name, each in zip(names, kinds, strict=True)
        }
        hidden = too_few(
            {name: each.kinds.people for name, each in drawn.items()}, settings.minimum
        )
        rows += [_row(grouping, name, each, name in hidden) for name, each in drawn.items()]
        shown = {n: d for n, d in drawn.items() if n not in hidden and n != NOT_KNOWN}
        gaps += _gaps(grouping, shown)
    return rows, gaps


def _row(
    grouping: str, group: str, draws: Draws, hidden: bool, names: Sequence[str] = tuple(BY_NAME)
) -> GroupRow:
    if hidden:
        return GroupRow(grouping, group, None, {})
    return GroupRow(grouping, group, draws.kinds.people, _values(draws, names))


def too_few(people: Mapping[str, int], minimum: int) -> set[str]:
    """Name the groups to suppress: those under the minimum, and never one alone.

    One alone could be found by taking the others from the total, so the next smallest goes too.
    """
    by_size = sorted(people, key=lambda name: (people[name], name))
    hidden = {name for name in by_size if people[name] < minimum}
    return set(by_size[:2]) if len(hidden) == 1 else hidden


def _in_name_order(values: pa.Array) -> tuple[np.ndarray, list[str]]:
    """Number the groups in the order of their names, ages by age, the unknown last."""
    number, names = codes(values)
    told = names.to_pylist()
    order = sorted(range(len(told)), key=lambda i: (told[i] == NOT_KNOWN, _age_first(told[i])))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[number], [told[i] for i in order]


def _age_first(name: str) -> tuple[int, str]:
    head = name.partition(" ")[0]
    return (int(head) if head.isdigit() else -1, name)


def _gaps(grouping: str, shown: Mapping[str, Draws]) -> Iterator[Gap]:
    for name in GAP_METRICS:
        metric = BY_NAME[name]
        points = {
            group: float(metric.work_out(each.kinds.total())) for group, each in shown.items()
        }
        ranked = sorted((p, group) for group, p in points.items() if not np.isnan(p))
        if len(ranked) > 1:
            high, low = ranked[-1][1], ranked[0][1]
            best, worst = (high, low) if metric.more_is_better else (low, high)
            yield Gap(grouping, name, best, worst, difference(metric, shown[high], shown[low]))


def _by_agency_pair(judged: Judged, agency: pa.Array, settings: Settings) -> Iterator[GroupRow]:
    number, names = _in_name_order(agency)
    for one, other, kinds in kinds_by_agency_pair(judged, number, len(names)):
        title = f"{names[one]} and {names[other]}" if one != other else f"within {names[one]}"
        if kinds.people:
            hidden = kinds.people < settings.minimum
            draws = settings.draws(kinds, title)
            yield _row("agency_pair", title, draws, hidden, PAIR_METRICS)


def _sizes(judged: Judged) -> list[SizeRow]:
    people, persons = np.bincount(judged.true), np.bincount(judged.made)
    ends = [*SIZES, np.iinfo(np.int64).max]
    return [
        SizeRow(
            _size_title(low, high),
            int(((people >= low) & (people < high)).sum()),
            int(((persons >= low) & (persons < high)).sum()),
        )
        for low, high in pairwise(ends)
    ]


def _size_title(low: int, high: int) -> str:
    if low == SIZES[-1]:
        return f"{low} and more"
    return str(low) if high == low + 1 else f"{low} to {high - 1}"


__all__ = ["METRICS", "GroupRow", "LinkageQuality", "Settings", "assess", "too_few"]
