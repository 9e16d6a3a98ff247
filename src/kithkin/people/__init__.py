"""From agencies' records to people: who is one person, who lives together, who is a family.

`build_people` does it all; `PeopleTables` is what it gives. `pairs` alone knows Splink.
"""

from kithkin.people.build import HERE, Before, Means, build_people
from kithkin.people.tables import (
    FamilyMemberTable,
    FamilyTable,
    HouseholdMemberTable,
    HouseholdTable,
    LinkageAccount,
    PeopleTables,
    PersonLinkTable,
    PersonPairReviewTable,
    PersonTable,
)

__all__ = [
    "HERE",
    "Before",
    "FamilyMemberTable",
    "FamilyTable",
    "HouseholdMemberTable",
    "HouseholdTable",
    "LinkageAccount",
    "Means",
    "PeopleTables",
    "PersonLinkTable",
    "PersonPairReviewTable",
    "PersonTable",
    "build_people",
]
