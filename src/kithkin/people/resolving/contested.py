"""Records that fit two people who cannot be one: compiled, as the kernel is."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from kithkin.people.resolving.kernel import (
    BIRTHS,
    BY_RULING,
    JOINED,
    NUMBERS,
    TWIN_MIDDLE,
    TWINS,
    TWO_LISTED,
    WITHIN,
    Facts,
    Flags,
    Limits,
    Real,
    Sets,
    Whole,
    find,
    fits,
)

BY_NAMES, BY_NUMBER = range(2)  # middle names, a number: they tell namesakes apart


class Ties(NamedTuple):
    """Scored pairs, and where those of each certain set are found."""

    left: Whole
    right: Whole
    weight: Real
    home_weight: Real
    telling: Whole  # what the two share that namesakes do not: BY_NUMBER, BY_NAMES or NONE
    alike: Flags  # of one forename, however spelt, and dates of birth that are near
    at_home: Whole  # 1 of one address, postcode or telephone, -1 of two addresses, 0 not told
    outcome: Whole  # what became of each so far
    tied_from: Whole  # by leader of a certain set: where its pairs begin in `tied`; one place more
    tied: Whole  # places of pairs


@numba.njit(nogil=True, cache=True)
def _surely_two(facts: Facts, certain: Sets, one: int, other: int) -> bool:
    """Say if two certain sets are two people whatever their forenames.

    So say two numbers, two middle names, or a source that lists both.
    """
    for scheme in range(len(facts.surplus)):
        mine, theirs = certain.number[one, scheme], certain.number[other, scheme]
        if mine >= 0 and theirs >= 0 and mine != theirs:
            return True
    rid = one
    while True:
        for at in range(facts.apart_from[rid], facts.apart_from[rid + 1]):
            there = find(certain.parent, facts.apart[at])
            if there == other and facts.apart_why[at] in (TWIN_MIDDLE, TWO_LISTED):
                return True
        rid = certain.following[rid]
        if rid == one:
            return False


@numba.njit(nogil=True, cache=True)
def _other_end(certain: Sets, ties: Ties, place: int, unit: int) -> int:
    left, right = find(certain.parent, ties.left[place]), find(certain.parent, ties.right[place])
    return right if left == unit else left


@numba.njit(nogil=True, cache=True)
def _fits_as_well(
    certain: Sets, sets: Sets, ties: Ties, unit: int, at: int, margin: float, limits: Limits
) -> bool:
    """Say if a certain set's pair with a rival is about as good as the best with its own person."""
    if ties.weight[at] < limits.join or ties.home_weight[at] < limits.home_join:
        return False
    own = find(sets.parent, unit)
    for place in ties.tied[ties.tied_from[unit] : ties.tied_from[unit + 1]]:
        other = _other_end(certain, ties, place, unit)
        better = (
            ties.weight[place] >= ties.weight[at] + margin
            or ties.home_weight[place] >= ties.home_weight[at] + margin
        ) and ties.home_weight[place] >= limits.home_join
        if better and other != unit and find(sets.parent, other) == own:
            return False
    return True


@numba.njit(nogil=True, cache=True)
def _told_from(
    facts: Facts, certain: Sets, sets: Sets, ties: Ties, unit: int, at: int, margin: float
) -> bool:
    """Say if something tells a certain set of a person from the namesake at its pair `at`.

    A further name or a number that the pair with the namesake lacks, shared with a record that is
    surely not the namesake's; and more home weight, in case the namesake spells its name otherwise.
    """
    own, rival = find(sets.parent, unit), _other_end(certain, ties, at, unit)
    for place in ties.tied[ties.tied_from[unit] : ties.tied_from[unit + 1]]:
        other = _other_end(certain, ties, place, unit)
        if other == unit or find(sets.parent, other) != own:
            continue
        telling = ties.telling[place] > ties.telling[at]
        telling = telling and ties.home_weight[place] >= ties.home_weight[at] + margin
        if telling and _surely_two(facts, certain, other, rival):
            return True
    return False


@numba.njit(nogil=True, cache=True)
def _has_namesake(facts: Facts, certain: Sets, sets: Sets, unit: int, rival: int) -> bool:
    """Say if another record of a certain set's person is surely of another person than the rival."""
    rid = sets.following[unit]
    while rid != unit:
        other = find(certain.parent, rid)
        if other == rid and other != unit and _surely_two(facts, certain, other, rival):
            return True
        rid = sets.following[rid]
    return False


@numba.njit(nogil=True, cache=True)
def _elsewhere(certain: Sets, sets: Sets, ties: Ties, unit: int, at: int, limits: Limits) -> bool:
    """Say if a set's person lives elsewhere than its namesake at the pair `at`, and it with them.

    Their other records have addresses, no two of which are of one home, and the odds for the one over the other
    are as good as for joining at all.
    """
    own, rival = find(sets.parent, unit), _other_end(certain, ties, at, unit)
    leader = find(sets.parent, rival)
    clear, apart = False, False
    for place in ties.tied[ties.tied_from[unit] : ties.tied_from[unit + 1]]:
        other = _other_end(certain, ties, place, unit)
        if other != unit and find(sets.parent, other) == own:
            clear = clear or ties.weight[place] >= ties.weight[at] + limits.join
    rid = sets.following[unit]
    while clear and rid != unit:
        other = find(certain.parent, rid)
        if other == rid and other != unit:
            for place in ties.tied[ties.tied_from[other] : ties.tied_from[other + 1]]:
                there = find(sets.parent, _other_end(certain, ties, place, other))
                if there == leader and ties.at_home[place] > 0:
                    return False
                apart = apart or (there == leader and ties.at_home[place] < 0)
        rid = sets.following[rid]
    return clear and apart


@numba.njit(nogil=True, cache=True)
def find_contested(
    facts: Facts, certain: Sets, sets: Sets, ties: Ties, margin: float, limits: Limits
) -> Flags:
    """Mark certain sets that fit, about as well, a second person who cannot be the first.

    To fit the first better by the margin on either scale is enough. But where the two are
    namesakes, as twins called Mohammed are, only a second name or a number tells which of them it
    is: an address or a telephone does not, and each is misspelt now and then. Two of one name and
    birthday who never shared a home are told apart by it.
    """
    found = np.zeros(len(facts.born), np.bool_)
    for at in range(len(ties.left)):
        if ties.outcome[at] in (JOINED, WITHIN):
            continue
        for end, there in ((ties.left[at], ties.right[at]), (ties.right[at], ties.left[at])):
            unit, rival = find(certain.parent, end), find(certain.parent, there)
            own, leader = find(sets.parent, unit), find(sets.parent, rival)
            if found[unit] or own == leader or sets.size[own] <= certain.size[unit]:
                continue
            if ties.outcome[at] in (TWINS, NUMBERS, BIRTHS, BY_RULING) and fits(
                facts, certain, sets, unit, leader
            ):
                found[unit] = _fits_as_well(certain, sets, ties, unit, at, margin, limits)
            if ties.alike[at] and not found[unit]:
                found[unit] = (
                    not _surely_two(facts, certain, unit, rival)
                    and _has_namesake(facts, certain, sets, unit, rival)
                    and not _told_from(facts, certain, sets, ties, unit, at, margin)
                    and not _elsewhere(certain, sets, ties, unit, at, limits)
                )
    return found
