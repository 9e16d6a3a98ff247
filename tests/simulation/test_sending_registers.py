from __future__ import annotations

from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy.stats import spearmanr

from kithkin.model.identifiers import check_nhs_number, check_upn
from kithkin.simulation.sending.registers import make_register
from kithkin.simulation.settings import SettingsError, read_section
from kithkin.simulation.settings.mistakes import MistakeSettings, RegisterFeed
from tests.simulation.sending_world import (
    CALENDAR,
    FORENAMES,
    SETTINGS,
    WITHOUT_MISTAKES,
    county_of,
    settings_with,
)

FEEDS = get_args(RegisterFeed)
PEOPLE = 4000
EVERYBODY = np.arange(PEOPLE, dtype=np.int32)
KNOWN = (CALENDAR.begins + EVERYBODY * 7 % 900).astype(np.int32)


@pytest.fixture(scope="module")
def county():
    return county_of(PEOPLE)


def register(county, settings, feed="social_care", on=None):
    return make_register(feed, EVERYBODY, KNOWN, county, settings, on)


def truth(county, feed="social_care"):
    return register(county, WITHOUT_MISTAKES, feed).entries


def share_changed(county, field, feed="social_care", **rates) -> float:
    """Give the share of people whose entry differs from the truth in a field."""
    made = register(county, settings_with(**rates), feed)
    assert len(made.person) == PEOPLE
    same = pc.equal(made.entries[field], truth(county, feed)[field]).fill_null(False)
    blank = pc.and_(pc.is_null(made.entries[field]), pc.is_null(truth(county, feed)[field]))
    return 1 - np.asarray(pc.or_(same, blank)).mean()


@pytest.mark.parametrize("feed", FEEDS)
def test_without_mistakes_an_entry_says_what_is_true(county, feed):
    made = register(county, WITHOUT_MISTAKES, feed)
    who, names = county.world.people, county.world.names
    assert made.person.tolist() == EVERYBODY.tolist()
    assert made.known.tolist() == KNOWN.tolist()
    entries = made.entries
    assert entries["surname"].combine_chunks() == names.take(pa.array(who.surname))
    assert entries["date_of_birth"].cast(pa.int32()).to_pylist() == who.born.tolist()
    assert entries["sex"].to_pylist() == np.array(["F", "M"])[who.sex].tolist()
    for field in set(WITHOUT_MISTAKES.holds[feed]) & {"nhs_number", "postcode", "address"}:
        assert entries[field].null_count == 0
    for field in set(entries.column_names) - set(WITHOUT_MISTAKES.holds[feed]):
        assert entries[field].null_count == PEOPLE


@pytest.mark.parametrize(
    ("rate", "field"),
    [
        ("forename_typo", "forename"),
        ("surname_typo", "surname"),
        ("spelt_by_ear", "surname"),
        ("year_off_by_one", "date_of_birth"),
        ("day_mistyped", "date_of_birth"),
        ("birth_missing", "date_of_birth"),
        ("sex_wrong", "sex"),
        ("sex_unknown", "sex"),
        ("ethnicity_missing", "ethnicity"),
        ("ethnicity_differs", "ethnicity"),
        ("address_missing", "address"),
        ("address_of_somebody_else", "uprn"),
        ("house_number_mistyped", "address"),
        ("postcode_wrong", "postcode"),
        ("postcode_missing", "postcode"),
        ("uprn_missing", "uprn"),
        ("nhs_number_missing", "nhs_number"),
        ("nhs_number_mistyped", "nhs_number"),
        ("nhs_number_of_another", "nhs_number"),
    ],
)
def test_a_mistake_changes_what_it_says_at_its_rate(county, rate, field):
    assert share_changed(county, field, **{rate: 0.2}) == pytest.approx(0.2, abs=0.025)


@pytest.mark.parametrize(
    ("feed", "rate", "field"),
    [
        ("benefits", "national_insurance_number_missing", "national_insurance_number"),
        ("benefits", "national_insurance_number_of_another", "national_insurance_number"),
        ("police", "pnc_id_missing", "pnc_id"),
    ],
)
def test_the_numbers_of_other_agencies_go_wrong_at_their_rate(county, feed, rate, field):
    have = pc.is_valid(truth(county, feed)[field]).to_numpy().mean()
    assert 0.5 < have < 1  # the others are too young to have one
    changed = share_changed(county, field, feed, **{rate: 0.2})
    assert changed >= 0.2 * have - 0.025
    assert changed <= 0.2 + 0.025  # another's number may also stand for a child who has none


