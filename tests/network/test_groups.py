from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as quickly
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score as agreement

from kithkin.engine import Engine, open_engine
from kithkin.model import dates
from kithkin.network import Choice
from kithkin.network.groups import GroupTiesError, People, TieRows, find_groups, tie_rows
from kithkin.network.groups.holding import what_holds
from kithkin.network.groups.partition import agree, partitions
from kithkin.network.groups.searching import search, surprise
from kithkin.network.groups.ties import joined, peer_ties
from kithkin.policy.gatherings import may_group
from network.groups_at_hand import (
    COLUMNS,
    NAMES,
    ON,
    RULES,
    clique,
    karate,
    labels,
    rows_of,
    searched,
    settings,
    southern_women,
    together,
)
from network.worlds import (
    AS_OF,
    World,
    evidence_of,
    policy_of,
    random_worlds,
    rule,
    strengths,
)


def _people(persons: int, **known: object) -> People:
    usual = {"person_id": [f"P{key:04d}" for key in range(persons)], "age": np.full(persons, 15)}
    return People(**(usual | known))  # type: ignore[arg-type]


# --- which ties count --------------------------------------------------------------------------


def _members(rows: TieRows, persons: int) -> list[int]:
    found = find_groups(rows, RULES, settings(), _people(persons), ON).described.members.data
    return sorted(row["person_key"] for row in found.to_pylist() if row["member"])


def test_family_ties_alone_never_make_a_group() -> None:
    home = together(rows_of(clique(0, 8), "household"), rows_of(clique(0, 8), "sibling"))
    assert _members(home, 8) == []
    assert _members(rows_of(clique(0, 8)), 8) == list(range(8))


def test_relatives_who_are_seen_together_are_a_family_and_no_group() -> None:
    seen = together(rows_of(clique(0, 8), "household"), rows_of(clique(0, 8)))
    assert _members(seen, 8) == []


def test_a_relative_of_a_member_who_is_tied_to_nobody_else_there_is_no_member() -> None:
    # 6 and 7 are siblings of 0 and seen with them alike; 7 with 1 as well.
    peers = rows_of([*clique(0, 6), (0, 6, 9.0), (0, 7, 9.0), (1, 7, 1.0), (6, 7, 1.0)])
    kin = rows_of([(0, 6), (0, 7), (6, 7)], "sibling")
    assert 6 in _members(peers, 8)
    assert _members(together(kin, peers), 8) == [0, 1, 2, 3, 4, 5, 7]


def test_how_strong_ties_of_family_are_changes_nothing() -> None:
    peers = rows_of(clique(0, 6) + clique(6, 6) + [(5, 6, 1.0)])
    weak = rows_of([(a, b, 0.1) for a in range(6) for b in range(6, 12)], "sibling")
    strong = rows_of([(a, b, 90.0) for a in range(6) for b in range(6, 12)], "sibling")
    found = [
        find_groups(together(kin, peers), RULES, settings(), _people(12), ON).described.members.data
        for kin in (weak, strong)
    ]
    assert found[0].equals(found[1])
    assert found[0].num_rows >= 12


@pytest.mark.parametrize("named", ["household", "sibling", "school", "harmed"])
def test_a_policy_that_lets_family_school_or_harm_tie_a_group_is_refused(named: str) -> None:
    assert not may_group(RULES[named])
    with pytest.raises(GroupTiesError, match=f'"{named}" may not tie a group'):
        peer_ties(rows_of([(0, 1)]), RULES, settings(rules=("co_suspects", named)), ON)


def test_a_rule_that_the_policy_does_not_have_is_refused() -> None:
    with pytest.raises(GroupTiesError, match='no tie rule is called "co_suspect"'):
        peer_ties(rows_of([(0, 1)]), RULES, settings(rules=("co_suspect",)), ON)


