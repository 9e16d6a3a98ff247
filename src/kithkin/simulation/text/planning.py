"""Which sentences each text is made of: a row an entry, in the order of the text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kithkin.simulation.life import HAPPENINGS
from kithkin.simulation.settings.text import TextSettings
from kithkin.simulation.text.grammar_file import (
    ASSERTIONS,
    MOST_MATTERS,
    VIEWS,
    Grammar,
    Pool,
    concepts,
    read_toml,
)
from kithkin.simulation.text.knowing import VOICES, by_voice
from kithkin.simulation.text.lookups import Mask, mixed
from kithkin.simulation.world import Index

CONSENTS = ("given", "refused", "not_sought", "not_said")
PLACE_OF_ROLE = {
    "open": 0.0, "incident": 2.0, "witness": 3.0, "quote": 3.2, "say": 4.5, "history": 5.0,
    "detail": 4.6, "strength": 5.2, "filler": 5.0, "consent": 8.0, "close": 9.0,
}  # fmt: skip
MOST = {"open": 2, "incident": 2, "quote": 2, "close": 2, "consent": 1}
"""Most sentences of one role in a text; four of the others."""
ADDS_UP = (
    "domestic_incident", "substance_incident", "home_conditions", "parent_crisis",
    "sexual_exploitation_sign", "criminal_exploitation_sign",
)  # fmt: skip
"""Happenings of which two sentences add up; two of another kind would be two accounts."""
NOT_UNBORN = ("witness", "quote", "filler")
WANDER = 2.2
"""How far a sentence in the middle of a text strays from its usual place."""


@dataclass(frozen=True)
class Plan:
    """The sentences of all texts, ordered by text and place."""

    text: Index
    start: Index
    """Where the sentence begins in `Grammar.flat`."""
    length: Index


@dataclass(frozen=True)
class Known:
    """What the plan is made from, shape (texts,) or (texts, concepts)."""

    voice: Index
    facts: npt.NDArray[np.int64]
    kind: Index
    unborn: Mask
    truth: Mask
    told: Mask
    speakable: Mask
    consent: Index
    of_sibling: Mask
    """Whether what happened befell another child of the home, for whom there is another text."""


def plan_texts(known: Known, settings: TextSettings, grammar: Grammar, seed: int) -> Plan:
    """Choose the sentences of every text."""
    text, place, topic, nth = _entries(known, settings, seed)
    picked = _pick(known, grammar, seed, text, topic, nth)
    _make_general(picked, known, grammar, seed, text, topic, nth)
    keep = np.flatnonzero(picked.length > 0)
    order = keep[np.lexsort((place[keep], text[keep]))]
    order = order[agreeing(text[order], picked.matters[order])]
    return Plan(text[order], picked.start[order], picked.length[order])


@dataclass(frozen=True)
class _Picked:
    """The sentence of each entry; length 0 where there is none."""

    start: Index
    length: Index
    matters: npt.NDArray[np.int16]


def _make_general(
    picked: _Picked, known: Known, grammar: Grammar, seed: int, text: Index, topic: Index,
    nth: Index,
) -> None:  # fmt: skip
    """Give a general concern to texts whose voice has no words for what happened at that age."""
    number = {name: at for at, name in enumerate(topics())}
    told = np.array([name.startswith("incident.") for name in number])
    mute = np.flatnonzero((picked.length == 0) & told[topic] & (nth == 0))
    general = np.full(len(mute), number["incident.none"], np.int32)
    other = _pick(known, grammar, seed, text[mute], general, nth[mute])
    picked.start[mute], picked.length[mute] = other.start, other.length
    picked.matters[mute] = other.matters


def agreeing(text: Index, matters: npt.NDArray[np.int16]) -> Mask:
    """Give which sentences to keep, so that none contradicts or repeats an earlier one of its text.

    Sentences come in the order of their texts; the first on each matter in a text decides
    (tests/simulation/test_text_agreeing.py).
    """
    row, column = np.nonzero(matters >= 0)
    held = matters[row, column].astype(np.int64)
    matter, view = held // VIEWS, held % VIEWS
    about = text[row].astype(np.int64) * (matter.max(initial=0) + 1) + matter
    order = np.argsort(about, kind="stable")
    first = np.append(True, np.diff(about[order]) != 0)[: len(order)]
    leader = view[order][np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
    agrees = first | ((view[order] == leader) & (leader > 0))
    keep = np.ones(len(text), bool)
    keep[row[order[~agrees]]] = False
    return keep


def topics() -> list[str]:
    """Give every topic, by number."""
    plain = [role for role in PLACE_OF_ROLE if role not in ("incident", "say", "consent")]
    incidents = [f"incident.{name}" for name in (*HAPPENINGS, "unborn", "none", "sibling")]
    says = [f"say.{concept.name}.{how}" for concept in concepts() for how in ASSERTIONS]
    return [*plain, "curt", *(f"consent.{how}" for how in CONSENTS), *incidents, *says]


Entries = tuple[Index, npt.NDArray[np.float64], Index, Index]


def _entries(known: Known, settings: TextSettings, seed: int) -> Entries:
    """Give the text, place, topic and repetition of each sentence wished for."""
    size = len(known.voice)
    every = np.arange(size)
    number = {name: at for at, name in enumerate(topics())}
    curt = mixed(seed, every, 11) < by_voice(settings, "curt", known.voice)
    spread = by_voice(settings, "spread", known.voice)
    length = np.exp(spread * _normal(seed, every)) * np.where(curt, 0.0, 1.0)
    parts: list[Entries] = [_parted(every[curt], np.zeros(int(curt.sum())), number["curt"])]
    for role in PLACE_OF_ROLE:
        count = _count(known, settings, seed, role, length)
        text = np.repeat(every, count)
        nth = np.arange(len(text)) - np.repeat(np.cumsum(count) - count, count)
        wander = mixed(seed, text, nth, 13 + len(role), number.get(role, 5)) * WANDER
        ends = role in ("consent", "close")
        stays = ends or PLACE_OF_ROLE[role] <= 2
        place = np.asarray(PLACE_OF_ROLE[role] + (0.1 * nth if stays else wander))
        if role == "say":
            topic, keep = _says(known, settings, seed, text, nth, number)
            text, place, nth, topic = text[keep], place[keep], nth[keep] * 0, topic[keep]
        else:
            topic = _topic_of(known, role, text, number)
        parts.append((text.astype(np.int32), place, topic.astype(np.int32), nth.astype(np.int32)))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return joined[0], joined[1], joined[2], joined[3]


def _parted(text: npt.NDArray[np.int64], place: npt.NDArray[np.float64], topic: int) -> Entries:
    zero = np.zeros(len(text), np.int32)
    return text.astype(np.int32), place, zero + np.int32(topic), zero


def _normal(seed: int, every: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Give standard normal numbers by Box and Muller."""
    one, two = mixed(seed, every, 17), mixed(seed, every, 18)
    return np.asarray(np.sqrt(-2 * np.log1p(-one)) * np.cos(2 * np.pi * two))


