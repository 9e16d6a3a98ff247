"""What several agencies make of one county is worked out once: a result for each county alive."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar

from kithkin.simulation.county import County

Result = TypeVar("Result")


class Shared(Generic[Result]):
    """Keeps the latest result for each county for as long as somebody else keeps the county.

    Counties are told apart as objects: one that was made by `replace` is another. Threads that
    ask for the same at once wait for one another, and get the same.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._kept: dict[int, tuple[Any, Result]] = {}

    def __len__(self) -> int:
        """Count the counties of which a result is kept."""
        return len(self._kept)

    def of(self, county: County, settings: Any, make: Callable[[], Result]) -> Result:
        """Give the result for a county and settings, made now unless it was the latest."""
        with self._lock:
            kept = self._kept.get(id(county))
            if kept is not None and kept[0] == settings:
                return kept[1]
            if kept is None:
                weakref.finalize(county, self._kept.pop, id(county), None)
            result = make()
            self._kept[id(county)] = (settings, result)
            return result
