"""Scores: a person's own index, and what the network adds to it.

`score = index + (100 - index)/100 x most_points x (1 - 2^(-attention / halfway))`: the network
adds at most `most_points`, the less the more there is of one's own, and never takes anything
away. Beside it stands the same without the network, without kinds that stand for poverty (in
one's own evidence and in others'), and without unproven information (in evidence and in ties).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from kithkin.model import dates
from kithkin.policy.themes import Theme, ThemeNetwork, TrackName
from kithkin.scoring.kernel import ALL, WITHOUT_POVERTY, WITHOUT_UNPROVEN
from kithkin.scoring.plan import Plan
from kithkin.scoring.tables import ScoreTable

AGES = ("under_18", "adults")
STEPS = ("one_step", "two_steps")


@dataclass(frozen=True)
class Near:
    """Linked persons who carry a theme, for every person.

    count, total : (2, 2, person): under 18 or adult; at one step, or at two and not at one. How
        many persons there are, and the sum of their seeds.
    nearest : (person): steps to the nearest, 1 or 2; 0 when there is none.
    """

    count: Any
    total: Any
    nearest: Any


class Reach(Protocol):
    """What scoring asks of the network as it was on one date."""

    def attention(
        self, network: ThemeNetwork, track: TrackName, seeds: Any, *, proven: bool
    ) -> Any:
        """Give how much of others' seeds reaches each person, float64 (person).

        Parameters
        ----------
        track : for a perpetrator track only ties between adults, of rules that may carry it.
        seeds : float64 (person); nobody gets their own back.
        proven : leave unproven information out of the ties.

        """

    def near(
        self, network: ThemeNetwork, track: TrackName, seeds: Any, carrying: Any, adult: Any
    ) -> Near:
        """Count distinct persons who are `carrying` within two steps, and sum their seeds."""


@dataclass(frozen=True)
class TrackScores:
    """All that is known of one track on one date, in arrays by person.

    index, attention, network_points : (variant, person), in the order of `indices.VARIANTS`.
    eligible : who is of the track's ages.
    near : None for a theme without a network.
    """

    theme: Theme
    track: TrackName
    index: Any
    attention: Any
    network_points: Any
    eligible: Any
    emerging: Any
    near: Near | None

    @property
    def score(self) -> Any:
        """Index and network points together, (variant, person)."""
        return self.index + self.network_points


def adults_on(born: Any, on: date, adult: int) -> Any:
    """Say of each person whether they are an adult on a date; unknown birth: not."""
    last = dates.day_number(dates.add_months(on, -12 * adult))
    return (born <= last) & (born > np.iinfo(np.int32).min)


def eligible_on(plan: Plan, born: Any, on: date) -> Any:
    """Say who is of each track's ages on a date: (track, person)."""
    first, last = plan.births(on)
    return (born >= first[:, None]) & (born <= last[:, None])


def seeds_of(plan: Plan, position: int, index: Any, adult: Any) -> Any:
    """Give what a track's network term starts from, for one variant: float64 (person).

    Of a perpetrator track that is its own index, so that nothing of a victim's can reach it. Of a
    victim track, the victim index, and for adults their perpetrator index as well.

    Parameters
    ----------
    index : (track, person).

    """
    planned = plan.tracks[position]
    if planned.name == "perpetrator" or planned.theme.perpetrator is None:
        return index[position]
    return index[position] + index[plan.position(planned.theme.name, "perpetrator")] * adult


def network_points(network: ThemeNetwork, index: Any, attention: Any) -> Any:
    """Give the points that attention adds to an index."""
    room = (100.0 - index) / 100.0
    return room * network.most_points * -np.expm1(-attention / network.halfway * np.log(2.0))


def scores_on(
    plan: Plan, index: Any, born: Any, on: date, reach: Reach | None
) -> Iterator[TrackScores]:
    """Give the scores of one date, track by track.

    Parameters
    ----------
    index : (variant, track, person), as `index_on` gives it for the date. With the first variant
        alone, only that is answered, and nobody near is counted.
    born : day of birth by person.
    reach : the network as it was on the date; None: no network term.

    """
    adult = adults_on(born, on, plan.scoring.adult)
    eligible = eligible_on(plan, born, on)
    for position, planned in enumerate(plan.tracks):
        network = planned.theme.network
        mine = index[:, position]
        attention, points, near = np.zeros_like(mine), np.zeros_like(mine), None
        if network is not None and reach is not None:
            seeds = [seeds_of(plan, position, one, adult) for one in index]
            for variant, seed in enumerate(seeds):
                proven = variant == WITHOUT_UNPROVEN
                found = reach.attention(network, planned.name, seed, proven=proven)
                attention[variant] = np.where(eligible[position], found, 0.0)
                points[variant] = network_points(network, mine[variant], attention[variant])
            if len(index) > 1:
                carrying = seeds[ALL] >= network.floor
                near = reach.near(network, planned.name, seeds[ALL], carrying, adult)
        emerging = (
            (mine[ALL] == 0) & (points[ALL] >= network.emerging_points) & (points[ALL] > 0)
            if network is not None
            else np.zeros(mine.shape[1], bool)
        )
        yield TrackScores(
            planned.theme, planned.name, mine, attention, points, eligible[position], emerging, near
        )


# --- as a table ------------------------------------------------------------------------------


def score_table(scores: TrackScores, on: date, person_ids: pa.Array) -> ScoreTable:
    """Give the rows of one track: whoever has evidence or something from the network.

    Parameters
    ----------
    person_ids : by person_key.

    """
    who = np.flatnonzero(scores.score[ALL] > 0)
    score = scores.score[:, who]
    columns: dict[str, Any] = {
        "as_of": pa.array([on]).take(pa.array(np.zeros(len(who), np.int64))),
        "person_id": person_ids.take(pa.array(who)),
        "person_key": who.astype(np.int32),
        "theme": _repeated(scores.theme.name, len(who)),
        "track": _repeated(scores.track, len(who)),
        "index": scores.index[ALL, who],
        "attention": scores.attention[ALL, who],
        "network_points": scores.network_points[ALL, who],
        "score": score[ALL],
        "without_network": scores.index[ALL, who],
        "without_poverty_proxies": score[WITHOUT_POVERTY],
        "without_unproven": score[WITHOUT_UNPROVEN],
        **_near_columns(scores.near, who),
        "emerging": scores.emerging[who],
    }
    arrays = [pa.array(columns[field.name], field.type) for field in ScoreTable.schema()]
    return ScoreTable(pa.table(arrays, schema=ScoreTable.schema()))


def _near_columns(near: Near | None, who: Any) -> Mapping[str, Any]:
    columns: dict[str, Any] = {}
    for a, age in enumerate(AGES):
        for s, step in enumerate(STEPS):
            count = near.count[a, s, who] if near else np.zeros(len(who))
            total = near.total[a, s, who] if near else np.zeros(len(who))
            columns[f"{age}_at_{step}"] = count.astype(np.int32)
            columns[f"sum_{age}_at_{step}"] = total
    nearest = near.nearest[who] if near else np.zeros(len(who), np.int32)
    columns["nearest"] = pa.array(nearest.astype(np.int32), mask=nearest == 0)
    return columns


def _repeated(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), [text]).dictionary_decode()
