"""Asks of a release how much of a theme's list rests on the constants of its policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow.parquet as pq

from kithkin.model import dates
from kithkin.policy import read_policy
from kithkin.policy.themes import TrackName
from kithkin.policy.varying import GROUPS, Sensitivity
from kithkin.releases.scored import CONTRIBUTIONS, read_ties
from kithkin.releases.workspace import Release, ReleaseError
from kithkin.scoring import StoredContributions, born_days
from kithkin.scoring.sensitivity import Constant, Scorer, Sensitive, constants_of, vary

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Range:
    """How far constants of one group are varied, as factors, and how many they are."""

    title: str
    low: float
    high: float
    constants: int


@dataclass(frozen=True)
class ListSensitivity:
    """How a theme's list moves; nobody is named."""

    release: str
    as_of: date
    policy: str
    theme: str
    title: str
    track: str
    need: bool
    seed: int
    mostly_from: float
    ranges: tuple[Range, ...]
    found: Sensitive


def list_sensitivity(
    release: Release, theme: str, track: TrackName = "victim", *, threads: int = 2,
    step: Progress | None = None,
) -> ListSensitivity:  # fmt: skip
    """Vary a theme's constants within the ranges of the release's policy.

    Raises
    ------
    ReleaseError : when its policy has no such theme or track, or no `[sensitivity]`.

    """
    policy = read_policy(release.folder / "policy")
    told = policy.themes.get(theme)
    if told is None:
        raise ReleaseError(
            f"The policy has no theme {theme!r}. It has: {', '.join(policy.themes)}."
        )
    if track not in told.tracks():
        raise ReleaseError(
            f"{told.title} has no {track} track. It has: {', '.join(told.tracks())}."
        )
    ranges = policy.sensitivity
    if ranges is None:
        raise ReleaseError(
            "The release's policy has no [sensitivity], so nobody has said how far constants may be "
            "varied. Add it to scoring.toml, as the policy that ships with Kithkin has it, and run "
            "again."
        )
    as_of = dates.parse_iso(release.manifest["as_of"])
    columns = ["person_key", "date_of_birth"]
    born = born_days(pq.read_table(release.table("person"), columns=columns))
    stored = StoredContributions(release.folder / CONTRIBUTIONS)
    ties = read_ties(release.folder, as_of)
    scorer = Scorer(policy, theme, track, stored, ties, born, as_of, threads)
    constants = constants_of(policy, told, track, ranges)
    return ListSensitivity(
        release=release.id,
        as_of=as_of,
        policy=f"{policy.header.name}, version {policy.header.version}",
        theme=theme,
        title=told.title,
        track=track,
        need=told.concern == "need",
        seed=ranges.seed,
        mostly_from=ranges.mostly,
        ranges=_ranges(ranges, constants),
        found=vary(scorer, constants, ranges, step),
    )


def _ranges(ranges: Sensitivity, constants: Sequence[Constant]) -> tuple[Range, ...]:
    """List the groups of constants that bear on the list."""
    found = []
    for group, title in GROUPS.items():
        count = sum(one.group == group for one in constants)
        low, high = getattr(ranges, group)
        if count:
            found.append(Range(title, low, high, count))
    return tuple(found)
