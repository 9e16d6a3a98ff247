"""Counts every published figure in one county, over the last year of its window."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from kithkin.simulation.calibration.figures import Measured, published_figures
from kithkin.simulation.calibration.measures import justice, people, school, social_care
from kithkin.simulation.calibration.measures.counting import Count, Year

Measure = Callable[[Year, str], Count]

MEASURES: Mapping[str, Measure] = {
    **social_care.MEASURES,
    **school.MEASURES,
    **justice.MEASURES,
    **people.MEASURES,
}


def measure(year: Year) -> list[Measured]:
    """Count each published figure in a county's year. `KeyError` when a file is missing."""
    found = []
    for figure in published_figures():
        count = MEASURES[figure.measure](year, figure.of)
        found.append(Measured(figure=figure, value=count.value, spread=_spread(count)))
    return found


def _spread(count: Count) -> float:
    return count.value / math.sqrt(count.events) if count.events else math.nan
