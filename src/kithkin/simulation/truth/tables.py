"""The truth as tables that can be read without the program: words and dates in place of codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.simulation import care as services
from kithkin.simulation import life, world
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.county import County
from kithkin.simulation.records import Register
from kithkin.simulation.world import NOBODY

Array = npt.NDArray[np.generic]


def dates(days: npt.NDArray[np.int32]) -> pa.Array:
    """Give day numbers as dates, null for NEVER."""
    return pa.array(days.astype(np.int32), mask=days == NEVER).cast(pa.date32())


def numbers(positions: npt.NDArray[np.int32]) -> pa.Array:
    """Give positions, null for NOBODY."""
    return pa.array(positions, mask=positions == NOBODY)


def words(codes: Array, names: Sequence[str]) -> pa.Array:
    """Give codes as words, null for -1."""
    code = codes.astype(np.int16)
    return pa.DictionaryArray.from_arrays(pa.array(code, mask=code < 0), pa.array(list(names)))


def texts(positions: npt.NDArray[np.int32], strings: pa.StringArray) -> pa.Array:
    """Give the strings at these positions, null for NOBODY."""
    return strings.take(numbers(positions))


def people_tables(county: County) -> Iterator[tuple[str, pa.Table]]:
    """Give persons, households, stays, ties, groups, memberships and places."""
    w = county.world
    yield "persons", _persons(w)
    yield (
        "households",
        pa.table(
            {
                "household": np.arange(len(w.households), dtype=np.int32),
                "kind": words(w.households.kind, world.HOUSEHOLD_KINDS),
                "reference_person": numbers(w.households.reference),
                "poor": w.households.poor,
                "hidden_difference": county.lives.hidden_household,
            }
        ),
    )
    yield (
        "stays",
        pa.table(
            {
                "person": w.stays.person,
                "household": w.stays.household,
                "kind": words(w.stays.kind, world.STAY_KINDS),
                "uprn": w.addresses.uprn[w.stays.address],
                "postcode": texts(w.addresses.postcode[w.stays.address], w.postcodes.text),
                "from": dates(w.stays.start),
                "to": dates(w.stays.end),
            }
        ),
    )
    yield "ties", _spells(w.ties, ("a", "b"), kind=words(w.ties.kind, world.TIE_KINDS))
    yield (
        "groups",
        pa.table(
            {
                "group": np.arange(len(w.groups), dtype=np.int32),
                "kind": words(w.groups.kind, world.GROUP_KINDS),
                "place": numbers(w.groups.place),
                "organised_by": numbers(w.groups.organised_by),
            }
        ),
    )
    yield "memberships", _spells(w.memberships, ("group", "person"))
    yield (
        "places",
        pa.table(
            {
                "place": np.arange(len(w.places), dtype=np.int32),
                "name": w.places.name,
                "kind": words(w.places.kind, world.PLACE_KINDS),
                "postcode": texts(w.places.postcode, w.postcodes.text),
                "pull": w.places.pull,
                "danger": w.places.danger,
            }
        ),
    )


def _spells(
    table: world.Ties | world.Memberships, keys: Sequence[str], **more: pa.Array
) -> pa.Table:
    columns: dict[str, Array | pa.Array] = {key: getattr(table, key) for key in keys}
    return pa.table({**columns, **more, "from": dates(table.start), "to": dates(table.end)})


def _persons(w: world.World) -> pa.Table:
    p = w.people
    names = {
        name: texts(getattr(p, name), w.names)
        for name in ("forename", "middle", "surname", "former_surname", "known_as")
    }
    return pa.table(
        {
            "person": np.arange(len(p), dtype=np.int32),
            **names,
            "born": dates(p.born),
            "died": dates(p.died),
            "arrived": dates(p.arrived),
            "left": dates(p.left),
            "sex": words(p.sex, world.SEXES),
            "ethnicity": words(p.ethnicity, world.ETHNICITIES),
            "heritage": words(p.heritage, w.heritages),
            "mother": numbers(p.mother),
            "father": numbers(p.father),
            "twin": numbers(p.twin),
            "disabled": p.disabled,
        }
    )


def who_is_who(registers: Mapping[str, Register]) -> pa.Table:
    """Give each agency's numbers with the persons they stand for, by feed in order of names."""
    feeds = sorted(registers)
    sizes = [len(registers[feed].person) for feed in feeds]
    return pa.table(
        {
            "feed": words(np.repeat(np.arange(len(feeds)), sizes), feeds),
            "number": _joined([registers[feed].number for feed in feeds], np.int64),
            "person": _joined([registers[feed].person for feed in feeds], np.int32),
        }
    )


