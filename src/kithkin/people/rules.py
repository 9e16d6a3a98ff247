"""The data files of linkage, all of `kithkin.people`, as frozen models."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator


class Frozen(BaseModel):
    """A table of a data file: no unknown keys, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Frozen):
    """Words that are no part of a name, or no evidence."""

    titles: frozenset[str]
    suffixes: frozenset[str]
    remarks: frozenset[str]
    also: frozenset[str]
    placeholders: frozenset[str]
    phrases: frozenset[str]
    no_forename: frozenset[str]
    exactly: frozenset[str]
    unnamed_child: frozenset[str]
    unnamed_beside: frozenset[str]
    unnamed_of: frozenset[str]
    particles: frozenset[str]
    community: frozenset[str]
    before_name: frozenset[str]
    praise: tuple[str, ...]
    borne_by: int
    patronymics: tuple[tuple[str, str], ...]


class Sounds(Frozen):
    """Spellings folded into one before a name is put into sounds, in order."""

    folds: tuple[tuple[str, str], ...]


class Spellings(Frozen):
    """Spellings of other languages, folded in order, of surnames of `least` letters or more."""

    least: int
    folds: tuple[tuple[str, str], ...]


class Dates(Frozen):
    """Dates that stand for "not known", and days that stand for a day not known."""

    placeholders: tuple[date, ...]
    rough_days: tuple[tuple[int, int], ...]
    rough_times: float
    rough_least: int


class Variants(Frozen):
    """Groups of names that may be one person's; Gill is a surname, and short for Gillian."""

    both: tuple[tuple[str, ...], ...]
    given: tuple[tuple[str, ...], ...]
    surnames: tuple[tuple[str, ...], ...]


class NameRules(Frozen):
    """How names and dates of birth are made comparable."""

    letters: dict[str, str]
    words: Words
    sounds: Sounds
    spellings: Spellings
    dates: Dates
    variants: Variants


class PlaceRules(Frozen):
    """How addresses are made comparable."""

    units: tuple[str, ...]
    floors: tuple[tuple[str, str], ...]
    buildings: tuple[str, ...]
    crowds: tuple[str, ...]
    crowd_starts: tuple[str, ...]
    no_postcodes: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]


class Marks(Frozen):
    """Where a pair joins, where a person decides; weights are base-2 logarithms of odds."""

    join: float
    home_join: float
    review: float
    twin_similarity: float
    identifier_probability: float


class Home(Frozen):
    """What relatives of one home are like, beyond the levels of each comparison."""

    namesake_levels: tuple[str, ...]
    generation: int  # years
    namesake: float
    records: int
    sample: int
    rounds: int
    published_pairs: float


class Limits(Frozen):
    """What linkage may use, and what is too common to be evidence."""

    memory: str
    spill: str
    block: int
    crowd: int
    number: int


class Identifiers(Frozen):
    """What the schemes of the identifier table are good for."""

    verified: tuple[str, ...]
    inside_agency: tuple[str, ...]
    exclusive: dict[str, float]
    national: tuple[str, ...]
    shared_at_home: tuple[str, ...]
    same_scheme: dict[str, str]


class TrainingBlock(Frozen):
    """Pairs that agree on some columns, among which the m of all others is learnt.

    Parameters
    ----------
    share : columns on which they agree.
    narrowed_by : another, on which they agree too where most that share the others are two people.

    """

    share: tuple[str, ...]
    narrowed_by: str | None = None


class Training(Frozen):
    """When and how weights are estimated from the records themselves."""

    minimum_records: int
    reuse_from: float
    u_pairs: float
    u_rounds: int
    published_u: float
    em_pairs: float
    recall: float
    certain: tuple[str, ...]
    least_pairs: int
    block: tuple[TrainingBlock, ...]
    must_inform: tuple[str, ...]
    published_part: float
    prior_records: int
    prior_weight: float
    prior_rounds: int


class Blocking(Frozen):
    """Which columns two records share for their pair to be looked at."""

    keys: tuple[tuple[str, ...], ...]
    wide: tuple[tuple[str, ...], ...]
    wide_pairs: int
    wide_each: int


class Level(Frozen):
    """One level of a comparison, with the published m and u."""

    label: str
    when: str
    m: float
    u: float
    frequency: str | None = None
    # Share among two relatives of one home; null: a home shares this, so it tells them not apart.
    home: float | None = None


class Comparison(Frozen):
    """One column compared, best level first."""

    name: str
    null: str
    levels: tuple[Level, ...]
    fixed: bool = False

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        for share in ("m", "u", "home"):
            told = [getattr(level, share) for level in self.levels]
            if share == "home" and all(one is None for one in told):
                continue
            if None in told:
                raise ValueError(f"comparison {self.name}: {share} is missing at a level")
            total = sum(told)
            if abs(total - 1) > 1e-6:
                raise ValueError(f"comparison {self.name}: {share} adds up to {total}, not 1")
        return self


class Living(Frozen):
    """What tells who lives together and who is a family; ages and gaps in years."""

    open_seals: tuple[str, ...]
    not_a_home: tuple[str, ...]
    no_home_words: tuple[str, ...]
    street_words: tuple[str, ...]
    worth: dict[str, float]
    other_worth: float
    undated_worth: float
    superseded: float
    child_until: int
    young_until: int
    parent_gap: int
    adult_gap: int


class Checks(Frozen):
    """What a person joined from records is held against; bits, shares, years and counts."""

    bridge_margin: float
    bridge_share: float
    contest_margin: float
    namesakes: dict[str, tuple[str, ...]]
    one_home: dict[str, tuple[str, ...]]
    two_names: float
    two_seen: float
    several: int
    generation: int
    largest: int
    of_one_source: int


class Review(Frozen):
    """What a wrong answer would cost; only ratios matter."""

    wrong_merge: float
    missed_link: float
    undecided: float
    child: float
    child_until: int
    unborn: float
    sealed: float
    open_seals: tuple[str, ...]
    agencies: float
    records: float
    most_records: int
    sources: dict[str, float]


class Model(Frozen):
    """What holds before any comparison."""

    prior: float
    rarest: float


class LinkageRules(Frozen):
    """How pairs are found, scored and decided."""

    marks: Marks
    home: Home
    limits: Limits
    identifiers: Identifiers
    training: Training
    blocking: Blocking
    checks: Checks
    review: Review
    living: Living
    model: Model
    comparison: tuple[Comparison, ...]

    @property
    def hash(self) -> str:
        """Hash every rule."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def _read(name: str, **lists: str) -> dict[str, Any]:
    """Read a data file, with what stands for each `{list}` in it."""
    text = files("kithkin.people").joinpath(name).read_text("utf-8")
    for called, names in lists.items():
        text = text.replace(f"{{{called}}}", names)
    return tomllib.loads(text)


@cache
def name_rules() -> NameRules:
    """Read `names.toml` and `variants.toml`."""
    return NameRules.model_validate(_read("names.toml") | _read("variants.toml"))


@cache
def place_rules() -> PlaceRules:
    """Read `places.toml`."""
    return PlaceRules.model_validate(_read("places.toml"))


@cache
def linkage_rules() -> LinkageRules:
    """Read `linkage.toml`; `{community}` in a condition is the list of that name in `names.toml`."""
    community = ", ".join(f"'{name}'" for name in sorted(name_rules().words.community))
    return LinkageRules.model_validate(_read("linkage.toml", community=f"({community})"))
