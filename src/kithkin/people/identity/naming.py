"""Ids that depend on what they name alone, the same at every site and in every build."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable

ID_LENGTH = 12  # of base 32: 60 bits; among ten million ids a clash has odds of 1 in 20,000


def stable_id(letter: str, *parts: str) -> str:
    """Give an id: `letter` and 12 characters that depend on `parts` alone."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return letter + base64.b32encode(digest[:10]).decode()[:ID_LENGTH]


def unlike_ids(
    letter: str, names: Iterable[tuple[str, ...]], taken: Collection[str] = ()
) -> dict[tuple[str, ...], str]:
    """Give each name an id that is not `taken`; of two with one id, the later gets another."""
    ids: dict[tuple[str, ...], str] = {}
    used = set(taken)
    for name in sorted(names):
        candidate, attempt = stable_id(letter, *name), 0
        while candidate in used:
            attempt += 1
            candidate = stable_id(letter, *name, str(attempt))
        used.add(candidate)
        ids[name] = candidate
    return ids
