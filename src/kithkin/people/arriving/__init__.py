"""Records that arrive between two runs: who they may be, without a run.

`write_index` lays out a run's records to be looked up; `PersonMatcher` looks an `Arrival` up.
`score_batch` gives the pairs of a run that adds a few records to many, going on from the files of
`write_index` and `write_pairs`.
"""

from kithkin.people.arriving.arrival import Arrival, ArrivingAddress
from kithkin.people.arriving.asking import NotComparedError, explain_pair
from kithkin.people.arriving.batch import score_batch, write_pairs
from kithkin.people.arriving.index import MatchingIndex, MatchingIndexError, write_index
from kithkin.people.arriving.matcher import Candidate, Crowd, Matches, PersonMatcher

__all__ = [
    "Arrival",
    "ArrivingAddress",
    "Candidate",
    "Crowd",
    "Matches",
    "MatchingIndex",
    "MatchingIndexError",
    "NotComparedError",
    "PersonMatcher",
    "explain_pair",
    "score_batch",
    "write_index",
    "write_pairs",
]