def test_who_was_harmed_is_not_in_the_group_that_harmed_them() -> None:
    rows = together(rows_of(clique(0, 6)), rows_of([(a, 6, 5.0) for a in range(6)], "harmed"))
    found = find_groups(rows, RULES, settings(), _people(7), ON)
    assert found.described.members.data["person_key"].to_pylist() == [0, 1, 2, 3, 4, 5]


def test_a_tie_counts_to_its_last_recent_day_and_no_longer() -> None:
    oldest = dates.day_number(dates.window_start(ON, 365))
    assert len(peer_ties(rows_of([(0, 1)], last=oldest), RULES, settings(), ON).one) == 1
    assert len(peer_ties(rows_of([(0, 1)], last=oldest - 1), RULES, settings(), ON).one) == 0


def test_a_tie_of_a_later_day_is_refused() -> None:
    with pytest.raises(GroupTiesError, match="after 2025-03-31"):
        peer_ties(rows_of([(0, 1)], last=dates.day_number(ON) + 1), RULES, settings(), ON)


def test_a_pair_out_of_order_is_refused() -> None:
    rows = rows_of([(0, 1)])
    swapped = replace(rows, person_a=rows.person_b, person_b=rows.person_a)
    with pytest.raises(GroupTiesError, match="lower"):
        peer_ties(swapped, RULES, settings(), ON)


def test_ties_are_weighed_by_who_carries_the_theme_and_by_rules_of_the_theme() -> None:
    # 0 and 1 carry it, 2 and 3 do not.
    rows = together(
        rows_of([(0, 1, 4.0), (1, 2, 4.0), (2, 3, 4.0)]), rows_of([(2, 3, 1.0)], "missing_together")
    )
    carriers = np.array([True, True, False, False])
    ties = peer_ties(rows, RULES, settings(), ON, "cse", carriers)
    assert ties.persons.tolist() == [0, 1, 2, 3]
    # Both carry: in full. One: half. Neither: nothing, but being missing together is of the theme.
    assert ties.strength.tolist() == [4.0, 2.0, 1.0]
    other = peer_ties(rows, RULES, settings(), ON, "hate", carriers)
    assert other.strength.tolist() == [4.0, 2.0]
    assert peer_ties(rows, RULES, settings(), ON).strength.tolist() == [4.0, 4.0, 5.0]


def test_a_child_carries_no_theme_on_the_perpetrator_track() -> None:
    harming = {"cse": np.array([True, True])}
    people = _people(2, age=np.array([17, 18]), perpetrator=harming)
    assert people.carriers("cse").tolist() == [False, True]
    assert people.carriers("hate").tolist() == [False, False]


def test_ties_weaker_than_the_least_strength_do_not_count() -> None:
    ties = peer_ties(rows_of([(0, 1, 0.4), (1, 2, 0.6)]), RULES, settings(least_strength=0.5), ON)
    assert ties.strength.tolist() == [0.6]


# --- what is found -----------------------------------------------------------------------------


def test_two_circles_with_one_tie_between_them_are_two_groups() -> None:
    found = searched(clique(0, 6) + clique(6, 7) + [(5, 6, 1.0)])
    assert [group.members.tolist() for group in found.groups] == [
        list(range(6, 13)),
        list(range(6)),
    ]
    # Each leaves out ties at random, and still finds them nearly always.
    assert all(group.stability > 0.9 for group in found.groups)


def test_a_group_below_the_smallest_size_is_none() -> None:
    assert searched(clique(0, 4)).groups == ()
    assert len(searched(clique(0, 4), smallest=4).groups) == 1


def test_what_is_too_large_at_every_resolution_is_reported_and_is_no_group() -> None:
    found = searched(clique(0, 60) + clique(60, 6))
    assert [len(group.members) for group in found.groups] == [6]
    assert found.too_large == (60,)


