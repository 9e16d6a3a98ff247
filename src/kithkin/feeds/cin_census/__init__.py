"""The children in need census: one XML file a year, in the layouts of 2021 to 2026 and after.

`read_cin_census` is the adapter; `RULES` lists the rules by which it judges a file.
"""

from kithkin.feeds.cin_census.reading import read_cin_census
from kithkin.feeds.cin_census.rules import RULES

__all__ = ["RULES", "read_cin_census"]
