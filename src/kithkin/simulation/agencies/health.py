"""Health: contacts by category, appointments, episodes with a service, and gaps of registration."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kithkin.simulation.agencies import tables
from kithkin.simulation.agencies.health_contacts import (
    CATEGORIES,
    Contacts,
    from_happenings,
    from_visits,
)
from kithkin.simulation.agencies.health_episodes import SERVICES, Episodes, episodes_of
from kithkin.simulation.agencies.health_growing_up import (
    appointments_of,
    referrals_to_camhs,
    wanting,
    young_lives,
)
from kithkin.simulation.agencies.seeing import Watch, living
from kithkin.simulation.agencies.staff import hired
from kithkin.simulation.calendar import NEVER
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.services import HealthSettings, ServiceSettings
from kithkin.simulation.world import STAY_KINDS

FEED = "health"


def health_files(county: County, settings: ServiceSettings) -> Iterator[AgencyFile]:
    """Give the files of health services, of the window."""
    watch = Watch(county)
    referrals = referrals_to_camhs(county, settings.health)
    episodes = episodes_of(county, settings.health, referrals)
    parts = [
        from_happenings(county, settings.health, watch),
        *from_visits(county, settings),
        *young_lives(county, settings.health, watch),
        *wanting(county, settings.health),
        referrals.contacts,
        episodes.unplanned,
    ]
    yield _contacts(county, settings.health, watch, parts)
    yield _appointments(county, settings.health, watch)
    yield _episodes(county, settings.health, watch, episodes)
    yield _registrations(county, settings.health)


def _contacts(
    county: County, settings: HealthSettings, watch: Watch, parts: list[Contacts]
) -> AgencyFile:
    person = np.concatenate([part.person for part in parts])
    day = np.concatenate([part.day for part in parts])
    category = np.concatenate([part.category for part in parts])
    kept = (day >= county.calendar.opens) & (day <= county.calendar.ends)
    kept &= living(county, person, day)
    person, day, category = person[kept], day[kept], category[kept]
    known = watch.recorded(day, settings.recording_delay, county.streams.of(FEED, "contact delays"))
    columns = [
        tables.person("patient_id", person),
        tables.day("contact_on", day),
        tables.day("recorded_on", known),
        tables.word("category", category, CATEGORIES),
    ]
    return tables.make_file(county, FEED, "contact", known, columns, ("contact_id", "C"))


def _appointments(county: County, settings: HealthSettings, watch: Watch) -> AgencyFile:
    person, day, missed = appointments_of(county, settings)
    here = living(county, person, day)
    person, day, missed = person[here], day[here], missed[here]
    rng = county.streams.of(FEED, "appointment delays")
    known = watch.recorded(day, settings.recording_delay, rng)
    columns = [
        tables.person("patient_id", person),
        tables.day("appointment_on", day),
        tables.yes_no("was_not_brought", missed),
    ]
    numbered = ("appointment_id", "AP")
    return tables.make_file(county, FEED, "appointment", known, columns, numbered)


def _episodes(
    county: County, settings: HealthSettings, watch: Watch, episodes: Episodes
) -> AgencyFile:
    calendar = county.calendar
    kept = (episodes.end >= calendar.opens) & (episodes.start <= calendar.ends)
    start = episodes.start[kept]
    known = watch.recorded(
        start, settings.recording_delay, county.streams.of(FEED, "episode delays")
    )
    staff, rng = hired(county, FEED), county.streams.of(FEED, "leads")
    lead = rng.integers(0, max(len(staff.names), 1), len(start)).astype(np.int32)
    columns = [
        tables.person("patient_id", episodes.person[kept]),
        tables.word("service", episodes.service[kept], SERVICES),
        tables.day("started_on", start),
        tables.day("ended_on", episodes.end[kept]),
        tables.day("recorded_on", known),
        *staff.columns("lead", lead),
        tables.word("lead_job_title", np.zeros(len(start), dtype=np.int8), ("Care coordinator",)),
    ]
    return tables.make_file(county, FEED, "episode", known, columns, ("episode_id", "E"))


def _registrations(county: County, settings: HealthSettings) -> AgencyFile:
    """Give the gaps after some moves, and the registration that ends each."""
    calendar, stays = county.calendar, county.world.stays
    rng = county.streams.of(FEED, "registration")
    prison = stays.kind == STAY_KINDS.index("prison")
    moved = (stays.start >= calendar.opens) & (stays.start <= calendar.ends) & ~prison
    rows = np.flatnonzero(moved & (stays.start > county.world.people.born[stays.person] + 28))
    rows = rows[rng.random(len(rows)) < settings.unregistered_on_move]
    gap = 7 + rng.exponential(settings.unregistered_days, len(rows)).astype(np.int32)
    start, person = stays.start[rows], stays.person[rows]
    end = np.minimum(start + gap, stays.end[rows]).astype(np.int32)
    again = np.flatnonzero((end < stays.end[rows]) & (end < calendar.ends))
    columns = [
        tables.person("patient_id", np.concatenate([person, person[again]])),
        tables.yes_no("registered", np.arange(len(rows) + len(again)) >= len(rows)),
        tables.day("from", np.concatenate([start, end[again] + 1])),
        tables.day("to", np.concatenate([end, np.full(len(again), NEVER, dtype=np.int32)])),
    ]
    known = np.concatenate([start + 7, end[again] + 1]).astype(np.int32)
    return tables.make_file(county, FEED, "registration", known, columns)
