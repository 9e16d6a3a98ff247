"""What a release, an explanation and a comparison look like in a terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.panel import Panel
from rich.text import Text

from kithkin.cli.output import console, table
from kithkin.releases import Comparison, Explanation, Summary
from kithkin.releases.explaining import Answer, SourceRow

MOST_RULES = 12  # shown of a release's findings; all are in its table `finding`
MOST_ROWS = 10  # shown of the records behind one value
LONG = 160  # beyond which a line is prose and may wrap


def show_summary(summary: Summary) -> None:
    """Print a release at a glance."""
    came_in = ("agency", "feeds", "rows in", "loaded", "set aside", "records", "events")
    console.print(table("What came in, by agency", came_in, summary.agencies))
    found = ("severity", "rule", "found", "for example")
    console.print(table("Findings, by rule", found, summary.findings[:MOST_RULES]))
    if len(summary.findings) > MOST_RULES:
        _line(
            f"and {len(summary.findings) - MOST_RULES} more rules; `kithkin check` lists them all"
        )
    raised = ("of", "code", "indicator", "raised for")
    console.print(table("Indicators most often raised", raised, summary.raised))
    persons, families, review = summary.people
    console.print(
        Panel(
            f"Release {summary.release}, as of {summary.as_of}\n"
            f"{persons:,} persons, {families:,} families, {review:,} pairs for a person to review.\n"
            "Indicators point to records worth a second look. They decide nothing.",
            expand=False,
        )
    )


def show_explanation(found: Explanation, most: int | None = None) -> None:
    """Print why a person or family has the values they have."""
    console.print(Panel(_who(found), expand=False))
    shown = sorted(found.answers, key=_strengths_first)[:most]
    for answer in shown:
        _show_answer(answer)
    if len(shown) < len(found.answers):
        console.print(
            f"{len(found.answers) - len(shown)} more: kithkin explain {found.subject_id}",
            highlight=False,
        )
    if not found.answers:
        console.print("Nothing is raised. `--all` lists every value.")
    _show_sources(found)


def _strengths_first(answer: Answer) -> tuple[int, int, str]:
    order = ("protective", "risk", "context").index(answer.indicator.polarity)
    return order, -answer.indicator.severity, answer.indicator.code


def _who(found: Explanation) -> Text:
    subject = found.subject
    if found.level == "family":
        names = ", ".join(_name(member) for member in found.members)
        return Text(f"Family {found.subject_id}, as of {found.as_of}\n{names}")
    lines = [
        f"Person {found.subject_id}, as of {found.as_of}",
        f"{_name(subject)}, born {subject.get('date_of_birth') or 'on an unknown date'}",
        "One record"
        if len(found.records) == 1
        else f"{len(found.records)} records taken to be one person",
        _certainty(subject["match_confidence"], found.pairs_judged),
    ]
    kin = [_name(m) for m in found.members if m["person_id"] != found.subject_id]
    lines.append("Family: " + (", ".join(kin) if kin else "nobody else known"))
    return Text("\n".join(lines))


def _certainty(probability: float, judged: int) -> str:
    basis = f"calibrated by {judged:,} judged pairs" if judged else "not calibrated"
    return f"Probability that it is one person {probability:.3f} ({basis})"


def _name(person: dict[str, Any]) -> str:
    return person.get("display_name") or f"{person['person_id']} (no name given)"


def _show_answer(answer: Answer) -> None:
    indicator = answer.indicator
    value = "no value" if answer.value is None else f"{answer.value:g}"
    state = "raised" if answer.raised else "not raised"
    console.print()
    _line(f"{indicator.code}  {indicator.title}: {value}, {state} ({indicator.polarity})", "bold")
    _line(answer.words, "dim")
    for row in answer.rows[:MOST_ROWS]:
        _show_row(row)
    if len(answer.rows) > MOST_ROWS:
        _line(f"  and {len(answer.rows) - MOST_ROWS} more records; --json lists them all")


def _show_row(row: SourceRow) -> None:
    """Print a record on two lines: what and when, then where to open it."""
    until = f" to {row.ended_on}" if row.ended_on else ""
    value = "" if row.value is None else f", {row.value:g}"
    known = "" if row.known_at == row.occurred_on else f", known {row.known_at}"
    use = "" if row.use == "counted" else f" [{row.use}]"
    _line(f"  {row.occurred_on}{until}  {row.title}{value} ({row.agency}{known}){use}")
    _line(f"              {row.file}" + (f" row {row.row}" if row.row else ""), "dim")


def _line(text: str, style: str | None = None) -> None:
    console.print(text, style=style, highlight=False, markup=False, soft_wrap=len(text) < LONG)


def _show_sources(found: Explanation) -> None:
    missing = [f"{s['source']} ({s['agency']})" for s in found.sources if not s["holds"]]
    if missing:
        _line("Not known to: " + ", ".join(missing) + ".")
        _line("That says nothing about risk.")


def explanation_data(found: Explanation) -> dict[str, Any]:
    """Give an explanation as plain values for JSON."""
    return {
        **{key: getattr(found, key) for key in ("release", "as_of", "level", "subject_id",
                                                "subject", "members", "records", "sources")},
        "answers": [
            {
                "code": answer.indicator.code,
                "title": answer.indicator.title,
                "value": answer.value,
                "raised": answer.raised,
                "words": answer.words,
                "rows": [asdict(row) for row in answer.rows],
            }
            for answer in found.answers
        ],
    }  # fmt: skip


def show_comparison(comparison: Comparison, most: int) -> None:
    """Print what moved between two releases."""
    if comparison.identical:
        console.print("The two releases hold the same.")
        return
    _lines("Inputs", comparison.inputs)
    _lines("Settings", comparison.settings)
    if comparison.rows:
        console.print(table("Rows", ("table", "before", "after"), comparison.rows))
    for title, people in (("Appeared", comparison.appeared), ("Gone", comparison.gone)):
        if people:
            console.print(table(f"{title}: {len(people):,}", ("of", "id"), people[:most]))
    if comparison.values:
        rows = [(v.level, v.subject, v.indicator, v.before, v.after) for v in comparison.values]
        title = f"Values that changed: {len(rows):,}"
        console.print(table(title, ("of", "id", "indicator", "before", "after"), rows[:most]))


def _lines(title: str, lines: tuple[str, ...]) -> None:
    if lines:
        console.print(f"[bold]{title}[/bold]")
        for line in lines:
            console.print(f"  {line}", highlight=False, markup=False)
