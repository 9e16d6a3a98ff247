"""Ties by hand: what each sort of rule gives, with the arithmetic beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from kithkin.engine import Engine, open_engine
from kithkin.model import dates
from kithkin.network import Choice, person_ties
from network.worlds import AS_OF, FIRST, World, evidence_of, policy_of, rule, strengths


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def ago(days: int) -> date:
    return dates.add_days(AS_OF, -days)


CO_SUSPECTS = policy_of(rule("co_suspects"))
HARM = policy_of(rule("harm"))
HOME = policy_of(rule("home"))


def near(expected: dict[tuple[int, int], float]) -> object:
    return pytest.approx(expected, rel=1e-12)


def test_an_occasion_gives_each_two_its_weight_shared_and_faded(engine: Engine) -> None:
    world = World()
    world.event("crime.grave", ago(100), (0, "suspect"), (2, "suspect"), (5, "suspect"))
    # weight 1.5 x reliability 0.8 x gravity 2 / (3 people - 1) x 2^(-100/100) = 0.6
    found = strengths(evidence_of(engine, world, CO_SUSPECTS), CO_SUSPECTS, AS_OF)
    assert found == near({(0, 2): 0.6, (0, 5): 0.6, (2, 5): 0.6})


def test_a_victim_changes_nothing_between_two_suspects(engine: Engine) -> None:
    world = World()
    world.event("crime.mild", AS_OF, (0, "suspect"), (1, "victim"), (2, "suspect"), (3, "child"))
    # 1.5 x 0.8 x gravity 1 / (2 - 1): the victim and the child are none of this rule's people
    found = strengths(evidence_of(engine, world, CO_SUSPECTS), CO_SUSPECTS, AS_OF)
    assert found == near({(0, 2): 1.2})


def test_a_rule_with_two_sides_ties_across_and_says_which_way(engine: Engine) -> None:
    world = World()
    world.event("crime.mild", AS_OF, (3, "suspect"), (1, "victim"), (4, "child"), (2, "subject"))
    evidence = evidence_of(engine, world, HARM)
    # gravity 1 / (3 - 1) = 0.5: the suspect and the two harmed, who are not tied to each other
    assert strengths(evidence, HARM, AS_OF) == near({(1, 3): 0.5, (3, 4): 0.5})
    rows = person_ties(evidence, HARM, AS_OF).data.to_pylist()
    told = [(r["person_a"], r["person_b"], r["harm_a_to_b"], r["harm_b_to_a"]) for r in rows]
    assert told == [(1, 3, 0, 1), (3, 4, 1, 0)]


def test_events_of_one_group_are_one_occasion_and_the_less_grave_of_two_counts(
    engine: Engine,
) -> None:
    world = World()
    world.event("crime.mild", AS_OF, (0, "suspect"), (1, "suspect"), group="g")
    world.event("crime.grave", AS_OF, (1, "suspect"), (2, "suspect"), group="g")
    world.event("crime.mild", AS_OF, (0, "suspect"), source="s2", group="g")  # another's group
    # Three people, each 1.5 x 0.8 / (3 - 1) = 0.6 a unit of gravity. 1 and 2 were both in the grave
    # one (gravity 2); 0 was in the mild one alone (gravity 1).
    found = strengths(evidence_of(engine, world, CO_SUSPECTS), CO_SUSPECTS, AS_OF)
    assert found == near({(0, 1): 0.6, (0, 2): 0.6, (1, 2): 1.2})


def test_a_rule_gives_no_more_than_its_most(engine: Engine) -> None:
    world = World()
    for _ in range(3):
        world.event("crime.grave", AS_OF, (0, "suspect"), (1, "suspect"))
    # 3 x 1.5 x 0.8 x 2 = 7.2, and no more than 4
    assert strengths(evidence_of(engine, world, CO_SUSPECTS), CO_SUSPECTS, AS_OF) == {(0, 1): 4.0}


def test_unproven_information_is_left_out_of_the_proven_strength_and_of_its_people(
    engine: Engine,
) -> None:
    world = World()
    world.event("crime.mild", AS_OF, (0, "suspect"), (1, "suspect"), group="g")
    world.event("report.heard", AS_OF, (0, "suspect"), (1, "suspect"), (2, "suspect"), group="g")
    evidence = evidence_of(engine, world, CO_SUSPECTS)
    # All: gravity 3, three people: 1.5 x 0.8 x 3 / 2 = 1.8. Proven: gravity 1, two people: 1.2.
    assert strengths(evidence, CO_SUSPECTS, AS_OF) == near({(0, 1): 1.8, (0, 2): 1.8, (1, 2): 1.8})
    assert strengths(evidence, CO_SUSPECTS, AS_OF, Choice(proven=True)) == near({(0, 1): 1.2})


def test_a_crowd_ties_nobody_and_is_reported(engine: Engine) -> None:
    world = World()
    crowd = [(person, "suspect") for person in range(5)]
    world.event("crime.grave", ago(100), *crowd)
    evidence = evidence_of(engine, world, CO_SUSPECTS)
    assert strengths(evidence, CO_SUSPECTS, AS_OF) == {}
    # Ten pairs of 1.5 x 0.8 x 2 / 4 = 0.6 each
    assert evidence.left_out.data.to_pylist() == [
        {"rule": "co_suspects", "occasion": 0, "people": 5, "most_people": 4,
         "occurred_on": ago(100), "strength": pytest.approx(6.0)}
    ]  # fmt: skip


def test_pairs_of_a_crowd_with_two_sides_are_counted_once(engine: Engine) -> None:
    world = World()
    sides = [(0, "suspect"), (0, "victim"), (1, "suspect"), (1, "victim"), (2, "suspect"),
             (3, "victim"), (4, "victim"), (5, "victim")]  # fmt: skip
    world.event("crime.mild", AS_OF, *sides)
    left_out = evidence_of(engine, world, HARM).left_out.data.to_pylist()
    # Suspects 0, 1, 2; victims 0, 1, 3, 4, 5. Pairs across: 0-1, 0-2, 0-3, 0-4, 0-5, 1-2, 1-3,
    # 1-4, 1-5, 2-3, 2-4, 2-5: twelve, each 1 / (6 - 1).
    assert [(row["people"], row["strength"]) for row in left_out] == [(6, pytest.approx(12 / 5))]


def test_someone_named_later_shares_from_that_day_on(engine: Engine) -> None:
    world = World()
    world.event("crime.mild", ago(300), (0, "suspect"), (1, "suspect"), group="g")
    world.event("crime.mild", ago(300), (2, "suspect"), known=ago(100), group="g")
    evidence = evidence_of(engine, world, CO_SUSPECTS)
    # On the 101st day before, two people: 1.2 x 2^(-199/100). From the 100th on three: half of
    # it each, and so at last 1.2 / 2 x 2^(-300/100) = 0.075.
    assert strengths(evidence, CO_SUSPECTS, ago(101)) == near({(0, 1): 1.2 * 2**-1.99})
    after = strengths(evidence, CO_SUSPECTS, ago(100))
    assert after == near(dict.fromkeys([(0, 1), (0, 2), (1, 2)], 0.6 * 2**-2.0))
    assert strengths(evidence, CO_SUSPECTS, AS_OF)[0, 1] == pytest.approx(0.075)


def test_what_was_corrected_tied_until_then(engine: Engine) -> None:
    world = World()
    world.event("crime.mild", ago(200), (0, "suspect"), (1, "suspect"), superseded=ago(50))
    evidence = evidence_of(engine, world, CO_SUSPECTS)
    assert set(strengths(evidence, CO_SUSPECTS, ago(51))) == {(0, 1)}
    assert strengths(evidence, CO_SUSPECTS, ago(50)) == {}


# --- homes -----------------------------------------------------------------------------------


def test_a_shared_home_keeps_its_strength_and_fades_after_the_first_leaves(engine: Engine) -> None:
    world = World()
    world.home(0, "here", ago(400))
    world.home(1, "here", ago(300), ago(100))
    evidence = evidence_of(engine, world, HOME)
    assert strengths(evidence, HOME, ago(271)) == {}  # together for 29 days
    assert strengths(evidence, HOME, ago(270)) == {(0, 1): 6.0}
    assert strengths(evidence, HOME, ago(101)) == {(0, 1): 6.0}
    assert strengths(evidence, HOME, ago(50)) == near({(0, 1): 3.0})  # one half-life of 50 days
    assert strengths(evidence, HOME, AS_OF) == near({(0, 1): 1.5})


def test_a_domestic_incident_is_no_tie_of_peers_from_when_it_is_known_to_be_one(
    engine: Engine,
) -> None:
    world, harm = World(), policy_of(rule("harm"))
    world.event("crime.grave", ago(200), (0, "suspect"), (1, "victim"), group="g")
    world.event("home.incident", ago(200), (2, "child"), known=ago(60), group="g")
    world.event("crime.grave", ago(200), (3, "suspect"), (1, "victim"), group="another")
    evidence = evidence_of(engine, world, harm)
    assert set(strengths(evidence, harm, ago(61))) == {(0, 1), (1, 3)}
    assert set(strengths(evidence, harm, ago(60))) == {(1, 3)}


def test_a_home_is_shared_by_as_many_as_lived_there(engine: Engine) -> None:
    world = World()
    world.home(0, "here", ago(400))
    world.home(1, "here", ago(400))
    world.home(2, "here", ago(200))
    world.home(3, "here", ago(600), ago(500))  # left before
    # 0 and 1: 6 / (2 - 1); with 2, who came later, 6 / (3 - 1)
    found = strengths(evidence_of(engine, world, HOME), HOME, AS_OF)
    assert found == near({(0, 1): 6.0, (0, 2): 3.0, (1, 2): 3.0})


def test_a_home_is_known_when_both_stays_are(engine: Engine) -> None:
    world = World()
    world.home(0, "here", ago(400))
    world.home(1, "here", ago(400), known=ago(60))
    evidence = evidence_of(engine, world, HOME)
    assert strengths(evidence, HOME, ago(61)) == {}
    assert strengths(evidence, HOME, ago(60)) == {(0, 1): 6.0}


def test_a_stay_that_nobody_told_of_ties_nobody(engine: Engine) -> None:
    world = World()
    world.home(0, "here", ago(400))
    world.home(1, "here", ago(300))
    world.rows["residence"].pop()
    evidence = evidence_of(engine, world, HOME)
    assert strengths(evidence, HOME, AS_OF) == {}


def test_who_moved_is_taken_to_live_there_until_the_next_home_is_known(engine: Engine) -> None:
    # Moved out 100 days ago, the next home told 50 days ago: then half-lives of 50 days count from
    # the move.
    world = World()
    world.home(0, "here", ago(400))
    world.home(1, "here", ago(300), ago(100), moved=True)
    world.home(1, "there", ago(100), known=ago(50))
    evidence = evidence_of(engine, world, HOME)
    for days_ago, left in ((51, 6.0), (50, 3.0), (0, 1.5)):
        assert strengths(evidence, HOME, ago(days_ago)) == {(0, 1): pytest.approx(left)}


def test_a_home_shared_too_short_ties_only_while_it_was_thought_longer(engine: Engine) -> None:
    world = World()
    world.home(0, "here", ago(400))
    world.home(1, "here", ago(400), ago(380))
    # The move is recorded as an arrival elsewhere, of which nobody knew for 80 days.
    world.rows["household_member"][-1]["ended_by"] = "moved"
    world.home(1, "there", ago(380), known=ago(300))
    evidence = evidence_of(engine, world, HOME)
    assert strengths(evidence, HOME, ago(301)) == {(0, 1): 6.0}
    assert strengths(evidence, HOME, ago(300)) == {}


def test_a_crowded_home_is_reported(engine: Engine) -> None:
    world = World()
    for person in range(4):
        world.home(person, "here", ago(400))
    evidence = evidence_of(engine, world, HOME)
    assert strengths(evidence, HOME, AS_OF) == {}
    row = evidence.left_out.data.to_pylist()[0]
    # Six pairs of 6 / 3
    assert (row["rule"], row["people"], row["strength"]) == ("home", 4, pytest.approx(12.0))


# --- relationships and places ----------------------------------------------------------------


def test_a_relationship_ties_by_every_source_up_to_the_rules_most(engine: Engine) -> None:
    world, policy = World(), policy_of(rule("kin"))
    world.relation(3, 0, "mother", known=ago(100))
    world.relation(0, 3, "mother", known=ago(90), source="s1")  # the same source says it again
    world.relation(3, 0, "sibling", known=ago(80))  # not of this rule
    world.relation(4, 0, "partner", start=ago(700), end=ago(365))
    evidence = evidence_of(engine, world, policy)
    # 3 x 0.5 = 1.5 by the one source; the ended one faded by a half-life of 365 days to 0.75
    assert strengths(evidence, policy, AS_OF) == near({(0, 3): 1.5, (0, 4): 0.75})
    assert set(strengths(evidence, policy, ago(101))) == {(0, 4)}
    world.relation(3, 0, "mother", known=ago(50), source="s2")
    assert strengths(evidence_of(engine, world, policy), policy, AS_OF)[0, 3] == 3.0


def test_a_place_strengthens_ties_and_never_makes_one(engine: Engine) -> None:
    world = World()
    for person in range(5):
        world.event("school.roll", ago(300), (person, "subject"), detail="A")
    world.event("school.roll", ago(300), (5, "subject"), detail="B")
    world.event("crime.mild", ago(100), (0, "suspect"), (1, "suspect"))
    world.event("crime.mild", ago(100), (2, "suspect"), (5, "suspect"))  # at different schools
    policy = policy_of(rule("co_suspects"), rule("at_school"))
    evidence = evidence_of(engine, world, policy)
    # Suspected together 1.2 x 2^-1 = 0.6; five at the school: 4 / (5 - 1) = 1, not faded
    assert strengths(evidence, policy, AS_OF) == near({(0, 1): 1.6, (2, 5): 0.6})
    assert strengths(evidence, policy, ago(101)) == {}  # nothing else ties anybody yet


def test_a_place_strengthens_only_beside_a_rule_of_its_own_nature(engine: Engine) -> None:
    world = World()
    for person in (0, 1):
        world.event("school.roll", ago(300), (person, "subject"), detail="A")
    world.relation(1, 0, "mother")
    policy = policy_of(rule("kin"), rule("at_school"))
    assert strengths(evidence_of(engine, world, policy), policy, AS_OF) == {(0, 1): 1.5}


# --- the Person Link Table -------------------------------------------------------------------


def test_the_person_link_table_says_how_often_how_lately_how_gravely_and_by_whom(
    engine: Engine,
) -> None:
    world, policy = World(), policy_of()
    world.event("crime.mild", ago(200), (1, "suspect"), (0, "victim"))
    world.event("crime.grave", ago(100), (0, "suspect"), (1, "suspect"), (1, "victim"),
                source="s2")  # fmt: skip
    world.event("crime.mild", ago(90), (0, "suspect"), (1, "suspect"), known=ago(80))
    world.relation(1, 0, "mother", start=date(2020, 2, 2))
    row = person_ties(evidence_of(engine, world, policy), policy, AS_OF).data.to_pylist()[0]
    # Together suspected: 1.2 x 2 x 2^-1 + 1.2 x 1 x 2^-0.9, no more than 4. Harm: 1 x 2^(-200/200)
    # and 2 x 2^(-100/200). Kin: 3 x 0.5.
    together, harm, kin = 1.2 + 1.2 * 2**-0.9, 0.5 + 2 * 2**-0.5, 1.5
    assert row == {
        "person_a": 0, "person_b": 1,
        "strength": pytest.approx(together + harm + kin),
        "strength_family": pytest.approx(kin),
        "strength_peer": pytest.approx(together + harm),
        "strength_professional": 0.0,
        "strength_proven": pytest.approx(together + harm + kin),
        "perpetrator_strength": pytest.approx(together),
        "recency_days": 0,  # they are still mother and child
        "occasions": 4,  # three events, of which the second under two rules, and the relationship
        "gravity": 2.0,
        "first_on": date(2020, 2, 2), "last_on": AS_OF,
        "sources": 2,
        "rules": "co_suspects, harm, kin",
        "harm_a_to_b": 1, "harm_b_to_a": 1,
        "reliability": pytest.approx((0.8 * together + harm + 0.5 * kin) / (together + harm + kin)),
    }  # fmt: skip


def test_recency_is_of_the_last_occasion_that_was_known(engine: Engine) -> None:
    world = World()
    world.event("crime.mild", ago(90), (0, "suspect"), (1, "suspect"), known=ago(80))
    world.event("crime.mild", ago(9), (0, "suspect"), (1, "suspect"), known=ago(8))
    evidence = evidence_of(engine, world, CO_SUSPECTS)
    for day, recency, occasions in ((AS_OF, 9, 2), (ago(9), 81, 1)):
        row = person_ties(evidence, CO_SUSPECTS, day).data.to_pylist()[0]
        assert (row["recency_days"], row["occasions"]) == (recency, occasions)


def test_a_world_in_which_nothing_happened_has_no_ties(engine: Engine) -> None:
    policy = policy_of()
    evidence = evidence_of(engine, World(), policy)
    assert len(evidence.table) == len(person_ties(evidence, policy, AS_OF)) == 0
    assert strengths(evidence, policy, AS_OF) == {}
    assert len(evidence.left_out) == 0


def test_evidence_is_not_asked_of_days_after_its_own(engine: Engine) -> None:
    policy = policy_of()
    evidence = evidence_of(engine, World(), policy, as_of=FIRST)
    with pytest.raises(ValueError, match="find it anew"):
        person_ties(evidence, policy, AS_OF)
