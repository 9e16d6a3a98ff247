"""Scores from the first row to the last: what victims say, what comes later, who is taken out."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kithkin.engine import Engine, open_engine
from kithkin.indicators import Sources
from kithkin.indicators.parts import code_parts
from kithkin.model import dates
from kithkin.network import tie_evidence
from kithkin.policy import Policy
from kithkin.policy.themes import Track
from kithkin.scoring import (
    Plan,
    StoredContributions,
    index_on,
    reaches,
    score_table,
    scores_on,
    store_contributions,
)
from network import worlds as tied
from network.worlds import AS_OF, World
from scoring import worlds

some_worlds = settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes here
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
PERSONS = 5
YEARS = [date(1990, 1, 1), date(2012, 1, 1), date(1985, 5, 5), date(2010, 1, 1), date(1970, 1, 1)]
BORN = worlds.born(YEARS)


def policy() -> Policy:
    """Give the network's policy of every sort of rule, with a theme of both tracks."""
    crimes = ["crime.grave", "crime.mild", "report.heard"]
    theme = worlds.theme(
        "harm",
        network=worlds.NETWORK,
        victim=Track(ages=(0, 17), halfway=3.0, components={
            "harmed": worlds.component(crimes, roles=("victim", "child")),
            "assessed": worlds.component(["care.assessed"]),
        }),
        perpetrator=Track(ages=(18, 130), halfway=3.0, components={
            "suspected": worlds.component(crimes, roles=("suspect",)),
        }),
    )  # fmt: skip
    return tied.policy_of().model_copy(update={"themes": {"harm": theme}})


POLICY = policy()
PLAN = Plan(POLICY)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def scores(
    engine: Engine, world: World, on: date = AS_OF, as_of: date = AS_OF, shuffle: int | None = None
) -> Any:
    """Give (track, what, person): index, attention and score, with and without, and who is near."""
    data = world.tables()
    if shuffle is not None:
        random = np.random.default_rng(shuffle)
        data = {name: table.take(random.permutation(len(table))) for name, table in data.items()}
    sources = Sources({name: engine.table(table, name) for name, table in data.items()})
    coded = code_parts(engine, sources, POLICY, as_of=as_of)
    evidence = tie_evidence(engine, sources, coded, POLICY, as_of=as_of)
    with TemporaryDirectory() as folder:
        stored = StoredContributions(Path(folder))
        store_contributions(engine, coded.parts, PLAN, PERSONS, stored)
        index = index_on(stored, PLAN, BORN, [on])[:, 0]
    reach = next(reaches(evidence, PLAN, BORN, [on], proven=True))
    found = []
    for track in scores_on(PLAN, index, BORN, on, reach):
        assert track.near is not None
        near = [track.near.count.reshape(PERSONS, 4).T, track.near.total.reshape(PERSONS, 4).T]
        found.append(np.vstack([track.index, track.attention, track.score, *near]))
    return np.array(found)


def without_person(world: World, person: int) -> World:
    """Take out every row that names a person."""
    names = {"record_id": f"r{person}", "other_record_id": f"r{person}", "person_id": f"P{person}"}
    left = World(world.persons)
    left.rows = {
        table: [r for r in rows if not any(r.get(c) == name for c, name in names.items())]
        for table, rows in world.rows.items()
    }
    return left


@pytest.mark.slow  # ties are found anew for every world
@some_worlds
@given(world=tied.random_worlds(), on=st.sampled_from([date(2024, 12, 31), date(2025, 6, 30)]))
def test_a_past_score_is_what_it_would_have_been_then(
    engine: Engine, world: World, on: date
) -> None:
    then, now = scores(engine, world, on, as_of=on), scores(engine, world, on)
    assert worlds.largest_difference(then, now) < 1e-9


@pytest.mark.slow  # ties are found anew for every world
@some_worlds
@given(world=tied.random_worlds())
def test_the_order_of_rows_has_no_meaning(engine: Engine, world: World) -> None:
    assert np.array_equal(scores(engine, world), scores(engine, world, shuffle=1))


