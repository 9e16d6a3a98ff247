"""Kin, namesakes and those away from home: what a county of 20,000 must hold."""

from datetime import date
from functools import cache

import numpy as np
import pytest

from kithkin.simulation.calendar import NEVER, Calendar, whole_years
from kithkin.simulation.population import build_world
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import (
    ADDRESS_KINDS,
    HOUSEHOLD_KINDS,
    NOBODY,
    SEXES,
    STAY_KINDS,
    TIE_KINDS,
    World,
)

CALENDAR = Calendar.ending(date(2026, 3, 31), years=3, warm_up_months=24)
SETTINGS = read_section(PopulationSettings)
SECOND, PRISON = STAY_KINDS.index("second_home"), STAY_KINDS.index("prison")


@cache
def county() -> World:
    return build_world(CALENDAR, 20_000, SETTINGS, Streams(5))


def here(day: int) -> np.ndarray:
    people = county().people
    return (
        (people.born <= day) & (people.died >= day) & (people.arrived <= day) & (people.left >= day)
    )


def children(day: int) -> np.ndarray:
    return np.flatnonzero(here(day) & (whole_years(county().people.born, day) < 18))


def at(day: int) -> np.ndarray:
    """The rows of main homes on a day."""
    stays = county().stays
    return np.flatnonzero((stays.start <= day) & (stays.end >= day) & (stays.kind != SECOND))


def homes(day: int) -> np.ndarray:
    home = np.full(len(county().people), NOBODY)
    home[county().stays.person[at(day)]] = county().stays.household[at(day)]
    return home


def pairs(kind: str) -> tuple[np.ndarray, np.ndarray]:
    ties = county().ties
    rows = ties.kind == TIE_KINDS.index(kind)
    return ties.a[rows], ties.b[rows]


def test_about_half_of_the_children_have_a_grandparent_in_the_county() -> None:
    day = CALENDAR.opens
    elder, younger = pairs("grandparent")
    near = np.isin(children(day), younger[here(day)[elder]])
    assert 0.4 < near.mean() < 0.65


def test_many_children_have_cousins_in_the_county() -> None:
    people, day = county().people, CALENDAR.opens
    young = children(day)
    a, b = pairs("sibling")
    parents = np.union1d(people.mother[young], people.father[young])
    aunt = np.concatenate([a, b])[np.isin(np.concatenate([b, a]), parents)]
    cousins = np.isin(people.mother[young], aunt) | np.isin(people.father[young], aunt)
    assert 0.18 < cousins.mean() < 0.5


def test_some_children_live_with_a_parent_s_new_partner() -> None:
    people, home, day = county().people, homes(CALENDAR.opens), CALENDAR.opens
    ties = county().ties
    rows = (ties.kind == TIE_KINDS.index("partner")) & (ties.start <= day) & (ties.end >= day)
    partner = np.full(len(people), NOBODY)
    partner[ties.a[rows]], partner[ties.b[rows]] = ties.b[rows], ties.a[rows]
    young = children(day)
    young = young[people.mother[young] != NOBODY]
    other = partner[people.mother[young]]
    step = (other != NOBODY) & (other != people.father[young]) & (home[other] == home[young])
    assert 0.02 < step.mean() < 0.15


def test_one_birth_in_seventy_or_so_is_of_twins() -> None:
    people = county().people
    young = people.born > CALENDAR.opens - 18 * 365
    births = young.sum() - (people.twin[young] != NOBODY).sum() / 2
    assert (people.twin[young] != NOBODY).sum() / 2 / births == pytest.approx(0.015, abs=0.007)


def test_some_people_of_one_town_share_their_name_and_their_year_of_birth() -> None:
    world, day = county(), CALENDAR.opens
    people, stays = world.people, world.stays
    rows = at(day)
    area = world.postcodes.area[world.addresses.postcode[stays.address[rows]]]
    town = np.unique(world.areas.town.to_numpy(zero_copy_only=False), return_inverse=True)[1][area]
    who = stays.person[rows]
    key = [people.forename[who], people.surname[who], whole_years(people.born[who], day), town]
    _, count = np.unique(np.stack(key), axis=1, return_counts=True)
    assert (count > 1).sum() > 20


def test_brides_change_their_name_within_the_calendar_from_the_former_surname() -> None:
    people = county().people
    renamed = people.renamed
    assert renamed is not None
    changed = renamed > people.born
    assert (people.former_surname[changed] != NOBODY).all()
    lately = changed & (renamed > CALENDAR.opens) & (renamed <= CALENDAR.ends)
    assert lately.sum() > 10
    assert np.array_equal(renamed[~changed], people.born[~changed])
    assert renamed[people.former_surname != NOBODY].max() <= CALENDAR.ends


