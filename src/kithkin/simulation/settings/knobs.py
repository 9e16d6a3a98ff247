"""The knobs: what an experiment turns, each with a measured effect (docs/simulation.md)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from kithkin.simulation.settings.sections import Section


class Knobs(Section):
    """Settings that change how hard and how unfair the county is; the rest is calibration."""

    FILE: ClassVar[str] = "knobs.toml"

    network_strength: float = Field(ge=0, le=4)
    """How strongly exploitation, violence and going missing spread along ties and through places;
    0 is not at all, 1 is the county as calibrated."""
    hidden_difference: float = Field(ge=0, le=3)
    """Standard deviation, in log rate, of the differences between people that no record shows."""
    yearly_drift: float = Field(ge=-1, le=1)
    """Change of hazards and of recording from year to year, in log rate a year."""
    surveillance_area: float = Field(ge=-2, le=2)
    """Log odds of being seen and recorded, for each standard deviation of an area's deprivation."""
    surveillance_group: float = Field(ge=-2, le=2)
    """Log odds of being seen and recorded, for people of minority ethnic groups."""
    worker_spread: float = Field(ge=0, le=2)
    """Standard deviation of workers' thresholds, in log odds."""
    worker_noise: float = Field(ge=0, le=2)
    """Standard deviation of one worker's judgement from one contact to the next, in log odds."""
    worker_drift: float = Field(ge=0, le=1)
    """Standard deviation of the change of a worker's threshold over a year, in log odds."""
    worker_fatigue: float = Field(ge=0, le=1)
    """Rise of the threshold, in log odds, for each standard deviation of the week's workload."""
    worker_bias: float = Field(ge=-2, le=2)
    """Log odds by which contacts about children of minority ethnic groups are taken further."""
    support_effect: float = Field(ge=0, le=0.95)
    """Share of a supported child's later harm that help prevents."""
    mistakes: float = Field(ge=0, le=5)
    """Multiplies every rate of mistakes in agencies' registers; 1 is as in `mistakes.toml`."""
    delays: float = Field(ge=0, le=5)
    """Multiplies every delay between a happening and its record."""
