"""What happens, when, to whom and with whom."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from kithkin.simulation.life import (
    CHILD_CONDITIONS,
    HAPPENINGS,
    HOUSEHOLD_CONDITIONS,
    PARTS,
    Happenings,
    Lives,
    Participants,
)
from kithkin.simulation.lives.childhood import in_county
from kithkin.simulation.lives.days import Rhythm
from kithkin.simulation.world import NOBODY, TIE_KINDS, World
from simulation.villages import CALENDAR, SETTINGS, lived, settings_without, village, with_people

CAUSES = HOUSEHOLD_CONDITIONS + CHILD_CONDITIONS
DOMESTIC = ("domestic_incident", "domestic_assault", "order_breached")


@cache
def large() -> World:
    changing = village(3000, organised=60)
    middle, early = int(CALENDAR.month_starts[30]), int(CALENDAR.month_starts[9])
    return with_people(
        changing,
        died=dict.fromkeys(range(40, 400, 9), middle),
        left=dict.fromkeys(range(401, 800, 7), middle + 40),
        arrived=dict.fromkeys(range(801, 1200, 5), early + 5),
        born=dict.fromkeys(range(1202, 1500, 4), early + 17),
    )


@cache
def county() -> tuple[Lives, Happenings, Participants]:
    return lived(large())


def of_kinds(happenings: Happenings, *names: str) -> np.ndarray:
    return np.isin(happenings.kind, [HAPPENINGS.index(name) for name in names])


def test_days_are_in_order_and_within_the_calendar():
    day = county()[1].day
    assert (np.diff(day) >= 0).all()
    assert day[0] >= CALENDAR.begins
    assert day[-1] <= CALENDAR.ends


def test_everybody_who_takes_part_is_born_alive_and_in_the_county():
    _, happenings, participants = county()
    days = happenings.day[participants.happening]
    assert in_county(large().people, participants.person, days).all()
    concerned = happenings.child >= 0
    children, on = happenings.child[concerned], happenings.day[concerned]
    assert in_county(large().people, children, on).all()


def test_every_happening_has_participants_in_its_order_and_nobody_twice():
    _, happenings, participants = county()
    assert (np.unique(participants.happening) == np.arange(len(happenings))).all()
    assert (np.diff(participants.happening) >= 0).all()
    pairs = np.stack([participants.happening, participants.person], axis=1)
    assert len(np.unique(pairs, axis=0)) == len(pairs)


def test_the_child_most_concerned_takes_part_in_the_part_of_the_kind():
    _, happenings, participants = county()
    child = happenings.child[participants.happening]
    rows = participants.person == child
    assert np.count_nonzero(rows) == np.count_nonzero(happenings.child >= 0)
    wanted = np.array([PARTS.index(SETTINGS.kinds[name].part) for name in HAPPENINGS])
    kinds = happenings.kind[participants.happening[rows]]
    assert (participants.part[rows] == wanted[kinds]).all()


def test_the_same_seed_gives_the_same_arrays_and_another_seed_others():
    world = village(300, organised=5)
    first, again, other = lived(world), lived(world), lived(world, seed=4)
    for name in ("kind", "day", "child", "household", "place", "group", "severity", "mark"):
        assert (getattr(first[1], name) == getattr(again[1], name)).all()
    assert (first[2].person == again[2].person).all()
    for name in CHILD_CONDITIONS:
        assert (first[0].child[name] == again[0].child[name]).all()
    assert len(first[1]) != len(other[1]) or (first[1].day != other[1].day).any()


def test_abuse_in_one_home_makes_things_happen_there_and_nowhere_else():
    settings = settings_without("domestic_abuse", prevalence=0.4)
    settings.kinds["worrying_disclosure"].driven_by["domestic_abuse"] = 3.0
    lives, happenings, participants = lived(village(2), settings=settings)
    abuse = lives.household["domestic_abuse"] > 0
    only_first = abuse[:, 0] & ~abuse[:, 1]
    month = CALENDAR.month_of(happenings.day)
    once = happenings.cause == CAUSES.index("domestic_abuse")
    assert once.all()
    repeated = of_kinds(happenings, *DOMESTIC)  # what an incident sets off may come after its end
    in_time = abuse[month, happenings.household]
    assert in_time[~repeated].all()
    there = only_first[month] & ~repeated
    assert there.sum() > 5
    assert (happenings.household[there] == 0).all()
    at_home = there & ~of_kinds(happenings, "school_incident")  # in which others take part
    assert (participants.person[at_home[participants.happening]] < 4).all()


def test_nothing_happens_without_a_condition_or_a_background():
    _, happenings, participants = lived(village(200), settings=settings_without())
    assert len(happenings) == len(participants) == 0


def test_there_are_about_as_many_happenings_as_the_settings_intend():
    lives, happenings, _ = county()
    years = np.count_nonzero(lives.home >= 0) / 12
    background = happenings.cause < 0
    quiet = [n for n, kind in SETTINGS.kinds.items() if not kind.repeats and kind.background > 100]
    intended = sum(SETTINGS.kinds[name].background for name in quiet) * years / 10_000
    found = np.count_nonzero(background & of_kinds(happenings, *quiet))
    assert found == pytest.approx(intended, rel=0.12)


def test_incidents_grow_denser_towards_the_end_of_an_episode():
    settings = settings_without("domestic_abuse", prevalence=0.2, months=12.0)
    settings.kinds["domestic_incident"].driven_by["domestic_abuse"] = 0.5
    lives, happenings, _ = lived(village(1500), settings=settings)
    abuse = lives.household["domestic_abuse"] > 0
    months = np.arange(CALENDAR.months)[:, None]
    first = np.maximum.accumulate(np.where(abuse, -1, months), axis=0) + 1
    rest = np.where(abuse, CALENDAR.months, months)
    last = np.minimum.accumulate(rest[::-1], axis=0)[::-1] - 1
    place = np.where(last - first >= 3, (months - first) / np.maximum(last - first, 1), np.nan)
    rows = of_kinds(happenings, "emotional_harm", "worrying_disclosure")
    where = place[CALENDAR.month_of(happenings.day[rows]), happenings.household[rows]]
    late, early = np.count_nonzero(where > 0.5), np.count_nonzero(where < 0.5)
    exposure = np.count_nonzero(abuse & (place > 0.5)) / np.count_nonzero(abuse & (place < 0.5))
    assert late / early > 1.2 * exposure


def test_incidents_set_off_others_soon_after():
    settings = settings_without("domestic_abuse")
    calm = settings.model_copy(deep=True)
    for kind in calm.kinds:
        calm.kinds[kind] = calm.kinds[kind].model_copy(update={"repeats": 0.0})
    often, seldom = (len(lived(village(2000), settings=chosen)[1]) for chosen in (settings, calm))
    assert 1.1 < often / seldom < 1.6


def test_some_children_have_many_small_happenings_and_no_large_one():
    lives, happenings, _ = county()
    assert accumulating(happenings) > 0.004 * len(lives.children)


def test_the_settings_say_how_much_small_happenings_gather_about_some_children():
    world, quiet = village(2500), settings_without()
    kinds = {**quiet.kinds, "theft": SETTINGS.kinds["theft"].model_copy(update={"severity": 1.0})}
    kinds["theft"] = kinds["theft"].model_copy(update={"driven_by": {}, "background": 3000.0})
    found = []
    for times in (1.0, 20.0):
        background = quiet.background.model_copy(update={"busy_times": times})
        settings = quiet.model_copy(update={"kinds": kinds, "background": background})
        happenings = lived(world, settings=settings)[1]
        found.append((len(happenings), accumulating(happenings)))
    (evenly, few), (gathered, many) = found
    assert gathered == pytest.approx(evenly, rel=0.1)
    assert many > 2 * few + 20


def accumulating(happenings: Happenings) -> int:
    """Count children with six or more happenings in two years and none above severity 2."""
    concerned = (happenings.child >= 0) & (happenings.day > CALENDAR.ends - 730)
    child = happenings.child[concerned]
    severe = np.bincount(child, weights=happenings.severity[concerned] >= 3)
    return int(np.count_nonzero((np.bincount(child) >= 6) & (severe == 0)))


def test_most_children_meet_with_little_and_some_conflict_has_no_abuse_behind_it():
    lives, happenings, _ = county()
    incidents = of_kinds(happenings, "domestic_incident")
    assert 0.1 < np.mean(happenings.cause[incidents] < 0) < 0.6
    child = happenings.child[happenings.day > CALENDAR.ends - 365]
    assert len(np.unique(child[child >= 0])) < 0.75 * len(lives.children)


def test_violence_peaks_at_weekends_and_school_incidents_fall_on_school_days():
    happenings = county()[1]
    weekday = (happenings.day - 4) % 7  # day number 4 was a Monday
    weekend = weekday >= 4
    assert np.mean(weekend[of_kinds(happenings, "assault")]) > 3.2 / 7
    school = of_kinds(happenings, "school_incident")
    assert weekday[school].max() == 4
    month = happenings.day[school].astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    assert np.mean(month == 7) < 0.02


def test_a_rhythm_stays_within_its_month_and_leaves_out_days_without_weight():
    rhythm = Rhythm(SETTINGS.seasons["school"], CALENDAR)
    month = np.repeat(np.arange(CALENDAR.months), 50)
    chance = np.tile(np.linspace(0, 0.9999, 50, dtype=np.float32), CALENDAR.months)
    days = rhythm.days(month, chance)
    assert (CALENDAR.month_of(days) == month).all()
    assert ((days - 4) % 7).max() == 4
    assert rhythm.of_month.mean() == pytest.approx(1.0, rel=1e-5)


def test_those_who_take_part_among_peers_come_from_the_group_that_is_named():
    _, happenings, participants = county()
    members = large().memberships
    belongs = set(zip(members.group.tolist(), members.person.tolist(), strict=True))
    grouped = np.flatnonzero(happenings.group[participants.happening] >= 0)
    assert len(grouped) > 500
    for row in grouped[:4000]:
        group = int(happenings.group[participants.happening[row]])
        person = int(participants.person[row])
        assert (group, person) in belongs or person >= 4 * 3000  # of an organised group


def test_adults_of_organised_groups_are_suspects_and_the_children_their_victims():
    _, happenings, participants = county()
    signs = of_kinds(happenings, "sexual_exploitation_sign", "criminal_exploitation_sign")
    rows = signs[participants.happening]
    outsiders = participants.person >= 4 * 3000
    used = rows & outsiders
    assert used.sum() > 10
    assert (participants.part[used] == PARTS.index("suspect")).all()
    victims = participants.person[rows & (participants.part == PARTS.index("victim"))]
    suspects = participants.person[
        of_kinds(happenings, "drug_supply", "weapon_found")[participants.happening]
        & (participants.part == PARTS.index("suspect"))
    ]
    assert len(np.intersect1d(victims, suspects)) > 0


def test_an_adult_known_to_use_a_child_is_the_suspect():
    world, settings = village(60), settings_without("criminal_exploitation", prevalence=0.4)
    ties, children = world.ties, np.flatnonzero(np.arange(240) % 4 >= 2).astype(np.int32)
    many = len(children)
    user = np.int32(0)  # the mother of the first family
    more = {
        "a": np.full(many, user), "b": children, "kind": np.full(many, TIE_KINDS.index("exploits")),
        "start": np.full(many, ties.start[0]), "end": np.full(many, ties.end[0]),
    }  # fmt: skip
    both = {
        name: np.concatenate([getattr(ties, name), column]).astype(getattr(ties, name).dtype)
        for name, column in more.items()
    }
    _, happenings, participants = lived(
        replace(world, ties=replace(ties, **both)), settings=settings
    )
    signs = of_kinds(happenings, "criminal_exploitation_sign")
    adult = participants.person % 4 < 2
    rows = signs[participants.happening] & adult
    assert rows.sum() > 20
    assert (participants.person[rows] == user).all()
    share = rows.sum() / signs.sum()
    assert share == pytest.approx(SETTINGS.kinds["criminal_exploitation_sign"].adult, abs=0.1)


def test_domestic_incidents_have_a_victim_and_a_suspect_who_are_partners():
    _, happenings, participants = county()
    domestic = of_kinds(happenings, *DOMESTIC)[participants.happening]
    for part, share in (("victim", 0.2), ("suspect", 0.8)):
        rows = domestic & (participants.part == PARTS.index(part))
        adults = participants.person[rows]
        assert (adults % 4 < 2).all()
        assert (adults // 4 == happenings.household[participants.happening[rows]]).all()
        assert np.mean(adults % 4 == 1) == pytest.approx(share, abs=0.12)


def test_peer_happenings_are_somewhere_and_those_at_home_are_not():
    happenings = county()[1]
    peers = [n for n, k in SETTINGS.kinds.items() if k.among == "peers" and k.season != "school"]
    outside = of_kinds(happenings, *peers)
    assert (happenings.place[outside] >= 0).all()
    assert (happenings.place[~outside] == NOBODY).all()
    danger = large().places.danger[happenings.place[outside]]
    assert danger.mean() > 0.1


def test_marks_are_uniform_and_severities_run_from_slight_to_grave():
    happenings = county()[1]
    assert happenings.mark.min() >= 0
    assert happenings.mark.max() < 1
    assert happenings.mark.mean() == pytest.approx(0.5, abs=0.02)
    assert set(np.unique(happenings.severity)) == {1, 2, 3, 4, 5}
    assert np.mean(happenings.severity <= 2) > 0.6


def test_ethnic_group_changes_nothing_at_all():
    world = village(200, organised=5)
    ethnicity = (np.arange(len(world.people)) % 18).astype(np.int8)
    mixed = replace(world, people=replace(world.people, ethnicity=ethnicity))
    first, second = lived(world), lived(mixed)
    assert (first[1].day == second[1].day).all()
    assert (first[2].person == second[2].person).all()
