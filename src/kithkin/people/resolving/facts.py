"""Records and evidence as the arrays that the kernel reads."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model.identifiers import trust
from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.resolving import kernel
from kithkin.people.resolving.evidence import Evidence
from kithkin.people.resolving.kernel import Facts, Flags, Real, Whole
from kithkin.people.resolving.rulings import Rulings
from kithkin.people.rules import LinkageRules

_Apart = tuple[Whole, Whole, Whole]  # left rid, right rid, why (kernel)
_TWIN_NAMES = ["forename", "middle", "spelling"]
_TWIN_CODES = np.array([kernel.TWIN_FORENAME, kernel.TWIN_MIDDLE, kernel.TWIN_SPELLING], np.int32)


def facts_about(
    records: ComparableTable,
    scored: ScoredPairTable,
    evidence: Evidence,
    rules: LinkageRules,
    rulings: Rulings,
) -> Facts:
    """Put into arrays all that does not change while records join."""
    data = records.data
    schemes = sorted(rules.identifiers.exclusive)
    keys_from, keys = _lists(data.column("forename_keys"))
    own = _own_numbers(len(records), evidence, schemes)
    apart = [
        _twins(evidence),
        _other_middle_names(scored, rules),
        _listed_twice(records, scored, own),
        _ruled(rulings),
    ]
    return Facts(
        *_kept_apart(len(records), apart),
        own,
        np.array([trust(scheme, "passed") for scheme in schemes], np.float64),
        np.array([rules.identifiers.exclusive[scheme] for scheme in schemes], np.float64),
        _born(data),
        _codes(pc.coalesce(data.column("agency"), data.column("source"))),
        keys_from,
        keys,
        _codes(data.column("forename_start")),
        _codes(data.column("forename")),
        _whole(pc.year(data.column("date_of_birth"))),
    )


def trust_in(schemes: pa.Array) -> Real:
    """Give the trust in a shared number of each scheme, 0 to 1."""
    coded = schemes.dictionary_encode()
    worth = [trust(name, "passed") for name in coded.dictionary.to_pylist()]
    return np.array(worth, np.float64)[coded.indices.to_numpy()]


def _kept_apart(size: int, apart: list[_Apart]) -> tuple[Whole, Whole, Whole]:
    """Give the pairs kept apart as rows of a sparse table, both ways round."""
    left, right, why = (
        np.concatenate(parts).astype(np.int32) for parts in zip(*apart, strict=True)
    )
    ends, others = np.concatenate([left, right]), np.concatenate([right, left])
    order = np.lexsort((np.concatenate([why, why]), others, ends))
    return _starts(ends, size), others[order], np.concatenate([why, why])[order]


def _twins(evidence: Evidence) -> _Apart:
    twins = evidence.twins.data
    told = pc.index_in(twins.column("differ"), pa.array(_TWIN_NAMES)).to_numpy()
    ends = (twins.column(name).to_numpy() for name in ("left_rid", "right_rid"))
    return *ends, _TWIN_CODES[told]


def _ruled(rulings: Rulings) -> _Apart:
    ends = np.array([(one, other) for one, other, _ in rulings.apart], np.int32).reshape(-1, 2)
    return ends[:, 0], ends[:, 1], np.full(len(ends), kernel.RULED)


def _listed_twice(records: ComparableTable, scored: ScoredPairTable, own: Whole) -> _Apart:
    """Find pairs that one source lists with two numbers of a kind that a person has once.

    An agency that knew them as one person would have given them one number.
    """
    left, right = (scored.data.column(name).to_numpy() for name in ("left_rid", "right_rid"))
    source = _codes(records.data.column("source"))
    mine, theirs = own[left], own[right]
    differ = ((mine != theirs) & (mine != kernel.NONE) & (theirs != kernel.NONE)).any(axis=1)
    two = differ & (source[left] == source[right]) & (source[left] != kernel.NONE)
    return left[two], right[two], np.full(two.sum(), kernel.TWO_LISTED)


def _other_middle_names(scored: ScoredPairTable, rules: LinkageRules) -> _Apart:
    """Find pairs alike in forename with other middle names, whatever their births and surnames."""
    forename, middle = (level_of(name, scored, rules) for name in ("forename", "middle_names"))
    alike = among(forename, "forename", rules.checks.namesakes["forename"], rules)
    chosen = np.flatnonzero(alike & (middle == last_level("middle_names", rules)))
    left, right = (
        scored.data.column(name).to_numpy()[chosen] for name in ("left_rid", "right_rid")
    )
    return left, right, np.full(len(chosen), kernel.TWIN_MIDDLE)


def level_of(name: str, scored: ScoredPairTable, rules: LinkageRules) -> Whole:
    """Give each pair's level of a comparison, 0 the best; -1 where one of the two says nothing."""
    place = [one.name for one in rules.comparison].index(name)
    return _whole(pc.list_element(scored.data.column("levels"), place))


