"""A stage of a benchmark in a process of its own: how long, how much processor, how much memory.

A bench calls `measured` for each stage, and its own process for that stage calls `tell`. Memory
is the most that the process ever held, by the kernel's count: Python, the libraries and mapped
files included.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kithkin.engine import Resources

RESOURCES = Resources(memory="6GB", threads=os.cpu_count() or 1)


def measured(script: str, words: Sequence[str]) -> dict[str, Any]:
    """Run a script that ends by `tell`; give what it told, and `peak_gb`.

    Raises `SystemExit` when the process fails.
    """
    command = [sys.executable, "-W", "ignore", script, *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{script} {' '.join(words)} failed with status {process.returncode}")
    return {**json.loads(said.splitlines()[-1]), "peak_gb": used.ru_maxrss * 1024 / 1e9}


def tell(works: Mapping[str, Callable[[], Mapping[str, float] | None]]) -> None:
    """Do pieces of work and print, as a line of JSON, what each took and counted."""
    took, counted = {}, {}
    cpu = time.process_time()
    for name, work in works.items():
        wall = time.perf_counter()
        counted.update(work() or {})
        took[name] = time.perf_counter() - wall
    cpu = time.process_time() - cpu
    print(json.dumps({"parts": took, "wall": sum(took.values()), "cpu": cpu, "counted": counted}))


def median_run(runs: int, once: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run several times; give the run of median wall time."""
    rows = sorted((once() for _ in range(runs)), key=lambda row: row["wall"])
    return rows[len(rows) // 2]
