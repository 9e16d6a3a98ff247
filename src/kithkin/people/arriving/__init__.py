"""Records that arrive between two runs: who they may be, without a run.

`write_index` lays out a run's records to be looked up; `PersonMatcher` looks an `Arrival` up.
`build_and_keep` is a run that the next can go on from: `add_batch` then links a few records and
many at less cost, with the answer of a full run.
"""

from kithkin.people.arriving.arrival import Arrival, ArrivingAddress
from kithkin.people.arriving.asking import NotComparedError, explain_pair
from kithkin.people.arriving.batch import score_batch, write_pairs
from kithkin.people.arriving.going_on import add_batch, build_and_keep
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
    "add_batch",
    "build_and_keep",
    "explain_pair",
    "score_batch",
    "write_index",
    "write_pairs",
]
