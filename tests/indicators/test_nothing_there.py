"""A level of which nothing is asked, and a county without anybody, are answered like any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indicators import worlds
from kithkin.engine import Engine, open_engine
from kithkin.indicators import (
    Catalogue,
    FactsFolder,
    history_on,
    portable,
    reference,
    store_facts,
    sweep,
)
from kithkin.indicators.evidence import evidence_for, facts_of
from kithkin.policy.models import Level, Part

LEVELS: tuple[Level, ...] = ("person", "family")
DAYS = [worlds.FIRST, worlds.AS_OF]
ONE = ("a.plain.one",)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def robbed() -> dict[str, list[dict[str, Any]]]:
    """A world in which one thing happened."""
    known = worlds.provenance("s1", worlds.FIRST)
    event = {"event_id": "e", "kind": ONE[0], "agency": "police", "occurred_on": worlds.FIRST,
             "ended_on": None, "end_known_at": None, "value": 2.5, **known}  # fmt: skip
    part = {"event_id": "e", "record_id": "r1", "role": "victim", "age_at_event": None, **known}
    return worlds.people_alone() | {"event": [event], "event_person": [part]}


def nobody() -> dict[str, list[dict[str, Any]]]:
    return {name: [] for name in worlds.people_alone()}


def every_measure(levels: tuple[Level, ...]) -> list[Any]:
    more: dict[str, Any] = {"kinds": ONE, "window_days": 1095, "levels": levels}
    part = Part(kinds=ONE, weigh="value")
    two: dict[str, Any] = {"numerator": part, "denominator": part, "minimum_denominator": 1.0}
    periods = {"recent_days": 90, "earlier_days": 90, "compare": "difference"}
    return [
        worlds.indicator("T-1", "count", **more),
        worlds.indicator("T-2", "count", **more, weigh="value"),
        worlds.indicator("T-3", "distinct", **more, of="agencies"),
        worlds.indicator("T-4", "distinct", **more, of="kinds"),
        worlds.indicator("T-5", "flag", **more),
        worlds.indicator("T-6", "flag", **{**more, "kinds": ("a.lasting.one",)}, state="open"),
        worlds.indicator("T-7", "recency", **more),
        worlds.indicator("T-8", "latest", **more),
        worlds.indicator("T-9", "ratio", **two, window_days=1095, levels=levels),
        worlds.indicator("T-10", "change", **two, **periods, levels=levels),
    ]


def answered(
    engine: Engine, world: dict[str, Any], asked: list[Any], folder: Path
) -> dict[tuple[str, Level], Any]:
    """Give the values of both engines and the runs, by what made them and level."""
    policy = worlds.policy_of(asked)
    catalogues = [Catalogue(policy, level) for level in LEVELS]
    sources = worlds.sources(engine, world)
    store_facts(engine, sources, catalogues, folder / "facts", as_of=worlds.AS_OF)
    found: dict[tuple[str, Level], Any] = {}
    for catalogue in catalogues:
        level = catalogue.level
        facts, out = FactsFolder(folder / "facts" / level), folder / level
        sweep.values_on(facts, catalogue, worlds.AS_OF, out / "kernel")
        portable.values_on(engine, facts, catalogue, worlds.AS_OF, out / "portable")
        history_on(facts, catalogue, DAYS, out / "history")
        for name in ("kernel", "portable", "history"):
            files = sorted((out / name).glob("part-*.parquet"))
            found[name, level] = worlds.read_parts(out / name).to_pylist() if files else []
        found["reference", level] = reference.values_on(world, policy, level, worlds.AS_OF)
    return found


def test_a_level_of_which_nothing_is_asked_has_its_subjects_and_no_values(
    engine: Engine, tmp_path: Path
) -> None:
    found = answered(engine, robbed(), every_measure(("person",)), tmp_path)
    for name in ("kernel", "portable"):
        assert found[name, "family"] == [{"subject": 0}, {"subject": 1}]
        assert [row["T-2"] for row in found[name, "person"]] == [2.5, 0.0, 0.0]
    assert found["history", "family"] == []
    assert found["reference", "family"] == {"F1": {}, "F2": {}}


def test_nothing_stands_behind_a_level_of_which_nothing_is_asked(
    engine: Engine, tmp_path: Path
) -> None:
    asked = every_measure(("person",))
    answered(engine, robbed(), asked, tmp_path)
    family = facts_of(FactsFolder(tmp_path / "facts" / "family"), 0)
    assert family.facts == []
    with pytest.raises(KeyError):
        evidence_for(family, Catalogue(worlds.policy_of(asked), "family"), "T-1", worlds.AS_OF)
    person = facts_of(FactsFolder(tmp_path / "facts" / "person"), 0)
    catalogue = Catalogue(worlds.policy_of(asked), "person")
    (behind,) = evidence_for(person, catalogue, "T-2", worlds.AS_OF)
    assert (behind.use, behind.fact["value"]) == ("counted", 2500)


@pytest.mark.parametrize("levels", [("person", "family"), ("person",)])
def test_a_county_without_anybody_has_no_rows(
    engine: Engine, tmp_path: Path, levels: tuple[Level, ...]
) -> None:
    found = answered(engine, nobody(), every_measure(levels), tmp_path)
    assert all(len(rows) == 0 for rows in found.values())


def test_a_policy_that_asks_nothing_at_all_answers_nothing(engine: Engine, tmp_path: Path) -> None:
    found = answered(engine, robbed(), [], tmp_path)
    assert found["kernel", "person"] == found["portable", "person"] == [
        {"subject": 0}, {"subject": 1}, {"subject": 2},
    ]  # fmt: skip
    assert found["history", "person"] == []
