"""Small random worlds: a policy of every measure, and canonical rows it can be asked of."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from kithkin.engine import Engine
from kithkin.indicators.facts import Sources
from kithkin.model import dates, tables
from kithkin.policy import Policy
from kithkin.policy.models import (
    MEASURES,
    Agency,
    Derived,
    Gateway,
    Header,
    Kind,
    Part,
    Retention,
    Role,
    Threshold,
)
from kithkin.policy.themes import Scoring

FIRST = date(2024, 1, 1)
AS_OF = date(2026, 1, 31)
PLAIN = ["a.plain.one", "a.plain.two", "a.plain.three"]
LASTING = ["a.lasting.one", "a.lasting.two", "residence.home", "residence.moved"]
DERIVED = ["a.derived.again"]
ROLES = ["subject", "victim", "suspect", "child"]
AGENCIES = ["police", "health", "housing"]
SUPERSEDED = ("event", "residence", "relationship", "service_involvement")


def _kind(name: str, **more: Any) -> Kind:
    plain: dict[str, Any] = {
        "name": name, "title": name, "agency": "police", "gravity": 1, "roles": tuple(ROLES),
        "retention": "r", "gateway": "g", "value": "units",
    }  # fmt: skip
    return Kind(**(plain | more))


def _kinds() -> dict[str, Kind]:
    kinds = [_kind(name) for name in [*PLAIN, "residence.moved", "social_care.person.born"]]
    kinds += [_kind(name, lasting=True) for name in LASTING if name != "residence.moved"]
    again = Derived(event=("a.plain.one",), after=("a.plain.one", "a.plain.two"), within_days=200)
    kinds += [_kind(DERIVED[0], derived=again)]
    return {kind.name: kind for kind in kinds}


def policy_of(indicators: list[Any]) -> Policy:
    return Policy(
        header=Header(name="test", version="1", description="test"),
        agencies={name: Agency(title=name) for name in AGENCIES},
        gateways={"g": Gateway(title="g", statute="g")},
        retention={"r": Retention(title="r", years=1)},
        roles={name: Role(title=name, description=name, phrase=name) for name in ROLES},
        kinds=_kinds(),
        indicators={indicator.code: indicator for indicator in indicators},
        left_out={},
        scoring=Scoring(harm_days_top=100, adult=18, open_at_most_days=500, high_from=50, trend_months=12,
                        trend_points=10, trend_swings=2),
    )  # fmt: skip


# --- indicators ------------------------------------------------------------------------------

windows = st.sampled_from([1, 7, 90, 365, 1095])
some_kinds = st.lists(
    st.sampled_from([*PLAIN, *LASTING, *DERIVED, "social_care.person.born"]),
    min_size=1, max_size=4, unique=True,
).map(tuple)  # fmt: skip
lasting_kinds = st.lists(
    st.sampled_from(["a.lasting.one", "a.lasting.two", "residence.home"]),
    min_size=1, max_size=2, unique=True,
).map(tuple)  # fmt: skip
selecting = st.fixed_dictionaries(
    {"kinds": some_kinds},
    optional={
        "roles": st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True).map(tuple),
        "ages": st.sampled_from([(0, 17), (10, 17), (18, 130)]),
        "value_at_least": st.sampled_from([0.5, 2.0]),
    },
)
parts = st.builds(
    lambda chosen, weigh: Part(**chosen, weigh=weigh),
    selecting,
    st.sampled_from(["events", "value"]),
)


def indicator(code: str, measure: str, **fields: Any) -> Any:
    """Make an indicator of which only what is asked is of interest."""
    plain: dict[str, Any] = {
        "code": code, "title": code, "measure": measure, "levels": ("family", "person"),
        "threshold": Threshold(at_least=1.0), "polarity": "risk", "use": "score", "severity": 1,
        "half_life_days": 0, "basis": "test", "evidence": "seed",
    }  # fmt: skip
    return MEASURES[measure](**(plain | fields))


@st.composite
def indicators(draw: st.DrawFn, code: str) -> Any:
    measure = draw(st.sampled_from(sorted(MEASURES)))
    fields: dict[str, Any] = {}
    if measure in ("ratio", "change"):
        fields |= {"numerator": draw(parts), "denominator": draw(parts)}
        fields["minimum_denominator"] = draw(st.sampled_from([1.0, 2.5]))
    else:
        fields |= draw(selecting)
    if measure == "change":
        fields |= {"recent_days": draw(windows), "earlier_days": draw(windows)}
        fields["compare"] = draw(st.sampled_from(["difference", "quotient"]))
    else:
        fields["window_days"] = draw(windows)
    if measure == "count":
        fields["weigh"] = draw(st.sampled_from(["events", "value"]))
    if measure == "distinct":
        fields["of"] = draw(st.sampled_from(["agencies", "kinds"]))
    if measure == "flag":
        fields |= draw(flags())
    return indicator(code, measure, **fields)


@st.composite
def flags(draw: st.DrawFn) -> dict[str, Any]:
    state = draw(st.sampled_from([None, "open", "overlaps"]))
    fields: dict[str, Any] = {"state": state}
    if state == "open":
        fields |= {"kinds": draw(lasting_kinds)}
        fields["open_at_least_days"] = draw(st.sampled_from([None, 42]))
    if draw(st.booleans()):
        fields["with_state"] = draw(st.sampled_from([None, "open"]))
        fields["with_kinds"] = draw(lasting_kinds if fields["with_state"] else some_kinds)
    if state is None and draw(st.booleans()):
        fields["unless_later"] = draw(some_kinds)
    if state is None and draw(st.booleans()):
        fields["settled_days"] = draw(st.sampled_from([30, 180]))
    return fields


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    count = draw(st.integers(4, 10))
    return policy_of([draw(indicators(f"T-{i:02d}")) for i in range(count)])


# --- rows ------------------------------------------------------------------------------------

days = st.integers(0, 900).map(lambda n: dates.add_days(FIRST, n))
RECORDS = [("s1", "r1"), ("s1", "r2"), ("s2", "r1"), ("s2", "r3")]
PEOPLE = [
    {"person_id": "P1", "person_key": 0, "date_of_birth": date(2010, 2, 28)},
    {"person_id": "P2", "person_key": 1, "date_of_birth": None},
    {"person_id": "P3", "person_key": 2, "date_of_birth": date(1990, 6, 1)},
]
LINKS = dict(zip(RECORDS, ["P1", "P2", "P1", "P3"], strict=True))


def provenance(source: str, known: date, superseded: date | None = None) -> dict[str, Any]:
    return {
        "source": source, "batch_id": f"{source}-1", "file": "f", "row": 1,
        "known_at": known, "known_basis": "recorded", "superseded_at": superseded,
    }  # fmt: skip


@st.composite
def events(draw: st.DrawFn, number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    source = draw(st.sampled_from(["s1", "s2"]))
    occurred = draw(days)
    known = dates.add_days(occurred, draw(st.integers(-5, 100)))
    superseded = draw(st.sampled_from([None, None, None, dates.add_days(known, 60)]))
    ended = draw(st.sampled_from([None, dates.add_days(occurred, draw(st.integers(0, 300)))]))
    late = draw(st.integers(0, 60))
    event = {
        "event_id": f"e{number}",
        "kind": draw(st.sampled_from([*PLAIN, "a.lasting.one", "a.lasting.two"])),
        "agency": draw(st.sampled_from(AGENCIES)),
        "occurred_on": occurred,
        "ended_on": ended,
        "end_known_at": ended and dates.add_days(ended, late),
        "value": draw(st.sampled_from([None, 0.0, 0.25, 0.5, 1.5, 3.0])),
        **provenance(source, known, superseded),
    }
    records = [record for s, record in RECORDS if s == source]
    taken = draw(
        st.lists(st.tuples(st.sampled_from(records), st.sampled_from(ROLES)), min_size=1,
                 max_size=3, unique=True)
    )  # fmt: skip
    age = draw(st.sampled_from([None, 12, 30]))
    people = [
        {"event_id": f"e{number}", "record_id": record, "role": role, "age_at_event": age,
         **provenance(source, known, superseded)}
        for record, role in taken
    ]  # fmt: skip
    return event, people


@st.composite
def residences(draw: st.DrawFn, number: int) -> dict[str, Any]:
    source, record = draw(st.sampled_from(RECORDS))
    started = draw(days)
    return {
        "record_id": record,
        "address_id": f"address{number}",
        "kind": "home",
        "started_on": started,
        "ended_on": draw(st.sampled_from([None, dates.add_days(started, 90)])),
        **provenance(source, dates.add_days(started, draw(st.integers(0, 30)))),
    }


def people_alone() -> dict[str, list[dict[str, Any]]]:
    """Give a world in which nothing has happened yet."""
    agency = {"s1": "police", "s2": "health"}  # one agency a source, as feeds.toml has it
    records = [
        {"source": s, "record_id": r, "agency": agency[s], "batch_id": f"{s}-1", "file": "f",
         "row": i, "known_at": FIRST, "known_basis": "extract", "seal": "S0", "unborn": False,
         "date_of_birth": PEOPLE[["P1", "P2", "P3"].index(LINKS[s, r])]["date_of_birth"]}
        for i, (s, r) in enumerate(RECORDS)
    ]  # fmt: skip
    return {
        "event": [],
        "event_person": [],
        "residence": [],
        "relationship": [],
        "service_involvement": [],
        "person_record": records,
        "person": PEOPLE,
        "person_link": [
            {"source": s, "record_id": r, "person_id": person} for (s, r), person in LINKS.items()
        ],
        "family": [{"family_id": "F1", "family_key": 0}, {"family_id": "F2", "family_key": 1}],
        "family_member": [
            {"family_id": "F1", "person_id": "P1"},
            {"family_id": "F1", "person_id": "P2"},
            {"family_id": "F2", "person_id": "P3"},
        ],
    }


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    happened = [draw(events(i)) for i in range(draw(st.integers(0, 14)))]
    return people_alone() | {
        "event": [event for event, _ in happened],
        "event_person": [person for _, people in happened for person in people],
        "residence": [draw(residences(i)) for i in range(draw(st.integers(0, 4)))],
    }


# --- the future ------------------------------------------------------------------------------

later_days = st.integers(1, 400).map(lambda n: dates.add_days(AS_OF, n))
any_day = st.one_of(days, later_days)


@st.composite
def futures(draw: st.DrawFn, world: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The same world, where more happens or becomes known after the as-of date.

    New events and homes, of the future or only learnt of then; corrections of what was known;
    ends of what was open. What the world itself holds of the future may be gone.
    """
    after = {name: [dict(row) for row in rows] for name, rows in world.items()}
    for name in ("event", "residence"):
        after[name] = [_amended(draw, name, row) for row in after[name] if not _gone(draw, row)]
    kept = {(row["source"], row["event_id"]) for row in after["event"]}
    after["event_person"] = [
        row for row in after["event_person"] if (row["source"], row["event_id"]) in kept
    ]
    for number in range(100, 100 + draw(st.integers(0, 4))):
        event, people = draw(events(number))
        late = {"known_at": draw(later_days), "superseded_at": None}
        after["event"].append({**event, "occurred_on": draw(any_day), **late})
        after["event_person"] += [{**person, **late} for person in people]
    for number in range(100, 100 + draw(st.integers(0, 2))):
        home = draw(residences(number))
        after["residence"].append(
            {**home, "started_on": draw(any_day), "known_at": draw(later_days)}
        )
    return after


