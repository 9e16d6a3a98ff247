"""From pregnancy to eighteen: reviews, immunisation, appointments, needs, referrals to CAMHS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kithkin.simulation.agencies.health_contacts import Contacts, contacts, joined, raised
from kithkin.simulation.agencies.homes import Homes
from kithkin.simulation.agencies.seeing import (
    YEAR,
    Mask,
    Watch,
    household_state,
    living,
    parties,
)
from kithkin.simulation.calendar import Days, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.settings.services import HealthSettings
from kithkin.simulation.world import NOBODY, SEXES, Float, Index

FEED = "health"
REVIEWS = (14, 50, 365, 800)
"""Age in days at the health visitor's mandated reviews after birth."""
IMMUNISATIONS = (145, 395, 1250)
"""Age in days a month after the first course, the dose at a year and the booster before school."""
FLATTENED_BY = np.float32(np.pi / 8)
"""By which a normal spread of log odds flattens their mean share (MacKay, 1992)."""
BOOKING_BEFORE, LATE_BOOKING_BEFORE = 205, 150
"""Days before birth of an antenatal booking in time, and of a late one."""
USUAL_POVERTY = 0.25
"""How poor the homes of children are on average."""


def young_lives(county: County, settings: HealthSettings, watch: Watch) -> Iterator[Contacts]:
    """Give what antenatal care, health visitors and immunisation record."""
    people, calendar, homes = county.world.people, county.calendar, Homes(county.world)
    for age in REVIEWS:
        child, day, neglect = _reaching(county, homes, age)
        rng = county.streams.of(FEED, "review", age)
        chance = raised(settings.review_missed, settings.review_missed_neglect * neglect)
        missed = watch.sees(chance, child, day, rng)
        yield contacts(child[missed], day[missed], "health visitor review missed")
        if age == REVIEWS[-1]:
            low = raised(settings.below_cut_off, 0.5 * neglect + 1.2 * people.disabled[child])
            below = ~missed & (rng.random(len(child)) < low)
            yield contacts(child[below], day[below], "development below cut-off")
    yield from _overdue(county, settings, watch, homes)
    expected = (people.born > calendar.opens) & (people.mother != NOBODY)
    yield _antenatal(county, settings, np.flatnonzero(expected).astype(np.int32), homes)


def _overdue(
    county: County, settings: HealthSettings, watch: Watch, homes: Homes
) -> Iterator[Contacts]:
    """Give immunisations overdue: a family that has missed one is likelier to miss the next."""
    people, spread = county.world.people, settings.immunisation_family_spread
    reluctant = county.streams.of(FEED, "immunisation").normal(0, spread, len(people))
    steeper = np.sqrt(1 + FLATTENED_BY * spread**2)
    for age, share in zip(IMMUNISATIONS, settings.immunisation_overdue, strict=True):
        child, day, neglect = _reaching(county, homes, age)
        family = np.where(people.mother[child] != NOBODY, people.mother[child], child)
        held = min(max(share, 1e-6), 1 - 1e-6)
        usual = (steeper - 1) * np.log(held / (1 - held))
        odds = (reluctant[family] + 0.5 * neglect + usual).astype(np.float32)
        rng = county.streams.of(FEED, "immunisation", age)
        missed = watch.sees(raised(share, odds), child, day, rng)
        yield contacts(child[missed], day[missed], "immunisation overdue")


def _reaching(county: County, homes: Homes, age: int) -> tuple[Index, Days, Float]:
    """Give the children who reach an age (in days) in the window, when, and their neglect."""
    people, calendar = county.world.people, county.calendar
    due = people.born + age
    child = np.flatnonzero((due >= calendar.opens) & (due <= calendar.ends)).astype(np.int32)
    child = child[living(county, child, due[child])]
    household = homes.household(child, due[child])
    neglect = household_state(county, "neglect", household, due[child])
    return child, due[child], neglect.astype(np.float32)


def _antenatal(county: County, settings: HealthSettings, born: Index, homes: Homes) -> Contacts:
    people, rng = county.world.people, county.streams.of(FEED, "antenatal")
    mother = people.mother[born]
    late = rng.random(len(born)) < settings.late_booking
    day = people.born[born] - np.where(late, LATE_BOOKING_BEFORE, BOOKING_BEFORE)
    day = (day + rng.integers(-20, 20, len(born))).astype(np.int32)
    here = living(county, mother, day)
    young = here & (whole_years(people.born[mother], day) < 18)
    household = homes.household(mother, day)
    state = household_state(county, "alcohol_or_drugs", household, day)
    using = here & (rng.random(len(born)) < settings.substance_in_pregnancy * state)
    return joined(
        [
            contacts(mother[late & here], day[late & here], "late antenatal booking"),
            contacts(mother[young], day[young], "pregnancy under 18"),
            contacts(mother[using], day[using], "substance use in pregnancy"),
        ]
    )


