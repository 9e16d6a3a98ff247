"""Hard cases for linkage, added to a simulated county: whom it must not join, whom it must.

`make_hard_pairs` adds families in which two people are easily taken for one; `make_hypotheses`
groups of people who differ from a comparison group in one thing that may make linkage unfair.
Both give the source tables that the county's agencies come to, and the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from kithkin.simulation.calendar import Days
from kithkin.simulation.county import County
from kithkin.simulation.hard_pairs.families import hard_families
from kithkin.simulation.hard_pairs.hypotheses import COMPARISON, TEST, hypothesis_groups
from kithkin.simulation.hard_pairs.newcomers import Newcomers, join_county
from kithkin.simulation.hard_pairs.sent import BACKGROUND, HardTables, send_all
from kithkin.simulation.hard_pairs.settings import HardSettings, hard_settings
from kithkin.simulation.sending.one_agency import AGENCIES, first_known
from kithkin.simulation.settings.whole import Settings
from kithkin.simulation.streams import Streams

__all__ = [
    "BACKGROUND",
    "COMPARISON",
    "TEST",
    "HardTables",
    "hard_settings",
    "make_hard_pairs",
    "make_hypotheses",
    "who_is_known",
]


def who_is_known(county: County, settings: Settings) -> dict[str, Days]:
    """Say by feed when each of the county's people became known to it; NEVER for the others."""
    return {
        feed: first_known(feed, tuple(files(county, settings)), county)
        for feed, files in AGENCIES.items()
    }


def make_hard_pairs(
    county: County,
    settings: Settings,
    *,
    seed: int,
    pairs: int = 10_000,
    mistakes: float = 1.0,
) -> HardTables:
    """Add families with hard pairs to a county, and give what its agencies then hold.

    Parameters
    ----------
    county, settings
        A county of `make_county`, and the settings it was made with.
    seed
        Decides the families; the agencies' mistakes follow the county's own seed.
    pairs
        How many pairs of people are easily taken for one; in the truth the two of a pair, and
        nobody else, share `group` and a kind of `hard_pairs.toml`.
    mistakes
        Times the county's rates of mistakes.

    """
    return _made(county, settings, seed, mistakes, _families(pairs))


def make_hypotheses(
    county: County,
    settings: Settings,
    *,
    seed: int,
    size: int = 1_000,
    mistakes: float = 1.0,
) -> HardTables:
    """Add the groups of every hypothesis of bias to a county, and give what its agencies hold.

    The arguments are those of `make_hard_pairs`; `size` is the number of people in each group
    (communities, which are groups of the hypothesis `heritage`, are smaller by `heritage_share`).
    """
    return _made(county, settings, seed, mistakes, _groups(size))


Make = Callable[[int, HardSettings, np.random.Generator], Newcomers]


def _families(pairs: int) -> Make:
    return lambda ends, settings, rng: hard_families(pairs, ends, settings, rng)


def _groups(size: int) -> Make:
    return lambda ends, settings, rng: hypothesis_groups(size, ends, settings, rng)


def _made(county: County, settings: Settings, seed: int, mistakes: float, make: Make) -> HardTables:
    hard, streams = hard_settings(), Streams(seed)
    known: Mapping[str, Days] = who_is_known(county, settings)
    more = county.knobs.model_copy(update={"mistakes": county.knobs.mistakes * mistakes})
    county = replace(county, knobs=more)
    newcomers = make(county.calendar.ends, hard, streams.of("hard pairs", "people"))
    joined = join_county(
        county, newcomers, hard.agencies, hard.family.moved, streams.of("hard pairs", "joining")
    )
    phones = hard.family.phone, hard.agencies.phones
    rng = streams.of("hard pairs", "phones")
    return send_all(county, known, newcomers, joined, settings.mistakes, phones, rng)
