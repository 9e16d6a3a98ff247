"""The school census as authorities receive it: one CSV file for each module and term.

`read_school_census` is the adapter; `RULES` lists the rules by which it judges the files.
"""

from kithkin.feeds.school_census.layout import RULES
from kithkin.feeds.school_census.reading import read_school_census

__all__ = ["RULES", "read_school_census"]
