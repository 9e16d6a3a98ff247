"""Reads a few hand-written files through an adapter and gives back all that came of them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from kithkin.feeds.delivery import DeliveredFile, Delivery
from kithkin.feeds.loading import Loader
from kithkin.policy import Policy, read_policy

Adapter = Callable[[Delivery, Loader], None]
Rows = list[dict[str, Any]]


@dataclass
class Landed:
    """What an adapter made of some files; `tables[name]` is empty when nothing was put there."""

    tables: dict[str, Rows] = field(default_factory=lambda: defaultdict(list))

    @property
    def findings(self) -> Rows:
        return self.tables["finding"]

    @property
    def accounts(self) -> Rows:
        return self.tables["file_account"]

    @property
    def set_aside(self) -> Rows:
        return self.tables["set_aside"]

    def rules(self) -> list[str]:
        """Give the rules of the findings, in order."""
        return [finding["rule"] for finding in self.findings]


def delivered(name: str, content: str | bytes, folder: Path) -> DeliveredFile:
    """Write a file into the folder and describe it as a feed would."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return DeliveredFile(path, name, hashlib.sha256(path.read_bytes()).hexdigest())


def read(
    adapter: Adapter,
    files: Mapping[str, str | bytes],
    tmp_path: Path,
    *,
    extracted_on: date = date(2026, 1, 31),
    **delivery: Any,
) -> Landed:
    """Write `files` (name to content) and run the adapter over them as one delivery.

    `delivery` sets further fields of the Delivery, such as `options={...}`. Every account is
    checked: rows in = loaded + set aside. So is every kind of event: the policy must hold it.
    """
    fields = {"source": "test", "agency": "social_care", "contract": "test", "gateway": "test"}
    sent = Delivery(
        files=tuple(delivered(name, content, tmp_path) for name, content in files.items()),
        extracted_on=extracted_on,
        **{**fields, **delivery},
    )
    landed = Landed()
    loader = Loader(sent, lambda table, rows: landed.tables[table].extend(rows.to_pylist()))
    adapter(sent, loader)
    loader.close()
    if adapter.__module__.startswith("kithkin."):
        assert kinds_of(landed) <= set(_policy().kinds)
    for account in landed.accounts:
        assert account["rows_in"] == account["loaded"] + account["set_aside"]
    return landed


def kinds_of(landed: Landed) -> set[str]:
    """Give the kinds of all events."""
    return {event["kind"] for event in landed.tables["event"]}


@cache
def _policy() -> Policy:
    return read_policy()
