"""What is true behind each text, and which facts decide what sentences fit it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kithkin.simulation.calendar import Days
from kithkin.simulation.care import SOURCES
from kithkin.simulation.county import County
from kithkin.simulation.life import CHILD_CONDITIONS, HAPPENINGS, HOUSEHOLD_CONDITIONS
from kithkin.simulation.settings.text import TextSettings, Voice
from kithkin.simulation.text.grammar_file import Concept, concepts, read_toml
from kithkin.simulation.text.lookups import Mask, mixed, of
from kithkin.simulation.text.scene import HOME_KINDS, Scenes
from kithkin.simulation.text.words import FACTS, KIN_NAMES
from kithkin.simulation.world import SCHOOL_PHASES, STAY_KINDS, Index

VOICES = tuple(read_toml("grammar/voices.toml")["register_of"])
OLDEST_CHILD = {"alcohol": 0.65, "drugs": 0.35}
"""Share of households with alcohol or drugs in which it is (at most) this."""
AGES_SEEN = {"health_visitor": (-1, 5), "youth_justice": (10, 17), "school": (3, 18)}
"""Ages of the first child about whom such workers write; of others a colleague writes."""
EXAMINED = (
    "self_harm",
    "assault",
    "serious_assault",
    "injury_unexplained",
    "physical_harm",
    "substance_use",
)
"""Happenings after which a doctor examines the child."""
TAKEN_DOWN = 0.65
"""Share of anonymous contacts made by telephone; our proposal."""
VISITORS = ("health_visitor", "council", "youth_justice", "professional")
ASKED = (
    "da", "alc", "drug", "pmh", "neg", "phys", "emo", "cse", "cce", "csub", "cmh", "poor", "sex",
)  # fmt: skip
"""Concepts whose truth decides which sentences on other matters fit."""
OF_ALL = (
    "domestic_incident", "domestic_assault", "substance_incident", "parent_crisis",
    "home_conditions", "order_breached", "child_left_alone", "emotional_harm",
)  # fmt: skip
"""Happenings that are of every child of the home; the others are of one child."""
FROM_AGE = {"behaviour": 6, "child_mental_health": 7, "out_of_school": 6}
"""Ages from which a concept about a child may be spoken of; others from eleven."""


def voice_of(scenes: Scenes, born: Days) -> Index:
    """Give the voice of each text: a position in VOICES."""
    table: dict[str, str] = read_toml("grammar/voices.toml")["sources"]
    number = np.array([VOICES.index(table[source]) for source in SOURCES], dtype=np.int32)
    voice, age = number[scenes.source], scenes.age(born)
    for name, (low, high) in AGES_SEEN.items():
        other = (voice == VOICES.index(name)) & ((age < low) | (age > high))
        voice = np.where(other, VOICES.index("professional"), voice)
    return voice.astype(np.int32)


def by_voice(settings: TextSettings, name: str, voice: Index) -> npt.NDArray[np.float64]:
    """Give a setting of each text's voice."""
    every = np.array([_setting(settings.voices[each], name) for each in VOICES], dtype=np.float64)
    return every[voice]


def _setting(voice: Voice, name: str) -> float:
    return float(getattr(voice, name))


def told(county: County, scenes: Scenes) -> Mask:
    """Give shape (texts, concepts): whether the happening behind the text is one of the concept."""
    kinds = np.zeros((len(HAPPENINGS) + 1, len(concepts())), bool)
    for at, concept in enumerate(concepts()):
        kinds[[HAPPENINGS.index(name) for name in concept.happenings], at] = True
    return kinds[scenes.kind] & ~of_sibling(county, scenes)[:, None]


def of_sibling(county: County, scenes: Scenes) -> Mask:
    """Give whether what happened is of one child, and not of the first of the text."""
    of_all = [HAPPENINGS.index(name) for name in OF_ALL]
    another = of(county.happenings.child, scenes.happening) != scenes.child
    return (scenes.kind >= 0) & ~np.isin(scenes.kind, of_all) & another


def truth(county: County, scenes: Scenes) -> Mask:
    """Give shape (texts, concepts): whether it is so, from latent states and what happened."""
    return told(county, scenes) | np.stack(
        [_state(county, scenes, concept) for concept in concepts()], axis=1
    )


def _state(county: County, scenes: Scenes, concept: Concept) -> Mask:
    lives, size = county.lives, len(scenes)
    month = np.clip(county.calendar.month_of(scenes.day), 0, county.calendar.months - 1)
    found = np.zeros(size, bool)
    index = lives.child_of[scenes.child]
    for name in concept.conditions:
        if name in HOUSEHOLD_CONDITIONS:
            known = scenes.household >= 0
            found[known] |= lives.household[name][month[known], scenes.household[known]] > 0
        elif name in CHILD_CONDITIONS:
            known = index >= 0
            found[known] |= lives.child[name][month[known], index[known]] > 0
    if concept.name in OLDEST_CHILD:
        mark = mixed(county.streams.seed, np.maximum(scenes.household, 0), 3)
        found &= mark < 0.65 if concept.name == "alcohol" else mark > OLDEST_CHILD["drugs"]
    return found


def may_speak_of(county: County, scenes: Scenes) -> Mask:
    """Give shape (texts, concepts): whether the child's age allows that it be spoken of."""
    age = scenes.age(county.world.people.born)
    least = [0 if c.about == "adult" else FROM_AGE.get(c.name, 11) for c in concepts()]
    least = [0 if c.name == "sexual_abuse" else a for c, a in zip(concepts(), least, strict=True)]
    lowest = np.array(least)
    return (age[:, None] >= lowest) | ((lowest == 0) & (age[:, None] < 0))


