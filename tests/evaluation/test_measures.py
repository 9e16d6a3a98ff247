"""The measures are what they are called, on a dozen records worked out by hand.

human beings:  A = a1 a2 a3   B = b1 b2   C = c1 c2   D = d1   E = e1 e2 e3 e4
persons made:  P1 = a1 a2   P2 = a3   P3 = b1 b2 c1   P4 = c2   P5 = d1   P6 = e1 e2 e3 e4
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluation.linkages import DOZEN, dozen_linkage, dozen_truth, linkage, truth
from kithkin.evaluation.linkage import assess
from kithkin.evaluation.linkage.judging import Judged
from kithkin.evaluation.linkage.metrics import METRICS, sums_by_record
from kithkin.evaluation.linkage.quality import LinkageQuality, Settings

# Every group is shown, and few draws are made: the values are of interest here.
PLAIN = Settings(minimum=1, replicates=20)


@cache
def dozen() -> LinkageQuality:
    return assess(dozen_linkage(), dozen_truth(), PLAIN)


def values(quality: LinkageQuality) -> dict[str, float | None]:
    return {name: value.value for name, value in quality.overall.items()}


@pytest.mark.parametrize(
    ("name", "worked_out"),
    [
        # Made pairs: 1 (P1) + 3 (P3) + 6 (P6) = 10; right: a1a2, b1b2, six of E = 8.
        ("precision", 8 / 10),
        # True pairs: 3 (A) + 1 (B) + 1 (C) + 6 (E) = 11.
        ("recall", 8 / 11),
        ("f1", 2 * 8 / (10 + 11)),
        # D and E are exact: two of six persons made, two of five human beings.
        ("cluster_precision", 2 / 6),
        ("cluster_recall", 2 / 5),
        ("cluster_f1", 2 * 2 / (6 + 5)),
        # a1 a2 a3: 1 each; b1 b2: 2/3; c1: 1/3; c2 d1 e1-e4: 1 each.
        ("bcubed_precision", (3 + 2 * 2 / 3 + 1 / 3 + 6) / 12),
        # a1 a2: 2/3; a3: 1/3; b1 b2: 1; c1 c2: 1/2; d1 e1-e4: 1.
        ("bcubed_recall", (5 / 3 + 2 + 1 + 5) / 12),
        ("bcubed_f1", 2 * (8 / 9) * (29 / 36) / (8 / 9 + 29 / 36)),
        # P3 of six; A and C of five; B and C of five.
        ("false_merges", 1000 / 6),
        ("missed_links", 1000 * 2 / 5),
        ("over_merged", 1000 * 2 / 5),
        ("blocking_recall", 5 / 11),
        # Missed: a1a3 and a2a3, between P1 and P2, which await a decision; c1c2 does not.
        ("awaited", 2 / 3),
    ],
)
def test_each_measure_is_as_worked_out_by_hand(name: str, worked_out: float) -> None:
    assert values(dozen())[name] == pytest.approx(worked_out)


def test_every_human_being_is_one_kind_of_right_or_wrong() -> None:
    # D and E; A; B; C.
    assert dozen().errors == {"right": 2, "split": 1, "shared": 1, "both": 1}


def test_sizes_count_human_beings_and_persons_apart() -> None:
    sizes = {row.records: (row.people, row.persons) for row in dozen().sizes}
    assert {size: both for size, both in sizes.items() if any(both)} == {
        "1": (1, 3), "2": (2, 1), "3": (1, 1), "4": (1, 1),
    }  # fmt: skip


def test_review_load_is_told_per_thousand_records() -> None:
    assert (dozen().review_pairs, dozen().review_per_thousand_records) == (2, 1000 * 2 / 12)


@pytest.mark.parametrize(
    ("pair", "precision", "recall", "people"),
    [
        # True: a1a2 a1a3, b1b2, c1c2, four of E. Made: a1a2, b1b2, c1b2, four of E. Right: six.
        # Who has any such pair: A, B, C, E.
        ("health and police", 6 / 7, 6 / 8, 4),
        # True: e1e2. Made: b1c1, e1e2.
        ("within health", 1 / 2, 1, 3),
        # True: a2a3, e3e4. Made: e3e4.
        ("within police", 1, 1 / 2, 2),
    ],
)
def test_two_agencies_are_judged_by_pairs_with_a_record_of_each(
    pair: str, precision: float, recall: float, people: int
) -> None:
    row = {row.group: row for row in dozen().agency_pairs}[pair]
    assert row.values["precision"].value == pytest.approx(precision)
    assert row.values["recall"].value == pytest.approx(recall)
    assert row.people == people


def test_a_pair_counts_half_for_the_group_of_each_of_its_records() -> None:
    row = next(row for row in dozen().groups if row.group == "health")
    # Other records of the same person, for a1 b1 c1 d1 e1 e2: 1 2 2 0 3 3; right 1 1 0 0 3 3.
    assert row.values["precision"].value == pytest.approx(8 / 11)
    assert row.people == 5


def test_a_further_column_of_the_truth_is_a_grouping_and_the_gap_is_between_its_ends() -> None:
    origin: list[str | None] = ["x"] * 3 + ["y"] * 2 + [None] * 3 + ["z"] * 4
    quality = assess(dozen_linkage(), dozen_truth(name_origin=origin), PLAIN)
    rows = {row.group: row for row in quality.groups if row.grouping == "name_origin"}
    recalls = {name: row.values["recall"].value for name, row in rows.items()}
    assert recalls == {"x": 1 / 3, "y": 1.0, "z": 1.0, "Not known": 0.0}
    gap = next(g for g in quality.gaps if (g.grouping, g.metric) == ("name_origin", "recall"))
    assert gap.worst == "x"
    assert gap.gap.value == pytest.approx(2 / 3)


def test_records_that_the_truth_does_not_name_are_left_out_of_every_measure() -> None:
    release = linkage({"a1": "P1", "a2": "P1", "nobody": "P1", "z9": "P1"})
    quality = assess(release, truth({"a1": "A", "a2": "A"}), PLAIN)
    assert values(quality)["precision"] == 1
    assert (quality.records, quality.records_released) == (2, 4)


def test_the_order_of_rows_changes_nothing() -> None:
    turned = linkage(dict(reversed([(r["record_id"], r["person_id"]) for r in
                                    dozen_linkage().links.to_pylist()])))  # fmt: skip
    told = truth({record: record[0].upper() for record in reversed(DOZEN)})
    straight = linkage({r["record_id"]: r["person_id"] for r in dozen_linkage().links.to_pylist()})
    assert assess(turned, told, PLAIN) == assess(straight, dozen_truth(), PLAIN)


def test_without_scored_pairs_there_is_no_blocking_recall() -> None:
    quality = assess(linkage({"a1": "P1", "a2": "P1"}), truth({"a1": "A", "a2": "A"}), PLAIN)
    assert values(quality)["blocking_recall"] is None


# --- properties -----------------------------------------------------------------------------

partitions = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=14).map(
    lambda both: {f"r{i:02}": pair for i, pair in enumerate(both)}
)
Both = Mapping[str, tuple[int, int]]


def judged(both: Both) -> dict[str, float | None]:
    true, made = (np.array([pair[i] for pair in both.values()]) for i in (0, 1))
    rows = np.arange(len(both))
    sums = sums_by_record(Judged(true, made, pa.array([]), rows, rows))
    total = {name: np.asarray(each.sum()) for name, each in sums.items()}
    found = {metric.name: float(metric.work_out(total)) for metric in METRICS}
    return {name: None if np.isnan(value) else value for name, value in found.items()}


def plainly(both: Both) -> dict[str, float | None]:
    """Obviously right, by going over all pairs and all records."""
    true, made = ({record: pair[i] for record, pair in both.items()} for i in (0, 1))
    counts: Counter[tuple[bool, bool]] = Counter(
        (true[a] == true[b], made[a] == made[b]) for a, b in combinations(both, 2)
    )
    right = counts[True, True]
    of_true = {r: {s for s in both if true[s] == true[r]} for r in both}
    of_made = {r: {s for s in both if made[s] == made[r]} for r in both}
    humans = defaultdict(set)
    for record in both:
        humans[made[record]].add(true[record])
    pairs_made, pairs_true = right + counts[False, True], right + counts[True, False]
    return {
        "precision": right / pairs_made if pairs_made else None,
        "recall": right / pairs_true if pairs_true else None,
        "bcubed_precision": sum(len(of_true[r] & of_made[r]) / len(of_made[r]) for r in both)
        / len(both),
        "bcubed_recall": sum(len(of_true[r] & of_made[r]) / len(of_true[r]) for r in both)
        / len(both),
        "cluster_recall": len({true[r] for r in both if of_true[r] == of_made[r]})
        / len(set(true.values())),
        "false_merges": 1000 * sum(len(h) > 1 for h in humans.values()) / len(humans),
    }


@given(partitions)
def test_measures_agree_with_going_over_all_pairs_and_records(both: Both) -> None:
    found, expected = judged(both), plainly(both)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


@given(partitions)
def test_perfect_linkage_scores_one_and_makes_no_error(both: Both) -> None:
    found = judged({record: (true, true) for record, (true, _) in both.items()})
    for name in ("cluster_f1", "bcubed_f1"):
        assert found[name] == pytest.approx(1)
    assert {found["precision"], found["recall"]} <= {1, None}
    assert found["false_merges"] == found["missed_links"] == found["over_merged"] == 0


@given(partitions)
def test_merging_two_human_beings_lowers_precision_and_leaves_recall(both: Both) -> None:
    perfect = {record: (true, true) for record, (true, _) in both.items()}
    first, *others = sorted({true for true, _ in perfect.values()})
    assume(others)
    merged = {r: (t, first if t == others[0] else made) for r, (t, made) in perfect.items()}
    before, after = judged(perfect), judged(merged)
    assert (after["precision"] or 0) < (before["precision"] or 1)
    assert after["recall"] == before["recall"]
    assert (after["bcubed_precision"] or 0) < 1
