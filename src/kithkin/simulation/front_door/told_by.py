"""Which sources tell of a child of which age: schools of pupils, youth justice of the ten and over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.care import SOURCES
from kithkin.simulation.settings.front_door import Reporting
from kithkin.simulation.world import NOBODY, Index, Small, World

UNBORN, OLDEST = -1, 17
Fits = npt.NDArray[np.bool_]


class ToldBy:
    """Ages at which each source tells of a child, and the bands of age that differ by it."""

    def __init__(self, settings: Reporting) -> None:
        """Raises `KeyError` when the settings name an unknown source."""
        ages = np.arange(UNBORN, OLDEST + 1)
        self.fits: Fits = np.ones((len(SOURCES), len(ages)), dtype=np.bool_)
        """Shape (sources, ages from unborn)."""
        for source, (youngest, oldest) in settings.ages.items():
            if source not in SOURCES:
                raise KeyError(
                    f"front_door.toml: [reporting.ages] has an unknown source {source!r}"
                )
            self.fits[SOURCES.index(source)] = (ages >= youngest) & (ages <= oldest)
        bands, self._band_of = np.unique(self.fits, axis=1, return_inverse=True)
        self.of_band: Fits = bands
        """Shape (sources, bands)."""

    def band(self, age: npt.NDArray[np.int16]) -> Small:
        """Give the band of each age, -1 for the unborn."""
        return self._band_of[self._at(age)].astype(np.int8)

    def fit(self, source: Small, age: npt.NDArray[np.int16]) -> Fits:
        """Say whether each source would tell of a child of each age."""
        fits: Fits = self.fits[source, self._at(age)]
        return fits

    @staticmethod
    def _at(age: npt.NDArray[np.int16]) -> npt.NDArray[np.int64]:
        return np.clip(age, UNBORN, OLDEST).astype(np.int64) - UNBORN


def ages_on(world: World, person: Index, day: Days) -> npt.NDArray[np.int16]:
    """Give ages in years, -1 for the unborn; NOBODY counts as grown."""
    born = world.people.born[np.maximum(person, 0)]
    age = np.where(born > day, UNBORN, whole_years(np.minimum(born, day), day))
    return np.where(person == NOBODY, OLDEST, age).astype(np.int16)
