"""Measure how well scores put children in order, against what came of them in simulated counties.

    python tools/measure_scores.py RELEASE TRUTH [RELEASE TRUTH ...] [--write]

RELEASE is the folder of a release whose monthly history covers the dates of TRUTH, a county's truth.
On a synthetic county an accuracy proves only that the machinery works. All that follows was chosen
before anything was measured on the counties that the page shows.

Who and what: for each outcome of the next twelve months and the theme that is meant to warn of it,
the children that the truth ranks for it (10 to 17 for exploitation and violence; those not on a plan
for a plan), on each quarter's last day that has its twelve months. Once with everybody, whoever had
the outcome before and may have it again, which is the work of those who know the child; and once
with those alone who never had it before, which is finding whom nobody has found. A child of whom
agencies hold no record is among them and ranks last.

Rankings: own index; score, which adds the network; score with the accumulation detector's sum of
that month, as `score + (100 - score)/100 x 25 x (1 - 2^-(sum / threshold))`; the best knowable, by
somebody who has all that agencies noticed and the simulator's own rates; the best true, by the lives
themselves, out of anybody's reach.

Measures: average precision over all dates together; the share of it that the best knowable has;
recall in the first hundredth of the children of a date, which is what a team could look at; lead,
the median days from the date to the outcome of those found there; early, of those who never had it
before, the share whose child was in such a list at least 90 days before the outcome, of outcomes
that have a year of lists.
Intervals are the middle 95% of 200 bootstrap draws of children, all their dates together;
differences are drawn in pairs.

Emerging: of the children without own evidence for the theme, those to whom the network gives its
`emerging_points` or more, against the others of the same date, year of age, sex, postcode district
of their home, and number of agencies that see them (4 and more alike): risk ratio of the outcome.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq

from kithkin.evaluation.matching import Matched, matched_risk
from kithkin.evaluation.ranking import Interval, Ranked, differences, draws_of_persons
from kithkin.model import dates
from kithkin.policy import Policy, read_policy
from kithkin.releases.scored import CONTRIBUTIONS, HISTORY, SMALL_EVENTS
from kithkin.scoring import Plan, StoredContributions, born_days, index_on
from kithkin.scoring.accumulation import SmallEvents, watch
from kithkin.scoring.accumulation.usual import agencies_seeing
from kithkin.scoring.memory import THOUSANDTHS, ScoreMemory

THEMES = {
    "sexual_exploitation": "cse",
    "criminal_exploitation": "cce",
    "serious_violence": "serious_violence",
    "protection_plan": "neglect",
}
"""The theme that is meant to warn of each outcome."""
INDEX, SCORE, ADDED, KNOWABLE, TRUE = (
    "index", "score", "with accumulation", "best knowable", "best true",
)  # fmt: skip
RANKINGS = (INDEX, SCORE, ADDED, KNOWABLE, TRUE)
PAIRS = ((SCORE, INDEX), (ADDED, SCORE), (SCORE, KNOWABLE))
POPULATIONS = ("everybody", "first time")
DRAWS, SEED, SHARE, ALARM_POINTS, EARLY_DAYS, A_YEAR, MOST_SEEN = 200, 1, 0.01, 25.0, 90, 365, 4
PAGE = Path(__file__).parents[1] / "docs" / "scores.md"
Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class Outcome:
    """One outcome of one county: a row a child and date.

    Parameters
    ----------
    name, strength : of the outcome, and the county's network strength.
    ranked : by ranking. before : had it before the date. emerging, cell : for the emerging cohort,
        among rows without own evidence; -1 for a row that is not of them.

    """

    name: str
    strength: float
    ranked: Mapping[str, Ranked]
    before: Any
    emerging: Any
    cell: Any

    def of(self, population: str) -> dict[str, Ranked]:
        """Give the rankings of everybody, or of those who never had the outcome."""
        kept = np.ones(len(self.before), np.bool_) if population == "everybody" else ~self.before
        return {
            name: Ranked(
                one.person[kept], one.on[kept], one.lead[kept], one.value[kept], one.on_days
            )
            for name, one in self.ranked.items()
        }


def main() -> None:
    """Read the arguments, measure, print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="RELEASE TRUTH")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    pairs = list(zip(given.folders[::2], given.folders[1::2], strict=True))
    found = [one for release, truth in pairs for one in measure(release, truth)]
    tables = {"differences": difference_table(found), "emerging": emerging_table(found)}
    for strength in sorted({one.strength for one in found}):
        county = [one for one in found if one.strength == strength]
        tables[f"ranking {strength:g}"] = ranking_table(county)
    for name, lines in tables.items():
        told = list(lines)
        print("\n".join(["", name, *told]), flush=True)
        if given.write:
            put(name, told)


