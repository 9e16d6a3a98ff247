"""What reaches whom: by hand on a drawing, then against plain formulas on random graphs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kithkin.network import BothWays, Graph, TiePath

KEPT, ONWARD = 1.0, 0.5


def graph_of(ties: dict[tuple[int, int], float], persons: int, among: Any = None) -> Graph:
    pairs = sorted(ties)
    one, other = np.array(pairs, np.int32).reshape(-1, 2).T
    return Graph.of((one, other), np.array([ties[p] for p in pairs], float), persons, among)


# --- by hand ---------------------------------------------------------------------------------

#   0 --1-- 1 --3-- 2        3 (alone)
CHAIN = graph_of({(0, 1): 1.0, (1, 2): 3.0}, 4)
# Of what each carries: 0 keeps 1/2 and 1/2 goes to 1; of 1, 1/5 goes to 0 and 3/5 to 2;
# of 2, 3/4 goes to 1.


def test_the_more_and_stronger_the_ties_the_less_each_neighbour_gets() -> None:
    reached = CHAIN.attention(np.array([0.0, 50.0, 0.0, 99.0]), KEPT, 0.0)
    assert reached == pytest.approx([10.0, 0.0, 30.0, 0.0])


def test_the_second_step_carries_on_and_nobody_gets_their_own_back() -> None:
    reached = CHAIN.attention(np.array([0.0, 0.0, 80.0, 0.0]), KEPT, ONWARD)
    # To 1: 80 x 3/4 = 60. On to 0: 1/2 x 60 x 1/5 = 6. Back to 2, of their own: nothing.
    assert reached == pytest.approx([6.0, 60.0, 0.0, 0.0])
    assert reached[2] == 0.0


def test_every_path_is_told_the_largest_first() -> None:
    seeds = np.array([40.0, 10.0, 80.0, 0.0])
    # To 0: from 1, 10 x 1/5 = 2; from 2 through 1, 1/2 x 80 x 3/4 x 1/5 = 6.
    assert CHAIN.paths(0, seeds, KEPT, ONWARD) == [
        TiePath(pytest.approx(6.0), 2, 1), TiePath(pytest.approx(2.0), 1, None)
    ]  # fmt: skip
    assert CHAIN.attention(seeds, KEPT, ONWARD)[0] == pytest.approx(8.0)


def test_near_counts_people_once_by_step_and_age() -> None:
    # 0 knows 1 and 2, who know each other and 3.
    graph = graph_of({(0, 1): 1, (0, 2): 1, (1, 2): 1, (1, 3): 1, (2, 3): 1}, 5)
    carriers = np.array([[True], [True], [False], [True], [True]])
    adult = np.array([False, True, True, False, True])
    scores = np.array([[50.0], [60.0], [0.0], [70.0], [80.0]])
    near = graph.near(carriers, adult, scores)
    # Near 0: adult 1 at one step; child 3 at two, by two ways but once; 4 not at all.
    assert near.count[0, 0].tolist() == [[0, 1], [1, 0]]
    assert near.total[0, 0].tolist() == [[0.0, 60.0], [70.0, 0.0]]
    assert near.nearest[:, 0].tolist() == [1, 1, 1, 1, 0]


def test_a_tie_counts_only_among_those_asked_for_and_when_it_has_strength() -> None:
    ties = {(0, 1): 1.0, (0, 2): 0.0, (1, 2): 1.0}
    among = np.array([True, True, False])
    assert graph_of(ties, 3, among).totals.tolist() == [1.0, 1.0, 0.0]
    assert graph_of(ties, 3).totals.tolist() == [1.0, 2.0, 1.0]
    near = graph_of(ties, 3).near(np.eye(3, dtype=bool), among, np.ones((3, 3)))
    assert near.nearest.tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]


def test_a_county_without_ties_has_no_attention() -> None:
    graph = graph_of({}, 3)
    assert graph.attention(np.ones((3, 2)), KEPT, ONWARD).tolist() == [[0.0, 0.0]] * 3
    assert graph.paths(0, np.ones(3), KEPT, ONWARD) == []
    assert not graph.near(np.ones((3, 1), bool), np.ones(3, bool), np.ones((3, 1))).count.any()


# --- against plain formulas ------------------------------------------------------------------

PERSONS = 7
edges = st.dictionaries(
    st.tuples(st.integers(0, PERSONS - 1), st.integers(0, PERSONS - 1)).filter(
        lambda pair: pair[0] < pair[1]
    ),
    st.floats(0.01, 20.0),
    max_size=15,
)
carried = arrays.arrays(float, (PERSONS, 3), elements=st.sampled_from([0.0, 0.0, 1.0, 37.5, 100.0]))
kept_values = st.sampled_from([0.1, 1.0, 8.0])


def shares(ties: dict[tuple[int, int], float], kept: float) -> Any:
    strength = np.zeros((PERSONS, PERSONS))
    for (a, b), s in ties.items():
        strength[a, b] = strength[b, a] = s
    return strength / (kept + strength.sum(axis=0))[None, :]


@settings(deadline=None)
@given(ties=edges, seeds=carried, kept=kept_values)
def test_attention_is_the_formula_and_the_sum_of_its_paths(
    ties: Any, seeds: Any, kept: float
) -> None:
    graph, m = graph_of(ties, PERSONS), shares(ties, kept)
    reached = graph.attention(seeds, kept, ONWARD)
    two = m @ m
    np.fill_diagonal(two, 0.0)
    assert np.allclose(reached, m @ seeds + ONWARD * two @ seeds, rtol=1e-9, atol=1e-9)
    for person in range(PERSONS):
        for theme in range(3):
            paths = graph.paths(person, seeds[:, theme], kept, ONWARD)
            assert sum(p.points for p in paths) == pytest.approx(reached[person, theme], abs=1e-9)
            assert [p.points for p in paths] == sorted((p.points for p in paths), reverse=True)
            assert all(person not in (p.source, p.through) for p in paths)


@settings(deadline=None)
@given(ties=edges, seeds=carried, kept=kept_values, person=st.integers(0, PERSONS - 1))
def test_nothing_of_ones_own_comes_back_and_less_than_all_reaches_others(
    ties: Any, seeds: Any, kept: float, person: int
) -> None:
    graph = graph_of(ties, PERSONS)
    alone = np.zeros_like(seeds)
    alone[person] = seeds[person]
    reached = graph.attention(alone, kept, ONWARD)
    assert not reached[person].any()
    assert np.all(graph.attention(alone, kept, 0.0).sum(axis=0) <= seeds[person])
    more = seeds.copy()
    more[person] += 10.0
    rest = graph.attention(more, kept, ONWARD) - graph.attention(seeds, kept, ONWARD)
    assert np.all(rest > -1e-9)
    assert np.allclose(rest[person], 0.0, atol=1e-9)


@settings(deadline=None)
@given(ties=edges, seeds=carried, adult=arrays.arrays(bool, PERSONS))
def test_near_is_what_walking_every_path_finds(ties: Any, seeds: Any, adult: Any) -> None:
    near = graph_of(ties, PERSONS).near(seeds >= 30.0, adult, seeds)
    tied = shares(ties, 1.0) > 0
    for person in range(PERSONS):
        first = set(np.flatnonzero(tied[person]))
        second = {int(o) for f in first for o in np.flatnonzero(tied[f])} - first - {person}
        for theme in range(3):
            steps = [[o for o in group if seeds[o, theme] >= 30.0] for group in (first, second)]
            for step, found in enumerate(steps):
                for age in (0, 1):
                    mine = [o for o in found if int(adult[o]) == age]
                    assert near.count[person, theme, step, age] == len(mine)
                    total = near.total[person, theme, step, age]
                    assert total == pytest.approx(sum(seeds[o, theme] for o in mine))
            nearest = 1 if steps[0] else 2 if steps[1] else 0
            assert near.nearest[person, theme] == nearest


@settings(deadline=None)
@given(ties=edges, seeds=carried, order=st.permutations(range(PERSONS)))
def test_how_persons_are_numbered_changes_nothing(ties: Any, seeds: Any, order: Any) -> None:
    renamed = {tuple(sorted((order[a], order[b]))): s for (a, b), s in ties.items()}
    theirs = np.zeros_like(seeds)
    theirs[order] = seeds
    ours = graph_of(ties, PERSONS).attention(seeds, KEPT, ONWARD)
    reached = graph_of(renamed, PERSONS).attention(theirs, KEPT, ONWARD)
    assert np.allclose(reached[order], ours, rtol=1e-9, atol=1e-9)


@settings(deadline=None)
@given(
    ties=edges,
    seeds=arrays.arrays(float, (PERSONS, 6), elements=st.sampled_from([0.0, 25.0, 37.5, 100.0])),
    wanted=arrays.arrays(bool, (PERSONS, 6)),
    adult=arrays.arrays(bool, PERSONS),
)
def test_who_does_not_ask_is_told_nothing_and_others_the_same_to_the_last_bit(
    ties: Any, seeds: Any, wanted: Any, adult: Any
) -> None:
    graph = graph_of(ties, PERSONS)
    everybody = graph.near(seeds >= 30.0, adult, seeds, threads=1)
    some = graph.near(seeds >= 30.0, adult, seeds, wanted=wanted, threads=3)
    assert np.array_equal(some.count, everybody.count * wanted[:, :, None, None])
    assert np.array_equal(some.total, everybody.total * wanted[:, :, None, None])
    asking = wanted.any(axis=1)
    for onward in (0.0, ONWARD):
        whole = graph.attention(seeds, KEPT, onward, threads=1)
        mine = graph.attention(seeds, KEPT, onward, wanted=asking, threads=3)
        assert np.array_equal(mine, whole * asking[:, None])


@settings(deadline=None)
@given(ties=edges, among=arrays.arrays(bool, PERSONS))
def test_several_strengths_at_once_are_each_alone(ties: Any, among: Any) -> None:
    pairs = sorted(ties)
    ends = np.array(pairs, np.int32).reshape(-1, 2).T
    strength = np.array([ties[pair] for pair in pairs], float)
    weak = np.where(strength > 5.0, strength, 0.0)
    both = BothWays.of((ends[0], ends[1]), PERSONS)
    together = both.several(np.stack([strength, weak, weak]), among, np.array([False, True, False]))
    alone = [both.strengths(strength), both.strengths(weak, among), both.strengths(weak)]
    for one, other in zip(together, alone, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.arrays, other.arrays, strict=True))
    told = [(a, int(b)) for a in range(PERSONS) for b in together[1].of(a)[0]]
    tied = [p for p in pairs if ties[p] > 5.0 and among[p[0]] and among[p[1]]]
    assert told == sorted(tied + [(b, a) for a, b in tied])
