"""The truth that is kept apart: best rankings, and what is written for judging."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.county import County
from kithkin.simulation.front_door import run_front_door
from kithkin.simulation.life import CHILD_CONDITIONS, Happenings, Participants
from kithkin.simulation.lives import live
from kithkin.simulation.population import build_world
from kithkin.simulation.records import Register
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.front_door import FrontDoorSettings
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.settings.lives import LifeSettings
from kithkin.simulation.settings.population import PopulationSettings
from kithkin.simulation.streams import Streams
from kithkin.simulation.truth import best_rankings, write_truth
from kithkin.simulation.truth.filtering import follow_beliefs
from kithkin.simulation.truth.knowable import quarterly
from kithkin.simulation.truth.noticed import noticed
from kithkin.simulation.truth.recorded import Recorded, recorded
from kithkin.simulation.truth.tables import conditions_table
from tests.simulation.front_door_village import CALENDAR, build_village, happen, quiet_lives

JUSTICE = read_section(JusticeSettings)


@cache
def _county(people: int = 16_000) -> County:
    calendar = Calendar.ending(date(2025, 3, 31), years=3, warm_up_months=24)
    streams, knobs = Streams(11), read_section(Knobs)
    world = build_world(calendar, people, read_section(PopulationSettings), streams)
    lives, happenings, participants = live(
        world, calendar, read_section(LifeSettings), knobs, streams
    )
    care = run_front_door(
        world, lives, happenings, participants, calendar, read_section(FrontDoorSettings), knobs,
        streams,
    )  # fmt: skip
    return County(calendar, knobs, streams, world, lives, happenings, participants, care)


@cache
def _rankings() -> pa.Table:
    return best_rankings(_county(), JUSTICE, quarterly(_county().calendar))


def _accuracy(outcome: str, column: str) -> float:
    rows = _rankings().filter(pc.field("outcome").cast(pa.string()) == outcome)
    rows = rows.filter(pc.field("happened").is_valid())
    return float(roc_auc_score(rows["happened"].to_numpy(), rows[column].to_numpy()))


@pytest.mark.parametrize("outcome", ["escalation_after_closure", "protection_plan"])
def test_the_true_lives_rank_better_than_what_was_known_and_that_better_than_chance(outcome):
    assert _accuracy(outcome, "given_lives") > _accuracy(outcome, "given_known") > 0.55


def test_outcomes_of_the_last_twelve_months_are_not_told():
    county = _county()
    late = pc.field("as_of") > county.calendar.day(county.calendar.ends - 365)
    assert _rankings().filter(late)["happened"].null_count == _rankings().filter(late).num_rows
    assert _rankings().filter(~late)["happened"].null_count == 0


def test_the_first_day_of_an_outcome_lies_in_the_twelve_months_and_only_where_it_came_about():
    rows = _rankings().filter(pc.field("happened").is_valid())
    assert rows["happened"].equals(rows["happened_on"].is_valid())
    came = rows.filter(rows["happened"])
    days = pc.days_between(came["as_of"], came["happened_on"]).to_numpy()
    assert days.min() >= 1
    assert days.max() <= 365


def test_who_had_it_within_a_year_had_it_before_a_year_later():
    rows = _rankings().select(["as_of", "outcome", "person", "happened", "before"]).to_pylist()
    later = {(r["as_of"], r["outcome"], r["person"]): r["before"] for r in rows}
    plans = [r for r in rows if r["outcome"] == "serious_violence" and r["happened"]]
    ends = [(date(r["as_of"].year + 1, r["as_of"].month, r["as_of"].day), r) for r in plans]
    told = [later[(day, r["outcome"], r["person"])]
            for day, r in ends if (day, r["outcome"], r["person"]) in later]  # fmt: skip
    assert told
    assert all(told)
    assert not all(r["before"] for r in plans)


def test_what_agencies_wrote_of_a_child_is_weighed_as_well_as_what_happened():
    county = _county()
    seen, written = noticed(county), recorded(county, JUSTICE)
    none = Recorded(*(np.empty(0, np.int64) for _ in range(3)))
    month = county.calendar.months - 1
    first = county.calendar.first_month
    exploited = county.lives.child["sexual_exploitation"][month] > 0
    column = CHILD_CONDITIONS.index("sexual_exploitation")
    told, untold = (
        roc_auc_score(
            exploited,
            follow_beliefs(county, seen, records, [month], first)[month].child[:, column],
        )
        for records in (written, none)
    )
    assert told > untold > 0.5


def test_every_quarter_of_the_window_is_ranked():
    assert pc.count_distinct(_rankings()["as_of"]).as_py() == 12


def _cut(county: County, after: int) -> County:
    """Give the county without the happenings after a day."""
    rows = int(np.searchsorted(county.happenings.day, after + 1))
    parts = int(np.searchsorted(county.participants.happening, rows))
    happenings, participants = county.happenings, county.participants
    return replace(
        county,
        happenings=Happenings(
            **{f.name: getattr(happenings, f.name)[:rows] for f in fields(Happenings)}
        ),
        participants=Participants(
            **{f.name: getattr(participants, f.name)[:parts] for f in fields(Participants)}
        ),
        care=replace(county.care, survives=county.care.survives[:rows]),
    )


def test_happenings_after_the_as_of_day_change_nothing_in_what_was_knowable():
    county = _county()
    as_of = quarterly(county.calendar)[3]
    whole, cut = (best_rankings(c, JUSTICE, [as_of]) for c in (county, _cut(county, as_of)))
    assert whole["person"].equals(cut["person"])
    assert whole["given_known"].equals(cut["given_known"])
    earlier = best_rankings(_cut(county, as_of - 200), JUSTICE, [as_of])
    assert not whole["given_known"].equals(earlier["given_known"])


def test_an_as_of_day_outside_the_window_is_refused():
    with pytest.raises(ValueError, match="outside the window"):
        best_rankings(_county(), JUSTICE, [_county().calendar.begins])


def test_conditions_are_written_as_runs_of_one_severity():
    village = build_village(3)
    lives = quiet_lives(village)
    lives.household["neglect"][2:5, 1] = 1
    lives.household["neglect"][5:, 1] = 3
    happenings, participants = happen([])
    county = County(
        CALENDAR, read_section(Knobs), Streams(1), village, lives, happenings, participants,
        _county().care,
    )  # fmt: skip
    starts = CALENDAR.month_starts
    assert conditions_table(county).to_pylist() == [
        {
            "household": 1, "child": None, "condition": "neglect", "severity": 1,
            "from": CALENDAR.day(int(starts[2])), "to": CALENDAR.day(int(starts[5]) - 1),
        },
        {
            "household": 1, "child": None, "condition": "neglect", "severity": 3,
            "from": CALENDAR.day(int(starts[5])), "to": CALENDAR.day(CALENDAR.ends),
        },
    ]  # fmt: skip


def _register(feed: str, numbers: list[int], persons: list[int]) -> Register:
    return Register(
        feed,
        np.array(persons, np.int32),
        np.array(numbers, np.int64),
        np.zeros(len(persons), np.int32),
        pa.table({}),
    )


def test_the_same_county_is_written_with_the_same_bytes_and_says_who_is_who(tmp_path: Path):
    registers = {
        "police": _register("police", [71, 72], [5, 5]),
        "housing": _register("housing", [9], [6]),
    }
    names = write_truth(_county(), JUSTICE, registers, tmp_path / "one")
    assert (
        write_truth(_county(), JUSTICE, dict(reversed(registers.items())), tmp_path / "two")
        == names
    )
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert pq.read_table(tmp_path / "one" / "who_is_who.parquet").to_pylist() == [
        {"feed": "housing", "number": 9, "person": 6},
        {"feed": "police", "number": 71, "person": 5},
        {"feed": "police", "number": 72, "person": 5},
    ]
    described = (tmp_path / "one" / "README.txt").read_text()
    assert all(name in described for name in names if name != "README.txt")
    assert "No pipeline may read" in described
