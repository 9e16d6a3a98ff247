"""Pages that are made from the code and the policy are as they would be made now."""

from pathlib import Path
from typing import Any

import pytest

from docs.made import ROOT, make_docs, name
from kithkin.model.tables import SOURCE_TABLES, TypedTable
from kithkin.network.tables import PersonTieTable
from kithkin.people.tables import PersonLinkTable
from kithkin.policy import read_policy
from kithkin.scoring.tables import ContributionTable, ScoreTable

PAGES: dict[Path, str] = make_docs.pages()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_made_page_is_up_to_date(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], "run python tools/make_docs.py"


def test_every_indicator_is_on_the_page_with_its_outside_codes() -> None:
    text = PAGES[ROOT / "docs" / "indicators.md"]
    rows = {line.split(" | ")[0][2:]: line for line in text.splitlines() if line.startswith("| ")}
    indicators = read_policy().indicators
    assert indicators.keys() <= rows.keys()
    assert "Outside codes:" not in text
    for code, indicator in indicators.items():
        assert f"| {indicator.title} | " in rows[code]
        assert all(outside in rows[code].rsplit(" | ", 1)[1] for outside in indicator.codes.tfd)


def test_every_table_is_on_the_page_with_every_column() -> None:
    text = PAGES[ROOT / "docs" / "architecture.md"]
    tables: tuple[type[TypedTable], ...] = (*SOURCE_TABLES, PersonLinkTable)
    for table in tables:
        section = text.split(f"\n#### `{table.name}`\n")[1].split("\n#### ")[0]
        wanted = [c for c in table.columns if c not in make_docs.PROVENANCE]
        assert [column for column in wanted if f"| `{column}` | " not in section] == []


def test_comments_of_columns_are_on_the_page() -> None:
    text = PAGES[ROOT / "docs" / "architecture.md"]
    assert "| `batch_id` | text | content hash of the delivery |" in text
    assert "| `probability` | number | of the strongest join to the others;" in text


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        ("all", ["a", "b", "c", "d"]),
        ("first 1, last 1", ["a", "…", "d"]),
        ("lines 2-3", ["…", "b", "c", "…"]),
    ],
)
def test_output_is_cut_as_the_page_asks(shown: str, kept: list[str]) -> None:
    assert make_docs._cut(["a", "b", "c", "d"], shown) == kept


# --- themes ----------------------------------------------------------------------------------

POLICY = read_policy()
VARIABLES = [v for model in make_docs.bristol_models() for v in model["variables"]]
SCORED = {table.name: table for table in (ScoreTable, ContributionTable, PersonTieTable)}


def test_every_theme_line_of_evidence_and_tie_is_on_the_page_with_its_basis() -> None:
    text = PAGES[ROOT / "docs" / "themes.md"]
    for theme in POLICY.themes.values():
        section = text.split(f"\n### {theme.title}\n")[1].split("\n### ")[0]
        assert theme.basis in section
        for track in theme.tracks().values():
            for key, component in track.components.items():
                assert f"| `{key}` {component.title} |" in section
                assert f"| {component.basis} |" in section
    for key, rule in POLICY.ties.items():
        assert f"| `{key}` | {rule.title}. " in text
        assert rule.basis in text


def test_insight_bristols_models_are_whole() -> None:
    names = [variable["name"] for variable in VARIABLES]
    assert len(names) == len(set(names))
    own = [n for n in names if n.startswith("CSE ") and n.endswith(("_C", "_R"))]
    network = [n for n in names if n.startswith("CSE ") and "_Associates_" in n]
    assert (len(own), len(network)) == (12, 6)
    parts = (
        "intelligence: ",
        "flag: ",
        "management occurrences: ",
        "occurrences: ",
        "call cards: ",
    )
    counted = {part: len([n for n in names if n.startswith(f"CCE {part}")]) for part in parts}
    assert list(counted.values()) == [9, 5, 2, 1, 2]
    assert len([n for n in names if n.startswith(("CCE <18 ", "CCE >=18 "))]) == 6


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable["name"])
def test_each_of_insight_bristols_names_is_answered_or_said_not_to_be(
    variable: dict[str, Any],
) -> None:
    answered = bool(make_docs.answers(POLICY, variable))
    assert answered == ("none" not in variable) == ("differs" in variable)
    assert set(variable.get("indicators", ())) <= POLICY.indicators.keys()
    for column in variable.get("columns", ()):
        table, _, name_of_column = column.partition(".")
        assert name_of_column in SCORED[table].columns


def test_what_the_policy_calls_a_variable_of_insight_bristols_is_one() -> None:
    named = {
        variable
        for theme in POLICY.themes.values()
        for track in theme.tracks().values()
        for component in track.components.values()
        for variable in component.variables
    }
    assert named <= {variable["name"] for variable in VARIABLES}


def test_all_thirty_of_the_partnership_layer_are_on_the_page() -> None:
    layer = PAGES[ROOT / "docs" / "themes.md"].split("### Partnership layer")[1]
    codes = {line.split(" | ")[0][2:] for line in layer.splitlines() if line[:3] > "| 0"}
    wanted = {code for i in POLICY.indicators.values() for code in i.codes.tfd}
    assert wanted <= codes
    assert len(wanted) == 30
