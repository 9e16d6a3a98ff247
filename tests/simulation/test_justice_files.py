"""The files of police, youth justice and panels keep to their contracts and to the window."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from kithkin.model.codes import code_set
from kithkin.simulation.agencies.partners import partner_files
from kithkin.simulation.agencies.police import police_files
from kithkin.simulation.agencies.youth_justice import youth_justice_files
from kithkin.simulation.calendar import NEVER, whole_years
from kithkin.simulation.county import County
from kithkin.simulation.records import AgencyFile
from kithkin.simulation.settings import read_section
from kithkin.simulation.settings.justice import JusticeSettings
from simulation.justice_counties import justice_county

SHIPPED = read_section(JusticeSettings)
SETTINGS = SHIPPED.model_copy(
    # so that what is rare occurs in a small county too
    update={
        "partners": SHIPPED.partners.model_copy(
            update={"prevent_per_100000": 2000, "places_assessed": 2}
        ),
        "police": SHIPPED.police.model_copy(
            update={"dash": SHIPPED.police.dash.model_copy(update={"high_from": 9})}
        ),
        "youth_justice": SHIPPED.youth_justice.model_copy(
            update={
                "entrants_per_100000": 5000,
                "formal": {"detention and training order": 1, "referral order": 2},
            }
        ),
    }
)
MAKERS = {"police": police_files, "youth_justice": youth_justice_files, "other": partner_files}
WRITTEN_BESIDE_AN_ADDRESS = {"town", "uprn"}
MINUTES = 24 * 60
OF_PEOPLE = {"police": "nominal", "youth_justice": "person", "other": "person"}


@cache
def county() -> County:
    return justice_county(6000, each=8)


@cache
def sent(feed: str) -> dict[str, AgencyFile]:
    return {file.file: file for file in MAKERS[feed](county(), SETTINGS)}


@cache
def contract(feed: str) -> dict[str, Any]:
    text = files("kithkin.feeds").joinpath("plain", f"{feed}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def words(file: AgencyFile, name: str) -> np.ndarray:
    column = file.column(name)
    return np.array([*column.words, ""], dtype=object)[column.values]


def numbers(file: AgencyFile, name: str) -> np.ndarray:
    return file.column(name).values


@pytest.mark.parametrize("feed", MAKERS)
def test_every_file_of_the_contract_but_the_people_is_sent_and_none_is_empty(feed: str) -> None:
    wanted = set(contract(feed)["files"]) - {OF_PEOPLE[feed]}
    assert set(sent(feed)) == wanted
    assert [name for name, file in sent(feed).items() if not len(file)] == []
    assert {file.feed for file in sent(feed).values()} == {feed}


@pytest.mark.parametrize("feed", MAKERS)
def test_columns_are_those_of_the_contract_and_none_that_is_required_is_missing(feed: str) -> None:
    for name, file in sent(feed).items():
        columns = contract(feed)["files"][name]["columns"]
        ours = {column.name for column in file.columns}
        assert ours <= set(columns), name
        required = {key for key, column in columns.items() if column.get("required")}
        assert required <= ours, name
        assert not {key for key in ours if columns[key].get("stored") is False}, name


@pytest.mark.parametrize("feed", MAKERS)
def test_required_cells_are_never_blank(feed: str) -> None:
    for name, file in sent(feed).items():
        columns = contract(feed)["files"][name]["columns"]
        for column in file.columns:
            if not columns[column.name].get("required"):
                continue
            blank = column.values == NEVER if column.kind == "day" else column.values < 0
            assert not blank.any(), (name, column.name)


OTHER_WORDS = {("flags", "flag"): {"weapons"}}
"""What the contract takes for one of another kind, as forces have flags of their own."""


def test_words_are_words_of_the_contracts() -> None:
    for feed in MAKERS:
        for name, file in sent(feed).items():
            for column, allowed in vocabulary(feed, name).items():
                if column not in {each.name for each in file.columns}:
                    continue
                used = {str(word) for word in words(file, column)} - {""}
                parts = {part.strip() for word in used for part in word.split(";")}
                assert used, (name, column)
                assert parts <= allowed | OTHER_WORDS.get((name, column), set()), (name, column)


def vocabulary(feed: str, name: str) -> dict[str, set[str]]:
    """Words that the contract reads in each column, wherever in the file's table it says so."""
    found: dict[str, set[str]] = {}
    shared = contract(feed).get("values", {})

    def walk(table: Any) -> None:
        if isinstance(table, dict):
            if "column" in table and "values" in table:
                values = table["values"]
                values = shared[values] if isinstance(values, str) else values
                found.setdefault(table["column"], set()).update(values)
            for each in table.values():
                walk(each)
        elif isinstance(table, list):
            for each in table:
                walk(each)

    walk(contract(feed)["files"][name])
    return found


