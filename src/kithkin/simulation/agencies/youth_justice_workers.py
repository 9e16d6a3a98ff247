"""The workers of the youth justice service: names from the county's own, numbers that ring nowhere."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.agencies.justice_rows import draw
from kithkin.simulation.agencies.tables import word
from kithkin.simulation.county import County
from kithkin.simulation.records import Column
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import Index

PHONE = "01632 960"
"""Ofcom's numbers for drama: no such number is ever given out."""


def worker_columns(county: County, settings: JusticeSettings, child: Index) -> list[Column]:
    """Give the worker of each child: one worker a child, whatever the order."""
    how = settings.youth_justice
    children = np.unique(child)
    workers = max(2, int(len(child) * how.workers_per_100_orders / 100))
    rng = county.streams.of("youth_justice", "workers")
    given = draw(np.ones(workers), rng.random(len(children), dtype=np.float32))
    of = given[np.searchsorted(children, child)].astype(np.int32)
    names = _names(county, workers)
    number = pc.utf8_lpad(pc.cast(pa.array(np.arange(workers) % 1000), pa.string()), 3, "0")
    phones = pc.binary_join_element_wise(PHONE, number, "")
    mail = pc.binary_join_element_wise(
        pc.replace_substring_regex(pc.utf8_lower(names), "[^a-z]+", "."), "@example.org", ""
    )
    team = (of % len(how.teams)).astype(np.int32)
    return [
        word("worker_name", of, names),
        word("worker_phone", of, phones),
        word("worker_email", of, mail),
        word("team", team, how.teams),
    ]


def _names(county: County, workers: int) -> pa.StringArray:
    """Make names of workers: a forename and a surname of two different grown people."""
    people = county.world.people
    rng = county.streams.of("youth_justice", "workers", "names")
    named = np.flatnonzero((people.forename >= 0) & (people.surname >= 0))
    first, last = named[rng.integers(0, len(named), (2, workers))]
    names = county.world.names
    return pc.binary_join_element_wise(
        names.take(pa.array(people.forename[first])),
        names.take(pa.array(people.surname[last])),
        " ",
    )
