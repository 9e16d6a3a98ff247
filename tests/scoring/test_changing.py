"""What became of each record since an earlier date, by hand on the family of ten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kithkin.engine import open_engine
from kithkin.model import dates
from kithkin.policy.themes import Track
from kithkin.scoring import Moved, Person, Plan, changes, contributions_of
from kithkin.scoring.changing import WHY
from scoring import family, worlds
from scoring.family import AS_OF, NAMES, Told

PLAN = family.plan()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with open_engine("duckdb") as engine:
        yield family.tell(engine, tmp_path_factory.mktemp("family"))


def person(told: Told, name: str) -> Person:
    key = NAMES.index(name)
    return Person(key, int(told.born[key]), told.stored.rows_of(key), told.stored.sets)


def moved(told: Told, name: str, ago: int, theme: str = "exploitation") -> list[Moved]:
    before = dates.add_days(AS_OF, -ago)
    return changes(person(told, name), PLAN, theme, "victim", before, AS_OF)


def by_day(found: list[Moved]) -> dict[tuple[int, str], str]:
    """Say what became of each, by days ago and kind."""
    today = dates.day_number(AS_OF)
    return {(today - one.contribution.occurred, one.kind): one.how for one in found}


def test_what_was_not_known_then_is_new_and_the_rest_faded(told: Told) -> None:
    assert by_day(moved(told, "Isla", 100)) == {
        (100, "police.missing"): "new",  # events 2 and 11, known 99 and 50 days ago
        (200, "police.crime.exploitation"): "faded",
    }


def test_what_left_its_window_is_too_old(told: Told) -> None:
    # Event 4 was 364 days old yesterday, the last day of its window; event 1 is today's.
    found = by_day(moved(told, "Ava", 1))
    assert found[365, "police.missing"] == "too old"
    assert found[0, "police.missing"] == "new"


def test_what_the_agency_took_back_is_withdrawn(told: Told) -> None:
    # Event 10 was replaced 50 days ago. Before that it counted 2 x 1/2^(days/100).
    assert by_day(moved(told, "Ben", 60)) == {
        (100, "police.missing"): "withdrawn", (200, "police.missing"): "faded"
    }  # fmt: skip


def test_what_was_known_before_somebody_was_of_the_ages_is_told_so(told: Told) -> None:
    finn, tomorrow = person(told, "Finn"), dates.add_days(AS_OF, 1)
    against = changes(finn, PLAN, "exploitation", "perpetrator", AS_OF, tomorrow)
    assert {one.how for one in against} == {"of age"}
    assert len(against) == 2  # events 14 and 15
    as_child = changes(finn, PLAN, "exploitation", "victim", AS_OF, tomorrow)
    assert [one.how for one in as_child] == ["not of age"]
    assert as_child[0].after == 0


@pytest.mark.parametrize("name", ["Ava", "Ben", "Cara", "Isla", "Finn"])
@pytest.mark.parametrize("ago", [1, 60, 100, 250])
@pytest.mark.parametrize("theme", ["exploitation", "neglect"])
def test_what_was_gained_and_lost_is_the_change_of_the_index(
    told: Told, name: str, ago: int, theme: str
) -> None:
    then, now = (
        sum(one.points for one in contributions_of(person(told, name), PLAN, theme, "victim", on))
        for on in (dates.add_days(AS_OF, -ago), AS_OF)
    )
    found = moved(told, name, ago, theme)
    assert sum(one.change for one in found) == pytest.approx(now - then, abs=1e-9)
    assert all(one.why == WHY[one.how] for one in found)


def test_what_lasted_and_ended_is_told_as_ended_and_what_lasts_as_it_was(tmp_path: Path) -> None:
    # Two flags since 300 days ago; the end of the one 50 days ago was known 40 days ago. 100 days
    # ago both were open; today the one has faded for 50 days.
    day, lasting = worlds.TODAY - 300, "police.flag"
    flag = {"subject": 0, "role": "subject", "age": 12, "occurred": day, "known": day,
            "superseded": worlds.EVER, "value": 0, "kind": lasting, "agency": "police"}  # fmt: skip
    parts = [
        flag | {"event_no": 0, "ended": worlds.TODAY - 50, "end_known": worlds.TODAY - 40},
        flag | {"event_no": 1, "ended": worlds.EVER, "end_known": worlds.EVER},
    ]
    flagged = Track(ages=(0, 17), halfway=4.0, components={"flag": worlds.component([lasting])})
    policy = worlds.policy_of(themes={"flagged": worlds.theme("flagged", victim=flagged)})
    plan, born = Plan(policy), worlds.born()
    with open_engine("duckdb") as engine:
        stored = worlds.stored_in(tmp_path, engine, parts, plan)
    who = Person(0, int(born[0]), stored.rows_of(0), stored.sets)
    before = dates.add_days(worlds.AS_OF, -100)
    found = changes(who, plan, "flagged", "victim", before, worlds.AS_OF)
    assert {one.event_no: one.how for one in found} == {0: "ended", 1: "stands"}


def test_what_counts_by_another_record_of_its_occasion_is_not_told_as_too_old(
    tmp_path: Path,
) -> None:
    # A theft (gravity 1 + 4 log 10 / log 5475 = 2.07) of 100 days ago, and of one occasion with it
    # a crime of exploitation (4.49), known for 50 days. The two lines count an occasion once.
    kinds = ("police.crime.theft", "police.crime.exploitation")
    shared = {"subject": 0, "role": "victim", "age": 12, "occasion": 0, "value": 0,
              "occurred": worlds.TODAY - 100, "superseded": worlds.EVER,
              "ended": worlds.TODAY - 100, "agency": "police"}  # fmt: skip
    parts = [
        shared | {"event_no": number, "kind": kind, "known": known, "end_known": known}
        for number, kind, known in zip(
            (0, 1), kinds, (worlds.TODAY - 100, worlds.TODAY - 50), strict=True
        )
    ]
    lines = {
        name: worlds.component([kind], title=name) for name, kind in zip("ab", kinds, strict=True)
    }
    twice = Track(ages=(0, 17), halfway=4.0, components=lines, once=(("a", "b"),))
    policy = worlds.policy_of(themes={"crime": worlds.theme("crime", victim=twice)})
    plan, born = Plan(policy), worlds.born()
    with open_engine("duckdb") as engine:
        stored = worlds.stored_in(tmp_path, engine, parts, plan)
    who = Person(0, int(born[0]), stored.rows_of(0), stored.sets)
    before, after = (dates.add_days(worlds.AS_OF, -ago) for ago in (60, 0))
    found = changes(who, plan, "crime", "victim", before, after)
    assert {one.event_no: one.how for one in found} == {0: "elsewhere", 1: "new"}
