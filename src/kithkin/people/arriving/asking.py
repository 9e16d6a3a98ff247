"""Why two records or two persons of the index are one or are not, asked after a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import duckdb
import numpy as np
import pyarrow as pa

from kithkin.people.arriving.index import KeyFile, MatchingIndex, Rids, key_hash, keys_of
from kithkin.people.explaining import (
    Decided,
    MatchExplanation,
    Standing,
    Weigher,
    explain_weighed,
    keep_back,
    protected,
)

RecordKey = tuple[str, str]  # source, record_id
Between = Mapping[frozenset[RecordKey], Decided]
MOST_PAIRS = 2_000  # of two persons' records that are weighed for the strongest


class NotComparedError(ValueError):
    """The two were not compared, so nothing explains them."""


def explain_pair(
    index: MatchingIndex,
    weigher: Weigher,
    one: Sequence[int],
    other: Sequence[int],
    *,
    never: Iterable[tuple[RecordKey, RecordKey]] = (),
    refused: str | None = None,
    decided: Between | None = None,
    hide: bool = False,
) -> MatchExplanation:
    """Explain the strongest pair of a record of `one` with a record of `other`.

    Parameters
    ----------
    index, weigher
        The index of a release, and its model.
    one, other
        Rids: of two records, or of all records of two persons.
    never
        Records that people decided never to show together.
    refused
        Why linkage left the two persons to a human, if it did.
    decided
        What people decided about pairs of records.
    hide
        Leave out names and dates of birth.

    Raises
    ------
    NotComparedError
        When the two share too little to be compared. It is raised as well for persons who must
        never be shown together, so that it does not tell the one from the other.

    """
    pairs = [(left, right) for left, right in product(one, other) if left != right][:MOST_PAIRS]
    never_persons = _persons(index, never)
    told = [pair for pair in pairs if _may_be_told(index, weigher, pair, never_persons)]
    if not told:
        raise NotComparedError(
            "The two were not compared: they share too little for linkage to look at the pair."
        )
    left, right = (index.records([pair[side] for pair in told]) for side in (0, 1))
    with duckdb.connect() as con:
        parts = weigher.weigh(con, left, right)
    parts = keep_back(parts, protected(left) | protected(right), weigher.rules)
    best = np.argsort(-parts.weights, kind="stable")[:1]
    rows = [side.take(pa.array(best)) for side in (left, right)]
    keys = [(row["source"], row["record_id"]) for side in rows for row in side.to_pylist()]
    together = index.person(told[int(best[0])][0]) == index.person(told[int(best[0])][1])
    standing = Standing(together, refused, (decided or {}).get(frozenset(keys)))
    return explain_weighed(parts.take(best), rows[0], rows[1], weigher, [standing], hide=hide)[0]


def _persons(
    index: MatchingIndex, never: Iterable[tuple[RecordKey, RecordKey]]
) -> frozenset[frozenset[str]]:
    found = ([index.find(*key) for key in pair] for pair in never)
    return frozenset(
        frozenset(index.person(rid) for rid in rids if rid is not None)
        for rids in found
        if None not in rids
    )


def _may_be_told(
    index: MatchingIndex,
    weigher: Weigher,
    pair: tuple[int, int],
    never: frozenset[frozenset[str]],
) -> bool:
    persons = frozenset(index.person(rid) for rid in pair)
    if persons in never:
        return False
    return len(persons) == 1 or _compared(index.keys, weigher, index.records(pair).to_pylist())


def _compared(keys: KeyFile, weigher: Weigher, rows: list[dict[str, object]]) -> bool:
    """Say whether two records share a key that not too many share."""
    held = [
        {key_hash(key) for columns in weigher.model.keys for key in keys_of(row, columns)}
        for row in rows
    ]
    shared = np.array(sorted(held[0] & held[1]), np.uint64)
    start, end = keys.holders(shared)
    sizes: Rids = end - start
    return bool(np.any(sizes <= weigher.rules.limits.block))
