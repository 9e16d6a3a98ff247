"""How linkage left a pair: in one person, or apart and for which reason.

The reason is evidence that the two weights do not hold: of pairs with different verified numbers
few are one person, however well the names agree.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kithkin.people.resolving.certainty import Weights
from kithkin.people.resolving.clusters import BETWEEN, NUMBERS, RELATIVES, TWINS
from kithkin.people.rules import Marks

JOINED, OTHER = "joined", "another reason"
OF_REASON = {
    NUMBERS: "different numbers",
    TWINS: "possible twins",
    RELATIVES: "two of one home",
    BETWEEN: "too alike to part",
}
STANDINGS = (JOINED, *OF_REASON.values(), OTHER)

Places = NDArray[np.int8]  # in STANDINGS


def standing_of(why: pa.Array | pa.ChunkedArray) -> Places:
    """Give the standing of refused pairs from the reasons in words (`RefusedTable.why`)."""
    place = pc.index_in(why, value_set=pa.array(list(OF_REASON))).to_numpy(zero_copy_only=False)
    other = STANDINGS.index(OTHER)
    return np.where(np.isnan(place), other, np.nan_to_num(place) + 1).astype(np.int8)


def standing_by_marks(weight: Weights, home_weight: Weights, marks: Marks) -> Places:
    """Give the standing that a pair would have if nothing but its weights spoke."""
    joins, not_home = weight >= marks.join, home_weight >= marks.home_join
    between, of_home = STANDINGS.index(OF_REASON[BETWEEN]), STANDINGS.index(OF_REASON[RELATIVES])
    return np.where(joins & not_home, 0, np.where(joins, of_home, between)).astype(np.int8)
