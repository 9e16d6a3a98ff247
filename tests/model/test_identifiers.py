"""Check characters against published numbers, by hand, and by changing one character."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.gb import upn

from kithkin.model import identifiers
from kithkin.model.identifiers import (
    check_nhs_number,
    check_nino,
    check_pnc,
    check_uln,
    check_upn,
    normalise_postcode,
)
from shared_data import shared_data

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
digits = st.sampled_from("0123456789")


def numbers(length):
    return st.text(digits, min_size=length, max_size=length)


# B801200005001: 8*2 + 0*3 + 1*4 + 2*5 + 0 + 0 + 0 + 0 + 5*10 + 0 + 0 + 1*13 = 93;
# 93 mod 23 = 1, and letter 1, counting from A as 0, is B.
@pytest.mark.parametrize("value", ["B801200005001", "P207000016049", " b801 200005001 "])
def test_a_pupil_number_with_its_check_letter_passes(value):
    assert check_upn(value) == "passed"


@pytest.mark.parametrize(
    "value",
    ["A801200005001", "B80120000500", "B8012000050011", "I801200005001", "B80120A005001", "X"],
)
def test_a_pupil_number_with_a_wrong_letter_or_form_fails(value):
    assert check_upn(value) == "failed"


def test_a_temporary_pupil_number_counts_its_last_letter_by_its_place_in_the_alphabet():
    # 93 - 13 for the last digit 1, + 13 * 2 for C = 106; 106 mod 23 = 14, and letter 14 is Q.
    assert check_upn("Q80120000500C") == "passed"
    assert check_upn("P80120000500C") == "failed"


@pytest.mark.parametrize("value", ["UN1", "un5", "UN7", None, "", "  "])
def test_a_reason_for_having_no_pupil_number_is_not_checked(value):
    assert check_upn(value) == "unchecked"


def test_un8_is_no_reason_and_fails_as_a_number():
    assert check_upn("UN8") == "failed"


@given(numbers(12))
def test_our_check_letter_is_the_standard_library_of_numbers_own(rest):
    assert check_upn(upn.calc_check_digit(rest) + rest) == "passed"


@given(numbers(12), st.integers(0, 11), digits)
def test_changing_one_digit_of_a_pupil_number_makes_it_fail(rest, place, digit):
    """23 is prime and exceeds every weight and every difference of two digits."""
    valid = upn.calc_check_digit(rest) + rest
    changed = valid[: place + 1] + digit + valid[place + 2 :]
    assert check_upn(changed) == ("passed" if changed == valid else "failed")


@given(numbers(12), st.sampled_from(UPN_LETTERS))
def test_only_one_check_letter_passes(rest, letter):
    assert (check_upn(letter + rest) == "passed") == (letter == upn.calc_check_digit(rest))


@pytest.mark.parametrize("value", ["9434765919", "943 476 5919", "943-476-5919"])
def test_an_nhs_number_with_its_check_digit_passes_however_it_is_spaced(value):
    assert check_nhs_number(value) == "passed"


@pytest.mark.parametrize("value", ["9434765918", "943476591", "94347659190", "94347659I9"])
def test_an_nhs_number_with_a_wrong_digit_or_form_fails(value):
    assert check_nhs_number(value) == "failed"


@pytest.mark.parametrize("check", [check_nhs_number, check_uln, check_nino, check_pnc])
@pytest.mark.parametrize("value", [None, "", " "])
def test_a_blank_is_not_checked(check, value):
    assert check(value) == "unchecked"


@given(numbers(9), st.integers(0, 9), digits)
def test_changing_one_digit_of_an_nhs_number_makes_it_fail(nine, place, digit):
    """11 is prime; no weight, and no difference of two digits, is a multiple of it."""
    check_digit = nhs_check_digit(nine)
    valid = nine + check_digit
    assert check_nhs_number(valid) == ("failed" if check_digit == "10" else "passed")
    changed = valid[:place] + digit + valid[place + 1 :]
    if check_digit != "10" and changed != valid:
        assert check_nhs_number(changed) == "failed"


def nhs_check_digit(nine):
    """NHS Data Dictionary: weights 10 to 2, eleven less the remainder, eleven counting as nought."""
    total = sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True))
    return str((11 - total % 11) % 11)


def test_a_learner_number_passes_with_its_check_digit_only():
    # 1*10 + 9*9 = 91 with zeros between; 91 mod 11 = 3; 10 - 3 = 7.
    assert check_uln("1900000007") == "passed"
    assert [check_uln(f"190000000{digit}") for digit in "012345689"] == ["failed"] * 9


def test_a_learner_number_whose_remainder_is_nought_does_not_exist():
    # 2*10 + 1*2 = 22, a multiple of 11: the check digit would be 10.
    assert {check_uln(f"200000001{digit}") for digit in "0123456789"} == {"failed"}


@pytest.mark.parametrize("value", ["0900000007", "19000000070", "190000000X"])
def test_a_learner_number_of_another_form_fails(value):
    assert check_uln(value) == "failed"


@pytest.mark.parametrize("value", ["AB123456C", "ab 12 34 56 c", "JG103759A", "AB123456"])
def test_a_national_insurance_number_of_an_issued_form_passes(value):
    assert check_nino(value) == "passed"


@pytest.mark.parametrize(
    "value",
    [
        "DA123456A",
        "AO123456A",
        "FA123456A",
        "AV123456A",
        "BG123456A",
        "ZZ123456A",
        "AB12345C",
        "AB123456E",
    ],
)
def test_a_national_insurance_number_that_is_never_issued_fails(value):
    assert check_nino(value) == "failed"


# 120012345 mod 23: 23 * 5217928 = 120012344, so 1, and letter 1 of ZABC... is A.
@pytest.mark.parametrize(
    "value", ["2012/0012345A", "12/0012345A", "12/12345a", "2012/12345A", "20120012345A"]
)
def test_a_police_national_computer_id_passes_in_each_of_its_forms(value):
    assert check_pnc(value) == "passed"


@pytest.mark.parametrize(
    "value", ["2012/0012345B", "2012/0012345", "12/A", "PNC", "2012/12345678A", "/"]
)
def test_a_police_national_computer_id_with_a_wrong_letter_or_form_fails(value):
    assert check_pnc(value) == "failed"


def test_each_scheme_is_checked_by_its_own_rule():
    assert identifiers.check("upn", "B801200005001") == "passed"
    assert identifiers.check("former_upn", "A801200005001") == "failed"
    assert identifiers.check("nhs_number", "9434765919") == "passed"
    assert identifiers.check("case_id", "12345") == "unchecked"


@pytest.mark.parametrize("scheme", [*identifiers.CHECKS, "case_id"])
def test_a_failed_check_lowers_trust_but_leaves_some(scheme):
    full, lowered = identifiers.trust(scheme, "passed"), identifiers.trust(scheme, "failed")
    assert 0 < lowered < full <= 1
    assert identifiers.trust(scheme, "unchecked") == full


def test_an_nhs_number_is_trusted_most_and_an_unknown_scheme_least():
    assert max(identifiers.TRUST, key=identifiers.TRUST.__getitem__) == "nhs_number"
    assert identifiers.trust("case_id", "unchecked") < min(identifiers.TRUST.values())


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("GL50 1AA", "GL50 1AA"),
        ("gl501aa", "GL50 1AA"),
        ("  bs1   4tr ", "BS1 4TR"),
        ("G-L5.01AA", "GL50 1AA"),
        ("GL50\u00a01AA", "GL50 1AA"),
        ("M1 1AE", "M1 1AE"),
        ("SW1A 2AA", "SW1A 2AA"),
        ("W1A 0AX", "W1A 0AX"),
        ("EC1A 1BB", "EC1A 1BB"),
        ("CR2 6XH", "CR2 6XH"),
        ("gir0aa", "GIR 0AA"),
    ],
)
def test_a_postcode_is_written_in_capitals_with_one_space(text, postcode):
    assert normalise_postcode(text) == (postcode, True)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("nope", "NOPE"),
        ("GL50", "GL50"),
        ("GL50 1CI", "GL50 1CI"),
        ("QA1 1AA", "QA1 1AA"),
        ("  no  fixed abode", "NO FIXED ABODE"),
        ("GL501 1AA", "GL501 1AA"),
        ("GIR 0AB", "GIR 0AB"),
    ],
)
def test_text_that_is_no_postcode_is_kept_and_said_to_be_malformed(text, kept):
    assert normalise_postcode(text) == (kept, False)


@pytest.mark.parametrize("text", [None, "", "   "])
def test_a_blank_postcode_is_none(text):
    assert normalise_postcode(text) == (None, False)


def test_every_real_postcode_of_two_counties_is_well_formed():
    path = shared_data("geography/postcodes_gloucestershire_bristol.csv")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        column = next(
            name for name in rows.fieldnames if name.lower() in {"postcode", "pcds", "pcd"}
        )
        postcodes = [row[column] for row in rows]
    assert len(postcodes) > 46_000
    assert [text for text in postcodes if not normalise_postcode(text)[1]] == []


def test_107_of_the_sample_returns_pupil_numbers_pass_as_counted_outside():
    path = shared_data("ssda903/header.csv")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        outcomes = [check_upn(row["UPN"]) for row in csv.DictReader(lines)]
    assert outcomes.count("passed") == 107
