"""One agency at a time: what it holds, whom it knows, and what it sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from kithkin.simulation.agencies.benefits import benefits_files
from kithkin.simulation.agencies.early_help import early_help_files
from kithkin.simulation.agencies.education import education_files
from kithkin.simulation.agencies.health import health_files
from kithkin.simulation.agencies.housing import housing_files
from kithkin.simulation.agencies.partners import partner_files
from kithkin.simulation.agencies.police import police_files
from kithkin.simulation.agencies.youth_justice import youth_justice_files
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.event_rows import write_events
from kithkin.simulation.records import AgencyFile, Delivery, Register
from kithkin.simulation.sending.case_files.people import people_in_case_files
from kithkin.simulation.sending.deliveries import send_plain
from kithkin.simulation.sending.registers import make_register
from kithkin.simulation.sending.school_census import write_school_census
from kithkin.simulation.sending.ssd import write_ssd
from kithkin.simulation.settings.mistakes import RegisterFeed
from kithkin.simulation.settings.whole import Settings
from kithkin.simulation.world import Index

Files = Callable[[County, Settings], Iterator[AgencyFile]]

AGENCIES: Mapping[str, Files] = {
    "police": lambda county, settings: police_files(county, settings.justice),
    "health": lambda county, settings: health_files(county, settings.services),
    "school_census": lambda county, settings: education_files(county, settings.services),
    "ssd": lambda _county, _settings: iter(()),
    "housing": lambda county, settings: housing_files(county, settings.services),
    "benefits": lambda county, settings: benefits_files(county, settings.services),
    "early_help": lambda county, settings: early_help_files(county, settings.services),
    "youth_justice": lambda county, settings: youth_justice_files(county, settings.justice),
    "other": lambda county, settings: partner_files(county, settings.justice),
}
"""What each feed's files are made of; social care's come from its case files instead."""

FEEDS = tuple(AGENCIES)
REGISTERS = {"ssd": "social_care"}
"""Registers that are not named after their feed."""
OF_REPORT = ("police", "youth_justice", "school_census", "health", "other")
"""Feeds whose files the calibration page counts."""


@dataclass(frozen=True)
class Sent:
    """What one agency holds and sent."""

    feed: str
    events: int
    """Rows of its files in the event tables."""
    register: Register | None
    deliveries: tuple[Delivery, ...]
    files: tuple[AgencyFile, ...]
    """Kept for the report; empty otherwise."""
    rows: int
    """Rows of the files in the agency's own format, people left out."""

    def summary(self) -> tuple[str, int, int]:
        """Give the feed, the entries of its register and the rows of its files."""
        return self.feed, len(self.register.person) if self.register else 0, self.rows


def send(
    feed: str,
    county: County,
    settings: Settings,
    *,
    events: Path,
    feeds: Path | None,
    keep: bool,
) -> Sent:
    """Write one agency's rows to the event tables, and its deliveries when `feeds` is a folder."""
    files = tuple(AGENCIES[feed](county, settings))
    rows = sum(write_events(events, file) for file in files)
    kept = files if keep and feed in OF_REPORT else ()
    if feeds is None:
        return Sent(feed, rows, None, (), kept, 0)
    known = first_known(feed, files, county)
    people = np.flatnonzero(known < NEVER).astype(np.int32)
    name = cast(RegisterFeed, REGISTERS.get(feed, feed))
    register = make_register(name, people, known[people], county, settings.mistakes)
    deliveries = _deliveries(feed, feeds, files, register, county, settings)
    return Sent(feed, rows, register, tuple(deliveries), kept, _rows(feeds, deliveries))


def _deliveries(
    feed: str,
    folder: Path,
    files: tuple[AgencyFile, ...],
    register: Register,
    county: County,
    settings: Settings,
) -> list[Delivery]:
    last = county.calendar.day(county.calendar.ends)
    if feed == "ssd":
        return [write_ssd(folder, county, register, last, settings.returns)]
    if feed == "school_census":
        return [write_school_census(folder, county, files, register, last)]
    return send_plain(folder, cast(RegisterFeed, feed), files, register, county, settings.mistakes)


def _rows(folder: Path, deliveries: list[Delivery]) -> int:
    """Count the lines of what was written, headings left out."""
    paths = {path for one in deliveries for pattern in one.files for path in folder.glob(pattern)}
    return sum(path.read_bytes().count(b"\n") - 1 for path in paths)


def first_known(feed: str, files: tuple[AgencyFile, ...], county: County) -> Days:
    """Say when an agency first knew each person; NEVER for those whom it does not know.

    Returns shape (people,). Health knows everybody who lives in the county; social care those in
    its case files; the others those in their files.
    """
    known = np.full(len(county.world.people), NEVER, dtype=np.int32)
    if feed == "ssd":
        people, days = people_in_case_files(county)
        np.minimum.at(known, people, days)
    if feed == "health":
        known = _living_here(county)
    for file in files:
        for column in file.columns:
            if column.kind == "person":
                some = column.values >= 0
                np.minimum.at(known, _index(column.values[some]), file.known[some])
    return known


def _index(values: Index) -> Index:
    return values.astype(np.int32)


def _living_here(county: County) -> Days:
    people, calendar = county.world.people, county.calendar
    begins = np.maximum(people.arrived, people.born)
    here = (begins <= calendar.ends) & (np.minimum(people.left, people.died) >= calendar.opens)
    return np.where(here, begins, NEVER).astype(np.int32)
