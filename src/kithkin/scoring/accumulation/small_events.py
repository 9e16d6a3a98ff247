"""From coded parts to what the detector counts: small events, red events, and who sees whom.

An event counts from the day on which it had both happened and become known, so that what the
detector says of a month is what could have been said then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

import ibis
import numba
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kithkin.engine import FAST_FORMAT, Engine, write_table
from kithkin.indicators.kernel import FAR
from kithkin.model import dates
from kithkin.policy import Policy
from kithkin.policy.watching import Accumulation

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts
Whole = np.ndarray[Any, np.dtype[np.int64]]
NEVER = int(FAR)


@dataclass(frozen=True)
class SmallEvents:
    """What the detector reads; arrays of one length, in order of child and day.

    Parameters
    ----------
    child, day, agency, kind, stream, event_no : of each small event that counts; stream is the
        place in `Accumulation.ratios`.
    red_child, red_day : that a red event was known of a child, from which day, in order.
    seen_child, seen_agency, seen_from, seen_to : that an agency saw a child, first and last day.

    """

    child: Whole
    day: Whole
    agency: Whole
    kind: Whole
    stream: Whole
    event_no: Whole
    red_child: Whole
    red_day: Whole
    seen_child: Whole
    seen_agency: Whole
    seen_from: Whole
    seen_to: Whole

    def write(self, folder: Path) -> None:
        """Store them in a folder, a file for each of the three kinds of row."""
        for file, names in FILES.items():
            table = pa.table({name: getattr(self, name) for name in names})
            write_table(table, folder / file, layout=FAST_FORMAT)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `write` stored."""
        columns: dict[str, Whole] = {}
        for file in FILES:
            columns |= _whole(pq.read_table(folder / file))
        return cls(**columns)


FILES = {
    "small_event.parquet": ("child", "day", "agency", "kind", "stream", "event_no"),
    "red_event.parquet": ("red_child", "red_day"),
    "seen.parquet": ("seen_child", "seen_agency", "seen_from", "seen_to"),
}


def small_events(
    engine: Engine, parts: Table, policy: Policy, rules: Accumulation, as_of: date
) -> SmallEvents:
    """Read what counts from coded parts (`indicators.parts.CodedParts.parts`).

    Parameters
    ----------
    as_of : nothing that happened, became known or was withdrawn after it counts.

    """
    today = dates.day_number(as_of)
    standing = parts.filter(
        parts.occurred <= today, parts.known <= today, parts.superseded > today
    ).mutate(day=ibis.greatest(parts.occurred, parts.known))
    rows = standing.filter(standing.kind.isin(_codes(policy, rules.kinds)))
    if rules.roles:
        rows = rows.filter(rows.role.isin([policy.role_code(role) for role in rules.roles]))
    columns = ["subject", "agency", "day", "event_no", "kind"]
    small = _whole(engine.arrow(rows.select(columns).distinct().order_by(columns)))
    kept = counting(small["subject"], small["agency"], small["day"], rules.once_in_days)
    small = {name: column[kept] for name, column in small.items()}
    order = np.lexsort((small["event_no"], small["day"], small["subject"]))
    return SmallEvents(
        **{name: small[name][order] for name in ("day", "agency", "kind", "event_no")},
        child=small["subject"][order],
        stream=_streams(policy, rules)[small["kind"][order]],
        **_red(engine, standing, policy, rules),
        **_seen(engine, standing, policy, rules, today),
    )


def _codes(policy: Policy, kinds: tuple[str, ...]) -> list[int]:
    return [policy.kind_code(kind) for kind in kinds]


def _streams(policy: Policy, rules: Accumulation) -> Whole:
    """Give each kind's place among the streams, by its code; 0 for a kind of none."""
    place = np.zeros(len(policy.kinds) + 1, np.int64)
    for number, stream in enumerate(rules.streams, start=1):
        place[_codes(policy, stream.kinds)] = number
    return place


def _whole(table: pa.Table) -> dict[str, Whole]:
    return {name: table[name].to_numpy().astype(np.int64) for name in table.column_names}


@numba.njit(nogil=True, cache=True)
def counting(child, agency, day, once_in):  # type: ignore[no-untyped-def]
    """Say which of events, in order of child, agency and day, count.

    One counts unless another of its child and agency counted less than `once_in` days ago.
    """
    kept = np.zeros(len(day), np.bool_)
    last = np.int64(0)
    for i in range(len(day)):
        same = i > 0 and child[i] == child[i - 1] and agency[i] == agency[i - 1]
        if not same or day[i] - last >= once_in:
            kept[i] = True
            last = day[i]
    return kept


def _red(engine: Engine, parts: Table, policy: Policy, rules: Accumulation) -> dict[str, Whole]:
    rows = parts.filter(parts.kind.isin(_codes(policy, rules.red)))
    if rules.roles:
        rows = rows.filter(rows.role.isin([policy.role_code(role) for role in rules.roles]))
    told = rows.select(red_child=rows.subject, red_day=rows.day).distinct()
    return _whole(engine.arrow(told.order_by(["red_child", "red_day"])))


def _seen(
    engine: Engine, parts: Table, policy: Policy, rules: Accumulation, today: int
) -> dict[str, Whole]:
    """Give when which agency saw whom: from an event until so long after it, or after its end."""
    rows = parts.filter(parts.kind.isin(_codes(policy, rules.seen_by)))
    ended = (rows.end_known <= today).ifelse(ibis.greatest(rows.ended, rows.occurred), NEVER)
    told = rows.select(
        seen_child=rows.subject, seen_agency=rows.agency, seen_from=rows.day, ended=ended
    )
    found = _whole(engine.arrow(told.distinct().order_by(list(told.columns))))
    ended_on = found.pop("ended")
    open_still = ended_on >= NEVER
    found["seen_to"] = np.where(open_still, NEVER, ended_on + rules.seen_days)
    return found
