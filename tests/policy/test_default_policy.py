import csv
from pathlib import Path

import pytest

from kithkin.policy import Policy, read_policy
from shared_data import shared_data

CATALOGUE_CODES = (Path(__file__).parent / "catalogue_codes.txt").read_text().split()
BRISTOL = [
    f"{group}{letter}"
    for group, letters in enumerate(("ABCDEG", "ABCD", "ABCDEFGH", "ABCEFG", "ABC", "ABC"), start=1)
    for letter in letters
]
# Published medians of the Cambridge Crime Harm Index 2026; the cruelty code is overridden.
HARM_DAYS = {
    "homicide": 5475,
    "rape": 2555,
    "other_sexual": 182.25,
    "residential_burglary": 273.5,
    "robbery_personal": 365,
    "violence_without_injury": 10,
    "child_cruelty": 365,
    "unclassified": None,
}
SUBGROUPS = {
    "Homicide": "homicide",
    "Violence with injury": "violence_with_injury",
    "Violence without injury": "violence_without_injury",
    "Stalking and harassment": "stalking_and_harassment",
    "Death or serious injury - unlawful driving": "death_or_injury_driving",
    "Rape offences": "rape",
    "Other sexual offences": "other_sexual",
    "Public order offences": "public_order",
    "Criminal damage": "criminal_damage",
    "Arson": "arson",
    "Shoplifting": "shoplifting",
    "Other theft offences": "other_theft",
    "Vehicle offences": "vehicle",
    "Residential burglary": "residential_burglary",
    "Non-residential burglary": "non_residential_burglary",
    "Possession of drugs": "drug_possession",
    "Trafficking of drugs": "drug_trafficking",
    "Theft from the person": "theft_from_person",
    "Robbery of business property": "robbery_business",
    "Robbery of personal property": "robbery_personal",
    "Possession of weapons offences": "weapons_possession",
    "Bicycle theft": "bicycle_theft",
    "Miscellaneous crimes against society": "miscellaneous",
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return read_policy()


def test_every_code_of_the_catalogue_is_an_indicator_or_left_out_with_a_reason(policy):
    assert len(CATALOGUE_CODES) == 193
    present, left_out = set(policy.indicators), set(policy.left_out)
    assert not present & left_out
    assert set(CATALOGUE_CODES) - present == left_out


def test_the_list_of_codes_kept_here_is_the_catalogue():
    with shared_data("../reference/indicators.csv").open(newline="") as file:
        assert [row["code"] for row in csv.DictReader(file)] == CATALOGUE_CODES


def test_severity_use_and_cautions_follow_the_catalogue(policy):
    with shared_data("../reference/indicators.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["code"] in policy.indicators]
    for row in rows:
        indicator = policy.indicators[row["code"]]
        assert str(indicator.severity) == row["severity"]
        assert (indicator.use, indicator.polarity) == (row["use"], row["polarity"])
        assert list(indicator.cautions) == sorted(filter(None, row["proxy_caution"].split("|")))


def test_what_the_policy_adds_to_the_catalogue_says_so(policy):
    added = set(policy.indicators) - set(CATALOGUE_CODES)
    assert added == {"POL-06S", "EXP-06S", "DA-04A", "DA-13"}
    assert all("catalogue" in str(policy.indicators[code].note) for code in added)


def test_bristols_thirty_are_there_for_the_person_and_for_the_family(policy):
    assert len(BRISTOL) == 30
    carried = {
        code
        for indicator in policy.indicators.values()
        if set(indicator.levels) == {"person", "family"}
        for code in indicator.codes.tfd
    }
    assert carried == set(BRISTOL)


def test_every_need_of_supporting_families_is_asked_after(policy):
    asked = {
        outcome
        for indicator in policy.indicators.values()
        for outcome in indicator.codes.supporting_families
    }
    assert asked == set(range(1, 11))


@pytest.mark.parametrize(("kind", "days"), HARM_DAYS.items())
def test_crimes_weigh_what_the_harm_index_says(policy, kind, days):
    assert policy.kinds[f"police.crime.{kind}"].harm_days == days


def test_every_subgroup_of_the_harm_index_is_copied(policy):
    with shared_data("crime/cchi_2026_subgroup_weights.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            kind = policy.kinds[f"police.crime.{SUBGROUPS[row['prc_subgroup']]}"]
            assert kind.harm_days == float(row["cchi_days_median"])


def test_only_crimes_have_harm_days_and_an_override_gives_its_reason(policy):
    weighed = {name for name, kind in policy.kinds.items() if kind.harm_days is not None}
    assert weighed == {name for name in policy.kinds if name.startswith("police.crime.")} - {
        "police.crime.unclassified"
    }
    assert policy.kinds["police.crime.child_cruelty"].harm_days_reason


def test_no_indicator_of_a_person_takes_victims_and_suspects_together(policy):
    for code, indicator in policy.indicators.items():
        if "person" in indicator.levels:
            for selection in indicator.selections():
                roles = set(selection.roles)
                assert not ("victim" in roles and roles & {"suspect", "charged"}), code


def test_what_rests_on_unproven_kinds_says_so_and_enters_no_score(policy):
    unproven = {name for name, kind in policy.kinds.items() if kind.unproven}
    resting = [
        indicator
        for indicator in policy.indicators.values()
        if any(unproven & set(selection.kinds) for selection in indicator.selections())
    ]
    assert {indicator.code for indicator in resting} == {"POL-16", "POL-17", "EXP-04", "EXP-07"}
    for indicator in resting:
        assert "unproven_information" in indicator.cautions
        assert indicator.use != "score"


def test_what_protects_or_is_context_for_poverty_is_never_scored(policy):
    for indicator in policy.indicators.values():
        assert not (indicator.polarity == "protective" and indicator.use == "score")


def test_the_default_hash_is_the_same_at_every_reading(policy):
    assert read_policy().hash == policy.hash
    assert len(policy.hash) == 64


def test_the_documentation_lists_bristols_codes_and_what_is_left_out(policy):
    text = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    for code, left_out in policy.left_out.items():
        assert f"| {code} | {left_out.reason} |" in text
    for indicator in policy.indicators.values():
        if set(indicator.levels) == {"person", "family"}:
            for code in indicator.codes.tfd:
                row = next(line for line in text.splitlines() if line.startswith(f"| {code} |"))
                assert f"{indicator.code} {indicator.title}" in row
