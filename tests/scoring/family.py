"""A family, their friends and two men who harm them: ten people and thirty events, as agencies sent them.

Ages of events are multiples of a hundred days and so are half-lives, so that what is left of
gravity is a half, a quarter or an eighth of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from indicators import worlds as canonical
from kithkin.engine import Engine, write_table
from kithkin.indicators.parts import Sources, code_parts
from kithkin.model import dates
from kithkin.network import Evidence, tie_evidence
from kithkin.people.tables import HouseholdMemberTable
from kithkin.policy import Policy
from kithkin.policy.models import Role
from kithkin.policy.networks import TIE_RULES
from kithkin.policy.themes import Scoring, Theme, Track
from kithkin.scoring import Plan, StoredContributions, born_days, store_contributions
from scoring import worlds

AS_OF = date(2026, 1, 31)

PEOPLE = {
    "Ava": date(2011, 6, 1),  # 14
    "Ben": date(2009, 3, 1),  # 16, her brother
    "Cara": date(2017, 5, 5),  # 8, her sister
    "Dana": date(1987, 8, 9),  # 38, their mother
    "Evan": date(1984, 1, 31),  # 42 today, Cara's father
    "Finn": date(2008, 2, 1),  # 17; 18 tomorrow
    "Gus": date(2001, 4, 4),  # 24
    "Hal": date(1995, 7, 7),  # 30
    "Isla": date(2010, 9, 9),  # 15, Ava's friend
    "Joan": None,  # nobody knows when she was born
}
NAMES = list(PEOPLE)

# Days ago that it happened and became known (below nought: to come), the day before which a later
# version took its place, the kind, and who took part in which role. After the kind of what lasts
# and has ended: days ago that it ended, and that this became known.
EVENTS = """
 1 |   0 |   0 |    | police.missing               | Ava subject
 2 | 100 |  99 |    | police.missing               | Ava subject, Isla subject
 3 | 200 | 200 |    | police.missing               | Ava subject
 4 | 365 | 365 |    | police.missing               | Ava subject
 5 |   5 |  -1 |    | police.missing               | Ava subject
 6 | 100 |  90 |    | police.crime.exploitation    | Ava victim, Gus suspect, Hal suspect
 7 | 200 | 190 |    | police.crime.exploitation    | Ava victim, Hal suspect
 8 | 100 | 100 |    | police.intelligence          | Ava subject
 9 | 300 | 280 |    | police.intelligence          | Ava subject, Gus suspect
