"""The screeners: how many, how strict, how that drifts, and how a heavy week weighs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.front_door.candidates import Candidates
from kithkin.simulation.settings.front_door import Deciding
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import Float, Index, Small, World


@dataclass(frozen=True)
class Workers:
    """Who screens: one row a worker; and which worker takes each candidate."""

    forename: Index
    surname: Index
    team: Small
    strictness: Float
    """Shape (months, workers): log odds by which each worker's threshold lies above the norm."""
    of_candidate: Index


@dataclass(frozen=True)
class Thresholds:
    """Scores from which a contact about a closed case becomes each of these."""

    referral: float
    early_help: float
    advice: float


def staff(
    world: World,
    candidates: Candidates,
    calendar: Calendar,
    settings: Deciding,
    knobs: Knobs,
    streams: Streams,
) -> Workers:
    """Hire as many screeners as the contacts need, and hand each report to one of them."""
    contacts_a_year = 12 * len(candidates) / calendar.months
    count = max(3, round(contacts_a_year / settings.contacts_per_worker))
    draw = streams.of("front_door", "workers")
    steps = draw.standard_normal((calendar.months, count)) * knobs.worker_drift / np.sqrt(12)
    start = draw.standard_normal(count) * knobs.worker_spread
    reports = int(candidates.report.max(initial=-1)) + 1
    taken_by = streams.of("front_door", "allocation").integers(count, size=reports)
    adults = np.flatnonzero(
        (world.people.born < calendar.begins - 25 * 365) & (world.people.forename >= 0)
    )
    namesakes = draw.choice(adults if len(adults) else np.arange(len(world.people)), (2, count))
    return Workers(
        forename=world.people.forename[namesakes[0]],
        surname=world.people.surname[namesakes[1]],
        team=(np.arange(count) % settings.teams).astype(np.int8),
        strictness=(start + np.cumsum(steps, axis=0)).astype(np.float32),
        of_candidate=taken_by[candidates.report].astype(np.int32),
    )


def scores(
    candidates: Candidates,
    workers: Workers,
    minority: npt.NDArray[np.bool_],
    decile: Small,
    baby: npt.NDArray[np.bool_],
    settings: Deciding,
    knobs: Knobs,
) -> Float:
    """Give how far each candidate moves its worker, before what is known of earlier contacts.

    `minority`, `decile` and `baby` (under one) are of each candidate's child.
    """
    strict = workers.strictness[candidates.month, workers.of_candidate]
    tired = knobs.worker_fatigue * _workload(candidates, workers)
    comfortable = settings.well_off * np.maximum(0, decile.astype(np.float32) - 5)
    noise = knobs.worker_noise * candidates.noise
    bias = knobs.worker_bias * minority
    young = settings.under_one * baby
    return (candidates.shown + young + noise + bias - strict - tired - comfortable).astype(
        np.float32
    )


def _workload(candidates: Candidates, workers: Workers) -> Float:
    """Give each candidate's worker's load that week, in standard deviations."""
    if len(candidates) == 0:
        return np.empty(0, dtype=np.float32)
    week = (candidates.day - candidates.day.min()) // 7
    cell = week.astype(np.int64) * len(workers.team) + workers.of_candidate
    load = np.bincount(cell).astype(np.float32)[cell]
    return (load - load.mean()) / max(float(load.std()), 1e-6)


def settle_thresholds(settings: Deciding, fair: Float) -> Thresholds:
    """Set the norm once, by what the service can take of all potential contacts.

    `fair` are the scores without bias, so that a bias moves shares between groups and in all.
    """
    shares = settings.shares
    upper = np.cumsum([shares["referral"], shares["early_help"], shares["advice"]])
    cuts = np.quantile(fair, 1 - upper) if len(fair) else np.zeros(3)
    return Thresholds(float(cuts[0]), float(cuts[1]), float(cuts[2]))
