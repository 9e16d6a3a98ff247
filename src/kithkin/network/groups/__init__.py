"""Groups that act together: what several partitions of recent ties between peers agree on.

`tie_rows` gives the ties of a date and `find_groups` the groups, how sure each member's place is, what holds them together,
and ids that last while a group is recognisably itself.
"""

from kithkin.network.groups.belonging import belonging
from kithkin.network.groups.describing import Described, People
from kithkin.network.groups.finding import GroupsOn, find_groups, group_id
from kithkin.network.groups.from_evidence import tie_rows
from kithkin.network.groups.identity import KnownGroup, Remembered, RememberedError
from kithkin.network.groups.memory import GroupMemoryTable, Memories, memories_in, memory_table
from kithkin.network.groups.ties import GroupTiesError, TieRows

__all__ = [
    "Described",
    "GroupMemoryTable",
    "GroupTiesError",
    "GroupsOn",
    "KnownGroup",
    "Memories",
    "People",
    "Remembered",
    "RememberedError",
    "TieRows",
    "belonging",
    "find_groups",
    "group_id",
    "memories_in",
    "memory_table",
    "tie_rows",
]
