"""The compiled part of the resolver: disjoint sets of records that know what may not be joined.

Everything here is whole numbers in arrays, because a county has millions of pairs. A set is led by
its smallest record; its members form a ring, so that the smaller of two sets can be walked when
they meet.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int32]
Real = NDArray[np.float64]
Flags = NDArray[np.bool_]

NONE = -1  # no number, no date, no name
MIXED = -2  # several different ones

# Why two records may not be joined, in the table of pairs kept apart.
RULED, TWIN_FORENAME, TWIN_MIDDLE, TWIN_SPELLING, TWO_LISTED = range(5)

CERTAIN = (RULED, TWIN_MIDDLE, TWO_LISTED)  # whatever forenames agree elsewhere

# What became of an edge.
(
    JOINED,
    WITHIN,
    BY_RULING,
    NUMBERS,
    TWINS,
    BETWEEN,
    RELATIVES,
    BRIDGE,
    BIRTHS,
    CONTESTED,
    NAMELESS,
    UNDATED,
) = range(12)


class Facts(NamedTuple):
    """What does not change while records join; one place a record where not said otherwise."""

    apart_from: Whole  # where a record's pairs kept apart begin; one place more than records
    apart: Whole  # the other record
    apart_why: Whole
    own: Whole  # record by scheme: the exclusive number held, or NONE
    trust: Real  # by scheme: the trust in a number of it
    surplus: Real  # by scheme: bits above the marks that outweigh two different numbers of it
    born: Whole  # year, month, day as one number: 20120304; NONE
    agency: Whole
    keys_from: Whole  # where a record's forename keys begin; one place more than records
    keys: Whole  # sorted within a record
    start: Whole  # the first letters of the forename, as a code; NONE
    forename: Whole  # as a code; NONE
    year: Whole  # of birth, that of a day likely made up as well; NONE


class Sets(NamedTuple):
    """The disjoint sets as they stand; changed in place."""

    parent: Whole
    following: Whole  # the next member of the ring
    size: Whole
    number: Whole  # by leader and scheme: the set's number, NONE or MIXED
    birth: Whole  # by leader: the set's date of birth, NONE or MIXED


class Limits(NamedTuple):
    """The marks and checks of `linkage.toml` that the kernel needs."""

    join: float
    home_join: float
    bridge_margin: float
    bridge_share: float
    several: int
    relatives: bool  # the records hold relatives; without them no parent bears a child's name


def new_sets(facts: Facts) -> Sets:
    """Give every record a set of its own."""
    alone = np.arange(len(facts.born), dtype=np.int32)
    return Sets(alone, alone.copy(), np.ones_like(alone), facts.own.copy(), facts.born.copy())


def copy_sets(sets: Sets) -> Sets:
    """Give a copy that can change apart from the first."""
    return Sets(*(one.copy() for one in sets))


def restore(sets: Sets, before: Sets, chosen: Flags) -> None:
    """Put some records back to where they stood in `before`; no set may reach beyond them."""
    for now, then in zip(sets, before, strict=True):
        now[chosen] = then[chosen]


@numba.njit(nogil=True, cache=True)
def find(parent: Whole, rid: int) -> int:
    """Give the leader of a record's set."""
    while parent[rid] != rid:
        parent[rid] = parent[parent[rid]]
        rid = parent[rid]
    return rid


@numba.njit(nogil=True, cache=True)
def leaders(parent: Whole) -> Whole:
    """Give every record's leader."""
    found = np.empty_like(parent)
    for rid in range(len(parent)):
        found[rid] = find(parent, rid)
    return found


@numba.njit(nogil=True, cache=True)
def connected(leader: Whole, left: Whole, right: Whole) -> Whole:
    """Give each record's smallest one that it reaches by pairs, starting from led sets."""
    parent = leader.copy()
    for at in range(len(left)):
        one, other = find(parent, left[at]), find(parent, right[at])
        parent[max(one, other)] = min(one, other)
    return leaders(parent)


@numba.njit(nogil=True, cache=True)
def join(sets: Sets, left: int, right: int) -> bool:
    """Make one set of two; false when they were one."""
    low, high = find(sets.parent, left), find(sets.parent, right)
    if low == high:
        return False
    if low > high:
        low, high = high, low
    sets.parent[high] = low
    sets.size[low] += sets.size[high]
    sets.following[low], sets.following[high] = sets.following[high], sets.following[low]
    for scheme in range(sets.number.shape[1]):
        sets.number[low, scheme] = _both(sets.number[low, scheme], sets.number[high, scheme])
    sets.birth[low] = _both(sets.birth[low], sets.birth[high])
    return True


