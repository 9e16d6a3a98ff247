"""The bulk of dated rows, for the county's event tables rather than for any feed.

Each stream stands by itself: its chunks are the same whatever else is drawn, and on any number of
threads. `person` and the like are positions in the world; whoever hands the rows to the pipeline
gives them an agency's numbers instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from kithkin.simulation.agencies.attendance import attendance
from kithkin.simulation.agencies.not_in_education import not_in_education
from kithkin.simulation.agencies.pupils import pupils_of
from kithkin.simulation.agencies.rent import rent_accounts
from kithkin.simulation.agencies.school_year import school_weeks
from kithkin.simulation.agencies.tenancies import social_tenancies
from kithkin.simulation.agencies.visits import visits
from kithkin.simulation.county import County
from kithkin.simulation.settings.services import ServiceSettings

SHORT = pa.int8()
STREAMS: dict[str, pa.Schema] = {
    "attendance": pa.schema(
        {
            "person": pa.int32(),
            "school": pa.int32(),
            "week": pa.date32(),
            "possible": SHORT,
            "authorised": SHORT,
            "unauthorised": SHORT,
        }
    ),
    "consultations": pa.schema({"person": pa.int32(), "day": pa.date32()}),
    "emergencies": pa.schema({"person": pa.int32(), "day": pa.date32()}),
    "rent": pa.schema(
        {"tenancy": pa.int32(), "person": pa.int32(), "day": pa.date32(), "weeks": pa.float32()}
    ),
    "not_in_education": pa.schema(
        {"person": pa.int32(), "started": pa.date32(), "ended": pa.date32()}
    ),
}
"""Columns of each stream. attendance: a pupil and week (Monday), in sessions. rent: a tenancy and
month's end, in weeks of rent owed. not_in_education: a spell of a person of 16 or 17."""


def everyday_streams(
    county: County, settings: ServiceSettings
) -> Iterator[tuple[str, Iterator[pa.RecordBatch]]]:
    """Give each stream by name, a batch a week or month of the window."""
    made: dict[str, Callable[[County, ServiceSettings], Iterator[pa.RecordBatch]]] = {
        "attendance": _attendance,
        "consultations": lambda c, s: _visits(c, s, "consultations"),
        "emergencies": lambda c, s: _visits(c, s, "emergencies"),
        "rent": _rent,
        "not_in_education": _not_in_education,
    }
    for name, make in made.items():
        yield name, make(county, settings)


def _batch(
    stream: str, *columns: np.ndarray[tuple[int, ...], np.dtype[np.generic]]
) -> pa.RecordBatch:
    schema = STREAMS[stream]
    arrays = [
        pa.array(values, type=pa.int32()).view(field.type)
        if pa.types.is_date32(field.type)
        else pa.array(values, type=field.type)
        for values, field in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _attendance(county: County, settings: ServiceSettings) -> Iterator[pa.RecordBatch]:
    weeks = school_weeks(county.calendar, settings.education.holidays)
    if not weeks:
        return
    pupils = pupils_of(county, settings.education, weeks[0].monday)
    for week in attendance(county, settings.education, pupils):
        if week.week.monday < county.calendar.opens:
            continue
        kept = week.possible > 0
        rows = week.pupil[kept]
        monday = np.full(len(rows), week.week.monday, dtype=np.int32)
        yield _batch(
            "attendance",
            pupils.person[rows],
            pupils.school[rows],
            monday,
            week.possible[kept],
            week.authorised[kept],
            week.unauthorised[kept],
        )


def _visits(county: County, settings: ServiceSettings, kind: str) -> Iterator[pa.RecordBatch]:
    for visited in visits(county, settings, kind):
        yield _batch(kind, visited.person, visited.day)


def _rent(county: County, settings: ServiceSettings) -> Iterator[pa.RecordBatch]:
    tenancies = social_tenancies(county)
    for day, rows, weeks in rent_accounts(county, settings.housing, tenancies):
        days = np.full(len(rows), day, dtype=np.int32)
        yield _batch("rent", rows, tenancies.lead[rows], days, weeks)


def _not_in_education(county: County, settings: ServiceSettings) -> Iterator[pa.RecordBatch]:
    person, start, end = not_in_education(county, settings.education)
    yield _batch("not_in_education", person, start, end)
