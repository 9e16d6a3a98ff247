"""How surely each person belongs to a group, for lists that ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from kithkin.network.groups.tables import PeerGroupMemberTable, PeerGroupTable
from kithkin.policy.gatherings import ANY_THEME


def belonging(
    groups: PeerGroupTable, members: PeerGroupMemberTable, persons: int, themes: Sequence[str]
) -> Mapping[str, npt.NDArray[np.float64]]:
    """Give by theme the agreement on each person's membership, 0 for who is no member.

    A possible member is none. "any" stands for groups in all ties of peers alike.
    """
    named = (groups.data[name].to_pylist() for name in ("group_id", "theme"))
    theme_of = dict(zip(*named, strict=True))
    sure = {theme: np.zeros(persons) for theme in (ANY_THEME, *themes)}
    for row in members.data.to_pylist():
        theme = theme_of[row["group_id"]] or ANY_THEME
        if row["member"] and theme in sure:
            of_theme, person = sure[theme], row["person_key"]
            of_theme[person] = max(of_theme[person], row["agreement"])
    return sure
