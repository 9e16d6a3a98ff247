"""Cuts the outside files down to the example feeds: `python examples/make_cut.py`.

Reads ../shared/data beside the repository, or the folder that KITHKIN_SHARED_DATA names, and
writes examples/feeds. Whole rows are kept or left out; no cell is changed.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable
from pathlib import Path

FEEDS = Path(__file__).resolve().parent / "feeds"
BESIDE_THE_REPOSITORY = FEEDS.parents[2] / "shared" / "data"

# Copied as they are.
WHOLE = {
    "annex_a/Annex_A_2024_Jan.xlsx": "annex_a",
    "cin_census/fake_CIN_data.xml": "cin_census",
    "linkage/csc.csv": "linkage",
    "linkage/education.csv": "linkage",
}
SCHOOLS = {"SCH4", "SCH8"}  # the two smallest
# Every looked-after child of the files that few children are in, so that none comes out empty ...
RARE = ("ad1", "placed_for_adoption", "missing", "oc3")
ONE_IN = 12  # ... and one in twelve of the rest.

Row = dict[str, str]


def main() -> None:
    """Write the example feeds' data; feeds.toml, mappings and licences are kept by hand."""
    data = Path(os.environ.get("KITHKIN_SHARED_DATA", BESIDE_THE_REPOSITORY))
    for name, folder in WHOLE.items():
        (FEEDS / folder).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(data / name, FEEDS / name)
    children = chosen_children(data / "ssda903")
    cut(data, "ssda903", lambda row: row["CHILD"] in children)
    cut(data, "school_census", lambda row: row["NativeId"] in SCHOOLS)


def chosen_children(folder: Path) -> set[str]:
    """Choose the looked-after children whose rows are kept in all ten files."""
    chosen = {row["CHILD"] for name in RARE for row in rows_of(folder / f"{name}.csv")[1]}
    return chosen | {row["CHILD"] for row in rows_of(folder / "header.csv")[1][::ONE_IN]}


def cut(data: Path, folder: str, keep: Callable[[Row], bool]) -> None:
    """Write each CSV file of a folder with the rows to keep, in their order."""
    (FEEDS / folder).mkdir(parents=True, exist_ok=True)
    for source in sorted((data / folder).glob("*.csv")):
        header, rows = rows_of(source)
        with (FEEDS / folder / source.name).open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(row for row in rows if keep(row))


def rows_of(path: Path) -> tuple[list[str], list[Row]]:
    """Read a CSV file: its header, and a mapping a row."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        return list(reader.fieldnames or []), list(reader)


if __name__ == "__main__":
    main()