def _monthly(county: County, use: str, rate: Callable[[int, Float], Float]) -> tuple[Index, Days]:
    """Draw children month by month; `rate` gives a year's rate from the month and their ages."""
    calendar, children = county.calendar, county.lives.children
    people, days = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for month in range(calendar.first_month, calendar.months):
        first, after = (int(day) for day in calendar.month_starts[month : month + 2])
        age = ((first - county.world.people.born[children]) / np.float32(YEAR)).astype(np.float32)
        rng = county.streams.of(FEED, use, month)
        drawn = rng.random(len(children), dtype=np.float32) < rate(month, age) / 12
        row = np.flatnonzero(drawn & (age >= 0) & (age < 18))
        person = children[row[living(county, children[row], first)]]
        people.append(person)
        days.append((first + rng.integers(0, after - first, len(person))).astype(np.int32))
    return np.concatenate(people), np.concatenate(days)


def _home_state(county: County, condition: str, month: int) -> Float:
    home = county.lives.home[month]
    state = county.lives.household[condition][month, np.maximum(home, 0)]
    return np.where(home >= 0, state, 0).astype(np.float32)


def _poverty(county: County, month: int) -> Float:
    """Give how poor the home of each child is that month, 0 to 1."""
    home = county.lives.home[month]
    poor = county.world.households.poor[np.maximum(home, 0)]
    return np.where(home >= 0, poor, USUAL_POVERTY).astype(np.float32)


def wanting(county: County, settings: HealthSettings) -> Iterator[Contacts]:
    """Give unmet needs of neglected children, infections of exploited ones, early pregnancies."""
    girl = county.world.people.sex[county.lives.children] == SEXES.index("F")

    def unmet(month: int, age: Float) -> Float:
        return settings.unmet_need * _home_state(county, "neglect", month) * (age > 0)

    def infected(month: int, age: Float) -> Float:
        state = county.lives.child["sexual_exploitation"][month]
        return settings.infection_under_16 * state * ((age >= 12) & (age < 16))

    def pregnant(month: int, age: Float) -> Float:
        exploited = county.lives.child["sexual_exploitation"][month]
        by = settings.pregnancy_poor * (_poverty(county, month) - USUAL_POVERTY)
        often = settings.pregnancy_not_born * np.exp(by + settings.pregnancy_exploited * exploited)
        return (often * (girl & (age >= 15))).astype(np.float32)

    yield contacts(*_monthly(county, "unmet", unmet), "unmet health need")
    yield contacts(*_monthly(county, "pregnant", pregnant), "pregnancy under 18")
    yield contacts(*_monthly(county, "infected", infected), "sexual infection under 16")


@dataclass(frozen=True)
class Referrals:
    """Referrals to child and adolescent mental health services, in order of people and days."""

    person: Index
    day: Days
    rejected: Mask
    contacts: Contacts


def referrals_to_camhs(county: County, settings: HealthSettings) -> Referrals:
    """Draw referrals: likelier with self-harm and with illness or violence at home."""

    def rate(month: int, age: Float) -> Float:
        trouble = county.lives.child["self_harm"][month] + 0.4 * (
            _home_state(county, "mental_health", month)
            + _home_state(county, "domestic_abuse", month)
        )
        raised_by = np.exp(settings.camhs_referral_trouble * trouble)
        return (settings.camhs_referral * raised_by * (age >= 5)).astype(np.float32)

    person, day = _monthly(county, "camhs", rate)
    order = np.lexsort((day, person))
    person, day = person[order], day[order]
    rng = county.streams.of(FEED, "camhs rejected")
    rejected = rng.random(len(person)) < settings.camhs_rejected
    answered = (day + rng.integers(10, 50, len(day))).astype(np.int32)
    made = [
        contacts(person, day, "mental health referral of a child"),
        contacts(person[rejected], answered[rejected], "camhs referral rejected"),
    ]
    return Referrals(person, day, rejected, joined(made))


def appointments_of(county: County, settings: HealthSettings) -> tuple[Index, Days, Mask]:
    """Give children's appointments in the window, and whether the child was not brought."""
    disabled = county.world.people.disabled[county.lives.children]

    def rate(_: int, age: Float) -> Float:
        often = settings.appointments * np.where(disabled, 2.5, 0.9)
        return (often * (age >= 0)).astype(np.float32)

    person, day = _monthly(county, "appointments", rate)
    household = Homes(county.world).household(person, day)
    neglect = household_state(county, "neglect", household, day)
    chance = raised(settings.was_not_brought, settings.was_not_brought_neglect * neglect)
    missed = county.streams.of(FEED, "not brought").random(len(person)) < chance
    seen = parties(county)
    rows = seen.of("child_not_brought", "subject")
    return (
        np.concatenate([person, seen.person[rows]]).astype(np.int32),
        np.concatenate([day, seen.day[rows]]).astype(np.int32),
        np.concatenate([missed, np.ones(len(rows), dtype=np.bool_)]),
    )
