"""Published figures, with source and tolerance, and what a county measured beside them."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field, model_validator


class FileColumn(BaseModel):
    """Where the department's own file has the figure: its national row for 2025."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    column: str
    over: str | None = None
    """Column to divide by, for a percentage of it."""


class Figure(BaseModel):
    """One published figure and how near a county should come to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    title: str
    section: str
    unit: str
    published: float = Field(gt=0)
    measure: str
    of: str = ""
    source: str
    area: str
    year: str
    tolerance: float | None = Field(default=None, gt=0, lt=1)
    margin: float | None = Field(default=None, gt=0)
    file: FileColumn | None = None
    note: str = ""

    @model_validator(mode="after")
    def _has_one_bound(self) -> Figure:
        if (self.tolerance is None) == (self.margin is None):
            raise ValueError(f"{self.code}: give either a tolerance or a margin")
        return self

    @property
    def allowed(self) -> tuple[float, float]:
        """The lowest and highest value that agree with the published one."""
        room = self.margin if self.margin is not None else self.published * (self.tolerance or 0)
        return max(0.0, self.published - room), self.published + room


@dataclass(frozen=True)
class Measured:
    """A figure as one county has it."""

    figure: Figure
    value: float
    """NaN when the county has nobody to count it on."""
    spread: float
    """Standard error of the value from the size of the county alone, in the figure's unit."""

    @property
    def agrees(self) -> bool:
        """Whether the value lies within what the figure allows."""
        low, high = self.figure.allowed
        return math.isfinite(self.value) and low <= self.value <= high


@cache
def _document() -> dict[str, object]:
    text = files(__package__).joinpath("published.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def published_figures() -> tuple[Figure, ...]:
    """Read every published figure, in the order in which the page shows them."""
    rows = _document()["figure"]
    assert isinstance(rows, list)  # noqa: S101 - the file ships with the package
    return tuple(Figure.model_validate(row) for row in rows)


def source_titles() -> dict[str, str]:
    """Give the sources' titles by their short names."""
    titles = _document()["sources"]
    assert isinstance(titles, dict)  # noqa: S101 - the file ships with the package
    return titles
