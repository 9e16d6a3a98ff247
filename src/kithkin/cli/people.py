"""The commands about who is one person: decide, withdraw, review, history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import typer

from kithkin.cli.arguments import WORKSPACE, JsonOption, WorkspaceOption
from kithkin.cli.looking import NO_PURPOSE, PurposeOption, record
from kithkin.cli.output import console, errors, print_json, table
from kithkin.people.deciding import (
    DECISIONS,
    Decision,
    read_decisions,
    record_decision,
    standing,
)
from kithkin.releases import PersonNotFoundError, Release, Workspace
from kithkin.releases.inheriting import register_of

app = typer.Typer(
    help="Say who is one person and who is not; see what needs an answer; follow an id.",
    no_args_is_help=True,
)
Key = tuple[str, str]
By = Annotated[str, typer.Option("--by", help="Who decides.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for whoever asks later.")]
ReleaseOption = Annotated[
    str | None, typer.Option("--release", help="A release; the newest without it.")
]


@app.command()
def decide(
    kind: Annotated[
        Literal["same", "different", "confirmed", "never"],
        typer.Argument(help="one human being; two; rightly linked; never to be joined or shown."),
    ],
    one: Annotated[str, typer.Argument(metavar="A", help="A record, as source/record_id.")],
    other: Annotated[str, typer.Argument(metavar="B", help="The other record.")],
    by: By,
    why: Why,
    unsent: Annotated[
        bool, typer.Option("--unsent", help="Allow a record that no feed has sent yet.")
    ] = False,
    workspace: WorkspaceOption = WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Record what a person decided about two records; every run from now on honours it.

    `never` is for adoption and protected identities: it outranks all else, and nothing shows it.
    """
    place = Workspace(workspace)
    pair = _record_key(one), _record_key(other)
    if not unsent:
        _must_be_sent(place, pair)
    made = record_decision(
        place.root / DECISIONS, kind=kind, by=by, at=datetime.now(UTC), why=why, pair=pair
    )
    _tell(made, as_json=json)


