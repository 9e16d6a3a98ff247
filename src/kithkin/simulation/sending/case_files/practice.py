"""What follows from decisions by custom: visits, reviews, and children who go missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kithkin.simulation.calendar import Days
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.sending.case_files.cells import Flags, Numbers, working_day
from kithkin.simulation.sending.case_files.files import FIRST_NUMBER, CaseFiles, Kept
from kithkin.simulation.sending.case_files.spans import Spells, recurring
from kithkin.simulation.world import Index, Table

MISSING_FROM_HOME = HAPPENINGS.index("missing_from_home")


@dataclass(frozen=True)
class Occasions(Table):
    """Visits, reviews or checks, by day."""

    of: Index
    """Position of the plan or the period of care in its table."""
    day: Days
    turn: Index
    """How many came before it in the same plan or period."""
    chance: np.ndarray[tuple[int], np.dtype[np.float64]]
    """Uniform: what the occasion draws on, such as whether the child was seen alone."""
    number: Numbers
    """The agency's own number of the occasion."""

    def only(self, wanted: Flags) -> Occasions:
        """Keep the wanted ones."""
        return Occasions(
            self.of[wanted], self.day[wanted], self.turn[wanted], self.chance[wanted],
            self.number[wanted],
        )  # fmt: skip


def occasions(
    files: CaseFiles,
    name: str,
    spells: tuple[Days, Days],
    on_record: Kept,
    wanted: Flags,
    gaps: tuple[int, ...],
    spread: int,
) -> Occasions:
    """Hold occasions at intervals through spells (start, end), each up to `spread` days late.

    What is drawn depends on nothing that comes later, so that each extract continues the last.
    """
    start, end = spells
    held = on_record.holds(np.arange(len(start), dtype=np.int32))
    rows = np.flatnonzero(wanted).astype(np.int32)
    stop = np.minimum(end[rows], files.county.calendar.ends)
    of, due, turn = recurring(start[rows], stop, gaps)
    rng = files.county.streams.of("sending", "case_files", "occasion", name)
    day = working_day(due + rng.integers(0, spread + 1, len(due), dtype=np.int32))
    chance, tie = rng.random(len(due)), rng.random(len(due))
    order = np.lexsort((tie, day))
    every = Occasions(
        rows[of[order]], day[order], turn[order], chance[order], FIRST_NUMBER + np.arange(len(due))
    )
    past = (every.day <= files.extracted) & (every.day <= end[every.of])
    return every.only(past & held[every.of])


def child_in_need_visits(files: CaseFiles) -> Occasions:
    """Visits under plans for children in need."""
    plans = files.care.plans
    gaps = (files.settings.child_in_need_visit,)
    return occasions(files, "cin_visit", (plans.start, plans.end), files.plans, ~plans.protection, gaps,
                     files.settings.visit_spread)  # fmt: skip


def protection_visits(files: CaseFiles) -> Occasions:
    """Visits under child protection plans."""
    plans = files.care.plans
    gaps = (files.settings.protection_visit,)
    return occasions(files, "cp_visit", (plans.start, plans.end), files.plans, plans.protection, gaps,
                     files.settings.visit_spread)  # fmt: skip


