"""What children and families live through: how much, who, where it spreads, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from kithkin.simulation.calendar import whole_years
from kithkin.simulation.life import CHILD_CONDITIONS, HOUSEHOLD_CONDITIONS, Lives
from kithkin.simulation.lives.drawing import Episodes
from kithkin.simulation.lives.episodes import SUREST, shared_out
from kithkin.simulation.settings import SettingsError, read_section
from kithkin.simulation.settings.lives import LifeSettings
from kithkin.simulation.world import NOBODY, STAY_KINDS, World
from simulation.villages import CALENDAR, SETTINGS, lived, settings_without, village, with_people

EXPLOITATION = ("sexual_exploitation", "criminal_exploitation", "serious_violence")


@cache
def large() -> World:
    return village(4500, organised=45)


@cache
def lives_at(network_strength: float) -> Lives:
    return lived(large(), network_strength=network_strength)[0]


def child_months(lives: Lives, name: str) -> int:
    return int(np.count_nonzero(lives.child[name]))


def pairs_within_groups(lives: Lives) -> float:
    """Affected pairs of a group in a month, against what there would be by chance."""
    table = large().memberships
    child = lives.child_of[table.person]
    rows = child >= 0
    found = expected = 0.0
    for month in range(12, CALENDAR.months, 4):
        hit = np.any([lives.child[name][month] > 0 for name in EXPLOITATION], axis=0)
        here = rows & (lives.home[month][child] >= 0)
        group, struck = table.group[here], hit[child[here]]
        size, affected = np.bincount(group), np.bincount(group, weights=struck)
        found += float(np.sum(affected * (affected - 1)))
        expected += float(np.sum(size * (size - 1))) * struck.mean() ** 2
    return found / expected


def test_the_network_decides_where_harm_is_and_not_how_much():
    without, strong = lives_at(0), lives_at(2)
    for name in EXPLOITATION:
        change = child_months(strong, name) / child_months(without, name)
        assert 0.75 < change < 1.25, name
    assert pairs_within_groups(strong) > 4 * pairs_within_groups(without)
    assert pairs_within_groups(without) < 2


def test_no_harm_reaches_anybody_through_company_when_the_network_has_no_strength():
    assert not lives_at(0).exposure_kith.any()
    assert lives_at(2).exposure_kith.max() > 1


def test_children_in_groups_that_organised_groups_draw_on_are_exploited_more():
    lives, table = lives_at(2), large().memberships
    backed = np.zeros(len(lives.children), dtype=bool)
    drawn_on = large().groups.organised_by[table.group] >= 0
    children = lives.child_of[table.person[drawn_on]]
    backed[children[children >= 0]] = True
    exploited = lives.child["criminal_exploitation"] > 0
    assert exploited[:, backed].mean() > 2 * exploited[:, ~backed].mean()


@pytest.mark.parametrize("name", HOUSEHOLD_CONDITIONS)
def test_as_many_families_are_affected_as_the_settings_say(name):
    affected = lives_at(0).household[name][24:] > 0
    assert affected.mean() == pytest.approx(SETTINGS.family[name].prevalence, rel=0.25)


@pytest.mark.parametrize("name", CHILD_CONDITIONS)
def test_as_many_young_people_are_affected_as_the_settings_say(name):
    lives = lives_at(0)
    here = lives.home >= 0
    affected = np.count_nonzero(lives.child[name]) / np.count_nonzero(here)
    assert affected == pytest.approx(SETTINGS.child[name].prevalence, rel=0.35)


def test_the_first_year_is_as_the_last_when_nothing_drifts():
    lives = lived(large(), yearly_drift=0.0, network_strength=0.0)[0]
    states = np.stack([lives.household[name] for name in HOUSEHOLD_CONDITIONS])
    first, last = states[:, :12], states[:, -12:]
    assert (first > 0).mean() == pytest.approx((last > 0).mean(), rel=0.06)
    assert first[first > 0].mean() == pytest.approx(last[last > 0].mean(), rel=0.04)


def test_episodes_cut_off_by_the_calendar_show_as_much_as_those_within_it():
    rng, months = np.random.default_rng(3), 60
    begin, length = rng.integers(-40, months, 40_000), rng.geometric(1 / 8, 40_000)
    month = np.arange(months)[:, None]
    states = ((month >= begin) & (month < begin + length)).astype(np.uint8)
    shown = Episodes(states, 8.0, SETTINGS.happen, rng)
    by_month = np.bincount(shown.month, shown.rate) / np.bincount(shown.month)
    assert by_month[:6].mean() == pytest.approx(by_month.mean(), rel=0.05)
    assert by_month[-6:].mean() == pytest.approx(by_month.mean(), rel=0.05)


def test_hidden_differences_change_who_is_affected_and_not_how_many():
    world = village(2500)
    alike = lived(world, hidden_difference=0.0, network_strength=0.0)[0]
    unlike = lived(world, hidden_difference=3.0, network_strength=0.0)[0]
    assert not alike.hidden_child.any()
    assert not alike.hidden_household.any()
    for name in ("missing", "self_harm"):
        ratio = child_months(unlike, name) / child_months(alike, name)
        assert 0.6 < ratio < 1.4
        assert children_ever(unlike, name) < 0.8 * children_ever(alike, name)


def children_ever(lives: Lives, name: str) -> int:
    return int(np.count_nonzero(lives.child[name].any(axis=0)))


def test_episodes_end_and_people_recover():
    for states in (*lives_at(0).household.values(), *lives_at(0).child.values()):
        ended = (states[:-1] > 0) & (states[1:] == 0)
        began = (states[:-1] == 0) & (states[1:] > 0)
        assert ended.sum() > 50
        assert ended.sum() == pytest.approx(began.sum(), rel=0.3)


def test_recovery_can_leave_a_strength_for_good():
    kept = settings_without("self_harm", prevalence=0.2)
    lucky = kept.model_copy(
        update={"strengths": kept.strengths.model_copy(update={"gained_by": 1.0, "gained": 0.3})}
    )
    lives = lived(village(400), settings=lucky)[0]
    states, last = lives.child["self_harm"], 30
    recovered = (states[:last].any(axis=0)) & (states[last] == 0)
    never = ~states[: last + 1].any(axis=0)
    assert lives.strength[last, recovered].mean() > lives.strength[last, never].mean() + 0.15


def test_poverty_raises_harm_moderately_and_most_poor_families_have_none():
    world = village(3000)
    poor = np.arange(len(world.households)) % 2 == 0
    halves = replace(world.households, poor=poor.astype(np.float32))
    lives = lived(replace(world, households=halves))[0]
    harm = np.any(
        [lives.household[name][40] > 0 for name in ("domestic_abuse", "neglect", "harm_by_adult")],
        axis=0,
    )
    assert 1.1 < harm[poor].mean() / harm[~poor].mean() < 2.5
    assert harm[poor].mean() < 0.25


def test_hazards_drift_over_the_years():
    world = village(1500)

    def late_share(drift: float) -> float:
        states = lived(world, yearly_drift=drift)[0].household["mental_health"] > 0
        return float(states[-6:].mean() / states[:6].mean())

    assert late_share(0.3) > 1.25 * late_share(-0.3)


def test_harm_at_home_reaches_the_children_of_that_home_alone():
    settings = settings_without("domestic_abuse", prevalence=0.3)
    lives = lived(village(60), settings=settings)[0]
    abused = lives.household["domestic_abuse"][30] > 0
    reached = lives.exposure_kin[30] > 0
    assert abused.any()
    assert (reached == abused[lives.home[30]]).all()


def test_a_home_that_was_left_still_reaches_children_who_stay_in_contact():
    world, settings = village(200), settings_without("domestic_abuse", prevalence=0.5)
    stays, middle = world.stays, int(CALENDAR.month_starts[20])
    moving = np.flatnonzero((stays.person % 4 >= 2) & (stays.household < 100))
    end = stays.end.copy()
    end[moving] = middle - 1
    columns = {
        "person": stays.person[moving], "household": stays.household[moving] + 100,
        "address": stays.address[moving], "start": np.full(len(moving), middle),
        "end": stays.end[moving], "kind": stays.kind[moving],
    }  # fmt: skip
    both = {
        name: np.concatenate([end if name == "end" else getattr(stays, name), more]).astype(
            getattr(stays, name).dtype
        )
        for name, more in columns.items()
    }
    lives = lived(replace(world, stays=replace(stays, **both)), settings=settings)[0]
    moved = lives.child_of[stays.person[moving]]
    old, new = lives.home[19, moved], lives.home[20, moved]
    assert (new == old + 100).all()
    abuse = lives.household["domestic_abuse"][20] > 0
    only_there = abuse[old] & ~abuse[new]
    reached = lives.exposure_kin[20, moved[only_there]] > 0
    assert 0.2 < reached.mean() < 0.7


def test_a_second_home_counts_for_less_than_the_first():
    world, settings = village(2), settings_without("domestic_abuse", prevalence=0.5)
    stays = world.stays
    extra = {
        "person": 2, "household": 1, "address": 1, "start": stays.start[0], "end": stays.end[0],
        "kind": STAY_KINDS.index("second_home"),
    }  # fmt: skip
    both = {name: np.append(getattr(stays, name), more) for name, more in extra.items()}
    both = {name: column.astype(getattr(stays, name).dtype) for name, column in both.items()}
    lives = lived(replace(world, stays=replace(stays, **both)), settings=settings)[0]
    abuse = lives.household["domestic_abuse"]
    only_second = (abuse[:, 1] > 0) & (abuse[:, 0] == 0)
    assert only_second.any()
    visits, stays_there = lives.exposure_kin[only_second, 0], lives.exposure_kin[only_second, 2]
    assert (visits > 0).all()
    assert (visits < stays_there).all()
    assert (lives.exposure_kin[only_second, 1] == 0).all()


def test_children_have_a_home_from_birth_or_arrival_until_they_leave_die_or_come_of_age():
    born, gone = int(CALENDAR.month_starts[10]) + 3, int(CALENDAR.month_starts[30]) + 20
    world = with_people(
        village(3), born={2: born}, died={3: gone}, left={6: gone}, arrived={7: born}
    )
    lives = lived(world)[0]
    months = [np.flatnonzero(lives.home[:, lives.child_of[person]] >= 0) for person in (2, 3, 6, 7)]
    assert [(int(m[0]), int(m[-1])) for m in months] == [(10, 59), (0, 30), (0, 30), (10, 59)]
    assert lives.child_of[0] == NOBODY
    coming_of_age = with_people(village(3), born={2: int(CALENDAR.month_starts[0]) - 6400})
    home = lived(coming_of_age)[0].home[:, 0]
    days = CALENDAR.month_starts[:-1] + 14
    grown = whole_years(coming_of_age.people.born[2:3], days) >= 18
    assert grown.any()
    assert ((home < 0) == grown).all()


def test_chances_keep_their_mean_when_some_would_exceed_the_ceiling():
    rate = np.array([[1, 1, 1, 1, 4000], [2, 1, 1, 1, 0]], dtype=np.float32)
    among = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]], dtype=np.float32)
    chance = shared_out(np.array([0.15, 0.1]), rate, among)
    assert chance[0].mean() == pytest.approx(0.15, rel=1e-3)
    assert chance[0].max() == pytest.approx(SUREST)
    assert chance[1] == pytest.approx([0.16, 0.08, 0.08, 0.08, 0.0])


def test_a_condition_or_kind_that_is_unknown_is_refused_by_name():
    kinds = SETTINGS.model_dump()["kinds"]
    kinds["theft"]["driven_by"] = {"boredom": 1.0}
    with pytest.raises(SettingsError, match=r"kinds\.theft\.driven_by: unknown boredom"):
        read_section(LifeSettings, changes={"kinds": kinds})
    del kinds["theft"]
    with pytest.raises(SettingsError, match="kinds: missing theft"):
        read_section(LifeSettings, changes={"kinds": kinds})
