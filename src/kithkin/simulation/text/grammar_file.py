"""The grammar: sentences of each voice, read from TOML and compiled to runs of symbols.

A sentence may begin with what must hold, ``mum one !care ::``, and holds words, slots ``{carer}``,
choices ``[a|b]`` that may nest, and concepts with what is asserted of them, ``<da+:hit her>``.

Among what must hold stand matters on which one text has one sentence, ``@roll``, or on which its
sentences agree, ``@child.asleep``: whatever contradicts an earlier sentence of the text is left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from kithkin.simulation.text.words import ENTITIES, FACTS, FORMS, MACROS
from kithkin.simulation.world import Index

ASSERTIONS = ("present", "negated", "alleged", "historical", "hypothetical", "other_person")
ASSERTION_MARKS = "+-?~/*"
ROLES = ("open", "incident", "witness", "detail", "history", "strength", "filler", "quote", "close")
SHARED = 0.75
"""How far the sentences shared among voices are favoured, against 1 for a voice's own."""
MOST_MATTERS = 5
VIEWS = 16
LITERAL, SLOT, OPEN, CLOSE, SWITCH = range(5)

_PIECES = re.compile(
    r"<(\w+)([-+?~/*]):|[>\[\]|]|\{([\w.]+)\}|( ?)([\w£%&'’/-]+)|( ?[^\w\s<>\[\]|{}]| )"
)


class GrammarError(ValueError):
    """A sentence of the grammar that cannot be read: names the file, the sentence and the remedy."""


@dataclass(frozen=True)
class Concept:
    """One thing of which texts speak."""

    name: str
    short: str
    factors: tuple[str, ...]
    happenings: tuple[str, ...]
    conditions: tuple[str, ...]
    about: str


@dataclass(frozen=True)
class Pool:
    """The sentences that one voice has for one topic."""

    starts: Index
    """Shape (sentences,): where each begins in `Grammar.flat`."""
    lengths: Index
    needs: npt.NDArray[np.int64]
    """Bits of FACTS that must hold."""
    forbids: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    """A voice's own sentences come before those that it shares with others."""
    matters: npt.NDArray[np.int16]
    """Shape (sentences, MOST_MATTERS): matter * VIEWS + view, -1 beyond; view 0 is said once."""

    @classmethod
    def joined(cls, pools: list[Pool]) -> Pool:
        """Join pools, the voice's own first and favoured."""
        if not pools:
            nothing = np.empty(0, np.int64)
            return cls(
                nothing.astype(np.int32), nothing.astype(np.int32), nothing, nothing, np.empty(0),
                np.empty((0, MOST_MATTERS), np.int16),
            )  # fmt: skip
        favour = [pool.weights * (1.0 if at == 0 else SHARED) for at, pool in enumerate(pools)]
        return cls(
            np.concatenate([pool.starts for pool in pools]),
            np.concatenate([pool.lengths for pool in pools]),
            np.concatenate([pool.needs for pool in pools]),
            np.concatenate([pool.forbids for pool in pools]),
            np.concatenate(favour),
            np.concatenate([pool.matters for pool in pools]),
        )