def _gone(draw: st.DrawFn, row: dict[str, Any]) -> bool:
    """Say whether a row of the future is left out."""
    happened = row.get("occurred_on") or row.get("started_on")
    return max(row["known_at"], happened) > AS_OF and draw(st.booleans())


def _amended(draw: st.DrawFn, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Learn something of a known row after the as-of date: a correction, or that it ended."""
    changes: dict[str, Any] = {}
    if row["superseded_at"] is None or row["superseded_at"] > AS_OF:
        changes["superseded_at"] = draw(st.one_of(st.none(), later_days))
    if row["ended_on"] is None or row["ended_on"] > AS_OF:
        changes["ended_on"] = draw(st.one_of(st.none(), later_days))
    if table == "event" and "ended_on" in changes:
        changes["end_known_at"] = changes["ended_on"]
    if table == "event" and row["end_known_at"] and row["end_known_at"] > AS_OF:
        changes |= {"ended_on": draw(any_day), "end_known_at": draw(later_days)}
    return {**row, **changes}


# --- to tables -------------------------------------------------------------------------------

INDEX = {
    "person": {"person_id": pa.string(), "person_key": pa.int32(), "date_of_birth": pa.date32()},
    "person_link": {"source": pa.string(), "record_id": pa.string(), "person_id": pa.string()},
    "family": {"family_id": pa.string(), "family_key": pa.int32()},
    "family_member": {"family_id": pa.string(), "person_id": pa.string()},
}


def arrow_tables(world: dict[str, list[dict[str, Any]]]) -> dict[str, pa.Table]:
    found = {}
    for table in tables.SOURCE_TABLES:
        if table.name in world:
            columns = dict(table.columns)
            if table.name in SUPERSEDED:
                columns["superseded_at"] = pa.date32()
            found[table.name] = _arrow(world[table.name], columns)
    return found | {name: _arrow(world[name], columns) for name, columns in INDEX.items()}


def _arrow(rows: list[dict[str, Any]], columns: dict[str, pa.DataType]) -> pa.Table:
    arrays = [pa.array([row.get(name) for row in rows], kind) for name, kind in columns.items()]
    return pa.table(arrays, names=list(columns))


def sources(engine: Engine, world: dict[str, list[dict[str, Any]]], tag: str = "") -> Sources:
    return Sources(
        {name: engine.table(data, f"{name}{tag}") for name, data in arrow_tables(world).items()}
    )


def values(table: pa.Table, ids: list[str]) -> dict[str, dict[str, Any]]:
    rows = table.to_pylist()
    return {ids[row.pop("subject")]: row for row in rows}


def read_parts(folder: Path) -> pa.Table:
    import pyarrow.parquet as pq

    return pa.concat_tables([pq.read_table(f) for f in sorted(folder.glob("part-*.parquet"))])
