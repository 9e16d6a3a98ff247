"""The front door month by month: what comes about, who is told, what is decided, who is helped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import NEVER, Calendar, Days
from kithkin.simulation.care import DECISIONS
from kithkin.simulation.front_door.arithmetic import lognormal_days, looked_up, pick
from kithkin.simulation.front_door.candidates import Candidates
from kithkin.simulation.front_door.draws import Draws
from kithkin.simulation.front_door.ledger import Ledger
from kithkin.simulation.front_door.pathways import Cases, Offsets, Paths, follow, some
from kithkin.simulation.front_door.state import AT_HOME, State, what_survives
from kithkin.simulation.front_door.workers import Thresholds, Workers
from kithkin.simulation.life import Happenings, Lives
from kithkin.simulation.settings.front_door import FrontDoorSettings
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.world import NOBODY, Float, Index, Small

Rows = npt.NDArray[np.int64]

NO_ACTION, ADVICE, EARLY_HELP, REFERRAL, ALLOCATED = range(len(DECISIONS))
FADES = 0.92
"""What is left after a month of the weight of an earlier contact: a third after a year."""
A_YEAR = 365
A_NEW_ENQUIRY = 60
"""Days within which what comes to light belongs to the enquiry that runs."""


@dataclass(frozen=True)
class Door:
    """Everything that was drawn or settled before the first month."""

    lives: Lives
    happenings: Happenings
    calendar: Calendar
    candidates: Candidates
    workers: Workers
    base: Float
    """Scores without history."""
    thresholds: Thresholds
    offsets: Offsets
    draws: Draws
    cases: Cases
    """Of each candidate, as if it became a referral."""
    settings: FrontDoorSettings
    knobs: Knobs
    households: int


@dataclass(frozen=True)
class Passed:
    """What became of each candidate."""

    came: npt.NDArray[np.bool_]
    """Whether the contact was made."""
    score: Float
    """How far it moved, or would have moved, the worker."""
    decision: Small
    referral: Index
    survives: npt.NDArray[np.bool_]
    """Shape (happenings,)."""


def work_through(door: Door, state: State, ledger: Ledger) -> Passed:
    """Let all months pass, from cases already open at the start."""
    size = len(door.candidates)
    passed = Passed(
        came=np.zeros(size, dtype=np.bool_),
        score=np.zeros(size, dtype=np.float32),
        decision=np.full(size, -1, dtype=np.int8),
        referral=np.full(size, NOBODY, dtype=np.int32),
        survives=np.ones(len(door.happenings), dtype=np.bool_),
    )
    starts = door.calendar.month_starts
    happening_edges = np.searchsorted(door.happenings.day, starts)
    edges = np.searchsorted(door.candidates.day, starts)
    for month in range(door.calendar.months):
        rows = slice(int(happening_edges[month]), int(happening_edges[month + 1]))
        passed.survives[rows] = what_survives(
            state, door.lives, door.happenings, rows, month, int(starts[month]),
            door.knobs.support_effect, door.settings.support, door.households,
        )  # fmt: skip
        at = np.arange(edges[month], edges[month + 1])
        state.history *= FADES
        _month(door, state, ledger, passed, at)
    return passed


def _month(door: Door, state: State, ledger: Ledger, passed: Passed, at: Rows) -> None:
    c = door.candidates
    child, day, happening = c.child[at], c.day[at], c.happening[at]
    came = looked_up(passed.survives, happening, True)
    at_home = looked_up(door.happenings.kind, happening, AT_HOME) < AT_HOME
    came &= ~(at_home & state.in_care(child, day)) & ~state.is_abroad(child, day)
    passed.came[at] = came
    passed.score[at] = _score(door, state, at)
    at = at[came]
    joined = _decide(door, state, ledger, passed, at)
    _step_up(door, state, ledger, joined)
    np.add.at(state.history, c.child[at], 1)


def _score(door: Door, state: State, at: Rows) -> Float:
    child, day = door.candidates.child[at], door.candidates.day[at]
    deciding = door.settings.deciding
    known = (state.open_until[child] <= day) & (state.open_until[child] > day - A_YEAR)
    history = deciding.history * np.log1p(state.history[child])
    return (door.base[at] + history + deciding.earlier_referral * known).astype(np.float32)


def _decide(door: Door, state: State, ledger: Ledger, passed: Passed, at: Rows) -> Rows:
    """Decide contacts; give those that joined an open case."""
    c, levels = door.candidates, door.thresholds
    score = passed.score[at]
    steps = np.array([levels.advice, levels.early_help, levels.referral])
    decision = np.searchsorted(steps, score, side="right").astype(np.int8)
    is_open = state.is_open(c.child[at], c.day[at])
    wanted = at[(decision == REFERRAL) & ~is_open]
    _, first = np.unique(c.child[wanted], return_index=True)
    new = wanted[np.sort(first)]
    decision[is_open] = ALLOCATED
    _refer(door, state, ledger, passed, new)
    after = state.is_open(c.child[at], c.day[at]) & ~np.isin(at, new)
    follows = ~is_open & after & (state.open_from[c.child[at]] <= c.day[at])
    decision[follows] = ALLOCATED
    decision[(decision == REFERRAL) & ~np.isin(at, new)] = ALLOCATED
    passed.decision[at] = decision
    joined = at[decision == ALLOCATED]
    passed.referral[joined] = state.referral[c.child[joined]]
    _help_early(door, state, ledger, at[decision == EARLY_HELP])
    return joined


def _refer(door: Door, state: State, ledger: Ledger, passed: Passed, new: Rows) -> None:
    c = door.candidates
    paths = follow(some(door.cases, new), door.draws.of(new), door.offsets, door.settings.pathway)
    number = ledger.open_cases(
        c.child[new], c.day[new], c.source[new], new.astype(np.int32), c.need[new],
        door.workers.of_candidate[new], paths,
    )  # fmt: skip
    state.opened(c.child[new], c.day[new], number, paths)
    passed.referral[new] = number


def _step_up(door: Door, state: State, ledger: Ledger, joined: Rows) -> None:
    """Let contacts about open cases lead to enquiries, plans and care."""
    c = door.candidates
    child, day = c.child[joined], c.day[joined]
    busy = (state.plan_until[child] > day) | (state.care_until[child] > day)
    busy |= state.open_from[child] > day - A_NEW_ENQUIRY
    u = door.draws.uniform
    likely = (u["enquiry"][joined] < 0.9) | (u["care"][joined] < 0.5)
    joined = joined[~busy & likely]
    _, first = np.unique(c.child[joined], return_index=True)
    joined = joined[np.sort(first)]
    paths = follow(
        some(door.cases, joined), door.draws.of(joined), door.offsets,
        door.settings.pathway, opened=True,
    )  # fmt: skip
    grave = (paths.enquiry != NEVER) | (paths.care != NEVER)
    joined = joined[grave]
    paths = some(paths, grave)
    paths.in_need[:] = NEVER
    _write_step_up(door, state, ledger, joined, paths)


def _write_step_up(door: Door, state: State, ledger: Ledger, joined: Rows, paths: Paths) -> None:
    c = door.candidates
    child, day = c.child[joined], c.day[joined]
    number = state.referral[child]
    ledger.follow(number, child, day, c.need[joined], door.workers.of_candidate[joined], paths)
    state.stepped_up(child, paths)
    until = np.where(paths.care != NEVER, paths.closed, paths.assessed)
    state.open_until[child] = np.maximum(state.open_until[child], until)
    ledger.closed[number] = state.open_until[child]


def _help_early(door: Door, state: State, ledger: Ledger, at: Rows) -> None:
    """Begin early help, unless it runs already; some families decline it."""
    c, settings = door.candidates, door.settings.early_help
    at = at[state.early_until[c.child[at]] < c.day[at]]
    _, first = np.unique(c.child[at], return_index=True)
    at = at[np.sort(first)]
    u = door.draws.uniform
    declined = u["no_action"][at] < settings.declined
    start = c.day[at] + 5
    length = lognormal_days(settings.median_days, settings.spread, door.draws.normal["in_need"][at])
    end: Days = np.where(declined, start, start + length).astype(np.int32)
    ended_as = np.where(declined, 2, pick(np.array(settings.ends), u["care_end"][at]))
    ledger.early_help.add(
        child=c.child[at], household=c.household[at], start=start, end=end, ended_as=ended_as,
        declined=declined, worker=door.workers.of_candidate[at],
    )  # fmt: skip
    helped = at[~declined]
    state.early_from[c.child[helped]] = start[~declined]
    state.early_until[c.child[helped]] = end[~declined]
