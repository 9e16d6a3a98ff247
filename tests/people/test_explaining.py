from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from kithkin.people.cleaning import ComparableTable, comparable_records
from kithkin.people.explaining import (
    Decided,
    MatchExplanation,
    Standing,
    Weigher,
    explain_records,
    in_words,
    speaks_against,
    speaks_for,
    waterfall_bars,
    waterfall_svg,
)
from kithkin.people.explaining.wording import Wording, wording
from kithkin.people.pairs import LinkageModel, score_pairs, train_model
from kithkin.people.rules import linkage_rules
from tests.people.records import Town
from tests.people.test_pairs import hundred_people_six_times, model_of_the_hundred

RULES = linkage_rules()
BORN = date(2012, 3, 14)
APART = Standing(together=False)
NHS = "9434765919"


def town_of_two(**change: object) -> Town:
    """One child in two feeds; `change` is what the second says otherwise."""
    said = {"forename": "Chloe", "surname": "Price", "date_of_birth": BORN, "sex": "F"}
    town = Town().person("a/1", **said).person("b/1", **said | change)  # type: ignore[arg-type]
    town.address("home", postcode="GL1 1AA", line="3 Mill Lane")
    return town.lives("a/1", "home").lives("b/1", "home")


def explain(
    town: Town, standing: Standing = APART, *, hide: bool = False, **columns: str
) -> MatchExplanation:
    con = town.connection()
    records = comparable_records(con, RULES)
    weigher = Weigher(RULES, train_model(con, records, RULES, seed=1))
    data = records.data
    for name, value in columns.items():
        data = data.append_column(name, pa.array([value] * len(data)))
    left, right = data.slice(0, 1), data.slice(1, 1)
    return explain_records(con, left, right, weigher, [standing], hide=hide)[0]


@pytest.fixture(scope="module")
def trained() -> tuple[duckdb.DuckDBPyConnection, ComparableTable, LinkageModel]:
    con = hundred_people_six_times().connection()
    records = comparable_records(con, RULES)
    return con, records, model_of_the_hundred()


def test_our_own_sums_are_splinks_on_every_scored_pair(
    trained: tuple[duckdb.DuckDBPyConnection, ComparableTable, LinkageModel],
) -> None:
    con, records, model = trained
    assert model.source == "trained"  # so that the commonness of names counts
    pairs = score_pairs(con, records, RULES, model).pairs.data
    sides = [records.data.take(pairs.column(f"{side}_rid")) for side in ("left", "right")]
    parts = Weigher(RULES, model).weigh(con, *sides)
    assert len(pairs) > 1000
    assert np.array_equal(np.round(parts.weights, 4), pairs.column("weight").to_numpy())
    assert np.array_equal(np.round(parts.home_totals, 4), pairs.column("home_weight").to_numpy())
    assert parts.levels.tolist() == pairs.column("levels").to_pylist()


def test_an_explanation_adds_up_to_the_weight_and_so_does_its_picture(
    trained: tuple[duckdb.DuckDBPyConnection, ComparableTable, LinkageModel],
) -> None:
    con, records, model = trained
    pairs = score_pairs(con, records, RULES, model).pairs.data.slice(0, 60)
    sides = [records.data.take(pairs.column(f"{side}_rid")) for side in ("left", "right")]
    told = explain_records(con, sides[0], sides[1], Weigher(RULES, model), [APART] * 60)
    for one, weight in zip(told, pairs.column("weight").to_pylist(), strict=True):
        assert one.weight == pytest.approx(weight, abs=1e-3)
        *bars, total = waterfall_bars(one)
        assert sum(bar.figure for bar in bars) == pytest.approx(total.figure, abs=1e-9)
        assert total.figure == pytest.approx(weight, abs=0.006)


def test_the_sum_can_be_done_by_hand() -> None:
    # The published shares: prior 1e-5; forename .85/.005; surname .86/.006; birth .92/.00015;
    # sex .97/.5; two sources .9/.7; no addresses.
    # -16.6096 + 7.4094 + 7.1632 + 12.5825 + 0.9561 + 0.3626 = 11.8641
    said = {"surname": "Price", "date_of_birth": BORN, "sex": "F"}
    town = Town().person("a/1", "Chloe", **said).person("b/1", "Chloe", **said)
    told = explain(town)
    assert told.weight == pytest.approx(11.8641, abs=0.002)
    assert told.prior == pytest.approx(-16.6096, abs=1e-3)


def test_a_caseworker_reads_what_both_say_and_where_they_differ() -> None:
    words = " ".join(in_words(explain(town_of_two(forename="Kloe"))))
    assert "Both say born 14 March 2012." in words
    assert "Chloe" in words
    assert "Kloe" in words
    assert "Both say Price." in words
    assert "Both have lived at one address." in words


def test_a_common_surname_counts_for_less_and_the_words_say_how_common_it_is(
    trained: tuple[duckdb.DuckDBPyConnection, ComparableTable, LinkageModel],
) -> None:
    con, records, model = trained
    shares = dict(model.shares)
    shares["surname", "same"] = (0.9, 0.001)  # as in a county where surnames are many
    weigher = Weigher(RULES, replace(model, shares=shares))
    rows = records.data.slice(0, 1)
    (told,) = explain_records(con, rows, rows, weigher, [APART])
    part = next(one for one in told.parts if one.comparison == "surname")
    assert part.share is not None
    assert part.rarity_weight == pytest.approx(np.log2(0.001 / part.share))
    assert f"common here (1 in {round(1 / part.share)})" in part.words


