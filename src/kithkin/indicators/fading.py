"""From when what a person took part in fades: from its day, or for what lasts from its end.

What lasts (a flag, a plan, an order) counts in full while it is open, as it was known on the day
asked about, and fades from its end once that is known. Nothing counts as open for longer than the
policy says (`Policy.open_at_most`): such a record may be one that nobody closed. A later end that
becomes known then changes nothing, so that closing a record never raises a score.

Every expression here runs alike on DuckDB and Spark.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ibis

from kithkin.policy import Policy

Table = Any  # an Ibis table; Ibis ships no types that a strict check accepts


def with_fading(parts: Table, policy: Policy, kinds: Iterable[str]) -> Table:
    """Add `fades_from`, a day number: before it a part counts in full, and from it on it fades.

    A part whose end became known later than itself becomes two, one after the other: as it was
    believed to be open, and as it was known to have ended. So each row has one day from which it
    fades, and a past day is answered as it was then.

    Parameters
    ----------
    parts : coded parts (`indicators.parts`).
    kinds : the kinds that stand in `parts`.

    """
    most = {name: policy.open_at_most(name) for name in kinds}
    lasting = {policy.kind_code(name): days for name, days in most.items() if days is not None}
    if not lasting:
        return parts.mutate(fades_from=parts.occurred)
    lasts = parts.kind.isin(sorted(lasting))
    passing = parts.filter(~lasts)
    passing = passing.mutate(fades_from=passing.occurred)
    rows = parts.filter(lasts)
    return passing.union(_while_open(rows, lasting)).union(_once_ended(rows, lasting))


def _while_open(rows: Table, lasting: dict[int, int]) -> Table:
    rows = rows.mutate(superseded=ibis.least(rows.superseded, rows.end_known))
    rows = rows.mutate(fades_from=_taken_to_end(rows, lasting))
    return rows.filter(rows.known < rows.superseded)


def _once_ended(rows: Table, lasting: dict[int, int]) -> Table:
    rows = rows.filter(rows.end_known < rows.superseded)
    end = ibis.greatest(rows.ended, rows.occurred)
    fades = ibis.least(end, _taken_to_end(rows, lasting))
    return rows.mutate(known=rows.end_known, fades_from=fades)


def _taken_to_end(rows: Table, lasting: dict[int, int]) -> Any:
    """Give the day on which a record that is still open is taken to have ended."""
    by_days: dict[int, list[int]] = {}
    for code, days in sorted(lasting.items()):
        by_days.setdefault(days, []).append(code)
    least = min(by_days)
    most = ibis.literal(least, "int32")
    for days in sorted(by_days.keys() - {least}):
        most = rows.kind.isin(by_days[days]).ifelse(ibis.literal(days, "int32"), most)
    return (rows.occurred + most).cast("int32")
