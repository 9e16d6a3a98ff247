"""What was measured, as lines of Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
HEAD = (
    "set", "linker", "precision", "recall", "F1", "best F1, marked on truth", "pairs looked at",
    "review", "seconds", "processor s", "peak MB",
)  # fmt: skip
TITLES = {
    "kithkin": "Kithkin, not configured",
    "splink": "Splink, tuned by hand, p 0.99",
    "recordlinkage": "recordlinkage, ECM",
}
EXAMPLES = 6
"""Kinds of error for which a set's report shows two records."""

Answer = Mapping[str, Any]


class MarkersError(ValueError):
    """A page lacks the markers between which the table goes."""


def table_lines(answers: Iterable[Answer]) -> list[str]:
    """Give the table, one line for each set and linker; an oracle is nobody's score."""
    return [_row(HEAD), _row("---" for _ in HEAD), *(_row(_cells(one)) for one in answers)]


def _cells(one: Answer) -> list[str]:
    shares = [f"{one[name]:.4f}" for name in ("precision", "recall", "f1")]
    oracle = f"{one['oracle_f1']:.4f}" if "oracle_f1" in one else ""
    times = [f"{one[name]:.1f}" for name in ("seconds", "cpu_seconds")]
    looked_at = f"{one['blocking_recall']:.4f}"
    review = str(one.get("review", ""))
    return [one["set"], TITLES[one["linker"]], *shares, oracle, looked_at, review, *times,
            f"{one['peak_mb']:,}"]  # fmt: skip


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def errors_lines(answers: Iterable[Answer]) -> list[str]:
    """Give Kithkin's remaining errors, set by set: causes with counts, then examples."""
    lines = []
    for one in answers:
        if "errors" not in one:
            continue
        causes: Counter[str] = Counter()
        for error in one["errors"]:
            causes[f"{error['kind']}: {error['cause']}"] += error["pairs"]
        lines += ["", f"{one['set']} ({one['model']})"]
        lines += [f"  {count:5} {cause}" for cause, count in causes.most_common()]
        lines += [line for error in one["errors"][:EXAMPLES] for line in _example(error)]
    return lines


def _example(error: Mapping[str, Any]) -> list[str]:
    what = f"{error['kind']}, {error['cause']}; differ: {error['differ']}"
    return [f"    {error['pairs']} {what}", *(f"        {record}" for record in error["example"])]


def put_between(page: str, lines: Iterable[str]) -> str:
    """Give a page with lines put between its markers; `MarkersError` when it has none."""
    if BEGIN not in page or END not in page:
        raise MarkersError(f"the page has no lines {BEGIN} and {END}; add them where it goes")
    before, rest = page.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return "\n".join([before + BEGIN, "", *lines, "", END + after])