@dataclass
class Grammar:
    """Symbols, and the runs of symbols that sentences and choices are made of."""

    literals: list[str] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    arg: list[int] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    marks: list[tuple[int, int, int, str]] = field(default_factory=list)
    """What a span is: position in SPANS, concept, assertion (or -1), slot that tells the person."""
    switch_first: list[int] = field(default_factory=list)
    switch_many: list[int] = field(default_factory=list)
    switch_by: list[int] = field(default_factory=list)
    """Position in FORMS of the number that decides, or -1 for chance."""
    run_start: list[int] = field(default_factory=list)
    run_length: list[int] = field(default_factory=list)
    flat: list[int] = field(default_factory=list)
    pools: dict[tuple[str, str], Pool] = field(default_factory=dict)
    read: dict[str, list[int]] = field(default_factory=dict)
    """Macros read so far."""
    known: dict[tuple[int, object], int] = field(default_factory=dict)
    concepts: tuple[Concept, ...] = ()
    shorts: dict[str, int] = field(default_factory=dict)
    matters: dict[str, dict[str, int]] = field(default_factory=dict)
    """The views of each matter, by number; both in order of first use."""

    def symbol(self, kind: int, what: object, arg: int) -> int:
        """Give the symbol of this kind for `what`, made at first use."""
        key = (kind, what)
        if key not in self.known:
            self.known[key] = len(self.kind)
            self.kind.append(kind)
            self.arg.append(arg)
        return self.known[key]

    def matter(self, tag: str) -> int:
        """Give the number of a matter and view such as `child.asleep`."""
        name, _, view = tag.partition(".")
        views = self.matters.setdefault(name, {"": 0})
        number = views.setdefault(view, len(views))
        return list(self.matters).index(name) * VIEWS + number

    def literal(self, text: str) -> int:
        """Give the symbol of a word."""
        symbol = self.symbol(LITERAL, text, len(self.literals))
        if self.arg[symbol] == len(self.literals):
            self.literals.append(text)
        return symbol

    def slot(self, name: str) -> int:
        """Give the symbol of a slot."""
        symbol = self.symbol(SLOT, name, len(self.slots))
        if self.arg[symbol] == len(self.slots):
            self.slots.append(name)
        return symbol

    def open(self, mark: tuple[int, int, int, str]) -> int:
        """Give the symbol that opens a span."""
        symbol = self.symbol(OPEN, mark, len(self.marks))
        if self.arg[symbol] == len(self.marks):
            self.marks.append(mark)
        return symbol

    def add_run(self, symbols: list[int]) -> int:
        """Keep a run of symbols; give its number."""
        self.run_start.append(len(self.flat))
        self.run_length.append(len(symbols))
        self.flat.extend(symbols)
        return len(self.run_start) - 1

    def switch(self, alternatives: list[list[int]], by: int) -> int:
        """Give the symbol of a choice among runs."""
        first, *_ = [self.add_run(run) for run in alternatives]
        symbol = len(self.kind)
        self.kind.append(SWITCH)
        self.arg.append(len(self.switch_first))
        self.switch_first.append(first)
        self.switch_many.append(len(alternatives))
        self.switch_by.append(by)
        return symbol


SPANS = ("concept", *ENTITIES)
CONCEPT_END, ENTITY_END = 0, 1


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Read one file of the grammar."""
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def concepts() -> tuple[Concept, ...]:
    """Give the concepts, in the order of the file."""
    return tuple(
        Concept(
            name=name,
            short=row["short"],
            factors=tuple(row["factors"]),
            happenings=tuple(row["happenings"]),
            conditions=tuple(row["conditions"]),
            about=row["about"],
        )
        for name, row in read_toml("concepts.toml").items()
    )


@cache
def grammar() -> Grammar:
    """Read and compile the whole grammar, once."""
    made = Grammar(concepts=concepts())
    made.shorts = {concept.short: at for at, concept in enumerate(made.concepts)}
    for voice, topics in _voices():
        for topic, sentences in topics.items():
            made.pools[voice, topic] = _pool(made, sentences, f"{voice}.toml [{topic}]")
    return made


def _voices() -> Iterator[tuple[str, dict[str, list[str]]]]:
    index = read_toml("grammar/voices.toml")
    for register in index["registers"]:
        yield register, _topics(read_toml(f"grammar/{register}.toml"))


def _topics(page: Mapping[str, Any]) -> dict[str, list[str]]:
    """Flatten [role] tables to topics such as `incident.assault`, and make statements of frames."""
    topics: dict[str, list[str]] = {}
    for role, part in page.items():
        if isinstance(part, list):
            topics[role] = part
        elif role not in ("frames", "phrases") and isinstance(part, Mapping):
            topics.update({f"{role}.{name}": list(some) for name, some in part.items()})
    topics_of_frames = _framed(page.get("frames", {}), page.get("phrases", {}))
    for topic, sentences in topics_of_frames.items():
        topics[topic] = topics.get(topic, []) + sentences
    return topics


def _framed(frames: Mapping[str, list[str]], phrases: Mapping[str, str]) -> dict[str, list[str]]:
    """Give for each concept and assertion the frames with the concept's own words in them."""
    made: dict[str, list[str]] = {}
    for concept in concepts():
        for mark, assertion in zip(ASSERTION_MARKS, ASSERTIONS, strict=True):
            words = phrases.get(concept.name)
            whole = [*frames.get(assertion, []), *frames.get(f"{assertion}_{concept.about}", [])]
            if words:
                span = f"<{concept.short}{mark}:[{words}]>"
                capital = "|".join(word[:1].upper() + word[1:] for word in words.split("|"))
                start = span.replace(words, capital)
                made[f"say.{concept.name}.{assertion}"] = [
                    f.replace("{np}", span).replace("{Np}", start) for f in whole
                ]
    return made


