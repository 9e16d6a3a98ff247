"""The lists of names that the package ships, read once: people's by community, streets', schools'."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa


def words(text: str) -> list[str]:
    """Part a list of names at its spaces; an underscore stands for a space within a name."""
    return [word.replace("_", " ") for word in text.split()]


@cache
def name_lists() -> dict[str, Any]:
    """Read `data/names.toml`."""
    source = files(__package__).joinpath("data", "names.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def heritages() -> tuple[str, ...]:
    """Give the naming communities, in the order of the file."""
    return tuple(name for name in name_lists() if name not in ("communities", "places"))


@cache
def street_names() -> pa.StringArray:
    """Give all streets: every root with every type."""
    places = name_lists()["places"]
    return pa.array(
        [
            f"{root} {kind}"
            for root in words(places["street_roots"])
            for kind in words(places["street_types"])
            if root != kind
        ]
    )


def place_words(which: str) -> list[str]:
    """Give the roots of schools' or other places' names."""
    return words(name_lists()["places"][which])
