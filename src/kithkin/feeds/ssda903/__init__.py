"""The SSDA903 return on looked-after children: twelve CSV files, known by their columns.

`read_ssda903` is the adapter; `RULES` lists the rules by which it judges the files.
"""

from kithkin.feeds.ssda903.reading import read_ssda903
from kithkin.feeds.ssda903.rules import RULES

__all__ = ["RULES", "read_ssda903"]
