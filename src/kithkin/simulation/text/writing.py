"""Referral texts of a county's contacts: the public functions."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kithkin.simulation.county import County
from kithkin.simulation.settings.text import TextSettings
from kithkin.simulation.text.assembling import Printer, Sentences, Spans
from kithkin.simulation.text.grammar_file import Grammar, grammar
from kithkin.simulation.text.knowing import (
    VOICES,
    by_voice,
    facts,
    may_speak_of,
    of_sibling,
    told,
    truth,
    voice_of,
)
from kithkin.simulation.text.lookups import Mask, mixed, ragged
from kithkin.simulation.text.planning import Known, Plan, plan_texts, pool_of
from kithkin.simulation.text.planning import _fitting as fitting
from kithkin.simulation.text.scene import Scenes, set_scenes
from kithkin.simulation.text.slots import Pieces, Slots
from kithkin.simulation.world import NOBODY, Index

AT_ONCE = 16_000
"""Texts printed together; bounds memory."""
COPIED_SENTENCES = 6
"""Most sentences that are pasted from an earlier text."""


@dataclass(frozen=True)
class ContactTexts:
    """The texts of some contacts, and the truth about them."""

    rows: Index
    """Shape (rows,): positions in `Care.contacts`."""
    text_of: Index
    """Shape (rows,): the text of each; siblings share one."""
    text: pa.StringArray
    """Shape (texts,)."""
    voice: Index
    """Shape (texts,): position in VOICES."""
    consent: Index
    """Shape (texts,): position in `planning.CONSENTS`."""
    spans: Spans
    truth: Mask
    """Shape (texts, concepts): what was so."""
    copied_from: Index
    """Shape (texts,): the text that was pasted in, or NOBODY."""
    named: Mask
    """Shape (texts,): whether the referrer knows the children's names."""
    position: Index
    """Shape (rows,): which child of its text each contact is about."""
    scenes: Scenes
    slots: Slots

    def __len__(self) -> int:
        """Count the contacts."""
        return len(self.rows)


def window_rows(county: County) -> Index:
    """Give the contacts from the window's first day to its last."""
    day = county.care.contacts.day
    inside = (day >= county.calendar.opens) & (day <= county.calendar.ends)
    return np.flatnonzero(inside).astype(np.int32)


def write_texts(
    county: County, settings: TextSettings, rows: npt.NDArray[np.integer] | Mask | None = None
) -> ContactTexts:
    """Write the referral text of every contact among `rows`; without, of those in the window.

    Parameters
    ----------
    rows : positions in `Care.contacts` in ascending order, or a mask of them.

    """
    chosen = _rows(county, rows)
    seed = int(county.streams.of("text", "writing").integers(2**62))
    scenes = set_scenes(county, chosen, seed)
    voice = voice_of(scenes, county.world.people.born)
    every = np.arange(len(scenes))
    named = mixed(seed, every, 1) < by_voice(settings, "named", voice)
    wrong = named & (mixed(seed, every, 2) < settings.wrong_name)
    wrong &= scenes.age(county.world.people.born) >= 0
    knows = mixed(seed, every, 3) < by_voice(settings, "knows", voice)
    so = truth(county, scenes)
    held = facts(county, scenes, voice, named, knows, wrong, so)
    known = _known(county, scenes, settings, voice, held, so, seed)
    made = grammar()
    plan = plan_texts(known, settings, made, seed)
    sentences, copied_from = _with_copies(plan, scenes, known, settings, made, seed)
    pieces = Pieces()
    friendly = mixed(seed, every, 4) < settings.known_as
    slots = Slots(county, scenes, voice, named, seed, friendly, wrong, settings.respelt, pieces)
    style = _style(settings, voice, seed)
    misspelt = by_voice(settings, "misspelt", voice) * 2 * mixed(seed, every, 6)
    printer = Printer(made, slots, pieces, named, style, misspelt, seed)
    text, spans = _print(printer, sentences, len(scenes))
    return ContactTexts(
        chosen, scenes.text_of, text, voice, known.consent, spans, known.truth, copied_from, named,
        _positions(county, chosen, scenes), scenes, slots,
    )  # fmt: skip


def _positions(county: County, rows: Index, scenes: Scenes) -> Index:
    child = county.care.contacts.child[rows]
    return np.argmax(scenes.children[scenes.text_of] == child[:, None], axis=1).astype(np.int32)


