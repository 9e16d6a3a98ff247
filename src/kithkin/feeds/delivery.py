"""What one agency sent: the files, which contract they follow, when they were extracted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any


class FeedError(Exception):
    """A feed cannot be read at all: says which file, what is wrong, and what to do."""

    def __init__(self, file: str, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {problem} {remedy}")
        self.file, self.problem, self.remedy = file, problem, remedy


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
        """Hash the contract, the date and the files' hashes; the same contents, the same id."""
        parts = [self.source, self.contract, self.extracted_on.isoformat()]
        parts += sorted(f"{file.name} {file.sha256}" for file in self.files)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
