"""From canonical tables to what happened at which place, who took part, and who belongs there.

Every expression here runs alike on DuckDB and Spark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import pyarrow as pa

from kithkin.engine import Engine
from kithkin.indicators.parts import EVER, CodedParts, Sources
from kithkin.model.tables import TypedTable
from kithkin.network.places.tables import PlacePartTable, PlaceStayTable
from kithkin.policy import Policy
from kithkin.policy.gatherings import PlaceKind, Places

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts


@dataclass(frozen=True)
class PlaceRows:
    """What places are told from: what happened there, and who belongs there."""

    parts: PlacePartTable
    stays: PlaceStayTable


def place_rows(
    engine: Engine,
    sources: Sources,
    coded: CodedParts,
    policy: Policy,
    settings: Places,
    *,
    as_of: date,
) -> PlaceRows:
    """Gather what places are told from.

    Parameters
    ----------
    sources : with `event`, `address`, `residence`, `person_link` and `person`.
    coded : the parts of these sources on the date.
    as_of : what happened or became known after it is left out.

    """
    events = _events(sources, _kinds(settings), as_of)
    stays = engine.keep(_stays(sources, settings, as_of), "place_stay")
    took_part = engine.keep(_took_part(coded, policy), "place_took_part")
    at = _at_address(events, settings).union(_in_sector(sources, events, settings))
    parts = at.left_join(took_part, ["source", "batch_id", "event_id"])
    parts = parts.select(*at.columns, "person_key", "age", "harmed")
    pupils = _of_pupils(events, took_part, stays, settings)
    every = parts.union(pupils.select(parts.columns)).select(list(PlacePartTable.columns))
    return PlaceRows(
        PlacePartTable(_arrow(engine, every.distinct(), PlacePartTable)),
        PlaceStayTable(_arrow(engine, stays.distinct(), PlaceStayTable)),
    )


def _kinds(settings: Places, at: PlaceKind | None = None) -> list[str]:
    measures = settings.measures.values()
    return sorted({k for one in measures if at is None or at in one.at for k in one.kinds})


def _events(sources: Sources, kinds: Iterable[str], as_of: date) -> Table:
    event, day = sources["event"], ibis.literal(as_of)
    event = event.filter(event.kind.isin(list(kinds)), event.occurred_on <= day)
    event = event.filter(event.known_at <= day)
    alone = ibis.literal("event|") + event.batch_id + "|" + event.event_id
    group = ibis.literal("group|") + event.group_id
    occurred = _day(event.occurred_on)
    return event.select(
        "source",
        "batch_id",
        "event_id",
        "address_id",
        "kind",
        occasion=event.source + "|" + ibis.coalesce(group, alone),
        occurred=occurred,
        known=ibis.greatest(_day(event.known_at), occurred),
        superseded=_by(event.superseded_at, day),
    )


def _took_part(coded: CodedParts, policy: Policy) -> Table:
    """Give who took part in which event, of what age, and whether as one who was harmed."""
    harmed = [policy.role_code(name) for name, role in policy.roles.items() if role.harmed]
    events = coded.events.filter(coded.events.table_name == "event")
    parts = coded.parts.join(events, "event_no")
    parts = parts.select(
        "source",
        "batch_id",
        event_id=parts.row_id,
        person_key=parts.subject,
        age=parts.age,
        harmed=parts.role.isin(harmed),
    )
    key = ["source", "batch_id", "event_id", "person_key"]
    return parts.group_by(key).aggregate(age=parts.age.max(), harmed=parts.harmed.any())


def _at_address(events: Table, settings: Places) -> Table:
    there = events.filter(events.kind.isin(_kinds(settings, "address")))
    there = there.filter(there.address_id.notnull())
    return _placed(there, "address", there.address_id)


def _in_sector(sources: Sources, events: Table, settings: Places) -> Table:
    there = events.filter(events.kind.isin(_kinds(settings, "postcode_sector")))
    there = there.join(_sectors(sources), "address_id")
    return _placed(there, "postcode_sector", there.sector)


def _of_pupils(events: Table, took_part: Table, stays: Table, settings: Places) -> Table:
    """What children took part in while they were on a school's roll, as far as was known."""
    wanted = events.filter(events.kind.isin(_kinds(settings, "school")))
    theirs = wanted.join(took_part, ["source", "batch_id", "event_id"])
    roll = stays.filter(stays.place_kind == "school")
    roll = roll.select("place_id", "person_key", "started", "ended", "end_known", on_roll="known",
                       no_more="superseded")  # fmt: skip
    theirs = theirs.join(roll, "person_key")
    theirs = theirs.filter(theirs.started <= theirs.occurred)
    # Known at the school once both are; until either is corrected, or it is known that the child
    # had left before.
    left = (theirs.ended < theirs.occurred).ifelse(theirs.end_known, EVER)
    theirs = theirs.mutate(
        known=ibis.greatest(theirs.known, theirs.on_roll),
        superseded=ibis.least(theirs.superseded, theirs.no_more, left),
    )
    theirs = theirs.filter(theirs.known < theirs.superseded)
    return _placed(theirs, "school", theirs.place_id, "person_key", "age", "harmed")


