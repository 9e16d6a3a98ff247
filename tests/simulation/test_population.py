"""The county's people, homes, names, schools and groups: what must hold, and what should be near."""

from dataclasses import fields
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest

from kithkin.simulation.calendar import NEVER, Calendar, whole_years
from kithkin.simulation.population import build_world
from kithkin.simulation.settings import SettingsError, read_section
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import (
    ETHNICITIES,
    GROUP_KINDS,
    HOUSEHOLD_KINDS,
    NOBODY,
    SCHOOL_PHASES,
    STAY_KINDS,
    TIE_KINDS,
    World,
)

CALENDAR = Calendar.ending(date(2026, 3, 31), years=3, warm_up_months=24)
SETTINGS = read_section(PopulationSettings)
SECOND = STAY_KINDS.index("second_home")


@cache
def county(people: int = 20_000, seed: int = 1) -> World:
    return build_world(CALENDAR, people, SETTINGS, Streams(seed))


def arrays(world: World) -> dict[str, Any]:
    tables = [
        field.name for field in fields(world) if hasattr(getattr(world, field.name), "__dict__")
    ]
    return {
        f"{name}.{column}": values
        for name in tables
        for column, values in vars(getattr(world, name)).items()
        if isinstance(values, np.ndarray)
    }


def here(world: World, day: int) -> np.ndarray:
    people = world.people
    return (
        (people.born <= day) & (people.died >= day) & (people.arrived <= day) & (people.left >= day)
    )


def main_homes(world: World, day: int) -> np.ndarray:
    stays = world.stays
    return np.flatnonzero((stays.start <= day) & (stays.end >= day) & (stays.kind != SECOND))


@pytest.mark.parametrize("people", [1_000, 5_000, 20_000])
def test_as_many_people_as_asked_for_live_in_the_county_when_the_window_opens(people: int) -> None:
    assert here(county(people), CALENDAR.opens).sum() == pytest.approx(people, rel=0.01)


def test_everybody_in_the_county_has_exactly_one_main_home_in_each_month() -> None:
    world = county()
    for day in CALENDAR.month_starts[:-1]:
        people = world.stays.person[main_homes(world, int(day))]
        assert np.array_equal(np.sort(people), np.flatnonzero(here(world, int(day))))


def test_main_home_stays_of_a_person_never_overlap() -> None:
    stays = county().stays
    rows = np.flatnonzero(stays.kind != SECOND)
    rows = rows[np.lexsort((stays.start[rows], stays.person[rows]))]
    same = stays.person[rows[1:]] == stays.person[rows[:-1]]
    assert same.sum() > 1000
    assert (stays.start[rows[1:]][same] > stays.end[rows[:-1]][same]).all()


def test_nobody_stays_anywhere_before_birth_or_after_death() -> None:
    world = county()
    people, stays = world.people, world.stays
    ended = people.died[stays.person] < NEVER
    assert ended.sum() > 500
    assert (stays.end[ended] <= people.died[stays.person][ended]).all()
    assert (stays.start >= people.born[stays.person]).all()
    assert (stays.start <= stays.end).all()


def test_mothers_are_14_to_50_years_older_than_their_children_and_fathers_at_least_15() -> None:
    people = county().people
    children = np.flatnonzero(people.mother != NOBODY)
    gap = whole_years(people.born[people.mother[children]], people.born[children])
    assert gap.min() >= 14
    assert gap.max() <= 50
    assert (people.sex[people.mother[children]] == 0).all()
    children = np.flatnonzero(people.father != NOBODY)
    assert whole_years(people.born[people.father[children]], people.born[children]).min() >= 15
    assert (people.sex[people.father[children]] == 1).all()


def test_twins_share_their_day_of_birth_and_their_mother_and_point_to_each_other() -> None:
    people = county().people
    twins = np.flatnonzero(people.twin != NOBODY)
    other = people.twin[twins]
    assert len(twins) >= 40
    assert np.array_equal(people.twin[other], twins)
    assert np.array_equal(people.born[other], people.born[twins])
    assert np.array_equal(people.mother[other], people.mother[twins])
    assert (people.forename[other] != people.forename[twins]).mean() > 0.99


def test_some_sons_have_their_father_s_whole_name() -> None:
    people = county().people
    sons = np.flatnonzero((people.father != NOBODY) & (people.sex == 1))
    fathers = people.father[sons]
    same = (people.forename[sons] == people.forename[fathers]) & (
        people.surname[sons] == people.surname[fathers]
    )
    assert 0.005 < same.mean() < 0.1


