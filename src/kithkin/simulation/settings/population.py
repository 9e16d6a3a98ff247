"""The population's settings: households, births, deaths, moves, schools and friendships."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from kithkin.simulation.settings.sections import Section


class PopulationSettings(Section):
    """Rates and shares of the county's people."""

    FILE: ClassVar[str] = "population.toml"

    people_per_area: int = Field(ge=200, le=3000)
    """People for each area of a small county; it has all areas once they suffice."""
