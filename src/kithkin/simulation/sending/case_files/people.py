"""Whom social care knows, and since when."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import Days
from kithkin.simulation.county import County
from kithkin.simulation.world import Index


def people_in_case_files(county: County) -> tuple[Index, Days]:
    """Give every person in a case file with the days of their cases; a person may come repeatedly.

    A child comes with each contact, referral, early help episode and period of care; the parents
    come with the child.
    """
    care, people = county.care, county.world.people
    child = np.concatenate(
        [care.contacts.child, care.referrals.child, care.early_help.child, care.care_periods.child]
    )
    day = np.concatenate(
        [care.contacts.day, care.referrals.day, care.early_help.start, care.care_periods.start]
    )
    who = np.concatenate([child, people.mother[child], people.father[child]])
    when = np.tile(day, 3)
    return who[who >= 0], when[who >= 0]
