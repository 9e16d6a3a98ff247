"""The commands that explain a match and find who a new record may be: `people why` and `find`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq
import typer

from kithkin.cli.arguments import WORKSPACE, JsonOption, WorkspaceOption, read_date
from kithkin.cli.looking import NO_PURPOSE, PurposeOption, record
from kithkin.cli.output import console, print_json, table
from kithkin.model import dates
from kithkin.people.arriving import (
    Arrival,
    ArrivingAddress,
    Candidate,
    Matches,
    MatchingIndex,
    PersonMatcher,
    explain_pair,
    write_index,
)
from kithkin.people.cleaning import comparable_records
from kithkin.people.deciding import DECISIONS, Decision, read_decisions, standing
from kithkin.people.explaining import Decided, MatchExplanation, Weigher, in_words, waterfall_svg
from kithkin.people.pairs import LinkageModel
from kithkin.people.rules import linkage_rules
from kithkin.people.tables import PersonLinkTable
from kithkin.releases import PersonNotFoundError, Release, Workspace
from kithkin.releases.hashing import key_of
from kithkin.releases.inheriting import calibration_of

SOURCES = ("person_record", "identifier", "address", "residence")
RecordKey = tuple[str, str]
ReleaseOption = Annotated[
    str | None, typer.Option("--release", help="A release; the newest without it.")
]


def why(
    one: Annotated[
        str, typer.Argument(metavar="A", help="A record, source/record_id; or a person.")
    ],
    other: Annotated[str, typer.Argument(metavar="B", help="The other record or person.")],
    hide: Annotated[bool, typer.Option("--hide", help="Leave out names and dates.")] = False,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Write the sum as a picture (SVG) here.")
    ] = None,
    release: ReleaseOption = None,
    purpose: PurposeOption = NO_PURPOSE,
    workspace: WorkspaceOption = WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Explain why two records or persons are held to be one, or not.

    The look is recorded before anything is shown.
    """
    place = Workspace(workspace)
    chosen = place.release(release)
    index = MatchingIndex(_index_of(place, chosen))
    decisions = standing(read_decisions(place.root / DECISIONS))
    told = explain_pair(
        index,
        Weigher(linkage_rules(), LinkageModel.load(chosen.folder)),
        _rids(chosen, index, one),
        _rids(chosen, index, other),
        never=_never(decisions),
        refused=_refused(chosen, index, one, other),
        decided=_between(decisions),
        hide=hide,
    )
    record(place, chosen.id, f"{one} and {other}", [told.left, told.right], purpose)
    if picture:
        picture.write_text(waterfall_svg(told), encoding="utf-8")
    if json:
        print_json(_explained(told))
    else:
        for line in in_words(told):
            console.print(line, markup=False, highlight=False)