def test_what_a_record_lacks_is_said_to_be_missing_and_weighs_nothing() -> None:
    told = explain(town_of_two(date_of_birth=None))
    part = next(one for one in told.parts if one.comparison == "date_of_birth")
    assert (part.level, part.weight, part.home_weight) == (None, 0.0, 0.0)
    assert "date of birth" in " ".join(in_words(told))


def test_reasons_for_and_against_are_parted_the_strongest_first() -> None:
    told = explain(town_of_two(surname="Okonkwo", sex="M"))
    assert speaks_for(told)[0] == "Both say born 14 March 2012."
    against = " ".join(speaks_against(told))
    assert "Price" in against
    assert "Okonkwo" in against
    assert "female" in against
    assert not set(speaks_for(told)) & set(speaks_against(told))


def test_hidden_values_are_in_no_word_and_no_picture() -> None:
    told = explain(town_of_two(forename="Kloe"), hide=True)
    text = " ".join([*in_words(told), waterfall_svg(told)])
    assert not any(name in text for name in ("Chloe", "Kloe", "Price", "2012", "March", "a/1"))
    assert "Both give the same date of birth." in text


@pytest.mark.parametrize("seal", ["S1", "S2", "S3"])
def test_a_sealed_record_tells_nothing_of_its_home_not_even_by_the_sum(seal: str) -> None:
    town = town_of_two()
    open_, sealed = explain(town, seal="S0"), explain(town, seal=seal)
    assert any(part.comparison == "address" for part in open_.parts)
    assert not any(part.comparison == "address" for part in sealed.parts)
    address = next(part for part in open_.parts if part.comparison == "address")
    assert sealed.weight == pytest.approx(open_.weight - address.weight)
    assert "lived" not in " ".join(in_words(sealed)) + waterfall_svg(sealed)


def test_no_address_or_number_stands_in_any_explanation() -> None:
    town = town_of_two().number("a/1", "nhs_number", NHS).number("b/1", "nhs_number", NHS)
    told = explain(town, Standing(together=True))
    text = " ".join([*in_words(told), waterfall_svg(told)])
    assert NHS not in text
    assert "GL1" not in text
    assert "Mill" not in text


def test_the_verdict_says_whether_a_number_a_score_or_a_person_decided() -> None:
    together = Standing(together=True)
    numbered = town_of_two(sex="M").number("a/1", "nhs_number", NHS)
    numbered.number("b/1", "nhs_number", NHS)
    assert explain(numbered, together).verdict.kind == "number"
    assert explain(town_of_two(), together).verdict.kind == "score"
    assert explain(town_of_two(forename="Zoe", surname=None), together).verdict.kind == "others"
    decided = Decided("same", "J. Doe", date(2026, 2, 1), "seen both birth certificates")
    told = explain(town_of_two(surname="Rowe"), Standing(together=True, decided=decided))
    assert told.verdict.kind == "decided"
    assert "J. Doe decided on 1 February 2026 that these are one person" in told.verdict.words


def test_a_number_whose_check_digit_fails_did_not_join_anybody() -> None:
    town = town_of_two().number("a/1", "nhs_number", "9434765918", "failed")
    town.number("b/1", "nhs_number", "9434765918", "failed")
    assert explain(town, Standing(together=True)).verdict.kind == "score"


def test_a_refused_pair_says_why_it_waits_for_a_person() -> None:
    why = "possible twins: one surname and date of birth, different given names"
    told = explain(town_of_two(forename="Zara"), Standing(together=False, refused=why))
    assert told.verdict.kind == "refused"
    assert why in told.verdict.words


def test_a_decision_that_linkage_did_not_follow_is_not_given_as_the_reason() -> None:
    decided = Decided("same", "J. Doe", date(2026, 2, 1), "looks alike")
    told = explain(town_of_two(), Standing(together=False, decided=decided))
    assert told.verdict.kind != "decided"


def test_the_picture_is_one_well_formed_accessible_svg_that_loads_nothing() -> None:
    svg = waterfall_svg(explain(town_of_two(forename="O'Kay <b>")))
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    space = "{http://www.w3.org/2000/svg}"
    title, desc = root.find(f"{space}title"), root.find(f"{space}desc")
    assert root.get("role") == "img"
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert "Sum" in (desc.text or "")
    assert "href" not in svg
    assert "url(" not in svg


def test_evidence_for_and_against_is_told_apart_without_colour() -> None:
    svg = waterfall_svg(explain(town_of_two(surname="Okonkwo")))
    assert ">+" in svg
    assert ">-" in svg
    assert 'fill="#ffffff" stroke="#b1520a"' in svg  # against: hollow


def test_every_level_of_every_comparison_has_a_sentence_of_its_own() -> None:
    words: Wording = wording()
    without = [
        (comparison.name, level.label)
        for comparison in RULES.comparison
        for level in comparison.levels
        if level.label not in words.sentences.get(comparison.name, {})
    ]
    assert without == []


def test_a_comparison_that_a_partnership_added_is_told_by_its_label() -> None:
    assert wording().sentence("eye_colour", "same").hidden == "Eye colour: same."


def test_no_sentence_stands_for_a_level_that_no_comparison_has() -> None:
    levels = {one.name: {level.label for level in one.levels} for one in RULES.comparison}
    dead = {
        (name, level)
        for name, sentences in wording().sentences.items()
        for level in sentences
        if level not in levels.get(name, set())
    }
    assert dead == set()
