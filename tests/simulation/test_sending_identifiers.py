from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest
from scipy.stats import spearmanr

from kithkin.model.identifiers import CHECKS
from kithkin.simulation.calendar import whole_years
from kithkin.simulation.sending import identifiers
from tests.simulation.sending_world import CALENDAR, county_of

EVERYBODY = np.arange(4000, dtype=np.int32)
PUPILS = EVERYBODY[EVERYBODY % 4 >= 2]
ADULTS = EVERYBODY[EVERYBODY % 4 < 2]


@pytest.fixture(scope="module")
def county():
    return county_of()


@pytest.mark.parametrize(
    ("scheme", "give", "people"),
    [
        ("nhs_number", identifiers.nhs_numbers, EVERYBODY),
        ("upn", identifiers.pupil_numbers, PUPILS),
        ("nino", identifiers.national_insurance_numbers, ADULTS),
        ("pnc", identifiers.police_computer_numbers, ADULTS),
    ],
)
def test_every_number_passes_its_check_is_one_persons_and_says_nothing_of_their_place(
    county, scheme, give, people
):
    numbers = give(county, people).to_pylist()
    assert {CHECKS[scheme](number) for number in numbers} == {"passed"}
    assert len(set(numbers)) == len(people)
    if scheme == "upn":  # the year of birth is in it; the serial within the year is not
        numbers = [number[-3:] for number in numbers]
    rank = spearmanr(people, np.unique(numbers, return_inverse=True)[1]).statistic
    assert abs(rank) < 0.08


def test_nhs_numbers_are_of_the_range_that_is_kept_for_tests(county):
    numbers = identifiers.nhs_numbers(county, EVERYBODY).to_pylist()
    assert min(numbers) >= "9990000000"
    assert {len(number) for number in numbers} == {10}


def test_a_county_beyond_the_range_goes_on_in_the_block_below_without_repeats():
    bases = identifiers._valid_nhs_bases(950_000, 5)
    assert len(np.unique(bases)) == 950_000
    assert (bases >= 999_000_000).sum() == 909_090 or (bases >= 999_000_000).sum() == 909_091
    assert bases.min() >= 998_000_000


def test_a_slip_of_an_nhs_number_fails_its_check(county):
    slip = np.full(len(EVERYBODY), 3, np.int8)
    numbers = identifiers.nhs_numbers(county, EVERYBODY, slip).to_pylist()
    assert {CHECKS["nhs_number"](number) for number in numbers} == {"failed"}


def test_pupil_numbers_name_the_first_schools_authority_and_adults_have_none(county):
    numbers = identifiers.pupil_numbers(county, EVERYBODY).to_pylist()
    assert numbers[0] is None
    assert numbers[2][1:8] == "8012001"


def test_temporary_pupil_numbers_end_in_a_letter_and_pass_their_check(county):
    rng = np.random.default_rng(3)
    numbers = identifiers.temporary_pupil_numbers(county, PUPILS, rng).to_pylist()
    assert {CHECKS["upn"](number) for number in numbers} == {"passed"}
    assert all(number[-1].isalpha() for number in numbers)


def test_another_seed_gives_the_same_person_another_number(county):
    other = county_of(seed=8)
    one = identifiers.nhs_numbers(county, EVERYBODY).to_numpy(zero_copy_only=False)
    two = identifiers.nhs_numbers(other, EVERYBODY).to_numpy(zero_copy_only=False)
    assert (one == two).mean() < 0.01


def test_only_those_old_enough_have_numbers_of_the_police_and_of_national_insurance(county):
    age = whole_years(county.world.people.born, CALENDAR.ends)
    pnc = identifiers.police_computer_numbers(county, EVERYBODY).is_valid().to_numpy(False)
    nino = identifiers.national_insurance_numbers(county, EVERYBODY).is_valid().to_numpy(False)
    assert (pnc == (age >= 10)).all()
    assert (nino == (age >= 16)).all()
    assert 0 < pnc[PUPILS].mean() < 1
    years = pc.utf8_slice_codeunits(identifiers.police_computer_numbers(county, ADULTS), 0, 4)
    assert set(years.to_pylist()) <= {str(year) for year in range(1995, 2026)}


def test_nobody_has_no_number(county):
    nobody = np.array([-1, 5], np.int32)
    for give in (identifiers.nhs_numbers, identifiers.police_computer_numbers):
        assert [number is None for number in give(county, nobody).to_pylist()] == [True, False]
