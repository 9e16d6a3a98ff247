"""From decisions, in the order in which they were made, to what the resolver must honour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from kithkin.people.deciding.store import Decision
from kithkin.people.resolving.rulings import Ruling, Rulings


@dataclass(frozen=True)
class Replay:
    """What stands, in the records of one run.

    `unheard` are decisions that stand but name a record which no feed has now. They are kept, and
    count again when the record is sent again.
    """

    rulings: Rulings
    unheard: tuple[Decision, ...]


def standing(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Give the decisions that stand, oldest first.

    Of two on one pair the later counts, but `never` stands whatever comes later. One that is
    taken back counts as if it had not been made, so that the one before it counts again.
    """
    told = tuple(decisions)
    taken_back = {one.withdraws for one in told}
    left = [one for one in told if one.kind != "withdrawn" and one.decision_id not in taken_back]
    last = {one.pair: one.decision_id for one in left if one.kind != "never"}
    return tuple(one for one in left if one.kind == "never" or last[one.pair] == one.decision_id)


def replay(decisions: Sequence[Decision], keys: pa.Table) -> Replay:
    """Turn decisions into rulings on the records of a run.

    Parameters
    ----------
    decisions : all that were ever recorded, oldest first.
    keys : the `source` and `record_id` of the run's records, by rid.

    """
    stand = standing(decisions)
    places = [_places(keys, [one.pair[side] for one in stand]) for side in (0, 1)]
    found: dict[str, list[Ruling]] = {"same": [], "different": [], "never": []}
    unheard = []
    for one, left, right in zip(stand, *places, strict=True):
        if left is None or right is None:
            unheard.append(one)
            continue
        asked = "same" if one.kind == "confirmed" else one.kind
        found[asked].append((min(left, right), max(left, right), one.decision_id))
    rulings = {asked: tuple(sorted(ruled)) for asked, ruled in found.items()}
    return Replay(Rulings(**rulings), tuple(unheard))


def _places(keys: pa.Table, wanted: list[tuple[str, str]]) -> list[int | None]:
    """Give the place of each wanted record among the keys, or None."""
    if not wanted:
        return []
    records = pa.array(sorted({record for _, record in wanted}), pa.string())
    near = pc.is_in(keys.column("record_id"), value_set=records)
    rows = keys.filter(near)
    names = zip(*(rows.column(name).to_pylist() for name in ("source", "record_id")), strict=True)
    place = dict(zip(names, pc.indices_nonzero(near).to_pylist(), strict=True))
    return [place.get(key) for key in wanted]
