"""Home Office codes of what police record: which code a happening or a crime is given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kithkin.model.codes import code_set
from kithkin.simulation.agencies.justice_rows import draw_words
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.settings.justice import JusticeSettings
from kithkin.simulation.world import SEXES, Float, Index, Small

Codes = npt.NDArray[np.int16]
NO_CRIME = -1
BANDS = (13, 16)
"""Ages that part sexual offences in the Home Office counting rules."""


class Offences:
    """The codes that the settings name, and how one is drawn."""

    def __init__(self, settings: JusticeSettings) -> None:
        self._settings = settings
        named: set[str] = set()
        for handling in settings.happenings.values():
            named |= {*handling.offences, *handling.grave_offences}
        for crimes in settings.background.values():
            named |= {*crimes.offences}
        by_victim = settings.by_victim
        parted = {code for table in by_victim.values() for row in table.values() for code in row}
        self.codes = tuple(sorted((named | parted) - set(by_victim)))
        """Home Office codes; occurrences hold positions in them."""
        self._words = (*self.codes, *sorted(by_victim))

    def drawn(self, weights: Mapping[str, float], uniform: Float) -> Codes:
        """Draw a code, or the name of a table by victim, for each uniform number."""
        return draw_words(weights, self._words, uniform).astype(np.int16)

    def settled(self, drawn: Codes, sex: Small, age: npt.NDArray[np.int16]) -> Codes:
        """Replace tables by victim with the code for the victim's sex and age."""
        band = np.searchsorted(BANDS, age, side="right")
        chosen = self._by_victim[np.maximum(drawn - len(self.codes), 0), sex, band]
        return np.where(drawn >= len(self.codes), chosen, drawn).astype(np.int16)

    @cached_property
    def _by_victim(self) -> Codes:
        tables = self._settings.by_victim
        found = [
            [[self.codes.index(code) for code in tables[name][sex]] for sex in ("F", "M")]
            for name in sorted(tables)
        ]
        return np.array(found, dtype=np.int16).reshape(len(found), len(SEXES), len(BANDS) + 1)

    @cached_property
    def subgroup(self) -> dict[str, str]:
        """The published subgroup of each code, and of each table by victim (that of its last)."""
        known = {code.code: code.more["subgroup"] for code in code_set("offence").codes}
        tables = self._settings.by_victim
        last = {name: known[table["F"][-1]] for name, table in tables.items()}
        return {code: known[code] for code in self.codes} | last


def victim_marks(county: County, victim: Index, day: Days) -> tuple[Small, npt.NDArray[np.int16]]:
    """Give the sex and age of each victim; a grown woman's where the victim is not a known person."""
    people = county.world.people
    known = victim >= 0
    sex = np.where(known, people.sex[victim], SEXES.index("F")).astype(np.int8)
    age = np.where(known, whole_years(people.born[victim], day), BANDS[-1])
    return sex, age.astype(np.int16)