# --- reading ---------------------------------------------------------------------------------


def measure(release: Path, truth: Path) -> Iterator[Outcome]:
    """Rank the children of each outcome on every date that has its twelve months."""
    county = _County(release, truth)
    for outcome in THEMES:
        yield county.outcome(outcome)


class _County:
    """A release and the truth of its county, read once."""

    def __init__(self, release: Path, truth: Path) -> None:
        self.policy: Policy = read_policy(release / "policy")
        self.plan, memory = Plan(self.policy), ScoreMemory(release / HISTORY)
        person = pq.read_table(release / "person.parquet").sort_by("person_key")
        born, self.months = born_days(person), memory.dates()
        self.key = keys(release, truth)
        stored = StoredContributions(release / CONTRIBUTIONS)
        self.index = index_on(stored, self.plan, born, self.months, variants=1)[0]
        told = SmallEvents.read(release / SMALL_EVENTS)
        self.alarms = accumulated(self.policy, told, born, self.months)
        self.seen = seen_by(told, len(born), self.months)
        self.scored = memory.of_tracks(len(self.plan.tracks), len(born), self.months) / THOUSANDTHS
        about = json.loads((truth.parent / "county.json").read_text(encoding="utf-8"))
        self.strength = float(about["knobs"]["network_strength"])
        self.con = duckdb.connect()
        for name in ("best_rankings", "persons", "stays"):
            self.con.read_parquet(str(truth / f"{name}.parquet")).create_view(name)

    def outcome(self, outcome: str) -> Outcome:
        """Rank the children of one outcome."""
        rows = self.con.execute(ROWS, [outcome]).fetchnumpy()
        days = rows["as_of"].astype("datetime64[D]")
        distinct = np.unique(days)
        on = np.searchsorted(distinct, days)
        place = np.array([self.months.index(day.item()) for day in distinct])
        position = self.plan.position(THEMES[outcome], "victim")
        mine = self.key[rows["person"]]
        own, whole = (
            of_persons(values, on, mine)
            for values in (self.index[place, position], self.scored[position, place])
        )
        excess = of_persons(self.alarms[place], on, mine, unknown=0.0)
        added = whole + (100 - whole) / 100 * ALARM_POINTS * -np.expm1(-excess * np.log(2))
        values = (own, whole, added, rows["given_known"], rows["given_lives"])
        ranked = {
            name: Ranked(
                rows["person"].astype(np.int64), on, _lead(rows, days), np.asarray(value, float),
                distinct.astype(np.int64),
            )
            for name, value in zip(RANKINGS, values, strict=True)
        }  # fmt: skip
        network = self.plan.policy.themes[THEMES[outcome]].network
        nothing = (own <= 0) & (mine >= 0)
        emerging = nothing & (whole - own >= (network.emerging_points if network else np.inf))
        seen = np.minimum(of_persons(self.seen[place], on, mine), MOST_SEEN)
        return Outcome(
            outcome, self.strength, ranked, rows["before"].astype(bool), emerging,
            _cells(nothing, on, rows["age"], rows["sex"], rows["district"], seen),
        )  # fmt: skip


ROWS = """
    SELECT b.as_of, b.person, given_known, given_lives, happened_on, before,
           date_diff('year', born, b.as_of)
             - (strftime(b.as_of, '%m%d') < strftime(born, '%m%d'))::INT AS age,
           p.sex, coalesce(split_part(s.postcode, ' ', 1), '') AS district
    FROM best_rankings b
    JOIN persons p USING (person)
    LEFT JOIN stays s
      ON s.person = b.person AND s."from" <= b.as_of AND (s."to" IS NULL OR s."to" >= b.as_of)
    WHERE outcome = ? AND happened IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY b.as_of, b.person ORDER BY s.kind = 'home' DESC, s."from" DESC, s.household) = 1
    ORDER BY b.as_of, b.person
"""


