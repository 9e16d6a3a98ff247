"""What health, housing, benefits and early help send: their contracts, joins, window and source."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from kithkin.simulation.agencies.benefits import benefits_files
from kithkin.simulation.agencies.early_help import early_help_files
from kithkin.simulation.agencies.health import health_files
from kithkin.simulation.agencies.housing import housing_files
from kithkin.simulation.agencies.tenancies import homes_held
from kithkin.simulation.calendar import NEVER, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings import SettingsError, read_section
from kithkin.simulation.settings.services import ServiceSettings
from kithkin.simulation.world import SEXES
from simulation.service_counties import drawn_county

MAKERS = {
    "health": health_files,
    "housing": housing_files,
    "benefits": benefits_files,
    "early_help": early_help_files,
}
SETTINGS = read_section(ServiceSettings)
PEOPLE_FILES = {"patient", "person"}
LASTING = ("started_on", "from", "capped_from", "placed_from")
"""Columns of first days, which may lie before the window when what began then went on into it."""


@cache
def county() -> County:
    return drawn_county(3000)


@cache
def sent(feed: str) -> dict[str, AgencyFile]:
    return {file.file: file for file in MAKERS[feed](county(), SETTINGS)}


def contract(feed: str) -> dict[str, Any]:
    text = (files("kithkin.feeds.plain") / f"{feed}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def column(file: AgencyFile, name: str) -> np.ndarray:
    return file.column(name).values


def word_rows(file: AgencyFile, name: str, word: str) -> np.ndarray:
    written = file.column(name)
    return np.flatnonzero(written.values == list(written.words).index(word))


@pytest.mark.parametrize("feed", MAKERS)
def test_every_file_of_the_contract_but_the_people_is_sent_and_has_rows(feed: str) -> None:
    given = sent(feed)
    # In a county so small nobody may be placed, or overdue enough for a notice.
    still = {"temporary_accommodation", "notice"}
    assert set(given) == set(contract(feed)["files"]) - PEOPLE_FILES
    assert [name for name, file in given.items() if not len(file) and name not in still] == []


@pytest.mark.parametrize("feed", MAKERS)
def test_columns_are_the_contracts_and_the_required_ones_are_there(feed: str) -> None:
    for name, file in sent(feed).items():
        known = contract(feed)["files"][name]["columns"]
        names = [each.name for each in file.columns]
        assert set(names) <= set(known)
        assert {n for n, about in known.items() if about.get("required")} <= set(names)
        assert {len(each.values) for each in file.columns} == {len(file)}


def _dictionaries(value: object) -> Iterable[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _dictionaries(each)
    elif isinstance(value, list):
        for each in value:
            yield from _dictionaries(each)


def allowed_words(feed: str, file: str) -> dict[str, set[str]]:
    """Find the words that a file's columns may hold, where the contract lists them."""
    shared, found = contract(feed).get("values", {}), {}
    for each in _dictionaries(contract(feed)["files"][file]):
        if {"column", "values"} <= set(each):
            values = each["values"]
            listed = shared[values] if isinstance(values, str) else values
            found.setdefault(each["column"], set()).update(listed)
    return found


@pytest.mark.parametrize("feed", MAKERS)
def test_words_are_those_that_the_contract_reads(feed: str) -> None:
    checked = 0
    for name, file in sent(feed).items():
        for spelled, words in allowed_words(feed, name).items():
            if spelled in [each.name for each in file.columns]:
                used = np.unique(column(file, spelled))
                said = {str(file.column(spelled).words[at]) for at in used if at >= 0}
                assert said <= words, (feed, name, spelled)
                checked += 1
    assert checked >= (1 if feed == "benefits" else 2)


@pytest.mark.parametrize(
    ("feed", "file", "key", "whole"),
    [
        ("housing", "member", "tenancy_id", "tenancy"),
        ("housing", "arrears", "tenancy_id", "tenancy"),
        ("housing", "notice", "tenancy_id", "tenancy"),
        ("housing", "antisocial_behaviour", "tenancy_id", "tenancy"),
        ("housing", "condition", "tenancy_id", "tenancy"),
        ("housing", "application_member", "application_id", "homelessness"),
        ("benefits", "member", "claim_id", "claim"),
        ("benefits", "cap", "claim_id", "claim"),
        ("early_help", "member", "episode_id", "episode"),
    ],
)
def test_a_row_joins_one_row_of_the_file_that_it_is_part_of(
    feed: str, file: str, key: str, whole: str
) -> None:
    numbers = column(sent(feed)[whole], key)
    assert len(np.unique(numbers)) == len(numbers)
    assert set(column(sent(feed)[file], key)) <= set(numbers)


