"""Benefits and revenues: claims, members, the cap, sanctions, enforcement of debt, hardship."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.agencies import kin, tables
from kithkin.simulation.agencies.pupils import share_by
from kithkin.simulation.agencies.seeing import YEAR, Mask, Watch, household_state, living
from kithkin.simulation.agencies.tenancies import Held, homes_held
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings.services import BenefitSettings, ServiceSettings
from kithkin.simulation.world import NOBODY, Index, Table

FEED = "benefits"
MEMBER_WORDS = (
    "mother", "father", "child", "sibling", "partner", "other relative", "other relative",
    "non-dependant",
)  # fmt: skip
"""The contract's words for `kin.RELATIONS`, in their order."""
WORKING_AGE = (18, 66)
CAPPED_CHILDREN = 3


@dataclass(frozen=True)
class _Claims(Table):
    """A row a claim; `home` is a position in the homes held."""

    home: Index
    start: Days
    end: Days
    claimant: Index
    partner: Index
    out_of_work: Mask
    known: Days
    number: npt.NDArray[np.int64]


def benefits_files(county: County, settings: ServiceSettings) -> Iterator[AgencyFile]:
    """Give the files of benefits and revenues, of the window."""
    chosen, watch = settings.benefits, Watch(county)
    held = homes_held(county)
    claims = _claims(county, chosen, watch, held)
    columns = [
        tables.ident("claim_id", claims.number, "CL"),
        tables.person("claimant_id", claims.claimant),
        tables.person("partner_id", claims.partner),
        tables.day("started_on", claims.start),
        tables.day("ended_on", claims.end),
        tables.yes_no("out_of_work", claims.out_of_work),
        tables.yes_no("employed", ~claims.out_of_work & _working_age(county, claims)),
        tables.address(held.address[claims.home]),
    ]
    yield tables.make_file(county, FEED, "claim", claims.known, columns)
    row, lodger = _dependants(held, claims)
    yield _members(county, claims, held, row, lodger)
    yield _caps(county, chosen, claims, row)
    yield _sanctions(county, chosen, watch, claims)
    yield _debts(county, chosen, watch)
    yield _hardship(county, chosen, watch, claims, held)


def _claims(county: County, settings: BenefitSettings, watch: Watch, held: Held) -> _Claims:
    """Draw which households claim, one claim a home; most begin soon after they moved in."""
    calendar, poor = county.calendar, county.world.households.poor
    rng = county.streams.of(FEED, "claims")
    luck = rng.random((3, len(poor)), dtype=np.float32)
    chance = share_by(settings.claims_steepness * poor, settings.claims)
    home = np.flatnonzero(luck[0][held.household] < chance[held.household]).astype(np.int32)
    household = held.household[home]
    span = calendar.ends - calendar.begins
    since = calendar.begins + ((2 * luck[1][household] - 1) * span).astype(np.int32)
    wait = rng.exponential(settings.claim_delay, len(home)).astype(np.int32)
    start = np.maximum(held.start[home] + wait, since).astype(np.int32)
    stays = (start <= np.minimum(held.end[home], calendar.ends)) & (
        held.end[home] >= calendar.opens
    )
    home, start, household = home[stays], start[stays], household[stays]
    lead = held.lead[home]
    partner = kin.partners(county.world, calendar.ends)[lead]
    together = (partner >= 0) & (held.of(np.maximum(partner, 0), start) == home)
    known = watch.recorded(start, settings.recording_delay, county.streams.of(FEED, "recorded"))
    share = settings.out_of_work * (0.6 + 0.7 * poor[household])
    return _Claims(
        home=home,
        start=start,
        end=held.end[home],
        claimant=lead,
        partner=np.where(together, partner, NOBODY).astype(np.int32),
        out_of_work=luck[2][household] < share,
        known=known,
        number=tables.numbers(known, county, FEED, "claim"),
    )


def _working_age(county: County, claims: _Claims) -> Mask:
    age = whole_years(county.world.people.born[claims.claimant], county.calendar.opens)
    found: Mask = (age >= WORKING_AGE[0]) & (age < WORKING_AGE[1])
    return found


def _dependants(held: Held, claims: _Claims) -> tuple[Index, Index]:
    """Give the pairs of a claim and a position in the homes' lodgers, claimants apart."""
    claim_of = np.full(len(held), NOBODY, dtype=np.int32)
    claim_of[claims.home] = np.arange(len(claims), dtype=np.int32)
    lodgers = held.lodgers
    row = claim_of[lodgers.home]
    person = lodgers.person
    other = (row >= 0) & (person != claims.claimant[row]) & (person != claims.partner[row])
    other &= lodgers.end >= claims.start[row]
    at = np.flatnonzero(other).astype(np.int32)
    return row[at], at


