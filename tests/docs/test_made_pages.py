"""Pages that are made from the code and the policy are as they would be made now."""

from pathlib import Path

import pytest

from docs.made import ROOT, make_docs, name
from kithkin.model.tables import SOURCE_TABLES, TypedTable
from kithkin.people.tables import PersonLinkTable
from kithkin.policy import read_policy

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
