"""Who is one person when few records are new: exactly as if all had been decided anew.

What a person becomes depends on the records that pairs, shared numbers and rulings tie to theirs,
directly or over others, and on no more (`resolving.clusters`). So records that such ties reach from
one of which a pair, the evidence or a ruling may have changed are decided again, by themselves, and
all others stay what they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.people.arriving.index import Rids, Truths
from kithkin.people.arriving.moves import (
    KeptRun,
    Moves,
    code_hash,
    in_order,
    moved,
    with_all,
)
from kithkin.people.certainty import Calibration
from kithkin.people.cleaning import ComparableTable
from kithkin.people.pairs import LinkageModel
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.resolving import (
    Evidence,
    FindingTable,
    JoinedTable,
    RefusedTable,
    Resolution,
    Rulings,
    kernel,
    resolve,
)
from kithkin.people.resolving.clusters import BASIS, NUMBER, SCORE
from kithkin.people.resolving.evidence import (
    ExclusiveNumberTable,
    PossibleTwinTable,
    SharedNumberTable,
)
from kithkin.people.resolving.facts import trust_in
from kithkin.people.resolving.rulings import Ruling
from kithkin.people.rules import LinkageRules

ROOMS = (
    "kithkin.people.resolving",
    "kithkin.people.certainty",
    "kithkin.people.cleaning",
    "kithkin.model",
)
CLUSTERS, RULED = "cluster", "ruled"
ENDS = ("left_rid", "right_rid")
MOST = 0.3  # share of all records above which deciding all anew is no slower


@dataclass(frozen=True)
class Known:
    """All by which it is decided who is one person."""

    records: ComparableTable
    scored: ScoredPairTable
    evidence: Evidence
    rulings: Rulings


@dataclass(frozen=True)
class Made:
    """By what it was decided: the rules, the model that weighed pairs, and their calibration."""

    rules: LinkageRules
    model: LinkageModel
    calibration: Calibration

    @property
    def mark(self) -> bytes:
        """Give a hash of it and of the code."""
        told = (self.rules.hash, self.model.hash, self.calibration.text)
        return code_hash(*told, rooms=ROOMS)


def write_resolution(kept: KeptRun, resolution: Resolution, rulings: Rulings, made: Made) -> None:
    """Keep who was one person, and the records of rulings, for the next batch."""
    for table in (resolution.joined, resolution.refused, resolution.findings):
        kept.write(table.name, table.data, made.mark)
    kept.write(CLUSTERS, pa.table({"leader": resolution.cluster}), made.mark)
    kept.write(RULED, pa.table({"rid": _ruled(rulings)}), made.mark)


def resettle(
    kept: KeptRun, known: Known, made: Made, moves: Moves, changed: Truths
) -> Resolution | None:
    """Give what `resolve` gives, from what is `kept`.

    `changed` are the records of which a pair or the evidence may be other than before. None when
    nothing is kept that was decided by the same means, or too much has changed.
    """
    names = (JoinedTable.name, RefusedTable.name, FindingTable.name, CLUSTERS, RULED)
    before = kept.read(names, made.mark)
    if before is None:
        return None
    started = changed | moves.fresh
    started[_ruled(known.rulings)] = True
    were_ruled = moves.now[before[RULED].column("rid").to_numpy()]
    started[were_ruled[were_ruled >= 0]] = True
    again = _reached(started, known)
    if np.count_nonzero(again) > MOST * len(again):
        return None
    return _together(before, _resolved_apart(known, made, again), known, moves, again)


def _ruled(rulings: Rulings) -> Rids:
    every = (*rulings.same, *rulings.different, *rulings.never)
    return np.unique(np.array([rid for one, other, _ in every for rid in (one, other)], np.int32))


def _reached(started: Truths, known: Known) -> Truths:
    """Mark the records that pairs, shared numbers and rulings tie to some, over any others."""
    scored, shared = known.scored.data, known.evidence.shared.data
    same = np.array([(one, other) for one, other, _ in known.rulings.same], np.int32).reshape(-1, 2)
    ends = [
        np.concatenate(
            [scored.column(name).to_numpy(), shared.column(name).to_numpy(), same[:, side]]
        ).astype(np.int32)
        for side, name in enumerate(ENDS)
    ]
    group = kernel.connected(np.arange(len(started), dtype=np.int32), *ends)
    found = np.zeros(len(started), np.bool_)
    found[group[started]] = True
    return np.asarray(found[group], np.bool_)


def _resolved_apart(known: Known, made: Made, chosen: Truths) -> Resolution:
    """Resolve some records by themselves; the answer names them by their rids among all."""
    place = np.where(chosen, np.cumsum(chosen) - 1, -1).astype(np.int32)
    some = known.records.data.filter(pa.array(chosen))
    some = some.set_column(0, some.schema.field("rid"), pa.array(np.arange(len(some)), pa.int32()))
    evidence, rulings = known.evidence, known.rulings
    found = resolve(
        ComparableTable(some),
        ScoredPairTable(moved(known.scored.data, ENDS, place)),
        replace(
            evidence,
            shared=SharedNumberTable(moved(evidence.shared.data, ENDS, place)),
            twins=PossibleTwinTable(moved(evidence.twins.data, ENDS, place)),
            exclusive=ExclusiveNumberTable(moved(evidence.exclusive.data, ("rid",), place)),
        ),
        made.rules,
        Rulings(
            *(_placed(told, place) for told in (rulings.same, rulings.different, rulings.never))
        ),
        made.calibration.by_marks(made.rules),
    )
    rid_of = np.flatnonzero(chosen).astype(np.int32)
    return Resolution(
        rid_of[found.cluster],
        JoinedTable(moved(found.joined.data, ENDS, rid_of)),
        RefusedTable(moved(found.refused.data, ENDS, rid_of)),
        FindingTable(moved(found.findings.data, ENDS, rid_of)),
    )


def _placed(told: Iterable[Ruling], place: Rids) -> tuple[Ruling, ...]:
    return tuple((int(place[one]), int(place[other]), decision) for one, other, decision in told)


def _together(
    before: dict[str, pa.Table],
    some: Resolution,
    known: Known,
    moves: Moves,
    again: Truths,
) -> Resolution:
    """Put who was decided again in the place of what was decided before."""
    cluster = np.empty(len(again), np.int32)
    stayed = moves.now >= 0
    cluster[moves.now[stayed]] = moves.now[before[CLUSTERS].column("leader").to_numpy()[stayed]]
    cluster[again] = some.cluster

    def renewed(new: JoinedTable | RefusedTable | FindingTable) -> pa.Table:
        old = moved(before[new.name], ENDS, moves.now)
        return pa.concat_tables([old.filter(pa.array(~with_all(old, ENDS, again))), new.data])

    findings = renewed(some.findings)
    person = cluster[findings.column("left_rid").to_numpy()]
    order = np.lexsort((findings.column("check").to_numpy(zero_copy_only=False), person))
    return Resolution(
        cluster,
        JoinedTable(_as_they_joined(renewed(some.joined), known.records, known.evidence)),
        RefusedTable(in_order(renewed(some.refused), *ENDS)),
        FindingTable(findings.take(pa.array(order)).combine_chunks()),
    )


def _as_they_joined(joined: pa.Table, records: ComparableTable, evidence: Evidence) -> pa.Table:
    """Put edges in the order in which `resolve` joins by them."""
    left, right = (joined.column(name).to_numpy() for name in ENDS)
    basis = pc.index_in(joined.column("basis"), pa.array(BASIS)).to_numpy()
    named = records.data.column("forename").is_valid().to_numpy() | (not evidence.relatives)
    turn = basis + ((basis == SCORE) & ~(named[left] & named[right]))
    weight = joined.column("weight").to_numpy()
    strength = np.where(basis == SCORE, weight, 0.0)
    numbers = basis == NUMBER
    strength[numbers] = _trust(left[numbers], right[numbers], evidence)
    order = np.lexsort((right, left, -strength, turn))
    return joined.take(pa.array(order)).combine_chunks()


def _trust(
    left: Rids, right: Rids, evidence: Evidence
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Give the trust in the number that two records share."""
    shared = evidence.shared.data
    one, other = (shared.column(name).to_numpy().astype(np.int64) for name in ENDS)
    trust = trust_in(shared.column("scheme").combine_chunks())
    at = np.searchsorted(one << 32 | other, left.astype(np.int64) << 32 | right)
    return trust[at]