def test_the_vocabularies_cover_what_is_not_a_name_or_an_offence() -> None:
    told = {
        (name, column)
        for feed in MAKERS
        for name in sent(feed)
        for column in vocabulary(feed, name)
    }
    assert ("occurrence", "markers") in told
    assert ("occurrence_person", "role") in told
    assert ("intelligence", "reliability") in told
    assert ("outcome", "disposal") in told
    assert ("probation", "type") in told


def test_offence_codes_are_home_office_codes_and_read_back_as_themselves() -> None:
    codes = code_set("offence")
    used = set(words(sent("police")["occurrence"], "ho_code"))
    used |= set(words(sent("youth_justice")["outcome"], "ho_code"))
    assert len(used) > 20
    for code in used - {""}:
        match = codes.match(code)
        assert match is not None
        assert match.code == code


def test_people_in_occurrences_belong_to_an_occurrence_that_is_sent() -> None:
    police = sent("police")
    known = police["occurrence"].column("occurrence_id")
    joined = police["occurrence_person"].column("occurrence_id")
    assert known.prefix == joined.prefix
    assert len(np.unique(known.values)) == len(known.values)
    assert np.isin(joined.values, known.values).all()
    for name in ("vulnerability_notice", "encompass", "custody"):
        cited = police[name].column("occurrence_id")
        assert cited.prefix == known.prefix
        assert (cited.values >= 0).any()
        assert np.isin(cited.values[cited.values >= 0], known.values).all(), name


@pytest.mark.parametrize("feed", MAKERS)
def test_rows_are_in_order_of_record_and_within_the_window(feed: str) -> None:
    calendar = county().calendar
    for name, file in sent(feed).items():
        assert (np.diff(file.known) >= 0).all(), name
        assert calendar.opens <= file.known.min(), name
        assert file.known.max() <= calendar.ends, name
        assert {len(column.values) for column in file.columns} == {len(file)}, name


STARTS = {
    "occurrence": "committed_from", "vulnerability_notice": "noticed_on", "encompass": "sent_on",
    "calls": "called_on", "police_protection": "used_on", "intelligence": "reported_on",
    "flags": "flagged_from", "orders": "granted_on", "encounters": "encountered_on",
    "outcome": "outcome_on", "order": "started_on", "assessment": "assessed_on",
    "exploitation": "record_on", "marac": "heard_on", "prevent": "decided_on",
    "context": "started_on", "probation": "started_on", "domestic_abuse_service": "started_on",
}  # fmt: skip


def test_nothing_is_known_before_it_happened_and_nothing_happened_before_the_window() -> None:
    opens = county().calendar.opens
    for feed in MAKERS:
        for name, file in sent(feed).items():
            if name not in STARTS:
                continue
            began = numbers(file, STARTS[name])
            assert (began <= file.known).all(), name
            if name != "probation":  # who is in prison when the window opens is on the list
                assert (began >= opens).all(), name


def test_nothing_that_lies_after_the_end_is_told_but_what_is_planned() -> None:
    ends = county().calendar.ends
    for feed in MAKERS:
        for name, file in sent(feed).items():
            for column in file.columns:
                if column.name in ("ends_on", "release_due_on"):
                    continue
                told = column.values[column.values != NEVER]
                if column.kind == "day" and len(told):
                    assert told.max() <= ends, (name, column.name)
                if column.kind == "minute":
                    assert column.values.max() < (ends + 1) * MINUTES, (name, column.name)


