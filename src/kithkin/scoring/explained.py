"""The reasons for one score: every event that counts, what it gives, and what it was.

The points add up to the index. They are made from the stored contributions when somebody asks,
so that a county's are never written out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from math import fsum
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.model import dates
from kithkin.policy.themes import Component, TrackName
from kithkin.scoring.indices import index_of
from kithkin.scoring.kernel import ALL
from kithkin.scoring.plan import POVERTY, UNPROVEN, Plan
from kithkin.scoring.scores import network_points
from kithkin.scoring.stored import Rows
from kithkin.scoring.tables import ContributionTable


@dataclass(frozen=True)
class Person:
    """What the stored contributions have of one person, and the day on which they were born."""

    key: int
    born: int  # day number, or indices.NEVER_BORN
    rows: Rows
    sets: Sequence[Sequence[int]]


Standing = Literal["passed", "open", "ended", "unclosed"]


@dataclass(frozen=True)
class Contribution:
    """What one event gives to a person's index on a date.

    standing : of what lasts, whether it is open, has ended, or was open for so long that it is
        taken to have ended; else passed. fades_from, age_days : the day from which it fades, and
        the days since; 0 while it is open.
    evidence : gravity x weight x decay. counted : the same after the component's cap, by which
    all its rows are scaled alike. points : of the index.
    """

    component: str
    event_no: int
    kind: str
    occurred: int
    known: int
    gravity: float
    weight: float
    standing: Standing
    fades_from: int
    age_days: int
    decay: float
    evidence: float
    counted: float
    points: float
    poverty_proxy: bool
    unproven: bool


@dataclass(frozen=True)
class Without:
    """What a score would be if one record were not there, ties left as they are."""

    event_no: int
    index: float
    score: float


def contributions_of(
    person: Person, plan: Plan, theme: str, track: TrackName, on: date
) -> list[Contribution]:
    """Give every event that counts for a person's index on a date, by component, latest first.

    Nobody who is not of the track's ages on the date has any. `KeyError` when there is no such
    track.
    """
    position = plan.position(theme, track)
    index = float(_indices(person, plan, on)[position])
    if index == 0.0:
        return []
    day = dates.day_number(on)
    made = {
        place: _of_component(person, plan, place, day)
        for place, planned in enumerate(plan.components)
        if planned.track == position
    }
    most = {place: plan.components[place].component.at_most for place in made}
    kept = {place: _capped(mine, most[place]) for place, mine in made.items()}
    for together in plan.once:
        if together[0] in made:
            capped = fsum(one.counted for place in together for one in kept[place])
            kept |= _once(person.rows, {place: made[place] for place in together}, capped)
    counted = [one for place in sorted(kept) for one in kept[place]]
    whole = fsum(one.counted for one in counted)
    return [replace(one, points=index * one.counted / whole) for one in counted]


def _indices(person: Person, plan: Plan, on: date) -> Any:
    """Give the person's index on every track."""
    return index_of(person.rows, person.sets, plan, person.born, [on])[ALL, 0]


def _of_component(person: Person, plan: Plan, place: int, day: int) -> list[Contribution]:
    rows, planned = person.rows, plan.components[place]
    component = planned.component
    counting = [
        row
        for row in range(len(rows.event_no))
        if place in person.sets[rows.counts_for[row]]
        and rows.occurred[row] <= day
        and rows.known[row] <= day < rows.superseded[row]
        and day - rows.fades_from[row] < component.window_days
    ]
    names = sorted(plan.policy.kinds)
    made = []
    for row in _most_of_each_event(rows, plan, component, counting, day):
        kind, gravity = rows.kind[row], float(plan.gravity[rows.kind[row]])
        age = _age(rows, row, day)
        decay = float(np.exp2(-age / component.half_life_days))
        evidence = component.weight * gravity * decay
        made.append(
            Contribution(
                component=planned.name,
                event_no=int(rows.event_no[row]),
                kind=names[kind],
                occurred=int(rows.occurred[row]),
                known=int(rows.known[row]),
                gravity=gravity,
                weight=component.weight,
                standing=_standing(rows, row, plan, names[kind], day),
                fades_from=int(rows.fades_from[row]),
                age_days=age,
                decay=decay,
                evidence=evidence,
                counted=evidence,
                points=0.0,
                poverty_proxy=bool(plan.marks[kind] & POVERTY),
                unproven=bool(plan.marks[kind] & UNPROVEN),
            )
        )
    return sorted(made, key=lambda one: (-one.occurred, one.event_no))


def _age(rows: Rows, row: int, day: int) -> int:
    """Give the days for which a row has faded."""
    return max(0, day - int(rows.fades_from[row]))