10 | 100 | 100 | 50 | police.missing               | Ben subject
11 | 100 |  50 |    | police.missing               | Isla subject
12 | 200 | 200 |    | police.missing               | Ben subject
13 | 400 | 390 |    | police.crime.assault         | Ben victim, Hal suspect
14 | 200 | 200 |    | police.crime.assault         | Finn suspect, Ben suspect, Isla victim
15 | 200 | 150 |    | police.crime.exploitation    | Finn suspect, Isla victim
16 | 100 | 100 |    | police.crime.exploitation    | Joan victim
17 | 100 | 100 |    | education.absence            | Ben subject
18 | 100 |  98 |    | education.absence            | Ben subject
19 | 200 | 200 |    | education.absence            | Ben subject
20 | 200 | 200 |    | education.absence            | Cara subject
21 | 100 |  95 |    | police.domestic              | Dana victim, Evan suspect, Cara present
22 | 300 | 300 |    | police.domestic              | Dana victim, Evan suspect, Cara present, Ben present
23 | 400 | 400 |    | education.out_of_school 100 90 | Cara subject
24 | 100 | 100 |    | housing.arrears              | Dana subject, Cara child, Ben child
25 | 300 | 300 |    | education.out_of_school      | Finn subject
26 | 600 | 600 |    | police.crime.exploitation    | Gus suspect, Hal suspect
27 | 200 | 200 |    | police.intelligence          | Hal suspect
28 |   0 |   0 |    | police.missing               | Finn subject
29 | 600 | 590 |    | education.out_of_school      | Ben subject
30 | 100 | 100 |    | education.absence            | Ava subject, Ava subject
"""

ROLES = ("victim", "present", "child", "subject", "suspect")
# harm_days_top is 10,000: a day of harm has gravity 1, a hundred 3, ten thousand 5.
SCORING = Scoring(harm_days_top=10_000.0, adult=18, open_at_most_days=500, trend_months=6, trend_points=5.0,
                  trend_swings=2.0, high_from=70.0)  # fmt: skip
KINDS = [
    worlds.kind("police.crime.exploitation", 4, harm_days=10_000.0, roles=ROLES),
    worlds.kind("police.crime.assault", 2, harm_days=100.0, roles=ROLES),
    worlds.kind("police.missing", 2, roles=ROLES),
    worlds.kind("police.intelligence", 4, unproven=True, roles=ROLES),
    worlds.kind("police.domestic", 3, roles=ROLES),
    worlds.kind("education.absence", 1, roles=ROLES),
    worlds.kind("education.out_of_school", 2, lasting=True, roles=ROLES),
    worlds.kind("housing.arrears", 2, poverty_proxy=True, roles=ROLES),
]


def component(kind: str, role: str, **more: Any) -> Any:
    return worlds.component([kind], roles=(role,), **({"half_life_days": 100} | more))


def exploitation() -> Theme:
    crime = ["police.crime.exploitation", "police.crime.assault"]
    return worlds.theme(
        "exploitation",
        network=worlds.NETWORK,
        victim=Track(ages=(0, 17), halfway=4.0, components={
            "offences": component("police.crime.exploitation", "victim", at_most=8.0),
            "missing": component("police.missing", "subject", window_days=365, at_most=3.0),
            "intelligence": component("police.intelligence", "subject", weight=0.5, at_most=4.0),
        }),
        perpetrator=Track(ages=(18, 130), halfway=2.5, components={
            "offences": worlds.component(crime, roles=("suspect",), window_days=600,
                                         half_life_days=200, at_most=20.0),
            "intelligence": component("police.intelligence", "suspect", weight=0.5, at_most=4.0),
        }),
    )  # fmt: skip


def neglect() -> Theme:
    return worlds.theme(
        "neglect",
        concern="need",
        victim=Track(ages=(0, 17), halfway=2.0, components={
            "absence": component("education.absence", "subject", at_most=1.0),
            "domestic": component("police.domestic", "present"),
            "arrears": component("housing.arrears", "child", weight=0.5),
            "out_of_school": component("education.out_of_school", "subject", window_days=200),
        }),
    )  # fmt: skip


def rule(name: str, source: str, **more: Any) -> Any:
    plain: dict[str, Any] = {
        "name": name, "title": name, "source": source, "nature": "peer", "weight": 1.0,
        "half_life_days": 100, "at_most": 8.0, "most_people": 6, "basis": "test",
    }  # fmt: skip
    return TIE_RULES[source](**(plain | more))


RULES = (
    rule("co_suspects", "events", roles=("suspect",), at_most=2.5, perpetrator_network=True,
         kinds=("police.crime.exploitation", "police.crime.assault")),
    rule("harm", "events", roles=("suspect",), other_roles=("victim",),
         kinds=("police.crime.exploitation",)),
    rule("missing_together", "events", roles=("subject",), kinds=("police.missing",)),
    rule("sibling", "relationship", nature="family", relationships=("sibling",)),
)  # fmt: skip


def policy() -> Policy:
    roles = {
        name: Role(title=name, description=name, phrase=name,
                   harmed=name in ("victim", "present", "child"))
        for name in ROLES
    }  # fmt: skip
    themes = {"exploitation": exploitation(), "neglect": neglect()}
    plain = worlds.policy_of(KINDS, scoring=SCORING, themes=themes, ties={r.name: r for r in RULES})
    return plain.model_copy(update={"roles": roles})


def plan() -> Plan:
    return Plan(policy())


# --- as agencies sent it ---------------------------------------------------------------------


def ago(days: str) -> date:
    return dates.add_days(AS_OF, -int(days))


def source_rows() -> dict[str, list[dict[str, Any]]]:
    """Give the rows of the canonical tables that the thirty events fill."""
    world = canonical.people_alone()
    first = date(2023, 1, 1)
    world |= {
        "person_record": [
            {"source": "s1", "record_id": name, "agency": "police", "date_of_birth": born,
             "seal": "S0", "unborn": False, **without_source(canonical.provenance("s1", first))}
            for name, born in PEOPLE.items()
        ],
        "person": [
            {"person_id": name, "person_key": key, "date_of_birth": born}
            for key, (name, born) in enumerate(PEOPLE.items())
        ],
        "person_link": [
            {"source": "s1", "record_id": name, "person_id": name} for name in NAMES
        ],
        "family": [], "family_member": [],
        "relationship": [
            {"record_id": "Ava", "other_record_id": "Cara", "kind": "sibling",
             **canonical.provenance("s1", first)},
        ],
    }  # fmt: skip
    for line in EVENTS.strip().splitlines():
        number, happened, known, superseded, kind, people = (f.strip() for f in line.split("|"))
        provenance = canonical.provenance("s1", ago(known), ago(superseded) if superseded else None)
        kind, *ended = kind.split()
        end = dict(zip(("ended_on", "end_known_at"), map(ago, ended), strict=False))
        world["event"].append(
            {"event_id": f"e{number.zfill(2)}", "kind": kind, "agency": "police",
             "occurred_on": ago(happened), **end, **provenance}
        )  # fmt: skip
        world["event_person"] += [
            {"event_id": f"e{number.zfill(2)}", "record_id": record, "role": role, **provenance}
            for record, role in (person.split() for person in people.split(","))
        ]
    return world


def without_source(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("source", "superseded_at")}


@dataclass(frozen=True)
class Told:
    """The family's contributions, stored, and the evidence of its ties, with the file that names each event's source row."""

    stored: StoredContributions
    evidence: Evidence
    fact_event: Path
    born: Any


def tell(
    engine: Engine, folder: Path, as_of: date = AS_OF, deaths: dict[str, date] | None = None
) -> Told:
    """Code and store what the agencies sent, as it was known on a date; `deaths` as they were known."""
    arrow = canonical.arrow_tables(source_rows())
    arrow["household_member"] = HouseholdMemberTable.from_rows([]).data
    sources = Sources({name: engine.table(table, name) for name, table in arrow.items()})
    coded = code_parts(engine, sources, policy(), as_of=as_of)
    target = StoredContributions(folder / "contributions")
    dead = pa.table(
        {
            "person_key": pa.array([NAMES.index(name) for name in deaths or {}], pa.int32()),
            "gone": pa.array(map(dates.day_number, (deaths or {}).values()), pa.int32()),
        }
    )
    store_contributions(engine, coded.parts, plan(), len(PEOPLE), target, dead)
    fact_event = folder / "fact_event.parquet"
    write_table(engine.arrow(coded.events.order_by("event_no")), fact_event)
    evidence = tie_evidence(engine, sources, coded, policy(), as_of=as_of)
    return Told(target, evidence, fact_event, born_days(arrow["person"]))
