"""How much of a list rests on constants that people chose: how ranks move when these are varied.

`constants_of` says which constants bear on a list and how far each may go; `vary` draws them, and
moves them one at a time, and says who stays at the top. It says nothing of what is true.
"""

from kithkin.scoring.sensitivity.constants import Constant, constants_of, varied
from kithkin.scoring.sensitivity.scorer import Scorer
from kithkin.scoring.sensitivity.varying import Moved, RankRange, Sensitive, Spread, vary

__all__ = [
    "Constant",
    "Moved",
    "RankRange",
    "Scorer",
    "Sensitive",
    "Spread",
    "constants_of",
    "varied",
    "vary",
]
