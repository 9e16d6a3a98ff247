"""Every set, every linker: `python -m bench.linkage [--set NAME ...] [--json] [--write]`.

`--write` puts the table between the markers of docs/people.md.
"""

from __future__ import annotations

import argparse
import json
import sys

from bench.linkage.measuring import ROOT, measured
from bench.linkage.one import LINKERS
from bench.linkage.page import errors_lines, put_between, table_lines
from bench.linkage.sets import MissingSetError, linkage_set, set_names

PAGE = ROOT / "docs" / "people.md"


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--set", action="append", choices=set_names(), help="only this; repeatable")
    words.add_argument("--json", action="store_true")
    words.add_argument("--write", action="store_true", help="put the table into docs/people.md")
    given = words.parse_args()
    answers = [
        measured("bench.linkage.one", [name, linker])
        for name in given.set or set_names()
        if _there(name)
        for linker in LINKERS
    ]
    if given.json:
        print(json.dumps(answers))
    else:
        print("\n".join([*table_lines(answers), "", *errors_lines(answers)]))
    if given.write:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(put_between(text, table_lines(answers)), encoding="utf-8")


def _there(name: str) -> bool:
    try:
        linkage_set(name)
    except MissingSetError as missing:
        print(f"{name} left out: {missing}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    main()
