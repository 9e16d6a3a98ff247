"""Sentences of one referral that would contradict or repeat each other, and texts seldom met."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import numpy as np

from kithkin.simulation.county import County
from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.making import Plan, make_county
from kithkin.simulation.settings.sections import read_section
from kithkin.simulation.settings.text import TextSettings
from kithkin.simulation.text import ContactTexts, write_texts
from kithkin.simulation.text.grammar_file import VIEWS, grammar
from kithkin.simulation.text.planning import agreeing, pool_of, read_registers

PLAIN = (1.0, 0.0, 0.0, 0.0, 0.0)


@cache
def county() -> County:
    return make_county(Plan(people=6000, years=3, seed=8))


def careful(**changes: object) -> TextSettings:
    """Give settings under which nobody misspells, pastes, or mistakes a child's name."""
    settings = read_section(TextSettings)
    voices = {
        name: voice.model_copy(update={"styles": PLAIN, "misspelt": 0.0, "copied": 0.0})
        for name, voice in settings.voices.items()
    }
    plain = {"voices": voices, "respelt": 0.0, "wrong_name": 0.0}
    return settings.model_copy(update={**plain, **changes})


@cache
def texts() -> ContactTexts:
    return write_texts(county(), careful())


@cache
def unborn() -> ContactTexts:
    """Write about children of the county as though each had been referred before birth."""
    contacts, born = county().care.contacts, county().world.people.born
    rows = np.flatnonzero(born[contacts.child] > county().calendar.opens)
    happened = contacts.happening.copy()
    happened[::2] = -1
    early = replace(contacts, day=born[contacts.child] - 90, happening=happened)
    care = replace(county().care, contacts=early)
    return write_texts(replace(county(), care=care), careful(), rows)


def test_sentences_that_take_another_view_than_the_first_of_their_text_are_left_out() -> None:
    asleep, away = 0 * VIEWS + 1, 0 * VIEWS + 2
    text = np.array([0, 0, 0, 1, 1], np.int32)
    matters = np.array([[asleep], [away], [asleep], [away], [-1]], np.int16)
    assert agreeing(text, matters).tolist() == [True, False, True, True, True]


def test_a_matter_to_be_spoken_of_once_is_spoken_of_once_in_each_text() -> None:
    once = 3 * VIEWS
    text = np.array([0, 0, 1], np.int32)
    matters = np.array([[once, -1], [-1, once], [once, -1]], np.int16)
    assert agreeing(text, matters).tolist() == [True, False, True]


def test_no_child_is_away_and_asleep_in_one_police_notice() -> None:
    away = [t for t in texts().text.to_pylist() if re.search(r"not present, (?:with|at)", t)]
    assert len(away) > 3
    for text in away:
        assert not re.search(r"in bed|asleep|seen and spoken to|appeared|Not woken", text), text


def test_children_are_named_with_birth_date_or_address_once_in_a_text() -> None:
    held = [t for t in texts().text.to_pylist() if "dob" in t]
    assert held
    for text in held:
        named = re.findall(r"[\w'-]+ [\w'-]+ \(dob [^)]*\)", text)
        assert len(named) == len(set(named)), text


def test_only_hospitals_discharge_children_and_only_surgeries_review_in_surgery() -> None:
    from kithkin.simulation.care import SOURCES

    sources = np.array(SOURCES)[texts().scenes.source]
    found = {"hospital": 0, "gp": 0}
    for source, text in zip(sources, texts().text.to_pylist(), strict=True):
        for words, of in (("Discharged home", "hospital"), ("in surgery", "gp")):
            if words in text:
                found[of] += 1
                assert source == of
    assert min(found.values()) > 0


def test_every_text_that_is_not_curt_tells_of_something_whatever_the_child_is_old() -> None:
    made, registers = grammar(), read_registers()
    pools = [pool_of(made, voice, "incident.none") for voice in registers]
    for pool in pools:
        assert pool is not None
        assert (pool.needs == 0).any()


def test_texts_about_unborn_children_speak_of_the_pregnancy_and_of_no_child_seen() -> None:
    words = re.compile(r"pregnan|weeks|EDD|baby|booking|expecting|due soon|born|midwif", re.I)
    longer = [t for t in unborn().text.to_pylist() if len(t.split()) > 25]
    assert len(longer) > 60
    assert np.mean([bool(words.search(t)) for t in longer]) > 0.95
    assert not [t for t in unborn().text.to_pylist() if re.search(r"dob|Unborn [^(]+\(\d", t)]
    assert not [t for t in longer if re.search(r"asleep in|years? old|school uniform", t)]


def test_a_name_is_now_and_then_spelt_another_way_and_still_points_to_its_person() -> None:
    often = write_texts(county(), careful(respelt=1.0))
    world, spans = county().world, often.spans
    names, written = world.names.to_pylist(), often.text.to_pylist()
    other = 0
    for row in np.flatnonzero((spans.what == 1) & (spans.person >= 0)):
        word = written[spans.text[row]][spans.start[row] : spans.end[row]].split(" ")[0]
        forename = names[world.people.forename[spans.person[row]]]
        known_as = world.people.known_as[spans.person[row]]
        called = {forename, names[known_as] if known_as >= 0 else forename}
        other += word not in called and word not in ("Unborn", "unborn")
    assert other > 100


def test_a_reader_of_forty_texts_meets_few_accounts_of_happenings_twice() -> None:
    kind = texts().scenes.kind
    worrying = np.flatnonzero(kind == HAPPENINGS.index("worrying_disclosure"))
    quoted = [
        found for i in worrying for found in re.findall(r'"([^"]+)"', texts().text[int(i)].as_py())
    ]
    assert len(quoted) > 30
    assert len(set(quoted)) > 25