def _standing(rows: Rows, row: int, plan: Plan, kind: str, day: int) -> Standing:
    most = plan.policy.open_at_most(kind)
    if most is None:
        return "passed"
    if rows.fades_from[row] > day:
        return "open"
    return "unclosed" if rows.fades_from[row] == rows.occurred[row] + most else "ended"


def _most_of_each_event(
    rows: Rows, plan: Plan, component: Component, counting: list[int], day: int
) -> Iterator[int]:
    """Give the row of each event that gives most; of rows that give the same, the one known first."""

    def gives(row: int) -> float:
        decay = np.exp2(-_age(rows, row, day) / component.half_life_days)
        return float(plan.gravity[rows.kind[row]] * decay)

    by_event = sorted(counting, key=lambda row: int(rows.event_no[row]))
    for _, same in groupby(by_event, key=lambda row: int(rows.event_no[row])):
        yield min(same, key=lambda row: (-gives(row), rows.known[row], row))


def _capped(made: list[Contribution], at_most: float) -> list[Contribution]:
    whole = fsum(one.evidence for one in made)
    share = min(1.0, at_most / whole) if whole > 0 else 1.0
    return [replace(one, counted=one.evidence * share) for one in made]


def _once(
    rows: Rows, made: dict[int, list[Contribution]], at_most: float
) -> dict[int, list[Contribution]]:
    """Keep of each occasion what gives most in any of the components, which keeps it."""
    occasion = dict(zip(rows.event_no.tolist(), rows.occasion.tolist(), strict=True))
    best: dict[int, tuple[float, int, int]] = {}
    for place, mine in sorted(made.items()):
        for one in mine:
            key, rank = occasion[one.event_no], (-one.evidence, place, one.event_no)
            best[key] = min(best.get(key, rank), rank)
    kept = {(place, event_no) for _, place, event_no in best.values()}
    share = min(1.0, at_most / whole) if (whole := -fsum(rank[0] for rank in best.values())) else 0
    return {
        place: [replace(one, counted=one.evidence * share) for one in mine
                if (place, one.event_no) in kept]
        for place, mine in made.items()
    }  # fmt: skip


def without_each(
    person: Person, plan: Plan, theme: str, track: TrackName, on: date, *, attention: float = 0.0
) -> list[Without]:
    """Say what the score would be without each record that counts for it, the weightiest first.

    The index is computed anew without the record, caps and all. A kind that is derived from two
    records goes with the later of them, whose event it is.

    Parameters
    ----------
    attention : what reaches the person through the network; it does not depend on their own
        evidence, and ties are left as they are.

    """
    position = plan.position(theme, track)
    network = plan.tracks[position].theme.network
    events = {one.event_no for one in contributions_of(person, plan, theme, track, on)}
    found = []
    for event_no in sorted(events):
        rest = replace(person, rows=_rows_without(person.rows, event_no))
        index = float(_indices(rest, plan, on)[position])
        points = float(network_points(network, index, attention)) if network else 0.0
        found.append(Without(event_no, index, index + points))
    return sorted(found, key=lambda one: (one.score, one.event_no))


def _rows_without(rows: Rows, event_no: int) -> Rows:
    """Leave out an event of one person."""
    kept = rows.event_no != event_no
    return replace(
        rows,
        starts=np.array([0, kept.sum()], np.int64),
        occasion=rows.occasion[kept],
        event_no=rows.event_no[kept],
        occurred=rows.occurred[kept],
        known=rows.known[kept],
        superseded=rows.superseded[kept],
        fades_from=rows.fades_from[kept],
        kind=rows.kind[kept],
        counts_for=rows.counts_for[kept],
    )


# --- as a table ------------------------------------------------------------------------------


def contribution_table(
    person: Person, plan: Plan, theme: str, track: TrackName, on: date, fact_event: Path
) -> ContributionTable:
    """Give the contributions with the source rows of their events.

    Parameters
    ----------
    fact_event : the file with a row an `event_no`, and the source, batch, table and row it is.

    """
    made = contributions_of(person, plan, theme, track, on)
    sources = source_rows(fact_event, [one.event_no for one in made])
    shared = {"as_of": on, "person_key": person.key, "theme": theme, "track": track}
    derived = ("occurred", "known", "fades_from")
    return ContributionTable.from_rows(
        {
            **shared,
            **{name: value for name, value in vars(one).items() if name not in derived},
            **sources[one.event_no],
            "occurred_on": dates.from_day_number(one.occurred),
            "known_on": dates.from_day_number(one.known),
            "fades_from_on": dates.from_day_number(one.fades_from),
        }
        for one in made
    )


def source_rows(fact_event: Path, event_numbers: Sequence[int]) -> dict[int, dict[str, str]]:
    """Give source, batch, table and row of events by their numbers."""
    wanted = pc.field("event_no").isin(sorted(set(event_numbers)))
    rows = pq.read_table(fact_event, filters=wanted).to_pylist()
    return {row.pop("event_no"): row for row in rows}
