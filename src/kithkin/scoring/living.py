"""Who is known to have died: they have no score, are no seed, and are on no list from then on."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from kithkin.engine import Engine
from kithkin.indicators.parts import Sources
from kithkin.model import dates
from kithkin.scoring.indices import NEVER_BORN

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts

VERSIONS = "person_record_version"  # what records said before a later delivery changed them
GONE = pa.schema([pa.field("person_key", pa.int32()), pa.field("gone", pa.int32())])


def known_deaths(engine: Engine, sources: Sources, as_of: date) -> pa.Table:
    """Give the day from which each of the dead was known to be, by `person_key`: `gone`.

    That is the day of death, or the later one on which the first of the person's records told of
    it: a record that was known without it tells from the delivery that first had it. What nobody
    knew by the as-of date is left out.
    """
    person = sources["person"].filter(ibis._.date_of_death.notnull())
    person = person.select("person_id", "person_key", died=ibis._.date_of_death)
    link = sources["person_link"].select("source", "record_id", "person_id")
    told = _told(sources).join(link, ["source", "record_id"])
    first = told.group_by("person_id").aggregate(told=told.told.min())
    rows = person.join(first, "person_id")
    gone = ibis.greatest(rows.died, rows.told)
    rows = rows.filter(gone <= ibis.literal(as_of)).mutate(gone=gone)
    found = engine.arrow(rows.select("person_key", "gone").order_by("person_key"))
    days = pa.array(found["gone"].cast(pa.date32()).cast(pa.int32()).to_numpy(), pa.int32())
    return pa.Table.from_arrays([found["person_key"].cast(pa.int32()), days], schema=GONE)


def _told(sources: Sources) -> Table:
    """Give since when each record told of a death, as `told`."""
    record = sources["person_record"].filter(ibis._.date_of_death.notnull())
    now = record.select("source", "record_id", "known_at")
    if VERSIONS not in sources.tables:
        return now.rename(told="known_at")
    earlier = sources[VERSIONS]
    silent = earlier.filter(earlier.date_of_death.isnull())
    silent = silent.group_by(["source", "record_id"]).aggregate(last=silent.superseded_at.max())
    now = now.left_join(silent, ["source", "record_id"]).select(
        "source", "record_id", told=ibis.greatest(now.known_at, silent.last.fill_null(now.known_at))
    )
    spoke = earlier.filter(earlier.date_of_death.notnull())
    return now.union(spoke.select("source", "record_id", told="known_at"))


def of_the_living(born: Any, gone: Any, on: date) -> Any:
    """Give days of birth, `NEVER_BORN` of who is known to be dead on a date: they have no score."""
    return np.where(gone <= dates.day_number(on), NEVER_BORN, born).astype(np.int32)
