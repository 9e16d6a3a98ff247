"""Small random worlds: a policy with two themes, and coded parts that persons took in events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from kithkin.engine import Engine
from kithkin.indicators.kernel import FAR
from kithkin.model import dates
from kithkin.policy import Policy
from kithkin.policy.models import Agency, Derived, Gateway, Header, Kind, Retention, Role
from kithkin.policy.themes import Component, Scoring, Theme, ThemeNetwork, Track
from kithkin.scoring import Plan, StoredContributions, born_days, store_contributions

AS_OF = date(2026, 1, 31)
TODAY = dates.day_number(AS_OF)
EVER = int(FAR)
HARMED = ("victim", "present")
HARMING = ("suspect",)
ROLES = (*HARMED, *HARMING, "subject")
AGENCIES = ("police", "social_care")
PERSONS = 5
BORN = (date(2010, 2, 28), date(2012, 6, 1), date(1990, 3, 1), date(2007, 11, 30), None)

SCORING = Scoring(
    harm_days_top=5475.0, adult=18, open_at_most_days=500, trend_months=6, trend_points=5.0, trend_swings=2.0,
    high_from=60.0,
)  # fmt: skip


def kind(name: str, gravity: int, **more: Any) -> Kind:
    plain: dict[str, Any] = {
        "name": name, "title": name, "agency": "police", "gravity": gravity, "roles": ROLES,
        "retention": "r", "gateway": "g",
    }  # fmt: skip
    return Kind(**(plain | more))


KINDS = (
    kind("police.crime.exploitation", 5, harm_days=1825.0),
    kind("police.crime.theft", 2, harm_days=10.0),
    kind("police.missing", 2),
    kind("police.missing.again", 4, derived=Derived(
        event=("police.missing", "police.flag"), after=("police.missing", "police.flag"),
        within_days=200)),
    kind("police.flag", 5, lasting=True),
    kind("education.excluded", 3, lasting=True, open_at_most_days=60),
    kind("police.intelligence", 3, unproven=True),
    kind("housing.arrears", 1, poverty_proxy=True, value="pounds"),
    kind("benefits.unproven_arrears", 2, poverty_proxy=True, unproven=True),
)  # fmt: skip
KIND_NAMES = tuple(k.name for k in KINDS)
LASTING = tuple(k.name for k in KINDS if k.lasting)


def policy_of(kinds: Sequence[Kind] = KINDS, **more: Any) -> Policy:
    return Policy(
        header=Header(name="test", version="1", description="test"),
        agencies={name: Agency(title=name) for name in AGENCIES},
        gateways={"g": Gateway(title="g", statute="g")},
        retention={"r": Retention(title="r", years=1)},
        roles={
            name: Role(title=name, description=name, phrase=name, harmed=name in HARMED)
            for name in ROLES
        },
        kinds={k.name: k for k in kinds},
        indicators={},
        left_out={},
        **({"scoring": SCORING} | more),
    )


def component(kinds: Sequence[str], **more: Any) -> Component:
    plain: dict[str, Any] = {
        "title": "title", "kinds": tuple(kinds), "window_days": 730, "half_life_days": 180,
        "at_most": 10.0,
    }  # fmt: skip
    return Component(**(plain | more))


def theme(name: str, **more: Any) -> Theme:
    plain: dict[str, Any] = {
        "name": name, "title": name, "description": name, "concern": "harm", "basis": "test",
    }  # fmt: skip
    return Theme(**(plain | more))


NETWORK = ThemeNetwork(
    natures=("peer", "family"), floor=10.0, most_points=25.0, halfway=20.0, kept=1.0, onward=0.5,
    emerging_points=5.0,
)  # fmt: skip


# --- random themes and parts -----------------------------------------------------------------

half_lives = st.sampled_from([1, 30, 180, 730])
windows = st.sampled_from([1, 90, 365, 1095])
weights = st.sampled_from([0.25, 1.0, 3.0])


@st.composite
def components(draw: st.DrawFn, roles: Sequence[str]) -> Component:
    some = st.lists(st.sampled_from(KIND_NAMES), min_size=1, max_size=4, unique=True)
    value = draw(st.sampled_from([None, None, 0.5, 2.0]))
    return component(
        draw(some),
        roles=tuple(draw(st.lists(st.sampled_from(roles), min_size=1, max_size=3, unique=True))),
        ages=draw(st.sampled_from([None, (0, 17), (18, 130)])),
        weight=draw(weights),
        window_days=draw(windows),
        half_life_days=draw(half_lives),
        at_most=draw(st.sampled_from([1.0, 4.0, 20.0])),
        value_at_least=value,
    )


@st.composite
def tracks(draw: st.DrawFn, ages: tuple[int, int], roles: Sequence[str]) -> Track:
    count = draw(st.integers(1, 3))
    once = draw(st.sampled_from([(), (("c0",),), (("c0", "c1"),), (("c0", "c2"), ("c1",))]))
    return Track(
        ages=ages,
        once=once if count == 3 else (),
        halfway=draw(st.sampled_from([2.0, 6.0])),
        components={f"c{i}": draw(components(roles)) for i in range(count)},
    )


@st.composite
def themes(draw: st.DrawFn) -> dict[str, Theme]:
    """Two themes: one with both tracks, and one with a victim track alone."""
    one = theme(
        "exploitation",
        victim=draw(tracks((0, 17), [*HARMED, "subject"])),
        perpetrator=draw(tracks((18, 130), HARMING)),
        network=NETWORK,
    )
    return {
        "exploitation": one,
        "neglect": theme("neglect", concern="need", victim=draw(tracks((0, 24), ROLES))),
    }


@st.composite
def events(draw: st.DrawFn, number: int) -> list[dict[str, Any]]:
    """One event, with the parts that one to three persons took in it."""
    occurred = TODAY - draw(st.integers(-40, 1200))
    known = occurred + draw(st.integers(0, 60))
    superseded = draw(st.sampled_from([EVER, EVER, known + 30]))
    name = draw(st.sampled_from([n for n in KIND_NAMES if not n.endswith("again")]))
    ended, end_known = occurred, known
    if name in LASTING:
        lasted, late = draw(st.sampled_from([(0, 0), (20, 5), (90, 120), (300, -250), (700, 90)]))
        ended, end_known = occurred + lasted, max(known, occurred + lasted + late)
        if draw(st.booleans()):
            ended = end_known = EVER
    shared = {
        "event_no": number, "occasion": draw(st.sampled_from([number, 1000, 1001])),
        "occurred": occurred, "known": known, "superseded": superseded, "ended": ended,
        "end_known": end_known, "value": draw(st.sampled_from([0, 700, 3000])),
        "kind": name, "agency": "police",
    }  # fmt: skip
    taken = draw(
        st.lists(st.tuples(st.integers(0, PERSONS - 1), st.sampled_from(ROLES)), min_size=1,
                 max_size=4)
    )  # fmt: skip
    age = draw(st.sampled_from([-1, 12, 30]))
    return [{"subject": person, "role": role, "age": age, **shared} for person, role in taken]


@st.composite
def worlds(draw: st.DrawFn, most: int = 16) -> list[dict[str, Any]]:
    happened = [draw(events(number)) for number in range(draw(st.integers(0, most)))]
    return [part for parts in happened for part in parts]


# --- to tables -------------------------------------------------------------------------------

WHOLE, SMALL = pa.int32(), pa.int16()
PART = pa.schema(
    [("subject", WHOLE), ("event_no", pa.int64()), ("occurred", WHOLE), ("known", WHOLE),
     ("superseded", WHOLE), ("ended", WHOLE), ("end_known", WHOLE), ("value", WHOLE),
     ("kind", SMALL), ("role", SMALL), ("agency", SMALL), ("age", WHOLE)]
)  # fmt: skip


def part_table(parts: Sequence[dict[str, Any]], policy: Policy) -> pa.Table:
    """Code parts that are told by names."""
    rows = [
        part | {
            "kind": policy.kind_code(part["kind"]),
            "role": policy.role_code(part["role"]),
            "agency": policy.agency_code(part["agency"]),
        }
        for part in parts
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=PART)


def born(days: Sequence[date | None] = BORN) -> Any:
    return born_days(
        pa.table(
            {
                "person_key": pa.array(range(len(days)), pa.int32()),
                "date_of_birth": pa.array(days, pa.date32()),
            }
        )
    )


def stored_in(
    folder: str | Path,
    engine: Engine,
    parts: Sequence[dict[str, Any]],
    plan: Plan,
    persons: int = PERSONS,
) -> StoredContributions:
    target = StoredContributions(Path(folder))
    table = engine.table(part_table(parts, plan.policy), "test_part")
    occasions = {part["event_no"]: part["occasion"] for part in parts if "occasion" in part}
    grouped = pa.table(
        {
            "event_no": pa.array(occasions, pa.int64()),
            "occasion": pa.array(occasions.values(), pa.int64()),
        }
    )
    found = engine.table(grouped, "test_occasion")
    store_contributions(engine, table, plan, persons, target, occasions=found)
    return target


def nothing_from_after(parts: Sequence[dict[str, Any]], day: int) -> list[dict[str, Any]]:
    """Leave out what was not there or not known on a day, as `code_parts` does."""
    return [
        part
        | {"superseded": part["superseded"] if part["superseded"] <= day else EVER}
        | (
            {}
            if max(part["ended"], part["end_known"]) <= day
            else {"ended": EVER, "end_known": EVER}
        )
        for part in parts
        if max(part["occurred"], part["known"]) <= day
    ]


def largest_difference(one: Any, other: Any) -> float:
    return float(np.abs(one - other).max(initial=0.0))
