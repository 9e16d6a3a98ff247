"""Every engine gives what the reference engine gives, on random policies and random records."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

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
from kithkin.model import dates
from kithkin.policy.models import Level

LEVELS: tuple[Level, ...] = ("person", "family")
IDS = {"person": ["P1", "P2", "P3"], "family": ["F1", "F2"]}
random_worlds = settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes here
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def same(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12)


def differences(expected: dict[str, Any], got: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (subject, code, value, got[subject][code])
        for subject, answers in expected.items()
        for code, value in answers.items()
        if not same(value, got[subject][code])
    ]


@random_worlds
@given(policy=worlds.policies(), world=worlds.worlds())
def test_the_kernel_and_the_portable_engine_agree_with_the_reference(
    engine: Engine, policy: Any, world: Any
) -> None:
    catalogues = [Catalogue(policy, level) for level in LEVELS]
    with TemporaryDirectory() as name:
        folder = Path(name)
        sources = worlds.sources(engine, world)
        store_facts(engine, sources, catalogues, folder / "facts", as_of=worlds.AS_OF)
        for catalogue in catalogues:
            level = catalogue.level
            facts, ids = FactsFolder(folder / "facts" / level), IDS[level]
            sweep.values_on(facts, catalogue, worlds.AS_OF, folder / "kernel" / level)
            portable.values_on(engine, facts, catalogue, worlds.AS_OF, folder / "ibis" / level)
            expected = reference.values_on(world, policy, level, worlds.AS_OF)
            for path in ("kernel", "ibis"):
                got = worlds.values(worlds.read_parts(folder / path / level), ids)
                assert differences(expected, got) == [], path


@random_worlds
@given(policy=worlds.policies(), world=worlds.worlds())
def test_many_dates_in_one_sweep_give_what_each_date_gives_alone(
    engine: Engine, policy: Any, world: Any
) -> None:
    catalogue = Catalogue(policy, "person")
    ends = list(dates.month_ends(worlds.FIRST, worlds.AS_OF))
    with TemporaryDirectory() as folder:
        facts = Path(folder) / "facts"
        store_facts(engine, worlds.sources(engine, world), [catalogue], facts, as_of=worlds.AS_OF)
        history_on(FactsFolder(facts / "person"), catalogue, ends, Path(folder) / "out")
        runs = worlds.read_parts(Path(folder) / "out").to_pylist()
    for position, as_of in enumerate(ends):
        expected = reference.values_on(world, policy, "person", as_of)
        got = _from_runs(runs, catalogue, position, as_of)
        assert differences(expected, got) == []


def _from_runs(
    runs: list[dict[str, Any]], catalogue: Catalogue, position: int, as_of: Any
) -> dict[str, dict[str, Any]]:
    empty = {q.code: 0 if q.finish in sweep.EMPTY_IS_NOUGHT else None for q in catalogue.questions}
    got = {subject: dict(empty) for subject in IDS["person"]}
    for run in runs:
        if run["first"] <= position <= run["last"]:
            question = catalogue.questions[run["indicator"]]
            value = run["value"]
            if question.finish == "recency":
                value = dates.day_number(as_of) - value
            got[IDS["person"][run["subject"]]][question.code] = value
    return got
