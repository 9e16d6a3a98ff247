"""What hard pairs and hypotheses are made of: `hard_pairs.toml`, as frozen models."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Range = tuple[int, int]


class Frozen(BaseModel):
    """A table of the file: no unknown keys, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Family(Frozen):
    """How a hard family is made."""

    identical: Share
    alike_siblings: Share
    birthday_copied: Share
    sibling_days: Range
    cousin_days: Range
    parent_years: Range
    child_years: Range
    birth_not_known: Share
    birth_first_of_january: Share
    moved: Share
    phone: Share


class Agencies(Frozen):
    """Who is known to which agencies."""

    how_many: dict[int, Share]
    phones: tuple[str, ...]
    by_age: dict[int, dict[str, Share]]


class Alike(Frozen):
    """Pairs of names that sound alike, and first names that two children share."""

    F: tuple[str, ...]
    M: tuple[str, ...]
    either: tuple[str, ...]
    first_names: dict[str, dict[str, str]]
    """By sex and community."""


class Hypotheses(Frozen):
    """Sizes and communities of some groups."""

    hostel_residents: Range
    born_first_of_january: tuple[str, ...]
    heritage_share: Share


class Transliterations(Frozen):
    """Groups of spellings of one name, parted by spaces."""

    F: tuple[str, ...]
    M: tuple[str, ...]
    surnames: tuple[str, ...]


class NameOrder(Frozen):
    """Names of people whose surname comes first at home."""

    surnames: str
    M: str
    F: str


class Icelandic(Frozen):
    """Fathers' names with their genitives, in one order, and forenames."""

    fathers: str
    genitives: str
    M: str
    F: str


class Single(Frozen):
    """Names of people who have one name only, and what forms put in the other box."""

    names: str
    no_forename: str
    no_surname: str


class HardSettings(Frozen):
    """All of `hard_pairs.toml`."""

    kinds: dict[str, Share]
    family: Family
    communities: dict[str, Share]
    agencies: Agencies
    alike: Alike
    told_otherwise: dict[str, Share]
    hypotheses: Hypotheses
    transliterations: Transliterations
    name_order: NameOrder
    icelandic: Icelandic
    single: Single


@cache
def hard_settings() -> HardSettings:
    """Read `hard_pairs.toml`."""
    text = files(__package__).joinpath("hard_pairs.toml").read_text("utf-8")
    return HardSettings.model_validate(tomllib.loads(text))