def last_level(name: str, rules: LinkageRules) -> int:
    """Give the level of a comparison in which nothing agrees."""
    return next(len(one.levels) - 1 for one in rules.comparison if one.name == name)


def among(level: Whole, name: str, labels: tuple[str, ...], rules: LinkageRules) -> Flags:
    """Say where the level of a comparison is one of those named."""
    levels = [one.label for one in next(c.levels for c in rules.comparison if c.name == name)]
    return np.isin(level, [levels.index(label) for label in labels])


def _starts(ends: Whole, size: int) -> Whole:
    counts = np.bincount(ends, minlength=size)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _own_numbers(size: int, evidence: Evidence, schemes: list[str]) -> Whole:
    """Give each record's number by scheme; a record with several has one of its own for the set."""
    own = np.full((size, len(schemes)), kernel.NONE, np.int32)
    held = evidence.exclusive.data
    rid = held.column("rid").to_numpy()
    scheme = pc.index_in(held.column("scheme"), pa.array(schemes, pa.string())).to_numpy()
    code = _codes(held.column("number"))
    order = np.lexsort((code, scheme, rid))
    own[rid, scheme] = code
    repeated = np.flatnonzero(
        (rid[order][1:] == rid[order][:-1]) & (scheme[order][1:] == scheme[order][:-1])
    )
    both = order[np.union1d(repeated, repeated + 1)]
    sets: dict[tuple[int, int], list[int]] = {}
    for at in both:
        sets.setdefault((int(rid[at]), int(scheme[at])), []).append(int(code[at]))
    names: dict[tuple[int, ...], int] = {}
    first = int(code.max(initial=-1)) + 1
    for place, several in sets.items():
        own[place] = names.setdefault(tuple(several), first + len(names))
    return own


def _born(records: pa.Table) -> Whole:
    """Give dates of birth as figures; a day that is likely made up is no date to hold against."""
    rough = pc.fill_null(records.column("birth_rough"), False)
    column = pc.if_else(rough, pa.scalar(None, pa.date32()), records.column("date_of_birth"))
    figures = pc.add(
        pc.multiply(pc.year(column), 10000),
        pc.add(pc.multiply(pc.month(column), 100), pc.day(column)),
    )
    return _whole(figures)


def _codes(column: pa.ChunkedArray) -> Whole:
    """Give each text a number; the same text the same number."""
    return _whole(column.combine_chunks().dictionary_encode().indices)


def _whole(column: pa.Array | pa.ChunkedArray) -> Whole:
    return np.asarray(pc.fill_null(column.cast(pa.int32()), kernel.NONE).to_numpy(), np.int32)


def _lists(column: pa.ChunkedArray) -> tuple[Whole, Whole]:
    """Give where each list begins and its items as numbers, sorted within the list."""
    lists = column.combine_chunks()
    lengths = _whole(pc.list_value_length(lists))
    codes = _codes(pa.chunked_array([lists.flatten()]))
    lengths = np.maximum(lengths, 0)
    row = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    return _starts(row, len(lengths)), codes[np.lexsort((codes, row))]
