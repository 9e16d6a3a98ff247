"""Writes feeds.toml, which says which agency sent which files, how and when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kithkin.simulation.records import Delivery

_HEADING = "# A synthetic county: nobody in it is or ever was a real person.\n"


def write_manifest(folder: Path, deliveries: Iterable[Delivery]) -> Path:
    """Write `folder/feeds.toml` of these deliveries, in their order, and give its path."""
    path = folder / "feeds.toml"
    tables = ["\n".join(_lines(delivery)) + "\n" for delivery in deliveries]
    path.write_text("\n".join([_HEADING, *tables]), encoding="utf-8")
    return path


def _lines(delivery: Delivery) -> Iterator[str]:
    yield "[[feed]]"
    yield f"name = {_text(delivery.name)}"
    yield f"agency = {_text(delivery.agency)}"
    yield f"contract = {_text(delivery.contract)}"
    yield f"files = [{', '.join(map(_text, delivery.files))}]"
    yield f"extracted_on = {delivery.extracted_on.isoformat()}"
    yield f"gateway = {_text(delivery.gateway)}"
    if delivery.full_extract:
        yield "full_extract = true"
    if delivery.recorded_lag_days:
        yield f"recorded_lag_days = {delivery.recorded_lag_days}"
    if delivery.options:
        yield f"options = {_inline(delivery.options)}"


def _inline(options: Mapping[str, Any]) -> str:
    """Write an inline table, and those inside it."""
    parts = (
        f"{_text(key)} = {_inline(value) if isinstance(value, Mapping) else _text(value)}"
        for key, value in options.items()
    )
    return f"{{ {', '.join(parts)} }}"


def _text(value: str) -> str:
    """Write a string as TOML, whose escapes are those of JSON."""
    return json.dumps(value, ensure_ascii=False)
