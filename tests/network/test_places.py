from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from kithkin.engine import Engine, open_engine
from kithkin.indicators import Sources
from kithkin.indicators.parts import code_parts
from kithkin.model import dates
from kithkin.model.tables import AddressTable
from kithkin.network.places import (
    PlacePartTable,
    PlaceRows,
    PlacesOn,
    PlaceStayTable,
    PlaceTable,
    place_rows,
    places_on,
)
from kithkin.network.places.rates import change, discoveries, shrink
from kithkin.policy.gatherings import PlaceMeasure, Places
from kithkin.policy.models import Role
from network.worlds import World, policy_of

ON = date(2025, 3, 31)
FAR = (1 << 31) - 1
PARK, SHOP, HOME = "park", "shop", "home"


def settings(**changed: Any) -> Places:
    measures = {
        "violence": PlaceMeasure(
            title="Violence", kinds=("crime.grave", "crime.mild"), at=("address", "postcode_sector")
        ),
        "suspension": PlaceMeasure(title="Suspension", kinds=("care.assessed",), at=("school",)),
    }
    usual: dict[str, Any] = {
        "measures": measures, "home_kinds": ("home",), "roll_kinds": ("school.roll",),
        "period_days": 365, "per": 1000.0, "level": 0.95, "false_discoveries": 0.1,
        "least_children": 3, "basis": "made for a test",
    }  # fmt: skip
    return Places(**(usual | changed))


def ago(days: int) -> int:
    return dates.day_number(ON) - days


def part(place: str, occasion: str, days: int, person: int | None = None, **more: Any) -> Any:
    """Give a part in an event so many days before the date; of nobody, when no person is given."""
    usual = {
        "place_kind": "address", "place_id": place, "occasion": occasion, "kind": "crime.grave",
        "occurred": ago(days), "known": ago(days), "superseded": FAR,
        "person_key": person, "age": None if person is None else 15,
        "harmed": None if person is None else False,
    }  # fmt: skip
    return usual | more


def stay(kind: str, place: str, person: int, first: int, last: int | None = None) -> Any:
    return {
        "place_kind": kind, "place_id": place, "person_key": person, "started": ago(first),
        "ended": FAR if last is None else ago(last), "known": ago(first),
        "end_known": FAR if last is None else ago(last), "superseded": FAR,
    }  # fmt: skip


def told(parts: list[Any], stays: list[Any] | None = None, on: date = ON, **more: Any) -> PlacesOn:
    rows = PlaceRows(PlacePartTable.from_rows(parts), PlaceStayTable.from_rows(stays or []))
    return places_on(rows, more.pop("settings", settings()), on, **more)


def by_place(found: PlaceTable, measure: str = "violence") -> dict[str, dict[str, Any]]:
    return {r["place_id"]: r for r in found.data.to_pylist() if r["measure"] == measure}


# --- what is counted ---------------------------------------------------------------------------


def test_occasions_and_children_at_a_place_are_counted_once() -> None:
    parts = [
        part(PARK, "a", 10, 0),
        part(PARK, "a", 10, 1, harmed=True),
        part(PARK, "a", 10, 1, kind="crime.mild"),  # the same occasion, another kind
        part(PARK, "b", 20, 1),
        part(PARK, "c", 30),  # nobody is known
        part(PARK, "d", 40, 2, age=18),  # an adult
        part(PARK, "e", 50, 3, age=-1),  # of unknown age
        part(PARK, "f", 50, 4, kind="report.heard"),  # of no measure
        part(PARK, "g", 400, 5),  # the year before
        part(SHOP, "h", 400, 5),
    ]
    found = told(parts)
    places = by_place(found.places)
    assert [(p["occasions"], p["occasions_before"]) for p in places.values()] == [(5, 1), (0, 1)]
    assert (places[PARK]["children"], places[PARK]["children_harmed"]) == (2, 1)
    assert [
        (c["place_id"], c["person_key"], c["occasions"], c["harmed"])
        for c in found.children.data.to_pylist()
    ] == [(PARK, 0, 1, False), (PARK, 1, 2, True)]


