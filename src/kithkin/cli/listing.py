"""The commands that list: who is on a work list, which groups act together, which places stand out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import typer

from kithkin.cli.arguments import WORKSPACE, JsonOption, WorkspaceOption
from kithkin.cli.looking import NO_PURPOSE, PurposeOption, record
from kithkin.cli.output import console, print_json, table
from kithkin.cli.story_view import say
from kithkin.releases import Release, Workspace
from kithkin.releases.listing import (
    GroupTold,
    Listed,
    Listing,
    PlaceTold,
    WorkList,
    people_named,
)

ReleaseOption = Annotated[str | None, typer.Option(help="A release; the newest without it.")]
LIST_LIMIT = "Being on a list, or off it, decides nothing: it is an order to look in."
GROUP_LIMIT = "To be seen together is no finding; family ties never make a group."
PLACE_LIMIT = "This is about the place. It grades nobody who was there."
SHORT_ID = 12  # characters; the beginning of a place's id is enough to ask for it
MARK = "OFFICIAL - SENSITIVE: PERSONAL"


def lists(
    name: Annotated[str | None, typer.Argument(help="A list's name; all without it.")] = None,
    release: ReleaseOption = None,
    purpose: PurposeOption = NO_PURPOSE,
    workspace: WorkspaceOption = WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Show the policy's work lists, or who is on one and who just missed it.

    Who looked, when and why is recorded in the workspace before anybody is named.
    """
    place, chosen = _open(workspace, release)
    if name is None:
        _show_lists(Listing(chosen).work_lists(), json=json)
        return
    told = Listing(chosen).work_list(name)
    _record(place, chosen, f"list {name}", (one.person for one in told.places), purpose)
    if json:
        print_json(told)
    else:
        _show_list(told)


