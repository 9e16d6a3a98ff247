"""Which records may be one person, and how strongly: the only room that knows Splink.

`train_model` learns what agreement is worth; `score_pairs` scores every pair that shares a key.
"""

from kithkin.people.pairs.model import LinkageModel, Shares
from kithkin.people.pairs.scoring import score_pairs
from kithkin.people.pairs.tables import ScoredPairTable
from kithkin.people.pairs.training import train_model

__all__ = ["LinkageModel", "ScoredPairTable", "Shares", "score_pairs", "train_model"]