def test_the_period_ends_on_the_date_and_begins_a_year_before() -> None:
    found = told([part(PARK, str(days), days) for days in (0, 364, 365, 729, 730)])
    park = by_place(found.places)[PARK]
    assert (park["occasions"], park["occasions_before"]) == (2, 2)


def test_a_home_is_no_place_nor_is_one_that_was_left_within_both_periods() -> None:
    parts = [part(HOME, "a", 5, 0), part("left", "b", 5, 0), part("older", "c", 5, 0)]
    stays = [
        stay("address", HOME, 7, 100),
        stay("address", "left", 7, 900, 700),
        stay("address", "older", 7, 900, 800),
    ]
    assert set(by_place(told(parts, stays).places)) == {"older"}


def test_few_children_mark_a_place_as_not_to_be_published() -> None:
    parts = [part(PARK, str(n), 5, n) for n in range(2)]
    assert by_place(told(parts).places)[PARK]["not_to_publish"]
    parts.append(part(PARK, "2", 5, 2))
    assert not by_place(told(parts).places)[PARK]["not_to_publish"]
    parts[0]["harmed"] = True  # one of three
    assert by_place(told(parts).places)[PARK]["not_to_publish"]
    assert not by_place(told([part(PARK, "a", 5)]).places)[PARK]["not_to_publish"]


def test_nothing_told_is_a_score_of_a_person() -> None:
    assert "person_key" not in PlaceTable.columns
    found = told([part(PARK, "a", 10, 0)]).children.data
    assert found.column_names == ["place_kind", "place_id", "measure", "person_key", "occasions",
                                  "harmed"]  # fmt: skip


# --- rates -------------------------------------------------------------------------------------


def test_the_rate_of_a_school_is_by_the_time_that_its_pupils_were_there() -> None:
    at_school = {"place_kind": "school", "kind": "care.assessed"}
    parts = [part("S1", "a", 5, 0, **at_school), part("S1", "b", 6, 1, **at_school)]
    stays = [
        stay("school", "S1", 0, 5000),  # all of both years: 365 days
        stay("school", "S1", 1, 72),  # from 72 days before, that day and the last included: 73
        stay("school", "S1", 1, 50, 10),  # the same child in another record, within
        stay("school", "S1", 2, 500, 400),  # in the year before: 101 days
        stay("school", "S2", 3, 364),  # the whole year, and nothing happened
    ]
    schools = by_place(told(parts, stays).places, "suspension")
    years = (365 + 73) / 365.25 / 1000
    assert schools["S1"]["exposure"] == pytest.approx(years)
    assert schools["S1"]["exposure_before"] == pytest.approx((365 + 101) / 365.25 / 1000)
    assert schools["S1"]["rate"] == pytest.approx(2 / years)
    assert (schools["S1"]["exposure_of"], schools["S2"]["rate"]) == ("roll", 0.0)
    assert schools["S1"]["mean_rate"] == pytest.approx(2 / (years + 365 / 365.25 / 1000))


def test_known_footfall_stands_in_the_place_of_years_and_is_held_against_its_like() -> None:
    parts = [part(PARK, "a", 5), part(SHOP, "b", 5), part("square", "c", 5)]
    places = by_place(told(parts, footfall={("address", PARK): 200.0}).places)
    assert places[PARK]["exposure"] == pytest.approx(200 * 365 / 365.25 / 1000)
    assert [p["exposure_of"] for p in places.values()] == ["footfall", "place", "place"]
    assert places[SHOP]["mean_rate"] == pytest.approx(365.25 / 365)


def test_a_sector_without_residents_has_no_rate() -> None:
    in_sector = {"place_kind": "postcode_sector"}
    parts = [part("GL1 1", "a", 5, **in_sector), part("GL1 2", "b", 5, **in_sector)]
    sectors = by_place(told(parts, [stay("postcode_sector", "GL1 2", 0, 900)]).places)
    empty = sectors["GL1 1"]
    assert (empty["occasions"], empty["rate"], empty["shrunk_rate"], empty["change"]) == (
        1, None, None, None,
    )  # fmt: skip
    assert sectors["GL1 2"]["rate"] is not None


