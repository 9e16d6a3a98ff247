"""The stages from evidence to lists: ties, scores and their memory, accumulation, cohorts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.engine import Engine, write_table
from kithkin.indicators import Catalogue, Sources
from kithkin.indicators.parts import CodedParts
from kithkin.network import Evidence, tie_evidence
from kithkin.network.groups import belonging
from kithkin.network.groups.tables import PeerGroupMemberTable, PeerGroupTable
from kithkin.network.link_table import person_ties
from kithkin.network.occasions import event_occasions
from kithkin.network.tables import LeftOutOccasionTable, TieEvidenceTable
from kithkin.policy import Policy
from kithkin.policy.lists import Measure, OnIndicator
from kithkin.scoring import (
    Plan,
    StoredContributions,
    born_days,
    index_on,
    store_contributions,
)
from kithkin.scoring.accumulation import Alarms, SmallEvents, small_events, watch
from kithkin.scoring.accumulation.tables import accumulation_tables
from kithkin.scoring.ages import ages_on
from kithkin.scoring.cohorts import CohortMemberTable, Findings, cohort_members
from kithkin.scoring.indices import eligible_on
from kithkin.scoring.kernel import ALL
from kithkin.scoring.living import known_deaths, of_the_living
from kithkin.scoring.memory import THOUSANDTHS, ScoreMemory, remember
from kithkin.scoring.reach import reaches
from kithkin.scoring.scores import TrackScores, score_table, scores_on
from kithkin.scoring.standing import Standing, exposure, raised_by, standing, with_standing
from kithkin.scoring.tables import TRENDS
from kithkin.scoring.trend import trends

CONTRIBUTIONS, SMALL_EVENTS, HISTORY = "contribution", "small_event", "score_history"
Progress = Callable[[str], None]


def store_evidence(
    engine: Engine,
    sources: Sources,
    coded: CodedParts,
    policy: Policy,
    folder: Path,
    *,
    as_of: date,
    persons: int,
) -> dict[str, int]:
    """Find and store what ties and scores rest on; gives how many rows of each.

    `folder` gets `tie_evidence` and `left_out_occasion` among its tables, and folders of
    contributions and of small events.
    """
    evidence = tie_evidence(engine, sources, coded, policy, as_of=as_of)
    tables = folder / "tables"
    write_table(evidence.table.data, tables / "tie_evidence.parquet")
    write_table(evidence.left_out.data, tables / "left_out_occasion.parquet")
    seen = exposure(engine, coded.parts, policy, as_of)
    write_table(seen.data, tables / "exposure.parquet")
    persons = int(
        engine.arrow(sources["person"].aggregate(rows=sources["person"].count()))["rows"][0].as_py()
    )
    target = StoredContributions(folder / CONTRIBUTIONS)
    deaths = known_deaths(engine, sources, as_of)
    occasions = event_occasions(sources, coded)
    counted = store_contributions(
        engine, coded.parts, _plan(policy), persons, target, deaths, occasions
    )
    if policy.accumulation is not None:
        told = small_events(engine, coded.parts, policy, policy.accumulation, as_of)
        told.write(folder / SMALL_EVENTS)
    return {"tie_evidence": len(evidence.table), "contributions": counted}


def _plan(policy: Policy) -> Plan:
    return Plan(policy)


@dataclass(frozen=True)
class Known:
    """What a stage of scores is made from.

    evidence : folder of the stage that `store_evidence` filled. values : folder of the persons'
    indicator values. person : the person index, in person_key order. feeds_without : by person,
    how many feeds hold no record of them. groups : folder of the stage of groups.
    """

    policy: Policy
    as_of: date
    evidence: Path
    values: Path
    person: pa.Table
    catalogue: Catalogue
    feeds_without: Any
    groups: Path

    @property
    def plan(self) -> Plan:
        """Give the themes, ready to be worked with."""
        return _plan(self.policy)

    def ties(self) -> Evidence:
        """Read the evidence of ties."""
        return read_ties(self.evidence / "tables", self.as_of)


def feeds_without(person: pa.Table, link: pa.Table) -> Any:
    """Count for each person the feeds that hold no record of them, int32 by person_key."""
    holding = link.select(["person_id", "source"]).group_by(["person_id", "source"]).aggregate([])
    counts = holding.group_by("person_id").aggregate([("source", "count")])
    by_id = dict(
        zip(counts["person_id"].to_pylist(), counts["source_count"].to_pylist(), strict=True)
    )
    feeds = len(link["source"].unique())
    held = [by_id.get(one, 0) for one in person["person_id"].to_pylist()]
    return np.array([feeds - one for one in held], np.int32)


def read_ties(folder: Path, as_of: date) -> Evidence:
    """Read evidence of ties that `store_evidence` wrote; `folder` holds its tables."""
    return _evidence(folder, as_of, None)


def read_pair(folder: Path, as_of: date, pair: tuple[int, int]) -> Evidence:
    """Read the evidence of one tie, by the person_keys of the two, the lower first."""
    mine = (pc.field("person_a") == pair[0]) & (pc.field("person_b") == pair[1])
    return _evidence(folder, as_of, mine)


def _evidence(folder: Path, as_of: date, wanted: pc.Expression | None) -> Evidence:
    table = TieEvidenceTable(pq.read_table(folder / "tie_evidence.parquet", filters=wanted))
    left_out = LeftOutOccasionTable(pq.read_table(folder / "left_out_occasion.parquet"))
    return Evidence(table, left_out, as_of)


def write_scores(
    known: Known, months: Sequence[date], folder: Path, *, threads: int, seed: int, say: Progress
) -> dict[str, int]:
    """Score everybody today and at each month's end, and cut the lists; gives how many rows.

    Parameters
    ----------
    months : ascending; the last is the as-of date.
    folder : gets the tables `person_tie`, `score`, `accumulation`, `accumulation_event`,
        `cohort_member`, and a folder of score history.

    """
    tables, plan, ties = folder / "tables", known.plan, known.ties()
    born = born_days(known.person)
    stored = StoredContributions(known.evidence / CONTRIBUTIONS)
    say("ties")
    linked = person_ties(ties, known.policy, known.as_of, threads=threads)
    write_table(linked.data, tables / "person_tie.parquet")
    say("scores of every month")
    memory = ScoreMemory(folder / HISTORY)
    by_month = reaches(ties, plan, born, months, threads=threads)
    remembered = remember(memory, stored, plan, born, months, by_month, threads=threads)
    say("scores of today")
    index = index_on(stored, plan, born, [known.as_of], threads=threads)[:, 0]
    reach = next(reaches(ties, plan, born, [known.as_of], proven=True, threads=threads))
    living = of_the_living(born, stored.gone, known.as_of)
    today = list(scores_on(plan, index, living, known.as_of, reach))
    trend = _trends(plan, memory, months, born, today)
    beside = standing(
        pq.read_table(known.evidence / "tables" / "exposure.parquet"), known.values,
        known.catalogue, ages_on(born.astype(np.int64), [known.as_of])[:, 0],
    )  # fmt: skip
    scores = _score_tables(known, today, trend, beside)
    write_table(scores, tables / "score.parquet")
    say("accumulation")
    alarms = _accumulation(known, born, months, seed, tables)
    say("cohorts")
    members = _cohorts(known, today, trend, alarms, living)
    write_table(members, tables / "cohort_member.parquet")
    return {"person_tie": len(linked), "score": scores.num_rows, "score_history": remembered,
            "cohort_member": members.num_rows}  # fmt: skip


def _trends(
    plan: Plan, memory: ScoreMemory, months: Sequence[date], born: Any, today: Sequence[TrackScores]
) -> list[Any]:
    """Give by track where each person's score stands against their own past, a place in TRENDS."""
    judged = months[-1 - plan.policy.scoring.trend_months :]
    eligible = np.array([eligible_on(plan, born, day) for day in judged])
    past = memory.of_tracks(len(today), len(born), judged)
    return [
        trends(past[t] / THOUSANDTHS, eligible[:, t], scores.emerging, plan.policy.scoring)
        for t, scores in enumerate(today)
    ]


