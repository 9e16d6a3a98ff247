"""From pairs to persons: who joins, who is kept apart, and what is left for a human."""

from kithkin.people.resolving.certainty import ProbabilityOf, stated_probability
from kithkin.people.resolving.clusters import resolve
from kithkin.people.resolving.evidence import Evidence, gather_evidence
from kithkin.people.resolving.review import review_table
from kithkin.people.resolving.rulings import Rulings
from kithkin.people.resolving.tables import FindingTable, JoinedTable, RefusedTable, Resolution

__all__ = [
    "Evidence",
    "FindingTable",
    "JoinedTable",
    "ProbabilityOf",
    "RefusedTable",
    "Resolution",
    "Rulings",
    "gather_evidence",
    "resolve",
    "review_table",
    "stated_probability",
]
