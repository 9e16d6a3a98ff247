"""Code sets: what a raw value stands for, when a code may be used, and the data files' form."""

import csv
import re
from datetime import date
from importlib.resources import files
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kithkin.model import codes
from kithkin.model.codes import Code, CodeSet, CodeSetError, code_set, code_set_names
from kithkin.policy import read_policy
from shared_data import shared_data

EXPECTED = {
    "ethnicity_20": 20,
    "ethnicity_5": 6,
    "sex": 3,
    "referral_source": 22,
    "primary_need": 10,
    "closure_reason": 9,
    "assessment_factor": 44,
    "abuse_category": 5,
    "disability": 13,
    "attendance_2024": 34,
    "attendance_before_2024": 26,
    "exclusion_reason": 17,
    "exclusion_category": 3,
    "reason_new_episode": 6,
    "legal_status": 13,
    "placement_type": 27,
    "placement_provider": 6,
    "reason_episode_ceased": 22,
    "reason_place_change": 12,
    "review_code": 8,
    "missing_type": 2,
    "in_touch": 6,
    "activity": 14,
    "accommodation": 33,
    "section_47_outcome": 3,
    "upn_unknown": 7,
    "annex_a_contact_source": 11,
    "annex_a_case_status": 5,
}
# The kinds of police.crime.* in the policy; `unclassified` is for codes outside the table.
CRIME_KINDS = {
    "homicide",
    "serious_violence",
    "violence_with_injury",
    "violence_without_injury",
    "child_cruelty",
    "stalking_and_harassment",
    "death_or_injury_driving",
    "rape",
    "other_sexual",
    "public_order",
    "criminal_damage",
    "arson",
    "shoplifting",
    "other_theft",
    "vehicle",
    "residential_burglary",
    "non_residential_burglary",
    "drug_possession",
    "drug_trafficking",
    "theft_from_person",
    "robbery_business",
    "robbery_personal",
    "weapons_possession",
    "bicycle_theft",
    "miscellaneous",
}


def found(name, raw, on=None):
    code = code_set(name).match(raw, on)
    return code and code.code


@pytest.mark.parametrize(("name", "count"), EXPECTED.items())
def test_each_code_set_of_the_contract_is_whole(name, count):
    assert len(code_set(name).codes) == count


@pytest.mark.parametrize("name", code_set_names())
def test_each_data_file_is_well_formed(name):
    rows = list(csv.reader(StringIO((codes.FOLDER / f"{name}.csv").read_text(encoding="utf-8"))))
    assert tuple(rows[0][:6]) == codes.COLUMNS
    assert {len(row) for row in rows} == {len(rows[0])}
    assert all(cell == cell.strip() for row in rows for cell in row)
    listed = [code.code for code in code_set(name).codes]
    assert len(set(listed)) == len(listed) == len(rows) - 1


@pytest.mark.parametrize("name", code_set_names())
def test_each_code_and_label_and_the_two_together_lead_back_to_the_code(name):
    for code in code_set(name).codes:
        assert found(name, code.label) == code.code
        assert found(name, f"{code.code} - {code.label}") == code.code
        assert found(name, f" {code.code.lower()}:  {code.label.upper()}\u00a0") == code.code


@pytest.mark.parametrize(
    "name", sorted(set(code_set_names()) - {"annex_a_eligibility", "annex_a_accommodation"})
)
def test_each_code_alone_is_found_whatever_its_case(name):
    for code in code_set(name).codes:
        assert found(name, code.code) == found(name, code.code.lower()) == code.code


