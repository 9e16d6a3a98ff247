"""Alarms as tables: whose small events stand out, since when, and which events they are."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from kithkin.model.tables import DAY, NUMBER, TRUTH, WHOLE, Columns, TypedTable
from kithkin.scoring.accumulation.small_events import SmallEvents
from kithkin.scoring.accumulation.watch import Alarms, month_starts


class AccumulationTable(TypedTable):
    """The latest run of months in which a child's alarm stood; in person_key order."""

    name = "accumulation"
    columns: ClassVar[Columns] = {
        "person_key": WHOLE,
        "alarm_on": DAY,  # end of the first month in which it stood
        "last_on": DAY,  # end of the last
        "stands": TRUTH,  # on the as-of date
        "since": DAY,  # first day of the months from which the sum runs
        "events": WHOLE,  # from then to the last month
        "expected": NUMBER,  # as are usual for children of that age whom as many agencies see
        "agencies": WHOLE,
        "total": NUMBER,  # the sum after the last month
        "threshold": NUMBER,
    }


class AccumulationEventTable(TypedTable):
    """The small events of each alarm, in order of child and day."""

    name = "accumulation_event"
    columns: ClassVar[Columns] = {
        "person_key": WHOLE,
        "event_no": pa.int64(),
        "known_on": DAY,
        "agency": WHOLE,  # code of the policy
        "kind": WHOLE,
    }


def accumulation_tables(
    alarms: Alarms, told: SmallEvents
) -> tuple[AccumulationTable, AccumulationEventTable]:
    """Give who has or had an alarm, and the events of its latest run."""
    children = np.flatnonzero(alarms.raised.any(axis=1))
    starts = month_starts(alarms.months)
    rows, events = [], []
    for child in children.tolist():
        last = int(np.flatnonzero(alarms.raised[child]).max())
        row, mine = _latest(alarms, told, child, last, starts)
        rows.append(row)
        events.append(mine)
    picked = np.concatenate(events) if events else np.zeros(0, np.int64)
    return AccumulationTable.from_rows(rows), AccumulationEventTable(
        pa.Table.from_arrays(
            [
                pa.array(told.child[picked], pa.int32()),
                pa.array(told.event_no[picked], pa.int64()),
                pa.array(told.day[picked].astype(np.int32)).cast(pa.date32()),
                pa.array(told.agency[picked], pa.int32()),
                pa.array(told.kind[picked], pa.int32()),
            ],
            schema=AccumulationEventTable.schema(),
        )
    )


def _latest(
    alarms: Alarms, told: SmallEvents, child: int, last: int, starts: Any
) -> tuple[dict[str, Any], Any]:
    begun = int(alarms.since[child, last])
    stood = alarms.raised[child, begun : last + 1]
    person = int(alarms.person[child])
    first, end = starts[begun], starts[last + 1]
    mine = np.arange(*np.searchsorted(told.child, [person, person + 1]))
    mine = mine[(told.day[mine] >= first) & (told.day[mine] < end)]
    row = {
        "person_key": person,
        "alarm_on": alarms.months[begun + int(stood.argmax())],
        "last_on": alarms.months[last],
        "stands": last == len(alarms.months) - 1,
        "since": np.datetime64(int(first), "D").item(),
        "events": len(mine),
        "expected": float(alarms.expected[child, begun : last + 1].sum()),
        "agencies": len(np.unique(told.agency[mine])),
        "total": float(alarms.total[child, last]),
        "threshold": alarms.threshold,
    }
    return row, mine