def test_rates_of_some_names_are_of_the_people_who_have_such_a_name(county):
    forename = truth(county)["forename"].to_numpy()
    surname = truth(county)["surname"].to_numpy()
    have_nickname = np.isin(
        forename, ["Mohammed", "Oleksandr", "Katarzyna", "William", "Elizabeth"]
    )
    barrelled, marked = surname == "Patel-Jones", np.isin(surname, ["Patel-Jones", "O'Brien"])
    expected = [
        ("nickname", "forename", have_nickname),
        ("double_barrel_dropped", "surname", barrelled),
        ("marks_lost", "surname", marked),
        ("known_as_used", "forename", forename == "Mohammed"),
        ("variant_spelling", "forename", np.isin(forename, ["Mohammed", "Oleksandr", "Aisha"])),
    ]
    for rate, field, can in expected:
        changed = share_changed(county, field, **{rate: 0.5})
        assert changed == pytest.approx(can.mean() / 2, abs=0.025), rate


def test_swapped_names_stand_in_each_others_place(county):
    made = register(county, settings_with(names_swapped=0.2)).entries
    swapped = pc.is_in(made["surname"], value_set=pa.array(FORENAMES)).to_numpy()
    assert swapped.mean() == pytest.approx(0.2, abs=0.025)
    assert made["forename"].filter(swapped) == truth(county)["surname"].filter(swapped)


def test_day_and_month_are_swapped_where_they_can_be(county):
    made = register(county, settings_with(day_month_swapped=1.0)).entries["date_of_birth"]
    was = truth(county)["date_of_birth"]
    can = [d.day <= 12 for d in was.to_pylist()]
    pairs = zip(was.to_pylist(), made.to_pylist(), can, strict=True)
    assert all(
        (b.month, b.day) == ((a.day, a.month) if c else (a.month, a.day)) for a, b, c in pairs
    )


def test_births_of_unknown_day_stand_on_the_first_of_january_of_their_year(county):
    made = register(county, settings_with(first_of_january=1.0)).entries["date_of_birth"]
    assert {(d.day, d.month) for d in made.to_pylist()} == {(1, 1)}
    assert pc.year(made) == pc.year(truth(county)["date_of_birth"])


def test_a_former_surname_stands_for_the_present_one(county):
    made = register(county, settings_with(former_surname_used=1.0)).entries
    mothers = pa.array(EVERYBODY % 4 == 0)
    assert made["surname"].filter(mothers) == truth(county)["former_surname"].filter(mothers)


def test_an_alias_keeps_the_true_surname_for_some(county):
    made = register(county, settings_with(alias=1.0), "police").entries
    told = pc.equal(made["former_surname"], truth(county, "police")["surname"]).fill_null(False)
    assert np.asarray(told).mean() == pytest.approx(0.5, abs=0.05)


def test_a_mistyped_nhs_number_fails_its_check(county):
    made = register(county, settings_with(nhs_number_mistyped=1.0)).entries["nhs_number"]
    # A slip of 1 to 9 in any digit is always found by modulus 11.
    assert {check_nhs_number(number) for number in made.to_pylist()} == {"failed"}


def test_a_temporary_pupil_number_ends_in_a_letter_and_a_former_one_is_kept(county):
    made = register(county, settings_with(upn_temporary=0.2, upn_changed=0.3), "school_census")
    upn = [number for number in made.entries["upn"].to_pylist() if number]
    former = [number for number in made.entries["former_upn"].to_pylist() if number]
    assert len(upn) == PEOPLE / 2  # the children
    assert np.mean([number[-1].isalpha() for number in upn]) == pytest.approx(0.2, abs=0.03)
    assert len(former) / len(upn) == pytest.approx(0.3 * 0.8, abs=0.03)
    assert {check_upn(number) for number in [*upn, *former]} == {"passed"}


def test_who_is_not_updated_stands_at_the_address_of_the_first_day(county):
    half_of_families_moved = 0.5
    changed = share_changed(county, "uprn", address_never_updated=1.0)
    assert changed == pytest.approx(half_of_families_moved, abs=0.01)


def test_an_earlier_extract_has_the_same_entries_at_the_addresses_of_then(county):
    before_the_move = CALENDAR.opens + 100
    then = register(county, WITHOUT_MISTAKES, on=before_the_move)
    now = register(county, WITHOUT_MISTAKES)
    assert then.number.tolist() == now.number.tolist()
    assert then.entries["surname"] == now.entries["surname"]
    assert np.mean(pc.not_equal(then.entries["uprn"], now.entries["uprn"])) == 0.5
    assert pc.max(then.entries["address_from"].cast(pa.int32())).as_py() <= before_the_move


def test_a_child_unborn_at_the_extract_has_an_expected_birth_and_no_name_or_number(county):
    day = int(county.world.people.born[2]) - 30
    then = register(county, WITHOUT_MISTAKES, on=day).entries.slice(2, 1).to_pylist()[0]
    assert (then["forename"], then["date_of_birth"], then["nhs_number"]) == (None, None, None)
    assert then["expected_date_of_birth"].toordinal() - 719163 == day + 30


