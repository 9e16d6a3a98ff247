"""Housing: tenancies, members, rent, notices, complaints, condition and support; homelessness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies import kin, tables
from kithkin.simulation.agencies.health_contacts import seen_through
from kithkin.simulation.agencies.homelessness import homelessness_files
from kithkin.simulation.agencies.rent import rent_accounts
from kithkin.simulation.agencies.seeing import YEAR, Mask, Watch, household_state, parties
from kithkin.simulation.agencies.staff import hired
from kithkin.simulation.agencies.tenancies import Held, social_tenancies
from kithkin.simulation.calendar import NEVER, Days
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile, Column
from kithkin.simulation.settings.services import HousingSettings, ServiceSettings
from kithkin.simulation.world import HOUSEHOLD_KINDS, NOBODY, Float, Index, Small

FEED = "housing"
MEMBER_WORDS = (
    "mother", "father", "child", "sibling", "partner", "grandparent", "grandchild", "other",
)  # fmt: skip
"""The contract's words for `kin.RELATIONS`, in their order."""
STAGES = ("notice seeking possession", "possession order", "section 21")
HAZARD, CROWDED = "category 1 hazard", "overcrowded"
FINDINGS = (HAZARD, CROWDED)
COMPLAINTS = ("antisocial behaviour", "criminal damage", "noise", "drugs", "cuckooing", "other")
CUCKOOING, OTHER = 4, 5
TROUBLES = ("domestic_abuse", "alcohol_or_drugs", "mental_health", "going_without")


@dataclass(frozen=True)
class _Landlord:
    """The tenancies and what every file of them needs."""

    county: County
    settings: HousingSettings
    watch: Watch
    held: Held
    number: npt.NDArray[np.int64]
    """The landlord's number of each tenancy, in no order that says anything."""

    def tenancy(self, rows: Index) -> Column:
        """Make the column of the tenancies at `rows`."""
        return tables.ident("tenancy_id", self.number[rows], "T")

    def draw(self, use: str, rate: Float) -> tuple[Index, Days, np.random.Generator]:
        """Draw tenancies by a year's rate each, on days of the window when they were held."""
        calendar, rng = self.county.calendar, self.county.streams.of(FEED, use)
        span = calendar.ends - calendar.opens + 1
        rows = np.repeat(
            np.arange(len(self.held), dtype=np.int32), rng.poisson(rate * (span / YEAR))
        )
        day = (calendar.opens + rng.integers(0, span, len(rows))).astype(np.int32)
        current = (self.held.start[rows] <= day) & (self.held.end[rows] >= day)
        return rows[current], day[current], rng

    def seen(self, rows: Index, day: Days, rng: np.random.Generator) -> Mask:
        """Say which are noticed, as the area and group of the tenant make it likelier."""
        return self.watch.sees(0.5, self.held.lead[rows], day, rng)


def housing_files(county: County, settings: ServiceSettings) -> Iterator[AgencyFile]:
    """Give the files of social landlords and the homelessness service, of the window."""
    held = social_tenancies(county)
    mixed = county.streams.of(FEED, "numbers").permutation(len(held))
    number = (tables.FIRST_NUMBER + mixed).astype(np.int64)
    landlord = _Landlord(county, settings.housing, Watch(county), held, number)
    yield _tenancies(landlord)
    yield _members(landlord)
    arrears, notices = _rent(landlord)
    yield arrears
    yield notices
    yield from homelessness_files(county, settings.housing, landlord.watch)
    reports = _reports(landlord)
    yield _complaints(landlord, reports)
    yield _condition(landlord, reports)
    yield _support(landlord)


def _tenancies(landlord: _Landlord) -> AgencyFile:
    held = landlord.held
    columns = [
        landlord.tenancy(np.arange(len(held), dtype=np.int32)),
        tables.person("person_id", held.lead),
        tables.address(held.address),
        tables.day("started_on", held.start),
        tables.day("ended_on", held.end),
    ]
    return tables.make_file(landlord.county, FEED, "tenancy", held.start, columns)


