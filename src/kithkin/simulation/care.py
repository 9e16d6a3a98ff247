"""The front door and what follows: contacts, decisions, help, plans and care.

Tables of what children's social care and early help did. A child is a position in `World.people`,
a worker a number from 0. Days are day numbers; NEVER is not yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days
from kithkin.simulation.world import Float, Index, Small, Table

SOURCES = (
    "police", "school", "health_visitor", "hospital", "gp", "other_health", "council_service",
    "housing", "youth_justice", "family", "neighbour", "anonymous", "other_individual",
    "other_legal", "other", "unknown",
)  # fmt: skip
"""Who made contact; each maps to one code of the model's `referral_source`."""

DECISIONS = ("no_action", "advice", "early_help", "referral", "to_allocated_worker")
LEVELS = (1, 2, 3, 4)
ASSESSMENT_ENDS = ("no_further_action", "not_in_need", "step_down", "in_need", "enquiry")
CONFERENCE_ENDS = ("no_plan", "plan")
FACTORS = (
    "1A", "1B", "1C", "2A", "2B", "2C", "3A", "3B", "3C", "4A", "4B", "4C", "5A", "5B", "5C", "6A",
    "6B", "6C", "7A", "8B", "8C", "8D", "8E", "8F", "9A", "10A", "11A", "12A", "13A", "14A", "15A",
    "16A", "17A", "18B", "18C", "19B", "19C", "20", "21", "22A", "23A", "24A",
)  # fmt: skip
NEEDS = ("N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9", "N0")
ABUSE_CATEGORIES = ("NEG", "PHY", "SAB", "EMO", "MUL")
LEGAL_STATUSES = ("C1", "C2", "D1", "E1", "V2", "J1", "L1")
PLACEMENT_TYPES = ("U1", "U3", "U4", "U6", "K1", "K2", "P1", "H5", "R1", "A6")
CARE_ENDS = ("E4A", "E11", "E12", "E45", "E46", "E5", "E6", "E13", "E8", "E2")
"""Codes of the model's `reason_episode_ceased` for the end of a period of care."""


@dataclass(frozen=True)
class Contacts(Table):
    """A row a contact and child, in order of days."""

    child: Index
    day: Days
    source: Small
    happening: Index
    """Position in `Happenings` of what prompted it, or NOBODY."""
    household: Index
    need: Small
    """True level of need that month, 1 to 4."""
    shown: Float
    """How serious the contact looked, log odds; what the worker saw."""
    worker: Index
    decision: Small
    decided: Days
    referral: Index
    """The referral that it became, or the open one that it joined, or NOBODY."""


@dataclass(frozen=True)
class Referrals(Table):
    """A row a referral of a child (a children-in-need episode)."""

    child: Index
    day: Days
    source: Small
    contact: Index
    no_further_action: npt.NDArray[np.bool_]
    closed: Days
    reason_closed: Small
    """Position in the model's codes RC1 to RC9 of `closure_reason`; -1 while open."""
    need: Small
    worker: Index
    escalates: npt.NDArray[np.bool_]
    """Whether an enquiry, a plan or care followed within twelve months of the referral."""


@dataclass(frozen=True)
class Assessments(Table):
    """A row an assessment."""

    referral: Index
    start: Days
    end: Days
    ended_as: Small
    factors: npt.NDArray[np.int64]
    """Bit i is set when FACTORS[i] was found; 0 while it is not finished."""
    worker: Index


@dataclass(frozen=True)
class Enquiries(Table):
    """A row a section 47 enquiry, and its conference when it came to one."""

    referral: Index
    start: Days
    end: Days
    conference: Days
    """Day of the initial child protection conference, or NEVER."""
    ended_as: Small
    """Position in CONFERENCE_ENDS; -1 without a conference."""
    substantiated: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Plans(Table):
    """A row a child in need plan or a child protection plan."""

    referral: Index
    start: Days
    end: Days
    protection: npt.NDArray[np.bool_]
    category: Small
    """Position in ABUSE_CATEGORIES; -1 for a plan of a child in need."""
    latest_category: Small
    previous: Small
    """Number of earlier child protection plans of the child."""
    worker: Index


@dataclass(frozen=True)
class CarePeriods(Table):
    """A row a period of being looked after."""

    child: Index
    referral: Index
    start: Days
    end: Days
    ended_as: Small
    """Position in CARE_ENDS; -1 while it lasts."""
    need: Small
    unaccompanied: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Placements(Table):
    """A row an episode of care (SSDA903): a placement under a legal status."""

    care: Index
    start: Days
    end: Days
    kind: Small
    legal: Small
    address: Index
    """Position in `World.addresses`."""
    carer: Index
    """A carer's household in `World.households`, or NOBODY."""
    own_authority: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class EarlyHelp(Table):
    """A row an early help episode of a child and its household."""

    child: Index
    household: Index
    start: Days
    end: Days
    ended_as: Small
    """Position in EARLY_HELP_ENDS; -1 while open."""
    declined: npt.NDArray[np.bool_]
    worker: Index


EARLY_HELP_ENDS = ("needs met", "not engaged", "consent withdrawn", "stepped up", "moved away")


@dataclass(frozen=True)
class Outcomes(Table):
    """Both worlds: what followed each contact or referral that was closed, with and without support.

    A row for each contact decided as no action or advice, each referral closed, in order of days.
    Outcomes are of the twelve months after; those that end later than the calendar are immature.
    """

    child: Index
    day: Days
    mature: npt.NDArray[np.bool_]
    returned: npt.NDArray[np.bool_]
    """A new referral, as it came about."""
    escalated: npt.NDArray[np.bool_]
    """A new referral and then an enquiry, a protection plan or care, as it came about."""
    escalated_unsupported: npt.NDArray[np.bool_]
    escalated_supported: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Care:
    """All that the front door and the services behind it did."""

    contacts: Contacts
    referrals: Referrals
    assessments: Assessments
    enquiries: Enquiries
    plans: Plans
    care_periods: CarePeriods
    placements: Placements
    early_help: EarlyHelp
    outcomes: Outcomes
    survives: npt.NDArray[np.bool_]
    """Shape (happenings,): whether each happening came about, given the help that was given."""
    worker_forename: Index
    """Shape (workers,): positions in `World.names`."""
    worker_surname: Index
    worker_team: Small
