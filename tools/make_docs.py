"""Writes what the documents take from the code, the policy and real runs, so that it cannot drift.

`python tools/make_docs.py` writes docs/indicators.md, docs/themes.md, the made parts of
docs/architecture.md, and the output below each `$ kithkin` command of the README, which it runs on
the example feeds.
`tests/docs` holds that what is committed is what this makes.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any

from kithkin.model import tables as source_tables
from kithkin.model.tables import PROVENANCE, SOURCE_TABLES, TypedTable
from kithkin.people import tables as people_tables
from kithkin.policy import (
    Policy,
    default_policy_folder,
    describe_indicator,
    describe_scoring,
    describe_sensitivity,
    describe_theme,
    describe_tie,
    read_policy,
)
from kithkin.policy.describing_gatherings import describe_groups, describe_places
from kithkin.policy.describing_themes import (
    TRACKS,
    describe_network,
    describe_once,
    index_of_points,
)
from kithkin.policy.models import Selection
from kithkin.policy.themes import Component, Theme, Track
from kithkin.policy.wording import say_ages, say_events, titles

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
INDICATORS = ROOT / "docs" / "indicators.md"
THEMES = ROOT / "docs" / "themes.md"
BRISTOL = ROOT / "tools" / "insight_bristol.toml"
ARCHITECTURE = ROOT / "docs" / "architecture.md"

TYPES = {"string": "text", "date32[day]": "date", "int32": "whole number", "double": "number",
         "bool": "yes or no"}  # fmt: skip
OUTSIDE = {"tfd": "Think Family", "supporting_families": "Supporting Families",
           "cin_factors": "census factor", "continuum": "level of need"}  # fmt: skip

COLUMN = re.compile(r'^ +"(?P<name>\w+)": \w+, *(?:# (?P<comment>.*))?$', re.M)
BLOCK = re.compile(
    r"(?P<open>(?:<!-- output: (?P<shown>[^\n]*) -->\n)?```console\n)(?P<body>.*?)(?P<close>```)",
    re.S,
)
RELEASE_ID = re.compile(r"\d{4}-\d\d-\d\d-[0-9a-f]{10}")
LEFT_OUT = "…"

INTRODUCTION = """# The indicators

The {} indicators of the policy that Kithkin ships ({} {}), in the words that
`kithkin policy show` and `kithkin explain` use. An indicator points to records worth a second
look; it decides nothing. Windows, thresholds and weights are proposals, for a partnership to
change and agree: see [the policy](policy.md).

This page is made from the policy by `python tools/make_docs.py`; do not edit it.
"""

THEMES_INTRODUCTION = """# Themes and ties

What the policy that Kithkin ships ({} {}) scores, in the words that `kithkin policy show cse` and
`kithkin policy show co_suspects` use. A score points to records worth a second look; it is no
probability, and decides nothing. Constants are proposals unless their basis names a source: see
[the policy](policy.md) for how to change them.

How a score is made, for one person, theme and day:

1. Each event that a line of evidence counts gives points: weight x gravity, halved for each
   half-life that has passed. Lines are capped; the sum is S.
2. The index is 100 x (1 - 2^(-S / halfway)): 50 at `halfway` points, 75 at twice as many.
3. What reaches a person of others' indices, through ties, is their attention T. The network adds
   (100 - index) / 100 x most x (1 - 2^(-T / halfway)) points; index and network points are the
   score. Beside it stand the score without the network, without what stands for poverty, and
   without unproven information.

A perpetrator score is for adults alone, made only of records in which they were on the harming side
as adults; no victim's record changes it. All of this is checked when a policy is read.

This page is made from the policy and `tools/insight_bristol.toml` by `python tools/make_docs.py`; do
not edit it.
"""

LINES_OF_EVIDENCE = (
    "| line of evidence | counts | weight | days counted | half after | at most (index) | basis |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)

PARTNERSHIP_LAYER = """### Partnership layer

The thirty indicators of the Think Family Database, each asked of the person and of the family, stand
beside every score. The index counts the same kinds of event where a line of evidence is named below.
What a fitted model makes of all thirty waits for a model that has passed its test.

