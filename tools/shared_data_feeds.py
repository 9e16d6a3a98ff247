"""Writes a feeds folder of all the outside files: `python tools/shared_data_feeds.py OUT`.

With it `kithkin check OUT` shows that every row of them loads or is set aside. The files are
linked where the disk allows it and copied where not. feeds.toml and mappings are the examples',
with a feed more for each of the two small census samples, which are of other years.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLES = REPOSITORY / "examples" / "feeds"
FILES = (
    "annex_a/*.xlsx", "cin_census/*.xml", "ssda903/*.csv", "school_census/*.csv",
    "linkage/csc.csv", "linkage/education.csv",
)  # fmt: skip


SAMPLES = """
[[feed]]
name = "cin-sample-2021"
agency = "social_care"
contract = "cin_census"
files = ["cin_census/CIN_Census_2021.xml"]
extracted_on = 2023-05-23
gateway = "children_act_2004"

[[feed]]
name = "cin-sample-2024"
agency = "social_care"
contract = "cin_census"
files = ["cin_census/CIN_Census_2024.xml"]
extracted_on = 2024-05-23
gateway = "children_act_2004"
"""


def write_feeds(data: Path, out: Path) -> int:
    """Write the folder `out` from the outside files in `data`; gives how many files.

    Raises `FileNotFoundError` when one of them is missing, `FileExistsError` when `out` exists.
    """
    out.mkdir(parents=True)
    feeds = (EXAMPLES / "feeds.toml").read_text(encoding="utf-8")
    feeds = feeds.replace("cin_census/*.xml", "cin_census/fake_CIN_data.xml") + SAMPLES
    (out / "feeds.toml").write_text(feeds, encoding="utf-8")
    shutil.copytree(EXAMPLES / "mappings", out / "mappings")
    written = 0
    for pattern in FILES:
        found = sorted(data.glob(pattern))
        if not found:
            raise FileNotFoundError(f"{data} holds no {pattern}; set KITHKIN_SHARED_DATA")
        for source in found:
            place(source, out / source.relative_to(data))
            written += 1
    return written


def place(source: Path, target: Path) -> None:
    """Link a file, or copy it when it lies on another disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say into which new folder: python tools/shared_data_feeds.py OUT")
    beside = REPOSITORY.parent / "shared" / "data"
    shared = Path(os.environ.get("KITHKIN_SHARED_DATA", beside))
    print(f"{write_feeds(shared, Path(sys.argv[1]))} files in {sys.argv[1]}")
