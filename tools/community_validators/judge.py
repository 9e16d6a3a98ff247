"""Runs one community validator over files and prints what it flags, as JSON.

This script runs inside the environment that `compare_with_community_validators.py` makes, with
the packages that community_validators/requirements.txt pins, and imports nothing of Kithkin.

    python judge.py 903 RULESET COLLECTION_YEAR AUTHORITY FILE...   -> {rule: {table: rows}}
    python judge.py cin RULESET FILE                                -> {rule: {column: rows}}
"""

import contextlib
import json
import logging
import sys
import warnings
from pathlib import Path
from xml.etree import ElementTree

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


def judge_903(ruleset: str, year: str, authority: str, *files: str) -> dict[str, dict[str, int]]:
    """Count the rows that each rule flags, by table of the return."""
    from lac_validator.lac_validator import LacValidator
    from lac_validator.rules.ruleset_utils import get_year_ruleset

    sent = [
        {"name": path.name, "description": "This year", "file_content": path.read_bytes()}
        for path in map(Path, files)
    ]
    metadata = {"collectionYear": year, "localAuthority": authority}
    validator = LacValidator(metadata, sent, get_year_ruleset(ruleset))
    flagged: dict[str, dict[str, int]] = {}
    for table, rows in validator.ds_results.items():
        for column in getattr(rows, "columns", []):
            if column.startswith("ERR_"):
                count = int((rows[column] == True).sum())  # noqa: E712 - an array, not a bool
                flagged.setdefault(column.removeprefix("ERR_"), {})[table] = count
    return flagged


def judge_cin(ruleset: str, file: str) -> dict[str, dict[str, int]]:
    """Count the rows that each rule flags, by column; a rule of the whole return has one."""
    from cin_validator.cin_validator import CinValidator, convert_data, process_data
    from cin_validator.rules.ruleset_utils import get_year_ruleset

    root = ElementTree.parse(file).getroot()  # noqa: S314 - a file that we were given to judge
    validator = CinValidator(process_data(convert_data(root)), get_year_ruleset(ruleset))
    flagged: dict[str, dict[str, int]] = {}
    by_column = validator.full_issue_df.groupby(["rule_code", "columns_affected"])
    for (rule, column), rows in by_column:
        flagged.setdefault(rule, {})[column] = int(rows["row_id"].nunique())
    for rule in validator.multichild_issues["rule_code"]:
        flagged[rule] = {"the whole return": 1}
    return flagged


if __name__ == "__main__":
    judge = {"903": judge_903, "cin": judge_cin}[sys.argv[1]]
    with contextlib.redirect_stdout(sys.stderr):
        result = judge(*sys.argv[2:])
    sys.stdout.write(json.dumps(result))