def test_spells_end_after_they_began() -> None:
    pairs = {
        ("police", "flags"): ("flagged_from", "flagged_to"),
        ("police", "orders"): ("granted_on", "ends_on"),
        ("youth_justice", "order"): ("started_on", "ended_on"),
        ("youth_justice", "custody"): ("from", "to"),
        ("other", "domestic_abuse_service"): ("started_on", "ended_on"),
        ("other", "context"): ("started_on", "ended_on"),
    }
    for (feed, name), (start, end) in pairs.items():
        file = sent(feed)[name]
        assert (numbers(file, start) <= numbers(file, end)).all(), name
    missing = sent("police")["missing"]
    left, told, back = (numbers(missing, c) for c in ("missing_from", "reported_at", "returned_at"))
    assert (left <= told).all()
    assert (back[back >= 0] >= told[back >= 0]).all()


@pytest.mark.parametrize("feed", MAKERS)
def test_two_makings_of_a_county_send_the_same(feed: str) -> None:
    again = {file.file: file for file in MAKERS[feed](justice_county(6000, each=8), SETTINGS)}
    for name, file in sent(feed).items():
        for ours, theirs in zip(file.columns, again[name].columns, strict=True):
            np.testing.assert_array_equal(ours.values, theirs.values)
            assert list(ours.words) == list(theirs.words)


def test_the_number_of_an_occurrence_does_not_tell_who_is_in_it() -> None:
    named = numbers(sent("police")["occurrence_person"], "nominal_id")
    of = numbers(sent("police")["occurrence_person"], "occurrence_id")
    assert abs(np.corrcoef(named, of)[0, 1]) < 0.1


def test_an_order_breached_again_has_a_further_row_of_its_number() -> None:
    often = SETTINGS.youth_justice.model_copy(update={"breached": 1.0, "breached_again": 0.5})
    made = youth_justice_files(county(), SETTINGS.model_copy(update={"youth_justice": often}))
    order = next(file for file in made if file.file == "order")
    key = np.stack([numbers(order, name) for name in ("order_id", "person_id", "started_on")])
    _, rows = np.unique(key[0], return_counts=True)
    assert (rows > 1).any()
    assert len(np.unique(key, axis=1).T) == len(rows)
    breaches = numbers(order, "breached_on")
    assert len(set(zip(key[0], breaches, strict=True))) == len(order)


def test_disposals_out_of_court_are_assessed_too() -> None:
    ordered = set(numbers(sent("youth_justice")["order"], "person_id"))
    assessed = set(numbers(sent("youth_justice")["assessment"], "person_id"))
    assert assessed - ordered


def test_a_child_at_medium_or_high_risk_is_screened_again() -> None:
    file = sent("other")["exploitation"]
    screened = ~np.isnan(numbers(file, "screening_score"))
    who, day = numbers(file, "person_id")[screened], numbers(file, "record_on")[screened]
    band = words(file, "screening_band")[screened]
    order = np.lexsort((day, who))
    same = (who[order][1:] == who[order][:-1]) & np.isin(band[order][:-1], ["medium", "high"])
    apart = np.diff(day[order])[same]
    after = SETTINGS.partners.reviewed_after_days
    assert ((apart >= after) & (apart <= 2 * after)).sum() > 10


def test_police_record_meeting_those_whom_they_search() -> None:
    met = sent("police")["encounters"]
    never = SETTINGS.police.encounters.model_copy(update={"met": {}})
    police = SETTINGS.police.model_copy(update={"encounters": never})
    made = police_files(county(), SETTINGS.model_copy(update={"police": police}))
    assert len(met) > len(next(file for file in made if file.file == "encounters"))


def test_most_prevent_referrals_are_of_children() -> None:
    file = sent("other")["prevent"]
    middle = (county().calendar.opens + county().calendar.ends) // 2
    age = whole_years(county().world.people.born[numbers(file, "person_id")], middle)
    assert len(file) > 30
    assert 0.4 < (age < 18).mean() < 0.75