def _joined(parts: Sequence[Array], kind: type[np.generic]) -> Array:
    return np.concatenate([*parts, np.empty(0, dtype=kind)]).astype(kind)


def event_tables(county: County) -> Iterator[tuple[str, pa.Table]]:
    """Give happenings, participants, contacts with true need, and outcomes in all worlds."""
    h, c, o = county.happenings, county.care.contacts, county.care.outcomes
    conditions = life.HOUSEHOLD_CONDITIONS + life.CHILD_CONDITIONS
    yield (
        "happenings",
        pa.table(
            {
                "happening": np.arange(len(h), dtype=np.int32),
                "kind": words(h.kind, life.HAPPENINGS),
                "day": dates(h.day),
                **{
                    key: numbers(getattr(h, key))
                    for key in ("child", "household", "place", "group")
                },
                "severity": h.severity,
                "cause": words(h.cause, conditions),
                "mark": h.mark,
                "came_about": county.care.survives,
            }
        ),
    )
    p = county.participants
    yield (
        "participants",
        pa.table({"happening": p.happening, "person": p.person, "part": words(p.part, life.PARTS)}),
    )
    yield (
        "contacts",
        pa.table(
            {
                "child": c.child,
                "day": dates(c.day),
                "source": words(c.source, services.SOURCES),
                "happening": numbers(c.happening),
                "household": numbers(c.household),
                "true_need": c.need,
                "shown": c.shown,
                "worker": c.worker,
                "decision": words(c.decision, services.DECISIONS),
                "referral": numbers(c.referral),
            }
        ),
    )
    flags = ("mature", "returned", "escalated", "escalated_unsupported", "escalated_supported")
    yield (
        "outcomes",
        pa.table({"child": o.child, "day": dates(o.day), **{k: getattr(o, k) for k in flags}}),
    )


def conditions_table(county: County) -> pa.Table:
    """Give the runs of each condition: of which household or child, how severe, from when to when."""
    lives, starts = county.lives, county.calendar.month_starts
    children = lives.children
    of_homes = [_runs(lives.household[name], starts, None) for name in life.HOUSEHOLD_CONDITIONS]
    of_children = [_runs(lives.child[name], starts, children) for name in life.CHILD_CONDITIONS]
    runs = [*of_homes, *of_children]
    names = life.HOUSEHOLD_CONDITIONS + life.CHILD_CONDITIONS
    code = np.repeat(np.arange(len(names)), [len(run[0]) for run in runs])
    of_home = code < len(life.HOUSEHOLD_CONDITIONS)
    whose, severity, first, last = (
        np.concatenate([run[column] for run in runs]) for column in range(4)
    )
    return pa.table(
        {
            "household": pa.array(whose, mask=~of_home),
            "child": pa.array(whose, mask=of_home),
            "condition": words(code, names),
            "severity": severity,
            "from": dates(first),
            "to": dates(last),
        }
    )


def _runs(
    states: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int32],
    numbering: npt.NDArray[np.int32] | None,
) -> tuple[Array, Array, Array, Array]:
    """Give owner, severity, first and last day of each run of one severity above none."""
    rows = np.flatnonzero(states.any(axis=0)).astype(np.int32)
    by_row = states[:, rows].T
    edge = np.zeros((len(rows), 1), dtype=np.uint8)
    wide = np.concatenate([edge, by_row, edge], axis=1)
    changes = wide[:, 1:] != wide[:, :-1]
    row, month = np.nonzero(changes)
    severity = wide[row, month + 1]
    ends = np.append(month[1:], 0)
    kept = severity > 0
    owner = rows[row[kept]]
    owner = owner if numbering is None else numbering[owner]
    return owner, severity[kept], starts[month[kept]], starts[ends[kept]] - 1
