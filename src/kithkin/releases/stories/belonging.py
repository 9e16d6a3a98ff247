"""The groups that act together of which a person is one, as a release found them."""

from __future__ import annotations

import pyarrow.compute as pc
import pyarrow.parquet as pq

from kithkin.releases.explaining import Row, rows_where
from kithkin.releases.stories.story import Belonging
from kithkin.releases.workspace import Release


def groups_of(release: Release, person_key: int, theme: str) -> tuple[Belonging, ...]:
    """Give a person's groups of a theme, and of all ties of peers alike; the surest first."""
    found = []
    for row in rows_where(release.table("peer_group_member"), "person_key", [person_key]):
        (group,) = rows_where(release.table("peer_group"), "group_id", [row["group_id"]])
        if group["theme"] in (None, theme):
            found.append(_belonging(release, row, group, theme))
    return tuple(sorted(found, key=lambda one: (-one.together, one.group_id)))


def _belonging(release: Release, row: Row, group: Row, theme: str) -> Belonging:
    mine = (pc.field("group_id") == group["group_id"]) & (pc.field("theme") == theme)
    mix = pq.read_table(release.table("peer_group_theme"), filters=mine).to_pylist()
    return Belonging(
        group_id=group["group_id"],
        of_theme=group["theme"] is not None,
        people=group["persons"],
        children=group["children"],
        carrying=group["persons"] - mix[0]["neither"] if mix else 0,
        first_on=group["first_on"],
        member=row["member"],
        together=row["agreement"],
        stability=group["stability"],
    )
