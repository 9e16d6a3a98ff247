"""What long work tells whoever waits for it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of each stage: its start with the number of steps, each step, and its end."""

    def start(self, stage: str, steps: int) -> None:
        """A stage begins; `steps` is 0 when they cannot be counted."""

    def step(self, stage: str, note: str = "") -> None:
        """One step is done."""

    def finish(self, stage: str, *, kept: bool) -> None:
        """A stage is done; `kept` when an earlier run had done it already."""


class SilentProgress:
    """Tells nobody."""

    def start(self, stage: str, steps: int) -> None:
        """Say nothing."""

    def step(self, stage: str, note: str = "") -> None:
        """Say nothing."""

    def finish(self, stage: str, *, kept: bool) -> None:
        """Say nothing."""
