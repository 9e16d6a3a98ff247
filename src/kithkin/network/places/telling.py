"""What is told of places on a date: how often, against others, against the year before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.model import dates
from kithkin.network.places.happening import PlaceRows
from kithkin.network.places.rates import Changes, change, discoveries, shrink
from kithkin.network.places.stays import Period, Stays
from kithkin.network.places.tables import PlaceChildTable, PlaceTable
from kithkin.policy.gatherings import PlaceKind, Places

Array = npt.NDArray[Any]
Row = dict[str, Any]
Footfall = Mapping[tuple[PlaceKind, str], float]

KINDS: tuple[PlaceKind, ...] = ("address", "postcode_sector", "school")
AGAINST = ("rate", "shrunk_rate", "low", "high", "mean_rate", "against_mean")
EXPOSURES = {"school": "roll", "postcode_sector": "residents", "address": "place"}


@dataclass(frozen=True)
class PlacesOn:
    """What is told of places on a date, and which children they have to do with."""

    places: PlaceTable
    children: PlaceChildTable


def places_on(
    rows: PlaceRows,
    settings: Places,
    on: date,
    *,
    adult: int = 18,
    footfall: Footfall | None = None,
) -> PlacesOn:
    """Tell of every place what happened there in the period to a date and in that before it.

    Parameters
    ----------
    rows : known by the date, or by a later one: what became known after it does not count.
    adult : age from which a person is an adult.
    footfall : persons in a place at a time, on average, where it is known; it stands in the place
        of the roll or the residents.

    """
    day, days = dates.day_number(on), settings.period_days
    now, before = Period(day - days + 1, day), Period(day - 2 * days + 1, day - days)
    parts = _as_known(rows.parts.data, day)
    stays = Stays.of(_as_known(rows.stays.data, day), day)
    places: list[Row] = []
    children: list[Row] = []
    for kind in KINDS:
        here = parts.filter(pc.equal(parts["place_kind"], kind))
        scene = _Scene(
            kind, _places(kind, here, stays, (before, now)), stays, before, now, settings,
            footfall or {},
        )  # fmt: skip
        for name, measure in sorted(settings.measures.items()):
            if kind in measure.at and scene.ids:
                there = here.filter(pc.is_in(here["kind"], pa.array(measure.kinds)))
                took_part = _children(there, now, adult, set(scene.ids))
                places.extend(scene.told(name, there, took_part))
                children.extend(
                    {"place_kind": kind, "measure": name, **child} for child in took_part
                )
    return PlacesOn(PlaceTable.from_rows(places), PlaceChildTable.from_rows(children))


def _as_known(rows: pa.Table, day: int) -> pa.Table:
    return rows.filter(
        pc.and_(pc.less_equal(rows["known"], day), pc.greater(rows["superseded"], day))
    )


def _places(
    kind: PlaceKind, here: pa.Table, stays: Stays, periods: tuple[Period, Period]
) -> list[str]:
    """Give the places of a kind: where anything ever happened, or anybody belongs; never a home."""
    ever = Period(periods[0].first, periods[1].last)
    belonging = set(stays.present(kind, ever))
    happened = set(pc.unique(here["place_id"]).to_pylist())
    return sorted(happened - belonging if kind == "address" else happened | belonging)


def _within(rows: pa.Table, period: Period) -> pa.Table:
    return rows.filter(
        pc.and_(
            pc.greater_equal(rows["occurred"], period.first),
            pc.less_equal(rows["occurred"], period.last),
        )
    )


def _children(there: pa.Table, now: Period, adult: int, ids: set[str]) -> list[Row]:
    """Give the children who took part in a period, by place: in what, and whether harmed."""
    rows = _within(there, now)
    young = pc.and_(pc.greater_equal(rows["age"], 0), pc.less(rows["age"], adult))
    rows = rows.filter(pc.fill_null(young, False))
    found = rows.group_by(["place_id", "person_key"]).aggregate(
        [("occasion", "count_distinct"), ("harmed", "max")]
    )
    found = found.rename_columns(
        {"occasion_count_distinct": "occasions", "harmed_max": "harmed"}
    ).sort_by([("place_id", "ascending"), ("person_key", "ascending")])
    return [row for row in found.to_pylist() if row["place_id"] in ids]


@dataclass(frozen=True)
class _Scene:
    """The places of one kind, in order of id, and the two periods."""

    kind: PlaceKind
    ids: list[str]
    stays: Stays
    before: Period
    now: Period
    settings: Places
    footfall: Footfall

    def told(self, measure: str, there: pa.Table, children: list[Row]) -> Iterator[Row]:
        """Give the rows of one measure."""
        count, earlier = self._occasions(there, self.now), self._occasions(there, self.before)
        exposure, earlier_exposure = self._exposure(self.now), self._exposure(self.before)
        of = self._exposure_of()
        against = self._against(count, exposure, of)
        changed = change(count, earlier, exposure, earlier_exposure, self.settings.level)
        of_all = _change_of_all(count, earlier, exposure, earlier_exposure)
        trend = self._trend(changed)
        linked = Counter(child["place_id"] for child in children)
        harmed = Counter(child["place_id"] for child in children if child["harmed"])
        for i, place in enumerate(self.ids):
            yield {
                "place_kind": self.kind,
                "place_id": place,
                "measure": measure,
                "occasions": int(count[i]),
                "occasions_before": int(earlier[i]),
                "children": linked[place],
                "children_harmed": harmed[place],
                "exposure": float(exposure[i]),
                "exposure_before": float(earlier_exposure[i]),
                "exposure_of": str(of[i]),
                **{name: _number(values[i]) for name, values in against.items()},
                "change": _number(changed.ratio[i]),
                "change_low": _number(changed.low[i]),
                "change_high": _number(changed.high[i]),
                "change_of_all": _number(of_all),
                "trend": trend[i],
                "not_to_publish": self._few(linked[place]) or self._few(harmed[place]),
            }

    def _few(self, children: int) -> bool:
        return 0 < children < self.settings.least_children

    def _occasions(self, there: pa.Table, period: Period) -> Array:
        rows = _within(there, period).group_by("place_id")
        found = rows.aggregate([("occasion", "count_distinct")])
        by_place = dict(zip(*(found[name].to_pylist() for name in found.column_names), strict=True))
        return np.array([by_place.get(place, 0) for place in self.ids], np.int64)

    def _exposure_of(self) -> Array:
        usual = EXPOSURES[self.kind]
        return np.array(
            ["footfall" if (self.kind, one) in self.footfall else usual for one in self.ids]
        )

    def _exposure(self, period: Period) -> Array:
        """Give persons and years by `per`; of an address the years, unless its footfall is known."""
        if self.kind == "address":
            usual = np.full(len(self.ids), period.years)
        else:
            usual = self.stays.person_years(self.kind, self.ids, period) / self.settings.per
        persons = [self.footfall.get((self.kind, one), np.nan) for one in self.ids]
        counted = np.array(persons) * period.years / self.settings.per
        return np.where(np.isnan(counted), usual, counted)

    def _against(self, count: Array, exposure: Array, of: Array) -> dict[str, Array]:
        """Hold each place against those whose exposure is of the same sort."""
        found = {name: np.full(len(self.ids), np.nan) for name in AGAINST}
        for sort in np.unique(of):
            alike = of == sort
            drawn = shrink(count[alike], exposure[alike], self.settings.level)
            with np.errstate(divide="ignore", invalid="ignore"):
                rate, ratio = count[alike] / exposure[alike], drawn.rate / drawn.mean
            rate = np.where(exposure[alike] > 0, rate, np.nan)
            values = (rate, drawn.rate, drawn.low, drawn.high, drawn.mean, ratio)
            for name, value in zip(AGAINST, values, strict=True):
                found[name][alike] = value
        return found

    def _trend(self, changed: Changes) -> list[str | None]:
        believed = discoveries(changed.chance, self.settings.false_discoveries)
        words = np.where(changed.ratio > 1, "rising", "falling")
        return [str(word) if sure else None for word, sure in zip(words, believed, strict=True)]


def _change_of_all(count: Array, earlier: Array, exposure: Array, before: Array) -> float:
    """Give the ratio of the rates of all places together; nan when it has none."""
    if not (earlier.sum() > 0 and exposure.sum() > 0 and before.sum() > 0):
        return float("nan")
    return float(count.sum() / exposure.sum() / (earlier.sum() / before.sum()))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