def _members(county: County, claims: _Claims, held: Held, row: Index, lodger: Index) -> AgencyFile:
    lodgers, world = held.lodgers, county.world
    person = lodgers.person[lodger]
    start = np.maximum(lodgers.start[lodger], claims.start[row]).astype(np.int32)
    partner = kin.partners(world, county.calendar.ends)
    relation = kin.relation(world, claims.claimant[row], person, partner)
    # Whoever joins later is on record when the claim is changed.
    known = np.maximum(claims.known[row], start + 7).astype(np.int32)
    columns = [
        tables.ident("claim_id", claims.number[row], "CL"),
        tables.person("person_id", person),
        tables.word("relationship", relation, MEMBER_WORDS),
        tables.day("from", start),
        tables.day("to", lodgers.end[lodger]),
    ]
    return tables.make_file(county, FEED, "member", known, columns)


def _caps(county: County, settings: BenefitSettings, claims: _Claims, row: Index) -> AgencyFile:
    children = np.bincount(row, minlength=len(claims)) if len(row) else np.zeros(len(claims))
    rng = county.streams.of(FEED, "caps")
    capped = claims.out_of_work & _working_age(county, claims) & (children >= CAPPED_CHILDREN)
    rows = np.flatnonzero(capped & (rng.random(len(claims)) < settings.capped))
    start = claims.start[rows] + rng.integers(20, 200, len(rows)).astype(np.int32)
    end = start + 30 + rng.exponential(settings.cap_days, len(rows)).astype(np.int32)
    end = np.minimum(end, claims.end[rows]).astype(np.int32)
    known = np.maximum(start + 10, claims.known[rows]).astype(np.int32)
    kept = (end >= county.calendar.opens) & (end >= start)
    columns = [
        tables.ident("claim_id", claims.number[rows][kept], "CL"),
        tables.day("capped_from", start[kept]),
        tables.day("capped_to", end[kept]),
    ]
    return tables.make_file(county, FEED, "cap", known[kept], columns)


def _dated(
    county: County, use: str, rate: npt.NDArray[np.float32]
) -> tuple[Index, Days, np.random.Generator]:
    """Draw rows by a year's rate each, and a day of the window for each drawn."""
    calendar, rng = county.calendar, county.streams.of(FEED, use)
    span = calendar.ends - calendar.opens + 1
    count = rng.poisson(rate * (span / YEAR))
    rows = np.repeat(np.arange(len(rate), dtype=np.int32), count)
    return rows, (calendar.opens + rng.integers(0, span, len(rows))).astype(np.int32), rng


def _event(
    county: County,
    settings: BenefitSettings,
    watch: Watch,
    names: tuple[str, str, str, str],
    drawn: tuple[Index, Days, np.random.Generator],
) -> AgencyFile:
    """Make a file of a person, a day and a number: `names` are the file's, and its columns'."""
    person, day, rng = drawn
    known = watch.recorded(day, settings.recording_delay, rng)
    file, number, who, when = names
    columns = [tables.person(who, person), tables.day(when, day)]
    return tables.make_file(county, FEED, file, known, columns, (number, "B"))


def _sanctions(
    county: County, settings: BenefitSettings, watch: Watch, claims: _Claims
) -> AgencyFile:
    at_risk = claims.out_of_work & _working_age(county, claims)
    rows, day, rng = _dated(county, "sanctions", (settings.sanction * at_risk).astype(np.float32))
    current = (claims.start[rows] <= day) & (claims.end[rows] >= day)
    drawn = (claims.claimant[rows][current], day[current], rng)
    names = ("sanction", "sanction_id", "person_id", "sanctioned_on")
    return _event(county, settings, watch, names, drawn)


def _debts(county: County, settings: BenefitSettings, watch: Watch) -> AgencyFile:
    households = county.world.households
    rate = settings.debt * np.exp(settings.debt_poor * (households.poor - 0.3))
    rows, day, rng = _dated(county, "debts", rate.astype(np.float32))
    person = households.reference[rows]
    owes = (person >= 0) & (county.world.people.born[person] + WORKING_AGE[0] * 366 <= day)
    owes &= living(county, np.maximum(person, 0), day)
    names = ("debt", "case_id", "person_id", "enforced_on")
    return _event(county, settings, watch, names, (person[owes], day[owes], rng))


def _hardship(
    county: County, settings: BenefitSettings, watch: Watch, claims: _Claims, held: Held
) -> AgencyFile:
    """Give hardship awards: likelier in months of going without."""
    most = np.exp(3 * settings.hardship_going_without)
    rate = np.full(len(claims), settings.hardship * most, dtype=np.float32)
    rows, day, rng = _dated(county, "hardship", rate)
    state = household_state(county, "going_without", held.household[claims.home[rows]], day)
    kept = rng.random(len(rows)) < np.exp(settings.hardship_going_without * state) / most
    kept &= (claims.start[rows] <= day) & (claims.end[rows] >= day)
    drawn = (claims.claimant[rows][kept], day[kept], rng)
    names = ("hardship", "award_id", "person_id", "awarded_on")
    return _event(county, settings, watch, names, drawn)
