"""Stops a run at its n-th step: by killing the process, by Ctrl-C, or with a full disk.

A step is whatever a run tells its progress, and each file or folder that takes its place. Run as
a script, it kills run after run, each one step later than the one before, until one is done, and
prints a line of JSON about the workspace after each.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

from kithkin.engine import Resources
from kithkin.releases import RunOptions, Workspace, run, verify
from kithkin.releases.hashing import code_fingerprint, dependency_versions


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt() -> None:
    raise KeyboardInterrupt


def fill_the_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Stop:
    """A progress that acts at its n-th step."""

    def __init__(self, at: int, act: Callable[[], None]) -> None:
        self.left, self.act = at, act

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.act()

    def start(self, stage: str, steps: int) -> None:
        self.count()

    def step(self, stage: str, note: str = "") -> None:
        self.count()

    def finish(self, stage: str, *, kept: bool) -> None:
        self.count()


@contextmanager
def watched(stop: Stop) -> Iterator[None]:
    """Count each rename as a step, made before the rename is."""
    with mock.patch.multiple(
        Path, rename=_counting(stop, Path.rename), replace=_counting(stop, Path.replace)
    ):
        yield


def _counting(stop: Stop, move: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    def moved(self: Path, target: Path) -> Path:
        stop.count()
        return move(self, target)

    return moved


def state(workspace: Workspace) -> dict[str, Any]:
    """Say what somebody would find in the workspace."""
    return {
        "latest": workspace.latest(),
        "releases": {r.id: list(verify(workspace, r).differences) for r in workspace.releases()},
    }


class AtTheEnd(Stop):
    """Acts when all is done but for telling so."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__(0, act)

    def finish(self, stage: str, *, kept: bool) -> None:
        if stage == "publish":
            self.act()


def main(feeds: Path, place: Path, policy: Path, as_of: date) -> None:
    """Kill at one step after another until a run comes through, then at the end; then run."""
    code_fingerprint(), dependency_versions()  # once, for all the children

    def told(stop: Stop) -> int:
        child = os.fork()
        if child == 0:
            options = RunOptions(policy, 2, 1, "duckdb", Resources("1GB", 1), stop)
            with watched(stop):
                run(feeds, as_of, Workspace(place), options)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        return status

    def tell(status: int) -> None:
        sys.stdout.write(json.dumps({"status": status, **state(Workspace(place))}) + "\n")
        sys.stdout.flush()

    for at in range(1, 1000):
        status = told(Stop(at, kill))
        if not os.WIFSIGNALED(status):
            break
        tell(status)
    tell(told(AtTheEnd(kill)))
    tell(told(Stop(0, kill)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), date.fromisoformat(sys.argv[4]))
