"""Any delimited file or worksheet, read by a TOML mapping that the partnership writes.

`options.mapping` of the feed names the mapping: a file inside the feeds folder
(`mapping = "mappings/wardens.toml"`), or one of the shipped contracts (`mapping = "police"`).
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from kithkin.feeds.delivery import Delivery, FeedError
from kithkin.feeds.loading import Loader
from kithkin.feeds.mapping.models import Mapping
from kithkin.feeds.mapping.reader import RULES, read_by_mapping
from kithkin.feeds.mapping.reading import MappingError, read_mapping
from kithkin.feeds.plain import PLAIN_CONTRACTS, plain_mapping

__all__ = ["RULES", "MappingError", "read_mapped"]


def read_mapped(delivery: Delivery, loader: Loader) -> None:
    """Read a delivery by the mapping that its options name.

    Raises `MappingError` when the mapping cannot be used, with every mistake in it, and
    `FeedError` when a file cannot be read.
    """
    read_by_mapping(delivery, loader, _mapping(delivery))


def _mapping(delivery: Delivery) -> Mapping:
    name = delivery.options.get("mapping")
    if name in PLAIN_CONTRACTS:
        return plain_mapping(str(name))
    if not isinstance(name, str) or not name.endswith(".toml"):
        raise FeedError(
            delivery.source,
            f"says in its options mapping = {name!r}.",
            "Name a .toml file inside the feeds folder, or one of "
            f"{', '.join(sorted(PLAIN_CONTRACTS))}.",
        )
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise FeedError(name, "lies outside the feeds folder.", "Move it into the folder.")
    return read_mapping(_feeds_folder(delivery) / path, name)


def _feeds_folder(delivery: Delivery) -> Path:
    """Find the folder that the names of the delivered files are relative to."""
    if not delivery.files:
        raise FeedError(delivery.source, "has no files.", "Check `files` in feeds.toml.")
    file = delivery.files[0]
    return file.path.parents[len(PurePosixPath(file.name).parts) - 1]