@pytest.mark.slow  # ties are found anew for every world
@some_worlds
@given(world=tied.random_worlds(), data=st.data())
def test_no_record_of_a_victim_changes_any_perpetrator_score(
    engine: Engine, world: World, data: st.DataObject
) -> None:
    more = deepcopy(world)
    parts = st.tuples(tied.persons, st.sampled_from(["victim", "child", "subject"]))
    for _ in range(3):
        more.event(
            data.draw(st.sampled_from(["crime.grave", "report.heard", "care.assessed"])),
            data.draw(tied.days), *data.draw(st.lists(parts, min_size=1, max_size=4, unique=True)),
        )  # fmt: skip
    for row in list(more.rows.get("event_person", [])):  # victims where suspects were before
        if data.draw(st.booleans()):
            added = {**row, "record_id": f"r{data.draw(tied.persons)}", "role": "victim"}
            more.rows["event_person"].append(added)
    place = PLAN.position("harm", "perpetrator")
    assert np.array_equal(scores(engine, world)[place], scores(engine, more)[place])


@pytest.mark.slow  # ties are found anew for every world
@some_worlds
@given(world=tied.random_worlds(), data=st.data())
def test_a_person_taken_out_leaves_no_trace(
    engine: Engine, world: World, data: st.DataObject
) -> None:
    alone = without_person(world, 0)
    joined = deepcopy(alone)
    parts = [(0, data.draw(st.sampled_from(tied.ROLES))), (1, "suspect"), (3, "victim")]
    joined.event("crime.grave", data.draw(tied.days), *parts)
    for row in list(alone.rows.get("event_person", [])):
        joined.rows["event_person"].append({**row, "record_id": "r0", "role": "suspect"})
    joined.relation(0, 3)
    left = without_person(joined, 0)
    left.rows["event"] = alone.rows.get("event", []) + left.rows["event"][-1:]
    # The event itself stays, and so do the parts of others in it; nothing of person 0 does.
    same = deepcopy(alone)
    same.event("crime.grave", joined.rows["event"][-1]["occurred_on"], *parts[1:])
    found = scores(engine, left)
    assert np.array_equal(found, scores(engine, same))
    assert (found[:, :9, 0] == 0).all()


@pytest.mark.slow  # ties are found anew for every world
@some_worlds
@given(world=tied.random_worlds())
def test_the_network_adds_within_its_bounds_and_to_nobody_not_of_the_ages(
    engine: Engine, world: World
) -> None:
    found = scores(engine, world)
    index, score = found[:, 0:3], found[:, 6:9]
    assert (score >= index).all()
    assert (score <= index + (100 - index) / 100 * worlds.NETWORK.most_points + 1e-9).all()
    children = np.array([born.year > 2008 for born in YEARS])
    assert (found[PLAN.position("harm", "perpetrator"), :9][:, children] == 0).all()
    assert (found[PLAN.position("harm", "victim"), :9][:, ~children] == 0).all()


def test_without_a_network_a_score_is_the_index() -> None:
    index = np.zeros((3, 2, PERSONS))
    index[:, PLAN.position("harm", "victim"), 1] = 40.0
    victim, perpetrator = scores_on(PLAN, index, BORN, AS_OF, None)
    (row,) = score_table(
        victim, AS_OF, pa.array([f"P{i}" for i in range(PERSONS)])
    ).data.to_pylist()
    assert (row["person_id"], row["score"], row["without_unproven"]) == ("P1", 40.0, 40.0)
    assert (row["nearest"], row["adults_at_one_step"], row["trend"]) == (None, 0, None)
    assert len(score_table(perpetrator, AS_OF, pa.array(["P"] * PERSONS))) == 0


def test_an_adult_victim_of_a_theme_for_the_young_carries_what_they_did_to_both(
    engine: Engine,
) -> None:
    # 0 and 2, adults, are suspected of one crime against 1, a child: 100 days old, gravity 2.
    world = World(PERSONS)
    world.event(
        "crime.grave", dates.add_days(AS_OF, -180), (0, "suspect"), (2, "suspect"), (1, "victim")
    )
    found = scores(engine, world)
    own = 100 * (1 - 2 ** (-1 / 3))  # gravity 2, half of it left, halfway 3
    assert found[PLAN.position("harm", "perpetrator"), 0].tolist() == pytest.approx(
        [own, 0, own, 0, 0]
    )
    victim = found[PLAN.position("harm", "victim")]
    assert victim[0].tolist() == pytest.approx([0, own, 0, 0, 0])
    # Ties: harm 2/2 x 2^(-180/200) to each; between the two, co-suspects 1.2 x 2 x 2^(-1.8).
    harm, among = 2 ** (-0.9), 2.4 * 2 ** (-1.8)
    reach = harm / (1 + harm + among)
    onward = harm / (1 + harm + among) * among / (1 + harm + among)
    assert victim[3, 1] == pytest.approx(2 * own * (reach + 0.5 * onward), abs=1e-9)
