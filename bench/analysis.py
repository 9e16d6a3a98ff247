"""How fast is everything that follows the indicators: ties, network, groups, scores, their memory.

`python bench/analysis.py` makes a county (`county.py`) with births of its own and runs, stage by
stage as a release does, the shipped policy's contributions, evidence of ties, Person Link Table,
scores of a date with network and near measures in three variants, score memory of 36 months, and
groups of the date. Beside them stand baselines of the same run: a scan of the columns of the
parts, the ties of one date as plain SQL would find them, and one seeded partition of the ties in
which groups are looked for. Each is a process of its own; the start of Python and the loading of
compiled code are left out. The county has neither homes nor relationships: its ties are of events
alone. Nothing is kept; with --write the table goes between the markers of docs/scores.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))

import county
from kithkin.engine import open_engine, write_table
from kithkin.model import dates
from kithkin.network import Evidence, Rules, person_ties
from kithkin.network.evidence import event_pairs, event_persons, in_order
from kithkin.network.groups import People, find_groups, tie_rows
from kithkin.network.groups.partition import partitions, resolutions
from kithkin.network.groups.ties import peer_ties
from kithkin.network.tables import LeftOutOccasionTable, TieEvidenceTable
from kithkin.policy import read_policy
from kithkin.policy.networks import EventTie
from kithkin.scoring import (
    Plan,
    ScoreMemory,
    StoredContributions,
    index_on,
    reaches,
    remember,
    score_table,
    scores_on,
    store_contributions,
)
from kithkin.scoring.indices import eligible_on
from measuring import RESOURCES, measured, median_run, tell

PAGE = Path(__file__).parents[1] / "docs" / "scores.md"
OLDEST = 85 * 365  # days
MONTHS = 36
TINY = county.Size(2_000, 700, 60_000)
SCANNED = ("subject", "event_no", "occurred", "known", "superseded", "kind", "role", "agency",
           "value", "age")  # fmt: skip
ANALYSIS = {
    "contributions": "contributions, found and stored",
    "evidence": "evidence of ties, found and stored",
    "ties": "Person Link Table",
    "scores": "scores of the date, network and near, 3 variants",
    "memory": f"score memory of {MONTHS} months, with network",
    "groups": "groups of the date, of every theme they are sought for",
}
BASELINES = {
    "scan": "scan of the columns of parts",
    "by_hand": "ties of the date, strength alone, in plain SQL",
    "partition": "one partition of the ties of groups, seeded",
}
TITLES = {"scan": BASELINES["scan"], **ANALYSIS,
          "by_hand": BASELINES["by_hand"], "partition": BASELINES["partition"]}  # fmt: skip


class Stages:
    """The stages, over the files in a folder; each reads what those before it wrote."""

    def __init__(self, folder: Path, size: county.Size) -> None:
        self.folder, self.size = folder, size
        self.policy, self.on = read_policy(), county.LAST_DAY
        self.plan = Plan(self.policy)
        self.stored = StoredContributions(folder / "contribution")

    def scan(self) -> None:
        """Decode and touch the columns that the analysis needs, and nothing else."""
        sums = ", ".join(f"sum({column})" for column in SCANNED)
        with self._engine() as engine:
            file = self.folder / "part.parquet"
            engine.connection.sql(f"select {sums} from read_parquet('{file}')").fetchall()

    def contributions(self) -> dict[str, float]:
        with self._engine() as engine:
            parts = engine.read(self.folder / "part.parquet", "part")
            rows = store_contributions(engine, parts, self.plan, self.size.people, self.stored)
        return {"contributions": rows}

    def evidence(self) -> dict[str, float]:
        rules = Rules(self.policy)
        with self._engine() as engine:
            parts = engine.read(self.folder / "part.parquet", "part")
            persons, _ = event_persons(engine, parts, None, rules)
            table = in_order(engine, event_pairs(persons, rules)).data
        write_table(table, self.folder / "tie_evidence.parquet")
        return {"rows of evidence": table.num_rows}

    def ties(self) -> dict[str, float]:
        ties = person_ties(self._evidence(), self.policy, self.on, threads=RESOURCES.threads).data
        write_table(ties, self.folder / "person_tie.parquet")
        peer, family = (
            int((ties[f"strength_{nature}"].to_numpy() > 0).sum()) for nature in ("peer", "family")
        )
        return {"ties": ties.num_rows, "of peers": peer, "of family": family,
                "ties a person": 2 * ties.num_rows / self.size.people}  # fmt: skip

    def scores(self) -> dict[str, float]:
        index = index_on(self.stored, self.plan, self.born, [self.on])[:, 0]
        reach = next(reaches(self._evidence(), self.plan, self.born, [self.on], proven=True))
        ids = pa.array(self._ids())
        found = [
            score_table(track, self.on, ids).data
            for track in scores_on(self.plan, index, self.born, self.on, reach)
        ]
        write_table(pa.concat_tables(found).combine_chunks(), self.folder / "score.parquet")
        return {"rows of scores": sum(table.num_rows for table in found),
                "tracks": len(self.plan.tracks)}  # fmt: skip

    def memory(self) -> dict[str, float]:
        first = dates.add_months(self.on, 1 - MONTHS)
        ends = list(dates.month_ends(first, self.on))
        networks = reaches(self._evidence(), self.plan, self.born, ends)
        memory = ScoreMemory(self.folder / "memory")
        rows = remember(memory, self.stored, self.plan, self.born, ends, networks)
        return {"remembered rows": rows}

    def groups(self) -> dict[str, float]:
        settings, counted = self.policy.groups, {}
        if settings is None:
            return {}
        rows, people = self._tie_rows(), self._people()
        for theme in (None, *settings.themes):
            found = find_groups(rows, self.policy.ties, settings, people, self.on, theme=theme)
            counted[f"groups of {theme or 'no theme'}"] = len(found.described.groups)
        return counted

    def by_hand(self) -> dict[str, float]:
        """Find the pairs of every rule and add up their strengths on the date, of events alone."""
        with self._engine() as engine:
            parts, match = engine.read(self.folder / "part.parquet", "part"), self._rules_by_kind()
            engine.connection.register("match", match)
            query = _BY_HAND.format(part=parts.get_name(), day=dates.day_number(self.on))
            target = self.folder / "by-hand.parquet"
            engine.connection.sql(f"copy ({query}) to '{target}' (compression zstd)")
        return {"ties by hand": pq.read_metadata(target).num_rows}

    def partition(self) -> dict[str, float]:
        settings = self.policy.groups
        if settings is None:
            return {}
        ties = peer_ties(self._tie_rows(), self.policy.ties, settings, self.on)
        middle = float(resolutions(settings)[settings.resolutions // 2] * np.median(ties.strength))
        partitions(ties, middle, settings, many=1, cycles=1)
        return {"ties in which groups are sought": len(ties.one)}

    @cached_property
    def born(self) -> Any:
        random = np.random.default_rng(4)
        days = random.integers(0, OLDEST, self.size.people)
        return (dates.day_number(self.on) - days).astype(np.int32)

    def _ids(self) -> list[str]:
        return np.arange(self.size.people).astype(str).tolist()

    def _tie_rows(self) -> Any:
        return tie_rows(self._evidence(), self.policy, self.on, threads=RESOURCES.threads)

    def _people(self) -> People:
        index = index_on(self.stored, self.plan, self.born, [self.on], variants=1)[0, 0]
        index = index * eligible_on(self.plan, self.born, self.on)
        carrying: dict[str, dict[str, Any]] = {"victim": {}, "perpetrator": {}}
        for place, planned in enumerate(self.plan.tracks):
            if (network := planned.theme.network) is not None:
                carrying[planned.name][planned.theme.name] = index[place] >= network.floor
        age = (dates.day_number(self.on) - self.born.astype(np.int64)) // 365
        return People(self._ids(), age, carrying["victim"], carrying["perpetrator"])

    def _evidence(self) -> Evidence:
        table = pq.read_table(self.folder / "tie_evidence.parquet")
        return Evidence(TieEvidenceTable(table), LeftOutOccasionTable.from_rows([]), self.on)

    def _rules_by_kind(self) -> pa.Table:
        rules = Rules(self.policy)
        rows = [
            row | {
                "most": rule.most_people, "half_life": rule.half_life_days, "at_most": rule.at_most,
                "each": rule.weight * rule.reliability * float(rules.gravity[row["grade"]]),
            }
            for row in rules.matches()
            if isinstance(rule := rules.rules[row["rule"]], EventTie)
        ]  # fmt: skip
        return pa.Table.from_pylist(rows)

    def _engine(self) -> Any:
        return open_engine("duckdb", RESOURCES, spill_to=self.folder)


_BY_HAND = """
with person as (
    select rule, event_no, subject, max(occurred) as occurred, max(each) as each,
        max(first) as first, max(other) as other, any_value(most) as most,
        any_value(half_life) as half_life, any_value(at_most) as at_most
    from {part} join match using (kind, role)
    where known <= {day} and superseded > {day} and occurred <= {day}
    group by rule, event_no, subject
), counted as (
    select *, count(*) over (partition by rule, event_no) as people from person
), by_rule as (
    select a.subject as person_a, b.subject as person_b, rule,
        least(sum(least(a.each, b.each) / (a.people - 1)
            * power(2.0, -({day} - least(a.occurred, b.occurred)) / a.half_life)),
            any_value(a.at_most)) as strength
    from counted a join counted b using (rule, event_no)
    where a.subject < b.subject and a.people <= a.most
        and (a.first + b.other = 2 or a.other + b.first = 2)
    group by a.subject, b.subject, rule
)
select person_a, person_b, sum(strength) as strength from by_rule group by person_a, person_b
"""


# --- running and telling ---------------------------------------------------------------------


def main() -> None:
    arguments = parse()
    size = county.Size(arguments.people, arguments.families, arguments.parts)
    if arguments.stage:
        run_stage(arguments.stage, Path(arguments.folder), size)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        rows = report(Path(name), size, arguments.stages or list(TITLES))
    told = "\n".join(table(rows, size))
    print(told)
    if arguments.write:
        write(told)


def parse() -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    defaults = county.Size()
    parser.add_argument("--people", type=int, default=defaults.people)
    parser.add_argument("--families", type=int, default=defaults.families)
    parser.add_argument("--parts", type=int, default=defaults.parts)
    parser.add_argument("--folder", help="where to work; a temporary folder without it")
    parser.add_argument("--stages", nargs="+", choices=list(TITLES), help="only some of them")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    parser.add_argument("--stage", choices=[*TITLES, "warm"], help=argparse.SUPPRESS)
    return parser.parse_args()


def run_stage(stage: str, folder: Path, size: county.Size) -> None:
    """Run a stage on a tiny county, so that all is loaded, and then on the county."""
    tiny = folder / "tiny"
    for some in TITLES if stage == "warm" else (stage,):
        getattr(Stages(tiny, TINY), some)()
    tell({} if stage == "warm" else {stage: getattr(Stages(folder, size), stage)})


def report(folder: Path, size: county.Size, stages: list[str]) -> dict[str, dict[str, Any]]:
    """Run the stages, each told in a line of JSON as it ends; give what each took."""
    (folder / "tiny").mkdir()
    _say("making the county")
    county.make_apart(folder, size)
    county.make_apart(folder / "tiny", TINY)
    _say("compiling")
    command = ["--folder", str(folder), "--people", str(size.people), "--parts", str(size.parts)]
    measured(__file__, [*command, "--stage", "warm"])
    rows: dict[str, dict[str, Any]] = {}
    for stage in stages:
        _say(TITLES[stage])
        runs = 3 if stage == "scan" else 1
        words = [*command, "--stage", stage]
        rows[stage] = median_run(runs, lambda words=words: measured(__file__, words))
        print(json.dumps({"stage": stage, **rows[stage]}), flush=True)
    return rows


def table(rows: dict[str, dict[str, Any]], size: county.Size) -> Iterator[str]:
    """Yield the lines of a table of what stages took, with the whole of the analysis last."""
    yield (
        f"{size.people:,} persons, {size.parts:,} parts in events; {os.cpu_count()} processors, on "
        f"which {os.getloadavg()[2]:.0f} jobs ran on average in the last quarter of an hour.\n"
    )
    yield "| stage | wall s | processor s | times the scan | peak GB | gives |"
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    for stage, row in rows.items():
        gives = ", ".join(f"{n:,.0f} {what}" for what, n in row["counted"].items())
        yield _line(TITLES[stage], row, rows, gives)
    whole = [rows[stage] for stage in ANALYSIS if stage in rows]
    left = ", ".join(title for stage, title in ANALYSIS.items() if stage not in rows)
    together: dict[str, Any] = {
        "wall": sum(row["wall"] for row in whole),
        "cpu": sum(row["cpu"] for row in whole),
        "peak_gb": max((row["peak_gb"] for row in whole), default=0.0),
    }
    title = f"the analysis without {left}" if left else "the analysis, all of it"
    yield _line(f"**{title}**", together, rows, "")


def _line(title: str, row: dict[str, Any], rows: dict[str, dict[str, Any]], gives: str) -> str:
    times = f"{row['cpu'] / rows['scan']['cpu']:.1f}" if "scan" in rows else ""
    return (
        f"| {title} | {row['wall']:.1f} | {row['cpu']:.1f} | {times} | {row['peak_gb']:.1f} | "
        f"{gives} |"
    )


def _say(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


def write(told: str) -> None:
    """Put the table between the page's markers."""
    page = PAGE.read_text(encoding="utf-8")
    marked = re.compile(r"(<!-- speed -->\n).*?(<!-- /speed -->)", re.S)
    if not marked.search(page):
        raise SystemExit(f"{PAGE.name} has no markers for speed")
    PAGE.write_text(marked.sub(lambda m: f"{m[1]}{told}\n{m[2]}", page), encoding="utf-8")


if __name__ == "__main__":
    main()
