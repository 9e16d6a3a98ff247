"""The constants that bear on a list, how far each may go, and the policy with others in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kithkin.policy import Policy
from kithkin.policy.networks import EventTie, TieRule
from kithkin.policy.themes import Theme, Track, TrackName
from kithkin.policy.varying import Sensitivity

Place = tuple[str, ...]
MOST_POINTS = 100.0  # of a score
WHOLE_DAYS = ("half_lives", "tie_half_lives")


@dataclass(frozen=True)
class Constant:
    """One number of the policy and the range in which it is varied.

    Parameters
    ----------
    group : of the ranges that the policy gives (`Sensitivity`).
    place : where it stands: track and component, track, nothing (the network), or rule.
    title : what it is, in words.
    value : as the policy has it. low, high : the least and the most that it becomes.

    """

    group: str
    place: Place
    title: str
    value: float
    low: float
    high: float

    def held(self, value: float) -> float:
        """Give the nearest value that the constant may take: within its range, days whole."""
        inside = min(max(value, self.low), self.high)
        return float(round(inside)) if self.group in WHOLE_DAYS else inside


def constants_of(
    policy: Policy, theme: Theme, track: TrackName, ranges: Sensitivity
) -> list[Constant]:
    """List the constants that bear on a list, in the order of their groups and places.

    On a victim list the perpetrator track of the theme bears as well, through the network; on a
    perpetrator list only its own.
    """
    found = [
        *_of_tracks(theme, track, ranges),
        *_of_network(theme, ranges),
        *_of_ties(policy, theme, track, ranges),
    ]
    order = list(Sensitivity.model_fields)
    return sorted(found, key=lambda one: (order.index(one.group), one.place))


def _of_tracks(theme: Theme, asked: TrackName, ranges: Sensitivity) -> Iterator[Constant]:
    for name, track in theme.tracks().items():
        if name != asked and (asked == "perpetrator" or theme.network is None):
            continue
        whose = "" if name == asked else ", of adults who may harm"
        for key, component in sorted(track.components.items()):
            title, place = f"{component.title}{whose}", (name, key)
            window = component.window_days
            yield _constant(ranges, "weights", place, f"Weight: {title}", component.weight)
            yield _constant(
                ranges, "half_lives", place, f"Half-life: {title}", component.half_life_days, window
            )
            yield _constant(ranges, "caps", place, f"Most: {title}", component.at_most)
        title = f"Evidence for an index of 50{whose}"
        yield _constant(ranges, "halfways", (name,), title, track.halfway)


def _of_network(theme: Theme, ranges: Sensitivity) -> Iterator[Constant]:
    network = theme.network
    if network is None:
        return
    title = "Most that the network adds"
    if network.most_points:
        yield _constant(ranges, "network_most", (), title, network.most_points, MOST_POINTS)
    title = "Attention at which the network adds half of that"
    yield _constant(ranges, "network_halfway", (), title, network.halfway)


def _of_ties(
    policy: Policy, theme: Theme, track: TrackName, ranges: Sensitivity
) -> Iterator[Constant]:
    for name, rule in sorted(policy.ties.items()):
        if _bears(rule, theme, track):
            title = f"Weight of tie: {rule.title}"
            yield _constant(ranges, "tie_weights", (name,), title, rule.weight)
            title = f"Half-life of tie: {rule.title}"
            yield _constant(ranges, "tie_half_lives", (name,), title, rule.half_life_days)


def _bears(rule: TieRule, theme: Theme, track: TrackName) -> bool:
    if theme.network is None or rule.nature not in theme.network.natures:
        return False
    return track == "victim" or (isinstance(rule, EventTie) and rule.perpetrator_network)


def _constant(
    ranges: Sensitivity,
    group: str,
    place: Place,
    title: str,
    value: float,
    most: float = float("inf"),
) -> Constant:
    factors = getattr(ranges, group)
    low, high = (min(value * factor, most) for factor in factors)
    if group in WHOLE_DAYS:
        low, high = float(max(1, round(low))), float(max(1, round(high)))
    return Constant(group, place, title, float(value), low, high)


# --- the policy with other constants ---------------------------------------------------------


def varied(policy: Policy, theme: str, values: Mapping[Constant, float]) -> Policy:
    """Give the policy with this theme alone, and with these values in their constants' places."""
    ties = dict(policy.ties)
    told = policy.themes[theme]
    for constant, value in values.items():
        match constant.group:
            case "tie_weights" | "tie_half_lives":
                (name,) = constant.place
                ties[name] = _with(ties[name], constant, value)
            case "network_most" | "network_halfway":
                told = told.model_copy(update={"network": _with(told.network, constant, value)})
            case _:
                told = _with_track(told, constant, value)
    return policy.model_copy(update={"themes": {theme: told}, "ties": ties})


KEYS = {
    "weights": "weight",
    "half_lives": "half_life_days",
    "caps": "at_most",
    "halfways": "halfway",
    "network_most": "most_points",
    "network_halfway": "halfway",
    "tie_weights": "weight",
    "tie_half_lives": "half_life_days",
}


def _with(model: Any, constant: Constant, value: float) -> Any:
    number = int(value) if constant.group in WHOLE_DAYS else value
    return model.model_copy(update={KEYS[constant.group]: number})


def _with_track(theme: Theme, constant: Constant, value: float) -> Theme:
    side: Track | None = getattr(theme, constant.place[0])
    if side is None:
        raise KeyError(constant.place)
    if len(constant.place) == 1:
        return theme.model_copy(update={constant.place[0]: _with(side, constant, value)})
    component = constant.place[1]
    components = dict(side.components)
    components[component] = _with(components[component], constant, value)
    side = side.model_copy(update={"components": components})
    return theme.model_copy(update={constant.place[0]: side})
