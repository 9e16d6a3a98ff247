"""Rent accounts of social tenancies, month by month."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kithkin.simulation.agencies.tenancies import Held
from kithkin.simulation.county import County
from kithkin.simulation.settings.services import HousingSettings
from kithkin.simulation.world import Float, Index

MISSED_WEEKS = 2.5
"""Mean weeks of rent that one failure to pay adds."""
CLEARED, MOST = 0.2, 60.0
"""Weeks below which an account counts as clear, and the most that is let run up."""


def rent_accounts(
    county: County, settings: HousingSettings, tenancies: Held
) -> Iterator[tuple[int, Index, Float]]:
    """Give each month's last day in the window, the tenancies then held, and their weeks owed.

    The same for the same county and settings each time that it is asked.
    """
    calendar = county.calendar
    lasting = _lasting(county, settings, tenancies)
    owed = np.zeros(len(tenancies), dtype=np.float32)
    states = county.lives.household["going_without"]
    for month in range(calendar.months):
        day = int(calendar.month_starts[month + 1]) - 1
        rng = county.streams.of("housing", "rent", month)
        state = states[month, tenancies.household]
        chance = np.exp(lasting + np.float32(settings.arrears_going_without) * state)
        failed = rng.random(len(owed), dtype=np.float32) < chance
        owed *= np.float32(settings.arrears_kept)
        owed[failed] += MISSED_WEEKS * rng.standard_exponential(int(failed.sum()), dtype=np.float32)
        held = (tenancies.start <= day) & (tenancies.end >= day)
        owed[~held | (owed < CLEARED)] = 0
        np.minimum(owed, MOST, out=owed)
        if month >= calendar.first_month:
            rows = np.flatnonzero(held).astype(np.int32)
            yield day, rows, np.round(owed[rows], 1)


def _lasting(county: County, settings: HousingSettings, tenancies: Held) -> Float:
    """Give each tenancy's log chance of failing to pay in a month without trouble."""
    rng = county.streams.of("housing", "tenants")
    luck = rng.standard_normal(len(tenancies), dtype=np.float32)
    hidden = county.lives.hidden_household[tenancies.household]
    poor = county.world.households.poor[tenancies.household]
    usual = np.log(settings.arrears_start) + settings.arrears_poor * poor
    return (usual + 0.6 * luck + 0.3 * hidden).astype(np.float32)
