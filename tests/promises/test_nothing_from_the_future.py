"""Promise 2: what happened or became known after the as-of date changes no byte."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators import worlds
from kithkin.engine import Engine, open_engine
from kithkin.indicators import (
    Catalogue,
    FactsFolder,
    history_on,
    reference,
    store_facts,
    values_on,
)
from kithkin.releases import compare, run
from releases import made

MONTHS = [date(2025, 6, 30), date(2025, 10, 31), date(2025, 12, 31), worlds.AS_OF]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def written(engine: Engine, world: Any, catalogue: Catalogue) -> dict[str, bytes]:
    """Every byte of the facts, values and history of a world."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        sources = worlds.sources(engine, world)
        store_facts(engine, sources, [catalogue], folder / "facts", as_of=worlds.AS_OF)
        facts = FactsFolder(folder / "facts" / catalogue.level)
        values_on(facts, catalogue, worlds.AS_OF, folder / "values")
        history_on(facts, catalogue, MONTHS, folder / "history")
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }


both = worlds.worlds().flatmap(lambda world: st.tuples(st.just(world), worlds.futures(world)))


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy=worlds.policies(), two=both)
@pytest.mark.parametrize("level", ["person", "family"])
def test_the_future_changes_no_byte_of_facts_values_and_history(
    engine: Engine, level: Any, policy: Any, two: Any
) -> None:
    catalogue = Catalogue(policy, level)
    now, after = (written(engine, world, catalogue) for world in two)
    assert now.keys() == after.keys()
    assert [name for name in now if now[name] != after[name]] == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy=worlds.policies(), two=both)
def test_the_future_changes_no_value_of_the_reference(policy: Any, two: Any) -> None:
    now, after = (reference.values_on(w, policy, "person", worlds.AS_OF) for w in two)
    assert now == after


def a_home(record: str, number: int, started: date, known: date) -> dict[str, Any]:
    return {
        "record_id": record, "address_id": f"a{number}", "kind": "home", "started_on": started,
        "ended_on": None, "source": "s1", "batch_id": "s1-1", "file": "f", "row": number,
        "known_at": known, "known_basis": "recorded", "superseded_at": None,
    }  # fmt: skip


def test_an_earlier_home_that_is_learnt_of_later_makes_no_move_of_the_first_before(
    engine: Engine,
) -> None:
    count = worlds.indicator("T-00", "count", kinds=("residence.moved",), window_days=1095)
    moves = worlds.policy_of([count])
    catalogue = Catalogue(moves, "person")
    known = a_home("r1", 1, date(2025, 3, 1), date(2025, 3, 1))
    learnt = a_home("r1", 2, date(2024, 3, 1), date(2025, 11, 15))
    after: Any = {**worlds.people_alone(), "residence": [known, learnt]}
    with TemporaryDirectory() as name:
        folder = Path(name)
        store_facts(engine, worlds.sources(engine, after), [catalogue], folder, as_of=worlds.AS_OF)
        counts = []
        for day in MONTHS:
            values_on(FactsFolder(folder / "person"), catalogue, day, folder / str(day))
            counts.append(worlds.read_parts(folder / str(day)).to_pylist()[0]["T-00"])
    assert counts == [0, 0, 1, 1]
    assert [
        reference.values_on(after, moves, "person", day)["P1"]["T-00"] for day in MONTHS
    ] == counts


# --- the whole path --------------------------------------------------------------------------

LATER = date(2026, 2, 10)


def test_a_delivery_and_a_correction_extracted_later_change_no_byte_of_a_release(
    tmp_path: Path,
) -> None:
    feeds = made.corner(tmp_path / "feeds")
    shutil.copytree(feeds / "youth_justice", feeds / "later")
    made.replace(feeds / "later" / "order.csv", "2025-10-02", "2025-10-03")
    made.add_feed(feeds, made.entry("youth-justice", "youth_justice", "youth_justice",
                                    "later/*.csv", on=LATER, more="full_extract = true\n"))  # fmt: skip
    made.add_feed(
        feeds,
        made.entry("school", "education", "mapped", "school.csv", on=LATER,
                   more='[feed.options]\nmapping = "school.toml"\n'),
        {"school.csv": made.PEOPLE,
         "school.toml": made.MAPPING.replace('["*people*"]', '["school*"]')},
    )  # fmt: skip
    workspace, first = made.corner_release()
    place = made.copied(workspace, tmp_path / "workspace")
    shutil.rmtree(place.root / "releases")
    again = run(feeds, made.AS_OF, place, made.options())
    assert again.id == first.id
    assert made.contents(again) == made.contents(first)
    later = run(feeds, made.NEXT, place, made.options())
    assert compare(first, later).inputs == (
        "later/assessment.csv: new", "later/order.csv: new", "later/outcome.csv: new",
        "later/person.csv: new", "school.csv: new", "school.toml: new",
    )  # fmt: skip


def test_a_correction_leaves_the_earlier_months_of_history_as_they_were(tmp_path: Path) -> None:
    feeds = made.corner(tmp_path / "feeds")
    workspace, first = made.corner_release()
    shutil.copytree(feeds / "early_help", feeds / "later")
    made.replace(feeds / "later" / "episode.csv", "EE2,E123,2025-06-16,,", "EE2,E123,2025-05-16,,")
    made.add_feed(feeds, made.entry("early-help", "early_help", "early_help", "later/*.csv",
                                    on=LATER, more="full_extract = true\n"))  # fmt: skip
    place = made.copied(workspace, tmp_path / "workspace")
    later = run(feeds, made.NEXT, place, made.options())
    for level in ("person", "family"):
        assert _at(first, level, made.AS_OF) == _at(later, level, made.AS_OF)


def _at(release: Any, level: str, day: date) -> dict[tuple[str, str], float]:
    """Values that the history holds for one date, by id."""
    folder = release.folder / "indicator_history" / level
    legend = json.loads((folder / "legend.json").read_text())
    position = legend["dates"].index(day.isoformat())
    ids = {r[f"{level}_key"]: r[f"{level}_id"] for r in
           pq.read_table(release.table(level)).to_pylist()}  # fmt: skip
    return {
        (ids[r["subject"]], legend["indicators"][r["indicator"]]): r["value"]
        for r in worlds.read_parts(folder).to_pylist()
        if r["first"] <= position <= r["last"]
    }
