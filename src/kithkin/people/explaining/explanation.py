"""Why two records are one person or are not: every comparison, its worth, and the verdict.

What never appears: an address, a telephone or a number itself; that a pair may not be joined at
all. Where a record is sealed, what its home shares is left out of the explanation and of the sum,
since the sum would tell it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from kithkin.people.explaining.verdict import Standing, Verdict, reach_verdict
from kithkin.people.explaining.weighing import MISSING, Parts, Weigher
from kithkin.people.explaining.wording import Wording, wording
from kithkin.people.rules import Comparison, LinkageRules

Truths = np.ndarray[tuple[int], np.dtype[np.bool_]]

SHOWN = {"forename": "written_forename", "surname": "written_surname"}
SEXES = {"M": "male", "F": "female"}


@dataclass(frozen=True)
class Part:
    """One comparison of an explanation.

    Parameters
    ----------
    comparison, title : its name in linkage.toml and its heading.
    level : the level that holds; null where a record lacks the value.
    words : what it says, in a sentence or two.
    level_weight : bits for one person rather than two strangers, for any value.
    rarity_weight : bits that this very value's commonness or rarity adds.
    share : the share of records with this value, where that counts.
    home_weight : bits for one person rather than two relatives of one home.

    """

    comparison: str
    title: str
    level: str | None
    words: str
    level_weight: float
    rarity_weight: float
    share: float | None
    home_weight: float

    @property
    def weight(self) -> float:
        """Give the bits in all."""
        return self.level_weight + self.rarity_weight


@dataclass(frozen=True)
class MatchExplanation:
    """Why two records are, or are not, one person.

    Parameters
    ----------
    left, right : the records, as `source/record_id`.
    prior : bits for any two records before anything is compared; below nought.
    home_prior : bits for any two records of one home and surname.
    parts : the comparisons, in the order of linkage.toml.
    verdict : what was decided and why.
    protected : a record is sealed; what its home shares is left out of `parts` and of the sums.
    hidden : names and dates are left out of the words.

    """

    left: str
    right: str
    prior: float
    home_prior: float
    parts: tuple[Part, ...]
    verdict: Verdict
    protected: bool = False
    hidden: bool = False

    @property
    def weight(self) -> float:
        """Give the bits for one person rather than two strangers: prior and parts."""
        return self.prior + sum(part.weight for part in self.parts)

    @property
    def home_weight(self) -> float:
        """Give the bits for one person rather than two relatives of one home."""
        return self.home_prior + sum(part.home_weight for part in self.parts)

    @property
    def probability(self) -> float:
        """Give the weight as a probability, as the model states it."""
        return float(1 / (1 + 2.0**-self.weight))


def explain_records(
    con: duckdb.DuckDBPyConnection,
    left: pa.Table,
    right: pa.Table,
    weigher: Weigher,
    standing: Sequence[Standing],
    *,
    hide: bool = False,
) -> list[MatchExplanation]:
    """Explain the first row of `left` with the first of `right`, and so on.

    Parameters
    ----------
    con
        Any connection; nothing is left on it.
    left, right
        Comparable records; `written_forename`, `written_surname` and `seal` are used when there.
    weigher
        The model by which they were scored.
    standing
        What linkage and people made of each pair.
    hide
        Leave out names and dates of birth.

    """
    return explain_weighed(
        weigher.weigh(con, left, right), left, right, weigher, standing, hide=hide
    )


def explain_weighed(
    parts: Parts,
    left: pa.Table,
    right: pa.Table,
    weigher: Weigher,
    standing: Sequence[Standing],
    *,
    hide: bool = False,
) -> list[MatchExplanation]:
    """Do the same for pairs weighed already: `parts` has a row for each."""
    rows = zip(left.to_pylist(), right.to_pylist(), standing, strict=True)
    return [
        _explained(at, parts, one, other, stood, weigher, hide)
        for at, (one, other, stood) in enumerate(rows)
    ]


def _explained(
    at: int,
    parts: Parts,
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    standing: Standing,
    weigher: Weigher,
    hide: bool,
) -> MatchExplanation:
    words = wording()
    sealed = any(row.get("seal") in words.protected_seals for row in (left, right))
    told = tuple(
        _part(at, place, parts, one, left, right, words, hide)
        for place, one in enumerate(weigher.rules.comparison)
        if not (sealed and one.name in words.protected_comparisons)
    )
    # Judged by what is shown: the verdict may not tell what the parts keep back.
    weight = parts.prior + sum(part.weight for part in told)
    home_weight = parts.home_prior + sum(part.home_weight for part in told)
    return MatchExplanation(
        left=record_key(left),
        right=record_key(right),
        prior=parts.prior,
        home_prior=parts.home_prior,
        parts=told,
        verdict=reach_verdict(left, right, weight, home_weight, standing, weigher.rules),
        protected=sealed,
        hidden=hide,
    )


def protected(records: pa.Table) -> Truths:
    """Say which records are sealed; records without the column `seal` are not."""
    if "seal" not in records.column_names:
        return np.zeros(records.num_rows, np.bool_)
    return np.isin(records.column("seal").to_pylist(), sorted(wording().protected_seals))


def keep_back(parts: Parts, sealed: Truths, rules: LinkageRules) -> Parts:
    """Give the parts without what a sealed record's home shares, as if it were not known."""
    kept = wording().protected_comparisons
    places = [at for at, one in enumerate(rules.comparison) if one.name in kept]
    where = np.ix_(np.flatnonzero(sealed), np.array(places, np.intp))
    numbers = (parts.level_weights, parts.rarity_weights, parts.shares, parts.home_weights)
    level_weights, rarity_weights, shares, home_weights = (one.copy() for one in numbers)
    levels = parts.levels.copy()
    levels[where], shares[where] = MISSING, np.nan
    level_weights[where] = rarity_weights[where] = home_weights[where] = 0.0
    return Parts(
        levels, level_weights, rarity_weights, shares, home_weights, parts.prior, parts.home_prior
    )


