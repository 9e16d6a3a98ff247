"""How surely the records of a person are of one human being."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from kithkin.people.resolving.certainty import DECIMALS
from kithkin.people.resolving.tables import Resolution


def person_certainty(resolution: Resolution, ids: Sequence[str]) -> dict[str, float]:
    """Give, for each person of several records, the probability that every join is right.

    A person of n records hangs together by n - 1 joins, the strongest there are; each may be wrong
    apart from the others, so the probabilities are multiplied. That other pairs of the records
    agree as well is not counted: they tell of the same names and dates again. `ids` are the
    records' person ids.
    """
    joined = resolution.joined.data
    of = pa.array(ids, pa.string()).take(joined.column("left_rid").combine_chunks())
    encoded = of.dictionary_encode()
    sure = joined.column("probability").to_numpy()
    with np.errstate(divide="ignore"):
        logs = np.log(sure)
    persons = encoded.indices.to_numpy()
    together = np.bincount(persons, logs, minlength=len(encoded.dictionary))
    told = np.round(np.exp(together), DECIMALS).tolist()
    return dict(zip(encoded.dictionary.to_pylist(), told, strict=True))