def _lead(rows: Mapping[str, Any], days: Any) -> Numbers:
    """Give the days from the date to the outcome; NaN where none came."""
    first = np.ma.filled(rows["happened_on"], np.datetime64("NaT")).astype("datetime64[D]")
    apart = (first - days).astype(float)
    return np.where(np.isnat(first), np.nan, apart)


def _cells(nothing: Any, *matched: Any) -> Any:
    """Number the cells of what is matched on, among rows without own evidence; -1 for others."""
    codes = [np.unique(np.asarray(one, str), return_inverse=True)[1] for one in matched]
    cell = np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True)[1].reshape(-1)
    return np.where(nothing, cell, -1)


def of_persons(values: Numbers, on: Any, persons: Any, unknown: float = -1.0) -> Numbers:
    """Give the value of each row's person on its date; `unknown` for whom no agency knows."""
    return np.where(persons >= 0, values[on, np.maximum(persons, 0)], unknown)


def keys(release: Path, truth: Path) -> Any:
    """Give the person_key by the truth's number: of whom most of their records are; -1 for none."""
    con = duckdb.connect()
    for name in ("person_link", "person"):
        con.read_parquet(str(release / f"{name}.parquet")).create_view(name)
    con.read_parquet(str(truth / "who_is_who.parquet")).create_view("who")
    found = con.sql("""
        WITH standing AS (
            SELECT who.person, person.person_key, count(*) AS records
            FROM who
            JOIN person_link l ON l.source = who.feed AND l.record_id = CAST(who.number AS VARCHAR)
            JOIN person USING (person_id) GROUP BY ALL)
        SELECT person, person_key FROM standing
        QUALIFY row_number() OVER (PARTITION BY person ORDER BY records DESC, person_key) = 1
    """).fetchnumpy()
    most = con.sql(f"SELECT max(person) FROM '{truth / 'persons.parquet'}'").fetchall()[0][0]
    key = np.full(most + 1, -1, np.int64)
    key[found["person"]] = found["person_key"]
    return key


def accumulated(policy: Policy, told: SmallEvents, born: Any, months: Sequence[date]) -> Numbers:
    """Give the detector's sum as a share of its threshold, by month and person."""
    found = np.zeros((len(months), len(born)))
    if policy.accumulation is not None:
        alarms = watch(told, born.astype(np.int64), months, policy.accumulation, seed=1)
        found[:, alarms.person] = (alarms.total / alarms.threshold).T
    return found


def seen_by(told: SmallEvents, persons: int, months: Sequence[date]) -> Numbers:
    """Count the agencies that see each person at each month's end, (month, person)."""
    ends = np.array([dates.day_number(day) for day in months], np.int64)
    found = agencies_seeing(
        persons, ends, told.seen_child, told.seen_agency, told.seen_from, told.seen_to
    )
    return np.asarray(found.T, float)


# --- tables ----------------------------------------------------------------------------------


def ranking_table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Give a row a population, outcome and ranking."""
    yield (
        "| children | outcome, theme | ranking | average precision | of the best knowable "
        f"| recall in the first {SHARE:.0%} | lead, days | early |"
    )
    yield "| --- " * 8 + "|"
    for population in POPULATIONS:
        for outcome in outcomes:
            ranked = outcome.of(population)
            told = {name: measured(outcome, population, name) for name in RANKINGS}
            best = told[KNOWABLE]["precision"]
            for name in RANKINGS:
                share = np.divide(told[name]["precision"], best)
                cells = [
                    cell(told[name]["precision"]), cell(share.tolist(), 2),
                    cell(told[name]["recall"]), cell(told[name]["lead"], 0),
                    cell(told[name]["early"], 2) if population == POPULATIONS[1] else "-",
                ]  # fmt: skip
                yield f"| {population} | {said(outcome, ranked[name])} | {name} | {' | '.join(cells)} |"


def difference_table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Give a row a population, outcome, strength and pair of rankings."""
    yield (
        "| children | outcome, theme | network strength | ranking | less | average precision "
        f"| recall in the first {SHARE:.0%} |"
    )
    yield "| --- " * 7 + "|"
    for population in POPULATIONS:
        for outcome in sorted(
            outcomes, key=lambda one: (list(THEMES).index(one.name), one.strength)
        ):
            ranked = outcome.of(population)
            told = {name: measured(outcome, population, name) for name in RANKINGS[:-1]}
            apart = [
                differences({name: one[measure] for name, one in told.items()}, PAIRS)
                for measure in ("precision", "recall")
            ]
            for pair in PAIRS:
                cells = " | ".join(f"{one[pair].value:+.3f} ({one[pair].low:+.3f} to {one[pair].high:+.3f})"
                                   for one in apart)  # fmt: skip
                yield (
                    f"| {population} | {said(outcome, ranked[INDEX])} | {outcome.strength:g} "
                    f"| {pair[0]} | {pair[1]} | {cells} |"
                )


