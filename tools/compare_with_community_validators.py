"""Compares the rules that Kithkin's adapters report with the sector's own validators.

Makes an environment of its own (the validators need old releases of pandas and numpy), runs the
validators of the SSDA903 and of the children in need census over the same files as Kithkin's
adapters, and prints a table: rule, Kithkin's count, the validator's count, and the reason for any
difference. Reasons are data: community_validators/reasons.toml. A difference without a reason
makes the exit code 1, and so does a reason for a difference that is no more.

    python tools/compare_with_community_validators.py --data DATA --environment FOLDER

DATA holds the folders `ssda903` and `cin_census` of the outside data. Needs a network the first
time, to install the two packages.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tomllib
import venv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from kithkin.feeds import cin_census, ssda903
from kithkin.feeds.delivery import DeliveredFile, Delivery
from kithkin.feeds.loading import Loader
from kithkin.feeds.ssda903.layout import table_of

HERE = Path(__file__).parent / "community_validators"
Counts = Mapping[str, Mapping[str, int]]  # rule -> place (a table or a column) -> rows

# The validators' earliest rules come closest to the files: the return is of 2017-18, the census
# of 2021-22. The authority only matters to rules about placements inside it.
RULESET, YEAR_903, AUTHORITY = "2023", 2018, "E10000013"
EXTRACTED_903, EXTRACTED_CIN = date(2018, 6, 30), date(2022, 7, 31)


@dataclass(frozen=True)
class Line:
    """One rule, compared."""

    collection: str
    rule: str
    ours: int
    theirs: int
    reason: str | None

    @property
    def settled(self) -> bool:
        """Say if the counts agree without a reason, or differ with one."""
        return (self.ours == self.theirs) == (self.reason is None)


def main() -> int:
    """Run the comparison; give the exit code."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--environment", type=Path, required=True)
    chosen = options.parse_args()
    python = environment(chosen.environment)
    lines = [*_compare_903(python, chosen.data / "ssda903")]
    lines += _compare_cin(python, chosen.data / "cin_census" / "fake_CIN_data.xml")
    print("\n".join(_table(lines)))
    unsettled = [line for line in lines if not line.settled]
    for line in unsettled:
        print(f"{line.collection} {line.rule}: needs a reason, or has one that no longer holds.",
              file=sys.stderr)  # fmt: skip
    return 1 if unsettled else 0


def environment(folder: Path) -> Path:
    """Make the validators' environment, unless it stands; give its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--requirement"]
    subprocess.run([*pip, str(HERE / "requirements.txt")], check=True)
    return python


def judge(python: Path, *arguments: str) -> Counts:
    """Run a validator over files; give the rows that each rule flags, by place."""
    command = [str(python), str(HERE / "judge.py"), *arguments]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    counts: Counts = json.loads(ran.stdout)
    return counts


# --- the two collections ---------------------------------------------------------------------


def _compare_903(python: Path, folder: Path) -> Iterable[Line]:
    files = sorted(folder.glob("*.csv"))
    theirs = judge(python, "903", RULESET, str(YEAR_903), AUTHORITY, *map(str, files))
    tables = {path.name: _table_of(path) for path in files}
    findings = _findings(ssda903.read_ssda903, files, EXTRACTED_903, {"year_ending": YEAR_903})
    ours = _counts(findings, lambda finding: tables[finding["file"]])
    return _compare("903", ours, theirs, ssda903.RULES)


def _table_of(path: Path) -> str:
    header = path.read_text(encoding="utf-8-sig").splitlines()[0]
    return table_of(frozenset(header.split(","))) or path.name


def _compare_cin(python: Path, file: Path) -> Iterable[Line]:
    theirs = judge(python, "cin", RULESET, str(file))
    findings = _findings(cin_census.read_cin_census, [file], EXTRACTED_CIN, {})
    ours = _counts(findings, lambda finding: finding["column"] or "")
    return _compare("CIN", ours, theirs, cin_census.RULES)


def _findings(
    adapter: Callable[[Delivery, Loader], None],
    files: Iterable[Path],
    extracted_on: date,
    options: Mapping[str, Any],
) -> list[dict[str, Any]]:
    sent = tuple(
        DeliveredFile(path, path.name, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in files
    )
    delivery = Delivery("compared", "social_care", "", sent, extracted_on, "", options=options)
    found: list[dict[str, Any]] = []

    def keep(table: str, rows: pa.Table) -> None:
        if table == "finding":
            found.extend(rows.to_pylist())

    loader = Loader(delivery, keep)
    adapter(delivery, loader)
    loader.close()
    return found


def _counts(findings: list[dict[str, Any]], place: Callable[[dict[str, Any]], str]) -> Counts:
    """Count the rows with a finding, by rule and place; two findings of a row count once."""
    rows = {(each["rule"], place(each), each["file"], each["row"]) for each in findings}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for rule, where, _, _ in rows:
        counts[rule][where] += 1
    return counts


# --- comparing -------------------------------------------------------------------------------


def _compare(
    collection: str, ours: Counts, theirs: Counts, checked: Mapping[str, str]
) -> Iterable[Line]:
    reasons = tomllib.loads((HERE / "reasons.toml").read_text(encoding="utf-8"))[collection]
    for rule in sorted({*ours, *theirs}):
        if rule.startswith("K-"):
            continue  # rules of our own, which the sector has none for
        place, count = _largest(ours.get(rule, {}))
        their_count = theirs.get(rule, {}).get(place) or _largest(theirs.get(rule, {}))[1]
        reason = reasons["differs"].get(rule) if rule in checked else _unchecked(reasons, rule)
        yield Line(collection, rule, count, their_count, reason)


def _largest(places: Mapping[str, int]) -> tuple[str, int]:
    return max(places.items(), key=lambda item: item[1], default=("", 0))


def _unchecked(reasons: Mapping[str, Any], rule: str) -> str | None:
    for group in reasons["not_checked"]:
        if rule in group["rules"]:
            return f"not checked: {group['reason']}"
    return None


def _table(lines: Iterable[Line]) -> Iterable[str]:
    yield "| collection | rule | Kithkin | validator | reason for a difference |"
    yield "|---|---|---:|---:|---|"
    for line in lines:
        said = line.reason or ("" if line.ours == line.theirs else "**none given**")
        yield f"| {line.collection} | {line.rule} | {line.ours} | {line.theirs} | {said} |"


if __name__ == "__main__":
    sys.exit(main())
