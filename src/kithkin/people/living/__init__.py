"""Who lives together, and who is a family: from dated residences and recorded relationships."""

from kithkin.people.living.families import Families, Households, find_families, find_households

__all__ = ["Families", "Households", "find_families", "find_households"]