def protection_reviews(files: CaseFiles) -> Occasions:
    """Review conferences of child protection plans."""
    plans = files.care.plans
    gaps = (files.settings.protection_review_first, files.settings.protection_review_later)
    return occasions(files, "cp_review", (plans.start, plans.end), files.plans, plans.protection, gaps,
                     files.settings.visit_spread // 2)  # fmt: skip


def care_visits(files: CaseFiles) -> Occasions:
    """Visits to children looked after."""
    return _in_care(files, "cla_visit", (files.settings.care_visit,))


def care_reviews(files: CaseFiles) -> Occasions:
    """Reviews of the care of children looked after."""
    settings = files.settings
    gaps = (settings.care_review_first, settings.care_review_second, settings.care_review_later)
    return _in_care(files, "cla_review", gaps)


def _in_care(files: CaseFiles, name: str, gaps: tuple[int, ...]) -> Occasions:
    periods = files.care.care_periods
    every = np.ones(len(periods), dtype=bool)
    spread = files.settings.visit_spread // 2
    return occasions(
        files, name, (periods.start, periods.end), files.care_periods, every, gaps, spread
    )


# --- missing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Missing(Table):
    """Episodes of going missing that social care knows of, in order of days."""

    child: Index
    start: Days
    end: Days
    """NEVER when the child had not come back by the day of the extract."""
    unauthorised: Flags
    """Away without authorisation, though it was known where."""
    offered: Flags
    accepted: Flags
    placement: Index
    """Position of the placement that the child was missing from, or NOBODY."""
    number: Numbers


def missing_episodes(files: CaseFiles) -> Missing:
    """Find the missing episodes of children who are looked after or whose case is open."""
    happenings = files.county.happenings
    rows = np.flatnonzero((happenings.kind == MISSING_FROM_HOME) & files.care.survives)
    child, day = happenings.child[rows], happenings.day[rows]
    rng = files.county.streams.of("sending", "case_files", "missing")
    nights = rng.geometric(1 - files.settings.missing_longer, len(rows)).astype(np.int32)
    draws = rng.random((3, len(rows)))
    placement = placements_of(files).at(child, day)
    known = (placement >= 0) | (open_referrals(files).at(child, day) >= 0)
    first = _first_of_day(child, day)
    keep = known & first & (files.number(child) >= 0) & (day <= files.extracted)
    keep &= _leaves_room(files, placement, day)
    at = np.flatnonzero(keep)
    at = at[np.lexsort((draws[0][at], day[at]))]
    end = _back(files, child[at], day[at], nights[at], placement[at])
    settings = files.settings
    offered = draws[1][at] < settings.interview_offered
    return Missing(
        child[at], day[at], end, draws[0][at] < settings.missing_unauthorised, offered,
        offered & (draws[2][at] < settings.interview_accepted), placement[at],
        FIRST_NUMBER + np.arange(len(at)),
    )  # fmt: skip


def placements_of(files: CaseFiles) -> Spells:
    """Look up placements on record by child and day."""
    rows = files.care.placements
    child = files.care.care_periods.child[rows.care]
    held = files.placements.holds(np.arange(len(rows), dtype=np.int32))
    return Spells.of(np.where(held, child, -2).astype(np.int32), rows.start, rows.end)


def open_referrals(files: CaseFiles) -> Spells:
    """Look up the referrals on record that were taken further, by child and day."""
    rows = files.care.referrals
    held = files.referrals.holds(np.arange(len(rows), dtype=np.int32)) & ~rows.no_further_action
    return Spells.of(np.where(held, rows.child, -2).astype(np.int32), rows.day, rows.closed)


def _first_of_day(child: Index, day: Days) -> Flags:
    """Say which row is the first of its child and day: a day has one missing episode."""
    order = np.lexsort((day, child))
    again = (np.diff(child[order], prepend=-9) == 0) & (np.diff(day[order], prepend=-9) == 0)
    first = np.empty(len(child), dtype=bool)
    first[order] = ~again
    return first


def _leaves_room(files: CaseFiles, placement: Index, day: Days) -> Flags:
    """Say if the placement, where there is one, lasts the day after too."""
    end = files.care.placements.end
    if len(end) == 0:
        return np.ones(len(day), dtype=bool)
    return np.asarray((placement < 0) | (end[np.maximum(placement, 0)] > day + 1))


def _back(files: CaseFiles, child: Index, day: Days, nights: Days, placement: Index) -> Days:
    """Give the day of return: before the placement ends and before the child goes missing again."""
    end = day + nights
    ends = files.care.placements.end
    if len(ends):
        last = ends[np.maximum(placement, 0)] - 1
        end = np.where(placement >= 0, np.minimum(end, last), end)
    order = np.lexsort((day, child))
    following = np.append(day[order][1:], np.int32(2**30))
    following[np.append(np.diff(child[order]) != 0, True)[: len(order)]] = 2**30
    limit = np.empty(len(day), dtype=np.int32)
    limit[order] = following[: len(order)]
    return np.minimum(end, np.maximum(limit, day)).astype(np.int32)
