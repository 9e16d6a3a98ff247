"""What stands beside every score: strengths, services at work, and how closely a person is seen.

A family that many agencies see has more recorded of it, harm or not. A score says nothing of that,
so how much was seen is shown with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kithkin.engine import Engine
from kithkin.indicators import Catalogue
from kithkin.model import dates
from kithkin.model.tables import NUMBER, TEXT, WHOLE, Columns, TypedTable
from kithkin.policy import Indicator, Policy
from kithkin.policy.models import Threshold
from kithkin.scoring.tables import ScoreTable

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts
A_YEAR = 365
SERVICES = "involvement."  # kinds that say a service works with a person
MOST_MARKS = 62


class ExposureTable(TypedTable):
    """How much was recorded of each person in the year before a date; no row: nothing was."""

    name = "exposure"
    columns: ClassVar[Columns] = {
        "person_key": WHOLE,
        "agencies": WHOLE,  # that recorded something
        "records": WHOLE,  # events in all
        "services": TEXT,  # at work on the date, by name, with commas between
    }


def exposure(engine: Engine, parts: Table, policy: Policy, as_of: date) -> ExposureTable:
    """Count what agencies recorded of each person in the year before, and who works with them now.

    `parts` are coded (`indicators.parts.CodedParts.parts`).
    """
    today = dates.day_number(as_of)
    rows = parts.filter(parts.occurred <= today, parts.known <= today, parts.superseded > today)
    services = {policy.kind_code(kind): kind.removeprefix(SERVICES)
                for kind in sorted(policy.kinds) if kind.startswith(SERVICES)}  # fmt: skip
    year = rows.filter(rows.occurred > today - A_YEAR).group_by("subject").aggregate(
        agencies=rows.agency.nunique(), records=rows.event_no.nunique()
    )  # fmt: skip
    ended = (rows.end_known <= today) & (rows.ended <= today)
    at_work = rows.filter(rows.kind.isin(list(services)), ~ended)
    at_work = at_work.select("subject", "kind").distinct()
    counts = engine.arrow(year.order_by("subject"))
    working = engine.arrow(at_work.order_by(["subject", "kind"]))
    names: dict[int, list[str]] = {}
    for subject, kind in zip(*(working[c].to_pylist() for c in ("subject", "kind")), strict=True):
        names.setdefault(subject, []).append(services[kind])
    return _exposure_table(counts, names)


def _exposure_table(counts: pa.Table, services: Mapping[int, Sequence[str]]) -> ExposureTable:
    person = np.union1d(counts["subject"].to_numpy(), np.array(list(services), np.int32))
    place = np.searchsorted(person, counts["subject"].to_numpy())
    columns = {}
    for name in ("agencies", "records"):
        columns[name] = np.zeros(len(person), np.int32)
        columns[name][place] = counts[name].to_numpy()
    said = [", ".join(services.get(int(one), ())) for one in person]
    arrays = [pa.array(person, pa.int32()), *map(pa.array, columns.values()), pa.array(said)]
    return ExposureTable(pa.Table.from_arrays(arrays, schema=ExposureTable.schema()))


class ScoreWithStandingTable(TypedTable):
    """A score, and all that must stand beside it."""

    name = "score"
    columns: ClassVar[Columns] = {
        **ScoreTable.columns,
        "strengths": TEXT,  # codes of the theme's protective indicators that are raised
        "services": TEXT,  # at work on the date
        "agencies": WHOLE,  # that recorded something in the year before
        "usual_agencies": NUMBER,  # median of persons of the same age
        "feeds_without": WHOLE,  # feeds that hold no record of the person
    }


def with_standing(
    scores: ScoreTable, beside: Standing, feeds_without: Any, asked: Sequence[str]
) -> ScoreWithStandingTable:
    """Put beside the scores of one track what stands beside them.

    Parameters
    ----------
    feeds_without : by person.
    asked : codes of the protective indicators that the theme names.

    """
    who = scores.data["person_key"].to_numpy()
    more = {
        "strengths": beside.strengths_of(who, asked),
        "services": pa.array(beside.services[who], pa.string()),
        "agencies": pa.array(beside.agencies[who], pa.int32()),
        "usual_agencies": pa.array(beside.usual_agencies[who], pa.float64()),
        "feeds_without": pa.array(feeds_without[who].astype(np.int32)),
    }
    table = scores.data
    for name, column in more.items():
        table = table.append_column(name, column)
    return ScoreWithStandingTable(table)


@dataclass(frozen=True)
class Standing:
    """What stands beside a person's scores, in arrays by person.

    Parameters
    ----------
    agencies, records : that recorded something in the year before, and how much.
    usual_agencies : the median of agencies among persons of the same age.
    services : at work, as text.
    strengths : a bit a protective indicator that is raised, in the order of `codes`.

    """

    agencies: Any
    records: Any
    usual_agencies: Any
    services: Any
    strengths: Any
    codes: tuple[str, ...]

    def strengths_of(self, persons: Any, asked: Sequence[str]) -> pa.Array:
        """Give the raised ones among the asked protective indicators, with commas between."""
        wanted = sum(1 << place for place, code in enumerate(self.codes) if code in asked)
        masks, places = np.unique(self.strengths[persons] & wanted, return_inverse=True)
        said = [
            ", ".join(code for place, code in enumerate(self.codes) if int(mask) >> place & 1)
            for mask in masks
        ]
        return pa.DictionaryArray.from_arrays(
            pa.array(places.astype(np.int32)), pa.array(said, pa.string())
        ).cast(pa.string())


def standing(seen: pa.Table, values: Path, catalogue: Catalogue, age: Any) -> Standing:
    """Put together what stands beside scores.

    Parameters
    ----------
    seen : an `ExposureTable`.
    values : folder of the persons' indicator values (`indicators.values_on`).
    age : by person, whole years on the date; -1 when not known.

    """
    agencies, records = np.zeros(len(age), np.int32), np.zeros(len(age), np.int32)
    services = np.full(len(age), "", object)
    person = seen["person_key"].to_numpy()
    agencies[person], records[person] = seen["agencies"].to_numpy(), seen["records"].to_numpy()
    services[person] = seen["services"].to_pylist()
    codes, masks = _strengths(values, catalogue, len(age))
    return Standing(agencies, records, _usual(agencies, age), services, masks, codes)


def _usual(agencies: Any, age: Any) -> Any:
    usual = np.zeros(len(age))
    for years in np.unique(age):
        same = age == years
        usual[same] = np.median(agencies[same])
    return usual


def _strengths(values: Path, catalogue: Catalogue, persons: int) -> tuple[tuple[str, ...], Any]:
    known = catalogue.policy.indicators
    codes = tuple(c for c in catalogue.codes if known[c].polarity == "protective")[:MOST_MARKS]
    masks = np.zeros(persons, np.int64)
    for place, code in enumerate(codes):
        masks |= raised_by(values, known[code]).astype(np.int64) << place
    return codes, masks


def raised_by(values: Path, indicator: Indicator) -> Any:
    """Say of every person whether an indicator is raised; no value is not.

    `values` is the folder of the persons' indicator values.
    """
    parts = sorted(values.glob("part-*.parquet"))
    if not parts:
        return np.zeros(0, np.bool_)
    tables = [pq.read_table(file, columns=[indicator.code]) for file in parts]
    return _raised(pa.concat_tables(tables)[indicator.code], indicator.threshold)


def _raised(column: pa.ChunkedArray, threshold: Threshold) -> Any:
    told = column.cast(pa.float64()).to_numpy()
    least, most = threshold.at_least, threshold.at_most
    with np.errstate(invalid="ignore"):  # NaN, which is no value, reaches nothing
        return np.asarray(told >= least if least is not None else told <= most)
