"""Real areas and postcodes of Gloucestershire and Bristol, shipped with the package.

The pairing of postcodes with areas is ours and no fact: see `data/LICENCE-geography.txt`.
A small county is a compact run of neighbourhoods around a centre, among which deprivation is spread
as in the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from kithkin.simulation.world import Areas, Index, Postcodes

CENTRE_DISTRICT = "E07000081"
"""Gloucester: the district whose deprivation is most like the whole's, where a small county is."""


@dataclass(frozen=True)
class Geography:
    """The areas and postcodes of one county, and what follows from them."""

    areas: Areas
    postcodes: Postcodes
    east: npt.NDArray[np.float64]
    """Shape (areas,): mean easting of the area's postcodes."""
    north: npt.NDArray[np.float64]
    first: Index
    """Shape (areas + 1,): first postcode of each area; they stand in the order of areas."""

    @property
    def districts(self) -> npt.NDArray[np.str_]:
        """Give each area's district code."""
        return np.array(self.areas.district.to_pylist())


@cache
def _shipped() -> tuple[pa.Table, pa.Table]:
    folder = files(__package__).joinpath("data")
    with folder.joinpath("areas.parquet").open("rb") as file:
        areas = pq.read_table(pa.BufferReader(file.read())).combine_chunks()
    with folder.joinpath("postcodes.parquet").open("rb") as file:
        postcodes = pq.read_table(pa.BufferReader(file.read())).combine_chunks()
    order = np.argsort(postcodes["area"].to_numpy(), kind="stable")
    return areas, postcodes.take(order)


def choose_geography(people: int, people_per_area: int) -> Geography:
    """Give all areas, or as many around Gloucester's centre as a small county needs."""
    areas, postcodes = _shipped()
    area_of = postcodes["area"].to_numpy().astype(np.int64)
    east = _mean_by(area_of, postcodes["easting"].to_numpy(), len(areas))
    north = _mean_by(area_of, postcodes["northing"].to_numpy(), len(areas))
    wanted = max(6, round(people / people_per_area))
    kept = _compact(areas, east, north, min(wanted, len(areas)))
    number = np.full(len(areas), -1)
    number[kept] = np.arange(len(kept))
    rows = np.flatnonzero(number[area_of] >= 0)
    return Geography(
        areas=_areas(areas.take(kept)),
        postcodes=_postcodes(postcodes.take(rows), number[area_of[rows]]),
        east=east[kept],
        north=north[kept],
        first=np.searchsorted(number[area_of[rows]], np.arange(len(kept) + 1)).astype(np.int32),
    )


def _compact(
    areas: pa.Table, east: npt.NDArray[np.float64], north: npt.NDArray[np.float64], wanted: int
) -> npt.NDArray[np.int64]:
    """Give the areas nearest to a centre; each tenth of deprivation in the share of the whole.

    Within the nearest 2.5 times as many (at least 40), the areas nearest to the evenly spaced quantiles of the
    whole's deprivation scores are kept.
    """
    if wanted == len(areas):
        return np.arange(len(areas))
    home = np.array(areas["district"].to_pylist()) == CENTRE_DISTRICT
    far = (east - east[home].mean()) ** 2 + (north - north[home].mean()) ** 2
    near = np.argsort(far, kind="stable")[: min(len(areas), max(40, int(2.5 * wanted)))]
    score = areas["score"].to_numpy()
    ranked = near[np.argsort(score[near], kind="stable")]
    aims = np.quantile(score, (np.arange(wanted) + 0.5) / wanted)
    places = np.minimum(np.searchsorted(score[ranked], aims), len(ranked) - 1)
    spread = np.maximum.accumulate(places - np.arange(wanted)) + np.arange(wanted)
    over = len(ranked) - wanted + np.arange(wanted)
    return np.sort(ranked[np.minimum(spread, over)])


def _mean_by(
    group: npt.NDArray[np.int64], values: npt.NDArray[np.int32], size: int
) -> npt.NDArray[np.float64]:
    return np.bincount(group, values, size) / np.bincount(group, minlength=size)


def _areas(table: pa.Table) -> Areas:
    columns = {name: table[name].combine_chunks() for name in ("code", "name", "district", "town")}
    return Areas(
        **columns,
        decile=table["decile"].to_numpy(),
        score=table["score"].to_numpy(),
        income_children=table["income_children"].to_numpy(),
        crime=table["crime"].to_numpy(),
    )


def _postcodes(table: pa.Table, area: npt.NDArray[np.int64]) -> Postcodes:
    return Postcodes(
        text=table["text"].combine_chunks(),
        area=area.astype(np.int32),
        easting=table["easting"].to_numpy(),
        northing=table["northing"].to_numpy(),
    )
