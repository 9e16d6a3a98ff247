"""The chances that decide a candidate's way, drawn before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.streams import Streams
from kithkin.simulation.world import Float

UNIFORMS = (
    "enquiry", "care", "no_action", "in_need", "conference", "plan", "assessment", "step_down",
    "written", "long", "category", "latest", "care_length", "care_end", "waits", "substantiated",
)  # fmt: skip
NORMALS = ("light", "in_need", "protection", "care")


@dataclass(frozen=True)
class Draws:
    """Chances of each candidate."""

    uniform: dict[str, Float]
    normal: dict[str, Float]

    def of(self, rows: npt.NDArray[np.int64]) -> Draws:
        """Give those of some candidates."""
        return Draws(
            {name: values[rows] for name, values in self.uniform.items()},
            {name: values[rows] for name, values in self.normal.items()},
        )


def make_draws(streams: Streams, use: str, size: int) -> Draws:
    """Draw all chances of `size` candidates."""
    return Draws(
        {
            name: streams.of("front_door", use, "uniform", name).random(size, dtype=np.float32)
            for name in UNIFORMS
        },
        {
            name: streams.of("front_door", use, "normal", name).standard_normal(
                size, dtype=np.float32
            )
            for name in NORMALS
        },
    )
