"""A crime and its mark count once, in the line that gives most; nothing else is changed by it."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from kithkin.engine import Engine, open_engine
from kithkin.policy.themes import Theme, Track
from kithkin.scoring import Person, Plan, StoredContributions, contributions_of, index_of
from kithkin.scoring.explained import without_each
from scoring import worlds

few_worlds = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes here
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
CRIME, MARK, OTHER, AGAIN = range(4)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def plan_of(*once: tuple[str, ...], most: float = 20.0) -> Plan:
    """Two lines: crimes of gravity 2, fading by half in 100 days, and marks of gravity 3, in 50."""
    kinds = [
        worlds.kind("crime", 2), worlds.kind("mark", 3), worlds.kind("answer", 1),
    ]  # fmt: skip
    track = Track(ages=(0, 17), halfway=4.0, once=once, components={
        "answers": worlds.component(["answer"], half_life_days=100),
        "crimes": worlds.component(["crime"], half_life_days=100),
        "marks": worlds.component(["mark"], half_life_days=50, at_most=most),
    })  # fmt: skip
    theme = worlds.theme("harm", victim=track)
    return Plan(worlds.policy_of(kinds, themes={"harm": theme}))


def part(event_no: int, kind: str, days_ago: int, occasion: int) -> dict[str, Any]:
    on = worlds.TODAY - days_ago
    return {
        "event_no": event_no, "occasion": occasion, "occurred": on, "known": on,
        "superseded": worlds.EVER, "ended": on, "end_known": on, "value": 0, "kind": kind,
        "agency": "police", "role": "victim", "age": 12, "subject": 0,
    }  # fmt: skip


# A crime of 100 days ago and its mark, with an answer of the same group; and a mark alone, today.
WORLD = [
    part(CRIME, "crime", 100, 0), part(MARK, "mark", 100, 0), part(OTHER, "answer", 0, 0),
    part(AGAIN, "mark", 0, 3),
]  # fmt: skip


def told(engine: Engine, plan: Plan, parts: Any, folder: str | Path) -> Person:
    stored: StoredContributions = worlds.stored_in(folder, engine, parts, plan)
    return Person(0, int(worlds.born()[0]), stored.rows_of(0), stored.sets)


def evidence_of(engine: Engine, plan: Plan, parts: Any, folder: Path) -> dict[int, float]:
    made = contributions_of(told(engine, plan, parts, folder), plan, "harm", "victim", worlds.AS_OF)
    whole = 100 * (1 - 2 ** (-fsum(one.counted for one in made) / 4))
    assert fsum(one.points for one in made) == pytest.approx(whole, abs=1e-9)
    return {one.event_no: one.counted for one in made}


def test_without_a_list_each_line_counts_what_it_sees(engine: Engine, tmp_path: Path) -> None:
    found = evidence_of(engine, plan_of(), WORLD, tmp_path)
    assert found == pytest.approx({CRIME: 1.0, MARK: 0.75, OTHER: 1.0, AGAIN: 3.0})


def test_of_a_crime_and_its_mark_what_gives_most_counts(engine: Engine, tmp_path: Path) -> None:
    # After 100 days the crime gives 2/2 and the mark 3/4; the answer stands in no list.
    found = evidence_of(engine, plan_of(("crimes", "marks")), WORLD, tmp_path)
    assert found == pytest.approx({CRIME: 1.0, OTHER: 1.0, AGAIN: 3.0})


def test_lines_keep_their_caps_and_never_give_more_than_they_would_alone(
    engine: Engine, tmp_path: Path
) -> None:
    # Marks are cut at 2: crimes and marks give 1 + 2, less than 1 + 3 of each occasion once.
    found = evidence_of(engine, plan_of(("crimes", "marks"), most=2.0), WORLD, tmp_path)
    assert found == pytest.approx({CRIME: 0.75, OTHER: 1.0, AGAIN: 2.25})


def test_two_marks_of_one_occasion_count_once_in_their_own_line(
    engine: Engine, tmp_path: Path
) -> None:
    parts = [part(0, "mark", 0, 0), part(1, "mark", 0, 0), part(2, "mark", 50, 2)]
    found = evidence_of(engine, plan_of(("marks",)), parts, tmp_path)
    assert found == pytest.approx({0: 3.0, 2: 1.5})


def test_without_the_record_that_counts_the_other_does(engine: Engine, tmp_path: Path) -> None:
    plan = plan_of(("crimes", "marks"))
    person = told(engine, plan, WORLD, tmp_path)
    left = {one.event_no: one.index for one in
            without_each(person, plan, "harm", "victim", worlds.AS_OF)}  # fmt: skip
    expected = {CRIME: 4.75, OTHER: 4.0, AGAIN: 2.0}  # of 5, the crime's 1 becomes the mark's 0.75
    assert left == pytest.approx({no: 100 * (1 - 2 ** (-s / 4)) for no, s in expected.items()})


@few_worlds
@given(themes=worlds.themes(), world=worlds.worlds())
def test_points_add_up_to_the_index_whatever_counts_once(
    engine: Engine, themes: dict[str, Theme], world: Any
) -> None:
    plan = Plan(worlds.policy_of(themes=themes))
    with TemporaryDirectory() as folder:
        stored = worlds.stored_in(folder, engine, world, plan)
        for key in range(worlds.PERSONS):
            person = Person(key, int(worlds.born()[key]), stored.rows_of(key), stored.sets)
            index = index_of(person.rows, person.sets, plan, person.born, [worlds.AS_OF])[0, 0]
            for position, planned in enumerate(plan.tracks):
                made = contributions_of(
                    person, plan, planned.theme.name, planned.name, worlds.AS_OF
                )
                assert fsum(one.points for one in made) == pytest.approx(index[position], abs=1e-9)
                whole = 100 * (
                    1 - 2 ** (-fsum(one.counted for one in made) / planned.track.halfway)
                )
                assert whole == pytest.approx(index[position], abs=1e-7)
