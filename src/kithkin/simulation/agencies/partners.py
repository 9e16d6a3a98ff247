"""Panels and specialist services: every file of the contract `other` but the people."""

from __future__ import annotations

from collections.abc import Iterator

from kithkin.simulation.agencies import (
    partners_abuse,
    partners_adults,
    partners_context,
    partners_exploitation,
)
from kithkin.simulation.agencies.police_recorded import record
from kithkin.simulation.agencies.seeing import Watch
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.justice import JusticeSettings


def partner_files(county: County, settings: JusticeSettings) -> Iterator[AgencyFile]:
    """Give the files of the window, each in order of record."""
    watch = Watch(county)
    recorded = record(county, settings, watch)
    yield partners_exploitation.exploitation_file(county, settings, watch)
    cases = partners_abuse.cases(county, settings, recorded)
    yield partners_abuse.marac_file(county, cases)
    yield partners_abuse.service_file(county, settings, cases)
    yield partners_adults.prevent_file(county, settings)
    yield partners_adults.probation_file(county, settings, recorded)
    yield partners_context.context_file(county, settings, recorded.learnt.seen)
