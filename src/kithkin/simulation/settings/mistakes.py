"""How often each agency's register is wrong, and in which way."""

from __future__ import annotations

from typing import ClassVar, Literal

from kithkin.simulation.settings.sections import Section

RegisterFeed = Literal[
    "police", "health", "housing", "benefits", "youth_justice", "early_help", "other",
    "social_care", "school_census",
]  # fmt: skip


class MistakeSettings(Section):
    """Rates of mistakes in the registers, and what each agency holds of a person."""

    FILE: ClassVar[str] = "mistakes.toml"

    holds: dict[RegisterFeed, tuple[str, ...]]
    """Fields of a person that each agency keeps; names as in `Register.entries`."""