def test_prisoners_are_mostly_men_of_working_age_and_one_or_two_in_a_thousand() -> None:
    world = county()
    stays, people = world.stays, world.people
    rows = np.flatnonzero(stays.kind == PRISON)
    age = whole_years(people.born[stays.person[rows]], np.maximum(stays.start[rows], 0))
    assert age.min() >= 18
    assert np.median(age) < 45
    assert (people.sex[stays.person[rows]] == SEXES.index("M")).mean() > 0.85
    days = np.minimum(stays.end[rows], CALENDAR.ends) - np.maximum(
        stays.start[rows], CALENDAR.begins
    )
    share = days.sum() / (CALENDAR.ends - CALENDAR.begins) / here(CALENDAR.opens).sum()
    assert 0.0007 < share < 0.0022
    kinds = world.addresses.kind[stays.address[rows]]
    assert (kinds == ADDRESS_KINDS.index("prison")).all()


def test_some_prisoners_are_parents_whose_family_stays_at_home() -> None:
    world, left = county(), 0
    people, stays = world.people, world.stays
    for row in np.flatnonzero((stays.kind == PRISON) & (stays.start > CALENDAR.begins)):
        person, day = stays.person[row], int(stays.start[row])
        before = homes(day - 1)[person]
        theirs = children(day)
        theirs = theirs[(people.father[theirs] == person) & (homes(day - 1)[theirs] == before)]
        left += len(theirs)
        assert (homes(day)[theirs] != NOBODY).all()
    assert left > 0


def test_who_comes_out_of_prison_goes_home() -> None:
    stays = county().stays
    rows = np.flatnonzero((stays.kind == PRISON) & (stays.end < NEVER))
    day = stays.end[rows] + 1
    still = here_on(stays.person[rows], day)
    for person, then in zip(stays.person[rows][still], day[still], strict=True):
        assert homes(int(then))[person] != NOBODY
    assert still.sum() > 20


def here_on(person: np.ndarray, day: np.ndarray) -> np.ndarray:
    people = county().people
    gone = np.minimum(np.minimum(people.died, people.left)[person], CALENDAR.ends)
    return np.asarray(gone >= day)


def test_no_child_is_left_with_no_adult_when_somebody_is_away() -> None:
    world = county()
    institution = HOUSEHOLD_KINDS.index("institution")
    for day in CALENDAR.month_starts[:-1:6]:
        rows = at(int(day))
        household = world.stays.household[rows]
        adult = whole_years(world.people.born[world.stays.person[rows]], int(day)) >= 16
        cared = np.isin(household, household[adult])
        assert (~cared).sum() <= 2
        assert not (~adult & (world.households.kind[household] == institution)).any()


def test_institutions_hold_the_very_old_and_the_young_who_study() -> None:
    world, day = county(), CALENDAR.opens
    rows = at(day)
    kind = world.addresses.kind[world.stays.address[rows]]
    age = whole_years(world.people.born[world.stays.person[rows]], day)
    homes_of_the_old = kind == ADDRESS_KINDS.index("care_home")
    assert age[homes_of_the_old].min() >= 77
    assert homes_of_the_old.sum() / (age >= 80).sum() == pytest.approx(0.1, abs=0.05)
    halls = kind == ADDRESS_KINDS.index("student_halls")
    assert halls.sum() > 0
    assert set(age[halls].tolist()) <= {18, 19, 20, 21}


def test_the_county_keeps_its_size_and_its_share_of_children() -> None:
    sizes = [here(day).sum() for day in (CALENDAR.begins, CALENDAR.opens, CALENDAR.ends)]
    assert max(sizes) < 1.025 * min(sizes)
    shares = [len(children(day)) / here(day).sum() for day in (CALENDAR.begins, CALENDAR.ends)]
    assert shares == pytest.approx([0.205, 0.2], abs=0.012)


def test_about_three_homes_in_ten_are_of_one_person() -> None:
    world, day = county(), CALENDAR.opens
    household = world.stays.household[at(day)]
    own = world.households.kind[household] != HOUSEHOLD_KINDS.index("institution")
    size = np.unique(household[own], return_counts=True)[1]
    assert size.mean() == pytest.approx(2.3, abs=0.08)
    assert (size == 1).mean() == pytest.approx(0.3, abs=0.03)


def test_half_of_the_young_have_left_their_parents_at_twenty_four() -> None:
    people, day = county().people, CALENDAR.opens
    home = homes(day)
    age = whole_years(people.born, day)
    young = np.flatnonzero(here(day) & (age >= 22) & (age < 26))
    mother = people.mother[young]
    with_mother = (mother != NOBODY) & (home[mother] == home[young])
    assert with_mother.mean() == pytest.approx(0.45, abs=0.1)


def test_no_middle_name_repeats_the_forename_outside_somali_custom() -> None:
    world = county()
    people = world.people
    same = (people.middle == people.forename) & (people.middle != NOBODY)
    assert set(people.heritage[same].tolist()) <= {world.heritages.index("somali")}