def test_rates_are_drawn_to_their_mean_as_worked_by_hand() -> None:
    # Counts 0, 2, 10 in a year each. Mean 4; observed variance (16 + 4 + 36) / 3 = 56/3; by chance
    # 4 / 1; true variance 44/3. Prior: shape 16 / (44/3) = 12/11, rate 4 / (44/3) = 3/11.
    drawn = shrink([0, 2, 10], [1, 1, 1], 0.95)
    assert drawn.mean == 4.0
    assert drawn.rate.tolist() == pytest.approx([12 / 14, 34 / 14, 122 / 14])
    tails = stats.gamma(12 / 11 + 10, scale=11 / 14)
    assert drawn.low[2] == pytest.approx(tails.ppf(0.025))
    assert drawn.high[2] == pytest.approx(tails.ppf(0.975))


def test_places_that_differ_no_more_than_by_chance_have_the_mean() -> None:
    drawn = shrink([3, 4, 5], [1, 1, 1], 0.95)
    assert drawn.rate.tolist() == drawn.low.tolist() == [4.0, 4.0, 4.0]


def test_the_less_is_known_of_a_place_the_nearer_it_is_to_the_mean() -> None:
    # All but the mean have double its rate, by more and more exposure.
    drawn = shrink([100, 2, 20, 200], [100, 1, 10, 100], 0.95)
    off = np.abs(drawn.rate[1:] - drawn.mean)
    assert off[0] < off[1] < off[2]


def test_without_any_exposure_nothing_is_said() -> None:
    drawn = shrink([1, 2], [0, 0], 0.95)
    assert np.isnan(drawn.rate).all()


# --- change ------------------------------------------------------------------------------------


def test_a_change_and_its_interval_are_those_of_the_binomial() -> None:
    # 12 now, 4 before, alike exposure: of 16 the share now is 3/4, its interval by Clopper and
    # Pearson; p/(1 - p) of it is that of the ratio.
    found = change([12], [4], [1.0], [1.0], 0.95)
    share = stats.binomtest(12, 16, 0.5)
    low, high = share.proportion_ci(0.95, method="exact")
    assert found.ratio[0] == 3.0
    assert found.low[0] == pytest.approx(low / (1 - low))
    assert found.high[0] == pytest.approx(high / (1 - high))
    assert found.chance[0] == pytest.approx(share.pvalue)


def test_exposure_that_grew_makes_more_occasions_no_rise() -> None:
    found = change([20, 20], [10, 10], [2.0, 1.0], [1.0, 1.0], 0.95)
    assert found.ratio.tolist() == [1.0, 2.0]
    assert found.chance[0] > 0.9


def test_from_nothing_or_to_nothing_has_an_open_interval() -> None:
    found = change([5, 0, 0], [0, 5, 0], [1, 1, 1], [1, 1, 1], 0.95)
    assert found.ratio[:2].tolist() == [np.inf, 0.0]
    # None of five before: 1 - 0.025^(1/5) of the binomial.
    share = 0.025 ** (1 / 5)
    assert found.low[0] == pytest.approx(share / (1 - share))
    assert found.high[0] == np.inf
    assert found.chance[:2].tolist() == pytest.approx([2 / 32, 2 / 32])
    assert np.isnan([found.ratio[2], found.low[2], found.high[2], found.chance[2]]).all()


def test_the_interval_holds_the_true_ratio_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    before, now = random.poisson(6.0, 4000), random.poisson(9.0, 4000)
    found = change(now, before, np.ones(4000), np.ones(4000), 0.9)
    held = (found.low <= 1.5) & (found.high >= 1.5)
    assert 0.90 <= held[~np.isnan(found.low)].mean() <= 0.97


def test_false_discoveries_are_held_to_their_share() -> None:
    # Of five, at 10%: the steps are 0.02, 0.04, 0.06, 0.08, 0.1. The third passes, so the second does.
    chance = np.array([0.05, np.nan, 0.001, 0.045, 0.5, 0.09])
    assert discoveries(chance, 0.1).tolist() == [True, False, True, True, False, False]
    assert not discoveries(np.array([0.05] + [0.9] * 20), 0.1).any()