def test_the_shares_of_families_are_near_the_census() -> None:
    world = county(60_000)
    stays = main_homes(world, CALENDAR.opens)
    present = here(world, CALENDAR.opens)
    young = present & (whole_years(world.people.born, CALENDAR.opens) < 18)
    assert young.sum() / present.sum() == pytest.approx(0.205, abs=0.012)
    households = world.stays.household[stays]
    families = np.unique(households[young[world.stays.person[stays]]])
    assert young.sum() / len(families) == pytest.approx(1.77, abs=0.1)
    kinds = world.households.kind[families]
    alone = [HOUSEHOLD_KINDS.index(kind) for kind in ("lone_parent", "three_generation")]
    assert np.isin(kinds, alone).mean() == pytest.approx(0.235, abs=0.03)
    assert len(stays) / len(np.unique(households)) == pytest.approx(2.2, abs=0.2)


def test_lone_parents_are_more_common_where_families_are_poor() -> None:
    world = county(60_000)
    lone = world.households.kind == HOUSEHOLD_KINDS.index("lone_parent")
    together = world.households.kind == HOUSEHOLD_KINDS.index("couple_with_children")
    poor = world.households.poor > 0.4
    share = [lone[p].sum() / (lone | together)[p].sum() for p in (poor, ~poor)]
    assert share[0] > 1.5 * share[1]


def test_births_deaths_and_moves_are_near_their_published_rates() -> None:
    world = county(60_000)
    people, years = world.people, 3
    born = (people.born > CALENDAR.opens) & (people.arrived < NEVER)
    died = (people.died >= CALENDAR.opens) & (people.died < NEVER)
    assert born.sum() / years / 60 == pytest.approx(11, abs=2)
    assert died.sum() / years / 60 == pytest.approx(10, abs=2)
    homes = np.unique(np.stack([world.stays.household, world.stays.address]), axis=1)[0]
    households = len(np.unique(world.stays.household[main_homes(world, CALENDAR.opens)]))
    moves = (len(homes) - len(np.unique(homes))) / 5 / households
    assert moves == pytest.approx(0.105, abs=0.02)


def test_two_households_are_never_at_home_at_one_address_on_one_day() -> None:
    world = county()
    stays = world.stays
    for day in (CALENDAR.begins, CALENDAR.opens, CALENDAR.ends):
        rows = np.flatnonzero((stays.start <= day) & (stays.end >= day))
        pairs = np.unique(np.stack([stays.address[rows], stays.household[rows]]), axis=1)
        assert len(np.unique(pairs[0])) == pairs.shape[1]


def test_addresses_are_used_again_by_later_households() -> None:
    stays = county().stays
    pairs = np.unique(np.stack([stays.address, stays.household]), axis=1)[0]
    assert (np.unique(pairs, return_counts=True)[1] > 1).sum() > 300


def test_children_are_more_diverse_than_adults() -> None:
    world = county(60_000)
    british = world.people.ethnicity == ETHNICITIES.index("WBRI")
    present = here(world, CALENDAR.opens)
    young = present & (whole_years(world.people.born, CALENDAR.opens) < 18)
    assert 1 - british[young].mean() > 1.1 * (1 - british[present & ~young].mean())


def test_somali_children_bear_their_father_s_and_his_father_s_names() -> None:
    world = county(60_000)
    people = world.people
    somali = people.heritage == world.heritages.index("somali")
    children = np.flatnonzero(somali & (people.father != NOBODY))
    children = children[somali[people.father[children]]]
    father = people.father[children]
    assert len(children) >= 20
    assert np.array_equal(people.middle[children], people.forename[father])
    former = people.former_surname[children]
    at_birth = np.where(former != NOBODY, former, people.surname[children])
    assert np.array_equal(at_birth, people.middle[father])


def test_every_sikh_is_kaur_or_singh_by_sex() -> None:
    world = county(60_000)
    people, names = world.people, world.names.to_pylist()
    rows = np.flatnonzero(people.heritage == world.heritages.index("sikh"))
    assert len(rows) >= 50
    for row in rows:
        custom = ("Kaur", "Singh")[people.sex[row]]
        parts = [people.middle[row], people.surname[row], people.former_surname[row]]
        assert custom in [names[part] for part in parts if part != NOBODY]


def test_children_of_compulsory_age_are_enrolled_throughout() -> None:
    world = county()
    enrolments = world.enrolments
    day = CALENDAR.opens + 200
    age = whole_years(world.people.born, day)
    children = np.flatnonzero(here(world, day) & (age >= 5) & (age < 16))
    enrolled = enrolments.person[(enrolments.start <= day) & (enrolments.end >= day)]
    assert np.isin(children, enrolled).all()
    assert len(np.unique(enrolled)) == len(enrolled)


def test_schools_have_a_size_at_which_pupils_know_each_other() -> None:
    world = county(60_000)
    enrolments, day = world.enrolments, CALENDAR.opens + 200
    now = (enrolments.start <= day) & (enrolments.end >= day)
    pupils = np.bincount(enrolments.school[now], minlength=len(world.schools))
    primary = pupils[world.schools.phase == SCHOOL_PHASES.index("primary")]
    assert 200 < primary.mean() < 420
    assert primary.max() < 800


