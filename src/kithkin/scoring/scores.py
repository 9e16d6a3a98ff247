"""Scores: a person's own index, and what the network adds to it.

`score = index + (100 - index)/100 x most_points x (1 - 2^(-attention / halfway))`: the network
adds at most `most_points`, the less the more there is of one's own, and never takes anything
away. Beside it stands the same without the network, without kinds that stand for poverty (in
one's own evidence and in others'), and without unproven information (in evidence and in ties).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from kithkin.network import Choice
from kithkin.policy.themes import Theme, ThemeNetwork, TrackName
from kithkin.scoring.indices import adults_on, eligible_on
from kithkin.scoring.kernel import ALL, WITHOUT_POVERTY, WITHOUT_UNPROVEN
from kithkin.scoring.plan import Plan
from kithkin.scoring.reach import Reach, choice_of
from kithkin.scoring.tables import TRENDS, ScoreTable

LEAST = 1e-9  # points of attention: less is what rounding leaves of nothing
AGES = ("under_18", "adults")
STEPS = ("one_step", "two_steps")


@dataclass(frozen=True)
class NearOne:
    """Linked persons who carry a theme, for every person of the track's ages; of others none.

    count, total : (person, step, age): at 0 one step, at 1 exactly two; of 0 children, of 1 adults.
        How many persons there are, and the sum of their seeds.
    nearest : (person): steps to the nearest, 1 or 2; 0 when there is none.
    """

    count: Any
    total: Any
    nearest: Any


@dataclass(frozen=True)
class TrackScores:
    """All that is known of one track on one date, in arrays by person.

    index, attention, network_points : (variant, person), in the order of `indices.VARIANTS`.
    eligible : who is of the track's ages.
    near : None when nobody near was counted.
    """

    theme: Theme
    track: TrackName
    index: Any
    attention: Any
    network_points: Any
    eligible: Any
    emerging: Any
    near: NearOne | None

    @property
    def score(self) -> Any:
        """Index and network points together, (variant, person)."""
        return self.index + self.network_points


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
    adult = adults_on(born, on, plan.policy.scoring.adult)
    eligible = eligible_on(plan, born, on)
    attention = np.zeros_like(index)
    near: dict[int, NearOne] = {}
    if reach is not None:
        for alike in _alike(plan):
            _fill(plan, alike, index, adult, eligible, reach, attention)
            if len(index) > 1:
                near |= _near(plan, alike, index[ALL], adult, eligible, reach)
    own = _own_evidence(plan, index[ALL])
    for position, planned in enumerate(plan.tracks):
        mine, reaching = index[:, position], attention[:, position]
        network = planned.theme.network
        points = _points(network, mine, reaching)
        least = network.emerging_points if network else 0.0
        emerging = (own[planned.theme.name] == 0) & (points[ALL] >= max(least, LEAST))
        yield TrackScores(
            planned.theme, planned.name, mine, reaching, points, eligible[position], emerging,
            near.get(position),
        )  # fmt: skip


def _own_evidence(plan: Plan, index: Any) -> Mapping[str, Any]:
    """Add up each theme's tracks by person: who may harm is not emerging among the harmed."""
    own: dict[str, Any] = {}
    for position, planned in enumerate(plan.tracks):
        theme = planned.theme.name
        own[theme] = own.get(theme, 0.0) + index[position]
    return own


def _points(network: ThemeNetwork | None, index: Any, attention: Any) -> Any:
    """Give network points of those whom anything reaches, who are few; of others 0."""
    points, reached = np.zeros_like(index), attention > 0
    if network is not None:
        points[reached] = network_points(network, index[reached], attention[reached])
    return points


@dataclass(frozen=True)
class _Alike:
    """Tracks that the same ties carry in the same way: one pass serves them all.

    choice, choice_proven : the ties, and those without unproven information; None for none.
    """

    choice: Choice
    choice_proven: Choice | None
    network: ThemeNetwork
    positions: list[int]