@numba.njit(nogil=True, cache=True)
def _both(one: int, other: int) -> int:
    if one == other or other == NONE:
        return one
    return other if one == NONE else MIXED


@numba.njit(nogil=True, cache=True)
def _numbers_differ(facts: Facts, sets: Sets, one: int, other: int, scheme: int) -> bool:
    mine, theirs = sets.number[one, scheme], sets.number[other, scheme]
    if mine == NONE or theirs == NONE or mine == theirs != MIXED:
        return False
    if mine != MIXED and theirs != MIXED:
        return True
    return not _share_a_number(facts, sets, one, other, scheme)


@numba.njit(nogil=True, cache=True)
def _share_a_number(facts: Facts, sets: Sets, one: int, other: int, scheme: int) -> bool:
    mine = one
    while True:
        if facts.own[mine, scheme] != NONE:
            theirs = other
            while True:
                if facts.own[theirs, scheme] == facts.own[mine, scheme]:
                    return True
                theirs = sets.following[theirs]
                if theirs == other:
                    break
        mine = sets.following[mine]
        if mine == one:
            return False


@numba.njit(nogil=True, cache=True)
def _highest(facts: Facts, sets: Sets, one: int, other: int, of_scheme: Real) -> float:
    """Give the largest of `of_scheme` among schemes in which two leaders' sets differ, or 0."""
    highest = 0.0
    for scheme in range(len(of_scheme)):
        if of_scheme[scheme] > highest and _numbers_differ(facts, sets, one, other, scheme):
            highest = of_scheme[scheme]
    return highest


@numba.njit(nogil=True, cache=True)
def _forenames_agree(facts: Facts, one: int, other: int) -> bool:
    at, there = facts.keys_from[one], facts.keys_from[other]
    while at < facts.keys_from[one + 1] and there < facts.keys_from[other + 1]:
        if facts.keys[at] == facts.keys[there]:
            return True
        if facts.keys[at] < facts.keys[there]:
            at += 1
        else:
            there += 1
    return False


@numba.njit(nogil=True, cache=True)
def _one_name(facts: Facts, ring: Whole, one: int, other: int, exactly: bool) -> bool:
    """Say if the certain records of two persons agree on a forename somewhere.

    `ring` is of sets joined by number or ruling alone: a person known by two spellings there
    has no twin in a third record with one of them. `exactly`: no variant is agreement.
    """
    mine = one
    while True:
        theirs = other
        while True:
            if exactly and facts.forename[mine] == facts.forename[theirs] != NONE:
                return True
            if not exactly and _forenames_agree(facts, mine, theirs):
                return True
            theirs = ring[theirs]
            if theirs == other:
                break
        mine = ring[mine]
        if mine == one:
            return False


@numba.njit(nogil=True, cache=True)
def kept_apart(facts: Facts, sets: Sets, ring: Whole, one: int, other: int) -> int:
    """Give why two leaders' sets may not be one (a ruling before a twin), or NONE."""
    if sets.size[one] > sets.size[other]:
        one, other = other, one
    found = NONE
    rid = one
    while True:
        for at in range(facts.apart_from[rid], facts.apart_from[rid + 1]):
            there, why = facts.apart[at], facts.apart_why[at]
            if find(sets.parent, there) != other:
                continue
            if why == RULED:
                return RULED
            exactly = why == TWIN_SPELLING
            if why in CERTAIN or not _one_name(facts, ring, rid, there, exactly):
                found = why
        rid = sets.following[rid]
        if rid == one:
            return found


@numba.njit(nogil=True, cache=True)
def near_dates(one: int, other: int) -> bool:
    """Say if two dates (20120304) are one mistyped: a figure, two figures or day and month."""
    if one // 10000 == other // 10000:
        month, day = one // 100 % 100, one % 100
        if month == other % 100 and day == other // 100 % 100:
            return True
    differ, first, second, step = 0, 0, 0, 1
    for place in range(8):
        mine, theirs = one // step % 10, other // step % 10
        if mine != theirs:
            differ += 1
            first, second = second, place
        step *= 10
    if differ <= 1:
        return True
    low, high = 10**first, 10**second
    turned = one // low % 10 == other // high % 10 and one // high % 10 == other // low % 10
    return differ == 2 and second - first == 1 and turned


