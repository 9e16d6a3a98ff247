"""What people decided about pairs of records: written down once, honoured on every run.

`record_decision` writes one down, `read_decisions` gives them, `replay` makes of them what the
resolver must honour.
"""

from kithkin.people.deciding.replaying import Replay, replay, standing
from kithkin.people.deciding.store import (
    DECISIONS,
    KINDS,
    Decision,
    DecisionError,
    decisions_from,
    decisions_text,
    read_decisions,
    record_decision,
)

__all__ = [
    "DECISIONS",
    "KINDS",
    "Decision",
    "DecisionError",
    "Replay",
    "decisions_from",
    "decisions_text",
    "read_decisions",
    "record_decision",
    "replay",
    "standing",
]