@pytest.mark.parametrize("feed", MAKERS)
def test_no_row_lies_outside_the_window_and_nothing_is_known_of_the_future(feed: str) -> None:
    calendar = county().calendar
    for file in sent(feed).values():
        assert (np.diff(file.known) >= 0).all()
        assert (file.known <= calendar.ends).all()
        for each in file.columns:
            if each.kind == "day":
                days = each.values[each.values != NEVER]
                assert (days <= calendar.ends).all(), (feed, file.file, each.name)
        first = next((each for each in file.columns if each.kind == "day"), None)
        if first is not None and first.name not in LASTING:
            assert (first.values >= calendar.opens).all(), (feed, file.file, first.name)


def test_what_is_over_before_the_window_opens_is_not_sent() -> None:
    calendar = county().calendar
    for feed, file, ended in (
        ("housing", "tenancy", "ended_on"),
        ("benefits", "claim", "ended_on"),
        ("early_help", "episode", "ended_on"),
        ("health", "episode", "ended_on"),
    ):
        assert (column(sent(feed)[file], ended) >= calendar.opens).all()


def test_members_of_a_tenancy_live_at_its_address_while_they_are_members() -> None:
    tenancy, member = sent("housing")["tenancy"], sent("housing")["member"]
    address = dict(zip(column(tenancy, "tenancy_id"), column(tenancy, "address"), strict=True))
    home = [address[number] for number in column(member, "tenancy_id")]
    assert live_there(column(member, "person_id"), home, column(member, "from")).all()


def test_whoever_holds_a_home_is_of_age_and_lives_there_on_its_first_and_last_day() -> None:
    world, ends = county().world, county().calendar.ends
    for feed, file, holder in (
        ("housing", "tenancy", "person_id"),
        ("benefits", "claim", "claimant_id"),
    ):
        table = sent(feed)[file]
        who, start = column(table, holder), column(table, "started_on")
        last = np.minimum(column(table, "ended_on"), ends)
        assert (start - world.people.born[who] >= 16 * 365).all(), file
        assert live_there(who, column(table, "address"), start).all(), file
        assert live_there(who, column(table, "address"), last).all(), file


def test_nobody_holds_two_tenancies_of_one_home_at_once() -> None:
    tenancy = sent("housing")["tenancy"]
    home, start = column(tenancy, "address"), column(tenancy, "started_on")
    order = np.lexsort((start, home))
    home, start, end = home[order], start[order], column(tenancy, "ended_on")[order]
    again = home[1:] == home[:-1]
    assert (start[1:] > end[:-1])[again].all()


def live_there(who: Any, home: Any, day: Any) -> Any:
    """Say who has a stay at a home on a day."""
    found = np.zeros(len(who), dtype=bool)
    stays = county().world.stays
    by_person = np.argsort(stays.person, kind="stable")
    low = np.searchsorted(stays.person[by_person], who, side="left")
    high = np.searchsorted(stays.person[by_person], who, side="right")
    for step in range(int((high - low).max(initial=0))):
        row = by_person[np.minimum(low + step, len(by_person) - 1)]
        there = (stays.address[row] == home) & (stays.start[row] <= day) & (stays.end[row] >= day)
        found |= there & (low + step < high)
    return found


def test_a_child_of_the_tenant_is_called_so_and_a_partner_too() -> None:
    member, tenancy = sent("housing")["member"], sent("housing")["tenancy"]
    lead = dict(zip(column(tenancy, "tenancy_id"), column(tenancy, "person_id"), strict=True))
    leads = np.array([lead[number] for number in column(member, "tenancy_id")])
    people, person = county().world.people, column(member, "person_id")
    said = np.array(member.column("relationship").words)[column(member, "relationship")]
    child = (people.mother[person] == leads) | (people.father[person] == leads)
    assert (said[child] == "child").all()
    assert child.any()
    assert (said == "partner").any()
    assert not (said[~child] == "child").any()


def test_harm_that_help_prevented_brings_no_contact() -> None:
    before = county()
    prevented = replace(before.care, survives=np.zeros(len(before.happenings), dtype=np.bool_))
    contact = next(health_files(replace(before, care=prevented), SETTINGS))
    said = np.array(contact.column("category").words)[column(contact, "category")]
    harmed = ("emergency self-harm", "emergency assault", "section 136", "mental health crisis")
    assert not np.isin(said, harmed).any()
    usual = sent("health")["contact"]
    assert np.isin(
        np.array(usual.column("category").words)[column(usual, "category")], harmed
    ).any()


def test_without_delays_a_contact_is_on_record_the_same_day() -> None:
    for feed in ("health", "benefits"):
        for file in MAKERS[feed](drawn_county(600, delays=0.0), SETTINGS):
            if file.file in ("contact", "appointment", "debt"):
                day = next(each for each in file.columns if each.kind == "day")
                assert np.array_equal(file.known, day.values)


