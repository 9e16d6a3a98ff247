"""The compiled sweep: one person's rows, added up for every component at every date at once.

A row counts from the first date on which it had happened and was known, until it leaves the
component's window or another version takes its place; between the two it only decays. So with
`lift = 2^((occurred - anchor) / half_life)` a row adds one and the same number to a run of
dates, and each date multiplies its sum once by `2^(-(date - anchor) / half_life)`. Nothing is
ever taken away again, and what a date gives does not depend on which other dates are asked for,
to the last bit (test_many_dates_are_each_date_alone).
"""

from __future__ import annotations

import math

import numba
import numpy as np

ALL, WITHOUT_POVERTY, WITHOUT_UNPROVEN = range(3)
POVERTY, UNPROVEN = 1, 2
LN2 = math.log(2.0)


@numba.njit(nogil=True, cache=True, inline="always")
def _left_out(variant, mark):  # type: ignore[no-untyped-def]
    return (variant == WITHOUT_POVERTY and mark & POVERTY) or (
        variant == WITHOUT_UNPROVEN and mark & UNPROVEN
    )


@numba.njit(nogil=True, cache=True, inline="always")
def _at_or_after(day, first, places):  # type: ignore[no-untyped-def]
    """Give the position of the first date that is not before a day."""
    return places[min(max(day - first, 0), len(places) - 1)]


@numba.njit(nogil=True, cache=True, inline="always")
def _touch(c, person, stamps, sums):  # type: ignore[no-untyped-def]
    if stamps[c] != person:
        stamps[c] = person
        sums[c] = 0.0


@numba.njit(nogil=True, cache=True)
def _add_one_version(r, stop, person, rows, days, parts, seen, stamps, sums):  # type: ignore[no-untyped-def]
    """Add one event whose rows differ in role or age alone: each component counts it once."""
    _, occurred, known, superseded, kind, counts_for = rows
    first, places, lift, lift_from = days
    offsets, flat, weight, window, half_life, _, gravity, marks = parts
    day, mark = occurred[r], marks[kind[r]]
    begin = _at_or_after(max(day, known[r]), first, places)
    replaced = _at_or_after(superseded[r], first, places)
    for row in range(r, stop):
        for at in range(offsets[counts_for[row]], offsets[counts_for[row] + 1]):
            c = flat[at]
            if seen[c] == r:
                continue
            seen[c] = r
            end = min(replaced, _at_or_after(day + window[c], first, places))
            if begin >= end:
                continue
            _touch(c, person, stamps, sums)
            adds = weight[c] * gravity[kind[r]] * lift[half_life[c], day - lift_from]
            for variant in range(sums.shape[1]):
                if not _left_out(variant, mark):
                    for k in range(begin, end):
                        sums[c, variant, k] += adds


@numba.njit(nogil=True, cache=True)
def _add_versions(r, stop, person, rows, dates, days, parts, best, stamps, sums):  # type: ignore[no-untyped-def]
    """Add one event that stands for several kinds or was known in parts: the gravest counts."""
    _, occurred, known, superseded, kind, counts_for = rows
    _, _, lift, lift_from = days
    offsets, flat, weight, window, half_life, _, gravity, marks = parts
    day = occurred[r]
    for k in range(len(dates)):
        for variant in range(sums.shape[1]):
            for row in range(r, stop):
                for at in range(offsets[counts_for[row]], offsets[counts_for[row] + 1]):
                    best[flat[at]] = -1.0
            for row in range(r, stop):
                seen = max(day, known[row]) <= dates[k] and superseded[row] > dates[k]
                if seen and not _left_out(variant, marks[kind[row]]):
                    for at in range(offsets[counts_for[row]], offsets[counts_for[row] + 1]):
                        best[flat[at]] = max(best[flat[at]], gravity[kind[row]])
            for row in range(r, stop):
                for at in range(offsets[counts_for[row]], offsets[counts_for[row] + 1]):
                    c = flat[at]
                    if best[c] >= 0 and dates[k] - day < window[c]:
                        _touch(c, person, stamps, sums)
                        adds = weight[c] * best[c] * lift[half_life[c], day - lift_from]
                        sums[c, variant, k] += adds
                    best[c] = -1.0


@numba.njit(nogil=True, cache=True)
def _same_version(a, b, known, superseded, kind):  # type: ignore[no-untyped-def]
    return kind[a] == kind[b] and known[a] == known[b] and superseded[a] == superseded[b]


@numba.njit(nogil=True, cache=True)
def _finish(p, person, dates, births, born, tracks, parts, drop, stamps, sums, total, out):  # type: ignore[no-untyped-def]
    """Cap the components, add them up for each track, and write the index."""
    half_life, at_most = parts[4], parts[5]
    halfway, first_component = tracks
    for t in range(len(halfway)):
        some = False
        for c in range(first_component[t], first_component[t + 1]):
            if stamps[c] != p:
                continue
            if not some:
                total[:] = 0.0
                some = True
            for variant in range(sums.shape[1]):
                for k in range(len(dates)):
                    total[variant, k] += min(
                        at_most[c], sums[c, variant, k] * drop[half_life[c], k]
                    )
        if not some:
            continue
        for k in range(len(dates)):
            if born[p] < births[0, k, t] or born[p] > births[1, k, t]:
                continue
            for variant in range(sums.shape[1]):
                if total[variant, k] > 0:
                    index = -100.0 * math.expm1(-total[variant, k] / halfway[t] * LN2)
                    out[variant, k, t, person] = index


@numba.njit(nogil=True, cache=True)
def sweep(starts, rows, dates, days, births, born, tracks, parts, drop, out):  # type: ignore[no-untyped-def]
    """Fill `out` (variant, date, track, person) for the persons whose rows are given.

    starts : int64 (persons + 1). rows : event_no, occurred, known, superseded, kind, counts_for.
    days : the first date, for each day from it the position of the first date not before it,
        `lift` (half-life, day) and the day with which it begins; no row is older.
    births : int32 (2, date, track): first and last day of birth with which one has a score.
    tracks : halfway, and where each track's components begin.
    parts : sets as offsets and components; weight, window, place of the half-life and at_most
        of each component; gravity and marks of each kind.
    drop : float64 (half-life, date).
    """
    event_no, occurred, known, superseded, kind, _ = rows
    components = len(parts[2])
    sums = np.zeros((components, out.shape[0], len(dates)))
    total = np.zeros((out.shape[0], len(dates)))
    best = np.full(components, -1.0)
    seen = np.full(components, -1, np.int64)
    stamps = np.full(components, -1, np.int64)
    oldest, last = days[3], dates[-1]
    for p in range(len(starts) - 1):
        r = starts[p]
        while r < starts[p + 1]:
            stop, one_version = r + 1, True
            while stop < starts[p + 1] and event_no[stop] == event_no[r]:
                one_version &= _same_version(r, stop, known, superseded, kind)
                stop += 1
            if occurred[r] >= oldest and occurred[r] <= last:
                if one_version:
                    _add_one_version(r, stop, p, rows, days, parts, seen, stamps, sums)
                else:
                    _add_versions(r, stop, p, rows, dates, days, parts, best, stamps, sums)
            r = stop
        _finish(p, p, dates, births, born, tracks, parts, drop, stamps, sums, total, out)
