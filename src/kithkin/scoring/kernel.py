"""The compiled sweep: one person's rows, added up for every component at every date at once.

A row counts from the first date on which it had happened and was known, until it leaves the
component's window or another version takes its place; from `fades_from` on it only decays. So
with `lift = 2^((fades_from - anchor) / half_life)` a row adds one and the same number to a run of
dates, and each date multiplies its sum once by `2^(-(date - anchor) / half_life)`. While it does
not fade yet, it adds what one that faded from the date itself would. Nothing is
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
        for i in range(sums.shape[1]):
            sums[c, i] = 0.0


@numba.njit(nogil=True, cache=True, inline="always")
def _one_at_a_time(r, stop, known, superseded, fades_from, kind):  # type: ignore[no-untyped-def]
    """Say whether an event's rows are of one kind, and their versions never hold together."""
    for row in range(r + 1, stop):
        alike = (
            known[row] == known[row - 1]
            and superseded[row] == superseded[row - 1]
            and fades_from[row] == fades_from[row - 1]
        )
        if kind[row] != kind[r] or not (alike or superseded[row - 1] <= known[row]):
            return False
    return True


@numba.njit(nogil=True, cache=True)
def _add_person(p, start, end, dates, rows, days, uses, kinds, variants, best, seen, stamps, sums):  # type: ignore[no-untyped-def]
    """Add up a person's rows; each component counts an event once.

    The arrays are taken from their tuples here, once a person: for each row it would cost more
    than the sums themselves.
    """
    _, event_no, occurred, known, superseded, fades_from, kind, counts_for = rows
    first, places, lift, lift_from = days
    offsets, components, weights, windows, half_lives = uses
    gravities, marks = kinds
    last, r = dates[-1], start
    while r < end:
        stop, newest, soonest = r + 1, fades_from[r], occurred[r]
        while stop < end and event_no[stop] == event_no[r]:
            newest, soonest = max(newest, fades_from[stop]), min(soonest, occurred[stop])
            stop += 1
        if newest < lift_from or soonest > last:
            r = stop
            continue
        if not _one_at_a_time(r, stop, known, superseded, fades_from, kind):
            _add_versions(r, stop, p, rows, dates, days, uses, kinds, variants, best, stamps, sums)
            r = stop
            continue
        mark, gravity = marks[kind[r]], gravities[kind[r]]
        version = r
        for row in range(r, stop):
            if known[row] != known[version]:
                version = row
            fades = fades_from[row]
            if fades < lift_from:
                continue
            begin = _at_or_after(max(occurred[row], known[row]), first, places)
            replaced = _at_or_after(superseded[row], first, places)
            full = max(begin, _at_or_after(fades, first, places))
            for at in range(offsets[counts_for[row]], offsets[counts_for[row] + 1]):
                c = components[at]
                until = min(replaced, _at_or_after(fades + windows[at], first, places))
                if begin >= until or seen[c] == version:
                    continue
                seen[c] = version
                _touch(c, p, stamps, sums)
                each = weights[at] * gravity
                for k in range(begin, min(full, until)):
                    adds = each * lift[dates[k] - lift_from, half_lives[at]]
                    for variant in range(variants):
                        if not _left_out(variant, mark):
                            sums[c, k * variants + variant] += adds
                if full >= until:
                    continue
                adds = each * lift[fades - lift_from, half_lives[at]]
                if mark == 0:
                    for i in range(full * variants, until * variants):
                        sums[c, i] += adds
                else:
                    for variant in range(variants):
                        if not _left_out(variant, mark):
                            for k in range(full, until):
                                sums[c, k * variants + variant] += adds
        r = stop


