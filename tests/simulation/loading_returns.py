"""Loads what was sent through the adapter that its contract names."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from kithkin.feeds.annex_a import read_annex_a
from kithkin.feeds.cin_census import read_cin_census
from kithkin.feeds.delivery import DeliveredFile
from kithkin.feeds.delivery import Delivery as Sent
from kithkin.feeds.loading import Loader
from kithkin.feeds.school_census import read_school_census
from kithkin.feeds.ssd import read_standard_safeguarding_dataset
from kithkin.feeds.ssda903 import read_ssda903
from kithkin.simulation.records import Delivery

ADAPTERS: dict[str, Callable[[Sent, Loader], None]] = {
    "standard_safeguarding_dataset": read_standard_safeguarding_dataset,
    "annex_a": read_annex_a,
    "cin_census": read_cin_census,
    "ssda903": read_ssda903,
    "school_census": read_school_census,
}


@dataclass(frozen=True)
class Loaded:
    """All rows that an adapter made of a delivery, by table, and the account of source rows."""

    tables: dict[str, list[dict[str, Any]]]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Give the events of a kind."""
        return [row for row in self.tables.get("event", []) if row["kind"] == kind]

    def findings(self) -> dict[str, int]:
        """Count findings by rule."""
        found: dict[str, int] = defaultdict(int)
        for row in self.tables.get("finding", []):
            found[row["rule"]] += 1
        return dict(found)


def load(folder: Path, delivery: Delivery) -> Loaded:
    """Load a delivery that was written into `folder`."""
    files = tuple(
        DeliveredFile(folder / name, name, hashlib.sha256((folder / name).read_bytes()).hexdigest())
        for name in delivery.files
    )
    sent = Sent(delivery.name, delivery.agency, delivery.contract, files, delivery.extracted_on,
                delivery.gateway, options=delivery.options)  # fmt: skip
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def keep(table: str, rows: pa.Table) -> None:
        tables[table].extend(rows.to_pylist())

    loader = Loader(sent, keep)
    ADAPTERS[delivery.contract](sent, loader)
    loader.close()
    return Loaded(dict(tables))
