"""How fast are all indicators, at one as-of date and at 36, beside what nothing can beat.

`python bench/indicators.py` makes a county (`county.py`), stores its facts, and prints wall
time, processor time and peak memory of each step, each in a process of its own, with ratios to
a scan of the same columns in the same run. Nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent))

import county
from kithkin.engine import Resources, open_engine
from kithkin.indicators import Catalogue, FactsFolder, history_on, portable, sweep
from kithkin.indicators.facts import store_coded
from kithkin.model import dates
from kithkin.policy import read_policy
from two_stage import two_stage_query

RESOURCES = Resources(memory="6GB", threads=os.cpu_count() or 1)
LEVELS = ("person", "family")


def make(folder: Path, size: county.Size) -> None:
    county.make(folder, read_policy(), size)


def store(folder: Path, size: county.Size, level: str) -> None:
    catalogue = Catalogue(read_policy(), level)  # type: ignore[arg-type]
    with open_engine("duckdb", RESOURCES, spill_to=folder) as engine:
        part = engine.read(folder / "part.parquet", "part")
        subjects = size.people
        if level == "family":
            person = engine.read(folder / "person.parquet", "person")
            joined = part.join(person, "subject")
            part = joined.drop("subject").rename(subject="family").select(part.columns)
            subjects = size.families
        store_coded(engine, part, subjects, catalogue, folder / level)


def scan(folder: Path, size: county.Size, level: str) -> None:
    """Decode and touch the columns that an answer needs, and nothing else."""
    del size
    with open_engine("duckdb", RESOURCES, spill_to=folder) as engine:
        columns = ["subject", "occurred", "known", "superseded", "reach", "ended", "end_known",
                   "value", "agency", "kind", "signature"]  # fmt: skip
        sums = ", ".join(f"sum({column})" for column in columns)
        files = str(folder / level / "part-*.parquet")
        engine.connection.sql(f"select {sums} from read_parquet('{files}')").fetchall()


def ibis_path(folder: Path, size: county.Size, level: str) -> None:
    del size
    catalogue = Catalogue(read_policy(), level)  # type: ignore[arg-type]
    with open_engine("duckdb", RESOURCES, spill_to=folder) as engine:
        portable.values_on(
            engine, FactsFolder(folder / level), catalogue, county.LAST_DAY, folder / f"ibis-{level}",
            threads=RESOURCES.threads,
        )  # fmt: skip


def kernel_path(folder: Path, size: county.Size, level: str) -> None:
    del size
    catalogue = Catalogue(read_policy(), level)  # type: ignore[arg-type]
    sweep.values_on(
        FactsFolder(folder / level), catalogue, county.LAST_DAY, folder / f"kernel-{level}",
        threads=RESOURCES.threads,
    )  # fmt: skip


def history(folder: Path, size: county.Size, level: str) -> None:
    del size
    catalogue = Catalogue(read_policy(), level)  # type: ignore[arg-type]
    first = dates.add_months(county.LAST_DAY, -35)
    ends = list(dates.month_ends(first, county.LAST_DAY))
    runs = history_on(
        FactsFolder(folder / level), catalogue, ends, folder / f"history-{level}",
        threads=RESOURCES.threads,
    )  # fmt: skip
    print(json.dumps({"dates": len(ends), "runs": runs}), file=sys.stderr)


def two_stage(folder: Path, size: county.Size, level: str) -> None:
    """120 indicators by hand: person and kind first, then conditions over that."""
    del size, level
    with open_engine("duckdb", RESOURCES, spill_to=folder) as engine:
        query = two_stage_query(str(folder / "part.parquet"), dates.day_number(county.LAST_DAY))
        target = folder / "two-stage.parquet"
        engine.connection.execute(f"copy ({query}) to '{target}' (compression zstd)").fetchall()


STEPS: dict[str, Callable[..., None]] = {
    "store": store,
    "scan": scan,
    "two_stage": two_stage,
    "ibis": ibis_path,
    "kernel": kernel_path,
    "history": history,
}


# --- measuring -------------------------------------------------------------------------------


def measured(step: str, level: str, folder: Path, size: county.Size) -> dict[str, float]:
    """Run a step in a process of its own; wall and processor seconds and peak memory of it.

    Seconds are the step's own, from opening files to written output; the start of Python and
    its imports are left out.
    """
    command = [sys.executable, __file__, "--step", step, "--level", level, "--folder", str(folder),
               *_size_arguments(size)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watched, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.Error:
            break
        time.sleep(0.02)
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{step} {level} failed")
    return {**json.loads(out.splitlines()[-1]), "peak_gb": peak / 1e9}


def _size_arguments(size: county.Size) -> list[str]:
    return ["--people", str(size.people), "--families", str(size.families),
            "--parts", str(size.parts)]  # fmt: skip


def run_step(step: str, level: str, folder: Path, size: county.Size) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    STEPS[step](folder, size, level)
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps(took))


def main() -> None:
    arguments = parse()
    size = county.Size(arguments.people, arguments.families, arguments.parts)
    if arguments.step:
        run_step(arguments.step, arguments.level, Path(arguments.folder), size)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        report(Path(name), size, arguments.repeat)


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
    parser.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--level", choices=LEVELS, default="person", help=argparse.SUPPRESS)
    return parser.parse_args()


def report(folder: Path, size: county.Size, repeat: int) -> None:
    print(f"{size.people:,} people, {size.families:,} families, {size.parts:,} parts in events")
    make(folder, size)
    base: dict[str, float] = {}
    print(f"{'step':30} {'wall s':>8} {'cpu s':>8} {'peak GB':>8} {'x scan':>8}")
    for step, level, runs in plan(repeat):
        rows = [measured(step, level, folder, size) for _ in range(runs)]
        row = sorted(rows, key=lambda r: r["wall"])[len(rows) // 2]
        if step == "scan":
            base[level] = row["wall"]
        ratio = f"{row['wall'] / base[level]:8.1f}" if level in base else f"{'':8}"
        print(f"{step + ' ' + level:30} {row['wall']:8.2f} {row['cpu']:8.2f} "
              f"{row['peak_gb']:8.2f} {ratio}", flush=True)  # fmt: skip


def plan(repeat: int) -> list[tuple[str, str, int]]:
    steps = [("store", level, 1) for level in LEVELS]
    steps += [("scan", level, repeat) for level in LEVELS]
    steps += [("two_stage", "person", 1)]
    steps += [(path, level, repeat) for path in ("ibis", "kernel") for level in LEVELS]
    return steps + [("history", level, 1) for level in LEVELS]


if __name__ == "__main__":
    main()
