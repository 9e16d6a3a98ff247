"""From plans to texts: sentences become pieces, pieces become strings, with the spans in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.text.grammar_file import CLOSE, LITERAL, OPEN, SLOT, SWITCH, Grammar
from kithkin.simulation.text.lookups import Mask, mixed, ragged
from kithkin.simulation.text.slots import EMPTY, Pieces, Slots
from kithkin.simulation.text.style import STYLES, WAYS, misspellings, styled
from kithkin.simulation.text.words import FORMS
from kithkin.simulation.world import NOBODY, Index

Whole = npt.NDArray[np.int64]
LATER = FORMS.index("later")
"""The form that says a name again, or a pronoun where the sentence before began with it too."""


@dataclass(frozen=True)
class Sentences:
    """The sentences of all texts in order, copies of earlier texts' sentences among them."""

    text: Index
    """The text in which the sentence stands."""
    of_text: Index
    """The text for which it was first written, whose facts fill it."""
    key: Index
    """The same number for a sentence and its copies."""
    start: Index
    length: Index


@dataclass(frozen=True)
class Spans:
    """Marked stretches of the texts, in characters; a row a span."""

    text: Index
    start: Index
    end: Index
    what: npt.NDArray[np.int8]
    """Position in SPANS."""
    concept: npt.NDArray[np.int8]
    assertion: npt.NDArray[np.int8]
    person: Index
    """Whose name it is; NOBODY where it is no name, or a wrong one."""
    copied: Mask
    """Whether it stands in a part copied from an earlier text."""


