"""The statutory returns, beside the feeds: they say again what the case files say."""

from __future__ import annotations

from pathlib import Path

from kithkin.simulation.county import County
from kithkin.simulation.records import Register
from kithkin.simulation.sending.annex_a import write_annex_a
from kithkin.simulation.sending.cin_census import write_cin_census
from kithkin.simulation.sending.manifest import write_manifest
from kithkin.simulation.sending.ssda903 import write_ssda903
from kithkin.simulation.settings.whole import Settings

WRITERS = {"annex_a": write_annex_a, "cin_census": write_cin_census, "ssda903": write_ssda903}


def write_returns(folder: Path, county: County, register: Register, settings: Settings) -> None:
    """Write the returns that the settings name to `folder`/returns, with a manifest of them.

    They stand apart from the feeds, since a partnership that loads the case files would count
    everything twice.
    """
    last = county.calendar.day(county.calendar.ends)
    into = folder / "returns"
    into.mkdir()
    deliveries = [
        WRITERS[name](into, county, register, last, settings.returns)
        for name in settings.county.returns
    ]
    write_manifest(into, deliveries)