def find(
    forename: Annotated[str | None, typer.Option(help="First name, as told.")] = None,
    surname: Annotated[str | None, typer.Option(help="Surname, as told.")] = None,
    born: Annotated[
        date | None, typer.Option(parser=read_date, metavar="DATE", help="Such as 2012-03-14.")
    ] = None,
    sex: Annotated[str | None, typer.Option(help="M or F.")] = None,
    line: Annotated[str | None, typer.Option(help="House and street.")] = None,
    postcode: Annotated[str | None, typer.Option(help="Postcode.")] = None,
    number: Annotated[
        list[str] | None,
        typer.Option(metavar="SCHEME:VALUE", help="Such as nhs_number:9434765919 or phone:01452."),
    ] = None,
    release: ReleaseOption = None,
    purpose: PurposeOption = NO_PURPOSE,
    workspace: WorkspaceOption = WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Find who in a release a new contact may be about; it decides and changes nothing.

    The look is recorded before anything is shown.
    """
    place = Workspace(workspace)
    chosen = place.release(release)
    said = Arrival(
        forename, surname, born, sex,
        addresses=(ArrivingAddress(line, None, postcode),) if line or postcode else (),
        numbers=tuple(_number(text) for text in number or ()),
    )  # fmt: skip
    decisions = standing(read_decisions(place.root / DECISIONS))
    model = LinkageModel.load(chosen.folder)
    folder = _index_of(place, chosen)
    rules = linkage_rules()
    probability_of = calibration_of(chosen).of_one_by_marks(rules)
    matcher = PersonMatcher.open(folder, model, rules, _never(decisions), probability_of)
    got = matcher.candidates(said)
    people = [one.person_id for one in got.candidates]
    record(place, chosen.id, "who a contact may be about", people, purpose)
    if json:
        print_json(_matches(got))
    else:
        _show(got)


def _index_of(place: Workspace, release: Release) -> Path:
    """Give the matching index of a release: that kept in the workspace, or made now."""

    def build(folder: Path) -> dict[str, Any]:
        with duckdb.connect() as con:
            for name in SOURCES:
                con.read_parquet(str(release.table(name))).create_view(name)
            records = comparable_records(con, linkage_rules())
            links = PersonLinkTable(pq.read_table(release.table("person_link")))
            write_index(folder, con, records, links, LinkageModel.load(release.folder).keys)
        return {"out": len(records)}

    return place.stage("matching", key_of(release.id, linkage_rules().hash), build).folder


def _rids(release: Release, index: MatchingIndex, text: str) -> list[int]:
    """Give the records that a record's key or a person's id names."""
    source, slash, number = text.partition("/")
    keys: Iterable[RecordKey] = [(source, number)]
    if not slash:
        wanted = pc.field("person_id") == text
        rows = pq.read_table(release.table("person_link"), filters=wanted).to_pylist()
        keys = [(row["source"], row["record_id"]) for row in rows]
    found = [rid for key in keys if (rid := index.find(*key)) is not None]
    if not found:
        raise PersonNotFoundError(
            f"{release.id} holds no record or person {text}. Write a record as source/record_id."
        )
    return found


def _never(decisions: Iterable[Decision]) -> list[tuple[RecordKey, RecordKey]]:
    return [one.pair for one in decisions if one.kind == "never"]


def _between(decisions: Iterable[Decision]) -> dict[frozenset[RecordKey], Decided]:
    return {
        frozenset(one.pair): Decided(
            "different" if one.kind == "different" else "same",
            one.decided_by,
            dates.parse_iso(one.decided_at[:10]),
            one.why,
        )
        for one in decisions
        if one.kind in ("same", "confirmed", "different")
    }


def _refused(release: Release, index: MatchingIndex, *texts: str) -> str | None:
    """Give why the two persons wait for a human, if they do."""
    people = [index.person(_rids(release, index, text)[0]) for text in texts]
    rows = pq.read_table(
        release.table("person_pair_review"),
        filters=pc.field("person_id").isin(people) & pc.field("other_person_id").isin(people),
    )
    reasons: list[str] = rows.column("why").to_pylist()
    return reasons[0] if reasons and len(set(people)) == len(people) else None


def _number(text: str) -> tuple[str, str]:
    scheme, colon, value = text.partition(":")
    if not colon:
        raise typer.BadParameter(f"{text!r} is no number; write it as scheme:value")
    return scheme, value


def _explained(told: MatchExplanation) -> dict[str, Any]:
    parts = [{**vars(part), "weight": part.weight} for part in told.parts]
    return {
        "left": told.left, "right": told.right, "verdict": vars(told.verdict),
        "prior": told.prior, "parts": parts, "weight": told.weight,
        "home_weight": told.home_weight, "words": in_words(told),
    }  # fmt: skip


def _candidate(one: Candidate) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if name != "explanation"}


def _matches(got: Matches) -> dict[str, Any]:
    return {
        "candidates": [_candidate(one) for one in got.candidates],
        "fitting": got.fitting,
        "missing": got.missing,
        "crowds": [vars(one) for one in got.crowds],
    }


def _show(got: Matches) -> None:
    rows = [
        (one.person_id, f"{one.probability:.3f}", one.fit, " ".join(one.reasons),
         " ".join(one.against))
        for one in got.candidates
    ]  # fmt: skip
    columns = ("person", "probability", "fit", "for", "against")
    console.print(table(f"Who it may be: {len(rows):,} of {got.fitting:,}", columns, rows))
    if got.missing:
        console.print(f"Doubtful, as it does not say: {', '.join(got.missing)}.")
    for crowd in got.crowds:
        shared = " and ".join(name.replace("_", " ") for name in crowd.columns)
        console.print(f"{crowd.records:,} records share {shared}: too many to list by that alone.")
