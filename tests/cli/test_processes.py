"""Commands as processes: broken feeds, a full disk, Ctrl-C. The last release stays as it was."""

from __future__ import annotations

import resource
import signal
import time
from pathlib import Path

import pytest

from cli.commands import alone, most_memory_of_children
from county.build import FEEDS as COUNTY
from feeds.broken import BROKEN, build
from kithkin.releases import Workspace, verify
from releases import made

pytestmark = pytest.mark.slow
REFUSED = [name for name, broken in BROKEN.items() if broken.refused]
MEMORY = 1200 << 20


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return made.copied(made.corner_release()[0], tmp_path / "workspace")


def as_it_was(place: Workspace) -> bool:
    workspace, release = made.corner_release()
    same = made.contents(place.release(release.id)) == made.contents(release)
    return (
        same and place.latest() == workspace.latest() and verify(place, place.release()).identical
    )


@pytest.mark.parametrize("name", REFUSED)
def test_broken_feeds_are_refused_by_name_within_bounded_memory(
    tmp_path: Path, place: Workspace, name: str
) -> None:
    build(name, tmp_path / "feeds")
    process = alone("run", "feeds", "--as-of", made.AS_OF, "--workspace", place.root,
                    folder=tmp_path)  # fmt: skip
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert out == ""
    assert BROKEN[name].file in err
    assert "Traceback" not in err
    assert as_it_was(place)
    assert most_memory_of_children() < MEMORY


@pytest.mark.parametrize("most", [2_000, 12_000])
def test_a_disk_that_takes_no_more_says_what_to_do(
    tmp_path: Path, place: Workspace, most: int
) -> None:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    process = alone("run", COUNTY, "--as-of", made.AS_OF, "--workspace", place.root,
                    folder=tmp_path, preexec_fn=limited)  # fmt: skip
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "takes no file of this size" in err
    assert "run the same command again" in " ".join(err.split())
    assert "Traceback" not in err
    assert as_it_was(place)


def test_ctrl_c_stops_a_run_and_the_same_command_goes_on(tmp_path: Path, place: Workspace) -> None:
    words = ["run", made.corner_feeds(), "--as-of", made.NEXT, "--workspace", place.root,
             "--policy", made.policy_folder(), "--history", 2]  # fmt: skip
    process = alone(*words, folder=tmp_path)
    deadline = time.monotonic() + 60
    while not list(place.root.glob("stages/.partial-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped. The last release is as it was" in err
    assert "Traceback" not in err
    assert as_it_was(place)
    assert not list(place.root.glob("stages/.partial-*"))
    process = alone(*words, folder=tmp_path)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert place.latest() != made.corner_release()[1].id
    assert verify(place, place.release()).identical