def emerging_table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Give a row an outcome and strength, and one of all themes together."""
    yield (
        "| network strength | theme | emerging, child and date | like nobody | came to harm "
        "| as many of those like them | risk ratio |"
    )
    yield "| --- " * 7 + "|"
    for strength in sorted({one.strength for one in outcomes}):
        county = [one for one in outcomes if one.strength == strength]
        for one in county:
            yield f"| {strength:g} | {THEMES[one.name]} | {_matched(cohort([one]))} |"
        yield f"| {strength:g} | all four | {_matched(cohort(county))} |"


def cohort(outcomes: Sequence[Outcome]) -> Matched:
    """Compare the emerging of some outcomes with those like them."""
    rows = [np.flatnonzero(one.cell >= 0) for one in outcomes]
    first = np.cumsum([0, *(one.cell.max(initial=-1) + 1 for one in outcomes)])
    cells, persons, grouped, happened = [], [], [], []
    for one, mine, start in zip(outcomes, rows, first, strict=False):
        ranked = one.ranked[INDEX]
        cells.append(one.cell[mine] + start)
        persons.append(ranked.person[mine])
        grouped.append(one.emerging[mine])
        happened.append(ranked.happened[mine])
    return matched_risk(
        np.concatenate(persons), np.concatenate(cells), np.concatenate(grouped),
        np.concatenate(happened), draws=DRAWS, seed=SEED,
    )  # fmt: skip


def _matched(one: Matched) -> str:
    def share(many: float) -> str:
        return f"{many:.1f} ({100 * many / one.group:.1f}%)" if one.group else "-"

    return (
        f"{one.group:,} | {one.unmatched:,} | {share(one.observed)} | {share(one.expected)} "
        f"| {one.ratio.told(2) if one.observed else 'nobody, so no band'}"
    )


@cache
def measured(outcome: Outcome, population: str, name: str) -> dict[str, list[float]]:
    """Give each measure of a ranking: of what was seen first, then of every draw."""
    ranked = outcome.of(population)[name]
    found: dict[str, list[float]] = {"precision": [], "recall": [], "lead": [], "early": []}
    for times in (None, *draws_of_persons(ranked.person, DRAWS, SEED)):
        found["precision"].append(ranked.average_precision(times))
        found["recall"].append(ranked.recall(SHARE, times))
        found["lead"].append(ranked.lead_days(SHARE, times))
        if population == POPULATIONS[1]:
            found["early"].append(ranked.early(SHARE, EARLY_DAYS, A_YEAR, times))
    return found


def said(outcome: Outcome, ranked: Ranked) -> str:
    """Give the outcome, its theme, and how many children had it of how many."""
    had = len(np.unique(ranked.person[ranked.happened]))
    return (
        f"{outcome.name.replace('_', ' ')}, {THEMES[outcome.name]}: "
        f"{had:,} of {len(np.unique(ranked.person)):,}"
    )


def cell(values: Sequence[float], digits: int = 3) -> str:
    """Give a value with its interval."""
    return Interval.of(values[0], values[1:]).told(digits)


def put(name: str, lines: Sequence[str], page: Path = PAGE) -> None:
    """Put lines between the page's marks of this name."""
    text = page.read_text(encoding="utf-8")
    first, last = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if text.count(first) != 1 or text.count(last) != 1:
        raise SystemExit(f"{page.name} has no marks {first.strip()} and {last}")
    before, after = text.index(first) + len(first), text.index(last)
    page.write_text(text[:before] + "\n".join(lines) + "\n" + text[after:], encoding="utf-8")


if __name__ == "__main__":
    main()
