"""What holds of ties in every world: random events, homes, relationships and schools."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kithkin.engine import Engine, open_engine
from kithkin.model import dates
from kithkin.model.tables import PROVENANCE
from kithkin.network import NATURES, Choice, person_ties
from network import reference
from network.worlds import (
    AS_OF,
    FIRST,
    World,
    days,
    evidence_of,
    policy_of,
    random_worlds,
    rule,
    strengths,
)

# An example takes seconds, nearly all of it the writing of SQL; so each asks much of one world.
few_large_worlds = settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes here
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
CHOICES = (
    Choice(), Choice(proven=True), Choice(perpetrator=True), Choice(("family",)),
    Choice(("peer", "professional"), proven=True),
)  # fmt: skip
SOME_DAYS = [dates.add_days(FIRST, n) for n in (0, 200, 400, 600)] + [AS_OF]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


@few_large_worlds
@given(world=random_worlds(most=60))
def test_strengths_are_what_a_plain_reading_of_the_rows_gives(engine: Engine, world: World) -> None:
    policy = policy_of(*(rule(name) for name in ("assessed", "co_suspects", "harm", "kin")))
    evidence = evidence_of(engine, world, policy)
    for day in SOME_DAYS:
        for choice in CHOICES:
            expected = reference.strengths(world, policy, day, choice)
            found = strengths(evidence, policy, day, choice)
            assert found == pytest.approx(expected, rel=1e-9)


@few_large_worlds
@given(world=random_worlds(most=40), day=days, shuffle=st.integers(0, 9))
def test_a_past_day_is_answered_as_it_was_then_whatever_the_order_of_rows(
    engine: Engine, world: World, day: date, shuffle: int
) -> None:
    policy = policy_of()
    now = evidence_of(engine, world, policy)
    then = evidence_of(engine, world, policy, as_of=day, shuffle=shuffle)
    for choice in CHOICES:
        assert strengths(then, policy, day, choice) == strengths(now, policy, day, choice)
    theirs, ours = (person_ties(evidence, policy, day).data for evidence in (then, now))
    numbered = ("rules",)  # as values; the dictionary behind them may differ
    assert theirs.drop_columns(numbered).equals(ours.drop_columns(numbered))
    assert theirs["rules"].to_pylist() == ours["rules"].to_pylist()


@few_large_worlds
@given(world=random_worlds(most=40), shuffle=st.integers(0, 9))
def test_the_order_of_rows_changes_no_byte(engine: Engine, world: World, shuffle: int) -> None:
    policy = policy_of()
    one, other = (evidence_of(engine, world, policy, shuffle=s) for s in (None, shuffle))
    assert one.table.data.equals(other.table.data)
    assert one.left_out.data.equals(other.left_out.data)


@few_large_worlds
@given(world=random_worlds(most=40), harmed=st.integers(0, 4), day=days)
def test_who_was_harmed_never_reaches_a_perpetrator_strength(
    engine: Engine, world: World, harmed: int, day: date
) -> None:
    policy, choice = policy_of(), Choice(perpetrator=True)
    before = strengths(evidence_of(engine, world, policy), policy, day, choice)
    for event in world.rows.get("event", []):
        origin = {name: event[name] for name in PROVENANCE}
        world.rows["event_person"] += [
            {"event_id": event["event_id"], "record_id": f"r{harmed}", "role": role, **origin}
            for role in ("victim", "child", "subject")
        ]
    world.home(harmed, "here", FIRST)
    world.relation(harmed, (harmed + 1) % 5, "partner")
    assert strengths(evidence_of(engine, world, policy), policy, day, choice) == before


@few_large_worlds
@given(world=random_worlds(most=40), gone=st.integers(0, 4))
def test_without_the_rows_of_a_person_no_trace_of_them_is_left(
    engine: Engine, world: World, gone: int
) -> None:
    policy = policy_of()
    for rows in world.rows.values():
        rows[:] = [row for row in rows if f"r{gone}" not in (
            row.get("record_id"), row.get("other_record_id")) and row.get("person_id") != f"P{gone}"]  # fmt: skip
    evidence = evidence_of(engine, world, policy)
    assert all(gone not in pair for pair in zip(*map(list, evidence.pairs), strict=True))
    few = policy_of(*(rule(name) for name in ("assessed", "co_suspects", "harm", "kin")))
    expected = reference.strengths(world, few, AS_OF, Choice(proven=True))
    found = strengths(evidence_of(engine, world, few), few, AS_OF, Choice(proven=True))
    assert found == pytest.approx(expected, rel=1e-9)


@few_large_worlds
@given(world=random_worlds(most=40))
def test_natures_add_up_no_rule_exceeds_its_most_and_what_is_proven_is_no_more(
    engine: Engine, world: World
) -> None:
    policy = policy_of()
    most = sum(one.at_most for one in policy.ties.values())
    evidence = evidence_of(engine, world, policy)
    rows = person_ties(evidence, policy, AS_OF).data.to_pylist()
    for row in rows:
        by_nature = sum(row[f"strength_{nature}"] for nature in NATURES)
        assert row["strength"] == pytest.approx(by_nature)
        assert 0 < row["strength"] <= most
        assert row["perpetrator_strength"] <= row["strength_peer"] + 1e-12
        assert 0 <= row["reliability"] <= 1
        assert row["first_on"] <= row["last_on"] <= AS_OF


def test_events_fade_to_nothing(engine: Engine) -> None:
    world = World()
    for days_later in range(10):
        on = dates.add_days(FIRST, days_later)
        world.event("crime.grave", on, (0, "suspect"), (1, "suspect"), (2, "victim"))
    policy, later = policy_of(), dates.parse_iso("2060-01-01")
    evidence = evidence_of(engine, world, policy, as_of=later)
    assert max(strengths(evidence, policy, AS_OF).values()) > 1e-3
    assert max(strengths(evidence, policy, later).values()) < 1e-12
