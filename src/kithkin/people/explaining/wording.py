"""What agreement and disagreement are called: the data file `words.toml` as a frozen model."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import model_validator

from kithkin.people.rules import Frozen

SETTINGS = ("protected_seals", "protected_comparisons", "strength", "common", "rare", "titles")


class Sentence(Frozen):
    """What a level says, with and without the values themselves."""

    hidden: str
    shown: str | None = None  # null: its values are never shown


class Strength(Frozen):
    """What evidence of so many bits or more is called."""

    from_: float
    words: str

    @model_validator(mode="before")
    @classmethod
    def _from_is_a_word_of_python(cls, told: dict[str, object]) -> dict[str, object]:
        return {("from_" if key == "from" else key): value for key, value in told.items()}


class Wording(Frozen):
    """All the words of an explanation."""

    protected_seals: frozenset[str]
    protected_comparisons: frozenset[str]
    strength: tuple[Strength, ...]
    common: float
    rare: float
    titles: dict[str, str]
    missing: str
    sentences: dict[str, dict[str, Sentence]]

    def title(self, comparison: str) -> str:
        """Give what a comparison is called."""
        return self.titles.get(comparison, comparison.replace("_", " ").capitalize())

    def sentence(self, comparison: str, level: str | None) -> Sentence:
        """Give what a level says; one that the file does not know is told by its label."""
        if level is None:
            return Sentence(hidden=self.missing)
        known = self.sentences.get(comparison, {}).get(level)
        return known or Sentence(hidden=f"{self.title(comparison)}: {level}.")

    def strength_of(self, bits: float) -> str:
        """Give in words how much evidence so many bits are."""
        return next(one.words for one in self.strength if bits >= one.from_)


@cache
def wording() -> Wording:
    """Read `words.toml`."""
    text = files("kithkin.people.explaining").joinpath("words.toml").read_text("utf-8")
    told = tomllib.loads(text)
    settings = {name: told.pop(name) for name in SETTINGS}
    missing = told.pop("missing")["any"]
    return Wording.model_validate({**settings, "missing": missing, "sentences": told})