| code | indicators | lines of evidence that count some of the same events |
| --- | --- | --- |
"""


def main() -> None:
    """Write every made page; say which changed."""
    for path, text in {**pages(), README: readme()}.items():
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")


def pages() -> dict[Path, str]:
    """Give the text of each page that is made without running a command."""
    page = ARCHITECTURE.read_text(encoding="utf-8")
    page = _with_part(page, "packages", "\n".join(_packages()))
    page = _with_part(page, "tables", "\n".join(_tables()))
    policy = read_policy()
    return {
        INDICATORS: indicators_page(policy),
        THEMES: themes_page(policy),
        ARCHITECTURE: page,
    }


# --- the indicators --------------------------------------------------------------------------


def indicators_page(policy: Policy) -> str:
    """Write the catalogue: each indicator of the shipped policy in plain English."""
    header = policy.header
    lines = INTRODUCTION.format(len(policy.indicators), header.name, header.version).splitlines()
    for domain, codes in _domains():
        lines += ["", f"## {domain}", "", "| code | indicator | what it asks | outside codes |",
                  "| --- | --- | --- | --- |"]  # fmt: skip
        lines += [_indicator_row(policy, code) for code in codes]
    return "\n".join([*lines, ""])


def _domains() -> Iterator[tuple[str, list[str]]]:
    for path in sorted((default_policy_folder() / "indicators").glob("*.toml")):
        codes = tomllib.loads(path.read_text(encoding="utf-8"))["indicators"]
        yield path.stem.replace("_", " ").capitalize(), sorted(codes)


def _indicator_row(policy: Policy, code: str) -> str:
    indicator = policy.indicators[code]
    words = describe_indicator(policy, code).removeprefix(f"{code}: {indicator.title}. ")
    asks = re.sub(r" Outside codes: .*?\.(?= )", "", words)  # they have a column of their own
    given = indicator.codes.model_dump(exclude_defaults=True)
    outside = "; ".join(f"{OUTSIDE[name]} {_listed(value)}" for name, value in given.items())
    return _row(code, indicator.title, asks, outside)


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _row(*cells: str) -> str:
    escaped = (cell.replace("|", "\\|").replace("[", "\\[") for cell in cells)
    return "| " + " | ".join(escaped) + " |"


# --- the themes ------------------------------------------------------------------------------


def themes_page(policy: Policy) -> str:
    """Write every theme, every rule for ties, and what answers each of Insight Bristol's names."""
    header = policy.header
    lines = THEMES_INTRODUCTION.format(header.name, header.version).splitlines()
    lines += ["", "## What all themes share", ""]
    lines += [f"- {line}" for line in describe_scoring(policy).splitlines()]
    lines += [f"- {describe_sensitivity(policy)}"]
    lines += ["", "## Themes"]
    for theme in policy.themes.values():
        lines += _theme(policy, theme)
    lines += [
        "",
        "## Ties",
        "",
        "| rule | what it ties, how strongly and for how long |",
        "| --- | --- |",
    ]
    for name in sorted(policy.ties):
        lines.append(_row(f"`{name}`", describe_tie(policy, name).removeprefix(f"{name}: ")))
    for title, told in (
        ("Groups that act together", describe_groups(policy)),
        ("Places", describe_places(policy)),
    ):
        lines += ["", f"## {title}", "", *(f"- {line}" for line in told)] if told else []
    lines += ["", "## Insight Bristol's names", ""]
    lines += ["What answers each variable of the three models on the slides of 2 March 2020."]
    for model in bristol_models():
        lines += _model(policy, model)
    lines += _thirty(policy)
    return "\n".join([*lines, ""])


def _theme(policy: Policy, theme: Theme) -> Iterator[str]:
    about = describe_theme(policy, theme.name).split("\n\n")[0]
    yield from ("", f"### {theme.title}", "", about.replace("[", "\\["))
    for name, track in theme.tracks().items():
        ages, halfway = say_ages(*track.ages), f"{track.halfway:g}"
        about = f"aged {ages}; index 50 at {halfway} points. Basis: {track.basis}."
        about = " ".join([about, *describe_once(track)])
        yield from ("", f"**{TRACKS[name]}**: {about}", "", *LINES_OF_EVIDENCE)
        for key, component in sorted(track.components.items()):
            yield _component_row(policy, track, key, component)
    yield from ("", describe_network(theme.network))