def facts(
    county: County,
    scenes: Scenes,
    voice: Index,
    named: Mask,
    knows: Mask,
    wrong: Mask,
    so: Mask,
) -> npt.NDArray[np.int64]:
    """Give the bits of FACTS that hold for each text."""
    held = _held(county, scenes) | _held_of_adults(scenes)
    held |= {
        "named": named,
        "history": knows & (scenes.earlier >= 0),
        "wrong": wrong,
        **{f"so_{c.short}": so[:, at] for at, c in enumerate(concepts()) if c.short in ASKED},
        "handler": (voice == VOICES.index("anonymous")) & _taken_down(county, len(scenes)),
        "other_worker": voice == VOICES.index("professional"),
        "visits": np.isin(voice, [VOICES.index(name) for name in VISITORS])
        & ~_from(scenes, "other_legal", "other", "unknown"),
        "seen_by_doctor": np.isin(scenes.kind, [HAPPENINGS.index(name) for name in EXAMINED])
        & ~of_sibling(county, scenes),
        "night": at_night(hour_of(county, voice)),
        "gp": _from(scenes, "gp"),
        "hospital": _from(scenes, "hospital"),
        "council": voice == VOICES.index("council"),
        "legal": _from(scenes, "other_legal"),
        "allied": _from(scenes, "other_health"),
        "incident": (scenes.kind >= 0) & ~of_sibling(county, scenes),
    }
    bits = np.zeros(len(scenes), np.int64)
    for at, name in enumerate(FACTS):
        bits |= np.where(held[name], 1 << at, 0)
    return bits


def _from(scenes: Scenes, *sources: str) -> Mask:
    return np.isin(scenes.source, [SOURCES.index(name) for name in sources])


def hour_of(county: County, voice: Index) -> npt.NDArray[np.int64]:
    """Give the hour of which a text tells.

    Police are called from 14:00 to 04:00; others tell of their working day; our proposal.
    """
    mark = mixed(county.streams.seed, np.arange(len(voice)), 53)
    late = (14 + mark * 14) % 24
    return np.where(voice == VOICES.index("police"), late, 8 + mark * 9).astype(np.int64)


def at_night(hour: npt.NDArray[np.int64]) -> Mask:
    """Give whether children are in bed at that hour."""
    return (hour >= 20) | (hour < 7)


def _taken_down(county: County, size: int) -> Mask:
    """Give whether an anonymous contact was taken down by a call handler, not typed on a form."""
    return mixed(county.streams.seed, np.arange(size), 97) < TAKEN_DOWN


def _held(county: County, scenes: Scenes) -> dict[str, Mask]:
    people, stays = county.world.people, county.world.stays
    age = scenes.age(people.born)
    stay = np.where(scenes.stay >= 0, stays.kind[np.maximum(scenes.stay, 0)], 0)
    girl = people.sex[scenes.child] == 0
    earlier = of(county.happenings.kind.astype(np.int32), scenes.earlier)
    schools = county.world.schools.phase[county.world.enrolments.school]
    phase = np.where(scenes.enrolment >= 0, schools[np.maximum(scenes.enrolment, 0)], -1)
    taught = (phase >= 0) & (phase != SCHOOL_PHASES.index("nursery")) & (age >= 4)
    return {
        "unborn": age < 0, "baby": age == 0, "under5": (age >= 0) & (age < 5),
        "infant": (age >= 2) & (age < 5), "five_up": age >= 5, "eight_up": age >= 8,
        "eleven_up": age >= 11, "thirteen_up": age >= 13, "fifteen_up": age >= 15,
        "under11": (age >= 0) & (age < 11), "under8": (age >= 0) & (age < 8),
        "disabled": people.disabled[scenes.child],
        "domestic": np.isin(scenes.kind, [HAPPENINGS.index(k) for k in HOME_KINDS]),
        "poor_home": scenes.kind == HAPPENINGS.index("home_conditions"),
        "earlier_da": np.isin(earlier, [HAPPENINGS.index(k) for k in HOME_KINDS]),
        "school": taught & (age < 17),
        "one": scenes.many == 1, "several": scenes.many > 1,
        "girl": girl, "boy": ~girl,
        "care": np.isin(stay, [STAY_KINDS.index("foster"), STAY_KINDS.index("residential")]),
        "severe": scenes.severity >= 4,
        "place": scenes.place >= 0,
    }  # fmt: skip


def _held_of_adults(scenes: Scenes) -> dict[str, Mask]:
    cast = scenes.cast
    who = {name: at for at, name in enumerate(KIN_NAMES)}
    carer = cast.kin["carer"]
    did = cast.suspect >= 0
    home = np.isin(scenes.kind, [HAPPENINGS.index(k) for k in ("child_to_parent_violence",)])
    return {
        "mum": (carer == who["mother"]) & (cast.carer >= 0),
        "dad": (carer == who["father"]) & (cast.carer >= 0),
        "carer": cast.carer >= 0,
        "other": cast.other >= 0,
        "couple": (cast.other >= 0) & cast.couple,
        "apart": (cast.other >= 0) & ~cast.couple,
        "suspect": did,
        "carer_suspect": did & (cast.suspect == cast.carer),
        "child_suspect": home,
        "peer_suspect": cast.peer >= 0,
        "victim": (cast.victim >= 0) & (cast.victim != cast.suspect),
    }
