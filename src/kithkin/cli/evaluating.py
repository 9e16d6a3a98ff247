"""The commands that judge: how well records were linked to people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pyarrow.parquet as pq
import typer

from kithkin.cli.arguments import WORKSPACE, JsonOption, WorkspaceOption
from kithkin.cli.looking import NO_PURPOSE, PurposeOption, record
from kithkin.cli.output import console, print_json, table
from kithkin.evaluation.linkage import (
    Calibrated,
    Estimate,
    LinkageQuality,
    Reviewed,
    Sample,
    assess,
    calibrate,
    estimate,
    read_released,
    read_reviewed,
    read_truth,
    sample_for_review,
    write_estimate_page,
    write_page,
    write_sample,
)
from kithkin.evaluation.linkage.intervals import Value
from kithkin.evaluation.linkage.metrics import BY_NAME, METRICS
from kithkin.evaluation.linkage.page import ESTIMATE_PAGE, PAGE
from kithkin.evaluation.linkage.quality import MINIMUM, REPLICATES, Settings
from kithkin.evaluation.linkage.sheet import sealed_records
from kithkin.model import dates
from kithkin.people.certainty import CALIBRATION
from kithkin.people.deciding import DECISIONS, read_decisions
from kithkin.releases import Release, Workspace

app = typer.Typer(help="Judge how well Kithkin does what it does.", no_args_is_help=True)


@app.callback()
def evaluating() -> None:
    """Judge how well Kithkin does what it does."""


@app.command()
def linkage(
    truth: Annotated[
        Path | None,
        typer.Option(help="CSV or Parquet: source, record_id, person; other columns are groups."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Draw so many pairs for people to judge, into --out.")
    ] = None,
    reviewed: Annotated[
        Path | None, typer.Option(help="A judged sheet, its key beside it: estimate from it.")
    ] = None,
    release: Annotated[str | None, typer.Option(help="A release; the newest without it.")] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(help="Parquet of the scored pairs, left_rid and right_rid: blocking recall."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for the page or the sheet.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the sample or of the intervals.")] = 1,
    minimum: Annotated[
        int, typer.Option(min=1, help="Fewer people than this in a group are not shown.")
    ] = MINIMUM,
    purpose: PurposeOption = NO_PURPOSE,
    workspace: WorkspaceOption = WORKSPACE,
    calibrate_by: Annotated[
        bool,
        typer.Option("--calibrate", help="Of --reviewed: the next run states what it teaches."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Judge who was taken for whom: by --truth, or without it by --sample, then --reviewed.

    The look is recorded before anything is shown or written: which records a sample holds, and
    whom a truth names when it names so few that what is counted tells of each.
    """
    if [truth, sample, reviewed].count(None) != 2:
        raise typer.BadParameter("give one of --truth, --sample and --reviewed")
    if calibrate_by and reviewed is None:
        raise typer.BadParameter("--calibrate needs --reviewed, the sheet to learn from")
    place = Workspace(workspace)
    if reviewed is not None:
        answers = read_reviewed(reviewed)
        found = estimate(answers, seed=seed)
        learnt = _calibrate(place, answers) if calibrate_by else None
        _show_estimate(found, learnt, out, as_json=json)
        return
    chosen = place.release(release)
    if truth is not None:
        settings = Settings(minimum, REPLICATES, seed)
        _judge(place, chosen, truth, pairs, settings, out, purpose, as_json=json)
    elif sample is not None:
        _draw(place, chosen, sample, seed, out, purpose, as_json=json)


def _judge(
    place: Workspace,
    release: Release,
    truth: Path,
    pairs: Path | None,
    settings: Settings,
    out: Path | None,
    purpose: str,
    *,
    as_json: bool,
) -> None:
    as_of = dates.parse_iso(release.manifest["as_of"])
    told = read_truth(truth)
    quality = assess(read_released(release.folder, as_of, scored=pairs), told, settings)
    few = min(quality.people, settings.minimum) < MINIMUM
    keys = (told.data.column(name).to_pylist() for name in ("source", "record_id"))
    named = _named(zip(*keys, strict=True)) if few else []
    record(place, release.id, "quality of linkage by a truth", named, purpose)
    if out is not None:
        write_page(out / PAGE, quality)
    if as_json:
        print_json(quality)
    else:
        _show_quality(quality, out)