def _members(landlord: _Landlord) -> AgencyFile:
    held, world, calendar = landlord.held, landlord.county.world, landlord.county.calendar
    rows = held.others()
    home, person = held.lodgers.home[rows], held.lodgers.person[rows]
    start, end = held.lodgers.start[rows], held.lodgers.end[rows]
    relation = kin.relation(world, held.lead[home], person, kin.partners(world, calendar.ends))
    rng = landlord.county.streams.of(FEED, "members")
    delay = landlord.settings.recording_delay
    columns = [
        landlord.tenancy(home),
        tables.person("person_id", person),
        tables.word("relationship", relation, MEMBER_WORDS),
        tables.day("from", start),
        tables.day("to", end),
    ]
    known = landlord.watch.recorded(start, delay, rng)
    return tables.make_file(landlord.county, FEED, "member", known, columns)


# --- rent -----------------------------------------------------------------------------------------


def _rent(landlord: _Landlord) -> tuple[AgencyFile, AgencyFile]:
    """Give the balances that are sent, and the notices served on the worst of them."""
    settings = landlord.settings
    shown: list[tuple[Days, Index, Float]] = []
    served: list[tuple[Days, Index]] = []
    latest = np.full(len(landlord.held), -NEVER, dtype=np.int64)
    accounts = rent_accounts(landlord.county, settings, landlord.held)
    for month, (day, rows, weeks) in enumerate(accounts):
        due = weeks >= settings.arrears_shown
        shown.append((np.full(int(due.sum()), day, dtype=np.int32), rows[due], weeks[due]))
        rng = landlord.county.streams.of(FEED, "notices", month)
        worst = rows[(weeks >= settings.notice_weeks) & (rng.random(len(rows)) < settings.notice)]
        # A notice seeking possession stands for a year.
        worst = worst[latest[worst] < day - 365]
        latest[worst] = day
        served.append(((day + rng.integers(1, 20, len(worst))).astype(np.int32), worst))
    days = np.concatenate([np.empty(0, np.int32), *(each[0] for each in shown)])
    owing = np.concatenate([np.empty(0, np.int32), *(each[1] for each in shown)])
    columns = [
        landlord.tenancy(owing),
        tables.day("balance_on", days),
        tables.number("weeks_in_arrears", np.concatenate([[], *(each[2] for each in shown)])),
    ]
    arrears = tables.make_file(landlord.county, FEED, "arrears", days, columns)
    return arrears, _notices(landlord, served)


def _notices(landlord: _Landlord, served: list[tuple[Days, Index]]) -> AgencyFile:
    settings = landlord.settings
    day = np.concatenate([np.empty(0, np.int32), *(each[0] for each in served)])
    rows = np.concatenate([np.empty(0, np.int32), *(each[1] for each in served)])
    rng = landlord.county.streams.of(FEED, "possession")
    went_on = rng.random(len(rows)) < settings.possession
    wait = rng.gamma(3, settings.possession_months * 30 / 3, len(rows)).astype(np.int32)
    heard = (day + 28 + wait).astype(np.int32)
    went_on &= landlord.held.end[rows] >= heard
    when = np.concatenate([day, heard[went_on]])
    stage = (np.arange(len(when)) >= len(day)).astype(np.int8)
    starter = landlord.county.streams.of(FEED, "starter").random(len(day))
    stage[: len(day)][starter < settings.starter_notice] = STAGES.index("section 21")
    columns = [
        landlord.tenancy(np.concatenate([rows, rows[went_on]])),
        tables.day("served_on", when),
        tables.word("stage", stage, STAGES),
    ]
    return tables.make_file(landlord.county, FEED, "notice", when, columns, ("notice_id", "NO"))


# --- complaints, condition, support -----------------------------------------------------------------


@dataclass(frozen=True)
class _Reports:
    """What was reported of a tenancy because of what happened there; one a happening."""

    tenancy: Index
    day: Days
    category: Small
    """Position in the words of COMPLAINTS, or -1 for the condition of the home."""


def _reports(landlord: _Landlord) -> _Reports:
    seen = parties(landlord.county)
    tenancies, days, categories = [], [], []
    for number, sight in enumerate(landlord.settings.sees):
        rng = landlord.county.streams.of(FEED, "sees", number)
        rows = seen_through(seen, sight, landlord.watch, rng)
        _, once = np.unique(seen.happening[rows], return_index=True)
        rows = rows[once]
        tenancy = landlord.held.of(seen.person[rows], seen.day[rows])
        housed = tenancy != NOBODY
        code = COMPLAINTS.index(sight.category) if sight.category in COMPLAINTS else -1
        tenancies.append(tenancy[housed])
        days.append(seen.day[rows][housed])
        categories.append(np.full(int(housed.sum()), code, dtype=np.int8))
    return _Reports(
        np.concatenate([np.empty(0, np.int32), *tenancies]),
        np.concatenate([np.empty(0, np.int32), *days]),
        np.concatenate([np.empty(0, np.int8), *categories]),
    )


