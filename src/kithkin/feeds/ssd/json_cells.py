"""The dataset's JSON columns: outcomes, factors and addresses, in the shapes that occur."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache

from kithkin.feeds.parsing import FALSE_WORDS, clean
from kithkin.feeds.ssd.cells import Cells

_DECODER = json.JSONDecoder(strict=False)  # line ends stand unescaped in comments


def flags(cells: Cells, column: str) -> frozenset[str]:
    """Give the keys that a JSON column says yes to, in either shape, in upper case.

    `["1B", "2B"]` and `{"1B": "Yes", "2B": "No"}` both occur. JSON that cannot be read gives a
    finding and no keys.
    """
    content = read_json(cells, column)
    if isinstance(content, Mapping):
        return frozenset(key.strip().upper() for key, said in content.items() if _says_yes(said))
    if isinstance(content, list):
        return frozenset(text.upper() for item in content if (text := clean(item)))
    return frozenset()


def _says_yes(value: object) -> bool:
    text = clean(value)
    return text is not None and text.casefold() not in FALSE_WORDS


def read_json(cells: Cells, column: str) -> object:
    """Read a JSON column, mending the escape characters that SQL concatenation leaves in it."""
    text = cells.text(column)
    if text is None:
        return None
    content = _parse(text)
    if content is None:
        cells.finding(
            "K-SSD-12",
            "The cell is not JSON; what it says was not read.",
            "Escape quotation marks and backslashes when the JSON is built.",
            column,
        )
    return content


@lru_cache(maxsize=4096)  # outcomes are few, and each is asked for several flags
def _parse(text: str) -> Mapping[str, object] | list[object] | None:
    for attempt in _mended(text):
        try:
            content = _DECODER.decode(attempt)
        except (ValueError, RecursionError):
            continue
        if isinstance(content, Mapping | list):
            return content
    return None


def _mended(text: str) -> Iterable[str]:
    yield text
    yield text.replace("\\", "\\\\")  # a lone backslash, as in `C:\Flat 2`
    yield text.replace('\\"', '"').replace('""', '"')  # JSON escaped once too often
