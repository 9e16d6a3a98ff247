"""Small worlds for the network: a policy of each sort of rule, and rows that it can be asked of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from indicators.worlds import SUPERSEDED, provenance
from kithkin.engine import Engine
from kithkin.indicators import Sources
from kithkin.indicators.parts import code_parts
from kithkin.model import dates, tables
from kithkin.network import Choice, Evidence, strengths_on, tie_evidence
from kithkin.people.tables import HouseholdMemberTable
from kithkin.policy import Policy
from kithkin.policy.models import Agency, Gateway, Header, Kind, Retention, Role
from kithkin.policy.networks import TIE_RULES
from kithkin.policy.themes import Scoring

FIRST = date(2024, 1, 1)
AS_OF = date(2026, 1, 31)
ROLES = ("subject", "victim", "suspect", "child")
AGENCIES = {"s1": "police", "s2": "health"}

# Of "crime.grave", 10 days of harm on a scale whose top is 10,000: 1 + 4 * log 10 / log 10,000 = 2.
KINDS: dict[str, dict[str, Any]] = {
    "crime.grave": {"gravity": 1, "harm_days": 10.0},
    "crime.mild": {"gravity": 1},
    "report.heard": {"gravity": 3, "unproven": True},
    "report.nothing": {"gravity": 0},
    "flag.group": {"gravity": 2, "lasting": True, "open_at_most_days": 300},
    "home.incident": {"gravity": 2},
    "school.roll": {"gravity": 0, "lasting": True},
    "care.assessed": {"gravity": 4},
    "residence.home": {"gravity": 0, "lasting": True},
    "residence.moved": {"gravity": 0},
    "relationship.mother": {"gravity": 0, "lasting": True},
    "relationship.partner": {"gravity": 0, "lasting": True},
    "social_care.person.born": {"gravity": 0},
}
SUSPECTED = ("crime.grave", "crime.mild", "report.heard", "report.nothing", "flag.group")
RULES: dict[str, dict[str, Any]] = {
    "assessed": {
        "source": "events", "kinds": ("care.assessed",), "roles": ("subject", "child"),
        "nature": "professional", "at_most": 9.0,
    },
    "at_school": {
        "source": "membership", "kinds": ("school.roll",), "nature": "peer", "weight": 4.0,
        "at_most": 9.0,
    },
    "co_suspects": {
        "source": "events", "kinds": SUSPECTED, "roles": ("suspect",), "nature": "peer",
        "weight": 1.5, "half_life_days": 100, "at_most": 4.0, "most_people": 4,
        "reliability": 0.8, "perpetrator_network": True,
    },
    "harm": {
        "source": "events", "kinds": SUSPECTED, "roles": ("suspect",),
        "other_roles": ("victim", "child"), "unless_kinds": ("home.incident",),
        "nature": "peer", "half_life_days": 200,
        "at_most": 8.0, "most_people": 5,
    },
    "home": {
        "source": "household", "least_days": 30, "nature": "family", "weight": 6.0,
        "half_life_days": 50, "at_most": 7.0, "most_people": 3,
    },
    "kin": {
        "source": "relationship", "relationships": ("mother", "partner"), "nature": "family",
        "weight": 3.0, "at_most": 5.0, "reliability": 0.5,
    },
}  # fmt: skip


def rule(name: str, **more: Any) -> Any:
    plain = {
        "name": name, "title": name, "weight": 1.0, "half_life_days": 365, "most_people": 6,
        "basis": "test",
    }  # fmt: skip
    fields = plain | RULES[name] | more
    return TIE_RULES[fields["source"]](**fields)


def kind(name: str) -> Kind:
    return Kind(
        name=name, title=name, agency="police", roles=ROLES, retention="r", gateway="g",
        **KINDS[name],
    )  # fmt: skip


def policy_of(*rules: Any) -> Policy:
    """Make a policy of these rules, or of all."""
    chosen = rules or [rule(name) for name in RULES]
    return Policy(
        header=Header(name="test", version="1", description="test"),
        agencies={name: Agency(title=name) for name in AGENCIES.values()},
        gateways={"g": Gateway(title="g", statute="g")},
        retention={"r": Retention(title="r", years=1)},
        roles={name: Role(title=name, description=name, phrase=name) for name in ROLES},
        kinds={name: kind(name) for name in KINDS},
        indicators={},
        left_out={},
        scoring=Scoring(
            harm_days_top=10_000.0, adult=18, open_at_most_days=500, high_from=60.0, trend_months=12, trend_points=10.0,
            trend_swings=2.0,
        ),
        ties={one.name: one for one in chosen},
    )  # fmt: skip


# --- rows ------------------------------------------------------------------------------------

Part = tuple[int, str]  # a person and a role


@dataclass
class World:
    """Rows of the canonical tables, added one by one; person n has a record n in both sources."""

    persons: int = 6
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)

    def _add(self, table: str, row: dict[str, Any]) -> None:
        self.rows.setdefault(table, []).append(row)

    def event(
        self, kind: str, on: date, *parts: Part, known: date | None = None,
        superseded: date | None = None, group: str | None = None, source: str = "s1",
        ended: date | None = None, end_known: date | None = None, detail: str | None = None,
    ) -> None:  # fmt: skip
        origin = provenance(source, known or on, superseded)
        name = f"e{len(self.rows.get('event', []))}"
        self._add("event", {
            "event_id": name, "kind": kind, "agency": AGENCIES[source], "occurred_on": on,
            "ended_on": ended, "end_known_at": end_known or ended, "group_id": group,
            "detail": detail, **origin,
        })  # fmt: skip
        for person, role in parts:
            self._add("event_person", {
                "event_id": name, "record_id": f"r{person}", "role": role, **origin,
            })  # fmt: skip

    def home(
        self, person: int, address: str, start: date | None, end: date | None = None, *,
        known: date | None = None, source: str = "s1", moved: bool = False,
    ) -> None:  # fmt: skip
        self._add("residence", {
            "record_id": f"r{person}", "address_id": address, "kind": "home",
            "started_on": start, "ended_on": end,
            **provenance(source, known or start or FIRST),
        })  # fmt: skip
        self._add("household_member", {
            "household_id": address, "person_id": f"P{person}", "started_on": start,
            "ended_on": end, "ended_by": end and ("moved" if moved else "recorded"), "current": end is None,
        })  # fmt: skip

    def told_again(
        self, person: int, address: str, start: date | None, end: date | None, *, known: date,
        source: str,
    ) -> None:  # fmt: skip
        """Add another agency's record of a home that is known already."""
        self._add("residence", {
            "record_id": f"r{person}", "address_id": address, "kind": "home",
            "started_on": start, "ended_on": end, **provenance(source, known),
        })  # fmt: skip

    def relation(
        self, one: int, other: int, kind: str = "mother", start: date | None = None, *,
        end: date | None = None, known: date = FIRST, superseded: date | None = None,
        source: str = "s1",
    ) -> None:  # fmt: skip
        self._add("relationship", {
            "record_id": f"r{one}", "other_record_id": f"r{other}", "kind": kind,
            "started_on": start, "ended_on": end, **provenance(source, known, superseded),
        })  # fmt: skip

    def tables(self) -> dict[str, pa.Table]:
        """Give all rows as Arrow tables."""
        rows = {name: self.rows.get(name, []) for name in EMPTY} | self.rows | self._people()
        return {name: _arrow(rows[name], SCHEMAS[name]) for name in SCHEMAS}

    def _people(self) -> dict[str, list[dict[str, Any]]]:
        who = range(self.persons)
        records = [
            {"record_id": f"r{n}", "agency": AGENCIES[source], "seal": "S0", "unborn": False,
             **provenance(source, FIRST)}
            for source in AGENCIES for n in who
        ]  # fmt: skip
        return {
            "person_record": records,
            "person": [{"person_id": f"P{n}", "person_key": n} for n in who],
            "person_link": [
                {"source": source, "record_id": f"r{n}", "person_id": f"P{n}"}
                for source in AGENCIES
                for n in who
            ],
        }


