"""The compiled inner loop: one subject's facts, tallied and finished for each as-of date.

A subject's facts lie together, sorted by day, so all dates are answered while they are in the
processor's cache: reading, decoding and matching facts to selections is paid for once. What a
date costs is one pass over the facts that had happened by then.
`tests/indicators/test_engines_agree.py` holds it to the reference engine.
"""

from __future__ import annotations

import numba
import numpy as np

COUNT, SUM, LAST, LATEST, AGENCIES, KINDS, OPEN, OVERLAPS = range(8)
# Up to FLAG, nothing told means nought; after it, no value.
NUMBER, DISTINCT, TOTAL, FLAG, RECENCY, VALUE, RATIO, CHANGE = range(8)
FAR = np.int32(2**31 - 1)  # a day that never comes: still open, never superseded
NOTHING = np.int32(-(2**31))  # no value
VALUE_BITS = 31


@numba.njit(nogil=True, cache=True, inline="always")
def _tally_one(measure, held, age, newest, oldest, day, end, as_of, value, agency, kind_bit):  # type: ignore[no-untyped-def]
    """Give what the accumulator holds after one visible fact; `held` starts at 0."""
    if measure == OPEN:
        return held + 1 if end > as_of and age >= newest else held
    if measure == OVERLAPS:
        return held + 1 if age < oldest or end > as_of - oldest + 1 else held
    if age < newest or age >= oldest:
        return held
    if measure == COUNT:
        return held + 1
    if measure == SUM:
        return held + value
    if measure == LAST:
        return max(held, day + 1 + 1_000_000)
    if measure == LATEST:
        return max(held, (np.int64(day + 1 + 1_000_000) << VALUE_BITS) | value)
    if measure == AGENCIES:
        return held | (np.int64(1) << agency)
    return held | (np.int64(1) << kind_bit)


@numba.njit(nogil=True, cache=True)
def _bits(mask):  # type: ignore[no-untyped-def]
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@numba.njit(nogil=True, cache=True, inline="always")
def _day(held):  # type: ignore[no-untyped-def]
    return held - 1 - 1_000_000


@numba.njit(nogil=True, cache=True)
def _finish(q, held, stamps, stamp, as_of, plan, numbers):  # type: ignore[no-untyped-def]
    """Give a question's value, or NaN where it has none; see `catalogue.Question`.

    plan : int64 (question, 11): finish, four uses, with_use, with_is_open, unless_use, settled,
        state, quotient. numbers : float64 (question, 2): minimum, scale.
    """
    finish = plan[q, 0]
    first = _held(held, stamps, stamp, plan[q, 1])
    if finish == NUMBER:
        return float(first)
    if finish == DISTINCT:
        return float(_bits(first))
    if finish == TOTAL:
        return first / 1000.0
    if finish == RECENCY:
        return float(as_of - _day(first)) if first else np.nan
    if finish == VALUE:
        return (first & ((np.int64(1) << VALUE_BITS) - 1)) / 1000.0 if first else np.nan
    if finish == FLAG:
        return _flag(q, first, held, stamps, stamp, as_of, plan)
    recent = _quotient(first, _held(held, stamps, stamp, plan[q, 2]), numbers[q, 0], numbers[q, 1])
    if finish == RATIO:
        return recent
    earlier = _quotient(
        _held(held, stamps, stamp, plan[q, 3]),
        _held(held, stamps, stamp, plan[q, 4]),
        numbers[q, 0],
        numbers[q, 1],
    )
    if plan[q, 10] == 0:
        return recent - earlier
    return recent / earlier if earlier != 0 else np.nan


@numba.njit(nogil=True, cache=True, inline="always")
def _held(held, stamps, stamp, use):  # type: ignore[no-untyped-def]
    return held[use] if use >= 0 and stamps[use] == stamp else 0


@numba.njit(nogil=True, cache=True, inline="always")
def _quotient(above, below, minimum, scale):  # type: ignore[no-untyped-def]
    return above / below * scale if below >= minimum else np.nan


@numba.njit(nogil=True, cache=True)
def _flag(q, first, held, stamps, stamp, as_of, plan):  # type: ignore[no-untyped-def]
    if first == 0:
        return 0.0
    if plan[q, 5] >= 0 and _held(held, stamps, stamp, plan[q, 5]) == 0:
        return 0.0
    if plan[q, 9]:
        return 1.0
    if as_of - _day(first) < plan[q, 8]:
        return 0.0
    if plan[q, 7] >= 0 and _held(held, stamps, stamp, plan[q, 7]) > first:
        return 0.0
    return 1.0