def test_what_is_too_large_is_looked_at_again_more_closely() -> None:
    # Two circles of 20 close to each other, beside 20 pairs of circles that settle the resolution.
    near = clique(0, 20, 4.0) + clique(20, 20, 4.0)
    near += [(a, b, 1.0) for a in range(20) for b in range(20, 40) if (a + b) % 3 == 0]
    found = searched(near, largest=30, lowest_resolution=0.01, resolutions=12)
    assert sorted(group.members.tolist() for group in found.groups) == [
        list(range(20)),
        list(range(20, 40)),
    ]


def test_no_ties_no_groups() -> None:
    found = find_groups(rows_of([]), RULES, settings(), _people(3), ON)
    assert found.described.groups.data.num_rows == 0
    assert (found.tied, found.too_large, found.remembered.resolution) == (0, (), None)


def test_every_group_is_connected_by_ties_that_count() -> None:
    graph = nx.gnm_random_graph(300, 900, seed=4)
    ties = peer_ties(rows_of(graph.edges), RULES, settings(), ON)
    found = search(ties, settings())
    assert found.groups
    for group in found.groups:
        inside = ties.among(np.isin(ties.persons, group.members))
        assert len(set(joined(inside.one, inside.other, len(inside.persons)))) == 1
        assert inside.persons.tolist() == group.members.tolist()


def test_partitions_that_disagree_leave_no_group_where_one_run_shows_many() -> None:
    # By construction there is nothing to be found in this network.
    graph = nx.gnm_random_graph(400, 1200, seed=3)
    ties = peer_ties(rows_of(graph.edges), RULES, settings(), ON)
    labels_found = partitions(ties, 0.05, settings(), many=16, cycles=2)
    one = np.bincount(labels_found[0])
    size = agree(ties, labels_found, settings()).size
    assert one[one >= 5].sum() > 300
    assert size[size >= 5].sum() < 100


def test_agreement_counts_the_partitions_in_which_a_member_is_with_each_other() -> None:
    # A, B, C, D; E is with them in two of four partitions and otherwise alone.
    ties = peer_ties(rows_of(clique(0, 5)), RULES, settings(), ON)
    made = np.array([[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1]])
    agreed = agree(ties, made, settings(agreement=0.7))
    assert agreed.group.tolist() == [0, 0, 0, 0, -1]
    assert agreed.agreement.tolist() == [1, 1, 1, 1, 0]
    # With less agreement asked E belongs: with each of four in half of the partitions.
    agreed = agree(ties, made, settings(agreement=0.51))
    assert agreed.group.tolist() == [0, 0, 0, 0, -1]
    made[2, 4] = 0
    agreed = agree(ties, made, settings(agreement=0.7))
    assert agreed.group.tolist() == [0] * 5
    assert agreed.agreement.tolist() == [(1 + 1 + 1 + 0.75) / 4] * 4 + [0.75]