@pytest.mark.parametrize("name", code_set_names())
def test_no_code_ends_before_it_starts(name):
    for code in code_set(name).codes:
        assert code.valid_from is None or code.valid_to is None or code.valid_from <= code.valid_to


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("sex", "b) Female", "F"),
        ("sex", "Female", "F"),
        ("sex", "2", "F"),
        ("sex", "2 - Female", "F"),
        ("sex", "a) Male", "M"),
        ("sex", "0", "U"),
        ("referral_source", "q) 6: Police", "6"),
        ("referral_source", "6.0", "6"),
        ("referral_source", "1A", "1A"),
        ("referral_source", "A&E", "3E"),
        ("annex_a_contact_source", "q) 6: Police", "g"),
        ("annex_a_contact_source", "a) Individual", "a"),
        ("annex_a_case_status", "c) Child in need plan", "c"),
        ("annex_a_ethnicity", "(A.A1)White - British", "a"),
        ("annex_a_gender", "2 - Female", "b"),
        ("primary_need", "N1 - Abuse or Neglect", "N1"),
        ("primary_need", "N1 \u2013 Abuse, neglect and exploitation", "N1"),
        ("primary_need", "a) Abuse or neglect", "N1"),
        ("abuse_category", "a) Neglect", "NEG"),
        ("abuse_category", "neglect, physical", "MUL"),
        ("closure_reason", "RC3 - Residence order", "RC3"),
        ("ethnicity_20", "WBRI - A1 - White - British", "WBRI"),
        ("ethnicity_20", "White British [WBRI]", "WBRI"),
        ("ethnicity_20", "wbri\u200b", "WBRI"),
        ("ethnicity_20", "WENG - White English", "WBRI"),
        ("ethnicity_20", "BSOM", "BAFR"),
        ("ethnicity_20", "WTUK Turkish", "WOTH"),
        ("ethnicity_5", "b) Mixed", "mixed"),
        ("accommodation", "B1", "B1"),
        ("activity", "F2: Full time in education other than higher", "F2"),
        ("exclusion_category", "FIXD", "SUSP"),
        ("attendance_2024", "/", "/"),
        ("attendance_2024", "\\", "\\"),
        ("attendance_2024", "#", "#"),
        ("offence", "28a", "28A"),
        ("offence", "008N", "8N"),
        ("offence", "8N - Assault with injury", "8N"),
        ("offence", "4/4", "4.4"),
        ("offence", "00877", "8/77"),
    ],
)
def test_a_value_as_agencies_write_it_finds_its_code(name, raw, code):
    assert found(name, raw) == code


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("sex", ""),
        ("sex", "   "),
        ("sex", "a) Male b) Female"),
        ("primary_need", "N1 - Low income"),
        ("primary_need", "N1, N2"),
        ("primary_need", "N1/N2"),
        ("abuse_category", "NEG, PHY"),
        ("abuse_category", "NEG - PHY and something else"),
        ("referral_source", "6 - Hospital ward"),
        ("ethnicity_20", "Both parents born abroad"),
        ("ethnicity_20", "ab12cd34ef56ab12cd34ef56"),
        ("annex_a_contact_source", "b) 1Z: not in anybody's list"),
        ("annex_a_eligibility", "e"),
        ("exclusion_reason", "XX"),
        ("offence", "999Z"),
    ],
)
def test_a_value_that_stands_for_nothing_or_for_two_codes_finds_none(name, raw):
    assert code_set(name).match(raw) is None


@given(st.text(max_size=30))
def test_any_text_is_matched_or_refused_without_an_error(text):
    assert found("ethnicity_20", text) in {
        None,
        *(code.code for code in code_set("ethnicity_20").codes),
    }


@pytest.mark.parametrize(
    "raw", ["a - " * 5_000, "(" * 20_000, "x " * 299, "1) " * 199, "a - " * 149]
)
def test_long_free_text_in_a_column_of_codes_is_given_up(raw):
    assert code_set("referral_source").match(raw) is None


def test_codes_are_looked_for_behind_two_list_markers_and_no_deeper_than_four():
    assert found("referral_source", "q) 6: Police") == "6"
    assert found("referral_source", "x) " * 3 + "Police") == "6"
    assert found("referral_source", "x) " * 4 + "Police") is None


def test_two_codes_with_one_name_are_never_chosen_between():
    colours = CodeSet("colours", [Code("R", "Warm"), Code("Y", "Warm"), Code("B", "Cold")])
    assert colours.match("warm") is None
    assert colours.match("cold").code == "B"
    assert colours.match("R - warm").code == "R"


def test_a_code_that_is_also_the_name_of_another_code_is_refused():
    letters = CodeSet(
        "letters", [Code("B", "Community home"), Code("A", "Parents", aliases=("b",))]
    )
    assert letters.match("b") is None
    assert letters.match("b) community home").code == "B"


def test_a_code_is_found_only_while_it_was_valid_when_a_day_is_given():
    assert found("exclusion_reason", "OT") == "OT"
    assert found("exclusion_reason", "OT", date(2020, 8, 31)) == "OT"
    assert found("exclusion_reason", "OT", date(2020, 9, 1)) is None
    assert found("exclusion_reason", "OW", date(2020, 8, 31)) is None
    assert found("exclusion_reason", "OW", date(2020, 9, 1)) == "OW"