@numba.njit(nogil=True, cache=True)
def _add_versions(r, stop, person, rows, dates, days, uses, kinds, variants, best, stamps, sums):  # type: ignore[no-untyped-def]
    """Add one event that stands for several kinds or was known in parts: what is most counts."""
    _, _, occurred, known, superseded, fades_from, kind, counts_for = rows
    _, _, lift, lift_from = days
    offsets, components, weights, windows, half_lives = uses
    gravity, marks = kinds
    for i in range(len(dates) * variants):
        date, variant = dates[i // variants], i % variants
        for row in range(r, stop):
            seen = max(occurred[row], known[row]) <= date and superseded[row] > date
            if seen and not _left_out(variant, marks[kind[row]]):
                fades = min(fades_from[row], date)
                for at in range(offsets[counts_for[row]], offsets[counts_for[row] + 1]):
                    if date - fades < windows[at]:
                        c, each = components[at], weights[at] * gravity[kind[row]]
                        adds = each * lift[fades - lift_from, half_lives[at]]
                        best[c] = max(best[c], adds)
        for row in range(r, stop):
            for at in range(offsets[counts_for[row]], offsets[counts_for[row] + 1]):
                c = components[at]
                if best[c] >= 0:
                    _touch(c, person, stamps, sums)
                    sums[c, i] += best[c]
                best[c] = -1.0


@numba.njit(nogil=True, cache=True)
def _add_again(start, end, p, rows, dates, days, uses, kinds, variants, drop, once, best, again):  # type: ignore[no-untyped-def]
    """Add up by list of components what occasions give beyond their one event that gives most."""
    occasion, event_no, occurred, known, superseded, fades_from, kind, counts_for = rows
    _, _, lift, lift_from = days
    offsets, components, weights, windows, half_lives = uses
    gravity, marks = kinds
    of_component, _, listed = once
    stamps, more, most = again
    r = start
    while r < end:
        stop, count, newest = r, 0, fades_from[r]
        while stop < end and occasion[stop] == occasion[r]:
            count += listed[counts_for[stop]]
            newest = max(newest, fades_from[stop])
            stop += 1
        if count < 2 or newest < lift_from:
            r = stop
            continue
        for i in range(len(dates) * variants):
            date, variant = dates[i // variants], i % variants
            event = r
            for row in range(r, stop):
                if max(occurred[row], known[row]) <= date < superseded[row] and not _left_out(
                    variant, marks[kind[row]]
                ):
                    fades = min(fades_from[row], date)
                    for at in range(offsets[counts_for[row]], offsets[counts_for[row] + 1]):
                        c = components[at]
                        if of_component[c] >= 0 and date - fades < windows[at]:
                            lifted = lift[fades - lift_from, half_lives[at]]
                            gives = weights[at] * gravity[kind[row]] * lifted
                            best[c] = max(best[c], gives * drop[half_lives[at], i])
                if row + 1 < stop and event_no[row + 1] == event_no[row]:
                    continue
                # The event is told: what it gives in each component is what counts of it.
                for one in range(event, row + 1):
                    for at in range(offsets[counts_for[one]], offsets[counts_for[one] + 1]):
                        c = components[at]
                        if best[c] < 0:
                            continue
                        g = of_component[c]
                        if stamps[g] != p:
                            stamps[g] = p
                            more[g, :] = 0.0
                        more[g, i] += min(best[c], most[g])
                        most[g] = max(best[c], most[g])
                        best[c] = -1.0
                event = row + 1
            most[:] = 0.0
        r = stop


@numba.njit(nogil=True, cache=True)
def _finish(p, births, born, tracks, drop, once, stamps, sums, again, total, out):  # type: ignore[no-untyped-def]
    """Cap the components, add them up for each track, and write the index."""
    halfway, first_component, half_lives, at_most = tracks
    of_component, first_list, _ = once
    more_stamps, more, _ = again
    variants = out.shape[0]
    for t in range(len(halfway)):
        some = False
        for c in range(first_component[t], first_component[t + 1]):
            if stamps[c] != p:
                continue
            if not some:
                total[:] = 0.0
                some = True
            for i in range(len(total)):
                total[i] += min(at_most[c], sums[c, i] * drop[half_lives[c], i])
        if not some:
            continue
        for g in range(first_list[t], first_list[t + 1]):
            if more_stamps[g] != p:
                continue
            for i in range(len(total)):
                capped, whole = 0.0, 0.0
                for c in range(first_component[t], first_component[t + 1]):
                    if of_component[c] == g and stamps[c] == p:
                        gives = sums[c, i] * drop[half_lives[c], i]
                        capped, whole = capped + min(at_most[c], gives), whole + gives
                total[i] -= max(0.0, capped - (whole - more[g, i]))
        for k in range(out.shape[1]):
            if births[0, k, t] <= born[p] <= births[1, k, t]:
                for variant in range(variants):
                    whole = total[k * variants + variant]
                    if variant and whole == total[k * variants]:
                        out[variant, k, t, p] = out[0, k, t, p]
                    elif whole > 0:
                        out[variant, k, t, p] = -100.0 * math.expm1(-whole / halfway[t] * LN2)


@numba.njit(nogil=True, cache=True)
def sweep(starts, rows, dates, days, births, born, uses, kinds, tracks, once, drop, out):  # type: ignore[no-untyped-def]
    """Fill `out` (variant, date, track, person) for the persons whose rows are given.

    starts : int64 (persons + 1). rows : occasion, event_no, occurred, known, superseded, fades_from, kind,
        counts_for.
    days : the first date, for each day from it the position of the first date not before it,
        `lift` (day, half-life) and the day with which it begins; older rows count nothing.
    births : int32 (2, date, track): first and last day of birth with which one has a score.
    uses : sets as offsets and components; weight, window and place of the half-life of each.
    kinds : gravity and marks of each kind.
    tracks : halfway of each, and where its components begin; place of the half-life and at_most
        of each component.
    once : the list of each component in which an occasion counts once, -1 for none; where the
        lists of each track begin; how many components of each set are in one.
    drop : float64 (half-life, date x variant).
    """
    components, variants = len(tracks[3]), out.shape[0]
    sums = np.zeros((components, len(dates) * variants))
    total = np.zeros(len(dates) * variants)
    best = np.full(components, -1.0)
    seen = np.full(components, -1, np.int64)
    stamps = np.full(components, -1, np.int64)
    lists = once[1][-1]
    again = np.full(lists, -1, np.int64), np.zeros((lists, total.size)), np.zeros(lists)
    for p in range(len(starts) - 1):
        _add_person(
            p, starts[p], starts[p + 1], dates, rows, days, uses, kinds, variants, best, seen,
            stamps, sums,
        )  # fmt: skip
        if lists:
            _add_again(
                starts[p], starts[p + 1], p, rows, dates, days, uses, kinds, variants, drop, once,
                best, again,
            )  # fmt: skip
        _finish(p, births, born, tracks, drop, once, stamps, sums, again, total, out)