def _complaints(landlord: _Landlord, reports: _Reports) -> AgencyFile:
    """Give complaints about tenancies, and homes that others have taken over."""
    held, settings = landlord.held, landlord.settings
    told = reports.category >= 0
    usual = np.full(len(held), settings.complaint_background * 2, dtype=np.float32)
    rows, day, rng = landlord.draw("complaints", usual)
    noticed = landlord.seen(rows, day, rng)
    alone = landlord.county.world.households.kind[held.household] == HOUSEHOLD_KINDS.index("alone")
    taken, taken_on, rng = landlord.draw("cuckooing", 7 * settings.cuckooing * alone)
    state = household_state(landlord.county, "alcohol_or_drugs", held.household[taken], taken_on)
    happened = rng.random(len(taken)) < (1 + 2.0 * state) / 7
    parts = [
        (reports.tenancy[told], reports.day[told], reports.category[told]),
        (rows[noticed], day[noticed], np.full(int(noticed.sum()), OTHER)),
        (taken[happened], taken_on[happened], np.full(int(happened.sum()), CUCKOOING)),
    ]
    tenancy, opened, kind = (np.concatenate([part[i] for part in parts]) for i in range(3))
    known = landlord.watch.recorded(opened.astype(np.int32), settings.recording_delay, rng)
    columns = [
        landlord.tenancy(tenancy),
        tables.day("opened_on", opened),
        tables.word("type", kind.astype(np.int8), COMPLAINTS),
    ]
    numbered = ("case_id", "ASB")
    return tables.make_file(landlord.county, FEED, "antisocial_behaviour", known, columns, numbered)


def _condition(landlord: _Landlord, reports: _Reports) -> AgencyFile:
    held, settings, calendar = landlord.held, landlord.settings, landlord.county.calendar
    told = reports.category < 0
    rows, day, rng = landlord.draw("hazards", np.full(len(held), settings.hazard, dtype=np.float32))
    members = np.bincount(held.lodgers.home, minlength=len(held))
    full = np.flatnonzero(members >= settings.crowded_members).astype(np.int32)
    full = full[rng.random(len(full)) < settings.crowded_found]
    noted = np.maximum(held.start[full], calendar.opens) + rng.integers(0, 300, len(full))
    current = noted <= held.end[full]
    full, noted = full[current], noted[current]
    tenancy = np.concatenate([reports.tenancy[told], rows, full]).astype(np.int32)
    found = np.concatenate([reports.day[told], day, noted]).astype(np.int32)
    crowded = np.arange(len(tenancy)) >= len(tenancy) - len(full)
    mended = found + 3 + rng.exponential(settings.mended_days, len(found)).astype(np.int32)
    columns = [
        landlord.tenancy(tenancy),
        tables.word("finding", crowded.astype(np.int8), FINDINGS),
        tables.day("found_on", found),
        tables.day("resolved_on", np.where(crowded, held.end[tenancy], mended)),
    ]
    return tables.make_file(
        landlord.county, FEED, "condition", found, columns, ("inspection_id", "I")
    )


def _support(landlord: _Landlord) -> AgencyFile:
    """Give housing support: likelier with trouble at home."""
    held, settings, county = landlord.held, landlord.settings, landlord.county
    most = np.exp(3 * settings.support_trouble)
    rows, day, rng = landlord.draw(
        "support", np.full(len(held), settings.support * most, dtype=np.float32)
    )
    household = held.household[rows]
    states = [household_state(county, name, household, day) for name in TROUBLES]
    worst = np.max(states, axis=0)
    kept = rng.random(len(rows)) < np.exp(settings.support_trouble * worst) / most
    rows, day = rows[kept], day[kept]
    end = day + 14 + rng.exponential(settings.support_days, len(day)).astype(np.int32)
    staff = hired(county, FEED)
    worker = rng.integers(0, max(len(staff.names), 1), len(rows)).astype(np.int32)
    columns = [
        tables.person("person_id", held.lead[rows]),
        tables.day("started_on", day),
        tables.day("ended_on", np.minimum(end, held.end[rows])),
        *staff.columns("officer", worker),
        tables.word("organisation", np.zeros(len(rows), dtype=np.int8), ("Tenancy Support",)),
    ]
    return tables.make_file(county, FEED, "support", day, columns, ("support_id", "SU"))