def test_surveillance_of_poor_areas_records_more_there_and_less_elsewhere() -> None:
    def split(knob: float) -> tuple[int, int]:
        seen = drawn_county(3000, surveillance_area=knob)
        world, area = seen.world, seen.world.postcodes.area
        stays, score = world.stays, world.areas.score
        at = np.zeros(len(world.people))
        at[stays.person] = score[area[world.addresses.postcode[stays.address]]]
        file = next(health_files(seen, SETTINGS))
        words = np.array(file.column("category").words)[column(file, "category")]
        reviewed = column(file, "patient_id")[words == "health visitor review missed"]
        poor = at[reviewed] > score.mean()
        return int(poor.sum()), int((~poor).sum())

    (poor, rich), (watched, spared) = split(0.0), split(2.0)
    assert watched / max(spared, 1) > 1.5 * poor / max(rich, 1)


def test_workers_have_reserved_telephones_and_addresses_that_reach_nobody() -> None:
    for feed, file, prefix in (
        ("early_help", "episode", "lead"),
        ("health", "episode", "lead"),
        ("housing", "support", "officer"),
    ):
        given = sent(feed)[file]
        phones, emails = (given.column(f"{prefix}_{name}").words for name in ("phone", "email"))
        assert all(phone.startswith("01632 960") and len(phone) == 12 for phone in phones)
        assert all(email.endswith("@example.org") for email in emails)


def test_offers_declined_are_those_that_the_family_declined() -> None:
    offer, helped = sent("early_help")["offer"], county().care.early_help
    opens, ends = county().calendar.opens, county().calendar.ends
    inside = (helped.start >= opens) & (helped.start <= ends)
    declined = column(offer, "person_id")[column(offer, "declined")]
    assert set(declined) <= set(helped.child[inside & helped.declined])
    episodes = sent("early_help")["episode"]
    assert not set(column(episodes, "person_id")) & set(helped.child[helped.declined])


def test_a_share_of_households_as_set_claims() -> None:
    claim = sent("benefits")["claim"]
    open_at_end = column(claim, "ended_on") == NEVER
    held = homes_held(county())
    share = open_at_end.sum() / (held.end > county().calendar.ends).sum()
    assert share == pytest.approx(SETTINGS.benefits.claims, rel=0.25)


@pytest.mark.parametrize("feed", MAKERS)
def test_the_same_seed_gives_the_same_files_and_another_gives_others(feed: str) -> None:
    def arrays(seed: int) -> list[np.ndarray]:
        made = MAKERS[feed](drawn_county(600, seed=seed), SETTINGS)
        return [each.values for file in made for each in file.columns]

    once, again, other = arrays(5), arrays(5), arrays(6)
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(once, other, strict=True))


def test_a_setting_that_names_no_happening_is_refused_with_its_place() -> None:
    values = SETTINGS.health.model_dump()
    values["sees"][0]["happening"] = "sneeze"
    with pytest.raises(SettingsError, match=r"services.toml: health.sees.0.happening = 'sneeze'"):
        read_section(ServiceSettings, changes={"health": values})


def contacts_with(**changes: Any) -> AgencyFile:
    changed = SETTINGS.model_copy(update={"health": SETTINGS.health.model_copy(update=changes)})
    return next(file for file in health_files(county(), changed) if file.file == "contact")


def test_a_child_overdue_for_one_immunisation_is_likelier_to_be_overdue_for_the_next() -> None:
    people, calendar = county().world.people, county().calendar
    contact = contacts_with(immunisation_overdue=(0.3, 0.3, 0.3), immunisation_family_spread=4.0)
    rows = word_rows(contact, "category", "immunisation overdue")
    who, times = np.unique(column(contact, "patient_id")[rows], return_counts=True)
    young = (people.born + 145 >= calendar.opens) & (people.born + 395 <= calendar.ends)
    reached = np.flatnonzero(young & (people.died == NEVER) & (people.left == NEVER))
    assert np.isin(reached, who[times > 1]).mean() > 1.4 * 0.3 * 0.3
    assert np.isin(reached, who).mean() < 1 - 0.7 * 0.7


def test_pregnancies_under_18_are_of_girls_of_that_age() -> None:
    people, contact = county().world.people, contacts_with(pregnancy_not_born=0.2)
    rows = word_rows(contact, "category", "pregnancy under 18")
    who, day = column(contact, "patient_id")[rows], column(contact, "contact_on")[rows]
    assert len(rows) > 5
    assert (people.sex[who] == SEXES.index("F")).all()
    assert (whole_years(people.born[who], day) < 18).all()