def test_a_place_that_rises_is_said_to_and_one_that_wavers_is_not() -> None:
    parts = [part(PARK, f"n{n}", n) for n in range(30)]
    parts += [part(PARK, f"b{n}", 400 + n) for n in range(5)]
    parts += [part(SHOP, f"s{n}", n) for n in range(6)]
    parts += [part(SHOP, f"t{n}", 400 + n) for n in range(4)]
    parts += [part("square", f"q{n}", 400 + n) for n in range(20)]
    places = by_place(told(parts).places)
    assert {name: p["trend"] for name, p in places.items()} == {
        PARK: "rising", SHOP: None, "square": "falling",
    }  # fmt: skip
    assert places[PARK]["change"] == 6.0
    assert places[PARK]["change_of_all"] == pytest.approx(36 / 29)


# --- nothing from the future -------------------------------------------------------------------


def test_what_is_learnt_or_corrected_later_does_not_count() -> None:
    parts = [
        part(PARK, "a", 10),
        part(PARK, "b", 10, known=ago(-1)),
        part(PARK, "c", 10, superseded=ago(0)),
        part(PARK, "d", 10, superseded=ago(-1)),
    ]
    assert by_place(told(parts).places)[PARK]["occasions"] == 2
    earlier = told(parts, on=dates.add_days(ON, -11))
    assert earlier.places.data.num_rows == 0


def test_an_end_that_was_not_known_is_none_yet() -> None:
    at_school = stay("school", "S1", 0, 5000, 100)
    year = by_place(told([], [at_school]).places, "suspension")["S1"]["exposure"]
    late = by_place(told([], [at_school | {"end_known": ago(-5)}]).places, "suspension")
    assert year == pytest.approx(265 / 365.25 / 1000)
    assert late["S1"]["exposure"] == pytest.approx(365 / 365.25 / 1000)


def test_the_order_of_the_rows_changes_no_byte() -> None:
    random = np.random.default_rng(3)
    parts = [
        part(str(random.integers(8)), str(n), int(random.integers(900)), int(random.integers(9)))
        for n in range(200)
    ]
    stays = [stay("school", f"S{n % 3}", n, int(random.integers(900))) for n in range(30)]
    one = told(parts, stays)
    other = told([parts[i] for i in random.permutation(200)], stays[::-1])
    assert one.places.data.equals(other.places.data)
    assert one.children.data.equals(other.children.data)


# --- from the canonical tables -----------------------------------------------------------------


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def _gathered(engine: Engine, world: World, as_of: date = ON) -> PlaceRows:
    policy = policy_of()
    victim = Role(title="victim", description="victim", phrase="victim", harmed=True)
    policy = policy.model_copy(update={"roles": {**policy.roles, "victim": victim}})
    address = AddressTable.from_rows(world.rows.pop("address", [])).data
    tables = {**world.tables(), "address": address}
    sources = Sources({name: engine.table(data, name) for name, data in tables.items()})
    coded = code_parts(engine, sources, policy, as_of=as_of)
    return place_rows(engine, sources, coded, policy, settings(), as_of=as_of)


def _at(world: World, address: str, postcode: str | None) -> None:
    """Say where the last event was."""
    world.rows["event"][-1]["address_id"] = address
    row = {"address_id": address, "postcode": postcode, "postcode_valid": postcode is not None}
    world.rows.setdefault("address", []).append(row)


def _world() -> World:
    world = World()
    spring, known = date(2025, 3, 1), date(2025, 3, 3)
    world.event("crime.grave", spring, (0, "suspect"), (1, "victim"), known=known, group="G")
    _at(world, PARK, "GL1 2QR")
    world.event("crime.mild", spring, (0, "suspect"), known=known, group="G")
    _at(world, PARK, "GL1 2QR")
    world.event("crime.mild", spring, known=known)
    _at(world, SHOP, None)
    world.home(2, SHOP, date(2025, 1, 1))
    world.event(
        "school.roll", date(2020, 9, 1), (1, "child"), detail="S1", ended=date(2024, 12, 20)
    )
    world.event("school.roll", date(2025, 1, 6), (1, "child"), detail="S2")
    world.event("care.assessed", date(2024, 12, 1), (1, "child"))
    world.event("care.assessed", date(2025, 2, 1), (1, "child"))
    return world


