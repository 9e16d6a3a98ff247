"""The weight of a pair, comparison by comparison, by a given model and without Splink.

The sum is the one that Splink makes (test_explaining: equal on every scored pair), but its parts
can be shown, and it is done in milliseconds for the few pairs that a question is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log2

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kithkin.people.cleaning.comparable import ComparableTable
from kithkin.people.pairs.model import LinkageModel
from kithkin.people.pairs.scoring import levels_sql
from kithkin.people.rules import Comparison, LinkageRules

MISSING = -1  # the level of a comparison for which a record lacks the value
Numbers = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Levels = np.ndarray[tuple[int, int], np.dtype[np.int8]]
Column = np.ndarray[tuple[int], np.dtype[np.float64]]
Rows = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True)
class Parts:
    """What each comparison says of each pair: one row a pair, one column a comparison.

    Parameters
    ----------
    levels : the place of the level that holds; -1 where a value is missing.
    level_weights : base-2 log of m / u of that level; 0 where missing.
    rarity_weights : what the commonness of the very value adds or takes away.
    shares : the share of records that have the value; nan where it does not count.
    home_weights : base-2 log of m / home; 0 where a home shares the thing.
    prior : base-2 log odds before any comparison.
    home_prior : the same, of one person rather than two relatives of one home.

    """

    levels: Levels
    level_weights: Numbers
    rarity_weights: Numbers
    shares: Numbers
    home_weights: Numbers
    prior: float
    home_prior: float

    @property
    def weights(self) -> Column:
        """Give the base-2 log odds of one person rather than two strangers, one a pair."""
        total = np.full(len(self.levels), self.prior)
        for at in range(self.levels.shape[1]):  # in Splink's order: the sums agree to the bit
            total = total + self.level_weights[:, at] + self.rarity_weights[:, at]
        return total

    @property
    def home_totals(self) -> Column:
        """Give the base-2 log odds of one person rather than two relatives of one home."""
        total = np.full(len(self.levels), self.home_prior)
        for at in range(self.levels.shape[1]):
            total = total + self.home_weights[:, at]
        return total

    def take(self, rows: Rows) -> Parts:
        """Give the parts of some of the pairs."""
        return Parts(
            self.levels[rows],
            self.level_weights[rows],
            self.rarity_weights[rows],
            self.shares[rows],
            self.home_weights[rows],
            self.prior,
            self.home_prior,
        )


class Weigher:
    """A model made ready to weigh pairs.

    Parameters
    ----------
    rules, model
        The comparisons, and what each level is worth; the model must fit the rules.

    """

    def __init__(self, rules: LinkageRules, model: LinkageModel) -> None:
        self.rules = rules
        self.model = model
        self.prior = log2(model.prior / (1 - model.prior))

    def weigh(self, con: duckdb.DuckDBPyConnection, left: pa.Table, right: pa.Table) -> Parts:
        """Weigh the first row of `left` against the first of `right`, and so on.

        Both have the columns of `ComparableTable`, and may have more. Nothing is left on `con`.
        """
        levels = pair_levels(con, left, right, self.rules)
        shape = levels.shape
        parts = Parts(
            levels, np.zeros(shape), np.zeros(shape), np.full(shape, np.nan), np.zeros(shape),
            self.prior, self.model.home_prior,
        )  # fmt: skip
        for at, comparison in enumerate(self.rules.comparison):
            self._fill(parts, at, comparison, left, right)
            if comparison.name == "forename":
                parts.home_weights[:, at] += self._namesakes(comparison, levels[:, at], left, right)
        return parts

    def _namesakes(
        self, comparison: Comparison, levels: Levels, left: pa.Table, right: pa.Table
    ) -> Column:
        """Add what a shared forename is worth of two who are too near in age for namesakes."""
        home = self.rules.home
        named = [
            at for at, one in enumerate(comparison.levels) if one.label in home.namesake_levels
        ]
        apart = pc.abs(pc.subtract(left.column("birth_year"), right.column("birth_year")))
        near = pc.fill_null(pc.less(apart, home.generation), False).to_numpy()
        return np.where(np.isin(levels, named) & near, home.namesake, 0.0)

    def _fill(
        self, parts: Parts, at: int, comparison: Comparison, left: pa.Table, right: pa.Table
    ) -> None:
        for place, level in enumerate(comparison.levels):
            rows = np.flatnonzero(parts.levels[:, at] == place)
            if not len(rows):
                continue
            parts.level_weights[rows, at] = self.model.level_weight(comparison.name, level.label)
            parts.home_weights[rows, at] = self.model.home_level_weight(
                comparison.name, level.label
            )
            if level.frequency and level.frequency in self._frequencies:
                shares = self._shares(level.frequency, rows, left, right)
                parts.shares[rows, at] = shares
                parts.rarity_weights[rows, at] = self._rarity(comparison, level.frequency, shares)

    def _rarity(self, comparison: Comparison, column: str, shares: Column) -> Column:
        """Follow Splink: the more common of the two values, never rarer than `rarest`, against u."""
        exact = f"{column}_l = {column}_r"
        label = next(level.label for level in comparison.levels if level.when == exact)
        u = self.model.shares[comparison.name, label][1]
        with np.errstate(invalid="ignore"):
            weights = log2(u) - np.log2(np.maximum(shares, self.rules.model.rarest))
        return np.nan_to_num(weights, nan=0.0)

    def _shares(self, column: str, rows: Rows, *sides: pa.Table) -> Column:
        known = self._frequencies[column]
        told = [
            [known.get(value, np.nan) for value in side.column(column).take(rows).to_pylist()]
            for side in sides
        ]
        return np.fmax(np.array(told[0], np.float64), np.array(told[1], np.float64))

    @cached_property
    def _frequencies(self) -> Mapping[str, Mapping[str, float]]:
        """Published weights go without: in a dozen records every name is a common one."""
        if self.model.source != "trained":
            return {}
        found: dict[str, dict[str, float]] = {}
        told = self.model.frequencies.to_pydict()
        for column, value, share in zip(*told.values(), strict=True):
            found.setdefault(column, {})[value] = share
        return found


def pair_levels(
    con: duckdb.DuckDBPyConnection, left: pa.Table, right: pa.Table, rules: LinkageRules
) -> Levels:
    """Find which level of each comparison holds for each row of `left` with that of `right`."""
    if not left.num_rows:
        return np.zeros((0, len(rules.comparison)), np.int8)
    names = list(ComparableTable.columns)
    sides = [table.column(name) for table in (left, right) for name in names]
    labels = [f"{name}_{side}" for side in "lr" for name in names]
    at = pa.array(np.arange(left.num_rows))
    con.register("people_pair", pa.Table.from_arrays([*sides, at], names=[*labels, "people_at"]))
    found = con.sql(f"SELECT {levels_sql(rules)} AS levels FROM people_pair ORDER BY people_at")
    flat = found.to_arrow_table().column("levels").combine_chunks().flatten()
    con.unregister("people_pair")
    return np.asarray(flat, np.int8).reshape(left.num_rows, len(rules.comparison))
