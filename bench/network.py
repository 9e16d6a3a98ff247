"""How fast are ties, their strengths and what reaches whom, beside a scan of the events' columns.

`python bench/network.py` makes a county (`county.py`), finds the evidence of all ties, and prints
wall time, processor time and peak memory of each step, each in a process of its own, with ratios to
a scan of the columns of the parts in the same run. Evidence is found under two policies: the
shipped one, of which the county has events alone and neither homes nor relationships; and one rule
by which every event of up to a hundred people ties all who took part, the most that can be asked.
What follows works on the evidence of the latter. Nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
from pyarrow import feather

sys.path.insert(0, str(Path(__file__).parent))

import county
from kithkin.engine import Resources, open_engine
from kithkin.model import dates
from kithkin.network import (
    Choice,
    Evidence,
    Graph,
    Rules,
    person_ties,
    strengths_on,
)
from kithkin.network.evidence import event_pairs, event_persons, in_order
from kithkin.network.tables import LeftOutOccasionTable, TieEvidenceTable
from kithkin.policy import Policy, read_policy
from kithkin.policy.networks import EventTie

RESOURCES = Resources(memory="6GB", threads=os.cpu_count() or 1)
THEMES = 8
CARRIERS = 0.05  # share of persons who carry a theme
KEPT, ONWARD = 2.0, 0.5
TITLES = {
    "scan": "scan of the columns of parts",
    "shipped": "evidence, the shipped policy",
    "evidence": "evidence, every event to 100",
    "strengths": "strengths on one date",
    "table": "Person Link Table on one date",
    "months": "strengths at 36 monthly dates",
    "attention": "graph, attention, 8 themes",
    "near": "graph, near at 2 steps, 8 themes",
}


def every_event(policy: Policy) -> Policy:
    """Give the policy with one rule: whoever takes part in an event, in any role, is tied."""
    rule = EventTie(
        name="every", title="every", source="events", kinds=tuple(policy.kinds),
        roles=tuple(policy.roles), nature="peer", weight=1.0, half_life_days=365, at_most=1e9,
        most_people=100, basis="benchmark",
    )  # fmt: skip
    gravities = {
        name: kind.model_copy(update={"gravity": max(kind.gravity, 1)})
        for name, kind in policy.kinds.items()
    }
    return policy.model_copy(update={"ties": {"every": rule}, "kinds": gravities})


class Steps:
    """The steps, over the files in a folder."""

    def __init__(self, folder: Path, size: county.Size) -> None:
        self.folder, self.size = folder, size
        self.policy = every_event(read_policy())

    def scan(self) -> None:
        """Decode and touch the columns that evidence needs, and nothing else."""
        columns = (
            "subject",
            "event_no",
            "occurred",
            "known",
            "superseded",
            "kind",
            "role",
            "agency",
        )
        sums = ", ".join(f"sum({column})" for column in columns)
        with self._engine() as engine:
            file = self.folder / "part.parquet"
            engine.connection.sql(f"select {sums} from read_parquet('{file}')").fetchall()

    def shipped(self) -> dict[str, int]:
        return {"evidence rows": len(self._find(read_policy()))}

    def evidence(self) -> dict[str, int]:
        table = self._find(self.policy)
        feather.write_feather(
            table.data, self.folder / "evidence.arrow", compression="uncompressed"
        )
        return {"evidence rows": len(table), "pairs": _pairs(table)}

    def _find(self, policy: Policy) -> TieEvidenceTable:
        rules = Rules(policy)
        with self._engine() as engine:
            parts = engine.read(self.folder / "part.parquet", "part")
            persons, _ = event_persons(engine, parts, None, rules)
            return in_order(engine, event_pairs(persons, rules))

    def strengths(self) -> None:
        list(strengths_on(self._evidence(), self.policy, [county.LAST_DAY], self._choices()))

    def months(self) -> None:
        first = dates.add_months(county.LAST_DAY, -35)
        ends = list(dates.month_ends(first, county.LAST_DAY))
        for _ in strengths_on(self._evidence(), self.policy, ends, self._choices()):
            pass

    def table(self) -> dict[str, int]:
        return {"ties": len(person_ties(self._evidence(), self.policy, county.LAST_DAY))}

    def attention(self) -> None:
        self._graph().attention(self._seeds(), KEPT, ONWARD)

    def near(self) -> None:
        seeds = self._seeds()
        adult = np.random.default_rng(3).random(self.size.people) < 0.78
        self._graph().near(seeds > 0, adult, seeds)

    def _choices(self) -> list[Choice]:
        return [Choice(), Choice(proven=True)]

    def _seeds(self) -> Any:
        random = np.random.default_rng(2)
        shape = (self.size.people, THEMES)
        return random.random(shape) * 100 * (random.random(shape) < CARRIERS)

    def _graph(self) -> Graph:
        evidence = self._evidence()
        found = next(strengths_on(evidence, self.policy, [county.LAST_DAY]))
        return Graph.of(evidence.pairs, found.strength[0], self.size.people)

    def _evidence(self) -> Evidence:
        table = feather.read_table(self.folder / "evidence.arrow", memory_map=True)
        return Evidence(
            TieEvidenceTable(table), LeftOutOccasionTable.from_rows([]), county.LAST_DAY
        )

    def warm(self) -> None:
        """Load what is loaded once a process: the engine, and the compiled loops."""
        rows = [dict.fromkeys(TieEvidenceTable.columns, 0) | {"person_b": 1, "people": 2}]
        table = TieEvidenceTable.from_rows(rows)
        evidence = Evidence(table, LeftOutOccasionTable.from_rows([]), date(1970, 1, 2))
        found = next(strengths_on(evidence, self.policy, [evidence.as_of]))
        person_ties(evidence, self.policy, evidence.as_of)
        graph = Graph.of(evidence.pairs, found.strength[0] + 1, 2)
        seeds = np.ones((2, THEMES))
        graph.attention(seeds, KEPT, ONWARD)
        graph.near(seeds > 0, seeds[:, 0] > 0, seeds)
        with self._engine() as engine:
            engine.arrow(engine.table(pa.table({"one": [1]}), "one"))

    def _engine(self) -> Any:
        return open_engine("duckdb", RESOURCES, spill_to=self.folder)


def _pairs(table: TieEvidenceTable) -> int:
    nothing = LeftOutOccasionTable.from_rows([])
    return len(Evidence(table, nothing, county.LAST_DAY).starts) - 1


# --- measuring -------------------------------------------------------------------------------


def measured(step: str, folder: Path, size: county.Size) -> dict[str, Any]:
    """Run a step in a process of its own: wall seconds, processor, memory, and what it counted."""
    command = [sys.executable, __file__, "--step", step, "--folder", str(folder),
               "--people", str(size.people), "--parts", str(size.parts)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watched, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            memory = watched.memory_full_info()
            peak = max(
                peak, memory.uss
            )  # the evidence is mapped from a file and no memory of its own
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
    print(f"{size.people:,} people, {size.parts:,} parts in events")
    county.make(folder, read_policy(), size)
    print(f"{'step':34} {'wall s':>8} {'cpu s':>8} {'peak GB':>8} {'x scan':>7}")
    base = 0.0
    for step, title in TITLES.items():
        runs = 1 if step in ("shipped", "evidence") else repeat
        rows = sorted((measured(step, folder, size) for _ in range(runs)), key=lambda r: r["wall"])
        row = rows[len(rows) // 2]
        base = row["wall"] if step == "scan" else base
        print(f"{title:34} {row['wall']:8.2f} {row['cpu']:8.2f} {row['peak_gb']:8.2f} "
              f"{row['wall'] / base:7.1f}", flush=True)  # fmt: skip
        for what, number in row["counted"].items():
            print(f"  {number:,} {what}")


if __name__ == "__main__":
    main()
