"""What the policy says of sensitivity: how far constants are varied, to see what rests on them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from kithkin.policy.models import Frozen, Text
from kithkin.policy.networks import Positive


def _around_one(factors: tuple[float, float]) -> tuple[float, float]:
    if not factors[0] <= 1 <= factors[1]:
        raise ValueError(
            "the range does not hold 1, the constant as it is; write [lowest, highest] factors, "
            "such as [0.5, 2.0]"
        )
    return factors


Factors = Annotated[tuple[Positive, Positive], Field(strict=False), AfterValidator(_around_one)]


class Sensitivity(Frozen):
    """Within which ranges the constants of a theme are drawn; each range is of factors.

    Parameters
    ----------
    draws : how many sets of constants are drawn. seed : of the draws.
    list_size : that many people at the top are followed.
    mostly : a person stays mostly who is on the list in at least this share of draws.
    weights, half_lives, caps : of the lines of evidence. A half-life is never longer than its
        window.
    halfways : points of evidence at which an index is 50.
    network_most, network_halfway : of the network term: the points that it adds at most, which is
        its bound, and the attention at which it adds half of them.
    tie_weights, tie_half_lives : of the rules for ties along which the network bears on the theme.

    """

    draws: Annotated[int, Field(strict=True, ge=1)]
    seed: Annotated[int, Field(strict=True, ge=0)]
    list_size: Annotated[int, Field(strict=True, ge=1)]
    mostly: Annotated[float, Field(strict=True, gt=0, lt=1)]
    weights: Factors
    half_lives: Factors
    caps: Factors
    halfways: Factors
    network_most: Factors
    network_halfway: Factors
    tie_weights: Factors
    tie_half_lives: Factors
    basis: Text


GROUPS = {
    "weights": "weights of lines of evidence",
    "half_lives": "half-lives of lines of evidence",
    "caps": "the most that a line of evidence may give",
    "halfways": "evidence at which an index is 50",
    "network_most": "the most that the network adds",
    "network_halfway": "attention at which the network adds half of that",
    "tie_weights": "weights of rules for ties",
    "tie_half_lives": "half-lives of ties",
}
"""What each group of constants is called, in the order in which they are told."""
