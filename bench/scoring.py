"""How fast are scores, on one date and on 36, beside a scan of the events' columns.

`python bench/scoring.py` makes a county (`county.py`) with births of its own, stores the
contributions of the shipped policy's themes and the evidence of its ties (of events alone: the
county has neither homes nor relationships), and prints wall time, processor time and peak memory
of each step, each in a process of its own, with ratios to a scan of the columns of the parts in
the same run. The start of Python and the loading of compiled code are left out. Nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))

import county
from kithkin.engine import Resources, open_engine
from kithkin.model import dates
from kithkin.network import Evidence, Rules
from kithkin.network.evidence import event_pairs, event_persons, in_order
from kithkin.network.tables import LeftOutOccasionTable, TieEvidenceTable
from kithkin.policy import read_policy
from kithkin.scoring import (
    Person,
    Plan,
    ScoreMemory,
    StoredContributions,
    contributions_of,
    index_on,
    reaches,
    remember,
    score_table,
    scores_on,
    store_contributions,
)

RESOURCES = Resources(memory="6GB", threads=os.cpu_count() or 1)
OLDEST = 85 * 365  # days
MONTHS = 36
EXPLAINED = 100
TITLES = {
    "scan": "scan of the columns of parts",
    "store": "contributions, found and stored",
    "ties": "evidence of ties (network)",
    "read": "read the contributions",
    "one": "indices on one date, 3 variants",
    "months": "indices at 36 monthly dates",
    "scores": "scores on one date, with network",
    "memory": "score memory of 36 months",
    "past": "one person's 36 months, read back",
    "explain": "reasons of one score",
}
ONCE = ("store", "ties", "memory")


class Steps:
    """The steps, over the files in a folder."""

    def __init__(self, folder: Path, size: county.Size) -> None:
        self.folder, self.size = folder, size
        self.plan = Plan(read_policy())
        self.stored = StoredContributions(folder / "contributions")
        first = dates.add_months(county.LAST_DAY, 1 - MONTHS)
        self.ends = list(dates.month_ends(first, county.LAST_DAY))

    def scan(self) -> None:
        """Decode and touch the columns that contributions need, and nothing else."""
        columns = ("subject", "event_no", "occurred", "known", "superseded", "kind", "role",
                   "value", "age")  # fmt: skip
        sums = ", ".join(f"sum({column})" for column in columns)
        with self._engine() as engine:
            file = self.folder / "part.parquet"
            engine.connection.sql(f"select {sums} from read_parquet('{file}')").fetchall()

    def store(self) -> dict[str, float]:
        with self._engine() as engine:
            parts = engine.read(self.folder / "part.parquet", "part")
            rows = store_contributions(engine, parts, self.plan, self.size.people, self.stored)
        return {"rows": rows, "MB": _megabytes(self.stored.folder)}

    def ties(self) -> dict[str, float]:
        rules = Rules(self.plan.policy)
        with self._engine() as engine:
            parts = engine.read(self.folder / "part.parquet", "part")
            persons, _ = event_persons(engine, parts, None, rules)
            table = in_order(engine, event_pairs(persons, rules)).data
        pq.write_table(table, self.folder / "evidence.parquet", compression="none")
        return {"evidence rows": table.num_rows}

    def read(self) -> None:
        for first in self.stored.firsts():
            self.stored.rows(first)

    def one(self) -> dict[str, float]:
        index = index_on(self.stored, self.plan, self._born(), [county.LAST_DAY])
        return {"indices that are not nought": int((index[0] > 0).sum())}

    def months(self) -> None:
        """Sweep as score memory does, a year at a time, so that 1 GB of indices is held."""
        for begin in range(0, MONTHS, 12):
            some = self.ends[begin : begin + 12]
            index_on(self.stored, self.plan, self._born(), some, variants=1)

    def scores(self) -> dict[str, float]:
        born, on = self._born(), county.LAST_DAY
        index = index_on(self.stored, self.plan, born, [on])[:, 0]
        reach = next(reaches(self._evidence(), self.plan, born, [on], proven=True))
        ids = pa.array(np.arange(self.size.people).astype(str))
        rows = sum(
            len(score_table(track, on, ids))
            for track in scores_on(self.plan, index, born, on, reach)
        )
        return {"score rows": rows}

    def memory(self) -> dict[str, float]:
        born, memory = self._born(), self._memory()
        networks = reaches(self._evidence(), self.plan, born, self.ends)
        rows = remember(memory, self.stored, self.plan, born, self.ends, networks)
        return {"rows": rows, "MB": _megabytes(memory.folder)}

    def past(self) -> None:
        self._memory().of_person(self.size.people // 2)

    def explain(self) -> dict[str, float]:
        born, rows = self._born(), 0
        for key in range(0, self.size.people, self.size.people // EXPLAINED):
            person = Person(key, int(born[key]), self.stored.rows_of(key), self.stored.sets)
            rows += len(contributions_of(person, self.plan, "cse", "victim", county.LAST_DAY))
        return {"persons": EXPLAINED, "contributions": rows}

    def warm(self) -> None:
        """Load what is loaded once a process: the engine, and the compiled loops."""
        with tempfile.TemporaryDirectory() as name, self._engine() as engine:
            engine.arrow(engine.table(pa.table({"one": [1]}), "one"))
            stored, born = StoredContributions(Path(name) / "none"), np.zeros(2, np.int32)
            stored.write([], 2, [])
            evidence = _evidence_of([dict.fromkeys(TieEvidenceTable.columns, 0) | {"person_b": 1}])
            for on in ([county.LAST_DAY], self.ends[-2:]):
                index_on(stored, self.plan, born, on)
                networks = reaches(evidence, self.plan, born, on)
                remember(ScoreMemory(Path(name) / "past"), stored, self.plan, born, on, networks)
            index = index_on(stored, self.plan, born, on)[:, 0]
            list(scores_on(self.plan, index, born, on[0], next(
                reaches(evidence, self.plan, born, on, proven=True))))  # fmt: skip

    def _born(self) -> Any:
        random = np.random.default_rng(4)
        days = random.integers(0, OLDEST, self.size.people)
        return (dates.day_number(county.LAST_DAY) - days).astype(np.int32)

    def _evidence(self) -> Evidence:
        table = pq.read_table(self.folder / "evidence.parquet", memory_map=True)
        return Evidence(
            TieEvidenceTable(table), LeftOutOccasionTable.from_rows([]), county.LAST_DAY
        )

    def _memory(self) -> ScoreMemory:
        return ScoreMemory(self.folder / "memory")

    def _engine(self) -> Any:
        return open_engine("duckdb", RESOURCES, spill_to=self.folder)


def _evidence_of(rows: list[dict[str, Any]]) -> Evidence:
    nothing = LeftOutOccasionTable.from_rows([])
    return Evidence(TieEvidenceTable.from_rows(rows), nothing, county.LAST_DAY)


def _megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6


# --- measuring -------------------------------------------------------------------------------


def measured(step: str, folder: Path, size: county.Size) -> dict[str, Any]:
    """Run a step in a process of its own: wall seconds, processor, memory, and what it counted."""
    command = [sys.executable, __file__, "--step", step, "--folder", str(folder),
               "--people", str(size.people), "--parts", str(size.parts)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watched, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.Error:
            break
        time.sleep(0.05)
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{step} failed")
    return {**json.loads(out.splitlines()[-1]), "peak_gb": peak / 1e9}


def run_step(step: str, folder: Path, size: county.Size) -> None:
    steps = Steps(folder, size)
    steps.warm()
    cpu, wall = time.process_time(), time.perf_counter()
    counted = getattr(steps, step)() or {}
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps({**took, "counted": counted}))


def main() -> None:
    arguments = parse()
    size = county.Size(arguments.people, parts=arguments.parts)
    if arguments.step:
        run_step(arguments.step, Path(arguments.folder), size)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        report(Path(name), size, arguments.repeat)


def parse() -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    defaults = county.Size()
    parser.add_argument("--people", type=int, default=defaults.people)
    parser.add_argument("--parts", type=int, default=defaults.parts)
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of each step; the median counts"
    )
    parser.add_argument("--folder", help="where to work; a temporary folder without it")
    parser.add_argument("--step", choices=list(TITLES), help=argparse.SUPPRESS)
    return parser.parse_args()


def report(folder: Path, size: county.Size, repeat: int) -> None:
    plan = Plan(read_policy())
    print(f"{size.people:,} people, {size.parts:,} parts in events; "
          f"{len(plan.tracks)} tracks of {len(plan.components)} components")  # fmt: skip
    county.make(folder, plan.policy, size)
    print(f"{'step':36} {'wall s':>8} {'cpu s':>8} {'peak GB':>8} {'x scan':>7}")
    base = 0.0
    for step, title in TITLES.items():
        runs = 1 if step in ONCE else repeat
        rows = sorted((measured(step, folder, size) for _ in range(runs)), key=lambda r: r["wall"])
        row = rows[len(rows) // 2]
        base = row["wall"] if step == "scan" else base
        print(f"{title:36} {row['wall']:8.2f} {row['cpu']:8.2f} {row['peak_gb']:8.2f} "
              f"{row['wall'] / base:7.1f}", flush=True)  # fmt: skip
        for what, number in row["counted"].items():
            print(f"  {number:,.0f} {what}")


if __name__ == "__main__":
    main()