EMPTY = ("event", "event_person", "residence", "relationship", "service_involvement",
         "household_member")  # fmt: skip
INDEX = {
    "person": {"person_id": pa.string(), "person_key": pa.int32(), "date_of_birth": pa.date32()},
    "person_link": {"source": pa.string(), "record_id": pa.string(), "person_id": pa.string()},
    "household_member": dict(HouseholdMemberTable.columns),
}
SCHEMAS = {
    table.name: dict(table.columns)
    | ({"superseded_at": pa.date32()} if table.name in SUPERSEDED else {})
    for table in tables.SOURCE_TABLES
    if table.name in (*EMPTY, "person_record")
} | INDEX


def _arrow(rows: list[dict[str, Any]], columns: dict[str, pa.DataType]) -> pa.Table:
    arrays = [pa.array([row.get(name) for row in rows], kind) for name, kind in columns.items()]
    return pa.table(arrays, names=list(columns))


# --- asking ----------------------------------------------------------------------------------


def evidence_of(
    engine: Engine, world: World, policy: Policy, as_of: date = AS_OF, shuffle: int | None = None
) -> Evidence:
    """Find the evidence in a world; `shuffle` puts the rows of every table in another order."""
    data = world.tables()
    if shuffle is not None:
        random = np.random.default_rng(shuffle)
        data = {name: table.take(random.permutation(len(table))) for name, table in data.items()}
    sources = Sources({name: engine.table(table, name) for name, table in data.items()})
    coded = code_parts(engine, sources, policy, as_of=as_of)
    return tie_evidence(engine, sources, coded, policy, as_of=as_of)


