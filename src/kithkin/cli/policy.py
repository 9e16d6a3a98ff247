"""The commands about the policy: check, show, diff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kithkin.cli.arguments import JsonOption, PolicyOption
from kithkin.cli.output import console, print_json, table
from kithkin.policy import Policy, describe_indicator, diff_policies, read_policy
from kithkin.policy.mistakes import choose_from

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
        f"{len(read.gateways)} legal gateways. Hash {read.hash[:16]}.",
        highlight=False,
    )


@app.command()
def show(
    codes: Annotated[
        list[str] | None, typer.Argument(help="Indicators, by our code or Bristol's; all without.")
    ] = None,
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> None:
    """Say in plain English what an indicator asks, from its data; without a code, list them."""
    read = read_policy(policy)
    chosen = [code for name in codes or () for code in _found(read, name)]
    if json:
        names = chosen or sorted(read.indicators)
        print_json({code: read.indicators[code].model_dump(mode="json") for code in names})
    elif chosen:
        for code in chosen:
            console.print(describe_indicator(read, code), highlight=False, markup=False)
            console.print()
    else:
        rows = [(code, i.title, i.measure, " and ".join(i.levels), i.polarity, i.use,
                 " ".join(i.codes.tfd)) for code, i in sorted(read.indicators.items())]  # fmt: skip
        columns = ("code", "title", "measure", "of", "polarity", "use", "Bristol")
        console.print(table(f"{len(rows)} indicators", columns, rows))


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


def _found(policy: Policy, name: str) -> list[str]:
    found = [c for c, i in sorted(policy.indicators.items()) if name in (c, *i.codes.tfd)]
    if not found:
        raise typer.BadParameter(f"no indicator {name!r}; {choose_from(name, policy.indicators)}")
    return found