@dataclass
class Printer:
    """Everything that sentences are printed with."""

    grammar: Grammar
    slots: Slots
    pieces: Pieces
    named: Mask
    style: Index
    misspelt: npt.NDArray[np.float64]
    seed: int

    def __post_init__(self) -> None:
        """Fill every slot for every text, and number the pieces."""
        grammar, pieces = self.grammar, self.pieces
        literals = tuple(grammar.literals)
        self.literal = pieces.add("literals", literals)
        self.wrong = pieces.add("misspelt", misspellings(literals))
        self.values = np.stack([self.slots.fill(slot) for slot in grammar.slots])
        self.forms = np.stack([self.slots.form(name) for name in FORMS])
        self.whole = pieces.whole()
        symbols = len(grammar.kind)
        self.flat = np.concatenate([np.arange(symbols), np.array(grammar.flat)]).astype(np.int32)
        self.kind = np.array(grammar.kind, dtype=np.int8)
        self.arg = np.array(grammar.arg, dtype=np.int32)
        self.run_start = np.array(grammar.run_start, dtype=np.int64) + symbols
        self.run_length = np.array(grammar.run_length, dtype=np.int64)
        self.switch = np.array(
            [grammar.switch_first, grammar.switch_many, grammar.switch_by], dtype=np.int64
        )
        self.marks = np.array([mark[:3] for mark in grammar.marks], dtype=np.int32)
        slot_of = [mark[3] for mark in grammar.marks]
        people = {slot: self.slots.person(slot) for slot in sorted(set(slot_of)) if slot}
        nobody = np.full(self.slots.size, NOBODY, np.int32)
        self.people = [people.get(slot, nobody) for slot in slot_of]

    def print(self, some: Sentences, first: int, last: int) -> tuple[pa.StringArray, Spans]:
        """Print the texts from `first` up to, not with, `last`; `some` are their sentences."""
        symbol, at = self._expand(some)
        text = some.text[at]
        piece = self._pieces(some, symbol, at)
        opening = np.searchsorted(text, np.arange(first, last))
        piece[opening[opening < len(piece)]] = EMPTY  # the space before the first sentence
        strings, number = self._styled(piece, some.of_text[at])
        characters = np.asarray(pc.utf8_length(strings))[number]
        octets = np.asarray(pc.binary_length(strings))[number]
        printed = pc.take(strings, pa.array(number))
        bounds = np.append(opening, len(piece))
        ends = np.concatenate([[0], np.cumsum(octets, dtype=np.int64)])[bounds]
        offsets = pa.py_buffer(ends.astype(np.int32).tobytes())
        texts = pa.StringArray.from_buffers(last - first, offsets, printed.buffers()[2])
        begins = np.concatenate([[0], np.cumsum(characters, dtype=np.int64)])
        return texts, self._spans(some, symbol, at, begins, begins[opening], first)

    def _expand(self, some: Sentences) -> tuple[Index, Index]:
        """Give the symbols of all sentences, choices made, and the sentence of each."""
        many = some.length.astype(np.int64)
        symbol = self.flat[ragged(some.start.astype(np.int64) + len(self.kind), many)]
        at = np.repeat(np.arange(len(many), dtype=np.int32), many)
        again = self._again(some)
        for turn in range(9):
            here = np.flatnonzero(self.kind[symbol] == SWITCH)
            if not len(here):
                return symbol, at
            run = self._chosen(some, symbol[here], at, here, turn, again)
            start, length = symbol.astype(np.int64), np.ones(len(symbol), np.int64)
            start[here], length[here] = self.run_start[run], self.run_length[run]
            symbol, at = self.flat[ragged(start, length)], np.repeat(at, length)
        raise RecursionError("the grammar's choices nest deeper than nine")

    def _again(self, some: Sentences) -> Mask:
        """Give whether a sentence and the one before it begin with the same child's name."""
        first = self.flat[np.minimum(some.start + len(self.kind) + 1, len(self.flat) - 1)]
        named = first == self.grammar.read["C"][0]
        again = np.zeros(len(named), bool)
        again[1:] = named[1:] & named[:-1] & (np.diff(some.of_text) == 0)
        again[1:] &= np.diff(some.text) == 0
        return again

    def _chosen(
        self, some: Sentences, switches: Index, at: Index, here: Whole, turn: int, again: Mask
    ) -> Whole:
        first, many, by = self.switch[:, self.arg[switches]]
        sentence = at[here]
        within = here - np.searchsorted(at, sentence)
        mark = mixed(self.seed, some.key[sentence].astype(np.int64), within, 61 + turn)
        form = self.forms[by, some.of_text[sentence]]
        form = np.where(by == LATER, form * again[sentence], form)
        return first + np.where(by >= 0, form, (mark * many).astype(np.int64))

    def _pieces(self, some: Sentences, symbol: Index, at: Index) -> Index:
        kind, arg = self.kind[symbol], self.arg[symbol]
        of_text = some.of_text[at]
        piece = np.where(kind == LITERAL, self.literal + arg, EMPTY).astype(np.int32)
        slot = np.flatnonzero(kind == SLOT)
        piece[slot] = self.values[arg[slot], of_text[slot]]
        first = np.searchsorted(at, np.arange(len(some.text)))
        word = np.flatnonzero((kind == LITERAL) & (self.misspelt[of_text] > 0))
        rate, sentence = self.misspelt[of_text[word]], at[word]
        key = mixed(self.seed, some.key.astype(np.int64), 83) * 2.0**53
        mark = mixed(self.seed, key.astype(np.int64)[sentence] ^ (word - first[sentence]))
        slip = np.flatnonzero(mark < rate)
        way = (mark[slip] / rate[slip] * WAYS).astype(np.int32)
        piece[word[slip]] = self.wrong + arg[word[slip]] * WAYS + way
        return piece

    def _styled(self, piece: Index, of_text: Index) -> tuple[pa.StringArray, Index]:
        """Give the distinct strings in use, and for each piece which of them it is."""
        size = len(self.whole)
        key = self.style[of_text].astype(np.int64) * size + piece
        used = np.zeros(size * len(STYLES), bool)
        used[key] = True
        ids = np.flatnonzero(used)
        number = np.cumsum(used, dtype=np.int32) - 1
        parts = []
        for at, style in enumerate(STYLES):
            mine = ids[(ids >= at * size) & (ids < (at + 1) * size)] - at * size
            parts.append(styled(self.whole.take(pa.array(mine)), style))
        return pa.concat_arrays(parts), number[key]

    def _spans(
        self, some: Sentences, symbol: Index, at: Index, begins: Whole, texts: Whole, first: int
    ) -> Spans:
        kind, arg = self.kind[symbol], self.arg[symbol]
        pairs = [
            _pairs(kind, arg, self.marks[:, 0] == 0, 0),
            _pairs(kind, arg, self.marks[:, 0] > 0, 1),
        ]
        opened = np.concatenate([pair[0] for pair in pairs])
        closed = np.concatenate([pair[1] for pair in pairs])
        sentence = at[opened]
        of_text, text = some.of_text[sentence], some.text[sentence]
        what, concept, assertion = self.marks[arg[opened]].T
        hidden = (what == 1) & ~self.named[of_text]
        keep = np.flatnonzero((begins[closed] > begins[opened]) & ~hidden)
        keep = keep[np.lexsort((begins[opened[keep]], text[keep]))]
        zero = texts[text - first]
        person = np.full(len(opened), NOBODY, np.int32)
        for mark in np.unique(arg[opened]):
            mine = arg[opened] == mark
            person[mine] = self.people[mark][of_text[mine]]
        return Spans(
            text=text[keep],
            start=(begins[opened] - zero)[keep].astype(np.int32),
            end=(begins[closed] - zero)[keep].astype(np.int32),
            what=what[keep].astype(np.int8),
            concept=concept[keep].astype(np.int8),
            assertion=assertion[keep].astype(np.int8),
            person=person[keep],
            copied=(of_text != text)[keep],
        )


def _pairs(kind: npt.NDArray[np.int8], arg: Index, mine: Mask, family: int) -> tuple[Whole, Whole]:
    """Pair openings with closings of one family, which do not nest."""
    opened = np.flatnonzero(kind == OPEN)
    opened = opened[mine[arg[opened]]]
    closed = np.flatnonzero((kind == CLOSE) & (arg == family))
    return opened, closed
