"""From pairs to persons: who joins, who is kept apart, and what is left for a human."""

from kithkin.people.resolving.clusters import Edge, Refusal, Resolution, resolve
from kithkin.people.resolving.evidence import Evidence, gather_evidence

__all__ = ["Edge", "Evidence", "Refusal", "Resolution", "gather_evidence", "resolve"]
