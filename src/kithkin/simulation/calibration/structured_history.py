"""What the council's own records held of a child on a day, as numbers for a simple model.

Nothing of the true lives is used: only contacts, decisions, referrals, plans and care that had
happened before the day, of the child and of the other children of the household.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.care import SOURCES
from kithkin.simulation.county import County
from kithkin.simulation.world import Index

WINDOWS = (365, 90, 1095)
"""Days before: twelve months first, then three months and three years."""
LONG_AGO = 1096.0

Float = npt.NDArray[np.float64]


def history_of(county: County, child: Index, day: Days) -> Float:
    """Give one row of features for each child and day.

    Returns shape (cases, features); the first column is log(1 + contacts of the twelve months).
    """
    columns = []
    for past_child, past_day in _pasts(county):
        index = _Index(past_child, past_day)
        columns += [np.log1p(index.count(child, day, window)) for window in WINDOWS]
        columns.append(np.log1p(index.since_last(child, day)))
    born = county.world.people.born[child]
    age = whole_years(born, day).astype(np.float64)
    columns += [age, np.square(age - 9.0), county.world.people.sex[child].astype(np.float64)]
    columns += [_contacts_in_household(county, child, day)]
    return np.column_stack(columns)


def _pasts(county: County) -> list[tuple[Index, Days]]:
    care = county.care
    of_referral = care.referrals.child
    contacts = care.contacts
    some = [
        np.isin(contacts.source, [SOURCES.index(s) for s in group])
        for group in (("police",), ("school",), ("health_visitor", "hospital", "gp"))
    ]
    protected = care.plans.protection
    return [
        (contacts.child, contacts.day),
        *[(contacts.child[mask], contacts.day[mask]) for mask in some],
        (care.referrals.child, care.referrals.day),
        (care.early_help.child, care.early_help.start),
        (of_referral[care.enquiries.referral], care.enquiries.start),
        (of_referral[care.plans.referral[protected]], care.plans.start[protected]),
        (care.care_periods.child, care.care_periods.start),
    ]


class _Index:
    """Events of children in order, for counting those before a day."""

    def __init__(self, child: Index, day: Days) -> None:
        self.keys = np.sort(_key(child, day))

    def count(self, child: Index, day: Days, window: int) -> npt.NDArray[np.int64]:
        """Count a child's events in the `window` days before each day, the day itself left out."""
        upto = np.searchsorted(self.keys, _key(child, day))
        return np.asarray(upto - np.searchsorted(self.keys, _key(child, day - window)))

    def since_last(self, child: Index, day: Days) -> Float:
        """Count the days since the last event before each day; at most `LONG_AGO`."""
        at = np.searchsorted(self.keys, _key(child, day)) - 1
        last = self.keys[np.maximum(at, 0)] if len(self.keys) else np.zeros(len(child), np.int64)
        known = (at >= 0) & (last >> 32 == child)
        gap = _key(child, day) - last
        return np.where(known, np.minimum(gap, LONG_AGO), LONG_AGO).astype(np.float64)


def _key(child: Index, day: Days) -> npt.NDArray[np.int64]:
    return (child.astype(np.int64) << 32) + day.astype(np.int64)


def _contacts_in_household(county: County, child: Index, day: Days) -> Float:
    """Log of one plus the contacts, in twelve months, about anyone in the child's household."""
    lives, contacts = county.lives, county.care.contacts
    month = np.clip(county.calendar.month_of(day), 0, county.calendar.months - 1)
    home = lives.home[month, np.maximum(lives.child_of[child], 0)]
    known = contacts.household >= 0
    index = _Index(contacts.household[known], contacts.day[known])
    return np.log1p(np.where(home >= 0, index.count(home, day, WINDOWS[0]), 0))
