"""What one agency sent: the files, which contract they follow, when they were extracted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any


class FeedError(Exception):
    """A feed cannot be read at all: says which file, what is wrong, and what to do."""

    def __init__(self, file: str, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {problem} {remedy}")
        self.file, self.problem, self.remedy = file, problem, remedy


class FeedsRefused(Exception):  # noqa: N818 - the feeds were refused, and this says why
    """The feeds of a folder cannot be used; `errors` holds every reason, one a line."""

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        count = len(self.errors)
        heading = f"The feeds cannot be read: {count} {'error' if count == 1 else 'errors'}."
        super().__init__("\n".join([heading, *(f"  {error}" for error in self.errors)]))


@dataclass(frozen=True)
class DeliveredFile:
    """One file as it lies in the feeds folder."""

    path: Path
    name: str  # relative to the feeds folder, with forward slashes
    sha256: str


@dataclass(frozen=True)
class Delivery:
    """One delivery of one feed; `batch_id` follows from its contents alone."""

    source: str  # the feed's name in feeds.toml
    agency: str
    contract: str
    files: tuple[DeliveredFile, ...]
    extracted_on: date
    gateway: str
    full_extract: bool = False  # a record that a full extract lacks has been deleted
    recorded_lag_days: int = 0  # days from a fact to its record, when no row says
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def batch_id(self) -> str:
        """Hash all that decides what its rows become; the same contents, the same id."""
        settings = [self.agency, self.full_extract, self.recorded_lag_days, dict(self.options)]
        files = sorted(f"{file.name} {file.sha256}" for file in self.files)
        return self._hash(json.dumps(settings, sort_keys=True, default=str), *files)

    @property
    def contents_id(self) -> str:
        """Hash the files apart from the folder they lie in: equal when a delivery is re-sent."""
        return self._hash(*sorted(f"{file.path.name} {file.sha256}" for file in self.files))

    @property
    def folder(self) -> Path:
        """Give the feeds folder, to which the names of the files are relative."""
        first = self.files[0]
        return first.path.parents[first.name.count("/")]

    def _hash(self, *parts: str) -> str:
        text = "\n".join([self.source, self.contract, self.extracted_on.isoformat(), *parts])
        return hashlib.sha256(text.encode()).hexdigest()[:16]