def groups(
    group: Annotated[str | None, typer.Argument(help="A group's id; all without it.")] = None,
    theme: Annotated[str | None, typer.Option(help="Only groups of this theme.")] = None,
    release: ReleaseOption = None,
    purpose: PurposeOption = NO_PURPOSE,
    workspace: WorkspaceOption = WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Show groups that act together, or one with its members and how surely each belongs.

    Who looked, when and why is recorded in the workspace before anybody is named.
    """
    place, chosen = _open(workspace, release)
    if group is None:
        _show_groups(Listing(chosen).groups(theme), json=json)
        return
    if theme is not None:
        raise typer.BadParameter("--theme chooses among all groups; leave it with a group's id")
    told = Listing(chosen).group(group)
    named = [*(one.person for one in told.members)]
    named += [end for tie in told.key_ties for end in (tie.one, tie.other)]
    _record(place, chosen, f"group {group}", named, purpose)
    if json:
        print_json(told)
    else:
        _show_group(told)


def places(
    place: Annotated[str | None, typer.Argument(help="A place's id; all without it.")] = None,
    kind: Annotated[
        Literal["address", "postcode_sector", "school"] | None,
        typer.Option(help="Only places of this kind."),
    ] = None,
    measure: Annotated[str | None, typer.Option(help="Only this measure.")] = None,
    most: Annotated[int, typer.Option(min=1, help="How many rows to show.")] = 30,
    release: ReleaseOption = None,
    purpose: PurposeOption = NO_PURPOSE,
    workspace: WorkspaceOption = WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Show places by how far they stand out, or one with the children whom it has to do with.

    Who looked, when and why is recorded in the workspace before anybody is named.
    """
    found, chosen = _open(workspace, release)
    listing = Listing(chosen)
    if place is None:
        _show_places(listing.places(kind, measure), most, json=json)
        return
    if kind is not None or measure is not None:
        raise typer.BadParameter("--kind and --measure choose among all places; leave them")
    told = listing.place(place)
    _record(found, chosen, f"place {place}", (child[1] for child in told.children), purpose)
    if json:
        print_json(told)
    else:
        _show_place(told)


def _open(workspace: Any, release: str | None) -> tuple[Workspace, Release]:
    place = Workspace(workspace)
    return place, place.release(release)


def _record(
    place: Workspace, release: Release, subject: str, people: Iterable[Listed], purpose: str
) -> None:
    record(place, release.id, subject, people_named(list(people)), purpose)


# --- work lists ----------------------------------------------------------------------------------


def _show_lists(found: list[WorkList], *, json: bool) -> None:
    rows: list[tuple[Any, ...]] = [(one.name, one.title, one.capacity, one.on_it) for one in found]
    columns = ("name", "list", "fit", "on it")
    if json:
        names = ("name", "title", "capacity", "on_it")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    console.print(table("Work lists", columns, rows))
    say(LIST_LIMIT)


def _show_list(told: WorkList) -> None:
    say(MARK, "bold")
    say(f"{told.title}: {told.on_it} of {told.capacity} that fit, {told.as_of:%-d %B %Y}", "bold")
    say(f"For: {told.purpose}. {LIST_LIMIT}")
    rows = [
        (one.place, _named(one.person), f"{one.value:.1f}", _note(one)) for one in told.places
    ]  # fmt: skip
    console.print(table("", ("place", "who", "value", "note"), rows))


def _note(one: Any) -> str:
    if one.near_miss is not None:
        return f"not on it: {one.near_miss}"
    return "of the same value as the last who fit" if one.tied_with_last else ""


# --- groups --------------------------------------------------------------------------------------


def _show_groups(rows: list[dict[str, Any]], *, json: bool) -> None:
    if json:
        print_json(rows)
        return
    columns = ("group", "people", "children", "ages", "since", "together", "ties kept inside")
    shown = [
        (
            row["group_id"],
            row["persons"],
            row["children"],
            _ages(row),
            f"{row['first_on']:%-d %b %Y}",
            f"{row['stability']:.0%}",
            f"{row['cohesion']:.0%}",
        )
        for row in rows
    ]
    console.print(table("Groups that act together", columns, shown))
    say(GROUP_LIMIT)


def _ages(row: dict[str, Any]) -> str:
    if row["youngest"] is None:
        return "not known"
    return f"{row['youngest']} to {row['oldest']}"


def _show_group(told: GroupTold) -> None:
    row = told.summary
    say(MARK, "bold")
    say(f"Group {row['group_id']}, {told.as_of:%-d %B %Y}: {row['persons']} people", "bold")
    say(
        f"Found since {row['first_on']:%-d %B %Y}. Two of its members are together in "
        f"{row['stability']:.0%} of the searches, the least sure in {row['least_agreement']:.0%}; "
        f"{row['cohesion']:.0%} of their ties are with one another. {GROUP_LIMIT}"
    )
    members: list[tuple[Any, ...]] = [
        (_named(one.person), "member" if one.member else "may belong", f"{one.together:.0%}")
        for one in told.members
    ]
    console.print(table("", ("who", "", "together with the others"), members))
    if told.themes:
        themes: list[tuple[Any, ...]] = [
            (one["theme"], one["victims"], one["perpetrators"], one["both"], one["neither"])
            for one in told.themes
        ]
        heads = ("theme", "may be harmed", "adults who may harm", "both", "neither")
        console.print(table("What its members carry", heads, themes))
    ties: list[tuple[Any, ...]] = [
        (_named(tie.one), _named(tie.other), f"{tie.strength:.1f}", tie.cut_off or "nobody")
        for tie in told.key_ties
    ]
    columns = ("", "", "strength", "whom it would leave apart")
    console.print(table("Ties that hold it together", columns, ties))
    for change in told.became:
        to = f" ({change['persons']} in {change['to_group_id']})" if change["to_group_id"] else ""
        say(f"Since the month before: {change['change'].replace('_', ' ')}{to}.")


# --- places --------------------------------------------------------------------------------------


def _show_places(rows: list[dict[str, Any]], most: int, *, json: bool) -> None:
    if json:
        print_json(rows)
        return
    columns = (
        "id",
        "place",
        "measure",
        "now",
        "before",
        "children",
        "against others",
        "trend",
        "note",
    )
    shown = [
        (
            row["place_id"][:SHORT_ID],
            row["called"],
            row["measure"].replace("_", " "),
            row["occasions"],
            row["occasions_before"],
            row["children"],
            _times(row["against_mean"]),
            row["trend"] or "",
            "not to publish" if row["not_to_publish"] else "",
        )
        for row in rows[:most]
    ]
    console.print(table("Places", columns, shown))
    if len(rows) > most:
        say(f"{most} of {len(rows):,} rows; --most shows more.")
    say(PLACE_LIMIT)


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.1f} times"


def _show_place(told: PlaceTold) -> None:
    say(MARK, "bold")
    say(f"{told.called}, {told.as_of:%-d %B %Y}", "bold")
    say(PLACE_LIMIT)
    for row in told.measures:
        say("")
        say(row["measure"].replace("_", " "), "bold")
        say(_measured(row))
        children = [
            (_named(who), count, "harmed" if harmed else "")
            for measure, who, count, harmed in told.children
            if measure == row["measure"]
        ]
        if children:
            console.print(table("", ("child", "occasions", ""), children))


def _measured(row: dict[str, Any]) -> str:
    told = f"{row['occasions']} in the period, {row['occasions_before']} in the one before."
    if row["against_mean"] is not None:
        told += (
            f" {_times(row['against_mean'])} the mean of places of its kind, allowing for chance."
        )
    if row["change"] is not None:
        span = f"{row['change_low']:.1f} to {row['change_high']:.1f}"
        told += f" {row['change']:.1f} times the period before ({span})"
        told += f": {row['trend']}." if row["trend"] else "; that may be chance."
    return told


def _named(person: Listed) -> str:
    return person.who if person.age is None else f"{person.who}, {person.age} ({person.person_id})"