def test_what_happened_is_gathered_with_who_took_part(engine: Engine) -> None:
    parts = _gathered(engine, _world()).parts.data.to_pylist()
    here = [
        (p["place_kind"], p["place_id"], p["kind"], p["person_key"], p["harmed"]) for p in parts
    ]
    assert here == [
        ("address", PARK, "crime.grave", 0, False),
        ("address", PARK, "crime.grave", 1, True),
        ("address", PARK, "crime.mild", 0, False),
        ("address", SHOP, "crime.mild", None, None),
        ("postcode_sector", "GL1 2", "crime.grave", 0, False),
        ("postcode_sector", "GL1 2", "crime.grave", 1, True),
        ("postcode_sector", "GL1 2", "crime.mild", 0, False),
        ("school", "S1", "care.assessed", 1, False),
        ("school", "S2", "care.assessed", 1, False),
    ]
    assert len({p["occasion"] for p in parts if p["place_id"] == PARK}) == 1
    assert {p["known"] for p in parts if p["place_id"] == PARK} == {
        dates.day_number(date(2025, 3, 3))
    }


def test_who_belongs_where_is_gathered(engine: Engine) -> None:
    stays = _gathered(engine, _world()).stays.data.to_pylist()
    assert [(s["place_kind"], s["place_id"], s["person_key"], s["ended"]) for s in stays] == [
        ("address", SHOP, 2, FAR),
        ("school", "S1", 1, dates.day_number(date(2024, 12, 20))),
        ("school", "S2", 1, FAR),
    ]


def test_a_home_of_the_tables_is_no_place_but_counts_in_its_sector(engine: Engine) -> None:
    world = _world()
    world.rows["address"][-1] |= {"postcode": "GL1 2AA", "postcode_valid": True}
    found = places_on(_gathered(engine, world), settings(), ON)
    told_of = {(p["place_kind"], p["place_id"]): p for p in found.places.data.to_pylist()}
    assert ("address", SHOP) not in told_of
    assert told_of["address", PARK]["occasions"] == 1
    assert told_of["postcode_sector", "GL1 2"]["occasions"] == 2
    assert told_of["postcode_sector", "GL1 2"]["exposure_of"] == "residents"


@pytest.mark.parametrize("day", [date(2024, 12, 10), date(2025, 2, 5), date(2025, 3, 2), ON])
def test_an_earlier_date_is_told_alike_from_what_was_known_then_and_from_all(
    engine: Engine, day: date
) -> None:
    world = _world()
    # Of the first school its end was learnt late; until then the child was taken to be there.
    world.rows["event"][3]["end_known_at"] = date(2025, 2, 10)
    then = places_on(_gathered(engine, _copy(world), day), settings(), day)
    later = places_on(_gathered(engine, _copy(world)), settings(), day)
    assert then.places.data.equals(later.places.data)
    assert then.children.data.equals(later.children.data)
    assert len(later.places) > 0
    at_schools = {date(2025, 2, 5): {"S1": 2, "S2": 1}, ON: {"S1": 1, "S2": 1}}
    if day in at_schools:
        schools = by_place(later.places, "suspension")
        assert {name: one["occasions"] for name, one in schools.items()} == at_schools[day]


def _copy(world: World) -> World:
    return World(
        world.persons, {name: [dict(r) for r in rows] for name, rows in world.rows.items()}
    )


@pytest.mark.spark
@pytest.mark.enable_socket  # Spark's Python talks to its Java over the loopback address alone
def test_spark_gathers_what_duckdb_gathers(engine: Engine) -> None:
    ours = _gathered(engine, _world())
    with open_engine("spark") as spark:
        theirs = _gathered(spark, _world())
    for one, other in ((ours.parts, theirs.parts), (ours.stays, theirs.stays)):
        assert one.data.to_pylist() == other.data.to_pylist()
    assert isinstance(ours.parts.data, pa.Table)