def _pool(made: Grammar, sentences: Iterable[str], where: str) -> Pool:
    rows = [_sentence(made, sentence, where) for sentence in sentences]
    return Pool(
        starts=np.array([made.run_start[row[0]] for row in rows], dtype=np.int32),
        lengths=np.array([made.run_length[row[0]] for row in rows], dtype=np.int32),
        needs=np.array([row[1] for row in rows], dtype=np.int64),
        forbids=np.array([row[2] for row in rows], dtype=np.int64),
        weights=np.ones(len(rows)),
        matters=np.array([row[3] for row in rows], np.int16).reshape(len(rows), MOST_MATTERS),
    )


def _sentence(made: Grammar, sentence: str, where: str) -> tuple[int, int, int, list[int]]:
    head, _, text = sentence.rpartition(" :: ")
    needs, forbids = _implied(text, head)
    for word in _conditions(head):
        name = word.lstrip("!")
        if name not in FACTS:
            raise GrammarError(f"{where}: {sentence!r}: nobody knows {name!r}; one of {FACTS}.")
        bit = 1 << FACTS.index(name)
        forbids, needs = (forbids | bit, needs) if word[0] == "!" else (forbids, needs | bit)
    try:
        symbols = _Reader(made, text).sequence("")
    except (KeyError, StopIteration, ValueError) as error:
        raise GrammarError(f"{where}: {sentence!r}: cannot read it: {error}.") from None
    if "[say." not in where:
        forbids |= _bits(f"so_{short}" for short in re.findall(r"<(\w+)-:", text))
    if "[incident.unborn]" in where:
        needs |= _bits(f"so_{short}" for short in re.findall(r"<(\w+)[+?]:", text))
        needs |= _bits(["mum"] if "arer" in text else [])
    if where.startswith("public.toml"):
        forbids |= 1 << FACTS.index("handler")  # first person; a call handler writes in the third
    run = made.add_run([made.literal(" "), *symbols])
    return run, needs, forbids, _matters(made, text, head, f"{where}: {sentence!r}")


def _conditions(head: str) -> list[str]:
    return [word for word in head.split() if word[0] != "@"]


ONCE = ("roll", "phone", "place")
"""Slots that one sentence of a text has at most."""


def _matters(made: Grammar, text: str, head: str, where: str) -> list[int]:
    tags = [word[1:] for word in head.split() if word[0] == "@"]
    tags += [slot for slot in ONCE if re.search(rf"\{{{slot}\b", text)]
    if len(tags) > MOST_MATTERS:
        raise GrammarError(f"{where}: {len(tags)} matters; at most {MOST_MATTERS}.")
    return [*map(made.matter, tags), *[-1] * (MOST_MATTERS - len(tags))]


