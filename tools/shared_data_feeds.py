"""Writes a feeds folder of all the outside files: `python tools/shared_data_feeds.py OUT`.

With it `kithkin check OUT` shows that every row of them loads or is set aside. The files are
linked where the disk allows it and copied where not. feeds.toml and mappings are the examples'.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLES = REPOSITORY / "examples" / "feeds"
FILES = (
    "annex_a/*.xlsx", "cin_census/fake_CIN_data.xml", "ssda903/*.csv", "school_census/*.csv",
    "linkage/csc.csv", "linkage/education.csv",
)  # fmt: skip


def write_feeds(data: Path, out: Path) -> int:
    """Write the folder `out` from the outside files in `data`; gives how many files.

    Raises `FileNotFoundError` when one of them is missing, `FileExistsError` when `out` exists.
    """
    out.mkdir(parents=True)
    shutil.copyfile(EXAMPLES / "feeds.toml", out / "feeds.toml")
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
