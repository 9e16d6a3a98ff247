"""Which faults the returns have on purpose: the table `truth/planted_faults`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import pyarrow as pa

from kithkin.simulation.county import County
from kithkin.simulation.records import Register
from kithkin.simulation.sending.cin_census import planted_in_census
from kithkin.simulation.sending.ssda903 import planted_in_return
from kithkin.simulation.settings.returns import ReturnSettings

SCHEMA = pa.schema(
    [("file", pa.string()), ("rule", pa.string()), ("count", pa.int64()), ("why", pa.string())]
)


def planted_faults(
    county: County, register: Register, extracted: date, settings: ReturnSettings | None = None
) -> pa.Table:
    """Count the rows of each return that break a rule, and say why: planted, or as registered.

    The arguments are those of the returns' writers.
    """
    found = [
        *planted_in_census(county, register, extracted, settings),
        *planted_in_return(county, register, extracted, settings),
    ]
    return pa.Table.from_pylist([asdict(each) for each in found], schema=SCHEMA)
