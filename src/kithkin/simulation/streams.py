"""Random numbers that do not depend on the order of work: one named stream for each use.

A stream's numbers follow from the county's seed and the stream's name alone, so steps may run in
any order, on any number of threads, and a change in one step moves no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np


@dataclass(frozen=True)
class Streams:
    """The random streams of one county."""

    seed: int

    def of(self, *name: str | int) -> np.random.Generator:
        """Give the stream of this name, from its beginning. Ask once for each use.

        Parameters
        ----------
        name : parts of the name, such as ``"police", "occurrence", 3``.

        """
        text = "\x1f".join([str(self.seed), *map(str, name)])
        key = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little")
        return np.random.Generator(np.random.Philox(key=key))