def strengths(
    evidence: Evidence, policy: Policy, day: date, choice: Choice | None = None
) -> dict[tuple[int, int], float]:
    """Give the strength of each pair that has any, on one day."""
    found = next(strengths_on(evidence, policy, [day], [choice or Choice()])).strength[0]
    a, b = evidence.pairs
    return {(int(a[i]), int(b[i])): float(found[i]) for i in np.flatnonzero(found)}


# --- random worlds ---------------------------------------------------------------------------

days = st.integers(0, 760).map(lambda n: dates.add_days(FIRST, n))
persons = st.integers(0, 4)


@st.composite
def random_worlds(draw: st.DrawFn, most: int = 10) -> World:
    world = World(5)
    for _ in range(draw(st.integers(0, most))):
        _random_event(draw, world)
    for person in draw(st.lists(persons, max_size=5, unique=True)):
        _random_home(draw, world, person)
    for one, other in draw(st.lists(st.tuples(persons, persons), max_size=3, unique=True)):
        start = draw(st.one_of(st.none(), days))
        known = draw(days)
        world.relation(
            one, other, draw(st.sampled_from(["mother", "partner", "sibling"])), start,
            end=draw(st.sampled_from([None, start and dates.add_days(start, 200)])),
            known=known, superseded=draw(st.sampled_from([None, dates.add_days(known, 90)])),
            source=draw(st.sampled_from(["s1", "s2"])),
        )  # fmt: skip
    for person in draw(st.lists(persons, max_size=5)):
        start = draw(days)
        world.event(
            "school.roll", start, (person, "subject"), known=dates.add_days(start, 20),
            ended=draw(st.sampled_from([None, dates.add_days(start, 150)])),
            detail=draw(st.sampled_from(["A", "B"])),
        )  # fmt: skip
    return world


def _random_event(draw: st.DrawFn, world: World) -> None:
    on = draw(days)
    known = dates.add_days(on, draw(st.sampled_from([0, 10, 60])))
    parts: Iterable[Part] = draw(
        st.lists(st.tuples(persons, st.sampled_from(ROLES)), min_size=1, max_size=6, unique=True)
    )
    lasted, late = draw(st.sampled_from([(0, 0), (30, 0), (200, 90), (400, 20)]))
    kind, ended = (
        draw(st.sampled_from([*SUSPECTED, "care.assessed", "home.incident"])),
        dates.add_days(on, lasted),
    )
    still_open = kind != "flag.group" or draw(st.booleans())
    world.event(
        kind, on, *parts, known=known, ended=None if still_open else ended,
        end_known=None if still_open else dates.add_days(ended, late),
        superseded=draw(st.sampled_from([None, None, dates.add_days(known, 120)])),
        group=draw(st.sampled_from([None, "g1", "g2"])),
        source=draw(st.sampled_from(["s1", "s2"])),
    )  # fmt: skip


def _random_home(draw: st.DrawFn, world: World, person: int) -> None:
    start = draw(st.one_of(st.none(), days))
    known = dates.add_days(start or FIRST, draw(st.sampled_from([0, 40])))
    end = start and draw(
        st.sampled_from([None, dates.add_days(start, 20), dates.add_days(start, 300)])
    )
    moved = end is not None and draw(st.booleans())
    source = draw(st.sampled_from(["s1", "s2"]))
    place = draw(st.sampled_from(["here", "there"]))
    world.home(person, place, start, end, known=known, source=source, moved=moved)
    if draw(st.booleans()):  # told again later, by another agency
        later = dates.add_days(known, 70)
        world.told_again(person, place, start, end, known=later, source="s2")
    if moved and end is not None and draw(st.booleans()):
        later = dates.add_days(end, draw(st.sampled_from([0, 50])))
        world.home(person, "here" if place == "there" else "there", end, known=later)
