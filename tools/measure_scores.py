"""Measure how well scores put children in order, against what came of them in a simulated county.

    python tools/measure_scores.py RELEASE TRUTH [--write NAME]

RELEASE is the folder of a release whose monthly history covers the dates of TRUTH, a county's truth.
On a synthetic county an accuracy proves only that the machinery works. For each outcome of the next
twelve months and the theme that is meant to warn of it, children are ranked on each quarter's last
day

* by their own index; by the score, which adds the network; and by the score with the accumulation
  detector's sum of that month, as `score + (100 - score)/100 x 25 x (1 - 2^-(sum / threshold))`;
* by the best rankings: of what was knowable of the events that agencies recorded, and of what was
  true, out of anybody's reach.

What was chosen before anything was measured: average precision; recall among the first in a hundred
children; and the lead, the median number of days from the date to the outcome among those found
there. Intervals are the middle 95% of 400 bootstrap draws of children, all their dates together.
A child of whom agencies hold no record ranks last.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
from sklearn.metrics import average_precision_score

from kithkin.policy import read_policy
from kithkin.releases.scored import CONTRIBUTIONS, HISTORY, SMALL_EVENTS
from kithkin.scoring import Plan, StoredContributions, born_days, index_on
from kithkin.scoring.accumulation import SmallEvents, watch
from kithkin.scoring.memory import THOUSANDTHS, ScoreMemory

THEMES = {
    "sexual_exploitation": "cse",
    "criminal_exploitation": "cce",
    "serious_violence": "serious_violence",
    "protection_plan": "neglect",
}
"""The theme that is meant to warn of each outcome."""
RANKINGS = ("index", "score", "with accumulation", "best knowable", "best true")
DRAWS, SHARE, ALARM_POINTS = 400, 0.01, 25.0
PAGE = Path(__file__).parents[1] / "docs" / "scores.md"
Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Ranked:
    """One outcome: a row a child and date.

    Parameters
    ----------
    child : the truth's number. happened : within twelve months. by : the value of each ranking.
    on : the place of the date.

    """

    outcome: str
    child: Any
    on: Any
    happened: Any
    by: Mapping[str, Numbers]


def main() -> None:
    """Read the arguments, measure, print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--write", metavar="NAME")
    given = parser.parse_args()
    lines = list(table(measure(given.release, given.truth)))
    print("\n".join(lines))
    if given.write:
        put(given.write, lines)


def measure(release: Path, truth: Path) -> Iterator[Ranked]:
    """Rank the children of each outcome on every date that has its twelve months."""
    policy = read_policy(release / "policy")
    plan, memory = Plan(policy), ScoreMemory(release / HISTORY)
    person = pq.read_table(release / "person.parquet").sort_by("person_key")
    born = born_days(person)
    months = memory.dates()
    key = keys(release, truth)
    index = index_on(StoredContributions(release / CONTRIBUTIONS), plan, born, months, variants=1)[
        0
    ]
    alarms = accumulated(release, born, months)
    scored = memory.of_tracks(len(plan.tracks), len(born), months)
    con = duckdb.connect()
    con.read_parquet(str(truth / "best_rankings.parquet")).create_view("best")
    for outcome, theme in THEMES.items():
        position = plan.position(theme, "victim")
        rows = con.execute(
            "SELECT as_of, person, given_known, given_lives, happened FROM best "
            "WHERE outcome = ? AND happened IS NOT NULL ORDER BY as_of, person", [outcome],
        ).fetchnumpy()  # fmt: skip
        days = [d.astype("datetime64[D]").item() for d in np.unique(rows["as_of"])]
        place = np.array([months.index(day) for day in days])
        on = np.searchsorted(np.array(days, "datetime64[D]"), rows["as_of"].astype("datetime64[D]"))
        mine = key[rows["person"]]
        past = scored[position, place] / THOUSANDTHS
        own, whole = (
            of_persons(values, on, mine) for values in (index[place, position], past)
        )  # fmt: skip
        excess = of_persons(alarms[place], on, mine, unknown=0.0)
        yield Ranked(
            outcome, rows["person"], on, rows["happened"].astype(bool),
            {
                "index": own, "score": whole,
                "with accumulation": whole + (100 - whole) / 100 * ALARM_POINTS * -np.expm1(-excess * np.log(2)),
                "best knowable": rows["given_known"], "best true": rows["given_lives"],
            },
        )  # fmt: skip


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


