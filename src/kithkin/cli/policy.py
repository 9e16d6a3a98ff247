"""The commands about the policy: check, show, diff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kithkin.cli.arguments import JsonOption, PolicyOption
from kithkin.cli.output import console, print_json, table
from kithkin.policy import (
    Policy,
    describe_indicator,
    describe_scoring,
    describe_sensitivity,
    describe_theme,
    describe_tie,
    diff_policies,
    read_policy,
)
from kithkin.policy.mistakes import choose_from
from kithkin.policy.themes import Theme

SINGLE = ("scoring", "sensitivity")
Named = tuple[str, str]  # the section of the policy and the name in it

app = typer.Typer(help="Check, show and compare policies.", no_args_is_help=True)


@app.command()
def check(
    policy: Annotated[Path | None, typer.Argument(help="A policy folder; ours without it.")] = None,
) -> None:
    """Read a policy whole; exit 1 with every mistake, by file, table, key, value and remedy."""
    read = read_policy(policy)
    both = [i for i in read.indicators.values() if len(i.levels) == 2]
    console.print(
        f"{read.header.name} {read.header.version}: {len(read.kinds)} kinds of event, "
        f"{len(read.indicators)} indicators ({len(both)} of person and family), "
        f"{len(read.themes)} themes, {len(read.ties)} rules for ties, "
        f"{len(read.gateways)} legal gateways. Hash {read.hash[:16]}.",
        highlight=False,
    )


@app.command()
def show(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Indicators, by our code or Bristol's; themes and rules for ties, by name; "
            "scoring, for what all themes share; sensitivity, for how far constants are varied. All "
            "without."
        ),
    ] = None,
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> None:
    """Say in plain English what an indicator asks, or a theme counts; without a name, list them."""
    read = read_policy(policy)
    chosen = [found for name in names or () for found in _found(read, name)]
    if json:
        named = chosen or [("indicators", code) for code in sorted(read.indicators)]
        print_json({name: _content(read, section, name) for section, name in named})
    elif chosen:
        for section, name in chosen:
            console.print(_description(read, section, name), highlight=False, markup=False)
            console.print()
    else:
        _list_all(read)


def _list_all(read: Policy) -> None:
    indicators = [(code, i.title, i.measure, " and ".join(i.levels), i.polarity, i.use,
                   " ".join(i.codes.tfd)) for code, i in sorted(read.indicators.items())]  # fmt: skip
    heads: tuple[str, ...] = ("code", "title", "measure", "of", "polarity", "use", "Bristol")
    console.print(table(f"{len(indicators)} indicators", heads, indicators))
    themes = [(name, t.title, t.concern, " and ".join(t.tracks()), _components(t),
               " and ".join(t.network.natures) if t.network else "none")
              for name, t in sorted(read.themes.items())]  # fmt: skip
    heads = ("theme", "title", "concern", "tracks", "components", "network")
    console.print(table(f"{len(themes)} themes", heads, themes))
    ties = [(name, t.title, t.source, t.nature, f"{t.half_life_days} days",
             "yes" if t.perpetrator_network else "no") for name, t in sorted(read.ties.items())]  # fmt: skip
    heads = ("tie", "title", "from", "nature", "half-life", "to perpetrator scores")
    console.print(table(f"{len(ties)} rules for ties", heads, ties))


def _components(theme: Theme) -> str:
    return str(sum(len(track.components) for track in theme.tracks().values()))


def _content(read: Policy, section: str, name: str) -> object:
    return read.content()[section] if section in SINGLE else read.content()[section][name]


def _description(read: Policy, section: str, name: str) -> str:
    match section:
        case "indicators":
            return describe_indicator(read, name)
        case "themes":
            return describe_theme(read, name)
        case "ties":
            return describe_tie(read, name)
        case "sensitivity":
            return describe_sensitivity(read)
        case _:
            return describe_scoring(read)


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="A policy folder.")],
    after: Annotated[Path | None, typer.Argument(help="Another; ours without it.")] = None,
) -> None:
    """Say what changed between two policies."""
    changes = diff_policies(read_policy(before), read_policy(after))
    for change in changes:
        console.print(str(change), highlight=False, markup=False, soft_wrap=True)
    console.print(f"{len(changes)} changes." if changes else "The two mean the same.")


def _found(read: Policy, name: str) -> list[Named]:
    if name in SINGLE:
        return [(name, name)]
    codes = [c for c, i in sorted(read.indicators.items()) if name in (c, *i.codes.tfd)]
    found = [("indicators", code) for code in codes]
    found += [("themes", name)] if name in read.themes else []
    found += [("ties", name)] if name in read.ties else []
    if not found:
        known = {*read.indicators, *read.themes, *read.ties, *SINGLE}
        problem = f"no indicator, theme or rule for ties {name!r}; {choose_from(name, known)}"
        raise typer.BadParameter(problem)
    return found
