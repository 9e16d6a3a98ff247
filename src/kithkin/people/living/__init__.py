"""Who lives together, and who is a family: from dated residences and recorded relationships."""

from kithkin.people.living.families import Families, find_families
from kithkin.people.living.households import Households, find_households
from kithkin.people.living.links import ROLES, link_families

__all__ = [
    "ROLES",
    "Families",
    "Households",
    "find_families",
    "find_households",
    "link_families",
]
