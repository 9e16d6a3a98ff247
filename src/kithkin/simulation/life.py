"""What becomes of people: the states they live through month by month, and what happens to them.

Nothing of this is known to any agency until it happens and is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days
from kithkin.simulation.world import Float, Index, Small, Table

HOUSEHOLD_CONDITIONS = (
    "domestic_abuse", "alcohol_or_drugs", "mental_health", "neglect", "harm_by_adult",
    "going_without",
)  # fmt: skip
CHILD_CONDITIONS = (
    "sexual_exploitation", "criminal_exploitation", "serious_violence", "missing", "self_harm",
    "substance", "out_of_school",
)  # fmt: skip

HAPPENINGS = (
    # in the household; those present are its children
    "domestic_incident", "domestic_assault", "substance_incident", "parent_crisis",
    "home_conditions", "child_not_brought", "physical_harm", "emotional_harm",
    "sexual_harm_in_family", "child_left_alone", "child_to_parent_violence", "order_breached",
    # of a child among peers and places
    "missing_from_home", "sexual_exploitation_sign", "sexual_offence", "criminal_exploitation_sign",
    "drug_possession", "drug_supply", "weapon_found", "assault", "serious_assault", "robbery",
    "theft", "criminal_damage", "antisocial_behaviour", "seen_with_older_people", "online_harm",
    "hate_incident",
    # of a child
    "self_harm", "child_crisis", "substance_use", "school_incident", "bullied",
    "worrying_disclosure", "injury_unexplained",
)  # fmt: skip
"""Kinds of happening. Small ones are by far the most frequent; each is an event of one day."""

PARTS = ("subject", "victim", "suspect", "present")


@dataclass(frozen=True)
class Lives:
    """Latent states by month (0 none, 1 mild, 2 marked, 3 severe), strengths, and hidden difference.

    A child is anyone under 18 on some day of the calendar; `children` lists them in order.
    """

    children: Index
    """Shape (children,): positions in `World.people`."""
    child_of: Index
    """Shape (people,): position in `children`, or NOBODY."""
    home: npt.NDArray[np.int32]
    """Shape (months, children): the household where the child lives in most of the month, or NOBODY
    (not born, gone, or eighteen)."""
    household: dict[str, npt.NDArray[np.uint8]]
    """By household condition, shape (months, households)."""
    child: dict[str, npt.NDArray[np.uint8]]
    """By child condition, shape (months, children)."""
    hidden_household: Float
    """Shape (households,): log rate difference that no record shows; mean 0."""
    hidden_child: Float
    """Shape (children,): the same of a child."""
    strength: Float
    """Shape (months, children) as float16 would do: 0 to 1; a trusted adult, school, a group that
    does well. Lowers onset and hastens recovery."""
    exposure_kin: Float
    """Shape (months, children) float16: harm reaching the child from the home, log rate."""
    exposure_kith: Float
    """Shape (months, children) float16: harm reaching the child through peers, groups and places,
    log rate; the network's share, scaled by the knob `network_strength`."""


@dataclass(frozen=True)
class Happenings(Table):
    """What would happen in a world without help, in order of days; a row a happening.

    Help removes a happening when its mark is below the help's effect at that time.
    """

    kind: Small
    day: Days
    child: Index
    """The child most concerned (position in `World.people`), or NOBODY."""
    household: Index
    """The household most concerned, or NOBODY."""
    place: Index
    """Position in `World.places`, or NOBODY for at home."""
    group: Index
    """The group it came out of, or NOBODY."""
    severity: Small
    """1 slight to 5 grave."""
    cause: Small
    """Position in HOUSEHOLD_CONDITIONS + CHILD_CONDITIONS of the condition behind it; -1 none."""
    mark: Float
    """Uniform in [0, 1): happenings with marks below the effect of help do not happen."""


@dataclass(frozen=True)
class Participants(Table):
    """The people in each happening, ordered by happening; at least one each."""

    happening: Index
    person: Index
    part: Small