@app.command()
def withdraw(
    decision: Annotated[str, typer.Argument(help="The id that was told when it was recorded.")],
    by: By,
    why: Why,
    workspace: WorkspaceOption = WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Take a decision back; it stays on record, with who took it back and why."""
    made = record_decision(
        Workspace(workspace).root / DECISIONS,
        kind="withdrawn", by=by, at=datetime.now(UTC), why=why, withdraws=decision,
    )  # fmt: skip
    _tell(made, as_json=json)


@app.command()
def review(
    most: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    release: ReleaseOption = None,
    purpose: PurposeOption = NO_PURPOSE,
    workspace: WorkspaceOption = WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Show the pairs of records that a person should judge, the costliest mistake first.

    It names people, so the look is recorded before anything is shown.
    """
    place = Workspace(workspace)
    chosen = place.release(release)
    apart = _never_together(place, chosen)
    queue = [
        row
        for row in pq.read_table(chosen.table("person_pair_review")).to_pylist()
        if frozenset(row[name] for name in PERSONS) not in apart
    ]
    rows = queue[:most]
    people = _people(chosen, [row[name] for row in rows for name in PERSONS])
    record(place, chosen.id, "pairs to review", sorted(people), purpose)
    if json:
        print_json([{**row, **_described(row, people)} for row in rows])
        return
    shown = [
        (f"{row['source']}/{row['record_id']}", people[row["person_id"]],
         f"{row['other_source']}/{row['other_record_id']}", people[row["other_person_id"]],
         row["why"])
        for row in rows
    ]  # fmt: skip
    title = f"To review: {len(rows):,} of {len(queue):,}"
    console.print(table(title, ("record", "person", "other record", "other person", "why"), shown))
    console.print("Answer with `kithkin people decide same|different A B --by NAME --why TEXT`.")


@app.command()
def history(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="An id, of now or earlier.")],
    release: ReleaseOption = None,
    purpose: PurposeOption = NO_PURPOSE,
    workspace: WorkspaceOption = WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Tell what became of a person's id: the records it named, mergers and splits, where it leads.

    The look is recorded before anything is shown.
    """
    place = Workspace(workspace)
    chosen = place.release(release)
    register = register_of(chosen)
    if not register.knows(person):
        raise PersonNotFoundError(
            f"{chosen.id}: the id {person!r} was never given. "
            "Ids are listed in person_index.parquet; a family has no history of its own."
        )
    told = {
        "person_id": person,
        "leads_to": register.forward(person),
        "lineage": register.history(person),
        "records": register.belongings(person),
    }
    record(place, chosen.id, person, ["history of the id"], purpose)
    if json:
        print_json(told)
    else:
        _show_history(told)


PERSONS = ("person_id", "other_person_id")


def _never_together(place: Workspace, release: Release) -> set[frozenset[str]]:
    """Give the persons whom a decision made since the release forbids to show as a pair."""
    pairs = [one.pair for one in standing(read_decisions(place.root / DECISIONS))
             if one.kind == "never"]  # fmt: skip
    if not pairs:
        return set()
    wanted = pc.field("record_id").isin([key[1] for pair in pairs for key in pair])
    rows = pq.read_table(release.table("person_link"), filters=wanted).to_pylist()
    person = {(row["source"], row["record_id"]): row["person_id"] for row in rows}
    return {frozenset(person[key] for key in pair if key in person) for pair in pairs}


LINEAGE = ("version", "as_of", "change", "person_id", "other_person_id", "records", "why")
BELONGING = ("source", "record_id", "since_version", "since", "until_version", "until", "why")


def _show_history(told: dict[str, Any]) -> None:
    for title, columns, rows in (
        (f"What became of {told['person_id']}", LINEAGE, told["lineage"]),
        ("Records that it named", BELONGING, told["records"]),
    ):
        cells = [[_day(row[name]) for name in columns] for row in rows]
        console.print(table(title, [name.replace("_", " ") for name in columns], cells))
    console.print(_leads(told["person_id"], told["leads_to"]), highlight=False)


def _day(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def _leads(person: str, to: tuple[str, ...]) -> str:
    if to == (person,):
        return f"{person} is in use."
    if not to:
        return f"{person} leads to nobody: no feed has the records."
    return f"{person} leads to {' and '.join(to)}."


def _record_key(text: str) -> Key:
    source, slash, number = text.partition("/")
    if not slash or not source or not number:
        raise typer.BadParameter(f"{text!r} is no record; write it as source/record_id")
    return source, number


def _must_be_sent(place: Workspace, pair: tuple[Key, Key]) -> None:
    """Refuse a record that the newest release does not hold: most likely it is mistyped."""
    release = place.release()
    wanted = pc.field("record_id").isin([record for _, record in pair])
    rows = pq.read_table(release.table("person_link"), filters=wanted).to_pylist()
    held = {(row["source"], row["record_id"]) for row in rows}
    for key in pair:
        if key not in held:
            raise PersonNotFoundError(
                f"{release.id} holds no record {'/'.join(key)}. Look in person_link.parquet how "
                "it is written, or add --unsent to decide before any feed has sent it."
            )


def _tell(made: Decision, *, as_json: bool) -> None:
    if as_json:
        print_json({"decision_id": made.decision_id, "kind": made.kind})
    else:
        console.print(
            f"Decision {made.decision_id} ({made.kind}) is recorded. It counts from the next run.",
            highlight=False,
        )
    if made.kind == "never":
        errors.print(
            "Earlier releases stay as they are: archive those that show the two together.",
            highlight=False,
        )


def _people(release: Release, ids: list[str]) -> dict[str, str]:
    """Give the persons' names and dates of birth, in words."""
    wanted = pc.field("person_id").isin(pa.array(ids, pa.string()))
    rows = pq.read_table(release.table("person"), filters=wanted).to_pylist()
    return {
        row["person_id"]: f"{row['display_name'] or 'no name given'}, "
        f"born {row['date_of_birth'] or 'on an unknown date'}"
        for row in rows
    }


def _described(row: dict[str, Any], people: dict[str, str]) -> dict[str, str]:
    return {name.replace("_id", ""): people[row[name]] for name in PERSONS}
