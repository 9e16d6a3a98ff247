"""Ten people, thirty events, every number worked by hand: the working stands beside it.

Evidence is gravity x weight x what is left after its age; an index is 100 (1 - 2^(-S/halfway)).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from kithkin.engine import open_engine
from kithkin.model import dates
from kithkin.scoring import index_of, index_on
from kithkin.scoring.explained import Person, contribution_table, contributions_of, without_each
from kithkin.scoring.gravity import gravity_of
from kithkin.scoring.trend import changes
from scoring import family
from scoring.family import AS_OF, NAMES, Told

PLAN = family.plan()
VICTIM = PLAN.position("exploitation", "victim")
PERPETRATOR = PLAN.position("exploitation", "perpetrator")
NEED = PLAN.position("neglect", "victim")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with open_engine("duckdb") as engine:
        yield family.tell(engine, tmp_path_factory.mktemp("family"))


@pytest.fixture(scope="module")
def index(told: Told) -> Any:
    return index_on(told.stored, PLAN, told.born, [AS_OF])[:, 0]


def person(told: Told, name: str) -> Person:
    key = NAMES.index(name)
    return Person(key, int(told.born[key]), told.stored.rows_of(key), told.stored.sets)


def halves(evidence: float, halfway: float) -> float:
    return 100 * (1 - 2 ** (-evidence / halfway))


# --- gravity ---------------------------------------------------------------------------------


def test_gravity_goes_with_the_logarithm_of_harm() -> None:
    kinds = {kind.name: gravity_of(kind, family.SCORING) for kind in family.KINDS}
    assert kinds["police.crime.exploitation"] == 5.0  # 1 + 4 x log 10,000 / log 10,000
    assert kinds["police.crime.assault"] == pytest.approx(3.0)  # 1 + 4 x 2/4
    assert kinds["police.domestic"] == 3.0  # no crime: its grade


@pytest.mark.parametrize(
    ("days", "gravity"), [(1.0, 1.0), (10.0, 2.0), (20_000.0, 5.0), (0.1, 0.0), (0.001, 0.0)]
)
def test_gravity_is_never_below_0_or_above_5(days: float, gravity: float) -> None:
    kind = family.KINDS[0].model_copy(update={"harm_days": days})
    assert gravity_of(kind, family.SCORING) == pytest.approx(gravity)


# --- the index -------------------------------------------------------------------------------

# Ava, exploitation, victim: halfway 4.
#   missing: today 2, event 2 (100 days) 1, event 3 (200 days) 1/2 = 3.5, capped at 3;
#     event 4 was 365 days ago and the window holds today and 364 before; event 5 is known
#     tomorrow.
#   offences: event 6 (100 days) 5/2 = 2.5, event 7 (200 days) 5/4 = 1.25; 29 is tomorrow.
#   intelligence, weight 1/2: event 8 (100 days) 4/2/2 = 1, event 9 (300 days) 4/2/8 = 0.25.
#   S = 3 + 3.75 + 1.25 = 8, twice halfway: 75. Without unproven S = 6.75.
# Ben, exploitation, victim: event 10 was replaced 50 days ago; event 12 (200 days) 2/4 = 0.5.
#   Event 13 is an assault, which no component of the victim's counts. 0.5/4.
# Isla: events 2 and 11 (100 days each) 1 + 1 = 2; event 15 (200 days) 5/4 = 1.25. S = 3.25.
# Finn: event 28 (today) 2. He is 17: what he did (14, 15) gives no score at all.
# Joan: event 16, but nobody knows her age: no score.
EXPLOITED = {"Ava": (8, 8, 6.75), "Ben": (0.5,) * 3, "Isla": (3.25,) * 3, "Finn": (2,) * 3}

# Perpetrators of exploitation, halfway 2.5; offences fade by half in 200 days, window 600 days.
# Gus: event 6 (100 days) 5 x 2^(-1/2); event 26 was 600 days ago, a day too long; intelligence 9
#   (300 days) 4/2/8 = 0.25, unproven.
# Hal: event 6 as Gus, 7 (200 days) 5/2 = 2.5, 13 (400 days) 3/4 = 0.75, intelligence 27
#   (200 days) 4/2/4 = 0.5.
ROOT = 5 / 2**0.5
EXPLOITING = {
    "Gus": (ROOT + 0.25, ROOT + 0.25, ROOT),
    "Hal": (ROOT + 3.75, ROOT + 3.75, ROOT + 3.25),
}

# Need, halfway 2. Ben: absence 17, 18 (100 days) 1/2 + 1/2, 19 (200 days) 1/4 = 1.25, capped at 1;
#   domestic 22 (300 days) 3/8; arrears 24, 25: 2/2/2 + 2/2/4 = 0.75, a stand-in for poverty.
# Cara: absence 20 (200 days) 1/4; domestic 21 (100 days) 3/2, 22 3/8, 23 is out of its window of
#   730 days; arrears 0.75.
# Ava: absence 30 (100 days) 1/2, sent twice and counted once.
NEEDING = {
    "Ben": (2.125, 1.375, 2.125),
    "Cara": (2.875, 2.125, 2.875),
    "Ava": (0.5,) * 3,
}


@pytest.mark.parametrize(
    ("track", "halfway", "evidence"),
    [(VICTIM, 4.0, EXPLOITED), (PERPETRATOR, 2.5, EXPLOITING), (NEED, 2.0, NEEDING)],
)
def test_every_index_is_what_is_worked_by_hand(
    index: Any, track: int, halfway: float, evidence: dict[str, tuple[float, ...]]
) -> None:
    for key, name in enumerate(NAMES):
        expected = [halves(s, halfway) for s in evidence.get(name, (0.0,) * 3)]
        assert index[:, track, key].tolist() == pytest.approx(expected, abs=1e-9), name


def test_the_index_of_two_halfways_is_75(index: Any) -> None:
    assert index[0, VICTIM, NAMES.index("Ava")] == pytest.approx(75.0, abs=1e-9)


def test_finn_has_a_perpetrator_score_from_the_day_on_which_he_is_18(told: Told) -> None:
    finn, tomorrow = person(told, "Finn"), dates.add_days(AS_OF, 1)
    index = index_of(finn.rows, finn.sets, PLAN, finn.born, [AS_OF, tomorrow])[0]
    # Tomorrow events 14 and 15 are 201 days old: (3 + 5) x 2^(-201/200).
    assert index[0, [VICTIM, PERPETRATOR]].tolist() == pytest.approx([halves(2, 4), 0])
    left = 8 * 2 ** (-201 / 200)
    assert index[1, [VICTIM, PERPETRATOR]].tolist() == pytest.approx([0, halves(left, 2.5)])


# --- its reasons -----------------------------------------------------------------------------


def test_avas_points_are_those_of_eight_events(told: Told) -> None:
    rows = contribution_table(
        person(told, "Ava"), PLAN, "exploitation", "victim", AS_OF, told.fact_event
    ).data.to_pylist()
    points = {(row["component"], row["row_id"]): row["points"] for row in rows}
    # Of 75 points each has the share of 8 that it counts: missing is scaled by 3/3.5.
    assert points == pytest.approx(
        {
            ("intelligence", "e08"): 75 * 1 / 8,
            ("intelligence", "e09"): 75 * 0.25 / 8,
            ("missing", "e01"): 75 * (2 * 3 / 3.5) / 8,
            ("missing", "e02"): 75 * (1 * 3 / 3.5) / 8,
            ("missing", "e03"): 75 * (0.5 * 3 / 3.5) / 8,
            ("offences", "e06"): 75 * 2.5 / 8,
            ("offences", "e07"): 75 * 1.25 / 8,
        }
    )
    assert sum(points.values()) == pytest.approx(75, abs=1e-9)


def test_a_contribution_says_where_it_is_from_and_how_it_came_to_its_points(told: Told) -> None:
    (row,) = contribution_table(
        person(told, "Ben"), PLAN, "exploitation", "victim", AS_OF, told.fact_event
    ).data.to_pylist()
    index = halves(0.5, 4.0)
    assert row.pop("points") == pytest.approx(index, abs=1e-9)
    assert row.pop("event_no") >= 0
    assert row == {
        "as_of": AS_OF, "person_key": 1, "theme": "exploitation", "track": "victim",
        "component": "missing", "source": "s1", "batch_id": "s1-1", "table_name": "event",
        "row_id": "e12", "kind": "police.missing", "occurred_on": date(2025, 7, 15),
        "known_on": date(2025, 7, 15), "gravity": 2.0, "weight": 1.0, "age_days": 200,
        "decay": 0.25, "evidence": 0.5, "counted": 0.5, "poverty_proxy": False,
        "unproven": False,
    }  # fmt: skip


def test_without_one_record_the_rest_count_anew(told: Told) -> None:
    without = without_each(person(told, "Ava"), PLAN, "exploitation", "victim", AS_OF)
    source = {
        one.event_no: row
        for one in contributions_of(person(told, "Ava"), PLAN, "exploitation", "victim", AS_OF)
        for row in [one.kind]
    }
    index = sorted((source[one.event_no], one.index) for one in without)
    # Without event 1, missing is 1.5 and S 6.5; without 2 or 3 it is still at or above its cap
    # or just below: 2 + 0.5 = 2.5 and 2 + 1 = 3.
    assert index == [
        (name, pytest.approx(halves(s, 4.0), abs=1e-9))
        for name, s in [
            ("police.crime.exploitation", 8 - 2.5),
            ("police.crime.exploitation", 8 - 1.25),
            ("police.intelligence", 8 - 1),
            ("police.intelligence", 8 - 0.25),
            ("police.missing", 8 - 1.5),
            ("police.missing", 8 - 0.5),
            ("police.missing", 8),
        ]
    ]


def test_what_the_network_adds_is_kept_when_a_record_goes(told: Told) -> None:
    # Finn has one event, S = 2 of halfway 4: 29.3. Attention of 20, which is halfway, adds half of
    # 25 points to what is left of 100; without the event, to all of it.
    (without,) = without_each(
        person(told, "Finn"), PLAN, "exploitation", "victim", AS_OF, attention=20.0
    )
    assert (without.index, without.score) == (0.0, pytest.approx(12.5))


# --- what changed ----------------------------------------------------------------------------


def test_what_changed_in_a_hundred_days_is_told_by_event(told: Told) -> None:
    before = dates.add_days(AS_OF, -100)
    moved = changes(person(told, "Isla"), PLAN, "exploitation", "victim", before, AS_OF)
    # A hundred days ago event 2 was not known (99 days), nor 11 (50 days), and 15 was not
    # (150 days ago it was: known): 5/2 of evidence then, 5/4 now, beside 1 and 1.
    then, now = halves(2.5, 4.0), halves(3.25, 4.0)
    told_by = sorted((one.why, one.before, one.after) for one in moved)
    assert told_by == [
        ("new", 0.0, pytest.approx(now * 1 / 3.25)),
        ("new", 0.0, pytest.approx(now * 1 / 3.25)),
        ("still counts", pytest.approx(then), pytest.approx(now * 1.25 / 3.25)),
    ]
    assert sum(one.change for one in moved) == pytest.approx(now - then, abs=1e-9)


def test_what_no_longer_counts_is_told(told: Told) -> None:
    before = dates.add_days(AS_OF, -1)  # event 4 was then 364 days old, and event 1 to come
    moved = changes(person(told, "Ava"), PLAN, "exploitation", "victim", before, AS_OF)
    why = {one.why for one in moved if one.kind == "police.missing"}
    assert why == {"new", "still counts", "no longer counts"}
    two = [contributions_of(person(told, "Ava"), PLAN, "exploitation", "victim", on)
           for on in (before, AS_OF)]  # fmt: skip
    gained = sum(one.points for one in two[1]) - sum(one.points for one in two[0])
    assert sum(one.change for one in moved) == pytest.approx(gained, abs=1e-9)