def test_is_valid_asks_for_the_exact_code_on_the_day():
    reasons = code_set("exclusion_reason")
    assert reasons.is_valid("PP", date(1999, 1, 1))
    assert reasons.is_valid("MT", date(2024, 1, 1))
    assert not reasons.is_valid("MT", date(2019, 1, 1))
    assert not reasons.is_valid("mt", date(2024, 1, 1))
    assert not reasons.is_valid("OT", date(2024, 1, 1))


def test_the_day_given_can_settle_which_of_two_codes_a_name_means():
    versions = CodeSet(
        "versions",
        [
            Code("OLD", "Neglect", valid_to=date(2020, 3, 31)),
            Code("NEW", "Neglect", valid_from=date(2020, 4, 1)),
        ],
    )
    assert versions.match("neglect") is None
    assert versions.match("neglect", date(2020, 3, 31)).code == "OLD"
    assert versions.match("neglect", date(2020, 4, 1)).code == "NEW"


def test_the_physical_and_sexual_abuse_factors_were_split_in_april_2020():
    """DfE's national table first counts the split codes in the year to March 2021."""
    factors = code_set("assessment_factor")
    assert not factors.is_valid("18B", date(2020, 3, 31))
    assert factors.is_valid("18B", date(2020, 4, 1))
    assert factors.is_valid("24A", date(2021, 4, 1))
    assert not factors.is_valid("19A", date(2024, 4, 1))


@pytest.mark.parametrize("name", ["attendance_2024", "attendance_before_2024"])
def test_every_attendance_code_is_in_one_of_the_five_groups(name):
    groups = {code.group for code in code_set(name).codes}
    assert groups == {"present", "educated_off_site", "authorised", "unauthorised", "not_counted"}


def test_the_new_attendance_codes_begin_the_day_after_the_old_ones_end():
    assert code_set("attendance_before_2024").is_valid("H", date(2024, 8, 18))
    assert not code_set("attendance_before_2024").is_valid("H", date(2024, 8, 19))
    assert code_set("attendance_2024").is_valid("C2", date(2024, 8, 19))
    assert found("attendance_2024", "H") is None
    assert found("attendance_2024", "Y") is None


def test_being_unable_to_attend_is_not_a_possible_session():
    for raw in ("D", "Q", "X", "Y1", "Y7", "Z", "#"):
        assert code_set("attendance_2024").match(raw).group == "not_counted"


def test_every_ethnicity_rolls_up_to_one_of_the_five_groups_or_to_not_known():
    groups = {code.code for code in code_set("ethnicity_5").codes}
    assert {code.group for code in code_set("ethnicity_20").codes} == groups


def test_every_extended_ethnicity_code_rolls_up_to_one_code():
    extended = [
        alias
        for code in code_set("ethnicity_20").codes
        for alias in code.aliases
        if re.fullmatch(r"[A-Z]{4}", alias)
    ]
    assert len(extended) == len(set(extended)) > 70
    assert all(found("ethnicity_20", alias) for alias in extended)


@pytest.mark.parametrize("code", code_set("offence").codes, ids=lambda code: code.code)
def test_every_offence_has_a_kind_of_the_policy_and_days_of_harm(code):
    assert code.more["kind"].removeprefix("police.crime.") in CRIME_KINDS
    assert float(code.more["harm_days"]) > 0
    assert code.more["subgroup"]


@pytest.mark.parametrize("raw", ["1", "4.1", "4.10", "4.2", "1/4.1/4.10/4.2", "4/10"])
def test_each_code_of_a_compound_entry_is_a_homicide(raw):
    offence = code_set("offence").match(raw)
    assert offence.more["kind"] == "police.crime.homicide"
    assert float(offence.more["harm_days"]) == 5475


def test_cruelty_to_a_child_weighs_365_days_and_says_why():
    cruelty = code_set("offence").match("11A")
    assert cruelty.more["kind"] == "police.crime.child_cruelty"
    assert cruelty.more["harm_days"] == "365"
    assert "understates" in cruelty.more["note"]


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("2", "serious_violence"),
        ("5A", "serious_violence"),
        ("5D", "serious_violence"),
        ("5E", "serious_violence"),
        ("8N", "violence_with_injury"),
        ("105A", "violence_without_injury"),
        ("8R", "stalking_and_harassment"),
        ("8U", "stalking_and_harassment"),
        ("coercive control", "stalking_and_harassment"),
        ("Non-fatal strangulation", "serious_violence"),
        ("19C", "rape"),
        ("34B", "robbery_personal"),
        ("92A", "drug_trafficking"),
    ],
)
def test_an_offence_becomes_the_kind_that_the_policy_weighs(raw, kind):
    assert code_set("offence").match(raw).more["kind"] == f"police.crime.{kind}"