def _alike(plan: Plan) -> list[_Alike]:
    groups: dict[Any, _Alike] = {}
    for position, planned in enumerate(plan.tracks):
        network, choice = planned.theme.network, choice_of(plan, position, proven=False)
        if network is None or choice is None:
            continue
        proven = choice_of(plan, position, proven=True)
        key = (choice, proven, network.kept, network.onward)
        groups.setdefault(key, _Alike(choice, proven, network, [])).positions.append(position)
    return list(groups.values())


def _fill(
    plan: Plan, alike: _Alike, index: Any, adult: Any, eligible: Any, reach: Reach, attention: Any
) -> None:
    """Fill attention (variant, track, person) of those of a track's ages."""
    by_choice: dict[Choice, list[tuple[int, int]]] = {}
    for variant in range(len(index)):
        choice = alike.choice_proven if variant == WITHOUT_UNPROVEN else alike.choice
        if choice is not None:
            places = [(variant, position) for position in alike.positions]
            by_choice.setdefault(choice, []).extend(places)
    for choice, places in by_choice.items():
        seeds = [seeds_of(plan, position, index[variant], adult) for variant, position in places]
        columns, column = _different(seeds)
        wanted = eligible[alike.positions].any(axis=0)
        found = reach.attention(choice, alike.network, columns, wanted=wanted)
        for (variant, position), at in zip(places, column, strict=True):
            told = eligible[position] & (found[:, at] >= LEAST)
            attention[variant, position] = np.where(told, found[:, at], 0.0)


def _different(seeds: Sequence[Any]) -> tuple[Any, list[int]]:
    """Put different seeds side by side, (person, column), and say which column is each one's."""
    kept: list[Any] = []
    column = []
    for mine in seeds:
        same = (at for at, other in enumerate(kept) if np.array_equal(mine, other))
        column.append(next(same, len(kept)))
        if column[-1] == len(kept):
            kept.append(mine)
    return np.stack(kept, axis=1), column


def _near(
    plan: Plan, alike: _Alike, index: Any, adult: Any, eligible: Any, reach: Reach
) -> dict[int, NearOne]:
    """Tell those of a track's ages who is near, by the tracks' positions."""
    networks = [plan.tracks[position].theme.network for position in alike.positions]
    floors = np.array([network.floor for network in networks if network is not None])
    seeds = np.stack([seeds_of(plan, at, index, adult) for at in alike.positions], axis=1)
    wanted = eligible[alike.positions].T
    near = reach.near(alike.choice, seeds >= floors, seeds, wanted)
    return {
        position: NearOne(near.count[:, column], near.total[:, column], near.nearest[:, column])
        for column, position in enumerate(alike.positions)
    }


# --- as a table ------------------------------------------------------------------------------


def score_table(
    scores: TrackScores, on: date, person_ids: pa.Array, trend: Any | None = None
) -> ScoreTable:
    """Give the rows of one track: whoever has evidence or something from the network.

    Parameters
    ----------
    person_ids : by person_key.
    trend : by person, a place in `trend.TRENDS`, as `trend.trends` gives it; None: not judged.

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
        "trend": _trend_column(trend, who),
    }
    arrays = [pa.array(columns[field.name], field.type) for field in ScoreTable.schema()]
    return ScoreTable(pa.table(arrays, schema=ScoreTable.schema()))


def _near_columns(near: NearOne | None, who: Any) -> Mapping[str, Any]:
    columns: dict[str, Any] = {}
    for a, age in enumerate(AGES):
        for s, step in enumerate(STEPS):
            count = near.count[who, s, a] if near else np.zeros(len(who))
            total = near.total[who, s, a] if near else np.zeros(len(who))
            columns[f"{age}_at_{step}"] = count.astype(np.int32)
            columns[f"sum_{age}_at_{step}"] = total
    nearest = near.nearest[who] if near else np.zeros(len(who), np.int32)
    columns["nearest"] = pa.array(nearest.astype(np.int32), mask=nearest == 0)
    return columns


def _trend_column(trend: Any | None, who: Any) -> pa.Array:
    if trend is None:
        return pa.nulls(len(who), pa.string())
    return pa.DictionaryArray.from_arrays(trend[who], list(TRENDS)).dictionary_decode()


def _repeated(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), [text]).dictionary_decode()