def test_street_groups_are_of_teenagers_and_organised_groups_draw_on_some() -> None:
    world = county(60_000)
    groups, people = world.groups, world.people
    street = np.flatnonzero(groups.kind == GROUP_KINDS.index("street"))
    drawn = groups.organised_by[street]
    assert 0.08 < (drawn != NOBODY).mean() < 0.35
    organised = GROUP_KINDS.index("organised")
    assert (groups.kind[drawn[drawn != NOBODY]] == organised).all()
    assert (groups.kind == organised).sum() >= 2
    rows = np.isin(world.memberships.group, street)
    age = whole_years(people.born[world.memberships.person[rows]], world.memberships.start[rows])
    assert age.min() >= 10
    assert age.max() <= 19


def test_joining_a_street_group_does_not_depend_on_ethnic_group() -> None:
    world = county(60_000)
    people = world.people
    street = np.flatnonzero(world.groups.kind == GROUP_KINDS.index("street"))
    joined = np.unique(world.memberships.person[np.isin(world.memberships.group, street)])
    age = whole_years(people.born, CALENDAR.ends)
    young = np.flatnonzero(here(world, CALENDAR.opens) & (age >= 16) & (age < 19))
    british = people.ethnicity[young] == ETHNICITIES.index("WBRI")
    member = np.isin(young, joined)
    spread = np.sqrt(member.mean() * (1 - member.mean()) / (~british).sum())
    assert abs(member[british].mean() - member[~british].mean()) < 4 * spread


def test_ties_hold_between_the_living_and_agree_with_the_people_s_table() -> None:
    world = county()
    people, ties = world.people, world.ties
    assert (ties.a != ties.b).all()
    assert (ties.start <= ties.end).all()
    parents = ties.kind == TIE_KINDS.index("parent")
    a, b = ties.a[parents], ties.b[parents]
    assert ((people.mother[b] == a) | (people.father[b] == a)).all()
    assert not (ties.kind == TIE_KINDS.index("exploits")).any()
    counts = np.bincount(ties.kind, minlength=len(TIE_KINDS))
    named = ("partner", "former_partner", "parent", "sibling", "grandparent", "friend")
    assert all(counts[TIE_KINDS.index(kind)] > 100 for kind in named)


def test_half_brothers_and_sisters_live_in_different_households() -> None:
    world = county()
    people, ties = world.people, world.ties
    siblings = ties.kind == TIE_KINDS.index("sibling")
    a, b = ties.a[siblings], ties.b[siblings]
    half = people.mother[a] != people.mother[b]
    home = np.full(len(people), NOBODY)
    rows = main_homes(world, CALENDAR.opens)
    home[world.stays.person[rows]] = world.stays.household[rows]
    apart = half & (home[a] != NOBODY) & (home[b] != NOBODY) & (home[a] != home[b])
    assert apart.sum() > 10


def test_one_seed_gives_one_world_and_another_seed_other_people() -> None:
    first, again = county(), build_world(CALENDAR, 20_000, SETTINGS, Streams(1))
    other = arrays(county(seed=2))
    for name, values in arrays(first).items():
        assert np.array_equal(values, arrays(again)[name]), name
    assert first.names.equals(again.names)
    assert not np.array_equal(arrays(first)["people.born"][:500], other["people.born"][:500])


def test_every_position_points_into_its_table() -> None:
    world = county()
    sizes = {
        "postcode": len(world.postcodes), "street": len(world.streets), "person": len(world.people),
        "household": len(world.households), "address": len(world.addresses),
        "school": len(world.schools), "place": len(world.places), "group": len(world.groups),
        "area": len(world.areas), "mother": len(world.people), "father": len(world.people),
        "reference": len(world.people), "forename": len(world.names), "surname": len(world.names),
        "middle": len(world.names), "known_as": len(world.names),
    }  # fmt: skip
    for name, values in arrays(world).items():
        size = sizes.get(name.split(".")[1])
        if size is not None and len(values):
            assert values.max() < size, name
            assert values.min() >= NOBODY, name


def test_a_small_county_is_as_deprived_as_the_whole() -> None:
    small, whole = county(5_000).areas, county(60_000).areas
    assert float(small.score.mean()) == pytest.approx(float(whole.score.mean()), abs=4)


def test_a_share_above_one_is_refused_with_its_name() -> None:
    with pytest.raises(SettingsError, match=r"kith\.street_members"):
        read_section(
            PopulationSettings,
            changes={"kith": {**SETTINGS.kith.model_dump(), "street_members": 2}},
        )


def test_street_groups_are_of_several_young_people_of_one_neighbourhood() -> None:
    world = county(60_000)
    street = world.groups.kind == GROUP_KINDS.index("street")
    members = np.bincount(world.memberships.group, minlength=len(world.groups))[street]
    assert 4 < members.mean() < 12
    assert members.max() <= 12
