"""Our own plain contracts for agencies whose records have no published format.

Each is a mapping file beside this one, named after its contract; `read_plain` gives its
adapter. What every column means and what becomes of it stands in docs/feeds.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import as_file, files

from kithkin.feeds.delivery import Delivery
from kithkin.feeds.loading import Loader
from kithkin.feeds.mapping.models import Mapping
from kithkin.feeds.mapping.reader import read_by_mapping
from kithkin.feeds.mapping.reading import read_mapping

Adapter = Callable[[Delivery, Loader], None]

PLAIN_CONTRACTS = (
    "police",
    "health",
    "housing",
    "benefits",
    "youth_justice",
    "early_help",
    "other",
)


def read_plain(contract: str) -> Adapter:
    """Give the adapter of one of `PLAIN_CONTRACTS`."""

    def adapter(delivery: Delivery, loader: Loader) -> None:
        read_by_mapping(delivery, loader, plain_mapping(contract))

    adapter.__name__ = f"read_{contract}"
    adapter.__doc__ = f"Read a delivery of the {contract} contract."
    return adapter


@cache
def plain_mapping(contract: str) -> Mapping:
    """Read a shipped mapping; `KeyError` when there is no such contract."""
    if contract not in PLAIN_CONTRACTS:
        raise KeyError(contract)
    with as_file(files(__name__) / f"{contract}.toml") as path:
        return read_mapping(path, f"{contract}.toml")
