"""Ids that depend on what they name alone, the same at every site and in every build."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

PART = "\x1f"  # between the parts of a name
ID_LENGTH = 12  # of base 32: 60 bits; among ten million ids a clash has odds of 1 in 20,000


def stable_id(letter: str, *parts: str) -> str:
    """Give an id: `letter` and 12 characters that depend on `parts` alone."""
    digest = hashlib.sha256(PART.join(parts).encode()).digest()
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


def positions(texts: pa.Array | pa.ChunkedArray) -> tuple[pa.StringArray, NDArray[np.int64]]:
    """Give the different texts in order, and each row's place among them."""
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    coded = whole.dictionary_encode()
    order = pc.sort_indices(coded.dictionary)
    rank = np.empty(len(order), np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    return coded.dictionary.take(order), rank[coded.indices.to_numpy()]


def unlike_ids_of(letter: str, names: pa.Array, taken: pa.Array) -> pa.Array:
    """Give what `unlike_ids` does, for many: `names` differ, their parts are joined by `PART`."""
    ids = _stable_ids(letter, names)
    if pc.count_distinct(ids).as_py() == len(ids) and not pc.any(pc.is_in(taken, ids)).as_py():
        return ids
    parted = [tuple(name.split(PART)) for name in names.to_pylist()]
    by_name = unlike_ids(letter, parted, taken.to_pylist())
    return pa.array([by_name[name] for name in parted], pa.string())


def _stable_ids(letter: str, names: pa.Array) -> pa.Array:
    """Give `stable_id` of each name, a million a second: base 32 is written for all at once."""
    hashed = b"".join(
        [hashlib.sha256(name).digest()[:8] for name in names.cast(pa.binary()).to_pylist()]
    )
    bits = np.frombuffer(hashed, ">u8").astype(np.uint64)
    shifts = np.arange(64 - 5, 64 - 5 * (ID_LENGTH + 1), -5, dtype=np.uint64)
    figures = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", np.uint8)
    texts = np.empty((len(bits), 1 + ID_LENGTH), np.uint8)
    texts[:, 0] = ord(letter)
    texts[:, 1:] = figures[(bits[:, None] >> shifts) & np.uint64(31)]
    ends = np.arange(len(bits) + 1, dtype=np.int32) * texts.shape[1]
    return pa.StringArray.from_buffers(len(bits), pa.py_buffer(ends), pa.py_buffer(texts))
