"""One simulated county in memory: its people, their lives, and what services did."""

from __future__ import annotations

from dataclasses import dataclass

from kithkin.simulation.calendar import Calendar
from kithkin.simulation.care import Care
from kithkin.simulation.life import Happenings, Lives, Participants
from kithkin.simulation.settings.knobs import Knobs
from kithkin.simulation.streams import Streams
from kithkin.simulation.world import World


@dataclass(frozen=True)
class County:
    """Everything that is true of a county; agencies see parts of it."""

    calendar: Calendar
    knobs: Knobs
    streams: Streams
    world: World
    lives: Lives
    happenings: Happenings
    participants: Participants
    care: Care
