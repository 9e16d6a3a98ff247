"""Police: every file of the contract `police` but the nominals, which are its register."""

from __future__ import annotations

from collections.abc import Iterator

from kithkin.simulation.agencies import (
    police_absent,
    police_intelligence,
    police_notices,
    police_occurrence_files,
    police_standing,
)
from kithkin.simulation.agencies.police_recorded import record
from kithkin.simulation.agencies.seeing import Watch
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.justice import JusticeSettings


def police_files(county: County, settings: JusticeSettings) -> Iterator[AgencyFile]:
    """Give the files of the window, each in order of record."""
    watch = Watch(county)
    recorded = record(county, settings, watch)
    yield police_occurrence_files.occurrence_file(county, settings, recorded)
    yield police_occurrence_files.occurrence_person_file(county, recorded)
    there = police_notices.present(county, recorded)
    yield police_notices.notice_file(county, settings, recorded, there)
    yield police_notices.encompass_file(county, settings, recorded, there)
    yield police_notices.call_file(county, settings, recorded)
    yield police_notices.protection_file(county, settings, there)
    absent = police_absent.missing_reports(county, settings, recorded)
    yield police_absent.missing_file(county, settings, absent)
    yield police_absent.custody_file(county, settings, recorded)
    found = police_intelligence.reports(county, settings, watch)
    yield police_intelligence.intelligence_file(county, settings, found)
    yield police_standing.flag_file(county, settings, recorded, absent, watch)
    yield police_standing.order_file(county, settings, recorded)
    yield police_standing.encounter_file(county, settings, recorded, watch)
