"""The Python source of the compiled kernel, run as Python, agrees with the reference engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PROGRAM = """
import math, sys, warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from hypothesis import HealthCheck, Phase, given, seed, settings
from indicators import worlds
from kithkin.engine import open_engine
from kithkin.indicators import Catalogue, FactsFolder, kernel, reference, store_facts, sweep

assert not hasattr(kernel.values_on_date, "py_func"), "the kernel is compiled"
tried = 0

@seed(7)
@settings(max_examples=12, deadline=None, database=None, phases=[Phase.generate],
          suppress_health_check=list(HealthCheck))
@given(policy=worlds.policies(), world=worlds.worlds())
def agree(policy, world):
    global tried
    catalogue = Catalogue(policy, "person")
    with TemporaryDirectory() as name:
        folder = Path(name)
        sources = worlds.sources(engine, world)
        store_facts(engine, sources, [catalogue], folder / "facts", as_of=worlds.AS_OF)
        facts = FactsFolder(folder / "facts" / "person")
        sweep.values_on(facts, catalogue, worlds.AS_OF, folder / "out")
        sweep.history_on(facts, catalogue, [worlds.FIRST, worlds.AS_OF], folder / "runs")
        got = worlds.values(worlds.read_parts(folder / "out"), ["P1", "P2", "P3"])
        runs = worlds.read_parts(folder / "runs").to_pylist()
    expected = reference.values_on(world, policy, "person", worlds.AS_OF)
    for subject, answers in expected.items():
        for code, value in answers.items():
            mine = got[subject][code]
            assert (mine is None) == (value is None), (subject, code)
            assert value is None or math.isclose(mine, value, abs_tol=1e-12), (subject, code)
    told = sum(1 for run in runs if run["last"] == 1)
    finish = {q.code: q.finish for q in catalogue.questions}
    assert told == sum(
        value is not None and (value != 0 or finish[code] not in sweep.EMPTY_IS_NOUGHT)
        for answers in expected.values() for code, value in answers.items()
    )
    tried += 1

with open_engine("duckdb") as engine:
    agree()
assert tried >= 10
"""


@pytest.mark.slow
def test_the_source_of_the_kernel_agrees_with_the_reference() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(TESTS)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
