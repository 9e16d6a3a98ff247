"""The table of scored pairs."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa

from kithkin.model.tables import NUMBER, WHOLE, Columns, TypedTable

LEVELS = pa.list_(pa.int8())


class ScoredPairTable(TypedTable):
    """Two records, `left_rid < right_rid`, that may be one person; in that order.

    A weight is the base-2 logarithm of the odds that the two are one person: `weight` rather than
    two strangers, `home_weight` rather than two relatives of one home, who share surname, address
    and telephone, so that only what one human being has alone counts there.
    """

    name = "scored_pair"
    columns: ClassVar[Columns] = {
        "left_rid": WHOLE,
        "right_rid": WHOLE,
        "weight": NUMBER,
        "home_weight": NUMBER,
        # For each comparison of linkage.toml, in its order, the place of the level that holds;
        # -1 where a value is missing.
        "levels": LEVELS,
    }
