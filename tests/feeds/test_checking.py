import csv
import json
from pathlib import Path

import pytest
from rich.console import Console

from feeds.rows import HEADER, rows_contract
from kithkin.feeds.checking import (
    CheckResult,
    accounts_table,
    check,
    findings_table,
    rule_titles,
    write_findings,
)
from kithkin.feeds.contracts import CONTRACTS

__all__ = ["rows_contract"]
pytestmark = pytest.mark.usefixtures("rows_contract")

FEED = """
[[feed]]
name = "{name}"
agency = "police"
contract = "rows"
files = ["{name}.csv"]
extracted_on = 2026-01-31
gateway = "children_act_2004"
"""
ROWS = (
    "person,c1,,forename=Ann\n"
    "event,c1,2026-03-01,kind=police.call.child\n"
    "event,c1,2026-04-01,kind=police.call.child\n"
    "=cmd(),,,\n"
    "@sum,,,\n"
    "event,c1,2025-03-01,kind=police.call.child\n"
    "event,c1,2025-04-01,kind=police.call.child\n"
)


@pytest.fixture
def result(tmp_path: Path) -> CheckResult:
    (tmp_path / "feeds.toml").write_text(FEED.format(name="police"))
    (tmp_path / "police.csv").write_text(HEADER + ROWS)
    return check(tmp_path)


def shown(table: object) -> str:
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(table)
    console.file.close()
    return console.export_text()


def test_findings_are_counted_by_rule_errors_first(result: CheckResult) -> None:
    counts = [(one.severity, one.rule, one.count, one.files) for one in result.by_rule()]
    assert counts == [("error", "K-ROWS-1", 2, 1), ("warning", "K-CORE-FUTURE", 2, 1)]
    errors, future = result.by_rule()
    assert errors.title == "A row names no person"
    assert future.title == "A date lies after the day on which the feed was extracted"
    assert future.example.startswith("police.csv row 3: 2026-03-01 lies after the extract")


def test_the_account_of_each_file_is_given(result: CheckResult) -> None:
    (account,) = result.accounts.data.to_pylist()
    assert (account["rows_in"], account["loaded"], account["set_aside"]) == (7, 5, 2)
    assert not result.refused


def test_one_broken_feed_does_not_hide_the_findings_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(FEED.format(name="police") + FEED.format(name="broken"))
    (tmp_path / "police.csv").write_text(HEADER + ROWS)
    (tmp_path / "broken.csv").write_text("colour\nred\n")
    result = check(tmp_path)
    (error,) = result.errors
    assert error.startswith("feed broken: broken.csv: has no column 'table', 'record'; its columns")
    assert result.refused
    assert len(result.findings) == 4


def test_a_folder_without_feeds_is_refused_with_nothing_found(tmp_path: Path) -> None:
    result = check(tmp_path)
    assert result.refused
    assert (len(result.findings), len(result.accounts), result.by_rule()) == (0, 0, [])


def test_findings_are_written_for_the_agency_that_sent_the_feed(
    result: CheckResult, tmp_path: Path
) -> None:
    write_findings(result, tmp_path / "report")
    report = json.loads((tmp_path / "report/findings.json").read_text(encoding="utf-8"))
    assert [finding["rule"] for finding in report["findings"]] == [
        "K-CORE-FUTURE",
        "K-CORE-FUTURE",
        "K-ROWS-1",
        "K-ROWS-1",
    ]
    assert report["errors"] == []
    assert report["accounts"][0]["file"] == "police.csv"
    with (tmp_path / "report/findings.csv").open(encoding="utf-8-sig", newline="") as handle:
        findings = list(csv.DictReader(handle))
    assert [finding["row"] for finding in findings] == ["3", "4", "5", "6"]
    assert findings[0]["remedy"]
    with (tmp_path / "report/set_aside.csv").open(encoding="utf-8-sig", newline="") as handle:
        aside = list(csv.DictReader(handle))
    assert json.loads(aside[0]["content"])["table"] == "=cmd()"


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(FEED.format(name="police"))
    (tmp_path / "police.csv").write_text(HEADER + 'person,"=1+1",,date_of_birth=2027-01-01\n' * 2)
    (tmp_path / "=x.csv").write_text(HEADER + ROWS)
    manifest = FEED.format(name="police").replace("police.csv", "=x.csv")
    (tmp_path / "feeds.toml").write_text(manifest)
    write_findings(check(tmp_path), tmp_path / "report")
    text = (tmp_path / "report/findings.csv").read_text(encoding="utf-8-sig")
    assert ",'=x.csv," in text
    assert ",=x.csv," not in text


def test_the_tables_for_a_terminal_show_what_was_found(result: CheckResult) -> None:
    findings, accounts = shown(findings_table(result)), shown(accounts_table(result))
    assert "K-CORE-FUTURE" in findings
    assert "A row names no person" in findings
    (line,) = [line for line in accounts.splitlines() if "police.csv" in line]
    assert [cell.strip() for cell in line.strip("│").split("│")][1:] == [
        "police.csv",
        "7",
        "5",
        "2",
    ]


def test_agencies_own_words_are_not_read_as_markup(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(FEED.format(name="police").replace("police.csv", "*.csv"))
    (tmp_path / "[bold]x.csv").write_text(HEADER + ROWS)
    result = check(tmp_path)
    assert "[bold]x.csv" in shown(accounts_table(result))
    assert "[bold]x.csv" in shown(findings_table(result))


def test_every_rule_of_every_contract_has_a_title() -> None:
    titles = rule_titles(CONTRACTS)
    assert {"K-CORE-DUPLICATE", "K-CORE-FUTURE", "K-CORE-CIRCULAR", "K-CORE-LATER"} <= titles.keys()
    assert all(titles.values())
