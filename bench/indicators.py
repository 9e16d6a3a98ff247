"""How fast are all indicators, at one as-of date and at 36, beside what nothing can beat.

`python bench/indicators.py` makes a county (`county.py`), stores its facts, and prints wall
time, processor time and peak memory of each step, each in a process of its own, with ratios to
a scan of the same columns in the same run. A step answers for persons and for families, and is
timed from opening files to written output; the start of Python, its imports and the loading of
compiled code are left out. Nothing is kept.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))

import county
from kithkin.engine import open_engine
from kithkin.indicators import Catalogue, FactsFolder, history_on, portable, sweep
from kithkin.indicators.facts import store_coded
from kithkin.model import dates
from kithkin.policy import read_policy
from kithkin.policy.models import Level
from measuring import RESOURCES, measured, median_run, tell
from two_stage import two_stage_query

LEVELS: tuple[Level, ...] = ("person", "family")
STEPS = ("store", "scan", "two_stage", "ibis", "kernel", "history")
TITLES = {
    "store": "match, sort and store",
    "scan": "scan of the columns",
    "two_stage": "120 by hand, persons only",
    "ibis": "all, portable Ibis path",
    "kernel": "all, compiled sweep",
    "history": "all at 36 monthly dates",
}


class Steps:
    """The steps, each for one level, over the files in a folder."""

    def __init__(self, folder: Path, size: county.Size) -> None:
        self.folder, self.size = folder, size
        self.policy = read_policy()

    def store(self, level: Level) -> None:
        with self._engine() as engine:
            part = engine.read(self.folder / "part.parquet", "part")
            subjects = self.size.people
            if level == "family":
                person = engine.read(self.folder / "person.parquet", "person")
                joined = part.join(person, "subject")
                part = joined.drop("subject").rename(subject="family").select(part.columns)
                subjects = self.size.families
            store_coded(engine, part, subjects, self._catalogue(level), self.folder / level)

    def scan(self, level: Level) -> None:
        """Decode and touch the columns that an answer needs, and nothing else."""
        sums = ", ".join(f"sum({column})" for column in ("subject", *sweep.FACT_COLUMNS))
        files = str(self.folder / level / "part-*.parquet")
        with self._engine() as engine:
            engine.connection.sql(f"select {sums} from read_parquet('{files}')").fetchall()

    def two_stage(self, level: Level) -> None:
        """Answer 120 indicators by hand, over the parts as they come."""
        if level == "family":
            return
        query = two_stage_query(
            str(self.folder / "part.parquet"), dates.day_number(county.LAST_DAY)
        )
        target = self.folder / "two-stage.parquet"
        with self._engine() as engine:
            engine.connection.execute(f"copy ({query}) to '{target}' (compression zstd)").fetchall()

    def ibis(self, level: Level) -> None:
        with self._engine() as engine:
            portable.values_on(
                engine, self._facts(level), self._catalogue(level), county.LAST_DAY,
                self.folder / "ibis" / level, threads=RESOURCES.threads,
            )  # fmt: skip

    def kernel(self, level: Level) -> None:
        sweep.values_on(
            self._facts(level), self._catalogue(level), county.LAST_DAY,
            self.folder / "kernel" / level, threads=RESOURCES.threads,
        )  # fmt: skip

    def history(self, level: Level) -> None:
        first = dates.add_months(county.LAST_DAY, -35)
        ends = list(dates.month_ends(first, county.LAST_DAY))
        history_on(
            self._facts(level), self._catalogue(level), ends, self.folder / "history" / level,
            threads=RESOURCES.threads,
        )  # fmt: skip

    def warm(self) -> None:
        """Load what is loaded once a process: the engine, and the compiled sweep."""
        with tempfile.TemporaryDirectory() as name, self._engine() as engine:
            engine.arrow(engine.table(pa.table({"one": [1]}), "one"))
            catalogue, folder = self._catalogue("person"), Path(name)
            facts = FactsFolder(folder)
            facts.describe(1, facts.write([], 1), [])
            sweep.values_on(facts, catalogue, county.LAST_DAY, folder / "values")
            history_on(facts, catalogue, [county.LAST_DAY], folder / "history")

    def _engine(self) -> Any:
        return open_engine("duckdb", RESOURCES, spill_to=self.folder)

    def _catalogue(self, level: Level) -> Catalogue:
        return Catalogue(self.policy, level)

    def _facts(self, level: Level) -> FactsFolder:
        return FactsFolder(self.folder / level)


# --- measuring -------------------------------------------------------------------------------


def run_step(step: str, folder: Path, size: county.Size) -> None:
    steps = Steps(folder, size)
    steps.warm()
    tell({level: partial(getattr(steps, step), level) for level in LEVELS})


def main() -> None:
    arguments = parse()
    size = county.Size(arguments.people, arguments.families, arguments.parts)
    if arguments.step:
        run_step(arguments.step, Path(arguments.folder), size)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        report(Path(name), size, arguments.repeat)


def _words(step: str, folder: Path, size: county.Size) -> list[str]:
    return ["--step", step, "--folder", str(folder), "--people", str(size.people),
            "--families", str(size.families), "--parts", str(size.parts)]  # fmt: skip


def parse() -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    defaults = county.Size()
    parser.add_argument("--people", type=int, default=defaults.people)
    parser.add_argument("--families", type=int, default=defaults.families)
    parser.add_argument("--parts", type=int, default=defaults.parts)
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of each step; the median counts"
    )
    parser.add_argument("--folder", help="where to work; a temporary folder without it")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    return parser.parse_args()


def report(folder: Path, size: county.Size, repeat: int) -> None:
    print(f"{size.people:,} people, {size.families:,} families, {size.parts:,} parts in events")
    policy = read_policy()
    for level in LEVELS:
        print(f"{len(Catalogue(policy, level).questions)} indicators of a {level}")
    county.make_apart(folder, size)
    print(f"{'step':26} {'person s':>9} {'family s':>9} {'both s':>8} {'cpu s':>8} {'peak GB':>8} "
          f"{'x scan':>7}")  # fmt: skip
    base = 0.0
    for step in STEPS:
        runs = 1 if step in ("store", "two_stage") else repeat
        row = median_run(runs, lambda step=step: measured(__file__, _words(step, folder, size)))
        person, family = (row["parts"][level] for level in LEVELS)
        base = row["wall"] if step == "scan" else base
        ratio = f"{row['wall'] / base:7.1f}" if base else ""
        print(f"{TITLES[step]:26} {person:9.2f} {family:9.2f} {row['wall']:8.2f} "
              f"{row['cpu']:8.2f} {row['peak_gb']:8.2f} {ratio}", flush=True)  # fmt: skip
        if step == "store":
            facts = [sum(pq.read_metadata(p.path).num_rows for p in FactsFolder(folder / level).parts())
                     for level in LEVELS]  # fmt: skip
            print(f"stored facts: {facts[0]:,} of persons, {facts[1]:,} of families")


if __name__ == "__main__":
    main()
