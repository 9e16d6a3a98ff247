"""The front door: who is reported, what is decided, what help prevents, and that the books agree."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest

from kithkin.simulation.calendar import NEVER, whole_years
from kithkin.simulation.care import DECISIONS, SOURCES, Care
from kithkin.simulation.front_door import run_front_door
from kithkin.simulation.front_door.arithmetic import (
    after_working_days,
    chance,
    offset_for,
    pick,
    weights_of,
)
from kithkin.simulation.front_door.pathways import Cases, after_care
from kithkin.simulation.life import Lives
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.front_door import FrontDoorSettings
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY
from tests.simulation.front_door_village import (
    CALENDAR,
    Incident,
    build_village,
    happen,
    quiet_lives,
)

FAMILIES = 600
TROUBLED = range(0, FAMILIES, 6)
"""Families in which incidents grow graver from month to month."""
STARTS = CALENDAR.month_starts
PLAIN = {"worker_spread": 0, "worker_noise": 0, "worker_drift": 0, "worker_fatigue": 0}
REFERRAL = DECISIONS.index("referral")


def _lives() -> Lives:
    lives = quiet_lives(_village())
    for family in TROUBLED:
        for month in range(CALENDAR.months):
            lives.household["domestic_abuse"][month, family] = 1 + month // 17
    return lives


@cache
def _village():
    return build_village(FAMILIES)


@cache
def _incidents():
    marks = np.random.default_rng(5).random((CALENDAR.months, FAMILIES))
    grave = [
        Incident(family, int(STARTS[month]) + 3, "domestic_assault", 1 + month // 10,
                 float(marks[month, family]))
        for month in range(CALENDAR.months)
        for family in TROUBLED
    ]  # fmt: skip
    slight = [
        Incident(family, int(STARTS[month]) + 9, mark=float(marks[month, family]))
        for month in range(0, CALENDAR.months, 8)
        for family in range(FAMILIES)
        if family not in TROUBLED
    ]
    return happen(grave + slight)


@cache
def _care(seed: int = 1, **changes: float) -> Care:
    settings = read_section(FrontDoorSettings)
    knobs = read_section(Knobs, changes=changes)
    happenings, participants = _incidents()
    return run_front_door(
        _village(), _lives(), happenings, participants, CALENDAR, settings, knobs, Streams(seed)
    )


def _children(families) -> np.ndarray:
    return np.array([4 * family + member for family in families for member in (2, 3)])


def test_a_household_whose_incidents_grow_graver_is_reported_and_then_referred():
    care = _care()
    troubled, others = _children(TROUBLED), _children(set(range(FAMILIES)) - set(TROUBLED))
    share = [np.isin(who, care.referrals.child).mean() for who in (troubled, others)]
    assert share[0] > 0.4
    assert share[0] > 2 * share[1]
    from_contact = care.referrals.contact != NOBODY
    prompted = care.referrals.contact[from_contact]
    assert len(prompted) > 50
    assert np.array_equal(care.contacts.child[prompted], care.referrals.child[from_contact])
    assert np.array_equal(care.contacts.day[prompted], care.referrals.day[from_contact])


def test_one_incident_makes_a_contact_for_each_child_with_one_worker_and_source():
    contacts = _care().contacts
    real = contacts.happening != NOBODY
    number, counts = np.unique(contacts.happening[real], return_counts=True)
    assert set(counts) == {1, 2}
    for happening in number[counts == 2][:50]:
        of_it = contacts.happening == happening
        assert len(set(contacts.worker[of_it])) == len(set(contacts.source[of_it])) == 1


def test_help_that_prevents_nearly_all_leaves_few_happenings_to_supported_households():
    def of_one(care: Care) -> list[bool]:
        happenings, _ = _incidents()
        plans, shares = care.plans, []
        for row in np.flatnonzero(plans.protection & (plans.end - plans.start > 60)):
            family = care.referrals.child[plans.referral[row]] // 4
            last = min(int(plans.end[row]), CALENDAR.ends)
            inside = (happenings.household == family) & (happenings.day > plans.start[row] + 31)
            inside &= happenings.day <= last
            shares.extend(care.survives[inside].tolist())
        return shares

    def left(effect: float) -> float:
        shares = [
            came for seed in range(1, 5) for came in of_one(_care(seed, support_effect=effect))
        ]
        assert len(shares) > 30
        return float(np.mean(shares))

    assert left(0.0) == 1.0
    assert left(0.95) < 0.15


def test_without_spread_and_noise_the_same_first_contact_gets_the_same_decision():
    contacts = _care(**PLAIN).contacts
    _, first = np.unique(contacts.child, return_index=True)
    decided = contacts.decision[first]
    shown = contacts.shown[first]
    seed = np.isin(contacts.child[first], _stock_children(_care(**PLAIN)))
    inside = (decided <= REFERRAL) & ~seed
    edges = [
        (shown[inside & (decided == lower)].max(), shown[inside & (decided == lower + 1)].min())
        for lower in range(REFERRAL)
    ]
    assert all(below < above for below, above in edges)


def test_with_spread_and_noise_the_same_first_contact_may_be_decided_otherwise():
    care = _care()
    _, first = np.unique(care.contacts.child, return_index=True)
    shown, decided = care.contacts.shown[first], care.contacts.decision[first]
    assert shown[decided < REFERRAL].max() > shown[decided == REFERRAL].min()


def _stock_children(care: Care) -> np.ndarray:
    return care.referrals.child[care.referrals.contact == NOBODY]


def test_bias_moves_referrals_of_the_minority_group_at_equal_need():
    def gap(bias: float) -> float:
        contacts = _care(worker_bias=bias, surveillance_group=0).contacts
        inside = contacts.decision <= REFERRAL
        taken = contacts.decision == REFERRAL
        minority = (contacts.child // 4) % 2 == 1
        slight = inside & ~np.isin(contacts.child // 4, list(TROUBLED))
        return float(taken[slight & minority].mean() - taken[slight & ~minority].mean())

    assert abs(gap(0.0)) < 0.04
    assert gap(1.5) > gap(0.0) + 0.08


def test_surveillance_of_a_group_makes_it_reported_more_often_without_any_difference_in_need():
    def share(surveillance: float) -> float:
        contacts = _care(surveillance_group=surveillance).contacts
        slight = contacts.happening != NOBODY
        slight &= ~np.isin(contacts.child // 4, list(TROUBLED))
        return float(((contacts.child[slight] // 4) % 2 == 1).mean())

    assert share(1.0) > share(0.0) + 0.1


def test_escalation_without_help_is_no_rarer_than_with_help():
    outcomes = _care().outcomes
    mature = outcomes.mature
    with_help = outcomes.escalated_supported[mature]
    without = outcomes.escalated_unsupported[mature]
    assert np.all(with_help <= without)
    assert with_help.mean() < without.mean()
    assert outcomes.escalated[mature].mean() <= without.mean()
    assert np.all(outcomes.returned[outcomes.escalated])


def test_schools_write_on_working_days_and_the_police_on_any():
    contacts = _care().contacts
    weekend = np.isin(contacts.day % 7, [2, 3])  # 1 January 1970 was a Thursday
    assert not weekend[contacts.source == SOURCES.index("school")].any()
    assert weekend[contacts.source == SOURCES.index("police")].any()


def test_on_the_first_day_cases_of_earlier_years_are_open():
    referrals = _care().referrals
    earlier = referrals.day < CALENDAR.begins
    still_open = earlier & (referrals.closed > CALENDAR.begins)
    assert still_open.sum() / (2 * FAMILIES) == pytest.approx(0.035, abs=0.02)
    assert (CALENDAR.begins - referrals.day[still_open]).max() > 730
    assert np.all(referrals.contact[earlier] == NOBODY)


def test_where_nothing_happens_contacts_have_nothing_behind_them():
    village = build_village(100)
    nothing = happen([])
    care = run_front_door(
        village, quiet_lives(village), *nothing, CALENDAR, read_section(FrontDoorSettings),
        read_section(Knobs), Streams(3),
    )  # fmt: skip
    assert len(care.contacts) > 10
    assert np.all(care.contacts.happening == NOBODY)
    assert np.all(care.contacts.need == 1)
    assert len(care.survives) == 0


def test_contacts_come_at_the_published_rate():
    contacts = _care().contacts
    last = contacts.day >= STARTS[-13]
    assert last.sum() / (2 * FAMILIES) == pytest.approx(0.25, rel=0.3)


def test_contacts_come_as_often_in_the_first_year_as_in_the_last_when_nothing_drifts():
    village, lives = _village(), quiet_lives(_village())
    happenings, participants = happen(
        [
            Incident(family, int(STARTS[month]) + 3, "domestic_assault", mark=0.99)
            for month in range(CALENDAR.months)
            for family in range(0, FAMILIES, 4)
        ]
    )
    settings, knobs = (
        read_section(FrontDoorSettings),
        read_section(Knobs, changes={"yearly_drift": 0.2}),
    )
    care = run_front_door(
        village, lives, happenings, participants, CALENDAR, settings, knobs, Streams(3)
    )
    first = (care.contacts.day < STARTS[12]).sum()
    last = (care.contacts.day >= STARTS[-13]).sum()
    assert first == pytest.approx(last, rel=0.25)


def test_unborn_children_are_told_of_by_midwives_and_others_but_not_by_schools():
    village = _village()
    coming = np.arange(len(village.people)) % 4 == 3
    born = np.where(
        coming, CALENDAR.opens + np.arange(len(village.people)) % 300, village.people.born
    )
    village = replace(village, people=replace(village.people, born=born.astype(np.int32)))
    lives = _lives()
    for month in range(CALENDAR.months):
        lives.home[month, coming[lives.children] & (born[lives.children] > STARTS[month])] = NOBODY
    settings = read_section(FrontDoorSettings)
    reporting = settings.reporting.model_copy(update={"unborn_share": 0.3})
    settings = settings.model_copy(update={"reporting": reporting})
    care = run_front_door(
        village, lives, *_incidents(), CALENDAR, settings, read_section(Knobs), Streams(4)
    )
    contacts = care.contacts
    unborn = contacts.day < born[contacts.child]
    assert unborn.sum() > 50
    of = np.bincount(contacts.source[unborn], minlength=len(SOURCES))
    assert of.argmax() == SOURCES.index("hospital")
    assert of[SOURCES.index("school")] == of[SOURCES.index("youth_justice")] == 0
    troubled = np.isin(contacts.household[unborn], list(TROUBLED))
    assert troubled.mean() > 2 * len(TROUBLED) / FAMILIES
    periods = care.care_periods
    assert np.all(periods.start >= born[periods.child])


def test_sources_tell_only_of_children_of_their_age():
    contacts, born = _care().contacts, _village().people.born
    age = whole_years(born[contacts.child], contacts.day)
    for source, (youngest, oldest) in read_section(FrontDoorSettings).reporting.ages.items():
        told = age[contacts.source == SOURCES.index(source)]
        assert np.all((told >= youngest) & (told <= oldest)), source
    assert (contacts.source == SOURCES.index("youth_justice")).any()


def test_who_leaves_care_at_eighteen_is_in_need_until_twenty_one_at_most():
    settings = read_section(FrontDoorSettings).pathway
    born, until = -6574, 0
    cases = Cases(
        day=np.full(5, -400, np.int32),
        until=np.full(5, until, np.int32),
        gravity=np.zeros(5, np.float32),
        need=np.full(5, 3, np.int8),
        disabled=np.zeros(5, bool),
        age_days=np.full(5, -400 - born, np.int32),
        gone=np.array([NEVER, NEVER, NEVER, NEVER, 90], np.int32),
    )
    closed = after_care(cases, np.array([0, 0.1, 0.5, 0.9, 0.9], np.float32), settings)
    assert closed.tolist() == [0, 548, 1096, 1096, 90]


def test_the_books_agree_with_each_other():
    care = _care()
    contacts, referrals, plans = care.contacts, care.referrals, care.plans
    assert np.all(np.diff(contacts.day) >= 0)
    assert np.all(np.diff(referrals.day) >= 0)
    became = contacts.decision == REFERRAL
    assert np.array_equal(referrals.contact[contacts.referral[became]], np.flatnonzero(became))
    joined = contacts.decision == DECISIONS.index("to_allocated_worker")
    number = contacts.referral[joined]
    assert np.array_equal(referrals.child[number], contacts.child[joined])
    assert np.all(contacts.day[joined] <= referrals.closed[number])
    assert np.all(contacts.referral[~became & ~joined] == NOBODY)
    assert np.all(referrals.closed >= referrals.day)
    assert np.all(plans.end <= referrals.closed[plans.referral])
    assert np.all(plans.start >= referrals.day[plans.referral])
    periods = care.care_periods
    assert np.all(periods.end <= referrals.closed[periods.referral])
    assert np.array_equal(referrals.child[periods.referral], periods.child)
    assert not np.any(care.assessments.end < care.assessments.start)
    assert np.all((care.assessments.factors == 0) == (care.assessments.end == NEVER))


def test_a_contact_about_an_open_case_goes_to_the_allocated_worker():
    contacts, referrals = _care().contacts, _care().referrals
    order = np.lexsort((referrals.day, referrals.child))
    keys = referrals.child[order].astype(np.int64) * 100_000 + referrals.day[order]
    before = np.searchsorted(keys, contacts.child.astype(np.int64) * 100_000 + contacts.day) - 1
    latest = order[np.maximum(before, 0)]
    is_open = (before >= 0) & (referrals.child[latest] == contacts.child)
    is_open &= (referrals.day[latest] < contacts.day) & (referrals.closed[latest] > contacts.day)
    assert is_open.sum() > 20
    assert set(contacts.decision[is_open]) == {DECISIONS.index("to_allocated_worker")}


def test_no_child_has_two_cases_or_two_plans_open_at_once():
    care = _care()
    for child, start, end in (
        (care.referrals.child, care.referrals.day, care.referrals.closed),
        (care.referrals.child[care.plans.referral], care.plans.start, care.plans.end),
        (care.care_periods.child, care.care_periods.start, care.care_periods.end),
    ):
        order = np.lexsort((end, start, child))
        same = child[order][1:] == child[order][:-1]
        assert np.all(start[order][1:][same] >= end[order][:-1][same])


def test_placements_follow_each_other_from_the_first_to_the_last_day_of_care():
    care = _care()
    assert len(care.care_periods) > 5
    for number in range(len(care.care_periods)):
        rows = np.flatnonzero(care.placements.care == number)
        starts, ends = care.placements.start[rows], care.placements.end[rows]
        order = np.argsort(starts)
        assert starts[order[0]] == care.care_periods.start[number]
        assert np.array_equal(ends[order][:-1], starts[order][1:])
        assert ends[order[-1]] == care.care_periods.end[number]


def test_a_seed_gives_the_same_care_and_another_seed_another():
    again = _care.__wrapped__()
    for part in fields(Care):
        mine, other = getattr(_care(), part.name), getattr(again, part.name)
        if hasattr(mine, "child"):
            assert np.array_equal(mine.child, other.child)
    assert np.array_equal(_care().survives, again.survives)
    assert not np.array_equal(_care().contacts.day[:50], _care(seed=2).contacts.day[:50])


def test_an_offset_brings_the_mean_chance_to_the_share():
    odds = np.array([-3.0, 0.0, 1.0, 4.0])
    assert chance(odds + offset_for(odds, 0.2)).mean() == pytest.approx(0.2, abs=1e-6)


def test_a_share_of_an_unknown_name_is_refused():
    with pytest.raises(KeyError, match=r"unknown.*'plice'"):
        weights_of({"plice": 1.0}, ("police", "school"))
    assert weights_of({"police": 1.0, "other": 0.5}, ("police", "school")).tolist() == [1.0, 0.5]


def test_picking_follows_the_shares():
    assert pick(np.array([1.0, 0.0, 3.0]), np.array([0.0, 0.24, 0.26, 0.999])).tolist() == [
        0,
        0,
        2,
        2,
    ]


def test_working_days_leave_out_weekends():
    friday = 20182  # 4 April 2025
    assert after_working_days(np.array([friday], np.int32), np.array([1], np.int32)) == friday + 3