def _rows(county: County, rows: npt.NDArray[np.integer] | Mask | None) -> Index:
    if rows is None:
        return window_rows(county)
    some = np.asarray(rows)
    return (np.flatnonzero(some) if some.dtype == np.bool_ else some).astype(np.int32)


def _known(
    county: County, scenes: Scenes, settings: TextSettings, voice: Index,
    held: npt.NDArray[np.int64], so: Mask, seed: int,
) -> Known:  # fmt: skip
    return Known(
        voice=voice,
        facts=held,
        kind=scenes.kind,
        unborn=scenes.age(county.world.people.born) < 0,
        truth=so,
        told=told(county, scenes),
        of_sibling=of_sibling(county, scenes),
        speakable=may_speak_of(county, scenes),
        consent=_shares([settings.voices[name].consent for name in VOICES], voice, seed, 5),
    )


def _style(settings: TextSettings, voice: Index, seed: int) -> Index:
    return _shares([settings.voices[name].styles for name in VOICES], voice, seed, 8)


def _shares(shares: list[tuple[float, ...]], voice: Index, seed: int, use: int) -> Index:
    """Draw for each text a number by its voice's shares."""
    table = np.cumsum(np.array(shares), axis=1)
    table /= table[:, -1:]
    mark = mixed(seed, np.arange(len(voice)), use)
    return (mark[:, None] >= table[voice]).sum(axis=1).astype(np.int32)


def _with_copies(
    plan: Plan, scenes: Scenes, known: Known, settings: TextSettings, made: Grammar, seed: int
) -> tuple[Sentences, Index]:
    """Put sentences of an earlier text behind those of the texts that have one pasted in."""
    size, every = len(scenes), np.arange(len(scenes))
    mark = mixed(seed, every, 71)
    copies = (scenes.earlier_text >= 0) & (mark < by_voice(settings, "copied", known.voice))
    bounds = np.searchsorted(plan.text, np.arange(size + 1))
    to = np.flatnonzero(copies).astype(np.int32)
    source = scenes.earlier_text[to]
    many = np.minimum(bounds[source + 1] - bounds[source], COPIED_SENTENCES)
    pasted = ragged(bounds[source], many)
    own = np.arange(len(plan.text), dtype=np.int64)
    head = _headers(known, settings, made, seed, to)
    text = np.concatenate([plan.text, to[head.at], np.repeat(to, many)])
    of_text = np.concatenate([plan.text, source[head.at], np.repeat(source, many)])
    key = np.concatenate([own, len(own) + to[head.at], pasted])
    start = np.concatenate([plan.start, head.start, plan.start[pasted]])
    length = np.concatenate([plan.length, head.length, plan.length[pasted]])
    order = np.argsort(text, kind="stable")
    columns = [column[order].astype(np.int32) for column in (text, of_text, key, start, length)]
    return Sentences(*columns), np.where(copies, scenes.earlier_text, NOBODY).astype(np.int32)


@dataclass(frozen=True)
class _Headers:
    """The line above a pasted text: for which of the copies, and where it is in the grammar."""

    at: Index
    start: Index
    length: Index


def _headers(known: Known, settings: TextSettings, made: Grammar, seed: int, to: Index) -> _Headers:
    start, length = np.zeros(len(to), np.int32), np.zeros(len(to), np.int32)
    for number, voice in enumerate(VOICES):
        pool, mine = pool_of(made, voice, "copy"), np.flatnonzero(known.voice[to] == number)
        if pool is not None and len(mine):
            chosen = fitting(pool, known.facts[to[mine]], seed, to[mine], np.zeros(len(mine), int))
            start[mine], length[mine] = pool.starts[chosen], pool.lengths[chosen]
    headed = mixed(seed, to.astype(np.int64), 73) < settings.header_of_copy
    at = np.flatnonzero(headed & (length > 0)).astype(np.int32)
    return _Headers(at, start[at], length[at])


def _print(printer: Printer, sentences: Sentences, size: int) -> tuple[pa.StringArray, Spans]:
    texts, spans = [], []
    for first in range(0, size, AT_ONCE):
        last = min(first + AT_ONCE, size)
        low, high = np.searchsorted(sentences.text, [first, last])
        part = Sentences(*(getattr(sentences, f.name)[low:high] for f in fields(Sentences)))
        printed, found = printer.print(part, first, last)
        texts.append(printed)
        spans.append(found)
    joined = [np.concatenate([getattr(s, f.name) for s in spans]) for f in fields(Spans)]
    return pa.concat_arrays(texts), Spans(*joined)
