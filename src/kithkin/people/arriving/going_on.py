"""A run that goes on from the run before: the same persons as a full run, at less cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import duckdb

from kithkin.people.arriving.batch import rescore, weighed_by, write_pairs
from kithkin.people.arriving.gathering import regather, write_evidence
from kithkin.people.arriving.index import Truths, write_index
from kithkin.people.arriving.moves import KeptRun, Moves
from kithkin.people.arriving.renewing import (
    Survey,
    renewed_records,
    survey,
    write_survey,
    written_records,
)
from kithkin.people.arriving.retelling import retell, write_persons
from kithkin.people.arriving.settling import Known, Made, resettle, write_resolution
from kithkin.people.build import AFRESH, Before, Means, build_people, resolve_here
from kithkin.people.certainty import Calibration
from kithkin.people.cleaning import ComparableTable, comparable_records
from kithkin.people.identity import person_table
from kithkin.people.pairs import LinkageModel, score_pairs
from kithkin.people.pairs.scoring import Scores
from kithkin.people.resolving import Evidence, Resolution, Rulings, gather_evidence
from kithkin.people.rules import LinkageRules
from kithkin.people.tables import PeopleTables, PersonLinkTable, PersonTable

Progress = Callable[[str], None]


def build_and_keep(
    con: duckdb.DuckDBPyConnection,
    keep: Path,
    *,
    before: Before = AFRESH,
    as_of: date | None = None,
    seed: int = 1,
    most_people: int = 12,
    progress: Progress | None = None,
) -> PeopleTables:
    """Do what `build_people` does, and keep in the folder `keep` what a batch goes on from."""
    stages = _Stages(None)
    people = build_people(
        con, before=before, as_of=as_of, seed=seed, most_people=most_people, progress=progress,
        means=stages.means(),
    )  # fmt: skip
    stages.keep(con, keep, people)
    return people


def add_batch(
    con: duckdb.DuckDBPyConnection,
    kept: Path,
    *,
    before: Before,
    keep: Path | None = None,
    as_of: date | None = None,
    seed: int = 1,
    most_people: int = 12,
    progress: Progress | None = None,
) -> PeopleTables:
    """Give what `build_people` gives for all records of now, most of which were there before.

    Parameters
    ----------
    con
        A connection with all source tables of now.
    kept
        Where `build_and_keep`, or an earlier batch, kept the run before. `MatchingIndexError` when
        it holds none.
    before
        With the model of that run. Where `build_people` would learn another, it is learnt and
        all pairs are weighed by it.
    keep
        Another existing folder, to keep this run for the next batch.
    as_of, seed, most_people, progress
        As for `build_people`.

    """
    stages = _Stages(kept)
    people = build_people(
        con, before=before, as_of=as_of, seed=seed, most_people=most_people, progress=progress,
        means=stages.means(),
    )  # fmt: skip
    if keep:
        stages.keep(con, keep, people)
    return people


class _Stages:
    """The stages that go on from a folder; they remember what the next batch will go on from."""

    def __init__(self, kept: Path | None) -> None:
        self.kept = kept
        self.cleaned: tuple[ComparableTable, Survey, LinkageRules]
        self.before: KeptRun | None = None
        self.moves: Moves | None = None
        self.rewritten: Truths | None = None
        self.model: LinkageModel
        self.scored: Scores
        self.evidence: Evidence
        self.resolved: tuple[Resolution, Rulings, Calibration]
        # Records of which a pair, or the evidence, may be other than before; none: of any.
        self.repaired: Truths | None = None
        self.near: Truths | None = None

    def means(self) -> Means:
        return Means(self.clean, self.score, self.gather, self.resolve, self.describe)

    def clean(self, con: duckdb.DuckDBPyConnection, rules: LinkageRules) -> ComparableTable:
        if self.kept:
            renewed = renewed_records(con, self.kept, rules)
            records, told, self.moves = renewed.records, renewed.survey, renewed.moves
            self.rewritten = renewed.rewritten
            self.before = KeptRun(self.kept, renewed.stamp) if renewed.moves else None
        else:
            records = comparable_records(con, rules)
            told = survey(con, written_records(con), rules)
        self.cleaned = (records, told, rules)
        return records

    def score(
        self,
        con: duckdb.DuckDBPyConnection,
        records: ComparableTable,
        rules: LinkageRules,
        model: LinkageModel,
    ) -> Scores:
        self.model = model
        if self.kept and weighed_by(self.kept) == model.hash:
            rescored = rescore(con, self.kept, records, rules, model, self.moves)
            self.scored, self.repaired = rescored.scores, rescored.changed
        else:
            self.scored = score_pairs(con, records, rules, model)
        return self.scored

    def gather(
        self,
        con: duckdb.DuckDBPyConnection,
        records: ComparableTable,
        rules: LinkageRules,
        model: LinkageModel,
    ) -> Evidence:
        found = None
        if self.before and self.moves:
            found = regather(con, self.before, records, rules, model, self.moves)
        if found:
            self.evidence, self.near = found.evidence, found.near
        else:
            self.evidence = gather_evidence(con, records, rules, model)
        return self.evidence

    def resolve(
        self,
        records: ComparableTable,
        scores: Scores,
        evidence: Evidence,
        rules: LinkageRules,
        rulings: Rulings,
        calibration: Calibration,
    ) -> Resolution:
        found = None
        if self.before and self.moves and self.repaired is not None and self.near is not None:
            found = resettle(
                self.before,
                Known(records, scores.pairs, evidence, rulings),
                Made(rules, self.model, calibration),
                self.moves,
                self.repaired | self.near,
            )
        resolution = found or resolve_here(records, scores, evidence, rules, rulings, calibration)
        self.resolved = (resolution, rulings, calibration)
        return resolution

    def describe(
        self,
        con: duckdb.DuckDBPyConnection,
        records: ComparableTable,
        links: PersonLinkTable,
        confidence: Mapping[str, float],
    ) -> PersonTable:
        found = None
        if self.before and self.moves and self.rewritten is not None:
            found = retell(con, self.before, records, links, confidence, self.moves, self.rewritten)
        return found or person_table(con, records, links, confidence)

    def keep(self, con: duckdb.DuckDBPyConnection, folder: Path, people: PeopleTables) -> None:
        (records, told, rules), model = self.cleaned, people.model
        resolution, rulings, calibration = self.resolved
        write_index(folder, con, records, people.person_link, model.keys)
        write_pairs(folder, self.scored.pairs, model)
        write_survey(folder, told, rules)
        run = KeptRun(folder, told.stamp)
        write_evidence(run, con, records, self.evidence, rules, model)
        write_resolution(run, resolution, rulings, Made(rules, model, calibration))
        write_persons(run, people.person)
