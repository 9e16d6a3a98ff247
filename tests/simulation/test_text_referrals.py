"""Referral texts: spans that hold, names that are known, assertions that follow the truth."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.care import SOURCES
from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.making import Plan, make_county
from kithkin.simulation.settings.sections import read_section
from kithkin.simulation.settings.text import TextSettings
from kithkin.simulation.text import (
    ContactTexts,
    front_door_table,
    reading_page,
    spans_table,
    window_rows,
    write_texts,
)
from kithkin.simulation.text.grammar_file import ASSERTIONS, SPANS, concepts, grammar
from kithkin.simulation.text.knowing import VOICES
from kithkin.simulation.text.planning import pool_of

PLAIN = (1.0, 0.0, 0.0, 0.0, 0.0)


@cache
def county() -> County:
    return make_county(Plan(people=5000, years=3, seed=5))


@cache
def settings() -> TextSettings:
    return read_section(TextSettings)


@cache
def texts() -> ContactTexts:
    return write_texts(county(), settings())


def careful(**changes: object) -> TextSettings:
    """Give settings under which everybody writes plainly, spells well and is never mistaken."""
    voices = {
        name: voice.model_copy(update={"styles": PLAIN, "misspelt": 0.0})
        for name, voice in settings().voices.items()
    }
    return settings().model_copy(update={"voices": voices, "respelt": 0.0, **changes})


@cache
def exact() -> ContactTexts:
    true, false = list(settings().assertions_true), list(settings().assertions_false)
    true[1] = false[0] = 0.0
    return write_texts(
        county(),
        careful(assertions_true=tuple(true), assertions_false=tuple(false), contradiction=0.0),
    )


def said(some: ContactTexts, what: str) -> list[tuple[str, int, int]]:
    """Give the text, the person and the number of the text of each span of a kind."""
    spans, number = some.spans, SPANS.index(what)
    rows = np.flatnonzero(spans.what == number)
    written = some.text.to_pylist()
    return [
        (written[spans.text[r]][spans.start[r] : spans.end[r]], spans.person[r], spans.text[r])
        for r in rows
    ]


def test_a_span_of_a_name_holds_the_name_of_the_person_it_points_to() -> None:
    names, people = county().world.names.to_pylist(), county().world.people
    found = 0
    for what in ("child", "adult"):
        for word, person, _ in said(exact(), what):
            if person < 0:
                continue
            found += 1
            whose = {people.forename[person], people.surname[person], people.known_as[person]}
            mother = people.mother[person]
            whose |= {people.surname[mother]} if mother >= 0 else set()
            known = {w.lower() for n in whose if n >= 0 for w in re.split(r"[ ]", names[n])}
            assert set(word.lower().split()) <= known | {"unborn", "the", "baby"}
    assert found > 500


def test_spans_of_dates_phones_addresses_and_schools_have_their_shapes() -> None:
    assert all(
        re.fullmatch(r"(01632 960|07700 900)\d{3}", word) for word, _, _ in said(exact(), "phone")
    )
    dates = [word for word, _, _ in said(exact(), "date")]
    assert dates
    assert all(re.fullmatch(r"\d{1,2}/\d{1,2}(/\d{4})?|[A-Z][a-z]+ \d{4}", d) for d in dates)
    schools = set(county().world.schools.name.to_pylist())
    assert {word for word, _, _ in said(exact(), "school")} <= schools
    streets = tuple(s for s in county().world.streets.to_pylist())
    assert all(any(s in word for s in streets) for word, _, _ in said(exact(), "address"))


def test_every_span_lies_in_its_text_and_holds_something_with_no_space_at_either_end() -> None:
    spans, written = texts().spans, texts().text.to_pylist()
    assert len(spans.text) > 2000
    for text, start, end in zip(spans.text, spans.start, spans.end, strict=True):
        held = written[text][start:end]
        assert held
        assert held == held.strip()


def test_what_is_denied_is_not_so_when_referrers_are_never_mistaken() -> None:
    table = spans_table(exact())
    denied = table.filter(pc.equal(table["assertion"], "negated"))
    said_of_incident = pc.sum(pc.cast(denied["true"], pa.int32())).as_py()
    assert denied.num_rows > 100
    assert said_of_incident == 0


def test_mistaken_referrers_deny_some_of_what_is_so() -> None:
    false = careful(assertions_true=(0.0, 1.0, 0.0, 0.0, 0.0, 0.0))
    table = spans_table(write_texts(county(), false))
    denied = table.filter(pc.equal(table["assertion"], "negated"))
    assert pc.any(denied["true"]).as_py()


def test_all_six_assertions_are_made_and_half_of_what_is_not_so_is_denied() -> None:
    table = spans_table(texts()).filter(pc.is_valid(spans_table(texts())["concept"]))
    assert set(table["assertion"].to_pylist()) == set(ASSERTIONS)
    absent = table.filter(pc.invert(table["true"]))["assertion"].to_pylist()
    assert 0.3 < absent.count("negated") / len(absent) < 0.7


def test_names_in_the_texts_are_names_of_the_county() -> None:
    known = {
        word.lower() for name in county().world.names.to_pylist() for word in name.split(" ")
    } | {"unborn", "the", "baby"}
    for what in ("child", "adult", "other"):
        for word, _, _ in said(exact(), what):
            assert set(word.lower().split(" ")) <= known


def test_pronouns_fit_the_child() -> None:
    plain = exact()
    girls = county().world.people.sex[plain.scenes.child] == 0
    words = r"asleep in (his|her) cot|(?:put|to|with) (his|her) (?:headphones|room|game)\b"
    found = 0
    for text, girl in zip(plain.text.to_pylist(), girls, strict=True):
        for match in re.finditer(words + r"|These are (his|her) own words", text):
            found += 1
            assert ("her" in match.groups()) == girl
    assert found > 3


def test_the_same_county_has_the_same_texts_and_another_seed_others() -> None:
    again = write_texts(county(), settings())
    assert again.text.equals(texts().text)
    assert np.array_equal(again.spans.start, texts().spans.start)
    other = replace(county(), streams=replace(county().streams, seed=6))
    assert not write_texts(other, settings()).text.equals(texts().text)


def test_a_text_is_the_same_however_many_are_printed_at_once(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("kithkin.simulation.text.writing.AT_ONCE", 37)
    few = write_texts(county(), settings())
    assert few.text.equals(texts().text)
    assert np.array_equal(few.spans.end, texts().spans.end)


def test_siblings_of_one_incident_share_a_text() -> None:
    some, contacts = texts(), county().care.contacts
    rows = some.rows
    key = list(
        zip(
            contacts.day[rows], contacts.source[rows], contacts.household[rows],
            contacts.happening[rows], strict=True,
        )
    )  # fmt: skip
    by_key: dict[tuple[int, ...], set[int]] = {}
    for each, text in zip(key, some.text_of, strict=True):
        by_key.setdefault(each, set()).add(int(text))
    assert all(len(found) == 1 for found in by_key.values())
    assert (some.scenes.many > 1).any()
    table = front_door_table(county(), some)
    shared = table.filter(pc.is_valid(table["others_named"]))
    assert shared.num_rows


def test_each_contact_is_about_the_child_of_its_row() -> None:
    some = texts()
    child = county().care.contacts.child[some.rows]
    assert np.array_equal(some.scenes.children[some.text_of, some.position], child)


def test_the_share_of_copied_texts_is_near_the_setting() -> None:
    voices = {n: v.model_copy(update={"copied": 0.4}) for n, v in settings().voices.items()}
    some = write_texts(county(), settings().model_copy(update={"voices": voices}))
    could = some.scenes.earlier_text >= 0
    assert could.sum() > 20
    assert abs((some.copied_from[could] >= 0).mean() - 0.4) < 0.2
    assert not (some.copied_from[~could] >= 0).any()
    assert some.spans.copied.any()


def test_what_is_said_does_not_depend_on_names_or_heritage() -> None:
    world = county().world
    turn = np.random.default_rng(1).permutation(len(world.people.born))
    people = replace(
        world.people,
        forename=world.people.forename[turn], surname=world.people.surname[turn],
        known_as=np.full_like(world.people.known_as, -1),
        heritage=world.people.heritage[turn], ethnicity=world.people.ethnicity[turn],
    )  # fmt: skip
    swapped = write_texts(replace(county(), world=replace(world, people=people)), settings())
    for column in ("text", "concept", "assertion"):
        concept, also = texts().spans.what == 0, swapped.spans.what == 0
        assert np.array_equal(
            getattr(texts().spans, column)[concept], getattr(swapped.spans, column)[also]
        )
    assert not swapped.text.equals(texts().text)


def test_texts_are_of_the_length_that_referrals_have() -> None:
    words = np.array([len(text.split()) for text in texts().text.to_pylist()])
    assert 45 < np.median(words) < 110
    assert np.percentile(words, 5) > 8
    assert 130 < np.percentile(words, 99) < 300


def test_the_front_door_gets_nothing_of_the_truth() -> None:
    table = front_door_table(county(), texts())
    assert table.column_names == [
        "reference", "received", "source", "referrer_name", "referrer_role", "child_name",
        "child_born", "child_age", "others_named", "address", "text", "consent",
    ]  # fmt: skip
    assert table.num_rows == len(window_rows(county()))
    number = np.array(table["reference"].to_pylist()).astype(int)
    assert len(set(number)) == len(number)
    assert abs(np.corrcoef(number, np.arange(len(number)))[0, 1]) < 0.15
    nameless = table.filter(pc.equal(table["source"], "anonymous"))
    assert nameless["referrer_name"].null_count == nameless.num_rows


def test_the_page_has_forty_texts_and_the_truth_only_below_and_folded() -> None:
    page = reading_page(county(), texts(), 40, county().streams)
    assert page.count("<article") == 40
    above, below = page.split("<details>")
    assert not [kind for kind in HAPPENINGS if f"<td>{kind.replace('_', ' ')}</td>" in above]
    assert below.count('<th scope="row">') == 40
    assert '<html lang="en-GB">' in page
    assert "http" not in page
    assert reading_page(county(), texts(), 40, county().streams) == page


def test_every_concept_names_happenings_and_factors_that_there_are() -> None:
    from kithkin.simulation.care import FACTORS

    for concept in concepts():
        assert set(concept.happenings) <= set(HAPPENINGS)
        assert set(concept.factors) <= set(FACTORS)


def test_every_voice_can_tell_of_every_kind_of_happening() -> None:
    made = grammar()
    for voice in VOICES:
        for kind in (*HAPPENINGS, "none", "unborn", "sibling"):
            assert pool_of(made, voice, f"incident.{kind}") is not None, (voice, kind)


def test_no_child_under_five_is_said_to_be_in_a_year_group_at_a_secondary_school() -> None:
    age = texts().scenes.age(county().world.people.born)
    written = exact().text.to_pylist()
    for text, years in zip(written, age, strict=True):
        if years < 4 and "Copied" not in text:
            assert not re.search(r" is in Year \d", text)


def test_every_source_has_a_voice() -> None:
    assert len(np.unique(texts().scenes.source)) > 5
    assert set(texts().scenes.source) <= set(range(len(SOURCES)))
