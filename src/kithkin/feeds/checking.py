"""Checks a feeds folder: what would be loaded, what set aside, and what to put right.

Nothing is kept but what `write_findings` is asked to write.
"""

from __future__ import annotations

import csv
import json
from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.markup import escape
from rich.table import Table

from kithkin.feeds import addresses, delimited, landing, loading, settle
from kithkin.feeds.contracts import CONTRACTS
from kithkin.feeds.delivery import Delivery, FeedsRefused
from kithkin.feeds.manifest import read_manifest
from kithkin.model.tables import FileAccountTable, FindingTable, SetAsideTable
from kithkin.policy import Policy

SEVERITIES = ("error", "warning", "note")
_CORE = (addresses, delimited, landing, loading, settle)
# A spreadsheet would run a cell that begins so; agencies' own text is never to be run.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class RuleCount:
    """How often one rule was broken, and one place where it was."""

    rule: str
    title: str
    severity: str
    count: int
    files: int
    example: str  # file, row and message of the first


@dataclass(frozen=True)
class CheckResult:
    """What a check found; `errors` says why feeds were refused, and is empty when none was."""

    errors: tuple[str, ...]
    findings: FindingTable
    set_aside: SetAsideTable
    accounts: FileAccountTable
    titles: Mapping[str, str]

    @property
    def refused(self) -> bool:
        """Say whether any feed cannot be used as it is."""
        return bool(self.errors)

    def by_rule(self) -> list[RuleCount]:
        """Count findings by rule, errors first, then by number."""
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for finding in self.findings.data.to_pylist():
            found.setdefault((finding["severity"], finding["rule"]), []).append(finding)
        counts = [self._count(*key, findings) for key, findings in found.items()]
        return sorted(counts, key=lambda c: (SEVERITIES.index(c.severity), -c.count, c.rule))

    def _count(self, severity: str, rule: str, findings: list[dict[str, Any]]) -> RuleCount:
        first = findings[0]
        row = "" if first["row"] is None else f" row {first['row']}"
        return RuleCount(
            rule=rule,
            title=self.titles.get(rule, ""),
            severity=severity,
            count=len(findings),
            files=len({finding["file"] for finding in findings}),
            example=f"{first['file']}{row}: {first['message']}",
        )


def check(
    folder: Path, policy: Policy | None = None, *, progress: landing.Progress | None = None
) -> CheckResult:
    """Read every feed of a folder as a run would, and say what was found.

    Raises nothing for a broken feed: `errors` names each, and what could be read is counted.
    """
    with TemporaryDirectory() as scratch:
        landed, settled = Path(scratch) / "landed", Path(scratch) / "settled"
        deliveries, errors = _land(folder, policy, landed, progress)
        settle.settle(landed, settled)
        return CheckResult(
            errors=errors,
            findings=FindingTable(_read(settled / "finding.parquet")),
            set_aside=SetAsideTable(_read(settled / "set_aside.parquet")),
            accounts=FileAccountTable(_read(settled / "file_account.parquet")),
            titles=rule_titles({delivery.contract for delivery in deliveries}),
        )


def _land(
    folder: Path, policy: Policy | None, out: Path, progress: landing.Progress | None
) -> tuple[list[Delivery], tuple[str, ...]]:
    deliveries: list[Delivery] = []
    try:
        deliveries = read_manifest(folder, policy)
        landing.land(deliveries, out, as_of=None, progress=progress)
    except FeedsRefused as refusal:
        return deliveries, refusal.errors
    return deliveries, ()


def _read(path: Path) -> pa.Table:
    return pq.read_table(path, memory_map=False)


def rule_titles(contracts: Iterable[str]) -> dict[str, str]:
    """Give the titles of the core's rules and of those of the contracts' adapters."""
    rules = [module.RULES for module in _CORE]
    rules += [CONTRACTS[name].load_rules() for name in sorted(contracts)]
    return dict(ChainMap(*map(dict, rules)))


# --- files -------------------------------------------------------------------------------------


def write_findings(result: CheckResult, folder: Path) -> None:
    """Write findings.csv and findings.json, and the rows set aside in set_aside.csv.

    The files go back to the agency that sent the feeds: set_aside.csv holds its rows whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_csv(result.findings.data, folder / "findings.csv")
    _write_csv(result.set_aside.data, folder / "set_aside.csv")
    report = {
        "errors": list(result.errors),
        "accounts": result.accounts.data.to_pylist(),
        "findings": result.findings.data.to_pylist(),
    }
    text = json.dumps(report, indent=1, ensure_ascii=False, default=str)
    (folder / "findings.json").write_text(text + "\n", encoding="utf-8")


def _write_csv(table: pa.Table, path: Path) -> None:
    # With a byte order mark, without which Excel misreads accents.
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(table.schema.names)
        for batch in table.to_batches(max_chunksize=10_000):
            writer.writerows(map(_harmless, row.values()) for row in batch.to_pylist())


def _harmless(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


# --- tables for a terminal ---------------------------------------------------------------------


def findings_table(result: CheckResult) -> Table:
    """Lay out the findings by rule for a terminal."""
    table = Table("Severity", "Rule", "What", "Times", "Files", "First", title="Findings")
    for count in result.by_rule():
        table.add_row(
            count.severity,
            count.rule,
            escape(count.title),
            f"{count.count:,}",
            f"{count.files:,}",
            escape(count.example),
        )
    return table


def accounts_table(result: CheckResult) -> Table:
    """Lay out for a terminal what became of the rows of each file."""
    table = Table("Feed", "File", "Rows in", "Loaded", "Set aside", title="Files")
    for name in ("Rows in", "Loaded", "Set aside"):
        next(column for column in table.columns if column.header == name).justify = "right"
    for account in result.accounts.data.to_pylist():
        counts = (account[key] for key in ("rows_in", "loaded", "set_aside"))
        table.add_row(
            account["source"], escape(account["file"]), *(f"{count:,}" for count in counts)
        )
    return table
