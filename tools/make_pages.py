"""Make the synthetic pages in docs/pages from a release of a simulated county.

    python tools/make_pages.py RELEASE [--pictures]

RELEASE is the folder of a release whose county was simulated, such as the one that `make demo`
leaves in its workspace. Which persons are shown is settled by rule, so that nobody chose a page that
looks well: of each sort, the first by score, then by id. `--pictures` also takes a picture of each page,
with the Chromium on the path.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from kithkin.engine import write_text
from kithkin.policy.themes import TrackName
from kithkin.releases import Release
from kithkin.releases.stories import story_page, theme_story

FOLDER = Path(__file__).parents[1] / "docs" / "pages"
NOTE = "A synthetic county: nobody on this page is real"
LEAST_NETWORK = 5.0  # points that others add, of the page that shows what the network does
PICTURE = "1000,2600"  # points wide and high


@dataclass(frozen=True)
class Page:
    """A page of the documents: its file, theme and track, and whom it may show."""

    file: str
    title: str
    theme: str
    fits: Callable[[dict[str, Any]], bool]
    track: TrackName = "victim"


PAGES = (
    Page(
        "exploitation.html",
        "Child sexual exploitation: own evidence, and people around who add to it",
        "cse",
        lambda row: bool(row["index"] > 0 and row["network_points"] >= LEAST_NETWORK),
    ),
    Page(
        "emerging.html",
        "Criminal exploitation: nothing of one's own, and much from the network",
        "cce",
        lambda row: bool(row["emerging"]),
    ),
    Page("neglect.html", "Neglect: what several agencies hold of one child", "neglect", bool),
)


def main() -> None:
    """Read the arguments, write the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", type=Path)
    parser.add_argument("--pictures", action="store_true")
    given = parser.parse_args()
    release = Release(given.release)
    for page in PAGES:
        story = theme_story(release, _whom(release, page), page.theme, page.track)
        target = FOLDER / page.file
        write_text(story_page(story, note=NOTE), target)
        print(f"{target.name}: {story.person_id}, {story.score:.1f}")
        if given.pictures:
            take_picture(target)


def _whom(release: Release, page: Page) -> str:
    of_theme = [("theme", "=", page.theme), ("track", "=", page.track)]
    rows = pq.read_table(release.table("score"), filters=of_theme).to_pylist()
    fitting = sorted((-row["score"], row["person_id"]) for row in rows if page.fits(row))
    if not fitting:
        raise SystemExit(f"{release.id} has nobody for {page.file}; take a larger county.")
    return str(fitting[0][1])


def take_picture(page: Path) -> None:
    """Take a picture of a page with Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium is not on the path; install it or leave --pictures.")
    target = page.with_suffix(".png")
    subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--hide-scrollbars", f"--screenshot={target}",
         f"--window-size={PICTURE}", page.as_uri()],
        check=True, capture_output=True,
    )  # fmt: skip


if __name__ == "__main__":
    main()
