"""What else is written for a name: everyday forms, and other spellings (data/name_variants.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.world import NOBODY, Index

Add = Callable[[pa.StringArray], Index]


@dataclass(frozen=True)
class Variants:
    """For each of some words, other words that may be written in its place."""

    entry: Index
    """Shape (words,): the word's place in the table, or NOBODY when it has no variants."""
    first: Index
    """Shape (entries + 1,): where each entry's variants begin in `options`."""
    options: Index
    """The variants, as positions among the words."""

    def has(self, words: Index) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Say which words have variants; a word that a mistake made has none."""
        known = (words >= 0) & (words < len(self.entry))
        found: np.ndarray[tuple[int], np.dtype[np.bool_]] = known.copy()
        found[known] = self.entry[words[known]] >= 0
        return found

    def draw(self, words: Index, rng: np.random.Generator) -> Index:
        """Draw a variant of each word; all of them must have some."""
        entry = self.entry[words]
        first, after = self.first[entry], self.first[entry + 1]
        drawn: Index = self.options[first + (rng.random(len(words)) * (after - first)).astype(int)]
        return drawn


def nicknames(words: pa.StringArray, add: Add) -> Variants:
    """Find everyday forms of words; `add` adds the forms behind the words."""
    return _variants(words, _tables()[0], add)


def spellings(words: pa.StringArray, add: Add) -> Variants:
    """Find other spellings of words; `add` adds the spellings behind the words."""
    return _variants(words, _tables()[1], add)


def _variants(words: pa.StringArray, table: Mapping[str, Sequence[str]], add: Add) -> Variants:
    found = pc.index_in(words, value_set=pa.array(list(table))).fill_null(NOBODY)
    sizes = [len(options) for options in table.values()]
    options = pa.array([option for others in table.values() for option in others], pa.string())
    return Variants(found.to_numpy(), np.cumsum([0, *sizes], dtype=np.int32), add(options))


@cache
def _tables() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    source = files(__package__).joinpath("data", "name_variants.toml")
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    others: dict[str, list[str]] = {}
    for group in data["spellings"]["groups"]:
        for name in group:
            others.setdefault(name, []).extend(other for other in group if other != name)
    return data["nicknames"], others