def _score_tables(
    known: Known, today: Sequence[TrackScores], trend: Sequence[Any], beside: Standing
) -> pa.Table:
    ids = known.person["person_id"].combine_chunks()
    return pa.concat_tables(
        with_standing(
            score_table(scores, known.as_of, ids, told),
            beside,
            known.feeds_without,
            scores.theme.strengths,
        ).data
        for scores, told in zip(today, trend, strict=True)
    ).combine_chunks()


def _accumulation(
    known: Known, born: Any, months: Sequence[date], seed: int, tables: Path
) -> Alarms | None:
    rules = known.policy.accumulation
    if rules is None:
        return None
    told = SmallEvents.read(known.evidence / SMALL_EVENTS)
    alarms = watch(told, born.astype(np.int64), months, rules, seed=seed)
    for table in accumulation_tables(alarms, told):
        write_table(table.data, tables / f"{table.name}.parquet")
    return alarms


def _cohorts(
    known: Known,
    today: Sequence[TrackScores],
    trend: Sequence[Any],
    alarms: Alarms | None,
    born: Any,
) -> pa.Table:
    words = np.array(TRENDS, object)
    found = Findings(
        age=ages_on(born.astype(np.int64), [known.as_of])[:, 0],
        score={
            (scores.theme.name, scores.track, measure): np.where(scores.eligible, values, np.nan)
            for scores in today
            for measure, values in _measures(scores).items()
        },
        trend={
            (scores.theme.name, scores.track): np.where(scores.eligible, words[told], "")
            for scores, told in zip(today, trend, strict=True)
        },
        raised=_raised(known),
        **_alarmed(alarms, len(born)),
        membership=_membership(known, len(born)),
    )
    lists = [cohort_members(cohort, found).data for cohort in known.policy.cohorts.values()]
    return pa.concat_tables([CohortMemberTable.schema().empty_table(), *lists])