def accumulated(release: Path, born: Any, months: Sequence[date]) -> Numbers:
    """Give the detector's sum as a share of its threshold, by month and person."""
    policy = read_policy(release / "policy")
    found = np.zeros((len(months), len(born)))
    if policy.accumulation is not None:
        told = SmallEvents.read(release / SMALL_EVENTS)
        alarms = watch(told, born.astype(np.int64), months, policy.accumulation, seed=1)
        found[:, alarms.person] = (alarms.total / alarms.threshold).T
    return found


def table(outcomes: Iterator[Ranked]) -> Iterator[str]:
    """Give the rows of a table."""
    yield f"| outcome, theme | children | outcomes | ranking | average precision | recall in the first {SHARE:.0%} |"
    yield "| --- " * 6 + "|"
    for ranked in outcomes:
        draws = list(resampled(ranked))
        for name in RANKINGS:
            cells = [
                interval(one(ranked, name, None), [one(ranked, name, draw) for draw in draws])
                for one in (precision, recall)
            ]
            theme = THEMES[ranked.outcome]
            yield (
                f"| {ranked.outcome.replace('_', ' ')}, {theme} | {len(np.unique(ranked.child)):,} "
                f"| {int(ranked.happened.sum()):,} | {name} | {' | '.join(cells)} |"
            )


def resampled(ranked: Ranked) -> Iterator[Any]:
    """Draw children with replacement, all their dates together: how often each row counts."""
    draw = np.random.default_rng(1)
    children, place = np.unique(ranked.child, return_inverse=True)
    for _ in range(DRAWS):
        times = np.bincount(draw.integers(0, len(children), len(children)), minlength=len(children))
        yield times[place].astype(float)


def precision(ranked: Ranked, name: str, weight: Any) -> float:
    """Give average precision over all dates together."""
    return float(average_precision_score(ranked.happened, ranked.by[name], sample_weight=weight))


def recall(ranked: Ranked, name: str, weight: Any) -> float:
    """Give the share of outcomes among the first in a hundred of each date; ties count in part."""
    weights = np.ones(len(ranked.child)) if weight is None else weight
    found = all_ = 0.0
    for day in np.unique(ranked.on):
        same = ranked.on == day
        value, hit, each = ranked.by[name][same], ranked.happened[same], weights[same]
        found += _within(value, hit, each, SHARE * each.sum())
        all_ += float(each[hit].sum())
    return found / all_ if all_ else float("nan")


def _within(value: Numbers, hit: Any, each: Any, room: float) -> float:
    order = np.argsort(-value, kind="stable")
    total = 0.0
    for level in np.unique(value)[::-1]:
        same = order[value[order] == level]
        weight = each[same].sum()
        share = min(1.0, room / weight) if weight else 0.0
        total += share * float(each[same][hit[same]].sum())
        room -= weight
        if room <= 0:
            break
    return total


def interval(value: float, draws: Sequence[float]) -> str:
    """Give a value with the middle 95% of its draws."""
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def put(name: str, lines: Sequence[str]) -> None:
    """Put lines between the page's marks of this name."""
    page = PAGE.read_text(encoding="utf-8")
    first, last = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if page.count(first) != 1 or page.count(last) != 1:
        raise SystemExit(f"{PAGE.name} has no marks {first.strip()} and {last}")
    before, after = page.index(first) + len(first), page.index(last)
    PAGE.write_text(page[:before] + "\n".join(lines) + "\n" + page[after:], encoding="utf-8")


if __name__ == "__main__":
    main()