def _component_row(policy: Policy, track: Track, key: str, component: Component) -> str:
    counted = f"{say_events(policy, component)}: {titles(policy, component.kinds)}"
    most = f"{component.at_most:g} ({index_of_points(component.at_most, track.halfway):.0f})"
    return _row(f"`{key}` {component.title}", counted, f"{component.weight:g}",
                str(component.window_days), str(component.half_life_days), most,
                component.basis)  # fmt: skip


def bristol_models() -> list[dict[str, Any]]:
    """Give the models of Insight Bristol with their variables, as the data file names them."""
    models: list[dict[str, Any]] = tomllib.loads(BRISTOL.read_text(encoding="utf-8"))["models"]
    return models


def _model(policy: Policy, model: dict[str, Any]) -> Iterator[str]:
    yield from ("", f"### {model['title']}", "", model["about"], "",
                "| on the slides | here | what differs |", "| --- | --- | --- |")  # fmt: skip
    for variable in model["variables"]:
        name, differs = variable["name"], variable.get("differs", variable.get("none"))
        yield _row(name, answers(policy, variable) or "**not here**", differs)


def answers(policy: Policy, variable: dict[str, Any]) -> str:
    """Say which components, columns and indicators answer one of Insight Bristol's names."""
    components = [
        f"`{theme.name}.{track_name}.{key}`"
        for theme in policy.themes.values()
        for track_name, track in theme.tracks().items()
        for key, component in sorted(track.components.items())
        if variable["name"] in component.variables
    ]
    columns = [f"column `{column}`" for column in variable.get("columns", ())]
    indicators = [f"indicator {code}" for code in variable.get("indicators", ())]
    return "; ".join(components + columns + indicators)


def _thirty(policy: Policy) -> Iterator[str]:
    """List the partnership layer: Bristol's thirty, and which lines of evidence look at the same."""
    yield from ("", *PARTNERSHIP_LAYER.splitlines())
    carried = {code for i in policy.indicators.values() for code in i.codes.tfd}
    for code in sorted(carried):
        codes = [name for name, i in sorted(policy.indicators.items()) if code in i.codes.tfd]
        asked = "; ".join(f"{name} {policy.indicators[name].title}" for name in codes)
        selections = [s for name in codes for s in policy.indicators[name].selections()]
        lines = (
            f"`{theme.name}.{track_name}.{key}`"
            for theme in policy.themes.values()
            for track_name, track in theme.tracks().items()
            for key, component in sorted(track.components.items())
            if any(_look_alike(component.selection, selection) for selection in selections)
        )
        yield _row(code, asked, ", ".join(lines) or "none")


def _look_alike(one: Selection, other: Selection) -> bool:
    """Whether an event in some role could count for both."""
    roles = not one.roles or not other.roles or bool({*one.roles} & {*other.roles})
    return roles and bool({*one.kinds} & {*other.kinds})


# --- the architecture ------------------------------------------------------------------------