@numba.njit(nogil=True, cache=True)
def _clash(facts: Facts, one: int, other: int) -> int:
    """Count what speaks against two records: another date of birth, another forename."""
    against = 0
    mine, theirs = facts.born[one], facts.born[other]
    if mine != NONE and theirs != NONE and not near_dates(mine, theirs):
        against += 1
    mine, theirs = facts.start[one], facts.start[other]
    if mine != NONE and theirs != NONE and mine != theirs:
        against += not _forenames_agree(facts, one, other)
    return against


@numba.njit(nogil=True, cache=True)
def _only_a_bridge(
    facts: Facts, sets: Sets, one: int, other: int, spare: float, limits: Limits
) -> bool:
    """Say if most pairs across two leaders' sets of several records speak against one person.

    With little to spare above the mark, one clash makes a pair speak against it; otherwise both
    the name and the date of birth must clash.
    """
    if sets.size[one] < 2 or sets.size[other] < 2:
        return False
    needed = 1 if spare < limits.bridge_margin else 2
    against = 0
    mine = one
    while True:
        theirs = other
        while True:
            against += _clash(facts, mine, theirs) >= needed
            theirs = sets.following[theirs]
            if theirs == other:
                break
        mine = sets.following[mine]
        if mine == one:
            break
    return against > limits.bridge_share * sets.size[one] * sets.size[other]


@numba.njit(nogil=True, cache=True)
def _two_births(facts: Facts, sets: Sets, one: int, other: int, several: int) -> bool:
    """Say if two leaders' sets together hold two far dates of birth, each of `several` agencies."""
    if sets.birth[one] == sets.birth[other] != MIXED:
        return False
    members = np.empty(sets.size[one] + sets.size[other], np.int32)
    count = _members(sets, one, members, 0)
    count = _members(sets, other, members, count)
    solid = NONE
    for at in range(count):
        born = facts.born[members[at]]
        if born == NONE or (solid != NONE and near_dates(born, solid)):
            continue
        if _agencies_of(facts, members, born) >= several:
            if solid != NONE:
                return True
            solid = born
    return False


@numba.njit(nogil=True, cache=True)
def _dates_meet(facts: Facts, sets: Sets, one: int, other: int) -> int:
    """Say if a date of one set is near one of the other: JOINED, BIRTHS, or UNDATED for no date."""
    if sets.birth[one] == sets.birth[other] and sets.birth[one] >= 0:
        return JOINED
    members = np.empty(sets.size[one] + sets.size[other], np.int32)
    ours = _members(sets, one, members, 0)
    both = _members(sets, other, members, ours)
    found = UNDATED
    for mine in members[:ours]:
        for theirs in members[ours:both]:
            if facts.year[mine] == NONE or facts.year[theirs] == NONE:
                continue
            if _near_births(facts, mine, theirs):
                return JOINED
            found = BIRTHS
    return found


@numba.njit(nogil=True, cache=True)
def _near_births(facts: Facts, one: int, other: int) -> bool:
    """Say if two records' dates may be one: mistyped, or two of year, month and day alike.

    Of a day likely made up the year alone counts.
    """
    mine, theirs = facts.born[one], facts.born[other]
    if mine == NONE or theirs == NONE:
        return facts.year[one] == facts.year[other]
    alike = mine // 10000 == theirs // 10000
    alike += mine // 100 % 100 == theirs // 100 % 100
    alike += mine % 100 == theirs % 100
    return alike >= 2 or near_dates(mine, theirs)


@numba.njit(nogil=True, cache=True)
def _members(sets: Sets, leader: int, into: Whole, count: int) -> int:
    rid = leader
    while True:
        into[count] = rid
        count += 1
        rid = sets.following[rid]
        if rid == leader:
            return count


@numba.njit(nogil=True, cache=True)
def _agencies_of(facts: Facts, members: Whole, born: int) -> int:
    different = 0
    for at, rid in enumerate(members):
        if facts.born[rid] != born:
            continue
        new = 1
        for before in members[:at]:
            if facts.born[before] == born and facts.agency[before] == facts.agency[rid]:
                new = 0
        different += new
    return different


