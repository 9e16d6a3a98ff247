"""How an arriving record is matched: the data file `arriving.toml` as a frozen model."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from kithkin.people.rules import Frozen


class ArrivingRules(Frozen):
    """By which keys an arriving record is looked up, and how many candidates are a list."""

    keys: tuple[tuple[str, ...], ...]
    most_holders: int
    most_weighed: int
    most_listed: int
    doubtful: float
    told: tuple[tuple[str, ...], ...]


@cache
def arriving_rules() -> ArrivingRules:
    """Read `arriving.toml`."""
    text = files("kithkin.people.arriving").joinpath("arriving.toml").read_text("utf-8")
    return ArrivingRules.model_validate(tomllib.loads(text))
