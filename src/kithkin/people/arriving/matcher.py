"""Who a record that arrives between two runs may be: candidates with reasons, in milliseconds.

Nothing is decided and nothing is written. A candidate is a person of the index; people decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np
import pyarrow as pa

from kithkin.people.arriving.arrival import Arrival, make_comparable
from kithkin.people.arriving.index import KeyFile, MatchingIndex, Rids, key_hash, keys_of
from kithkin.people.arriving.settings import ArrivingRules, arriving_rules
from kithkin.people.explaining import (
    MatchExplanation,
    Parts,
    Standing,
    Weigher,
    explain_weighed,
    keep_back,
    protected,
    speaks_against,
    speaks_for,
)
from kithkin.people.pairs.model import LinkageModel, ModelError
from kithkin.people.pairs.scoring import WEIGHT_DECIMALS
from kithkin.people.rules import LinkageRules, Marks

RecordKey = tuple[str, str]  # source, record_id
ProbabilityOf = Callable[[float, float], float]  # of weight and home_weight
Fit = Literal["likely", "relative", "possible", "doubtful"]


@dataclass(frozen=True)
class Candidate:
    """A person whom an arriving record may be.

    Parameters
    ----------
    person_id : of the index.
    probability, weight, home_weight : of the person's record that fits best.
    fit : `likely` when a run would join the two unless something forbade it; `relative` when a
        relative of one home fits as well; `possible`; `doubtful` when the record says too little.
    source, record_id : the record that fits best.
    records : how many of the person's records were weighed.
    reasons, against : what speaks for the person and what against, the strongest first.
    explanation : the sum in full.

    """

    person_id: str
    probability: float
    weight: float
    home_weight: float
    fit: Fit
    source: str
    record_id: str
    records: int
    reasons: tuple[str, ...]
    against: tuple[str, ...]
    explanation: MatchExplanation


@dataclass(frozen=True)
class Crowd:
    """Records that share something too common to be a list: which columns, and how many."""

    columns: tuple[str, ...]
    records: int


@dataclass(frozen=True)
class Matches:
    """The answer for one arriving record.

    Parameters
    ----------
    candidates : the best first; empty when none fits, or when `fitting` is too many for a list.
    fitting : how many persons fit at least as well as a candidate must.
    missing : what the record does not say without which nobody is sure.
    crowds : what it shares with too many records; more details would tell them apart.

    """

    candidates: tuple[Candidate, ...]
    fitting: int
    missing: tuple[str, ...]
    crowds: tuple[Crowd, ...]


@dataclass(frozen=True)
class _Weighed:
    """The arriving record, once for each record that it is weighed against."""

    asked: pa.Table
    records: pa.Table
    parts: Parts
    people: list[str]


class PersonMatcher:
    """Matches arriving records against an index; one a thread, since it holds a connection."""

    def __init__(
        self,
        index: MatchingIndex,
        weigher: Weigher,
        never: Iterable[tuple[RecordKey, RecordKey]] = (),
        probability_of: ProbabilityOf | None = None,
    ) -> None:
        self.index = index
        self.weigher = weigher
        self.rules = weigher.rules
        self.arriving: ArrivingRules = arriving_rules()
        self.probability_of = probability_of or _stated
        self._con = duckdb.connect()
        # A look-up is too small for threads, and for an optimiser, which would take most of it.
        self._con.execute("SET threads = 1")
        self._con.execute("PRAGMA disable_optimizer")
        self._never = self._persons_apart(never)

    @classmethod
    def open(
        cls,
        folder: Path,
        model: LinkageModel,
        rules: LinkageRules,
        never: Iterable[tuple[RecordKey, RecordKey]] = (),
        probability_of: ProbabilityOf | None = None,
    ) -> PersonMatcher:
        """Open the index that `write_index` wrote.

        Parameters
        ----------
        folder
            The index.
        model, rules
            By which its records were weighed; `ModelError` when they do not fit each other.
        never
            Records that people decided never to show together; no answer holds both.
        probability_of
            Turns weight and home_weight into a probability; without it the model's own is told.

        """
        if not model.fits(rules):
            raise ModelError(
                "The linkage model was made for other rules than these. Run `kithkin run` again."
            )
        return cls(MatchingIndex(folder), Weigher(rules, model), never, probability_of)

    def candidates(self, arrival: Arrival) -> Matches:
        """Say who an arriving record may be."""
        record = make_comparable(self._con, arrival, self.rules)
        row = record.to_pylist()[0]
        missing = tuple(
            " or ".join(names).replace("_", " ")
            for names in self.arriving.told
            if not any(row[name] for name in names)
        )
        rids, crowds = self._sharing(row)
        if not len(rids):
            return Matches((), 0, missing, crowds)
        weighed = self._weighed(record, rids)
        least = self.arriving.doubtful if missing else self.rules.marks.review
        fitting = self._best_of_each(weighed, least)
        listed = self._few_enough(weighed, fitting)
        return Matches(self._listed(weighed, listed), len(fitting), missing, crowds)

    def _sharing(self, row: Mapping[str, Any]) -> tuple[Rids, tuple[Crowd, ...]]:
        """Find the records that share a key, those of the rarest keys, and what is too common."""
        asked = (
            (self.index.keys, self.weigher.model.keys, self.rules.limits.block - 1),
            (self.index.more_keys, self.arriving.keys, self.arriving.most_holders),
        )
        found: list[tuple[Rids, float]] = []
        crowds: dict[tuple[str, ...], int] = {}
        for file, rules, most in asked:
            for columns, holders in _holders(file, rules, row):
                if len(holders) > most:
                    crowds[columns] = max(len(holders), crowds.get(columns, 0))
                elif len(holders):
                    found.append((holders, np.log2(len(self.index) / len(holders)) + 1))
        told = tuple(Crowd(columns, count) for columns, count in sorted(crowds.items()))
        return self._rarest(found), told

    def _rarest(self, found: list[tuple[Rids, float]]) -> Rids:
        """Keep the records that share most, a rare key counting for more than a common one."""
        if not found:
            return np.zeros(0, np.int32)
        rids, place = np.unique(np.concatenate([one for one, _ in found]), return_inverse=True)
        bits = np.concatenate([np.full(len(one), worth) for one, worth in found])
        shared = np.bincount(place, bits)
        best = np.argsort(-shared, kind="stable")[: self.arriving.most_weighed]
        kept: Rids = np.sort(rids[best])
        return kept

    def _weighed(self, record: pa.Table, rids: Rids) -> _Weighed:
        records = self.index.records(rids)
        asked = record.take(pa.array(np.zeros(len(rids), np.int32)))
        sealed = protected(records)
        parts = keep_back(self.weigher.weigh(self._con, asked, records), sealed, self.rules)
        return _Weighed(asked, records, parts, records.column("person_id").to_pylist())

    def _best_of_each(self, weighed: _Weighed, least: float) -> list[int]:
        """Give the row of each person's best-fitting record, the best person first.

        Of two persons never shown together the better alone, as if the other were not there.
        """
        weights = weighed.parts.weights
        best: dict[str, int] = {}
        hidden: set[str] = set()
        for at in np.lexsort((np.array(weighed.people), -np.round(weights, WEIGHT_DECIMALS))):
            person = weighed.people[at]
            if weights[at] < least:
                break
            if person not in best and person not in hidden:
                best[person] = int(at)
                hidden |= self._never.get(person, frozenset())
        return list(best.values())

    def _few_enough(self, weighed: _Weighed, fitting: list[int]) -> list[int]:
        """Give what can be a list: all that fit, or those above the review mark, or none."""
        most, weights = self.arriving.most_listed, weighed.parts.weights
        sure = [at for at in fitting if weights[at] >= self.rules.marks.review]
        return next((some for some in (fitting, sure) if len(some) <= most), [])

    def _listed(self, weighed: _Weighed, rows: list[int]) -> tuple[Candidate, ...]:
        if not rows:
            return ()
        at = pa.array(rows)
        records = weighed.records.take(at)
        told = explain_weighed(
            weighed.parts.take(np.array(rows)), weighed.asked.take(at), records, self.weigher,
            [Standing(together=False)] * len(rows),
        )  # fmt: skip
        each = zip(told, records.to_pylist(), strict=True)
        return tuple(
            self._candidate(one, row, weighed.people.count(row["person_id"])) for one, row in each
        )

    def _candidate(self, told: MatchExplanation, row: Mapping[str, str], records: int) -> Candidate:
        return Candidate(
            person_id=row["person_id"],
            probability=self.probability_of(told.weight, told.home_weight),
            weight=told.weight,
            home_weight=told.home_weight,
            fit=_fit(told, self.rules.marks),
            source=row["source"],
            record_id=row["record_id"],
            records=records,
            reasons=tuple(speaks_for(told)),
            against=tuple(speaks_against(told)),
            explanation=told,
        )

    def _persons_apart(
        self, never: Iterable[tuple[RecordKey, RecordKey]]
    ) -> Mapping[str, frozenset[str]]:
        apart: dict[str, frozenset[str]] = {}
        for pair in never:
            rids = [self.index.find(*key) for key in pair]
            people = [self.index.person(rid) for rid in rids if rid is not None]
            if len(people) == len(pair):
                one, other = people
                apart[one] = apart.get(one, frozenset()) | {other}
                apart[other] = apart.get(other, frozenset()) | {one}
        return apart


def _holders(
    file: KeyFile, rules: Iterable[tuple[str, ...]], row: Mapping[str, Any]
) -> list[tuple[tuple[str, ...], Rids]]:
    keys = [(columns, key) for columns in rules for key in keys_of(row, columns)]
    start, end = file.holders(np.array([key_hash(key) for _, key in keys], np.uint64))
    spans = zip(keys, start, end, strict=True)
    return [(columns, file.rids[low:high]) for (columns, _), low, high in spans]


def _stated(weight: float, home_weight: float) -> float:
    """Give the less certain of the two: one person rather than strangers, and than relatives."""
    return float(1 / (1 + 2.0 ** -min(weight, home_weight)))


def _fit(told: MatchExplanation, marks: Marks) -> Fit:
    if told.weight < marks.review:
        return "doubtful"
    if told.home_weight < marks.home_join:
        return "relative"
    return "likely" if told.weight >= marks.join else "possible"
