"""How fast a county is simulated and how much memory it takes, beside plainly writing its rows.

The baseline draws as many random rows of four small columns as the county has event rows, and
writes them as Parquet in the same way: what nothing that makes such a table can beat by much.
Each figure is of a process of its own; ratios are to the baseline of the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BASELINE = """
import sys
from pathlib import Path
import numpy as np, pyarrow as pa
from kithkin.simulation.event_rows import write_stream
rows, chunk = int(sys.argv[1]), 262_144
draws = np.random.Generator(np.random.Philox(1))
def batches():
    for start in range(0, rows, chunk):
        n = min(chunk, rows - start)
        yield pa.record_batch({
            "person": draws.integers(0, 640_000, n, dtype=np.int32),
            "day": draws.integers(18_000, 20_000, n, dtype=np.int32),
            "kind": draws.integers(0, 40, n, dtype=np.int8),
            "value": draws.integers(0, 10, n, dtype=np.int8)})
write_stream(Path(sys.argv[2]), batches())
"""
SMALL = """
import time
from kithkin.simulation import Plan, make_county
from kithkin.simulation.sending.one_agency import AGENCIES
plan = Plan(5_000, 3, 1)
settings = plan.read_settings()
make_county(Plan(600, 1, 1))  # imports and shipped tables, once a process
began = time.perf_counter()
county = make_county(plan)
made = time.perf_counter()
rows = sum(len(file) for files in AGENCIES.values() for file in files(county, settings))
print(made - began, time.perf_counter() - began, rows)
"""


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=640_000)
    words.add_argument("--runs", type=int, default=3)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "county"
        events = [_simulate(out, given.people, "--events-only") for _ in range(given.runs)]
        whole = [_simulate(out, given.people) for _ in range(given.runs)]
        rows = events[0][2]
        plain = [_measured(BASELINE, str(rows), str(Path(folder) / "x.parquet"))
                 for _ in range(given.runs)]  # fmt: skip
    small = [_small() for _ in range(given.runs)]
    base = _median([run[0] for run in plain])
    print(f"{given.people:,} people, three years, {rows:,} event rows; median of {given.runs}\n")
    print("| what | seconds | times the baseline | peak MB |\n| --- | --- | --- | --- |")
    for name, runs in (
        ("as many random rows, written plainly", plain),
        ("the county, its events and truth as Parquet", events),
        ("the same, and every agency's own files, returns and texts", whole),
    ):
        seconds, peak = _median([r[0] for r in runs]), _median([r[1] for r in runs])
        print(f"| {name} | {seconds:.1f} | {seconds / base:.1f} | {peak:.0f} |")
    made, sent = (_median([run[i] for run in small]) for i in (0, 1))
    print(f"\n5,000 people in memory: {made:.2f} s; with what every agency holds: {sent:.2f} s")


def _simulate(out: Path, people: int, *more: str) -> tuple[float, float, int]:
    shutil.rmtree(out, ignore_errors=True)
    program = "from kithkin.cli import main; main()"
    seconds, peak, said = _measured(
        program, "simulate", str(out), "--people", str(people), "--json", *more
    )
    return seconds, peak, json.loads(said)["events"]


def _measured(program: str, *words: str) -> tuple[float, float, str]:
    """Run a program; give its seconds, its peak memory in MB and what it printed."""
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", program, *words], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    said = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"the county could not be made: status {status}")
    return time.perf_counter() - began, used.ru_maxrss / 1024, said


def _small() -> tuple[float, float]:
    made, sent, _ = _measured(SMALL)[2].split()
    return float(made), float(sent)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()