def _count(
    known: Known, settings: TextSettings, seed: int, role: str, length: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    if role == "consent":
        return np.where((length > 0) & (known.consent < len(CONSENTS) - 1), 1, 0)
    mean = by_voice(settings, role, known.voice)
    stretch = np.minimum(length, 1.6) if role in ("open", "incident", "close") else length
    if role == "open":
        stretch = np.ones(len(length))
    count = np.floor(mean * stretch + mixed(seed, np.arange(len(length)), 19, hash_of(role)))
    least = 1 if role in ("open", "incident") else 0
    count = np.clip(count, least, MOST.get(role, 4)) * (length > 0)
    if role == "incident":
        adds_up = np.isin(known.kind, [HAPPENINGS.index(name) for name in ADDS_UP])
        count = np.where(adds_up & ~known.of_sibling, count, np.minimum(count, 1))
    if role in NOT_UNBORN:
        count = np.where(known.unborn, 0, count)
    return count.astype(np.int64)


def hash_of(name: str) -> int:
    """Give a number for a word that is the same in every process."""
    return sum(ord(letter) * 31**at for at, letter in enumerate(name[:6]))


def _topic_of(
    known: Known, role: str, text: npt.NDArray[np.int64], number: dict[str, int]
) -> npt.NDArray[np.int64]:
    if role == "consent":
        return number["consent.given"] + known.consent[text].astype(np.int64)
    if role != "incident":
        return np.full(len(text), number[role], np.int64)
    first = number[f"incident.{HAPPENINGS[0]}"]
    kind = np.where(known.kind >= 0, known.kind, len(HAPPENINGS) + 1)
    kind = np.where(known.unborn, len(HAPPENINGS), kind)
    kind = np.where(known.of_sibling & ~known.unborn, len(HAPPENINGS) + 2, kind)
    return (first + kind[text]).astype(np.int64)


def _says(
    known: Known, settings: TextSettings, seed: int, text: npt.NDArray[np.int64],
    nth: npt.NDArray[np.int64], number: dict[str, int],
) -> tuple[npt.NDArray[np.int64], Mask]:  # fmt: skip
    """Choose the concept and the assertion of each statement; no concept twice in a text."""
    size, many = known.truth.shape
    weight = np.array([settings.weights.get(concept.name, 1.0) for concept in concepts()])
    weight = np.where(known.truth, settings.mention_true, settings.mention_false) * weight
    contrary = mixed(seed, np.arange(size), 23) < settings.contradiction
    weight = weight * known.speakable * ~known.told
    grid = mixed(seed, np.arange(size)[:, None], 29, np.arange(many)[None, :])
    with np.errstate(divide="ignore"):
        rank = np.argsort(np.log(np.maximum(grid, 1e-12)) / np.maximum(weight, 1e-9), axis=1)
    picked = rank[:, ::-1][text, nth]
    possible = weight[text, picked] > 0
    mark = mixed(seed, text, picked, 31)
    cumulative = np.cumsum([settings.assertions_false, settings.assertions_true], axis=1)
    shares = cumulative / cumulative[:, -1:]
    so = known.truth[text, picked].astype(int)
    how = np.minimum((mark[:, None] >= shares[so]).sum(axis=1), len(ASSERTIONS) - 1)
    denied = contrary[text] & known.told[text].any(axis=1) & (nth == 0)
    picked = np.where(denied, known.told[text].argmax(axis=1), picked)
    how = np.where(denied, ASSERTIONS.index("negated"), how)
    base = number[f"say.{concepts()[0].name}.{ASSERTIONS[0]}"]
    return base + picked * len(ASSERTIONS) + how, possible | denied


def _pick(
    known: Known, grammar: Grammar, seed: int, text: Index, topic: Index, nth: Index
) -> _Picked:
    """Choose a sentence for each entry among those of its voice that fit the facts."""
    start, length = np.zeros(len(text), np.int32), np.zeros(len(text), np.int32)
    matters = np.full((len(text), MOST_MATTERS), -1, np.int16)
    every, key = topics(), known.voice[text].astype(np.int64) * 10000 + topic
    order = np.argsort(key, kind="stable")
    bounds = np.flatnonzero(np.diff(key[order], prepend=-1))
    for rows in np.split(order, bounds[1:]):
        if not len(rows):
            continue
        pool = pool_of(grammar, VOICES[known.voice[text[rows[0]]]], every[topic[rows[0]]])
        if pool is not None:
            chosen = _fitting(pool, known.facts[text[rows]], seed, text[rows], nth[rows])
            good = chosen >= 0
            start[rows[good]] = pool.starts[chosen[good]]
            length[rows[good]] = pool.lengths[chosen[good]]
            matters[rows[good]] = pool.matters[chosen[good]]
    return _Picked(start, length, matters)


def _fitting(pool: Pool, facts: npt.NDArray[np.int64], seed: int, text: Index, nth: Index) -> Index:
    """Give for each entry the nth sentence, in an order of chance, that fits; -1 when none."""
    fits = ((facts[:, None] & pool.needs) == pool.needs) & ((facts[:, None] & pool.forbids) == 0)
    mark = mixed(seed, text.astype(np.int64)[:, None], 37, pool.starts.astype(np.int64)[None, :])
    mark = np.where(fits, mark * pool.weights, -1.0)
    chosen = mark.argmax(axis=1)
    later = np.flatnonzero(nth > 0)
    ranked = np.argsort(-mark[later], axis=1, kind="stable")
    at = np.minimum(nth[later], mark.shape[1] - 1)
    chosen[later] = ranked[np.arange(len(later)), at]
    missing = (mark[np.arange(len(text)), chosen] < 0) | (nth >= mark.shape[1])
    return np.where(missing, -1, chosen).astype(np.int32)


def pool_of(grammar: Grammar, voice: str, topic: str) -> Pool | None:
    """Give the sentences that a voice has for a topic, from all its registers; None without."""
    key = (f"*{voice}", topic)
    if key not in grammar.pools:
        registers = read_registers()[voice]
        found = [grammar.pools[r, topic] for r in registers if (r, topic) in grammar.pools]
        grammar.pools[key] = Pool.joined([pool for pool in found if len(pool.starts)])
    pool = grammar.pools[key]
    return pool if len(pool.starts) else None


def read_registers() -> dict[str, list[str]]:
    """Give the files of sentences of each voice, its own first."""
    return read_toml("grammar/voices.toml")["register_of"]