def test_duplicate_and_split_records_are_second_entries_of_one_person(county):
    made = register(county, settings_with(duplicate=0.2, split=0.1))
    in_time = 0.8  # of second entries follow by the last day, with a mean of 400 days
    assert len(made.person) / PEOPLE - 1 == pytest.approx(0.3 * in_time, abs=0.06)
    assert len(np.unique(made.number)) == len(made.number)
    assert made.replaces is not None
    assert made.replaces.sum() == pytest.approx((len(made.person) - PEOPLE) / 3, rel=0.2)
    assert (np.diff(made.person) >= 0).all()
    same = np.diff(made.person) == 0
    assert (np.diff(made.known)[same] > 0).all()


@pytest.mark.parametrize("kind", ["twins", "siblings", "father_and_son", "namesakes"])
def test_merged_records_have_one_number_and_say_one_thing(county, kind):
    made = register(county, settings_with(**{f"{kind}_merged": 1.0}))
    who = county.world.people
    order = np.argsort(made.number, kind="stable")
    pairs = np.flatnonzero(np.diff(made.number[order]) == 0)
    assert len(pairs) > 0
    a, b = made.person[order[pairs]], made.person[order[pairs + 1]]
    entries = made.entries.to_pylist()
    assert all(entries[x] == entries[y] for x, y in zip(a[:20], b[:20], strict=True))
    alike = {
        "twins": who.twin[a] == b,
        "siblings": who.mother[a] == who.mother[b],
        "father_and_son": (who.father[b] == a) & (who.forename[a] == who.forename[b]),
        "namesakes": (who.forename[a] == who.forename[b]) & (who.surname[a] == who.surname[b]),
    }
    assert alike[kind].all()


def test_numbers_say_nothing_of_a_persons_place_in_the_world(county):
    for feed in FEEDS:
        made = register(county, SETTINGS, feed)
        assert abs(spearmanr(made.person, made.number).statistic) < 0.06


def test_the_same_seed_gives_the_same_register_and_another_another(county):
    one, two = register(county, SETTINGS), register(county_of(PEOPLE), SETTINGS)
    assert one.entries == two.entries
    assert one.number.tolist() == two.number.tolist()
    other = register(county_of(PEOPLE, seed=8), SETTINGS)
    assert len(other.number) != len(one.number) or other.number.tolist() != one.number.tolist()


def test_the_knob_multiplies_mistakes():
    twice = county_of(PEOPLE, mistakes=2.0)
    made = register(twice, settings_with(sex_wrong=0.1)).entries["sex"]
    assert np.mean(pc.not_equal(made, truth(twice)["sex"])) == pytest.approx(0.2, abs=0.025)


def test_a_change_in_one_rate_moves_no_other_mistake(county):
    one = register(county, settings_with(sex_wrong=0.1)).entries
    both = register(county, settings_with(sex_wrong=0.1, postcode_wrong=0.1)).entries
    assert one["sex"] == both["sex"]
    assert one["postcode"] != both["postcode"]


def test_where_a_name_comes_from_changes_typing_only_when_the_setting_says_so(county):
    settings = settings_with(surname_typo=0.1)
    more = settings.model_copy(update={"typing_of_unfamiliar_names": 3.0})
    foreign = county.world.people.heritage == 1
    for chosen, ratio in ((settings, 1.0), (more, 3.0)):
        made = register(county, chosen).entries["surname"]
        wrong = np.asarray(pc.not_equal(made, truth(county)["surname"]))
        assert wrong[foreign].mean() / wrong[~foreign].mean() == pytest.approx(ratio, rel=0.25)


def test_a_refuge_is_not_told_but_protected_where_the_agency_may_say_so():
    county = county_of(400)
    stays = county.world.stays
    stays.kind[stays.person == 0] = 5
    people, known = EVERYBODY[:4], KNOWN[:4]
    made = make_register("other", people, known, county, settings_with().model_copy(
        update={"hides_refuges": ("other",)}
    )).entries  # fmt: skip
    assert made["address"].is_null().to_pylist() == [True, False, False, False]
    assert made["protected"].to_pylist() == ["Y", None, None, None]


def test_no_birth_is_recorded_after_the_entry_was_made(county):
    made = register(county, settings_with(year_off_by_one=1.0, address_never_updated=1.0))
    born = made.entries["date_of_birth"].cast(pa.int32()).to_numpy()
    true_born = county.world.people.born
    assert (born <= np.maximum(made.known, true_born)).all()


def test_a_register_of_nobody_has_no_entries(county):
    nobody = np.empty(0, np.int32)
    made = make_register("police", nobody, nobody, county, SETTINGS)
    assert made.entries.num_rows == 0


def test_a_rate_that_does_not_exist_is_refused_by_name():
    with pytest.raises(SettingsError, match=r"agencies.police has no rate typos"):
        read_section(MistakeSettings, changes={"agencies": {"police": {"typos": 0.1}}})
