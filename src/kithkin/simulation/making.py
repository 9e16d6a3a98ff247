"""The order in which a county comes about: people, lives, services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kithkin.engine.progress import Progress, SilentProgress
from kithkin.simulation.calendar import Calendar
from kithkin.simulation.county import County
from kithkin.simulation.front_door import run_front_door
from kithkin.simulation.lives import live
from kithkin.simulation.population import build_world
from kithkin.simulation.settings.whole import Settings, read_settings
from kithkin.simulation.streams import Streams


@dataclass(frozen=True)
class Plan:
    """Which county to make."""

    people: int
    """How many live in it on the first day of the window."""
    years: int
    """Length of the window in whole years."""
    seed: int
    ends_on: date | None = None
    """Last day of the window, a month's last; the settings' own without it."""
    settings: Path | None = None
    """A folder whose settings files replace those of the same name."""
    knobs: dict[str, float] = field(default_factory=dict)
    """Knobs to turn, by name."""
    events_only: bool = False
    """Leave out the agencies' own files."""
    report: bool = False
    """Write the calibration page and the page of referral texts."""

    def read_settings(self) -> Settings:
        """Read the settings with this plan's changes. Raises `SettingsError`."""
        changes = {"knobs": self.knobs}
        if self.ends_on is not None:
            changes["county"] = {"ends_on": self.ends_on}  # type: ignore[dict-item]
        return read_settings(self.settings, changes)


def make_county(plan: Plan, progress: Progress | None = None) -> County:
    """Make a county in memory: the same plan gives the same county, whatever the machine.

    Raises `SettingsError` for settings that cannot be used.
    """
    bars, settings = progress or SilentProgress(), plan.read_settings()
    time = settings.county
    calendar = Calendar.ending(time.ends_on, plan.years, time.warm_up_months)
    streams, knobs = Streams(plan.seed), settings.knobs
    bars.start("county", 3)
    world = build_world(calendar, plan.people, settings.population, streams)
    bars.step("county", "people")
    lives, happenings, participants = live(world, calendar, settings.lives, knobs, streams)
    bars.step("county", "lives")
    care = run_front_door(
        world, lives, happenings, participants, calendar, settings.front_door, knobs, streams
    )
    bars.step("county", "services")
    bars.finish("county", kept=False)
    return County(calendar, knobs, streams, world, lives, happenings, participants, care)
