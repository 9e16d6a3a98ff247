"""Records that arrive between two runs: who they may be, without a run.

`write_index` lays out a run's records to be looked up; `PersonMatcher` looks an `Arrival` up.
"""

from kithkin.people.arriving.arrival import Arrival, ArrivingAddress
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
    "PersonMatcher",
    "write_index",
]
