"""The county's time, and which returns are written beside its feeds."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from kithkin.model.dates import add_days
from kithkin.simulation.settings.sections import Section


class CountySettings(Section):
    """When the county is watched."""

    FILE: ClassVar[str] = "county.toml"

    ends_on: date
    """The last day of the window; a month's last."""
    warm_up_months: int = Field(ge=12, le=60)
    """Months lived through before the window opens."""
    rankings_every: int = Field(ge=1, le=12)
    """Months between the as-of dates of the best achievable rankings."""
    returns: tuple[Literal["annex_a", "cin_census", "ssda903"], ...]
    """Statutory returns written beside the feeds."""

    @field_validator("ends_on")
    @classmethod
    def _ends_a_month(cls, day: date) -> date:
        if add_days(day, 1).day != 1:
            raise ValueError("the window ends on a month's last day, such as 2025-03-31")
        return day