def test_strangulation_is_an_offence_of_its_own_from_june_2022():
    assert not code_set("offence").is_valid("8/77", date(2022, 6, 6))
    assert code_set("offence").is_valid("8/77", date(2022, 6, 7))


def test_every_published_offence_code_is_found_with_its_subgroup():
    with shared_data("crime/home_office_offence_codes.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            offence = code_set("offence").match(row["ho_code"])
            assert offence.more["subgroup"] == row["prc_subgroup"]
            if row["ho_code"] != "11A":
                assert float(offence.more["harm_days"]) == float(
                    row["cchi2026_subgroup_median_days"]
                )


def test_a_code_set_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(CodeSetError, match=r"no code set 'etnicity'; there are .*ethnicity_20"):
        code_set("etnicity")


def test_the_shared_aliases_are_no_code_set():
    with pytest.raises(CodeSetError, match="annex_a_aliases"):
        code_set("annex_a_aliases")
    assert "annex_a_aliases" not in code_set_names()


HEADER = "code,label,valid_from,valid_to,group,aliases\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("code,label\nA,One\n", "the columns must start code, label"),
        ("", "the columns must start"),
        (HEADER + "A,One,,,,\n,Two,,,,\n", "row 3: a code, a label"),
        (HEADER + "A,,,,,\n", "row 2: a code, a label"),
        (HEADER + "A,One,,,,,extra\n", "row 2: a code, a label"),
        (HEADER + "A,One\n", "row 2: a code, a label"),
        (HEADER + "A,One,01/09/2020,,,\n", "row 2: .*isoformat"),
    ],
)
def test_a_malformed_file_is_refused_with_its_row(tmp_path, monkeypatch, text, problem):
    (tmp_path / "broken.csv").write_text(text, encoding="utf-8")
    (tmp_path / "annex_a_aliases.csv").write_text("set,code,alias\n", encoding="utf-8")
    monkeypatch.setattr(codes, "FOLDER", tmp_path)
    with pytest.raises(CodeSetError, match=rf"code set broken.*{problem}"):
        code_set("broken")


def test_every_shared_alias_belongs_to_a_code_that_exists():
    text = (codes.FOLDER / "annex_a_aliases.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(StringIO(text)))
    assert len(rows) > 5_000
    for row in rows:
        assert row["code"] in {code.code for code in code_set(row["set"]).codes}, row
        assert found(row["set"], row["alias"]) in {row["code"], None}, row


def test_a_shared_alias_is_refused_only_for_being_the_letter_of_another_code():
    text = (codes.FOLDER / "annex_a_aliases.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(StringIO(text)):
        if not found(row["set"], row["alias"]):
            letters = {code.code for code in code_set(row["set"]).codes}
            assert row["alias"].lower() in letters - {row["code"]}, row


def test_the_licence_of_the_shared_aliases_stands_beside_them():
    licence = files("kithkin.model") / "code_sets" / "annex_a_aliases.LICENSE.txt"
    assert "MIT License" in licence.read_text(encoding="utf-8")


def test_an_annex_a_source_has_the_group_of_the_census_codes_it_stands_for():
    sources = {code.code: code for code in code_set("annex_a_contact_source").codes}
    for census in code_set("referral_source").codes:
        source = sources[census.more["annex_a_code"]]
        assert source.group == census.group
        if source.more["referral_source"]:
            assert source.more["referral_source"] == census.code


@pytest.mark.parametrize(
    ("coarse", "fine"),
    [
        ("annex_a_ethnicity", {code.code for code in code_set("ethnicity_5").codes}),
        ("annex_a_gender", {"M", "F", "U", None}),
        ("annex_a_closure_reason", {f"RC{number}" for number in range(1, 8)} | {None}),
        (
            "annex_a_placement_type",
            {code.group for code in code_set("placement_type").codes} | {"residential"},
        ),
        ("annex_a_legal_status", {code.group for code in code_set("legal_status").codes}),
    ],
)
def test_the_group_of_an_annex_a_code_is_a_word_of_the_fuller_set(coarse, fine):
    assert {code.group for code in code_set(coarse).codes} <= fine


@pytest.mark.parametrize("name", ["referral_source", "annex_a_contact_source"])
def test_the_agency_of_a_source_is_one_of_the_policy(name: str) -> None:
    agencies = {code.code: code.more["agency"] for code in code_set(name).codes}
    assert {agency for agency in agencies.values() if agency} <= read_policy().agencies.keys()
    assert "police" in agencies.values()
