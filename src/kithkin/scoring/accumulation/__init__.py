"""Accumulation: children with many small events across agencies, none of which is a red flag.

`watch` looks at every child every month and says who has more small events than children of that
age, seen by as many agencies, usually have; `policy.Accumulation` says what is usual, what is
looked for, and how many false alarms there may be.
"""

from kithkin.scoring.accumulation.small_events import SmallEvents, small_events
from kithkin.scoring.accumulation.watch import Alarms, watch

__all__ = ["Alarms", "SmallEvents", "small_events", "watch"]
