"""The whole of linkage in one call: source tables in, persons, households and families out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import duckdb

from kithkin.people.certainty import STATED, Calibration, person_certainty
from kithkin.people.cleaning import ComparableTable, comparable_records
from kithkin.people.deciding import Decision, Replay, replay
from kithkin.people.identity import (
    PersonIndex,
    assign,
    link_table,
    person_table,
    sever,
)
from kithkin.people.living import (
    Families,
    Households,
    find_families,
    find_households,
    link_families,
)
from kithkin.people.pairs import LinkageModel, score_pairs, train_model
from kithkin.people.pairs.scoring import Scores
from kithkin.people.resolving import (
    Evidence,
    Resolution,
    Rulings,
    gather_evidence,
    resolve,
    review_table,
)
from kithkin.people.rules import LinkageRules, linkage_rules
from kithkin.people.tables import (
    LinkageAccount,
    PeopleTables,
    PersonLinkTable,
    PersonPairReviewTable,
    PersonTable,
)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Before:
    """What a run goes on from: who had which id, the model to reuse, and what people decided.

    `calibration` is what people's judgements of pairs taught about stated probabilities.
    """

    index: PersonIndex = field(default_factory=PersonIndex)
    model: LinkageModel | None = None
    decisions: tuple[Decision, ...] = ()
    calibration: Calibration = STATED


AFRESH = Before()


def resolve_here(
    records: ComparableTable,
    scores: Scores,
    evidence: Evidence,
    rules: LinkageRules,
    rulings: Rulings,
    calibration: Calibration,
) -> Resolution:
    """Decide who is one person, whatever was decided before."""
    return resolve(records, scores.pairs, evidence, rules, rulings, calibration.by_marks(rules))


@dataclass(frozen=True)
class Means:
    """How stages are done that have one answer: here, on Spark, or from the run before.

    `clean` makes records comparable like `comparable_records`, `score` weighs pairs like
    `score_pairs`, `gather` finds evidence like `gather_evidence`, `resolve` decides who is one
    person like `resolve_here`, `describe` sums up persons like `person_table`.
    """

    clean: Callable[[duckdb.DuckDBPyConnection, LinkageRules], ComparableTable] = comparable_records
    score: Callable[
        [duckdb.DuckDBPyConnection, ComparableTable, LinkageRules, LinkageModel], Scores
    ] = score_pairs
    gather: Callable[
        [duckdb.DuckDBPyConnection, ComparableTable, LinkageRules, LinkageModel], Evidence
    ] = gather_evidence
    resolve: Callable[
        [ComparableTable, Scores, Evidence, LinkageRules, Rulings, Calibration], Resolution
    ] = resolve_here
    describe: Callable[
        [duckdb.DuckDBPyConnection, ComparableTable, PersonLinkTable, Mapping[str, float]],
        PersonTable,
    ] = person_table


HERE = Means()


def build_people(
    con: duckdb.DuckDBPyConnection,
    *,
    before: Before = AFRESH,
    as_of: date | None = None,
    seed: int = 1,
    most_people: int = 12,
    progress: Progress | None = None,
    means: Means = HERE,
) -> PeopleTables:
    """Decide which records are one person, who lives together and who is a family.

    Parameters
    ----------
    con
        A connection with tables or views `person_record`, `identifier`, `address`, `residence`
        and `relationship` (`kithkin.model.tables`). Nothing is left behind on it.
    before
        What an earlier run left and people decided; without it nobody has an id yet.
    as_of
        The date that a new version of the register of persons bears.
    seed
        Decides which pairs the weights are learnt from.
    most_people
        Persons at one address on one day above which it is no household, and persons cared for
        above which a carer is a professional.
    progress
        Called with the name of each stage as it starts.
    means
        How records are made comparable and pairs weighed; the answer is the same.

    Returns
    -------
    PeopleTables
        The same for the same records, whatever the order of their rows.

    """
    say = progress or _unheard
    rules = linkage_rules()
    say("making records comparable")
    records = means.clean(con, rules)
    keys = records.data.select(["source", "record_id"])
    say("learning what agreement is worth")
    model = _reusable(before.model, len(records), rules)
    model = model or train_model(con, records, rules, seed=seed)
    say("scoring pairs")
    scores = means.score(con, records, rules, model)
    say("deciding who is one person")
    evidence = means.gather(con, records, rules, model)
    decided = replay(before.decisions, keys)
    calibration = before.calibration if before.calibration.fits(rules) else STATED
    resolution = means.resolve(records, scores, evidence, rules, decided.rulings, calibration)
    resolution = calibration.restate(resolution)
    given = assign(before.index, keys, resolution.cluster, as_of=as_of)
    given = sever(given, keys, [(left, right) for left, right, _ in decided.rulings.never])
    links = link_table(records, resolution, given.ids)
    person = means.describe(con, records, links, person_certainty(resolution, given.ids))
    review = review_table(con, records, resolution, given.ids, rules)
    say("finding households and families")
    households = find_households(con, links, most_people=most_people)
    families = find_families(con, households, most_people=most_people)
    return PeopleTables(
        person_link=links,
        person=person,
        household=households.household,
        household_member=households.member,
        family=families.family,
        family_member=families.member,
        family_link=link_families(families),
        person_pair_review=review,
        person_index=given.index.index,
        person_lineage=given.index.lineage,
        model=model,
        calibration=calibration,
        account=_account(
            len(records),
            person,
            model,
            calibration,
            scores,
            evidence,
            decided,
            review,
            households,
            families,
        ),
    )


def _reusable(model: LinkageModel | None, records: int, rules: LinkageRules) -> LinkageModel | None:
    """Give an earlier model unless its rules are others or it has seen too few records."""
    if model is None or model.source != "trained" or not model.fits(rules):
        return None
    return model if model.records >= rules.training.reuse_from * records else None


def _unheard(stage: str) -> None:
    """Nobody asked to hear of the stages."""
    del stage


def _account(
    records: int,
    person: PersonTable,
    model: LinkageModel,
    calibration: Calibration,
    scores: Scores,
    evidence: Evidence,
    decided: Replay,
    review: PersonPairReviewTable,
    households: Households,
    families: Families,
) -> LinkageAccount:
    return LinkageAccount(
        records=records,
        persons=len(person),
        model=model.source,
        model_reason=model.reason,
        pairs_judged=calibration.judged,
        pairs_scored=len(scores.pairs),
        keys_left_out=scores.keys_left_out,
        numbers_left_out=evidence.numbers_left_out,
        decisions_unheard=_shown(decided),
        review_pairs=len(review),
        addresses_left_out=households.left_out,
        residences_left_out=households.residences_left_out,
        relationships_left_out=families.left_out,
        relationships_disbelieved=families.disbelieved,
        largest_family=max(families.family.data.column("people").to_pylist(), default=0),
    )


def _shown(decided: Replay) -> int:
    """Count decisions without a record; of those that must not be known there is no count."""
    return sum(one.kind != "never" for one in decided.unheard)