@numba.njit(nogil=True, cache=True)
def _tally(as_of, start, stop, facts, steps, held, stamps, stamp, touched):  # type: ignore[no-untyped-def]
    """Tally one subject's facts at one date; gives how many accumulators were touched."""
    occurred, known, superseded, reach, ended, end_known, value, agency, kind, signature = facts
    offsets, slots, measures, selections, newest, oldest, kind_bits = steps
    count = 0
    for row in range(start, stop):
        day = occurred[row]
        if day > as_of:
            break
        if known[row] > as_of or superseded[row] <= as_of or reach[row] < as_of:
            continue
        age = as_of - day
        end = ended[row] if end_known[row] <= as_of else FAR
        for at in range(offsets[signature[row]], offsets[signature[row] + 1]):
            slot = slots[at]
            if stamps[slot] != stamp:
                stamps[slot] = stamp
                held[slot] = 0
                touched[count] = slot
                count += 1
            measure = measures[slot]
            bit = kind_bits[selections[slot], kind[row]] if measure == KINDS else 0
            held[slot] = _tally_one(
                measure, held[slot], age, newest[slot], oldest[slot], day, end, as_of,
                value[row], agency[row], bit,
            )  # fmt: skip
    return count


@numba.njit(nogil=True, cache=True)
def values_on_date(as_of, starts, facts, steps, plan, numbers, asked, out):  # type: ignore[no-untyped-def]
    """Fill `out` (question, subject) for one date; what it held stays where nothing is told.

    starts : int64 (subjects + 1): where each subject's facts begin.
    asked : the questions of each accumulator, as (offsets, questions).
    """
    held = np.zeros(len(steps[2]), np.int64)
    stamps = np.full(len(steps[2]), -1, np.int64)
    done = np.full(plan.shape[0], -1, np.int64)
    touched = np.zeros(len(steps[2]), np.int32)
    for subject in range(len(starts) - 1):
        begin, end = starts[subject], starts[subject + 1]
        count = _tally(as_of, begin, end, facts, steps, held, stamps, subject, touched)
        for i in range(count):
            for at in range(asked[0][touched[i]], asked[0][touched[i] + 1]):
                q = asked[1][at]
                if done[q] != subject:
                    done[q] = subject
                    out[q, subject] = _finish(q, held, stamps, subject, as_of, plan, numbers)


@numba.njit(nogil=True, cache=True)
def runs_over_dates(dates, starts, facts, steps, plan, numbers, asked, out):  # type: ignore[no-untyped-def]
    """Write each value's runs over many dates; gives their number, or -1 when `out` is full.

    A run is (subject, question, first date, last date, value), the dates as positions. Recency
    is kept as the day of the latest event, which changes only when something happens. A value
    that equals the default (none, or nought for numbers and flags) makes no run.
    """
    subjects, questions, firsts, lasts, values = out
    held = np.zeros(len(steps[2]), np.int64)
    stamps = np.full(len(steps[2]), -1, np.int64)
    done = np.full(plan.shape[0], -1, np.int64)
    touched = np.zeros(len(steps[2]), np.int32)
    active = np.zeros(plan.shape[0], np.int32)  # questions with an open run
    run_at = np.full(plan.shape[0], -1, np.int64)  # where its run lies in `out`
    written = 0
    for subject in range(len(starts) - 1):
        begin, end = starts[subject], starts[subject + 1]
        n_active = 0
        for d in range(len(dates)):
            stamp = subject * len(dates) + d
            count = _tally(dates[d], begin, end, facts, steps, held, stamps, stamp, touched)
            if written + plan.shape[0] > len(values):
                return -1
            for i in range(count):
                for at in range(asked[0][touched[i]], asked[0][touched[i] + 1]):
                    q = asked[1][at]
                    if done[q] == stamp:
                        continue
                    done[q] = stamp
                    value = _finish(q, held, stamps, stamp, dates[d], plan, numbers)
                    if plan[q, 0] == RECENCY:
                        value = dates[d] - value
                    if np.isnan(value) or (value == 0 and plan[q, 0] <= FLAG):
                        continue
                    run = run_at[q]
                    if run >= 0 and values[run] == value and lasts[run] == d - 1:
                        lasts[run] = d
                        continue
                    if run < 0:
                        active[n_active] = q
                        n_active += 1
                    subjects[written], questions[written] = subject, q
                    firsts[written] = lasts[written] = d
                    values[written] = value
                    run_at[q] = written
                    written += 1
        for i in range(n_active):
            run_at[active[i]] = -1
    return written