def _placed(events: Table, kind: PlaceKind, place: Any, *also: str) -> Table:
    keys = ["source", "batch_id", "event_id"]
    told = ["occasion", "kind", "occurred", "known", "superseded"]
    return events.select(*keys, *also, *told, place_kind=ibis.literal(kind), place_id=place).select(
        *keys, "place_kind", "place_id", *told, *also
    )


def _sectors(sources: Sources) -> Table:
    """Give each address's postcode sector: `GL1 2QR` is in GL1 2."""
    address = sources["address"]
    address = address.filter(address.postcode_valid, address.postcode.length() > 4)
    code = address.group_by("address_id").aggregate(postcode=address.postcode.min())
    return code.select("address_id", sector=code.postcode.left(code.postcode.length() - 2))


def _stays(sources: Sources, settings: Places, as_of: date) -> Table:
    link = sources["person_link"].select("source", "record_id", "person_id")
    person = sources["person"].select("person_id", "person_key")
    homes = _homes(sources, settings, as_of)
    sectors = homes.join(_sectors(sources), "address_id")
    every = (
        _stay(homes, "address", homes.address_id, as_of)
        .union(_stay(sectors, "postcode_sector", sectors.sector, as_of))
        .union(_rolls(sources, settings, as_of))
    )
    who = every.join(link, ["source", "record_id"]).join(person, "person_id")
    return who.mutate(person_key=who.person_key.cast("int32")).select(list(PlaceStayTable.columns))


def _homes(sources: Sources, settings: Places, as_of: date) -> Table:
    rows, day = sources["residence"], ibis.literal(as_of)
    rows = rows.filter(rows.kind.isin(list(settings.home_kinds)), rows.started_on <= day)
    rows = rows.filter(rows.known_at <= day, rows.address_id.notnull())
    # A residence does not say when its end was known; as everywhere, on the day that it ended.
    return rows.mutate(end_known_at=rows.ended_on)


def _rolls(sources: Sources, settings: Places, as_of: date) -> Table:
    event, day = sources["event"], ibis.literal(as_of)
    event = event.filter(event.kind.isin(list(settings.roll_kinds)), event.detail.notnull())
    event = event.filter(event.occurred_on <= day, event.known_at <= day)
    part = sources["event_person"].select("source", "batch_id", "event_id", "record_id").distinct()
    rows = event.join(part, ["source", "batch_id", "event_id"])
    return _stay(rows.mutate(started_on=rows.occurred_on), "school", rows.detail, as_of)


def _stay(rows: Table, kind: PlaceKind, place: Any, as_of: date) -> Table:
    day = ibis.literal(as_of)
    over = ((rows.ended_on <= day) & (rows.end_known_at <= day)).fill_null(ibis.literal(False))
    started, known = _day(rows.started_on), _day(rows.known_at)
    return rows.select(
        "source",
        "record_id",
        place_kind=ibis.literal(kind),
        place_id=place,
        started=started,
        ended=over.ifelse(_day(rows.ended_on), EVER).cast("int32"),
        known=known,
        end_known=over.ifelse(ibis.greatest(_day(rows.end_known_at), known), EVER).cast("int32"),
        superseded=_by(rows.superseded_at, day),
    )


def _day(day: Any) -> Any:
    return day.delta(ibis.date("1970-01-01"), unit="day").cast("int32")


def _by(day: Any, as_of: Any) -> Any:
    """Give the day if it had come, else never."""
    return (day <= as_of).ifelse(_day(day), EVER).fill_null(EVER).cast("int32")


def _arrow(engine: Engine, rows: Table, table: type[TypedTable]) -> pa.Table:
    order = list(table.columns)
    found = engine.arrow(rows.select(order)).cast(table.schema())
    return found.sort_by([(name, "ascending") for name in order])
