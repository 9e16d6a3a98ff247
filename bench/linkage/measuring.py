"""A piece of work in a process of its own: what it answers, and its peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
LOOKS = 0.02  # seconds between two looks at the memory


def measured(module: str, words: Sequence[str]) -> dict[str, Any]:
    """Run a module that prints one line of JSON last; give that, and `peak_mb` of its memory.

    Raises `SystemExit` when the process fails.
    """
    command = [sys.executable, "-W", "ignore", "-m", module, *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    peak = _watched(process)
    said = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"{module} {' '.join(words)} failed with status {process.returncode}")
    answer: dict[str, Any] = json.loads(said.splitlines()[-1])
    return answer | {"peak_mb": round(peak / 1e6)}


def _watched(process: subprocess.Popen[str]) -> int:
    """Wait for a process; give the most memory in bytes that it held."""
    watched, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.Error:
            break
        time.sleep(LOOKS)
    process.wait()
    return peak