IMPLIED = {
    "suspect": "suspect", "Suspect": "suspect", "other": "other", "Other": "other",
    "victim": "victim", "Victim": "victim", "peer": "peer_suspect", "p": "history",
    "school": "school", "year": "school", "place": "place", "wrong": "wrong",
    "weeks": "unborn", "weeks_left": "unborn",
}  # fmt: skip
"""Facts that a slot cannot do without."""
OF_CHILD = (
    "c",
    "C",
    "he",
    "He",
    "him",
    "his",
    "His",
    "himself",
    "they",
    "They",
    "them",
    "their",
    "Their",
)


def _implied(text: str, head: str) -> tuple[int, int]:
    """Give the bits of facts that the slots of a sentence need and forbid."""
    slots = re.findall(r"\{([\w.]+)\}", text)
    heads = {slot.split(".")[0] for slot in slots}
    needs = {IMPLIED[name] for name in heads if name in IMPLIED}
    if {"carer.first", "carer.full", "carer.FULL", "carer.last"} & set(slots):
        needs.add("carer")
    forbids = (
        {"carer_suspect"}
        if heads & {"suspect", "Suspect"} and heads & {"carer", "Carer"}
        else set()
    )
    if heads & set(OF_CHILD) and "unborn" not in _conditions(head):
        forbids.add("unborn")
    return _bits(needs), _bits(forbids)


def _bits(names: Iterable[str]) -> int:
    return sum(1 << FACTS.index(name) for name in set(names))


class _Reader:
    """Reads one sentence from left to right."""

    def __init__(self, made: Grammar, text: str) -> None:
        self.made = made
        self.pieces = _PIECES.finditer(text)

    def sequence(self, until: str) -> list[int]:
        """Read symbols up to the closing sign."""
        symbols: list[int] = []
        for piece in self.pieces:
            sign = piece[0]
            if sign == until:
                return symbols
            if sign == "[":
                symbols.append(self.made.switch(self.alternatives(), -1))
            elif piece[1]:
                symbols += self.concept(piece[1], piece[2])
            elif piece[3]:
                symbols += macro(self.made, piece[3])
            elif sign in ("]", ">", "|"):
                raise ValueError(f"{sign!r} without its beginning")
            else:
                symbols.append(self.made.literal(sign))
        if until:
            raise ValueError(f"{until!r} is wanting")
        return symbols

    def alternatives(self) -> list[list[int]]:
        """Read the runs of a choice, up to its end."""
        runs: list[list[int]] = [[]]
        for piece in self.pieces:
            sign = piece[0]
            if sign == "]":
                return runs
            if sign == "|":
                runs.append([])
            elif sign == "[":
                runs[-1].append(self.made.switch(self.alternatives(), -1))
            elif piece[1]:
                runs[-1] += self.concept(piece[1], piece[2])
            elif piece[3]:
                runs[-1] += macro(self.made, piece[3])
            else:
                runs[-1].append(self.made.literal(sign))
        raise ValueError("']' is wanting")

    def concept(self, short: str, mark: str) -> list[int]:
        """Read the words of a concept."""
        what = (0, self.made.shorts[short], ASSERTION_MARKS.index(mark), "")
        inner = self.sequence(">")
        return [self.made.open(what), *inner, self.made.symbol(CLOSE, CONCEPT_END, CONCEPT_END)]


def macro(made: Grammar, name: str) -> list[int]:
    """Give the symbols of a slot: a slot of its own, a span around slots, or one form of several."""
    if name not in made.read:
        made.read[name] = _macro(made, name)
    return made.read[name]


def _macro(made: Grammar, name: str) -> list[int]:
    plain = MACROS.get(name)
    if plain is None:
        return [made.slot(name)]
    if plain.by:
        forms = [_Reader(made, form).sequence("") for form in plain.forms]
        return [made.switch(forms, FORMS.index(plain.by))]
    inner = _Reader(made, plain.forms[0]).sequence("")
    if not plain.span:
        return inner
    mark = (SPANS.index(plain.span), -1, -1, plain.person)
    return [made.open(mark), *inner, made.symbol(CLOSE, ENTITY_END, ENTITY_END)]