def record_key(row: Mapping[str, Any]) -> str:
    """Give a record's key as it is written everywhere: `source/record_id`."""
    return f"{row['source']}/{row['record_id']}"


def _part(
    at: int,
    place: int,
    parts: Parts,
    comparison: Comparison,
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    words: Wording,
    hide: bool,
) -> Part:
    found = int(parts.levels[at, place])
    level = None if found == MISSING else comparison.levels[found].label
    share = float(parts.shares[at, place])
    rarity = float(parts.rarity_weights[at, place])
    sentence = words.sentence(comparison.name, level)
    said = sentence.hidden
    if sentence.shown and not hide:
        values = {
            side: shown_value(comparison.name, row)
            for side, row in (("left", left), ("right", right))
        }
        said = sentence.shown.format(**values)
    return Part(
        comparison=comparison.name,
        title=words.title(comparison.name),
        level=level,
        words=said + _commonness(words.title(comparison.name), share, rarity, words),
        level_weight=float(parts.level_weights[at, place]),
        rarity_weight=rarity,
        share=None if isnan(share) else share,
        home_weight=float(parts.home_weights[at, place]),
    )


def _commonness(title: str, share: float, bits: float, words: Wording) -> str:
    if isnan(share) or words.common < bits < words.rare:
        return ""
    often = f"1 in {round(1 / share):,}"
    thing = f"The {title.lower()} is"
    if bits <= words.common:
        return f" {thing} common here ({often}), so it counts for less."
    return f" {thing} rare here ({often}), so it counts for more."


def shown_value(comparison: str, row: Mapping[str, Any]) -> str:
    """Give what a record says, as a person would write it."""
    value = row.get(SHOWN.get(comparison, comparison)) or row.get(comparison)
    if isinstance(value, date):
        return f"{value.day} {value:%B} {value.year}"
    if comparison == "sex":
        return SEXES.get(str(value), str(value))
    text = "nothing" if value is None else str(value)
    return text.title() if text.isupper() else text