def _draw(
    place: Workspace,
    release: Release,
    n: int,
    seed: int,
    out: Path | None,
    purpose: str,
    *,
    as_json: bool,
) -> None:
    if out is None:
        raise typer.BadParameter("--sample needs --out, the folder for the sheet and its key")
    as_of = dates.parse_iso(release.manifest["as_of"])
    linked = read_released(release.folder, as_of)
    drawn = sample_for_review(linked, sealed_records(release.folder), n, seed=seed)
    record(place, release.id, "pairs drawn for review of linkage", _shown(drawn), purpose)
    sheet, key = write_sample(drawn, release.folder, out)
    if as_json:
        print_json({"sheet": str(sheet), "key": str(key), "pairs": len(drawn.questions),
                    "strata": drawn.strata, "sealed_left_out": drawn.sealed_left_out})  # fmt: skip
    else:
        _show_sample(drawn, sheet)


def _shown(sample: Sample) -> list[str]:
    return _named(key for question in sample.questions for key in (question.left, question.right))


def _named(keys: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{source}/{record_id}" for source, record_id in sorted(set(keys))]


def _calibrate(place: Workspace, answers: Reviewed) -> Calibrated:
    """Write what judged pairs teach to where the next run takes it from."""
    newest = sorted(place.releases(), key=lambda each: each.manifest["as_of"], reverse=True)
    reviews = [pq.read_table(release.table("person_pair_review")) for release in newest]
    decisions = read_decisions(place.root / DECISIONS)
    learnt = calibrate(answers, place.release(answers.release).folder, decisions, reviews)
    target = place.root / CALIBRATION
    target.parent.mkdir(parents=True, exist_ok=True)
    whole = target.with_suffix(".new")
    whole.write_text(learnt.calibration.text, encoding="utf-8")
    whole.replace(target)
    return learnt


def _show_quality(quality: LinkageQuality, out: Path | None) -> None:
    rows = [
        (metric.title, *_three(quality.overall[metric.name]))
        for metric in METRICS
        if quality.overall[metric.name].value is not None
    ]
    title = f"{quality.release}: {quality.records:,} records of {quality.people:,} human beings"
    console.print(table(title, ("measure", "value", "from", "to"), rows))
    gaps = [
        (gap.grouping, BY_NAME[gap.metric].title, gap.best, gap.worst, *_three(gap.gap))
        for gap in quality.gaps
        if gap.gap.value
    ]
    if gaps:
        columns = ("groups", "measure", "best", "worst", "gap", "from", "to")
        console.print(table("Gaps between groups", columns, gaps))
    console.print(
        f"In review: {quality.review_pairs:,} questions, "
        f"{quality.review_per_thousand_records:.1f} per thousand records.",
        highlight=False,
    )
    _say_where(out, PAGE)


def _show_sample(sample: Sample, sheet: Path) -> None:
    columns = ("linkage", "band", "questions", "pairs of records")
    rows = [(each.side, each.band, each.questions, each.pairs) for each in sample.strata]
    console.print(table("Drawn from", columns, rows))
    console.print(
        f"{len(sample.questions)} pairs to judge: {sheet}. Write same, different or unsure under "
        f"answer, then: kithkin evaluate linkage --reviewed {sheet}",
        highlight=False,
        soft_wrap=True,
    )


def _show_estimate(
    found: Estimate, learnt: Calibrated | None, out: Path | None, *, as_json: bool
) -> None:
    if out is not None:
        write_estimate_page(out / ESTIMATE_PAGE, found)
    if as_json:
        print_json(found if learnt is None else {**asdict(found), "calibration": asdict(learnt)})
        return
    rows = [("precision", *_three(found.precision)), ("recall", *_three(found.recall))]
    title = f"{found.release}: estimated from {found.answered:,} judged pairs"
    console.print(table(title, ("measure", "value", "from", "to"), rows))
    bands = [
        (each.side, each.band, each.answered, _four(each.stated), *_three(each.same))
        for each in found.bands
    ]
    columns = ("linkage", "band", "judged", "stated", "same", "from", "to")
    console.print(table("By band", columns, bands))
    console.print(found.cannot_see, highlight=False)
    if learnt is not None:
        _show_calibration(learnt)
    _say_where(out, ESTIMATE_PAGE)


def _show_calibration(learnt: Calibrated) -> None:
    rows = [
        (each.standing, each.judged, *map(_four, (each.stated, each.calibrated, each.same)))
        for each in learnt.rows
    ]
    columns = ("pairs", "judged", "stated", "calibrated", "same")
    console.print(table("Calibration, for the next run", columns, rows))
    if learnt.not_found:
        console.print(f"{learnt.not_found} judged pairs have a record that is no longer sent.")


def _three(value: Value) -> tuple[str, str, str]:
    return _four(value.value), _four(value.low), _four(value.high)


def _four(number: float | None) -> str:
    """Write four decimals: of linkage, the third still matters."""
    return "" if number is None else f"{number:.4f}"


def _say_where(out: Path | None, page: str) -> None:
    if out is not None:
        console.print(f"Page: {out / page}", highlight=False, soft_wrap=True)