@numba.njit(nogil=True, cache=True)
def join_certain(sets: Sets, left: Whole, right: Whole) -> Whole:
    """Join pairs without asking; what became of each."""
    outcome = np.empty(len(left), np.int32)
    for at in range(len(left)):
        outcome[at] = JOINED if join(sets, left[at], right[at]) else WITHIN
    return outcome


@numba.njit(nogil=True, cache=True)
def join_by_number(facts: Facts, sets: Sets, left: Whole, right: Whole, trust: Real) -> Whole:
    """Join pairs of one number unless a ruling, or different numbers as trusted, forbid it."""
    outcome = np.empty(len(left), np.int32)
    for at in range(len(left)):
        one, other = find(sets.parent, left[at]), find(sets.parent, right[at])
        if one == other:
            outcome[at] = WITHIN
        elif kept_apart(facts, sets, sets.following, one, other) == RULED:
            outcome[at] = BY_RULING
        elif _highest(facts, sets, one, other, facts.trust) >= trust[at]:
            outcome[at] = NUMBERS
        else:
            join(sets, one, other)
            outcome[at] = JOINED
    return outcome


@numba.njit(nogil=True, cache=True)
def verdict(
    facts: Facts,
    sets: Sets,
    ring: Whole,
    one: int,
    other: int,
    weight: float,
    home_weight: float,
    bound: bool,
    limits: Limits,
) -> int:
    """Say what an edge between two leaders' sets should become; JOINED when nothing forbids it.

    An edge is `bound` when its two records share a personal number. Where there are relatives, any
    other joins nobody whose date of birth is missing or another: of a father and a son of one name
    and home, one may be known without a date, and then nothing tells them apart.
    """
    why = kept_apart(facts, sets, ring, one, other)
    if why == RULED:
        return BY_RULING
    spare = min(weight - limits.join, home_weight - limits.home_join)
    surplus = _highest(facts, sets, one, other, facts.surplus)
    if why == TWO_LISTED or (surplus > 0 and spare < surplus):
        return NUMBERS
    if why != NONE:
        return TWINS
    if weight < limits.join:
        return BETWEEN
    if home_weight < limits.home_join:
        return RELATIVES
    if _two_births(facts, sets, one, other, limits.several):
        return BIRTHS
    alone = bound or not limits.relatives
    dates = JOINED if alone else _dates_meet(facts, sets, one, other)
    if dates != JOINED:
        return dates
    return BRIDGE if _only_a_bridge(facts, sets, one, other, spare, limits) else JOINED


@numba.njit(nogil=True, cache=True)
def join_by_score(
    facts: Facts,
    sets: Sets,
    ring: Whole,
    left: Whole,
    right: Whole,
    weight: Real,
    home_weight: Real,
    bound: Flags,
    contested: Flags,
    limits: Limits,
) -> Whole:
    """Join scored pairs, strongest first as they come; what became of each.

    A contested record joins nobody by a score.
    """
    outcome = np.empty(len(left), np.int32)
    for at in range(len(left)):
        one, other = find(sets.parent, left[at]), find(sets.parent, right[at])
        if one == other:
            outcome[at] = WITHIN
            continue
        outcome[at] = verdict(
            facts, sets, ring, one, other, weight[at], home_weight[at], bound[at], limits
        )
        if outcome[at] == JOINED and (contested[left[at]] or contested[right[at]]):
            outcome[at] = CONTESTED
        if outcome[at] == JOINED:
            join(sets, one, other)
    return outcome


@numba.njit(nogil=True, cache=True)
def fits(facts: Facts, certain: Sets, sets: Sets, unit: int, leader: int) -> bool:
    """Say if a certain set, taken by itself, could be of the person that `leader` leads."""
    for scheme in range(len(facts.surplus)):
        mine, theirs = certain.number[unit, scheme], sets.number[leader, scheme]
        if mine >= 0 and theirs >= 0 and mine != theirs:
            return False
    born, theirs = certain.birth[unit], sets.birth[leader]
    if born >= 0 and theirs >= 0 and not near_dates(born, theirs):
        return False
    rid = unit
    while True:
        for at in range(facts.apart_from[rid], facts.apart_from[rid + 1]):
            there, why = facts.apart[at], facts.apart_why[at]
            if find(sets.parent, there) == leader and (
                why in CERTAIN
                or not _one_name(facts, certain.following, rid, there, why == TWIN_SPELLING)
            ):
                return False
        rid = certain.following[rid]
        if rid == unit:
            return True
