"""Found groups against true ones, worked by hand."""

from __future__ import annotations

import pytest

from kithkin.evaluation.gatherings import agreement, steadiness

TRUE = {1: "a", 2: "a", 3: "a", 4: "b", 5: "b", 6: "b", 7: "c", 8: "c"}
OF = {person: frozenset({name}) for person, name in TRUE.items()}


def test_groups_found_as_they_are_agree_in_full_inside_and_less_over_all_when_some_are_missed():
    found = agreement({"x": [1, 2, 3], "y": [4, 5, 6]}, TRUE, OF)
    assert (found.groups, found.persons, found.sharing) == (2, 6, 1)
    assert found.inside == pytest.approx(1)
    assert 0 < found.over_all < 1


def test_pairs_share_a_group_through_any_of_their_groups():
    of = {**OF, 4: frozenset({"b", "a"})}
    # pairs 1-2, 1-4, 2-4 share a; 1-7, 2-7, 4-7 share none
    assert agreement({"x": [1, 2, 4, 7]}, TRUE, of).sharing == pytest.approx(3 / 6)


def test_who_is_of_no_true_group_counts_in_no_agreement_but_in_the_pairs():
    found = agreement({"x": [1, 2, 99], "y": [4, 5]}, TRUE, OF)
    assert found.inside == pytest.approx(1)
    assert found.sharing == pytest.approx(2 / 4)


def test_groups_cut_across_agree_no_more_than_chance():
    assert agreement({"x": [1, 4], "y": [2, 5], "z": [3, 6]}, TRUE, OF).inside < 0.1


def test_the_same_groups_under_other_names_are_steady():
    assert steadiness({"x": [1, 2], "y": [3, 4]}, {"u": [1, 2, 9], "v": [3, 4]}) == pytest.approx(1)
