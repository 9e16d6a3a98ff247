"""Scores by theme: own evidence, what the network adds, their memory and the reasons for them.

`store_contributions` finds the events that count for any theme; `index_on` gives every index at
one date or many.
"""

from kithkin.scoring.contributions import store_contributions
from kithkin.scoring.indices import born_days, index_of, index_on
from kithkin.scoring.plan import Plan, ThemesError
from kithkin.scoring.stored import StoredContributions

__all__ = [
    "Plan",
    "StoredContributions",
    "ThemesError",
    "born_days",
    "index_of",
    "index_on",
    "store_contributions",
]
