"""Why a tie is as strong as it is, by hand; and for any tie, that its occasions add up to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from kithkin.engine import Engine, open_engine
from kithkin.model import dates
from kithkin.network.explained import TieOccasion, tie_occasions
from kithkin.policy import Policy
from network.worlds import AS_OF, World, evidence_of, policy_of, random_worlds, rule, strengths


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def ago(days: int) -> date:
    return dates.add_days(AS_OF, -days)


CO_SUSPECTS = policy_of(rule("co_suspects"))


def explained(
    engine: Engine, world: World, policy: Policy, pair: tuple[int, int] = (0, 1)
) -> list[TieOccasion]:
    return tie_occasions(evidence_of(engine, world, policy), policy, pair, AS_OF)


def told(found: list[TieOccasion], *names: str) -> list[tuple[object, ...]]:
    return [tuple(getattr(one, name) for name in names) for one in found]


def test_each_occasion_says_what_it_gave_what_is_left_and_what_counts(engine: Engine) -> None:
    world = World()
    world.event("crime.grave", ago(100), (0, "suspect"), (1, "suspect"))
    world.event("crime.grave", ago(200), (0, "suspect"), (1, "suspect"), (2, "suspect"))
    found = explained(engine, world, CO_SUSPECTS)
    # weight 1.5 x reliability 0.8 x gravity 2 / (people - 1): 2.4 and 1.2 before fading; a half of
    # the first is left, a quarter of the second. 1.2 + 0.3 = 1.5 is within the most of 4.
    assert told(found, "before", "after", "counted", "without", "people") == [
        (pytest.approx(2.4), pytest.approx(1.2), pytest.approx(1.2), pytest.approx(0.3), 2),
        (pytest.approx(1.2), pytest.approx(0.3), pytest.approx(0.3), pytest.approx(1.2), 3),
    ]
    assert told(found, "occurred", "kind", "agencies", "lasting") == [
        (dates.day_number(ago(days)), "crime.grave", (1,), False) for days in (100, 200)
    ]


def test_what_a_rule_may_give_at_most_is_shared_by_its_occasions_alike(engine: Engine) -> None:
    world = World()
    for days in (0, 0, 100):
        world.event("crime.grave", ago(days), (0, "suspect"), (1, "suspect"))
    found = explained(engine, world, CO_SUSPECTS)
    # 2.4 + 2.4 + 1.2 = 6, of which 4 count: two thirds of each. Without one of today's, 3.6 are
    # left; without the older, 4.8, so still 4.
    assert told(found, "after", "counted", "without") == [
        (pytest.approx(2.4), pytest.approx(1.6), pytest.approx(3.6)),
        (pytest.approx(2.4), pytest.approx(1.6), pytest.approx(3.6)),
        (pytest.approx(1.2), pytest.approx(0.8), pytest.approx(4.0)),
    ]


def test_an_occasion_goes_from_every_rule_that_sees_it(engine: Engine) -> None:
    policy = policy_of(rule("co_suspects"), rule("harm"))
    world = World()
    sides = [(0, "suspect"), (1, "suspect"), (1, "victim")]
    world.event("crime.mild", AS_OF, *sides)
    found = explained(engine, world, policy)
    # Suspected together 1.5 x 0.8 x 1 = 1.2; 0 suspected of what 1 was a victim of, 1.
    assert told(found, "rule", "counted", "without", "direction") == [
        ("co_suspects", pytest.approx(1.2), 0.0, 0),
        ("harm", 1.0, 0.0, 1),
    ]


def test_a_home_counts_whole_while_both_live_there_and_a_school_only_beside_a_tie(
    engine: Engine,
) -> None:
    policy = policy_of(rule("home"), rule("at_school"), rule("co_suspects"))
    world = World()
    for person in (0, 1):
        world.home(person, "here", ago(400), ago(50) if person else None)
        world.event("school.roll", ago(300), (person, "subject"), detail="A")
    world.event("school.roll", ago(300), (2, "subject"), detail="A")
    found = explained(engine, world, policy)
    # Home: weight 6 / (2 - 1), one half-life of 50 days since the one left. School: weight 4 / (3
    # - 1) = 2, but no other rule ties them as peers, so that it counts nothing.
    assert told(found, "rule", "before", "after", "counted", "without", "lasting") == [
        ("at_school", 2.0, 2.0, 0.0, pytest.approx(3.0), True),
        ("home", 6.0, pytest.approx(3.0), pytest.approx(3.0), 0.0, True),
    ]
    assert told(found, "ended", "kind") == [(None, None), (dates.day_number(ago(50)), None)]
    world.event("crime.mild", AS_OF, (0, "suspect"), (1, "suspect"))
    found = explained(engine, world, policy)
    # Suspected together, 1.2, they are peers, and the school counts; without the crime it does not.
    assert told(found, "rule", "counted", "without") == [
        ("at_school", 2.0, pytest.approx(4.2)),
        ("co_suspects", pytest.approx(1.2), pytest.approx(3.0)),
        ("home", pytest.approx(3.0), pytest.approx(3.2)),
    ]


def test_what_nobody_closed_is_told_as_taken_to_have_ended(engine: Engine) -> None:
    world = World()
    for days, ended in ((1200, None), (900, 700), (100, None)):
        world.event("flag.group", ago(days), (0, "suspect"), (1, "suspect"),
                    ended=ended and ago(ended))  # fmt: skip
    policy = policy_of(rule("co_suspects", kinds=("flag.group",)))
    found = explained(engine, world, policy)
    most = policy.open_at_most("flag.group")
    assert most is not None
    assert most < 1200
    # The first was open for longer than the policy takes to be so; the second was closed; the
    # third goes on, and nothing of it has faded.
    assert sorted(told(found, "occurred", "ended", "unclosed", "lasting")) == [
        (dates.day_number(ago(days)), None if ended is None else dates.day_number(ago(ended)),
         unclosed, True)
        for days, ended, unclosed in ((1200, 1200 - most, True), (900, 700, False), (100, None, False))
    ]  # fmt: skip
    (going_on,) = (one for one in found if one.ended is None)
    assert going_on.after == going_on.before


def test_nothing_ties_those_whom_nothing_ties_whichever_is_named_first(engine: Engine) -> None:
    world = World()
    world.event("report.heard", AS_OF, (0, "suspect"), (1, "suspect"))
    assert explained(engine, world, CO_SUSPECTS, (0, 2)) == []
    one, other = (explained(engine, world, CO_SUSPECTS, pair) for pair in ((0, 1), (1, 0)))
    assert one == other
    assert told(one, "unproven") == [(True,)]


def test_a_day_after_the_evidence_is_refused(engine: Engine) -> None:
    evidence = evidence_of(engine, World(), CO_SUSPECTS)
    with pytest.raises(ValueError, match="find it anew"):
        tie_occasions(evidence, CO_SUSPECTS, (0, 1), dates.add_days(AS_OF, 1))


@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate],
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
@given(world=random_worlds(most=60))
def test_the_occasions_of_any_tie_add_up_to_its_strength_and_none_raises_it_by_going(
    engine: Engine, world: World
) -> None:
    policy = policy_of()
    evidence = evidence_of(engine, world, policy)
    for day in (AS_OF, ago(200)):
        expected = strengths(evidence, policy, day)
        for pair in zip(*(keys.tolist() for keys in evidence.pairs), strict=True):
            found = tie_occasions(evidence, policy, pair, day)
            whole = expected.get(pair, 0.0)
            assert sum(one.counted for one in found) == pytest.approx(whole, abs=1e-9)
            for one in found:
                assert 0 <= one.counted <= one.after + 1e-12 <= one.before + 2e-12
                assert one.without <= whole + 1e-9
                assert max(one.occurred, one.known) <= dates.day_number(day)
