"""How harm at home reaches each child, month by month: where the child lives, and has lived."""

from __future__ import annotations

import numpy as np

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.life import HOUSEHOLD_CONDITIONS
from kithkin.simulation.lives.childhood import Childhood, second_homes
from kithkin.simulation.lives.families import Families
from kithkin.simulation.settings.lives import Kin
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import NOBODY, Float, World


class KinExposure:
    """Exposure in the order of the months; remembers the home that each child left."""

    def __init__(
        self,
        world: World,
        childhood: Childhood,
        families: Families,
        calendar: Calendar,
        kin: Kin,
        streams: Streams,
    ) -> None:
        count = len(childhood.children)
        self._childhood, self._families, self._kin = childhood, families, kin
        self._second = second_homes(world, calendar, childhood)
        draws = streams.of("lives", "contact").random(count, dtype=np.float32)
        self._stays_in_contact = draws < kin.contact
        self._family = np.full(count, NOBODY, dtype=np.int32)
        self._former = np.full(count, NOBODY, dtype=np.int32)

    def of_month(self, month: int) -> Float:
        """Give each child's exposure in a month, log rate; 0 away from the county."""
        family = self._childhood.family(month)
        left = (self._family >= 0) & (family >= 0) & (family != self._family)
        self._former[left] = self._family[left]
        self._family = np.where(family >= 0, family, self._family)
        harm = np.append(self._harm(month), np.float32(0))
        former = np.where(self._stays_in_contact & (self._former != family), self._former, NOBODY)
        exposure = harm[family] + np.float32(self._kin.former_home) * harm[former]
        child, second = next(self._second)
        np.add.at(exposure, child, np.float32(self._kin.second_home) * harm[second])
        exposure[family < 0] = 0
        return np.minimum(exposure, np.float32(self._kin.most))

    def _harm(self, month: int) -> Float:
        harm = np.zeros(len(self._families.poor), dtype=np.float32)
        for name in HOUSEHOLD_CONDITIONS:
            weight = np.float32(self._kin.weights.get(name, 0.0) / 2)  # marked counts as 2
            harm += weight * self._families.states[name][month]
        return harm
