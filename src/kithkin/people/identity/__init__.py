"""Ids of persons that stay, and what a person's records say together.

`assign` gives every record its person's id, going on from the register of an earlier run;
`PersonIndex` is that register; `sever` takes out of it what nobody may put together again.
"""

from kithkin.people.identity.assigning import Assigned, assign
from kithkin.people.identity.describing import (
    WRITTEN,
    confident,
    link_table,
    person_table,
)
from kithkin.people.identity.naming import PART, positions, stable_id, unlike_ids, unlike_ids_of
from kithkin.people.identity.register import PersonIndex, RegisterError
from kithkin.people.identity.severing import sever

__all__ = [
    "PART",
    "WRITTEN",
    "Assigned",
    "PersonIndex",
    "RegisterError",
    "assign",
    "confident",
    "link_table",
    "person_table",
    "positions",
    "sever",
    "stable_id",
    "unlike_ids",
    "unlike_ids_of",
]
