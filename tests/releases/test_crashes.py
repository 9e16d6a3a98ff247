"""Whatever stops a run, the last good release is as it was, and the same command goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kithkin.releases import Workspace, run, verify
from kithkin.releases.workspace import PARTIAL
from releases import crash, made

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The release that a run gives which nothing stops."""
    folder = tmp_path_factory.mktemp("undisturbed") / "workspace"
    place = made.copied(made.corner_release()[0], folder)
    return made.contents(run(made.corner_feeds(), made.NEXT, place, made.options()))


def left_over(place: Workspace) -> list[str]:
    return [path.name for path in place.root.rglob(f"{PARTIAL}*")]


@pytest.mark.slow
def test_a_run_killed_at_any_step_leaves_whole_releases_and_is_taken_up_again(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    workspace, first = made.corner_release()
    place = made.copied(workspace, tmp_path / "workspace")
    done = subprocess.run(
        [sys.executable, crash.__file__, made.corner_feeds(), place.root, made.policy_folder(),
         made.NEXT.isoformat()],
        env={**os.environ, "PYTHONPATH": str(TESTS)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    *killed, last = found
    assert {each["status"] for each in killed} == {signal.SIGKILL}
    assert len(killed) > 20
    assert last["status"] == 0
    for each in found:
        assert each["latest"] in each["releases"]
        assert not any(each["releases"].values())
    assert {each["latest"] for each in killed} == {first.id, last["latest"]}
    assert made.contents(place.release()) == undisturbed
    assert made.contents(place.release(first.id)) == made.contents(first)
    assert left_over(place) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "error"), [(crash.interrupt, KeyboardInterrupt), (crash.fill_the_disk, OSError)]
)
def test_a_run_stopped_by_ctrl_c_or_a_full_disk_leaves_nothing_half_done(
    tmp_path: Path,
    undisturbed: dict[str, bytes],
    act: Callable[[], None],
    error: type[BaseException],
) -> None:
    workspace, first = made.corner_release()
    place = made.copied(workspace, tmp_path / "workspace")
    stopped = 0
    for at in (1, 8, 12, 14, 16, 18, 20, *range(22, 29), 1000):
        stop = crash.Stop(at, act)
        try:
            with crash.watched(stop):
                run(made.corner_feeds(), made.NEXT, place, made.options(progress=stop))
        except error:
            stopped += 1
        found = crash.state(place)
        assert not any(found["releases"].values())
        assert found["latest"] in found["releases"]
        assert not [name for name in left_over(place) if not name.endswith(("latest", "SUMS"))]
    assert stopped >= 10
    assert made.contents(place.release()) == undisturbed
    assert verify(place, place.release(first.id)).identical


def test_a_release_whose_pointer_was_not_written_is_whole_already(tmp_path: Path) -> None:
    workspace, first = made.corner_release()
    place = made.copied(workspace, tmp_path / "workspace")
    (place.root / "latest").unlink()
    assert verify(place, place.release(first.id)).identical
    assert run(made.corner_feeds(), made.AS_OF, place, made.options()).id == place.latest()