def _with_part(page: str, name: str, text: str) -> str:
    begin, end = f"<!-- {name}: made by tools/make_docs.py -->", f"<!-- {name}: end -->"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"docs/architecture.md lacks the lines {begin!r} and {end!r}")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def _packages() -> Iterator[str]:
    """List the packages in the order that import-linter holds, each with its own first words."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    yield from ("| package | what it is for |", "| --- | --- |")
    for layer in (name for level in reversed(layers) for name in level.split(" | ")):
        words = inspect.getdoc(import_module(layer)) or ""
        summary = " ".join(words.split("\n\n")[0].split())
        yield _row(f"`{layer.removeprefix('kithkin.')}`", summary)


def _tables() -> Iterator[str]:
    comments = _comments(_assigned(source_tables, "PROVENANCE"))
    yield "Every source table ends with its provenance, as far as it applies:"
    yield from _columns(PROVENANCE.items(), comments)
    for table in SOURCE_TABLES:
        yield from _table(table, leaving_out=set(PROVENANCE))
    yield from ("", "### Made by linkage", "", "The same bytes for the same records.")
    for table in _people_tables():
        yield from _table(table, leaving_out=set())


def _people_tables() -> list[type[TypedTable]]:
    found = [value for value in vars(people_tables).values() if inspect.isclass(value)]
    return [t for t in found if issubclass(t, TypedTable) and t is not TypedTable]


def _table(table: type[TypedTable], leaving_out: set[str]) -> Iterator[str]:
    own = [(name, kind) for name, kind in table.columns.items() if name not in leaving_out]
    words = " ".join((inspect.getdoc(table) or "").split())
    yield from ("", f"#### `{table.name}`", "", words)
    yield from _columns(own, _comments(inspect.getsource(table)))
    if leaving_out <= table.columns.keys():
        yield from ("", "And its provenance.")
    elif left := [f"`{name}`" for name in table.columns if name in leaving_out]:
        yield from ("", f"And {', '.join(left)}.")


def _columns(columns: Iterable[tuple[str, Any]], comments: dict[str, str]) -> Iterator[str]:
    yield from ("", "| column | type | what it holds |", "| --- | --- | --- |")
    for name, kind in columns:
        yield _row(f"`{name}`", TYPES[str(kind)], comments.get(name, ""))


def _comments(source: str) -> dict[str, str]:
    """Give the comment behind each column, as the code says it."""
    return {found["name"]: found["comment"] or "" for found in COLUMN.finditer(source)}


def _assigned(module: ModuleType, name: str) -> str:
    source = inspect.getsource(module)
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name:
            return ast.get_source_segment(source, node) or ""
    raise SystemExit(f"{module.__name__} assigns no {name}")


# --- the README's commands -------------------------------------------------------------------


def readme() -> str:
    """Run each `$ kithkin` command of the README and put its output below it."""
    page = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = prepared(Path(name))
        made = BLOCK.sub(lambda block: _replayed(block, folder), page)
    return page if without_ids(made) == without_ids(page) else made


def prepared(folder: Path) -> Path:
    """Make a folder look like a checkout to a command: the feeds that documents name are there."""
    (folder / "tests").mkdir()
    for name in ("examples", "tests/county"):
        (folder / name).symlink_to(ROOT / name, target_is_directory=True)
    return folder


def blocks(page: str) -> Iterator[list[tuple[str, list[str]]]]:
    """Give for each console block its commands, each with the lines of output shown below it."""
    for block in BLOCK.finditer(page):
        yield _commands(block["body"])


def _commands(body: str) -> list[tuple[str, list[str]]]:
    lines = body.splitlines()
    starts = [at for at, line in enumerate(lines) if line.startswith("$ ")]
    ends = [*starts[1:], len(lines)]
    return [(lines[at][2:], lines[at + 1 : end]) for at, end in zip(starts, ends, strict=True)]


def _replayed(block: re.Match[str], folder: Path) -> str:
    lines: list[str] = []
    for command, shown in _commands(block["body"]):
        lines.append(f"$ {command}")
        if command.startswith("kithkin "):
            lines += _cut(run(command, folder).splitlines(), block["shown"] or "all")
        else:
            lines += shown
    return block["open"] + "\n".join(lines) + "\n" + block["close"]


def run(command: str, folder: Path) -> str:
    """Run a `kithkin` command in a folder; give what it prints, or stop when it fails."""
    arguments = [sys.executable, "-c", "from kithkin.cli import main; main()"]
    done = subprocess.run(
        [*arguments, *shlex.split(command)[1:]],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"$ {command}\nended with {done.returncode}:\n{done.stderr}")
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def _cut(lines: list[str], shown: str) -> list[str]:
    """Keep what `first 3, last 2` asks for (or `lines 5-9`, `all`), with … for the rest."""
    kept = {at for part in shown.split(", ") for at in _asked(part, range(len(lines)))}
    runs = groupby(range(len(lines)), key=lambda at: at in kept)
    shortened: list[str] = []
    for keep, run_of_lines in runs:
        shortened += [lines[at] for at in run_of_lines] if keep else [LEFT_OUT]
    return shortened


def _asked(part: str, lines: range) -> range:
    how, _, number = part.partition(" ")
    match how:
        case "all":
            return lines
        case "first":
            return lines[: int(number)]
        case "last":
            return lines[-int(number) :]
        case "lines":
            first, last = number.split("-")
            return lines[int(first) - 1 : int(last)]
    raise SystemExit(f"output: {part!r} is not one of all, first 3, last 3, lines 3-5")


def without_ids(text: str) -> str:
    """Replace the ids of releases, which change with every line of code, by one word."""
    return RELEASE_ID.sub("RELEASE", text)


if __name__ == "__main__":
    main()
