"""Runs commands as somebody would type them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kithkin.cli import main

COMMAND = [sys.executable, "-c", "from kithkin.cli import main; main()"]


@dataclass(frozen=True)
class Said:
    """What a command printed, and the status that it ended with."""

    status: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """What went to standard error, without the frame and the line breaks of a terminal."""
        return " ".join(self.err.replace("│", " ").split())


@dataclass(frozen=True)
class Typed:
    """Types commands in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> Said:
        self.monkeypatch.setattr(sys, "argv", ["kithkin", *map(str, words)])
        self.capsys.readouterr()
        try:
            main()
            status: Any = 0
        except SystemExit as end:
            status = end.code or 0
        return Said(status, *self.capsys.readouterr())


def alone(*words: object, folder: Path, **more: Any) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [*COMMAND, *map(str, words)],
        cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "COLUMNS": "200"}, **more,
    )  # fmt: skip


def most_memory_of_children() -> int:
    """Give the most bytes that any process started here has held at once."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
