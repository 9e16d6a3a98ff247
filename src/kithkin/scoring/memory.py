"""Score memory: what every score was at every month's end, and how one person's reads.

A file a date, since what is past never changes: a row a person and track whose score was not
nought, in person_key order, in whole thousandths of a point. The exact figure of a past date is
computed again from the contributions when somebody asks (`explained.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.engine import WIDE_FORMAT, write_table
from kithkin.model import dates
from kithkin.scoring.indices import index_on
from kithkin.scoring.living import of_the_living
from kithkin.scoring.plan import Plan
from kithkin.scoring.reach import Reach
from kithkin.scoring.scores import scores_on
from kithkin.scoring.stored import StoredContributions
from kithkin.scoring.tables import ScoreHistoryTable

THOUSANDTHS = 1000.0
LEGEND = "tracks.json"
ROWS_A_GROUP = 1 << 16
AT_ONCE = 1 << 30  # bytes of indices that are held together

MEMORY = pa.schema(
    [
        pa.field("person_key", pa.int32()),
        pa.field("track", pa.int8()),  # its place among the plan's tracks
        pa.field("index", pa.int32()),  # thousandths of a point
        pa.field("network_points", pa.int32()),
    ]
)
LAYOUT = {
    **WIDE_FORMAT,
    "compression": "zstd",
    "column_encoding": {
        "person_key": "DELTA_BINARY_PACKED",
        "index": "BYTE_STREAM_SPLIT",
        "network_points": "BYTE_STREAM_SPLIT",
    },
}


@dataclass(frozen=True)
class ScoreMemory:
    """A folder with the scores of past dates."""

    folder: Path

    def dates(self) -> list[date]:
        """List the dates that are remembered, in order."""
        return sorted(dates.parse_iso(file.stem) for file in self.folder.glob("*.parquet"))

    def write(self, plan: Plan, on: date, index: Any, points: Any) -> int:
        """Remember one date; gives the number of rows.

        Parameters
        ----------
        index, points : float64 (track, person).

        """
        self.folder.mkdir(parents=True, exist_ok=True)
        tracks = [[planned.theme.name, planned.name] for planned in plan.tracks]
        (self.folder / LEGEND).write_text(json.dumps(tracks), encoding="utf-8")
        columns = _rows_by_person(index, points)
        table = pa.table([pa.array(column) for column in columns], schema=MEMORY)
        write_table(table, self._file(on), row_group_size=ROWS_A_GROUP, layout=LAYOUT)
        return table.num_rows

    def of_person(self, person_key: int) -> ScoreHistoryTable:
        """Read what one person's scores were; a date without a row: nought, or not of the ages."""
        legend = json.loads((self.folder / LEGEND).read_text(encoding="utf-8"))
        mine = pc.field("person_key") == person_key
        rows = []
        for on in self.dates():
            for row in pq.read_table(self._file(on), filters=mine).to_pylist():
                theme, track = legend[row["track"]]
                index, points = row["index"], row["network_points"]
                rows.append(
                    {"as_of": on, "person_key": person_key, "theme": theme, "track": track,
                     "index": index / THOUSANDTHS, "network_points": points / THOUSANDTHS,
                     "score": (index + points) / THOUSANDTHS}
                )  # fmt: skip
        return ScoreHistoryTable.from_rows(rows)

    def of_tracks(self, tracks: int, persons: int, on: Sequence[date]) -> Any:
        """Read everybody's scores, each date once: int32 thousandths (track, date, person)."""
        found = np.zeros((tracks, len(on), persons), np.int32)
        for place, day in enumerate(on):
            table = pq.read_table(self._file(day))
            total = pc.add(table["index"], table["network_points"]).to_numpy()
            found[table["track"].to_numpy(), place, table["person_key"].to_numpy()] = total
        return found

    def _file(self, on: date) -> Path:
        return self.folder / f"{on.isoformat()}.parquet"


def remember(
    memory: ScoreMemory,
    stored: StoredContributions,
    plan: Plan,
    born: Any,
    on: Sequence[date],
    reaches: Iterable[Reach | None],
    *,
    threads: int = 2,
    at_once: int = AT_ONCE,
) -> int:
    """Score every person at every date, and remember it; gives the number of rows.

    Parameters
    ----------
    on : ascending; monthly in the ordinary run.
    reaches : the network on each of the dates, or None where there is none (`reaches`).
    at_once : bytes of indices to hold together; changes no figure.

    """
    size = 8 * len(plan.tracks) * max(1, stored.persons)
    step = max(1, at_once // size)
    networks = iter(reaches)
    written: list[Future[int]] = []
    # The network of the next date is made while this one is scored and written.
    with ThreadPoolExecutor(1) as pool:
        for begin in range(0, len(on), step):
            some = on[begin : begin + step]
            index = index_on(stored, plan, born, some, variants=1, threads=threads)
            for place, day in enumerate(some):
                reach = next(networks)
                wait(written)
                living, mine = of_the_living(born, stored.gone, day), index[:, place]
                job = pool.submit(_remember_one, memory, plan, mine, living, day, reach)
                written.append(job)
    return sum(one.result() for one in written)


def _remember_one(
    memory: ScoreMemory, plan: Plan, index: Any, born: Any, on: date, reach: Reach | None
) -> int:
    return memory.write(plan, on, index[0], _points(plan, index, born, on, reach))


def _points(plan: Plan, index: Any, born: Any, on: date, reach: Reach | None) -> Any:
    """Give network points by track and person; index is (1, track, person)."""
    if reach is None:
        return np.zeros_like(index[0])
    return np.array(
        [scores.network_points[0] for scores in scores_on(plan, index, born, on, reach)]
    )


def _rows_by_person(index: Any, points: Any) -> tuple[Any, ...]:
    count = _count(index, points)
    columns = tuple(np.empty(count, field.type.to_pandas_dtype()) for field in MEMORY)
    _fill(index, points, *columns)
    return columns


@numba.njit(nogil=True, cache=True)
def _thousandths(points):  # type: ignore[no-untyped-def]
    return np.int32(np.floor(points * THOUSANDTHS + 0.5))


@numba.njit(nogil=True, cache=True)
def _count(index, points):  # type: ignore[no-untyped-def]
    count = 0
    for track in range(index.shape[0]):
        for person in range(index.shape[1]):
            if _thousandths(index[track, person]) or _thousandths(points[track, person]):
                count += 1
    return count


@numba.njit(nogil=True, cache=True)
def _fill(index, points, person_key, tracks, indices, network_points):  # type: ignore[no-untyped-def]
    row = 0
    for person in range(index.shape[1]):
        for track in range(index.shape[0]):
            own, more = _thousandths(index[track, person]), _thousandths(points[track, person])
            if own or more:
                person_key[row], tracks[row] = person, track
                indices[row], network_points[row] = own, more
                row += 1
