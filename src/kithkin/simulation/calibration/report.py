"""Measures a county and writes its calibration page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kithkin.simulation.calibration.figures import Measured
from kithkin.simulation.calibration.hardness import Hardness, measure_hardness
from kithkin.simulation.calibration.measures.counting import Year
from kithkin.simulation.calibration.measuring import measure
from kithkin.simulation.calibration.page import write_page
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.whole import Settings


@dataclass(frozen=True)
class Found:
    """How a county stands beside the published figures."""

    measured: tuple[Measured, ...]
    hardness: Hardness

    @property
    def agreeing(self) -> tuple[int, int]:
        """How many figures agree, of how many."""
        return sum(one.agrees for one in self.measured), len(self.measured)


def write_report(
    folder: Path,
    county: County,
    files: Mapping[tuple[str, str], AgencyFile],
    settings: Settings,
) -> Found:
    """Write `folder`/calibration.html, and the figures as `folder`/calibration.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    year = Year.last_of(county, files, settings.services)
    found = Found(tuple(measure(year)), measure_hardness(county))
    write_page(folder / "calibration.html", year, found.measured, found.hardness)
    lines = ["code,published,measured,lowest,highest,agrees"]
    for one in found.measured:
        low, high = one.figure.allowed
        lines.append(
            f"{one.figure.code},{one.figure.published:g},{one.value:.4g},{low:.4g},{high:.4g},"
            f"{'yes' if one.agrees else 'no'}"
        )
    (folder / "calibration.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return found