def test_who_is_joined_only_through_one_other_leaves_when_seldom_with_the_rest() -> None:
    # 4 is with 3 in three of four and so joined, but with 0, 1 and 2 in two.
    ties = peer_ties(rows_of([*clique(0, 4), (3, 4)]), RULES, settings(), ON)
    made = np.array([[0, 0, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
    joined_up = agree(ties, made, settings(agreement=0.7, member=0.5))
    assert joined_up.group.tolist() == [0, 0, 0, 0, 0]
    assert joined_up.agreement[4] == pytest.approx((3 / 4 + 3 * 2 / 4) / 4)
    agreed = agree(ties, made, settings(agreement=0.7, member=0.6))
    assert agreed.group.tolist() == [0, 0, 0, 0, -1]
    assert agreed.agreement.tolist() == pytest.approx([2.75 / 3] * 3 + [0.75, 0])


def test_someone_between_two_groups_is_shown_as_a_possible_member() -> None:
    edges = clique(0, 6) + clique(7, 6) + [(6, other, 1.0) for other in (0, 1, 2, 7, 8, 9)]
    found = searched(edges, partitions=40)
    told = {person for group in found.groups for person in group.possible.tolist()}
    held = {person for group in found.groups for person in group.members.tolist()}
    assert 6 in told
    assert set(range(13)) - {6} <= held
    assert all((group.possible_agreement >= 0.25).all() for group in found.groups)


def test_a_relative_alone_is_no_possible_member_either() -> None:
    edges = clique(0, 6) + clique(7, 6) + [(6, other, 1.0) for other in (0, 1, 2, 7, 8, 9)]
    kin = rows_of([(6, other) for other in (0, 1, 2, 7, 8, 9)], "sibling")
    wanted = settings(partitions=40)
    ties = peer_ties(together(kin, rows_of(edges)), RULES, wanted, ON)
    found = search(ties, wanted)
    assert len(found.groups) == 2
    assert all(6 not in group.members and 6 not in group.possible for group in found.groups)


def test_surprise_is_worked_by_hand() -> None:
    # Four pairs of which two groups hold one each: expected 2/6 of the pairs, found 2/3 of strength.
    ties = peer_ties(rows_of([(0, 1), (2, 3), (1, 2)]), RULES, settings(), ON)
    value = surprise(ties, np.array([0, 0, 1, 1]))
    assert value == pytest.approx(2 / 3 * np.log(2) + 1 / 3 * np.log((1 / 3) / (2 / 3)))
    assert surprise(ties, np.array([-1, -1, -1, -1])) == 0.0


# --- order and chance change nothing -----------------------------------------------------------


@given(st.randoms(use_true_random=False))
@quickly(max_examples=15, deadline=None)
def test_the_order_of_the_rows_changes_no_byte(chance: object) -> None:
    edges = nx.gaussian_random_partition_graph(60, 10, 5, 0.6, 0.03, seed=2).edges
    rows = together(rows_of(edges), rows_of(list(edges)[::3], "missing_together"))
    order = list(range(len(rows.rule)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    mixed = TieRows(*(getattr(rows, name)[order] for name in COLUMNS), NAMES)
    quick = settings(partitions=4, searches=2, resolutions=3)
    one = find_groups(rows, RULES, quick, _people(60), ON)
    other = find_groups(mixed, RULES, quick, _people(60), ON)
    assert one.described.groups.data.equals(other.described.groups.data)
    assert one.described.members.data.equals(other.described.members.data)
    assert one.described.ties.data.equals(other.described.ties.data)


def test_strengths_of_one_pair_add_up_alike_in_any_order() -> None:
    # Added up as they come, 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1.
    sums = {
        peer_ties(together(*(rows_of([(0, 1, part)]) for part in parts)), RULES, settings(), ON)
        .strength[0]
        .item()
        for parts in permutations((0.1, 0.2, 0.3))
    }
    assert len(sums) == 1


def test_the_same_seed_finds_the_same_and_another_may_not() -> None:
    graph = nx.gaussian_random_partition_graph(200, 15, 5, 0.3, 0.03, seed=2)
    ties = peer_ties(rows_of(graph.edges), RULES, settings(), ON)
    first = partitions(ties, 0.05, settings(), many=3, cycles=2)
    assert (first == partitions(ties, 0.05, settings(), many=3, cycles=2)).all()
    assert (first != partitions(ties, 0.05, settings(seed=50), many=3, cycles=2)).any()
    # The second partition of one seed is the first of the next.
    assert (first[1] == partitions(ties, 0.05, settings(seed=2), many=1, cycles=2)[0]).all()


# --- networks whose groups are known -----------------------------------------------------------


def test_planted_groups_are_found_where_they_can_be() -> None:
    # 40 groups of 15: 30% of the pairs inside are tied, 1% of those between.
    clear = nx.planted_partition_graph(40, 15, 0.5, 0.005, seed=5)
    planted = [person // 15 for person in range(600)]
    assert agreement(planted, labels(searched(clear.edges), 600)) > 0.99
    hard = searched(nx.planted_partition_graph(40, 15, 0.3, 0.01, seed=5).edges)
    found = labels(hard, 600)
    inside = found < len(hard.groups)
    assert agreement(planted, found) > 0.80
    # Who is in a group is in the right one; who is not was not sure enough.
    assert agreement(np.array(planted)[inside], found[inside]) > 0.95


def test_the_two_circles_of_southern_women_are_found_whole() -> None:
    edges, known = southern_women()
    found = searched(edges)
    assert agreement(known, labels(found, 18)) == pytest.approx(1.0)


def test_the_parties_of_the_karate_club_are_found_when_groups_of_their_size_are_asked_for() -> None:
    edges, known = karate()
    asked = labels(searched(edges, smallest=10, largest=20), 34)
    assert agreement(known, asked) > 0.8
    # With any size allowed its closer circles are found, which are nearly all of one party.
    circles = searched(edges)
    party = np.array(known)
    alike = [party[a] == party[b] for g in circles.groups for a, b in combinations(g.members, 2)]
    assert len(circles.groups) >= 2
    assert np.mean(alike) > 0.8


# --- what is told of a group -------------------------------------------------------------------


def test_what_is_told_of_a_group_is_worked_by_hand() -> None:
    # A ring of five with one chord, and one tie out to 5, who has no other. Six ties inside have
    # twelve ends; with the one out the members' ties have thirteen. At a resolution r the five
    # give 6 - 10r, with the sixth 7 - 15r, as three and three 5 - 6r: at 0.22 the five are best.
    ring = [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4), (0, 2)]
    rows = rows_of([*ring, (4, 5)])
    victim = {"cse": np.array([True, True, False, False, False, True])}
    perpetrator = {"cse": np.array([False, True, True, True, False, False])}
    age = np.array([14, 19, 16, 25, -1, 30])
    people = _people(6, age=age, victim=victim, perpetrator=perpetrator)
    wanted = settings(
        lowest_resolution=0.22, highest_resolution=0.22, resolutions=1, ties_left_out=0.0
    )
    told = find_groups(rows, RULES, wanted, people, ON).described
    (group,) = told.groups.data.to_pylist()
    assert (group["persons"], group["children"], group["adults"]) == (5, 2, 2)
    assert (group["of_unknown_age"], group["youngest"], group["median_age"]) == (1, 14, 17.5)
    assert group["strength"] == 6.0
    assert group["cohesion"] == pytest.approx(12 / 13)
    assert group["density"] == pytest.approx(6 / 10)
    assert group["stability"] == group["least_agreement"] == 1.0
    (mix,) = told.themes.data.to_pylist()
    # 2 is sixteen: nobody under age harms. 1 is both, 3 harms, 4 is neither.
    assert mix == {
        "group_id": "any-00001", "theme": "cse",
        "victims": 2, "perpetrators": 2, "both": 1, "neither": 2,
    }  # fmt: skip
    inside = {row["person_key"]: row["inside"] for row in told.members.data.to_pylist()}
    assert inside[4] == pytest.approx(2 / 3)
    assert inside[0] == 1.0


def test_a_tie_whose_loss_splits_the_group_comes_first() -> None:
    # Two triangles and the tie between them: all 9 ways across go over it, of 15 between 6 members.
    edges = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5), (4, 5)]
    one, other = np.array(edges).T
    held = what_holds(one, other, np.array([9.0, 9, 9, 1, 9, 9, 9]), 6)
    assert held.order[0] == 3
    assert held.cut_off.tolist() == [0, 0, 0, 3, 0, 0, 0]
    assert held.betweenness[3] == pytest.approx(9 / 15)
    # 0 to 2 carries 0's ways to 2, 3, 4, 5.
    assert held.betweenness[1] == pytest.approx(4 / 15)


@given(st.integers(4, 14), st.integers(0, 1000))
@quickly(deadline=None)
def test_betweenness_and_splits_are_those_of_networkx(people: int, seed: int) -> None:
    graph = nx.connected_watts_strogatz_graph(people, 3, 0.4, seed=seed)
    edges = sorted((min(edge), max(edge)) for edge in graph.edges)
    one, other = np.array(edges).T
    held = what_holds(one, other, np.ones(len(edges)), people)
    known = nx.edge_betweenness_centrality(graph)
    known = {(min(edge), max(edge)): value for edge, value in known.items()}
    assert held.betweenness == pytest.approx([known[edge] for edge in edges])
    bridges = {(min(edge), max(edge)) for edge in nx.bridges(graph)}
    assert {edge for edge, cut in zip(edges, held.cut_off, strict=True) if cut} == bridges


def test_a_group_is_found_for_a_theme_by_what_its_members_have_in_common() -> None:
    rows = rows_of(clique(0, 6) + clique(6, 6))
    victim = {"cse": np.arange(12) < 6}
    found = find_groups(rows, RULES, settings(), _people(12, victim=victim), ON, theme="cse")
    assert found.described.groups.data["group_id"].to_pylist() == ["cse-00001"]
    assert set(found.described.members.data["person_key"].to_pylist()) == set(range(6))


def test_a_group_in_which_one_alone_carries_the_theme_is_none_of_the_theme() -> None:
    rows = rows_of([(0, other, 4.0) for other in range(1, 6)])
    for carrying, groups in ((1, 0), (2, 1)):
        people = _people(6, victim={"cse": np.arange(6) < carrying})
        found = find_groups(rows, RULES, settings(), people, ON, theme="cse")
        assert found.described.groups.data.num_rows == groups


def test_where_nobody_carries_a_theme_it_has_no_groups() -> None:
    found = find_groups(rows_of(clique(0, 6)), RULES, settings(), _people(6), ON, theme="cse")
    assert (found.tied, found.described.groups.data.num_rows) == (0, 0)


# --- from evidence -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def test_each_rule_gives_what_the_person_link_table_says_with_its_last_occasion(
    engine: Engine,
) -> None:
    world, policy = World(), policy_of()
    early, late = dates.add_days(AS_OF, -200), dates.add_days(AS_OF, -100)
    world.event("crime.grave", early, (0, "suspect"), (1, "suspect"))
    world.event("crime.mild", late, (0, "suspect"), (1, "suspect"))
    world.event("crime.mild", AS_OF, (2, "suspect"), (3, "victim"))
    world.relation(0, 1)
    evidence = evidence_of(engine, world, policy)
    rows = tie_rows(evidence, policy, AS_OF)
    assert (rows.person_a.tolist(), rows.person_b.tolist()) == ([0], [1])
    assert [rows.rules[code] for code in rows.rule] == ["co_suspects"]
    # 1.5 x 0.8 x gravity / 1 other x 2^(-age/100): 1.2 x 2 / 4 + 1.2 x 1 / 2
    assert rows.strength.tolist() == pytest.approx([1.2])
    assert rows.last.tolist() == [dates.day_number(late)]
    assert rows.related.tolist() == [True]  # one is the other's mother
    # Before the second occasion there is the first alone, a hundred days old.
    before = tie_rows(evidence, policy, dates.add_days(late, -1))
    assert before.last.tolist() == [dates.day_number(early)]
    assert before.strength.tolist() == pytest.approx([2.4 * 2 ** (-99 / 100)])


@given(random_worlds(), st.integers(0, 400))
@quickly(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_rules_give_sums_to_the_strength_of_peers(
    engine: Engine, world: World, days: int
) -> None:
    chosen = [rule(name) for name in ("co_suspects", "assessed", "home", "kin")]
    policy, day = policy_of(*chosen), dates.add_days(AS_OF, -days)
    evidence = evidence_of(engine, world, policy)
    rows = tie_rows(evidence, policy, day)
    known = strengths(evidence, policy, day, Choice(("peer",)))
    found = dict(zip(zip(rows.person_a.tolist(), rows.person_b.tolist(), strict=True),
                     rows.strength.tolist(), strict=True))  # fmt: skip
    assert found == pytest.approx(known)
    assert (rows.last <= dates.day_number(day)).all()
