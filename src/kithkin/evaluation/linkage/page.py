"""The page on linkage: one HTML file, no script, that can be read, printed and passed on.

It names nobody: counts and shares alone, and no group of too few people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby
from pathlib import Path

from kithkin.evaluation.linkage.estimating import Estimate
from kithkin.evaluation.linkage.groups import title_of
from kithkin.evaluation.linkage.intervals import Value
from kithkin.evaluation.linkage.metrics import BY_NAME, METRICS, THOUSAND
from kithkin.evaluation.linkage.pictures import Mark, bars, intervals
from kithkin.evaluation.linkage.quality import ERROR_KINDS, GroupRow, LinkageQuality
from kithkin.evaluation.linkage.sampling import JOINED

PAGE, ESTIMATE_PAGE = "linkage.html", "linkage-estimate.html"
ERROR_TITLES = {
    "right": "whole, and alone in one person",
    "split": "spread over several persons",
    "shared": "whole, in one person with another",
    "both": "spread, and with another",
}
SIDE_TITLES = {JOINED: "Put in one person", "apart": "Left apart, in review"}
GROUP_COLUMNS = ("precision", "recall", "false_merges", "missed_links")
NARROWEST = 0.02
"""A picture of shares spans at least so much, lest chance look like a chasm."""
ON_SYNTHETIC_DATA = (
    "On synthetic data an accuracy proves only that the machinery works; it says nothing of how "
    "well real people's records would be linked."
)


def write_page(path: Path, quality: LinkageQuality) -> None:
    """Write the judgement by the truth to `path`."""
    _write(
        path,
        _opening(quality),
        _overall(quality),
        _errors(quality),
        _groups(quality),
        _agency_pairs(quality),
        _sizes(quality),
        _review(quality),
        _method(quality),
    )


def write_estimate_page(path: Path, estimate: Estimate) -> None:
    """Write the estimate from judged pairs to `path`."""
    _write(path, _estimated(estimate), _bands(estimate))


def _write(path: Path, *sections: str) -> None:
    page = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page.replace("<!-- body -->", "\n".join(sections)), encoding="utf-8")


# --- the judgement by the truth --------------------------------------------------------------


def _opening(quality: LinkageQuality) -> str:
    share = quality.overall
    return (
        "<h1>How well records were linked to people</h1>"
        f"<p>Release {escape(quality.release)}, as of {escape(quality.as_of)}: "
        f"{quality.records:,} of its {quality.records_released:,} records, of {quality.people:,} "
        f"human beings, judged by {escape(quality.truth)}.</p>"
        "<p class='total'>Of every thousand persons that linkage made, "
        f"<strong>{_figures('false_merges', share['false_merges'])}</strong> are two human beings or "
        "more taken for one: what is known of one stands on the other's page. Of every thousand "
        f"human beings, <strong>{_figures('missed_links', share['missed_links'])}</strong> are spread "
        "over several persons: part of what is known of them is not seen.</p>"
        f"<p class='limit'>{ON_SYNTHETIC_DATA}</p>"
    )


def _overall(quality: LinkageQuality) -> str:
    rows = [
        (escape(_upper(metric.title)), _cell(metric.name, quality.overall[metric.name]))
        for metric in METRICS
        if quality.overall[metric.name].value is not None
    ]
    unscored = quality.overall["blocking_recall"].value is None
    note = "<p>How many true pairs were looked at at all is not told: the scored pairs were not at hand.</p>"
    return (
        "<h2>All records</h2><p>Precision: of pairs of records put together, how many belong "
        "together. Recall: of pairs that belong together, how many were put so. In brackets the "
        "95% interval.</p>"
        + _table("All measures", ("Measure", "Value"), rows)
        + (note if unscored else "")
    )


def _errors(quality: LinkageQuality) -> str:
    total = max(quality.people, 1)
    rows = [(ERROR_TITLES[kind].capitalize(), quality.errors[kind]) for kind in ERROR_KINDS]
    drawn = [(label, [number], f"{number:,} ({number / total:.1%})") for label, number in rows]
    told = "; ".join(f"{label}: {words}" for label, _, words in drawn)
    return (
        "<h2>What went wrong</h2><p>Every human being is one of four.</p>"
        + bars("errors", "Human beings by what linkage made of them", told, drawn, ("people",))
        + _table("Human beings by what linkage made of them", ("What", "Human beings"),
                 [(escape(label), words) for label, _, words in drawn])
    )  # fmt: skip


def _groups(quality: LinkageQuality) -> str:
    opening = (
        "<h2>For whom it works less well</h2><p>A dot is the measure, the bar its 95% interval. "
        "Bars that overlap much may differ by chance.</p>"
    )
    parts = [opening]
    for grouping, within in groupby(quality.groups, key=lambda row: row.grouping):
        rows = list(within)
        title = title_of(grouping)
        parts.append(f"<h3>{escape(title)}</h3>")
        parts += [
            _picture(f"g{len(parts)}-{name}", title, name, rows) for name in ("precision", "recall")
        ]
        parts.append(_group_table(title, rows, GROUP_COLUMNS) + _gap_lines(quality, grouping))
    hidden = sum(row.suppressed for row in quality.groups)
    parts.append(
        f"<p>{hidden} of {len(quality.groups)} groups are suppressed: they hold fewer than "
        f"{quality.minimum} human beings, or could be worked out from one that does.</p>"
    )
    return "".join(parts)


def _picture(name: str, title: str, metric: str, rows: Sequence[GroupRow]) -> str:
    marks = [Mark(row.group, row.values.get(metric), _words(metric, row)) for row in rows]
    lows = [mark.value.low for mark in marks if mark.value and mark.value.low is not None]
    start = min([*lows, 1 - NARROWEST])
    said = f"{_upper(BY_NAME[metric].title)}, {title.lower()}"
    told = "; ".join(f"{mark.label}: {mark.words}" for mark in marks)
    ends = (f"{said}: {start:.1%}", "100%")
    return intervals(name, said, told, marks, (start, 1.0), ends)


def _words(metric: str, row: GroupRow) -> str:
    return "suppressed" if row.suppressed else _figures(metric, row.values[metric])


def _group_table(title: str, rows: Iterable[GroupRow], names: Sequence[str]) -> str:
    heads = [_upper(BY_NAME[name].title) for name in names]
    body = [
        (escape(row.group), "suppressed" if row.people is None else f"{row.people:,}",
         *("suppressed" if row.suppressed else _cell(name, row.values[name]) for name in names))
        for row in rows
    ]  # fmt: skip
    return _folded(f"{title}: all figures", ("Group", "Human beings", *heads), body)


def _gap_lines(quality: LinkageQuality, grouping: str) -> str:
    lines = []
    for gap in (each for each in quality.gaps if each.grouping == grouping):
        what = escape(_upper(BY_NAME[gap.metric].title))
        if gap.gap.value == 0:
            lines.append(f"<li>{what}: no gap.</li>")
        else:
            lines.append(
                f"<li>{what}: best for {escape(gap.best)}, worst for {escape(gap.worst)}; gap "
                f"{_cell(gap.metric, gap.gap)}.</li>"
            )
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def _agency_pairs(quality: LinkageQuality) -> str:
    return (
        "<h2>Between agencies</h2><p>Pairs of records, one from each agency; “within” is two "
        "records of one agency. Two agencies with no such pair are left out.</p>"
        + _group_table("Two agencies", quality.agency_pairs, ("precision", "recall"))
    )


def _sizes(quality: LinkageQuality) -> str:
    rows = [(f"{row.records} records" if row.records != "1" else "1 record",
             [row.people, row.persons], f"{row.people:,} and {row.persons:,}")
            for row in quality.sizes if row.people or row.persons]  # fmt: skip
    told = "; ".join(f"{label}: {words}" for label, _, words in rows)
    kinds = ("human beings", "persons made")
    title = "Human beings, and persons that linkage made, by number of records"
    body = [(label, *(f"{number:,.0f}" for number in numbers)) for label, numbers, _ in rows]
    return (
        "<h2>How many records a person has</h2>"
        + bars("sizes", title, told, rows, kinds)
        + _table(title, ("Records", "Human beings", "Persons made"), body)
    )


def _review(quality: LinkageQuality) -> str:
    awaited = quality.overall["awaited"]
    found = (
        "No pair was missed."
        if awaited.value is None
        else f"Of the missed pairs {_cell('awaited', awaited)} lie between two persons in review "
        "and would be found by a human; the rest nobody is asked about."
    )
    return (
        f"<h2>What is left for people</h2><p>{quality.review_pairs:,} questions are in "
        f"review, {quality.review_per_thousand_records:.1f} for every thousand records. {found}</p>"
    )


def _method(quality: LinkageQuality) -> str:
    return (
        "<h2>How it was measured</h2><p>A group's ethnicity (five groups of the 2021 census), sex "
        "and age are what most records of a human being say; a pair counts half for each of its "
        "two records, and a person for each record in proportion. Intervals are a bootstrap of "
        f"human beings ({quality.replicates:,} draws, seed {quality.seed}; Poisson weights); the "
        "persons that linkage made stay as they are. Where no error was met the interval ends "
        "where so clean a sample would be met one time in twenty. The gap is between the best and "
        "the worst of the groups shown, those not known left out; as it picks out the ends, some "
        "gap is there by chance alone.</p>"
    )


# --- the estimate from judged pairs ----------------------------------------------------------


def _estimated(estimate: Estimate) -> str:
    return (
        "<h1>How well records were linked to people: an estimate</h1>"
        f"<p>Release {escape(estimate.release)}. People judged {estimate.answered:,} pairs as same "
        f"or different and were unsure of {estimate.unsure:,}; {estimate.unanswered:,} were not "
        f"answered. {estimate.sealed_left_out:,} more could not be asked, as a record is "
        "sealed.</p>"
        "<p class='total'>Of pairs of records put together, about <strong>"
        f"{_figures('precision', estimate.precision)}</strong> belong together. Of those that belong "
        f"together and were put together or sent to review, about <strong>"
        f"{_figures('recall', estimate.recall)}</strong> were put together. If every unsure answer "
        f"were an error: {_share(estimate.precision_at_worst)} and "
        f"{_share(estimate.recall_at_worst)}.</p>"
        f"<p class='limit'>{escape(estimate.cannot_see)} {ON_SYNTHETIC_DATA}</p>"
    )


def _bands(estimate: Estimate) -> str:
    marks: list[Mark] = []
    for side, within in groupby(estimate.bands, key=lambda row: row.side):
        marks.append(Mark(SIDE_TITLES[side], None, "", heading=True))
        marks += [Mark(row.band, row.same, _figures("precision", row.same)) for row in within]
    told = "; ".join(f"{mark.label}: {mark.words}" for mark in marks)
    title = "Pairs that were the same human being, by band"
    body = [
        (escape(SIDE_TITLES[row.side]), escape(row.band), f"{row.questions:,}",
         f"{row.answered:,}", f"{row.unsure:,}", _share(row.stated), _cell("precision", row.same))
        for row in estimate.bands
    ]  # fmt: skip
    heads = ("Linkage", "Band", "In the release", "Judged", "Unsure", "Stated", "Found the same")
    return (
        "<h2>Band by band</h2><p>What linkage stated as a probability beside what people found; "
        "weight is the base-2 logarithm of the odds that linkage states.</p>"
        + intervals("bands", title, told, marks, (0.0, 1.0), ("0%", "100%"))
        + _table(title, heads, body)
    )


# --- words and tables ------------------------------------------------------------------------


def _figures(name: str, value: Value) -> str:
    """Write a measure and its interval in short."""
    if value.value is None or value.low is None or value.high is None:
        return "nothing to measure"
    if BY_NAME[name].scale == THOUSAND:
        return f"{value.value:.2f} ({value.low:.2f} to {value.high:.2f})"
    return f"{value.value:.2%} ({100 * value.low:.2f} to {100 * value.high:.2f})"


def _cell(name: str, value: Value) -> str:
    head, bracket, rest = _figures(name, value).partition(" (")
    return f"{head} <small>({rest}</small>" if bracket else head


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _share(value: float | None) -> str:
    return "not stated" if value is None else f"{value:.2%}"


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in heads)
    body = "".join(
        f"<tr><th scope='row'>{first}</th>{''.join(f'<td>{cell}</td>' for cell in rest)}</tr>"
        for first, *rest in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _folded(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Fold a long table away under its title; it opens without a script."""
    return f"<details><summary>{escape(title)}</summary>{_table(title, heads, rows)}</details>"
