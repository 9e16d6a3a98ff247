"""Runs the sector's own validators over a simulated county's returns.

Every rule that they flag is set against the faults that were planted on purpose or come from the
mistakes of the register; the table says rule, rows found, rows planted, and the reason for what is
found beyond that. Reasons are data: community_validators/simulated.toml. What is found beyond the
planted faults without a reason makes the exit code 1.

    python tools/validate_simulated_returns.py COUNTY --environment FOLDER

COUNTY is a folder that `kithkin simulate` wrote; its returns lie in `returns` and the planted
faults in `truth/planted_faults.parquet`. The environment is that of
compare_with_community_validators.py, made in FOLDER where there is none.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from compare_with_community_validators import HERE, Counts, environment, judge

RULESETS = {"ssda903": "2023", "cin_census": "2025"}
AUTHORITY = "E10000013"  # Gloucestershire


@dataclass(frozen=True)
class Line:
    """One rule of one return: what the validator found, and what was planted."""

    sent: str
    rule: str
    found: int
    planted: int
    reason: str

    @property
    def settled(self) -> bool:
        """Say if what was found was planted, or has a reason."""
        return self.found <= self.planted or bool(self.reason)


def main() -> int:
    """Run the validators; give the exit code."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("county", type=Path)
    options.add_argument("--environment", type=Path, required=True)
    chosen = options.parse_args()
    python = chosen.environment / "bin" / "python"
    lines = list(
        validate(chosen.county, python if python.exists() else environment(chosen.environment))
    )
    print("\n".join(_table(lines)))
    unsettled = [line for line in lines if not line.settled]
    for line in unsettled:
        print(f"{line.sent} {line.rule}: {line.found} found, {line.planted} planted; mend the "
              "return, or give a reason.", file=sys.stderr)  # fmt: skip
    return 1 if unsettled else 0


def validate(county: Path, python: Path) -> Iterable[Line]:
    """Give a line for each rule found or planted in the county's two returns."""
    planted = planted_faults(county / "truth" / "planted_faults.parquet")
    census = next(iter(sorted((county / "returns" / "cin_census").glob("*.xml"))))
    year = census.stem.rpartition("_")[2]
    tables = sorted((county / "returns" / "ssda903").glob("*.csv"))
    found = {
        "cin_census": judge(python, "cin", RULESETS["cin_census"], str(census)),
        "ssda903": judge(python, "903", RULESETS["ssda903"], year, AUTHORITY, *map(str, tables)),
    }
    reasons = tomllib.loads((HERE / "simulated.toml").read_text(encoding="utf-8"))
    for sent, counts in found.items():
        yield from compare(sent, counts, planted[sent], reasons.get(sent, {}))


def planted_faults(path: Path) -> Mapping[str, Counter[str]]:
    """Read how many rows of each return break each rule on purpose."""
    planted = {sent: Counter[str]() for sent in RULESETS}
    for row in pq.read_table(path).to_pylist():
        if row["file"] in planted:
            planted[row["file"]][row["rule"]] += row["count"]
    return planted


def compare(
    sent: str, counts: Counts, planted: Mapping[str, int], reasons: Mapping[str, str]
) -> Iterable[Line]:
    """Set what was found in a return against what was planted, rule by rule."""
    largest = {rule: max(places.values(), default=0) for rule, places in counts.items()}
    for rule in sorted({*largest, *(rule for rule, count in planted.items() if count)}):
        found = largest.get(rule, 0)
        if found or (planted.get(rule) and not rule.startswith("K-")):
            yield Line(sent, rule, found, planted.get(rule, 0), reasons.get(rule, ""))


def _table(lines: Iterable[Line]) -> Iterable[str]:
    yield "| return | rule | found | planted | reason for more |"
    yield "|---|---|---:|---:|---|"
    for line in lines:
        said = line.reason if line.found > line.planted else ""
        yield f"| {line.sent} | {line.rule} | {line.found} | {line.planted} | {said} |"


if __name__ == "__main__":
    sys.exit(main())