def _measures(scores: TrackScores) -> dict[Measure, Any]:
    every, poverty, unproven = (scores.score[variant] for variant in range(3))
    return {
        "index": scores.index[ALL],
        "network_points": scores.network_points[ALL],
        "score": every,
        "without_network": scores.index[ALL],
        "without_poverty_proxies": poverty,
        "without_unproven": unproven,
    }


def _raised(known: Known) -> dict[str, Any]:
    """Say of each indicator that a cohort asks for who raises it."""
    asked = {
        condition.indicator
        for cohort in known.policy.cohorts.values()
        for condition in (*cohort.every, *cohort.any_of, *cohort.none_of)
        if isinstance(condition, OnIndicator)
    }
    return {code: raised_by(known.values, known.policy.indicators[code]) for code in sorted(asked)}


def _membership(known: Known, persons: int) -> Mapping[str, Any]:
    if known.policy.groups is None:
        return {}
    tables = known.groups / "tables"
    groups = PeerGroupTable(pq.read_table(tables / f"{PeerGroupTable.name}.parquet"))
    members = PeerGroupMemberTable(pq.read_table(tables / f"{PeerGroupMemberTable.name}.parquet"))
    return belonging(groups, members, persons, known.policy.groups.themes)


def _alarmed(alarms: Alarms | None, persons: int) -> dict[str, Any]:
    stands, total = np.zeros(persons, np.bool_), np.full(persons, np.nan)
    if alarms is not None:
        stands[alarms.person] = alarms.raised[:, -1]
        total[alarms.person] = alarms.total[:, -1]
    return {"accumulation": stands, "accumulated": total}
