"""Scores by theme: own evidence, what the network adds, their memory and the reasons for them.

`store_contributions` finds the events that count for any theme; `index_on` gives every index at
one date or many, `reaches` the network on each, `scores_on` the scores of one date; `remember`
keeps what they were. `contributions_of`, `without_each` and `changes` say why.
"""

from kithkin.scoring.changing import Moved, changes
from kithkin.scoring.contributions import store_contributions
from kithkin.scoring.explained import (
    Contribution,
    Person,
    Without,
    contribution_table,
    contributions_of,
    without_each,
)
from kithkin.scoring.indices import VARIANTS, born_days, index_of, index_on
from kithkin.scoring.memory import ScoreMemory, remember
from kithkin.scoring.plan import Plan, ThemesError
from kithkin.scoring.reach import Reach, reaches
from kithkin.scoring.scores import TrackScores, score_table, scores_on
from kithkin.scoring.stored import StoredContributions
from kithkin.scoring.tables import TRENDS, ContributionTable, ScoreHistoryTable, ScoreTable
from kithkin.scoring.trend import trends

__all__ = [
    "TRENDS",
    "VARIANTS",
    "Contribution",
    "ContributionTable",
    "Moved",
    "Person",
    "Plan",
    "Reach",
    "ScoreHistoryTable",
    "ScoreMemory",
    "ScoreTable",
    "StoredContributions",
    "ThemesError",
    "TrackScores",
    "Without",
    "born_days",
    "changes",
    "contribution_table",
    "contributions_of",
    "index_of",
    "index_on",
    "reaches",
    "remember",
    "score_table",
    "scores_on",
    "store_contributions",
    "trends",
    "without_each",
]
