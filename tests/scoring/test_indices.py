"""The sweep gives what the definition gives, at any dates; and it keeps what scores promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kithkin.engine import Engine, open_engine
from kithkin.model import dates
from kithkin.policy.themes import Theme
from kithkin.scoring import Plan, ThemesError, index_of, index_on
from scoring import reference, worlds

random_worlds = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes here
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MONTHS = list(dates.month_ends(date(2023, 2, 1), worlds.AS_OF))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("duckdb") as opened:
        yield opened


def swept(engine: Engine, parts: Any, plan: Plan, on: list[date], born: Any = None) -> Any:
    with TemporaryDirectory() as folder:
        stored = worlds.stored_in(folder, engine, parts, plan)
        return index_on(stored, plan, worlds.born() if born is None else born, on)


def plan_of(themes: dict[str, Theme]) -> Plan:
    return Plan(worlds.policy_of(themes=themes))


@random_worlds
@given(themes=worlds.themes(), world=worlds.worlds())
def test_the_sweep_gives_what_the_definition_gives(
    engine: Engine, themes: dict[str, Theme], world: Any
) -> None:
    plan, on = plan_of(themes), [MONTHS[0], MONTHS[20], MONTHS[-2], worlds.AS_OF]
    expected = reference.indices(world, plan, worlds.BORN, on)
    assert worlds.largest_difference(expected, swept(engine, world, plan, on)) < 1e-9


@random_worlds
@given(themes=worlds.themes(), world=worlds.worlds())
def test_many_dates_are_each_date_alone(
    engine: Engine, themes: dict[str, Theme], world: Any
) -> None:
    plan = plan_of(themes)
    with TemporaryDirectory() as folder:
        stored = worlds.stored_in(folder, engine, world, plan)
        together = index_on(stored, plan, worlds.born(), MONTHS)
        for place, day in enumerate(MONTHS):
            alone = index_on(stored, plan, worlds.born(), [day])
            assert np.array_equal(together[:, place], alone[:, 0])
        for person in range(worlds.PERSONS):
            mine = index_of(
                stored.rows_of(person), stored.sets, plan, worlds.born()[person], MONTHS
            )
            assert np.array_equal(together[..., person], mine)


@random_worlds
@given(themes=worlds.themes(), world=worlds.worlds())
def test_what_comes_after_a_date_changes_nothing_on_it(
    engine: Engine, themes: dict[str, Theme], world: Any
) -> None:
    plan = plan_of(themes)
    for on in (date(2025, 3, 1), worlds.AS_OF):
        before = worlds.nothing_from_after(world, dates.day_number(on))
        one, other = (swept(engine, parts, plan, [on]) for parts in (world, before))
        assert np.array_equal(one, other)


@random_worlds
@given(themes=worlds.themes(), world=worlds.worlds(), data=st.data())
def test_the_order_of_rows_and_of_persons_has_no_meaning(
    engine: Engine, themes: dict[str, Theme], world: Any, data: st.DataObject
) -> None:
    plan = plan_of(themes)
    places = data.draw(st.permutations(range(worlds.PERSONS)))
    shuffled = data.draw(st.permutations(world))
    moved = [part | {"subject": places[part["subject"]]} for part in shuffled]
    born = worlds.born()
    born_moved = np.empty_like(born)
    born_moved[places] = born
    one = swept(engine, world, plan, [worlds.AS_OF])
    other = swept(engine, moved, plan, [worlds.AS_OF], born_moved)
    assert np.array_equal(one, other[..., places])


@random_worlds
@given(themes=worlds.themes(), world=worlds.worlds(), more=worlds.events(99))
def test_another_event_never_lowers_an_index_and_none_leaves_its_bounds(
    engine: Engine, themes: dict[str, Theme], world: Any, more: Any
) -> None:
    plan = plan_of(themes)
    less, greater = (swept(engine, w, plan, MONTHS[-3:]) for w in (world, [*world, *more]))
    assert (greater >= less - 1e-9).all()
    assert (less >= 0).all()
    assert (greater <= 100).all()
    assert (greater[1:] <= greater[0] + 1e-9).all()  # leaving evidence out never adds


@random_worlds
@given(themes=worlds.themes(), world=worlds.worlds())
def test_an_index_fades_to_nothing(engine: Engine, themes: dict[str, Theme], world: Any) -> None:
    plan = plan_of(themes)
    # 40 days on nothing more can begin; what nobody closed ends 500 days later at most; and 1,095
    # days after that every window is past.
    end = dates.add_days(worlds.AS_OF, 40 + 500 + 1095)
    later = [*dates.month_ends(dates.add_days(worlds.AS_OF, 160), end), end]
    ever = [part | {"superseded": worlds.EVER} for part in world]
    young = worlds.born([date(2015, 1, 1), date(2015, 1, 1), date(1990, 1, 1), None, None])
    values = swept(engine, ever, plan, later, young)
    assert (np.diff(values, axis=1) <= 1e-9).all()
    assert (values[:, -1] == 0).all()


@random_worlds
@given(themes=worlds.themes(), world=worlds.worlds(), data=st.data())
def test_what_befell_somebody_never_counts_on_a_perpetrator_track(
    engine: Engine, themes: dict[str, Theme], world: Any, data: st.DataObject
) -> None:
    plan = plan_of(themes)
    place = plan.position("exploitation", "perpetrator")
    harming = [part for part in world if part["role"] not in worlds.HARMED]
    extra = [part | {"role": "victim"} for part in data.draw(worlds.events(99))]
    one, other = (swept(engine, w, plan, [worlds.AS_OF]) for w in (harming, [*world, *extra]))
    assert np.array_equal(one[:, :, place], other[:, :, place])


@random_worlds
@given(themes=worlds.themes(), world=worlds.worlds())
def test_a_person_taken_out_takes_their_own_evidence_and_nobody_elses(
    engine: Engine, themes: dict[str, Theme], world: Any
) -> None:
    plan = plan_of(themes)
    without = [part for part in world if part["subject"] != 0]
    one, other = (swept(engine, w, plan, MONTHS[-3:]) for w in (world, without))
    assert np.array_equal(one[..., 1:], other[..., 1:])
    assert (other[..., 0] == 0).all()


# --- what lasts ------------------------------------------------------------------------------


def lasting(**more: Any) -> dict[str, Any]:
    """Give a part in a flag, set 400 days ago and open."""
    set_on = worlds.TODAY - 400
    return {
        "event_no": 0, "occurred": set_on, "known": set_on, "superseded": worlds.EVER,
        "ended": worlds.EVER, "end_known": worlds.EVER, "value": 0, "kind": "police.flag",
        "agency": "police", "role": "subject", "age": 12, "subject": 0,
    } | more  # fmt: skip


def flagged() -> Plan:
    component = worlds.component(["police.flag"], window_days=200, half_life_days=50)
    return plan_of({"flags": worlds.theme("flags", victim={
        "ages": (0, 17), "halfway": 5.0, "components": {"flag": component}})})  # fmt: skip


def ago(*days: int) -> list[date]:
    return [dates.from_day_number(worlds.TODAY - n) for n in days]


def test_what_lasts_counts_in_full_until_its_end_is_known(engine: Engine) -> None:
    # A flag of gravity 5, halfway 5: 50 while it counts in full. It ended 300 days ago and that was
    # known 250 days ago: then 50 days had passed, half of it was left; and after 100 days a quarter.
    world = [lasting(ended=worlds.TODAY - 300, end_known=worlds.TODAY - 250)]
    values = swept(engine, world, flagged(), ago(401, 400, 300, 251, 250, 200, 101, 100))[
        0, :, 0, 0
    ]
    half, quarter = 100 * (1 - 2**-0.5), 100 * (1 - 2**-0.25)
    last = 100 * (1 - 2 ** -(2 ** (-199 / 50)))
    expected = [0, 50, 50, 50, half, quarter, last, 0]  # its window of 200 days begins at its end
    assert values.tolist() == pytest.approx(expected, abs=1e-9)


def test_what_nobody_closes_fades_when_it_was_open_for_too_long(engine: Engine) -> None:
    # 500 days after it was set it is taken to have ended; fifty days later half of it is left.
    world = [lasting(occurred=worlds.TODAY - 550, known=worlds.TODAY - 550)]
    values = swept(engine, world, flagged(), ago(550, 50, 0))[0, :, 0, 0]
    assert values.tolist() == pytest.approx([50, 50, 100 * (1 - 2**-0.5)], abs=1e-9)


def test_an_end_that_was_known_beforehand_changes_nothing_before_it(engine: Engine) -> None:
    known_before = lasting(ended=worlds.TODAY - 100, end_known=worlds.TODAY - 300)
    known_then = lasting(ended=worlds.TODAY - 100, end_known=worlds.TODAY - 100)
    on = ago(301, 250, 100, 99, 0)
    one, other = (swept(engine, [part], flagged(), on) for part in (known_before, known_then))
    assert np.array_equal(one, other)
    assert one[0, :, 0, 0].tolist() == pytest.approx([50, 50, 50, *one[0, 3:, 0, 0]])


@random_worlds
@given(themes=worlds.themes(), world=worlds.worlds())
def test_that_something_ended_never_raises_an_index(
    engine: Engine, themes: dict[str, Theme], world: Any
) -> None:
    plan = plan_of(themes)
    never = [
        part | ({"ended": worlds.EVER, "end_known": worlds.EVER} if part["kind"] in worlds.LASTING else {})
        for part in world
    ]  # fmt: skip
    ended, still_open = (swept(engine, w, plan, MONTHS[-20:]) for w in (world, never))
    assert (ended <= still_open + 1e-9).all()


# --- ages ------------------------------------------------------------------------------------


def test_ages_are_those_of_the_date_to_the_day(engine: Engine) -> None:
    track = {"components": {"c": worlds.component(["police.missing"])}, "halfway": 6.0}
    theme = worlds.theme("missing", victim={"ages": (0, 17), **track},
                         perpetrator={"ages": (18, 130), **track})  # fmt: skip
    plan = plan_of({"missing": theme})
    event = {
        "event_no": 0, "occurred": worlds.TODAY - 800, "known": worlds.TODAY - 800,
        "superseded": worlds.EVER, "ended": 0, "end_known": 0, "value": 0,
        "kind": "police.missing", "agency": "police", "role": "subject", "age": 10,
    }  # fmt: skip
    on = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]
    births = [date(2006, 2, 28), date(2006, 3, 1), date(2004, 2, 29), date(2024, 2, 29), None]
    world = [event | {"subject": person} for person in range(len(births))]
    values = swept(engine, world, plan, on, worlds.born(births))[0]
    for place, day in enumerate(on):
        for person, born in enumerate(births):
            age = dates.age_in_years(born, day) if born and born <= day else None
            child = age is not None and age < 18
            adult = age is not None and age >= 18
            assert [bool(v) for v in values[place, :, person]] == [child, adult], (day, born)


def test_a_perpetrator_track_for_children_is_refused() -> None:
    track = {"components": {"c": worlds.component(["police.missing"])}, "halfway": 6.0}
    theme = worlds.theme("missing", victim={"ages": (0, 17), **track},
                         perpetrator={"ages": (17, 130), **track})  # fmt: skip
    with pytest.raises(ThemesError, match="begins at 17; nobody under 18"):
        plan_of({"missing": theme})


def test_dates_out_of_order_are_refused(engine: Engine) -> None:
    theme = worlds.theme(
        "missing",
        victim={"ages": (0, 17), "halfway": 6.0,
                "components": {"c": worlds.component(["police.missing"])}},
    )  # fmt: skip
    plan = plan_of({"missing": theme})
    for on in ([], [MONTHS[1], MONTHS[0]], [MONTHS[0], MONTHS[0]]):
        with pytest.raises(ValueError, match="ascending order"):
            swept(engine, [], plan, on)
