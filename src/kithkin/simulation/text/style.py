"""How texts look: small letters, no stops, capitals, texting; and words misspelt."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from kithkin.simulation.text.grammar_file import read_toml

STYLES = ("plain", "lower", "no_stops", "capitals", "texting")
WAYS = 3
"""Ways in which each word may be misspelt."""
SHORTEST = 4
"""Letters that a word must have to be misspelt by chance."""


def styled(pieces: pa.StringArray, style: str) -> pa.StringArray:
    """Give pieces as texts of a style have them."""
    if style == "lower":
        return pc.utf8_lower(pieces)
    if style == "no_stops":
        return pc.replace_substring_regex(pieces, r"[.,;:]", "")
    if style == "capitals":
        return pc.utf8_upper(pieces)
    if style == "texting":
        return _texted(pc.utf8_lower(pc.replace_substring_regex(pieces, r"[.;:']", "")))
    return pieces


def _texted(pieces: pa.StringArray) -> pa.StringArray:
    short = _mistakes()["texting"]
    words = [short.get(word.strip(), word.strip()) for word in pieces.to_pylist()]
    spaces = pc.if_else(pc.starts_with(pieces, " "), " ", "")
    return pc.binary_join_element_wise(spaces, pa.array(words, pa.string()), "")


def respellings(names: pa.StringArray) -> pa.StringArray:
    """Give each name as others often spell it; a name without another spelling as it is."""
    other: dict[str, str] = read_toml("respellings.toml")
    return pa.array([other.get(name, name) for name in names.to_pylist()], pa.string())


@cache
def misspellings(literals: tuple[str, ...]) -> list[str]:
    """Give WAYS misspellings of each word in turn; a word too short or strange stays as it is."""
    known: dict[str, str] = _mistakes()["words"]
    return [wrong for word in literals for wrong in _misspelt(word, known)]


@cache
def _mistakes() -> dict[str, dict[str, str]]:
    return read_toml("misspellings.toml")


def _misspelt(word: str, known: dict[str, str]) -> tuple[str, str, str]:
    bare = word.strip()
    space = word[: len(word) - len(word.lstrip())]
    if bare.lower() in known:
        wrong = known[bare.lower()]
        wrong = wrong.capitalize() if bare[0].isupper() else wrong
        return (space + wrong,) * WAYS  # type: ignore[return-value]
    if len(bare) < SHORTEST or not bare.isalpha() or not bare.islower():
        return (word,) * WAYS  # type: ignore[return-value]
    middle = len(bare) // 2
    swapped = bare[:middle] + bare[middle : middle + 2][::-1] + bare[middle + 2 :]
    dropped = bare[: middle - 1] + bare[middle:]
    doubled = bare[:-1] + bare[-1] * 2 if bare[-1] in "lpstn" else bare[:-1]
    return space + swapped, space + dropped, space + doubled
